/** For tests: two shops of a club, a member, a gift card, and the office behind them. */
import * as assert from "uvu/assert";
import { inspectCard } from "../back-office/card-inspection";
import type { StateView } from "../back-office/card-views";
import { Database } from "../back-office/database";
import { Ingest } from "../back-office/ingest";
import { issueImage } from "../back-office/issue-image";
import { createClubKeys, terminalConfigFor } from "../back-office/keys";
import { ledgerReport } from "../back-office/ledger";
import { orderPatch, type PatchOrder, waitingPatches } from "../back-office/patches";
import { compileRuleset } from "../back-office/rules/compile";
import { verifyDatabase } from "../back-office/verify";
import { getUint } from "../card-layout/bytes";
import { CardKind } from "../card-layout/identity";
import { Status } from "../card-layout/status";
import { requestOf, TapOutcome, type TapRequest } from "../firmware/app/tap-request";
import { type DecisionField, TapKind } from "../firmware/core/evaluate";
import { MAX_RIAL } from "../firmware/core/money";
import { VirtualClock } from "./clock";
import { blankImage } from "./mfd";
import { createNativeAes } from "./native-aes";
import { QuickCard } from "./quick/quick-card";
import { QuickPad } from "./quick/quick-pad";
import { Rng } from "./rng";

const aes = createNativeAes();
const keys = createClubKeys(1, 1, "tap kinds");
const START = 1_795_000_000;
export const DAY_SECONDS = 86_400;
const RULES = `club: 1
version: 3
validFrom: 1404-01-01
roundToRial: 10
limits: {padPerDayRial: 5_000_000}
credit: {fromDays: 0, until: 90 days}
refund: {graceDays: 10}
gift: {until: 60 days, topUp: yes}
enrol: {group: 1, renewMonths: 12}
accept: [{shop: any, creditOf: any}]
rewards: [{id: 1, points: 10}, {id: 2, points: 20, creditRial: 700}]
rules:
  - {id: 1, name: tenth, phase: earn, order: 1, give: 10 %}
  - {id: 2, name: more, phase: earn, order: 1, stack: 1, give: 5 %, of: category3}
  - {id: 3, name: points, phase: points, order: 1, points: 1 per 1_000 rial}
`;

/** Two shops with a pad each, a member's card and a gift card, and the office behind them. */
export class TestShops {
  readonly database: Database;
  readonly ingest: Ingest;
  readonly pads: QuickPad[];
  readonly member: QuickCard;
  readonly gift: QuickCard;
  private readonly hot = new Set<string>();
  private readonly synced = [0, 0];
  private readonly clock = new VirtualClock();

  /** `more`: further lines of the ruleset. */
  constructor(databasePath = ":memory:", more = "") {
    const ruleset = compileRuleset(RULES + more, "kinds.yaml").bytes;
    this.database = Database.open(databasePath, { clubId: 1, mayCreate: true });
    this.ingest = new Ingest(this.database, keys, aes);
    const orders = {
      isBlocked: (serial: number, cardNumber: number) => this.hot.has(`${serial}/${cardNumber}`),
      readPatch: (serial: number, id: number, out: ArrayLike<number>) => {
        const found = waitingPatches(this.database).find(
          (patch) => getUint(patch, 0, 4) === serial && getUint(patch, 5, 2) === id,
        );
        (out as Uint8Array).set(found ?? []);
        return found !== undefined;
      },
      capRial: () => MAX_RIAL,
    };
    this.pads = [1, 2].map((terminal) => {
      const config = terminalConfigFor(aes, keys, terminal, 1, terminal, ruleset);
      const place = { seed: terminal, startUnixSeconds: START, clock: this.clock };
      const pad = new QuickPad({ config, orders, ...place });
      assert.ok(pad.powerOn());
      return pad;
    });
    this.member = this.issue("deadbeef", 1, CardKind.Member);
    this.gift = this.issue("01020304", 2, CardKind.Gift);
    this.ingest.addRuleset(ruleset);
    this.tap(requestOf(TapKind.Enrol, 0, 0));
  }

  block(serial: number, cardNumber: number): void {
    this.hot.add(`${serial}/${cardNumber}`);
  }

