/** A pad at a counter, its cards, and the office behind it, for tests of what a cashier does. */
import * as assert from "uvu/assert";
import { Database } from "../back-office/database";
import { Ingest } from "../back-office/ingest";
import { issueImage } from "../back-office/issue-image";
import { type Intent, readRecord } from "../back-office/journal-records";
import { createClubKeys, terminalConfigFor } from "../back-office/keys";
import { type LedgerReport, ledgerReport } from "../back-office/ledger";
import { compileRuleset } from "../back-office/rules/compile";
import { verifyDatabase } from "../back-office/verify";
import { CardKind } from "../card-layout/identity";
import { PLAN_16_PAGES } from "../firmware/boards/flash-plan";
import { crc32 } from "../firmware/core/crc32";
import { TapKind } from "../firmware/core/evaluate";
import { CATEGORY_COUNT } from "../firmware/core/ruleset-format";
import { SimBoard } from "./board";
import { LANGUAGES, type Language, packAssets } from "./device-assets";
import { verifyJournal } from "./journal-verify";
import { blankImage } from "./mfd";
import { MifareClassicCard } from "./mifare-card";
import { createNativeAes } from "./native-aes";
import { NativeRuntime } from "./native-runtime";
import { PadMachine } from "./pad-machine";
import { Rng } from "./rng";

const TERMINAL = 7;
const aes = createNativeAes();
export const keys = createClubKeys(7, 1, "pad-menu");
export const COUNTER_RULES = `club: 7
version: 1
validFrom: 1404-01-01
display: toman
roundToRial: 10
credit: {fromDays: 0, until: 90 days}
refund: {graceDays: 10}
gift: {until: 60 days, topUp: yes}
enrol: {group: 1, renewMonths: 12}
rewards: [{id: 1, points: 100}, {id: 2, points: 1000000}]
rules:
  - {id: 1, name: tenth, phase: earn, order: 1, give: 10 %}
  - {id: 2, name: points, phase: points, order: 1, points: 1 per 1_000 rial}
`;
/** What the pad is provisioned with. */
export function counterConfig(rules = COUNTER_RULES) {
  return terminalConfigFor(aes, keys, TERMINAL, 1, 1, compileRuleset(rules, "counter.yaml").bytes);
}

const { pageSizeBytes, pageCount, journalPage } = PLAN_16_PAGES;

export function startedPad(
  rules = COUNTER_RULES,
  languages: readonly Language[] = LANGUAGES,
): PadMachine {
  const startUnixSeconds = 1_795_000_000;
  const board = new SimBoard({ seed: "menu", pageSizeBytes, pageCount, startUnixSeconds });
  const pad = new PadMachine(
    board,
    new NativeRuntime(board, PLAN_16_PAGES, packAssets(...languages)),
  );
  pad.provision(counterConfig(rules), PLAN_16_PAGES);
  pad.powerOn();
  return pad;
}

export function newCard(
  pad: PadMachine,
  member: number,
  kind = CardKind.Member,
  pin?: string,
): MifareClassicCard {
  const uid = Uint8Array.from([0xde, 0xad, 0xbe, member % 256]);
  const issue = { member, serial: member, cardNumber: 0, name: "", birth: undefined, kind, pin };
  const { image } = issueImage(aes, keys, blankImage(uid), uid, { ...issue, issueDay: 2000 });
  return new MifareClassicCard({ clock: pad.board.clock, rng: new Rng(`card ${member}`), image });
}

export function enrolled(pad: PadMachine): MifareClassicCard {
  const card = newCard(pad, 100001);
  pad.press("C#");
  assert.is(pad.tap(card).result, "done");
  return card;
}

export function shows(pad: PadMachine, text: string): void {
  const screen = pad.screen().join("\n");
  assert.ok(screen.includes(text), `"${text}" is not on the screen:\n${screen}`);
}

export function journalOf(pad: PadMachine) {
  const key = counterConfig().journalKey as Uint8Array;
  const bytes = pad.board.flash.saveImage().slice(journalPage * pageSizeBytes);
  return verifyJournal({ bytes, pageSizeBytes, key, aes, crc32 }).records;
}

/** The attempts that stand in the journal. */
export function intentsOf(pad: PadMachine): Intent[] {
  return journalOf(pad).flatMap(({ type, payload }) => {
    const content = readRecord(type, payload);
    return content.kind === "intent" ? [content.intent] : [];
  });
}

/** Their kinds. */
export function kindsOf(pad: PadMachine): number[] {
  return intentsOf(pad).map(({ kind }) => kind);
}

/** Those that are sales. */
export function salesOf(pad: PadMachine): Intent[] {
  return intentsOf(pad).filter(({ kind }) => kind === TapKind.Sale);
}

/** Pieces, then rial, of each category that is named, as a purchase has them. */
export function split(...parts: [category: number, pieces: number, toman: number][]): number[] {
  const list: number[] = Array(CATEGORY_COUNT * 2).fill(0);
  for (const [category, pieces, toman] of parts) {
    list[category] = pieces;
    list[category + CATEGORY_COUNT] = toman * 10;
  }
  return list;
}

/** The office takes the journal in, computes every tap again, and finds nothing. */
export function settle(pad: PadMachine, rules = COUNTER_RULES): LedgerReport {
  const database = Database.open(":memory:", { clubId: keys.clubId, mayCreate: true });
  const ingest = new Ingest(database, keys, aes);
  ingest.addRuleset(counterConfig(rules).ruleset as Uint8Array);
  const records = journalOf(pad).map((record) => ({ ...record, version: 1 }));
  const { sequence: lastSequence, mac: chainMac } = records[records.length - 1];
  const batch = { terminalId: TERMINAL, terminalEpoch: 1, records, lastSequence, chainMac };
  ingest.storeBatch(batch);
  const report = ledgerReport(database);
  assert.equal(report.alarms, []);
  for (const { name, problems } of verifyDatabase(database, keys, aes)) {
    assert.equal(problems, [], name);
  }
  database.close();
  return report;
}
