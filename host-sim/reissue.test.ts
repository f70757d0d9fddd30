// A lost card is replaced: what it held goes on, whoever found the old one gets nothing unseen.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Database } from "../back-office/database";
import { hotCards } from "../back-office/down-lists";
import { Ingest } from "../back-office/ingest";
import { issueImage } from "../back-office/issue-image";
import { createClubKeys, terminalConfigFor } from "../back-office/keys";
import { ledgerReport } from "../back-office/ledger";
import { offerReport } from "../back-office/offers/offer-report";
import { orderPatch } from "../back-office/patches";
import { type ReissueOrder, reissueCard } from "../back-office/reissue";
import { compileRuleset } from "../back-office/rules/compile";
import { verifyDatabase } from "../back-office/verify";
import { PLAN_16_PAGES } from "../firmware/boards/flash-plan";
import { PatchKind } from "../firmware/core/card-patch";
import { crc32 } from "../firmware/core/crc32";
import { TapKind } from "../firmware/core/evaluate";
import { SimBoard } from "./board";
import { packAssets } from "./device-assets";
import { verifyJournal } from "./journal-verify";
import { blankImage } from "./mfd";
import { MifareClassicCard } from "./mifare-card";
import { createNativeAes } from "./native-aes";
import { NativeRuntime } from "./native-runtime";
import { PadMachine } from "./pad-machine";
import { Rng } from "./rng";

const TERMINAL = 7;
const MEMBER = 42;
const SERIAL = 900;
const OLD_UID = Uint8Array.of(4, 1, 1, 1);
const NEW_UID = Uint8Array.of(4, 2, 2, 2, 2, 2, 2);
const aes = createNativeAes();
const keys = createClubKeys(7, 1, "reissue");
const RULES = `club: 7
version: 1
validFrom: 1404-01-01
display: toman
roundToRial: 10
credit: {fromDays: 0, until: 90 days}
enrol: {group: 1}
rules:
  - {id: 1, name: tenth, phase: earn, order: 1, give: 10 %}
  - {id: 2, name: points, phase: points, order: 1, points: 1 per 1_000 rial}
  - {id: 3, name: welcome, phase: points, order: 1, stack: 1, points: 7, when: [visits = 0]}
`;
const ruleset = compileRuleset(RULES, "reissue.yaml").bytes;
const config = terminalConfigFor(aes, keys, TERMINAL, 1, 1, ruleset);
const { pageSizeBytes, pageCount, journalPage } = PLAN_16_PAGES;

/** One pad, one card with 20,000 rial of credit, and the office that knows all of it. */
class Club {
  readonly pad: PadMachine;
  readonly database = Database.open(":memory:", { clubId: keys.clubId, mayCreate: true });
  readonly ingest = new Ingest(this.database, keys, aes);
  readonly oldCard: MifareClassicCard;

  constructor() {
    const startUnixSeconds = 1_795_000_000;
    const board = new SimBoard({ seed: "reissue", pageSizeBytes, pageCount, startUnixSeconds });
    const runtime = new NativeRuntime(board, PLAN_16_PAGES, packAssets("en"));
    this.pad = new PadMachine(board, runtime);
    this.pad.provision(config, PLAN_16_PAGES);
    this.pad.powerOn();
    this.ingest.addRuleset(ruleset);
    const issued = issueImage(aes, keys, blankImage(OLD_UID), OLD_UID, {
      ...{ member: MEMBER, serial: SERIAL, cardNumber: 0, name: "Sara" },
      ...{ birth: { year: 1370, month: 5, day: 12 }, issueDay: 2000 },
    });
    this.ingest.addIssuedCard(issued.card);
    this.oldCard = this.chip(issued.image);
    this.tap("C#", this.oldCard);
    this.tap("20000#", this.oldCard);
  }

  chip(image: Uint8Array, uidLengthBytes: 4 | 7 = 4): MifareClassicCard {
    const { clock } = this.pad.board;
    return new MifareClassicCard({ clock, rng: new Rng("chip"), image, uidLengthBytes });
  }

  tap(keysPressed: string, card: MifareClassicCard): string {
    this.pad.press(`*******${keysPressed}`);
    return this.pad.tap(card).result;
  }

  screen(): string {
    return this.pad.screen().join("\n");
  }

  fetch(): void {
    const key = config.journalKey as Uint8Array;
    const bytes = this.pad.board.flash.saveImage().slice(journalPage * pageSizeBytes);
    const verified = verifyJournal({ bytes, pageSizeBytes, key, aes, crc32 }).records;
    const records = verified.map((record) => ({ ...record, version: 1 }));
    const { sequence: lastSequence, mac: chainMac } = records[records.length - 1];
    const batch = { terminalId: TERMINAL, terminalEpoch: 1, records, lastSequence, chainMac };
    this.ingest.storeBatch(batch);
  }

  reissue(more: Partial<ReissueOrder> = {}) {
    return this.database.transaction(() =>
      reissueCard(this.database, this.ingest, aes, keys, {
        ...{ serial: SERIAL, cardNumber: 0, blank: blankImage(NEW_UID), uid: NEW_UID },
        ...{ name: "Sara", issueDay: 2500, reason: "lost", mayBeInDoubt: false, ...more },
      }),
    );
  }

  accounts(): Record<string, number> {
    const sql = "SELECT account, sum(amount_rial) AS sum FROM entries GROUP BY account";
    const rows = this.database.all<{ account: string; sum: number }>(sql);
    return Object.fromEntries(rows.map(({ account, sum }) => [account, sum]));
  }