  tap(request: TapRequest, card = this.member, pad = this.pads[0]): TapOutcome | undefined {
    pad.begin(request);
    return pad.present(card);
  }

  sale(grossRial: number, askedCreditRial = 0, card = this.member, pad = this.pads[0]): number {
    const request = { ...requestOf(TapKind.Sale, grossRial, 0), askedCreditRial };
    assert.is(this.tap(request, card, pad), TapOutcome.Done);
    return pad.core?.tap.purchase.sequence ?? 0;
  }

  wait(seconds: number): void {
    this.clock.advance(seconds * 1e6);
  }

  state(card = this.member): StateView {
    const { slots } = inspectCard(aes, keys, card.image, card.image.slice(0, 4));
    return slots.find(({ role }) => role === "current")?.state as StateView;
  }

  creditRial(card = this.member): number {
    return this.state(card).lots.reduce((sum, { amountRial }) => sum + amountRial, 0);
  }

  decision(field: DecisionField, pad = this.pads[0]): number {
    return pad.core?.tap.decision[field] ?? Number.NaN;
  }

  /** Everything the pads have goes into the ledger, which must agree with all the cards. */
  settle() {
    this.pads.forEach((pad, index) => {
      this.pull(pad, index);
    });
    for (const { name, problems } of verifyDatabase(this.database, keys, aes)) {
      assert.equal(problems, [], name);
    }
    const taps = this.database.all("SELECT * FROM transactions WHERE status = 'committed'");
    for (const row of taps) assert.is(row.evaluation, "equal", JSON.stringify(row));
    const report = ledgerReport(this.database);
    assert.is(report.trialBalanceRial, 0);
    const owed = report.members.find(({ member }) => member === 1)?.balanceRial ?? 0;
    assert.is(owed, this.creditRial());
    const debt = report.debts.find(({ member }) => member === 1)?.balanceRial ?? 0;
    assert.is(debt, this.state().debtRial);
    const lots = [...this.state().lots, ...this.state(this.gift).lots];
    for (const { issuer, owedRial } of report.issuers) {
      const own = lots.filter((lot) => lot.issuer === issuer);
      const sum = own.reduce((total, { amountRial }) => total + amountRial, 0);
      assert.is(owedRial, sum, `credit of shop ${issuer}`);
    }
    return report;
  }

  account(name: string): number {
    const { accounts } = ledgerReport(this.database);
    return accounts.find(({ account }) => account === name)?.balanceRial ?? 0;
  }

  order(patch: Omit<PatchOrder, "serial" | "cardNumber" | "reason">): number {
    return orderPatch(this.database, { serial: 1, cardNumber: 0, reason: "test", ...patch });
  }

  private pull(pad: QuickPad, index: number): void {
    const journal = pad.core?.journal;
    if (journal === undefined) throw new Error("the pad has no power");
    const records = [];
    for (let at = this.synced[index] + 1; at < journal.nextSequence(); at++) {
      const bytes = new Uint8Array(300);
      assert.is(journal.read(at, bytes, 0), Status.Ok);
      const payload = bytes.slice(8, 8 + journal.readLengthBytes());
      const mac = Uint8Array.from(journal.readMac() as Uint8Array);
      records.push({ sequence: at, type: bytes[2], version: bytes[3], payload, mac });
    }
    const last = records.at(-1);
    if (last === undefined) return;
    this.synced[index] = last.sequence;
    const terminalId = index + 1;
    const place = { terminalId, terminalEpoch: 1, lastSequence: last.sequence };
    this.ingest.storeBatch({ ...place, records, chainMac: last.mac });
    this.ingest.setIssuer(terminalId, terminalId);
  }

  private issue(uidText: string, serial: number, kind: CardKind): QuickCard {
    const uid = Uint8Array.from(Buffer.from(uidText, "hex"));
    const { image, card } = issueImage(aes, keys, blankImage(uid), uid, {
      member: kind === CardKind.Gift ? 0 : serial,
      serial,
      cardNumber: 0,
      kind,
      name: "",
      birth: undefined,
      issueDay: 2000,
    });
    this.ingest.addIssuedCard(card);
    return new QuickCard({ clock: this.clock, rng: new Rng(uidText), image });
  }
}
