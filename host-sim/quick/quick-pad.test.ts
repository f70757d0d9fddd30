// The quick world by itself; that it agrees with the full simulation is shown by the searches.
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { issueImage } from "../../back-office/issue-image";
import { createClubKeys, terminalConfigFor } from "../../back-office/keys";
import { compileRuleset } from "../../back-office/rules/compile";
import { requestOf, TapOutcome, type TapRequest } from "../../firmware/app/tap-request";
import { TapKind } from "../../firmware/core/evaluate";
import { JournalType } from "../../firmware/core/journal-entry";
import { type JournalImage, verifyJournal } from "../journal-verify";
import { blankImage } from "../mfd";
import { createNativeAes } from "../native-aes";
import { Rng } from "../rng";
import { type FaultName, FaultPlan, PlaceKind } from "./faults";
import { QuickCard, type QuickCardOptions } from "./quick-card";
import { QuickPad } from "./quick-pad";
import { tableCrc32 } from "./table-crc32";

const RULES = "rulesets/first-shop.yaml";
const aes = createNativeAes();
const keys = createClubKeys(7, 1, "quick");
const ruleset = compileRuleset(readFileSync(RULES, "utf8"), RULES).bytes;
const ENROL: TapRequest = requestOf(TapKind.Enrol, 0, 0);
const SALE: TapRequest = { ...ENROL, kind: TapKind.Sale, grossRial: 1_000_000 };

function makePad(): QuickPad {
  const config = terminalConfigFor(aes, keys, 1, 1, 1, ruleset);
  const pad = new QuickPad({ config, seed: "quick", startUnixSeconds: 1_795_000_000 });
  assert.ok(pad.powerOn());
  return pad;
}

function makeCard(pad: QuickPad, uidText: string, more: Partial<QuickCardOptions> = {}): QuickCard {
  const uid = Uint8Array.from(Buffer.from(uidText, "hex"));
  const { image } = issueImage(aes, keys, blankImage(uid), uid, {
    member: 1,
    serial: 1,
    cardNumber: 0,
    name: "Sara",
    birth: undefined,
    issueDay: 2000,
  });
  const uidLengthBytes = uid.length === 7 ? 7 : 4;
  return new QuickCard({ clock: pad.clock, rng: new Rng("card"), image, uidLengthBytes, ...more });
}

function journalOf(pad: QuickPad): JournalImage {
  const key = terminalConfigFor(aes, keys, 1, 1, 1, ruleset).journalKey as Uint8Array;
  const { pageSizeBytes } = pad.plan;
  return { bytes: pad.journalImage(), pageSizeBytes, key, aes, crc32: tableCrc32 };
}

function tap(pad: QuickPad, card: QuickCard, request: TapRequest): TapOutcome | undefined {
  pad.begin(request);
  return pad.present(card);
}

for (const uid of ["deadbeef", "04112233445566"]) {
  test(`the card ${uid} is enrolled and buys; a saved moment comes back`, () => {
    const pad = makePad();
    const card = makeCard(pad, uid);
    assert.is(tap(pad, card, ENROL), TapOutcome.Done);
    const saved = pad.save();
    const image = card.image.slice();
    assert.is(tap(pad, card, SALE), TapOutcome.Done);
    const after = card.image.slice();
    pad.restore(saved);
    card.eeprom.restore(image);
    pad.powerOn();
    assert.is(tap(pad, card, SALE), TapOutcome.Done);
    assert.equal(card.image, after);
  });
}

test("copied chips show themselves", () => {
  const pad = makePad();
  const magic = makeCard(pad, "01020304", { isMagicGen1a: true });
  assert.is(tap(pad, magic, ENROL), TapOutcome.Manipulated);
  const shadow = makeCard(pad, "01020305", { isShadowMode: true });
  assert.is(tap(pad, shadow, ENROL), TapOutcome.Manipulated);
});

test("a card that forgets its writes is never journaled as done", () => {
  const pad = makePad();
  const shadow = makeCard(pad, "01020305", { isShadowMode: true });
  tap(pad, shadow, ENROL);
  const types = verifyJournal(journalOf(pad)).records.map(({ type }) => type);
  assert.not(types.includes(JournalType.Commit));
});

test("a copy put back to an earlier state is refused by the pad that saw the card later", () => {
  const pad = makePad();
  const card = makeCard(pad, "deadbeef");
  assert.is(tap(pad, card, ENROL), TapOutcome.Done);
  const image = card.image.slice();
  assert.is(tap(pad, card, SALE), TapOutcome.Done);
  const copy = new QuickCard({ clock: pad.clock, rng: new Rng("copy"), image });
  assert.is(tap(pad, copy, SALE), TapOutcome.Manipulated);
});

test("a tap has places of every kind, and a fault there does what it says", () => {
  const pad = makePad();
  const card = makeCard(pad, "deadbeef");
  assert.is(tap(pad, card, ENROL), TapOutcome.Done);
  const saved = pad.save();
  const image = card.image.slice();
  const plan = new FaultPlan([], true);
  pad.useFaults(plan);
  assert.is(tap(pad, card, SALE), TapOutcome.Done);
  const count = (kind: PlaceKind) => plan.places.filter((place) => place.kind === kind).length;
  assert.is(count(PlaceKind.EepromWrite), 14);
  assert.is(count(PlaceKind.Operand), 4);
  assert.ok(count(PlaceKind.Exchange) > 80);
  assert.ok(count(PlaceKind.FlashWord) > 25);
  const place = 1 + plan.places.findIndex(({ kind }) => kind === PlaceKind.EepromWrite);
  const goBack = (fault: FaultName) => {
    pad.restore(saved);
    card.eeprom.restore(image);
    pad.useFaults(undefined);
    pad.powerOn();
    pad.useFaults(new FaultPlan([{ place, fault }]));
  };
  goBack("erased");
  assert.is(tap(pad, card, SALE), TapOutcome.Lost);
  assert.ok(card.image.subarray(12 * 16, 13 * 16).every((byte) => byte === 0));
  assert.is(pad.present(card), TapOutcome.Done);
  goBack("newUnacknowledgedCut");
  assert.is(tap(pad, card, SALE), undefined);
  assert.not(pad.isPowered);
  assert.ok(pad.powerOn());
  pad.begin(SALE);
  assert.is(pad.present(card), TapOutcome.Done);
});

test.run();