  alarms(): string[] {
    return ledgerReport(this.database).alarms.map(({ kind }) => String(kind));
  }

  close(): void {
    for (const { name, problems } of verifyDatabase(this.database, keys, aes)) {
      assert.equal(problems, [], name);
    }
    this.database.close();
  }
}

test("the new card has what the old one had, and goes on from there", () => {
  const club = new Club();
  club.fetch();
  const made = club.reissue();
  assert.equal([made.creditRial, made.points, made.debtRial], [20_000, 207, 0]);
  assert.equal([made.card.serial, made.card.cardNumber], [SERIAL, 1]);
  const hot = hotCards(club.database).map(({ serial, cardNumber }) => [serial, cardNumber]);
  assert.equal(hot, [[SERIAL, 0]]);
  const card = club.chip(made.image, 7);
  assert.is(club.tap("1000A500#", card), "done");
  assert.match(club.screen(), /Old +2,000\n.*\n.*\n *New +1,550/);
  club.fetch();
  assert.equal(club.alarms(), []);
  assert.is(club.accounts()[`liability:member:${MEMBER}`], -15_500);
  club.close();
});

test("a welcome comes once, whatever card the member has", () => {
  const club = new Club();
  club.fetch();
  const made = club.reissue();
  assert.is(club.tap("1000#", club.chip(made.image, 7)), "done");
  club.fetch();
  const sql = "SELECT points_earned AS points FROM transactions WHERE kind = ? ORDER BY sequence";
  const points = club.database.all(sql, TapKind.Sale).map((row) => row.points);
  assert.equal(points, [207, 10]);
  club.close();
});

test("what an offer gave is followed from the old card to the new one", () => {
  const club = new Club();
  club.fetch();
  const made = club.reissue();
  assert.is(club.tap("1000A500#", club.chip(made.image, 7)), "done");
  // Disputed, and nobody's offer.
  assert.is(club.tap("1000A1000#", club.oldCard), "done");
  club.fetch();
  const { offers } = offerReport(club.database);
  const tenth = offers.find(({ source }) => source === "rule 1");
  assert.equal(
    [tenth?.times, tenth?.grantedRial, tenth?.usedRial, tenth?.outstandingRial],
    [2, 20_500, 5_000, 15_500],
  );
  assert.not(offers.some(({ source }) => source === "unknown"));
  club.close();
});

test("a late tap of the old card is disputed, and the member loses nothing by it", () => {
  const club = new Club();
  club.fetch();
  const made = club.reissue();
  assert.is(club.tap("1000A1000#", club.oldCard), "done");
  assert.is(club.tap("1000A500#", club.chip(made.image, 7)), "done");
  club.fetch();
  assert.equal(club.alarms(), ["dispute"]);
  const accounts = club.accounts();
  assert.is(accounts[`liability:member:${MEMBER}`], -15_500);
  assert.is(accounts[`dispute:member:${MEMBER}`], 10_000);
  club.close();
});

test("orders that waited for the old card are the new one's", () => {
  const club = new Club();
  club.fetch();
  const order = { serial: SERIAL, cardNumber: 0, kind: PatchKind.AddPoints, argument: 30 };
  orderPatch(club.database, { ...order, reason: "complaint" });
  club.database.run("INSERT INTO refund_patches VALUES (?, 1, 2, 0, 118)", SERIAL);
  assert.is(club.reissue().patchCount, 1);
  const sql = "SELECT id, card_number AS number FROM patches ORDER BY id";
  assert.equal(club.database.all(sql), [
    { id: 1, number: 0 },
    { id: 2, number: 1 },
  ]);
  const ofReturn = "SELECT id FROM refund_patches WHERE sequence = 118 ORDER BY id";
  assert.equal(club.database.all(ofReturn), [{ id: 1 }, { id: 2 }], "it still settles the return");
  club.close();
});

test("a card that was never used is replaced by an empty one", () => {
  const club = new Club();
  const uid = Uint8Array.of(4, 9, 9, 9);
  const fields = { member: 43, serial: 901, cardNumber: 0, name: "", birth: undefined };
  const image = blankImage(uid);
  club.ingest.addIssuedCard(issueImage(aes, keys, image, uid, { ...fields, issueDay: 2000 }).card);
  const made = club.reissue({ serial: 901 });
  assert.equal([made.creditRial, made.points], [0, 0]);
  assert.is(club.tap("C#", club.chip(made.image, 7)), "done");
  club.close();
});

test("refused: unknown, replaced before, with an open tap, or without its history", () => {
  const club = new Club();
  assert.throws(() => club.reissue({ serial: 5 }), /card 5\/0 is not known here/);
  club.pad.press("*******1000#");
  club.pad.tap(club.oldCard, { pullAtExchange: 45 });
  club.fetch();
  assert.throws(() => club.reissue(), /not known whether this counts.*10000 rial at terminal 7/);
  const made = club.reissue({ mayBeInDoubt: true });
  assert.is(made.creditRial, 20_000);
  assert.throws(() => club.reissue(), /was replaced by card 04020202020202 already/);
  club.database.run("UPDATE cards SET sealed_state = NULL WHERE uid = '04010101'");
  club.database.run("DELETE FROM reissues");
  assert.throws(() => club.reissue({ mayBeInDoubt: true }), /fetch the journals of all pads/);
  club.database.close();
});

test.run();
