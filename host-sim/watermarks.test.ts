// What a pad remembers of the cards it saw, and how long; also without power.
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { issueImage } from "../back-office/issue-image";
import { createClubKeys, terminalConfigFor } from "../back-office/keys";
import { compileRuleset } from "../back-office/rules/compile";
import { Status } from "../card-layout/status";
import { requestOf, TapOutcome } from "../firmware/app/tap-request";
import { createWatermarks, recallWatermarks } from "../firmware/app/watermarks";
import { TapKind } from "../firmware/core/evaluate";
import { AbortKey, IntentKey, JournalType } from "../firmware/core/journal-entry";
import { WATERMARK_SCAN_RECORDS } from "../firmware/limits";
import type { Journal } from "../firmware/storage/journal";
import { blankImage } from "./mfd";
import { createNativeAes } from "./native-aes";
import { PlaceKind } from "./quick/faults";
import { QuickCard } from "./quick/quick-card";
import { QuickPad } from "./quick/quick-pad";
import { Rng } from "./rng";

const RULES = "rulesets/first-shop.yaml";
const aes = createNativeAes();
const keys = createClubKeys(7, 1, "watermarks");
const ruleset = compileRuleset(readFileSync(RULES, "utf8"), RULES).bytes;
const ENROL = requestOf(TapKind.Enrol, 0, 0);
const SALE = requestOf(TapKind.Sale, 1_000_000, 0);

class Bench {
  readonly pad: QuickPad;

  constructor() {
    const config = terminalConfigFor(aes, keys, 1, 1, 1, ruleset);
    this.pad = new QuickPad({ config, seed: "watermarks", startUnixSeconds: 1_795_000_000 });
    assert.ok(this.pad.powerOn());
  }

  card(serial: number): QuickCard {
    const uid = Uint8Array.of(4, 1, 2, serial);
    const { image } = issueImage(aes, keys, blankImage(uid), uid, {
      ...{ member: serial, serial, cardNumber: 0, name: "", birth: undefined, issueDay: 2000 },
    });
    return new QuickCard({ clock: this.pad.clock, rng: new Rng(serial), image });
  }

  tap(card: QuickCard, request = SALE): TapOutcome | undefined {
    this.pad.begin(request);
    return this.pad.present(card);
  }

  /** A chip with the content that `card` has now. */
  copyOf(card: QuickCard): QuickCard {
    return new QuickCard({
      clock: this.pad.clock,
      rng: new Rng("copy"),
      image: card.image.slice(),
    });
  }

  cyclePower(): void {
    this.pad.cutPower();
    assert.ok(this.pad.powerOn());
  }
}

test("a card put back to what it was is refused also when the pad was without power", () => {
  const bench = new Bench();
  const card = bench.card(1);
  assert.is(bench.tap(card, ENROL), TapOutcome.Done);
  const copy = bench.copyOf(card);
  assert.is(bench.tap(card), TapOutcome.Done);
  for (let i = 0; i < 3; i++) {
    bench.cyclePower();
    assert.is(bench.tap(copy), TapOutcome.Manipulated, `after ${i + 1} power cuts`);
  }
  bench.cyclePower();
  assert.is(bench.tap(card), TapOutcome.Done, "the card itself goes on");
});

test("what was tried and not done puts no card in the wrong after a power cut", () => {
  for (let exchange = 1; exchange < 60; exchange += 3) {
    const bench = new Bench();
    const card = bench.card(1);
    assert.is(bench.tap(card, ENROL), TapOutcome.Done);
    let left = exchange;
    const isNow = (kind: PlaceKind) => kind === PlaceKind.Exchange && --left === 0;
    bench.pad.useFaults({ take: (kind) => (isNow(kind) ? "cut" : undefined) });
    bench.tap(card);
    bench.pad.useFaults(undefined);
    bench.cyclePower();
    bench.pad.cancel();
    bench.cyclePower();
    assert.is(bench.tap(card), TapOutcome.Done, `after a cut at exchange ${exchange}`);
  }
});

test("a pad without power remembers the newest taps, and starts no slower for older ones", () => {
  const bench = new Bench();
  const cards = Array.from({ length: WATERMARK_SCAN_RECORDS }, (_, i) => bench.card(i + 1));
  const copies = cards.map((card) => bench.copyOf(card));
  for (const card of cards) assert.is(bench.tap(card, ENROL), TapOutcome.Done);
  bench.cyclePower();
  const remembered = copies.map((copy) => bench.tap(copy, ENROL) === TapOutcome.Manipulated);
  // A tap is an intent and its commit.
  assert.equal(
    remembered.slice(-WATERMARK_SCAN_RECORDS / 2).filter((isKnown) => !isKnown),
    [],
  );
  assert.ok(remembered.filter((isKnown) => isKnown).length <= WATERMARK_SCAN_RECORDS / 2);
});

test("an intent that says no uid, or a longer one than there are, is passed over", () => {
  const marks = createWatermarks();
  const intentOf = (...items: number[]) => [0, 0, JournalType.Intent, 0, 0, 0, 0, 0, ...items];
  const records = [
    intentOf(IntentKey.Uid, 200, ...new Array<number>(200).fill(4)),
    [0, 0, JournalType.Commit, 0, 0, 0, 0, 0, AbortKey.IntentSequence, 1, 1],
    intentOf(IntentKey.CounterBefore, 1, 9),
    [0, 0, JournalType.Commit, 0, 0, 0, 0, 0, AbortKey.IntentSequence, 1, 3],
    intentOf(IntentKey.Uid, 4, 4, 1, 2, 3, IntentKey.CounterBefore, 1, 9, IntentKey.NewTag, 1, 5),
    [0, 0, JournalType.Commit, 0, 0, 0, 0, 0, AbortKey.IntentSequence, 1, 5],
  ];
  let lengthBytes = 0;
  const read = (sequence: number, out: Uint8Array): Status => {
    out.set(records[sequence - 1]);
    lengthBytes = records[sequence - 1].length - 8;
    return Status.Ok;
  };
  const journal = {
    nextSequence: () => records.length + 1,
    read,
    readLengthBytes: () => lengthBytes,
  };
  recallWatermarks(journal as unknown as Journal, marks);
  const uid = Uint8Array.of(4, 1, 2, 3, 0, 0, 0);
  assert.is(marks.isPlausible(uid, 7, 5), true);
  assert.is(marks.isPlausible(uid, 7, 6), false);
  assert.is(marks.isPlausible(uid, 8, 5), false);
  assert.is(marks.isPlausible(Uint8Array.of(4, 4, 4, 4, 4, 4, 4), 9, 0), true);
});

const uidOf = (n: number): Uint8Array => Uint8Array.of(4, 0, 0, 0, 0, n, 1);

test("a card that was here a moment ago is not forgotten for the next new card", () => {
  const marks = createWatermarks();
  for (let n = 0; n < 64; n++) marks.note(uidOf(n), 1000, 1);
  marks.note(uidOf(0), 900, 2);
  for (let n = 100; n < 163; n++) {
    marks.note(uidOf(n), 1000, 1);
    assert.is(marks.isPlausible(uidOf(0), 1000, 1), false, `after card ${n}`);
  }
  marks.note(uidOf(163), 1000, 1);
  assert.is(marks.isPlausible(uidOf(0), 1000, 1), true);
});

test.run();
