/** Staff at the pad: log in and out, approvals by card and PIN, and what the office reads of it. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Database } from "../back-office/database";
import { Ingest } from "../back-office/ingest";
import { issueImage } from "../back-office/issue-image";
import { readRecord } from "../back-office/journal-records";
import { addStaffCard, staffRows } from "../back-office/staff";
import { CardKind } from "../card-layout/identity";
import { requestOf, TapOutcome } from "../firmware/app/tap-request";
import { DecisionField, Outcome, TapKind } from "../firmware/core/evaluate";
import { MAX_RIAL } from "../firmware/core/money";
import { ShiftAction } from "../firmware/core/shift-record";
import { blankImage } from "./mfd";
import type { MifareClassicCard } from "./mifare-card";
import { createNativeAes } from "./native-aes";
import type { PadMachine } from "./pad-machine";
import { QuickCard } from "./quick/quick-card";
import { QuickPad } from "./quick/quick-pad";
import { Rng } from "./rng";
import {
  COUNTER_RULES,
  counterConfig,
  enrolled,
  intentsOf,
  journalOf,
  keys,
  kindsOf,
  newCard,
  settle,
  shows,
  startedPad,
} from "./test-counter";

const PIN = "4821";
const STRICT = `${COUNTER_RULES}staff:
  login: yes
  supervisorFor: [return]
  approveAboveRial: 5_000_000
`;

function cashier(pad: PadMachine, number = 12): MifareClassicCard {
  return newCard(pad, number, CardKind.Cashier);
}

function supervisor(pad: PadMachine, number = 3): MifareClassicCard {
  return newCard(pad, number, CardKind.Supervisor, PIN);
}

function eventsOf(pad: PadMachine): number[] {
  return journalOf(pad).flatMap(({ type, payload }) => {
    const content = readRecord(type, payload);
    return content.kind === "staff" ? [content.event.action] : [];
  });
}

function logIn(pad: PadMachine, card: MifareClassicCard): void {
  assert.is(pad.tap(card).result, "done");
  shows(pad, "Logged in");
  pad.press("*");
}

test("where the club asks for it, nothing goes before a staff card was shown", () => {
  const pad = startedPad(STRICT);
  shows(pad, "Staff card");
  pad.press("20D#");
  shows(pad, "Staff card");
  const card = newCard(pad, 100001);
  assert.is(pad.tap(card).result, "refused");
  shows(pad, "Not the card for this");
  pad.press("*");
  shows(pad, "Staff card");
  logIn(pad, cashier(pad));
  shows(pad, "B balance");
  pad.press("C#");
  assert.is(pad.tap(card).result, "done");
  pad.press("#20D#");
  assert.is(pad.tap(card).result, "done");
  assert.equal(
    intentsOf(pad).map((intent) => intent.cashier),
    [12, 12],
  );
  settle(pad, STRICT);
});

test("the same card logs out, another one takes over, a power cut logs out", () => {
  const pad = startedPad(STRICT);
  const omid = cashier(pad);
  logIn(pad, omid);
  pad.press("D7");
  assert.is(pad.tap(supervisor(pad)).result, "done");
  shows(pad, "Staff no.           3");
  pad.press("#D7");
  assert.is(pad.tap(omid).result, "done");
  shows(pad, "Staff no.          12");
  pad.press("#D7");
  assert.is(pad.tap(omid).result, "done");
  shows(pad, "Logged out");
  pad.press("#");
  shows(pad, "Staff card");
  logIn(pad, omid);
  pad.cutPower();
  pad.powerOn();
  shows(pad, "Staff card");
  const [entered, left] = [ShiftAction.LogIn as number, ShiftAction.LogOut as number];
  assert.equal(eventsOf(pad), [entered, entered, entered, left, entered]);
});

test("who leaves the pad alone for half an hour is logged out", () => {
  const pad = startedPad(STRICT);
  logIn(pad, cashier(pad));
  pad.runMs(29 * 60_000);
  shows(pad, "B balance");
  pad.runMs(2 * 60_000);
  shows(pad, "Staff card");
});

test("a pad that waits for a staff card still takes new settings and erases pages", () => {
  const pad = startedPad(STRICT);
  pad.runMs(10 * 60_000);
  shows(pad, "Staff card");
  logIn(pad, cashier(pad));
});

test("a grant needs a supervisor's card and PIN, a reason and an amount", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  pad.press("#D64#5D#");
  shows(pad, "Supervisor's card");
  assert.is(pad.tap(cashier(pad)).result, "refused");
  shows(pad, "Not the card for this");
  pad.press("*D64#5D#");
  assert.is(pad.tap(supervisor(pad)).result, "done");
  shows(pad, "Supervisor's PIN");
  pad.press("48");
  shows(pad, "**");
  assert.not(pad.screen().join().includes("48"));
  pad.press("#");
  shows(pad, "**");
  pad.press("21#");
  shows(pad, "Tap the card");
  assert.is(pad.tap(card).result, "done");
  shows(pad, "New             5,000");
  const grant = intentsOf(pad).at(-1);
  assert.equal([grant?.kind, grant?.approver, grant?.reference], [TapKind.Grant, 3, 4]);
  settle(pad);
});

test("what the ruleset names, and what is above its limit, needs an approval", () => {
  const pad = startedPad(STRICT);
  logIn(pad, cashier(pad));
  const card = newCard(pad, 100001);
  pad.press("C#");
  assert.is(pad.tap(card).result, "done");
  pad.press("#9000D#");
  assert.is(pad.tap(card).result, "done", "a large bill alone needs nobody");
  const record = /No\. +(\d+)/.exec(pad.screen().join("\n"))?.[1];
  pad.press("#9000DA600D#");
  shows(pad, "Supervisor's card");
  assert.is(pad.tap(supervisor(pad)).result, "done");
  pad.press(`${PIN}#`);
  assert.is(pad.tap(card).result, "done");
  pad.press(`#D1${record}#1D#`);
  shows(pad, "Supervisor's card");
  assert.is(pad.tap(supervisor(pad)).result, "done");
  pad.press(`${PIN}#`);
  assert.is(pad.tap(card).result, "done");
  assert.equal(
    intentsOf(pad).map(({ kind, approver }) => [kind, approver]),
    [
      [TapKind.Enrol, 0],
      [TapKind.Sale, 0],
      [TapKind.Sale, 3],
      [TapKind.Refund, 3],
    ],
  );
  settle(pad, STRICT);
});

test("above the limit nobody approves what they do themselves", () => {
  const pad = startedPad(STRICT);
  logIn(pad, supervisor(pad));
  const card = newCard(pad, 100001);
  pad.press("C#");
  pad.tap(card);
  pad.press("#9000D#");
  pad.tap(card);
  pad.press("#9000DA600D#");
  assert.is(pad.tap(supervisor(pad)).result, "refused");
  shows(pad, "Not the card for this");
  pad.press("*9000DA600D#");
  assert.is(pad.tap(supervisor(pad, 4)).result, "done");
  shows(pad, "Supervisor's PIN");
});

test("five wrong PINs lock the card here for the day, whatever is switched off", () => {
  const pad = startedPad();
  const boss = supervisor(pad);
  const ask = () => {
    pad.press("D64#5D#");
    assert.is(pad.tap(boss).result, "done");
  };
  ask();
  for (let i = 1; i <= 4; i++) {
    pad.press("1111#");
    shows(pad, "Wrong PIN");
    pad.press("#");
    assert.is(pad.tap(boss).result, "done");
    if (i !== 2) continue;
    pad.cutPower();
    pad.powerOn();
    ask();
  }
  pad.press("9999#");
  shows(pad, "PIN is locked");
  pad.press("*");
  ask();
  pad.press(`${PIN}#`);
  shows(pad, "PIN is locked");
  pad.press("*");
  pad.board.clock.advance(24 * 3600 * 1e6);
  ask();
  pad.press(`${PIN}#`);
  shows(pad, "Tap the card");
  assert.equal(eventsOf(pad), Array(5).fill(ShiftAction.WrongPin));
  const rows = officeOf(pad);
  assert.is(rows.staff[0].wrongPins, 5);
  assert.equal(rows.alarms, ["staff card 3: 5 wrong PINs in a row"]);
});

test("the right PIN makes the wrong ones before it forgotten", () => {
  const pad = startedPad();
  const boss = supervisor(pad);
  const card = enrolled(pad);
  for (let round = 0; round < 3; round++) {
    pad.press("#D64#5D#");
    for (const pin of ["1111", "2222", PIN]) {
      assert.is(pad.tap(boss).result, "done");
      pad.press(`${pin}#${pin === PIN ? "" : "#"}`);
    }
    assert.is(pad.tap(card).result, "done");
  }
  assert.is(kindsOf(pad).filter((kind) => kind === TapKind.Grant).length, 3);
});

test("a staff card on the hot list is refused and marked, so that other pads refuse it too", () => {
  const orders = {
    isBlocked: (serial: number) => serial === 5,
    readPatch: () => false,
    capRial: () => MAX_RIAL,
  };
  const start = { seed: "staff", startUnixSeconds: 1_795_000_000 };
  const config = counterConfig();
  const informed = new QuickPad({ config, ...start, orders });
  const other = new QuickPad({ config, ...start, clock: informed.clock });
  const uid = Uint8Array.of(1, 2, 3, 4);
  const issue = { member: 5, serial: 5, cardNumber: 0, name: "", birth: undefined, issueDay: 2000 };
  const staff = { ...issue, kind: CardKind.Supervisor, pin: PIN };
  const { image } = issueImage(createNativeAes(), keys, blankImage(uid), uid, staff);
  const rng = new Rng("staff card");
  const card = new QuickCard({ clock: informed.clock, rng, image, uidLengthBytes: 4 });
  const outcomes = [other, informed, other].map((pad) => {
    pad.powerOn();
    pad.begin(requestOf(TapKind.Staff, 0, 0));
    pad.present(card);
    return pad.core?.tap.outcome();
  });
  assert.equal(outcomes, [TapOutcome.Done, TapOutcome.Refused, TapOutcome.Refused]);
  assert.is(other.core?.tap.decision[DecisionField.Outcome], Outcome.Blocked);
});

test("no PIN, or a cashier's card, approves nothing", () => {
  const pad = startedPad();
  pad.press("D64#5D#");
  assert.is(pad.tap(newCard(pad, 9, CardKind.Supervisor)).result, "done");
  pad.press("0000#");
  shows(pad, "Wrong PIN");
});

function officeOf(pad: PadMachine) {
  const database = Database.open(":memory:", { clubId: keys.clubId, mayCreate: true });
  const ingest = new Ingest(database, keys);
  addStaffCard(database, { serial: 3, number: 3, role: "supervisor", name: "Boss" });
  const records = journalOf(pad).map((record) => ({ ...record, version: 1 }));
  const { sequence: lastSequence, mac: chainMac } = records[records.length - 1];
  ingest.storeBatch({ terminalId: 7, terminalEpoch: 1, records, lastSequence, chainMac });
  const staff = staffRows(database);
  const alarms = database
    .all<{ kind: string; detail: string }>("SELECT kind, detail FROM alarms WHERE kind = 'pin'")
    .map(({ detail }) => detail);
  database.close();
  return { staff, alarms };
}

test.run();
