/**
 * A sale with credit, disturbed once at every place, and then the card again: at the same pad, at
 * another pad first, or after a power cut. The customer gets the sale exactly once or not at all,
 * the journal says which, and the pad never says "done" to what did not happen.
 *
 * One failing place is replayed by the line that the failure prints.
 */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type CardInspection, inspectCard } from "../back-office/card-inspection";
import type { StateView } from "../back-office/card-views";
import { issueImage } from "../back-office/issue-image";
import { readRecord } from "../back-office/journal-records";
import { createClubKeys, terminalConfigFor } from "../back-office/keys";
import { compileRuleset } from "../back-office/rules/compile";
import { PLAN_16_PAGES } from "../firmware/boards/flash-plan";
import { crc32 } from "../firmware/core/crc32";
import { TapKind } from "../firmware/core/evaluate";
import { JournalType } from "../firmware/core/journal-entry";
import { SimBoard } from "./board";
import { packAssets } from "./device-assets";
import { verifyJournal } from "./journal-verify";
import { blankImage } from "./mfd";
import { MifareClassicCard } from "./mifare-card";
import { createNativeAes } from "./native-aes";
import { NativeRuntime } from "./native-runtime";
import { PadMachine, type TapOptions } from "./pad-machine";

const SEED = process.env.SEED ?? "tap-faults";
const ONLY = process.env.PLACE === undefined ? undefined : Number(process.env.PLACE);
const START = 1_795_000_000;
const DAY_SECONDS = 86_400;
const UID = Uint8Array.from([0xde, 0xad, 0xbe, 0xef]);
/** A sale takes about 94 exchanges; one more than any place must change nothing. */
const LAST_EXCHANGE = 100;
/** The counters are at the sale's record, and the pad has not seen it. */
const COMMITTED_EXCHANGE = 86;
/** A confirmation takes about as long as a sale. */
const LAST_CONFIRMING = 96;
/** Flash words of one tap: intent, commit, and what follows. */
const LAST_WORD = 50;
const RULES = "rulesets/first-shop.yaml";

const aes = createNativeAes();
const keys = createClubKeys(7, 1, SEED);
const ruleset = compileRuleset(readFileSync(RULES, "utf8"), RULES).bytes;
const assets = packAssets("en");
const prepared = prepareCard();

test("undisturbed, the sale is done once", () => {
  const world = new World({});
  assert.is(world.sale("first"), "done");
  assert.equal(world.summary(1), { commits: 1, aborted: 0, inDoubt: 0, open: 0 });
  assert.is(world.balance(), expectedOnce().balance);
});

everyExchange("pulled, then the same pad again", (place, delayUs) => {
  const world = new World({ pullAtExchange: place, pullDelayUs: delayUs });
  world.sale("first");
  world.again("first");
  const { commits, open } = world.summary(1);
  assert.equal({ commits, open }, { commits: 1, open: 0 });
  assert.is(world.balance(), expectedOnce().balance);
  assert.is(world.inspect().counterCondition, "settled");
});

everyExchange("pulled, then another pad, then the first again", (place, delayUs) => {
  const world = new World({ pullAtExchange: place, pullDelayUs: delayUs });
  world.sale("first");
  world.smallSale("second");
  assert.is(world.inspect().counterCondition, "settled");
  const wasOpen = world.summary(1).open === 1;
  if (wasOpen) world.again("first");
  const { commits, aborted, inDoubt, open } = world.summary(1);
  assert.is(open, 0);
  assert.is(commits === 1, world.isBothOnCard(), "what the journal calls done is on the card");
  if (commits === 0 && wasOpen) assert.is(aborted + inDoubt, 1);
});

everyExchange("power cut, then the same card", (place) => {
  const world = new World({ cutAtExchange: place });
  world.sale("first");
  world.restart();
  world.again("first");
  assert.is(world.summary(1).open, 0);
  const { commits } = world.summary(1);
  assert.is(world.balance(), commits === 1 ? expectedOnce().balance : prepared.balance);
});

everyPlace("power cut while the journal is written", LAST_WORD, (place) => {
  const world = new World({ cutAtFlashWord: place });
  world.sale("first");
  world.restart();
  world.again("first");
  const { commits, open } = world.summary(1);
  assert.is(open, 0);
  assert.is(world.balance(), commits === 1 ? expectedOnce().balance : prepared.balance);
});

everyPlace("committed, pulled; pulled again while it is confirmed", LAST_CONFIRMING, (place) => {
  confirmTorn({ pullAtExchange: place, pullDelayUs: 300 }, (world) => world.again("first"));
});

everyPlace("committed, pulled; power cut while it is confirmed", LAST_CONFIRMING, (place) => {
  confirmTorn({ cutAtExchange: place }, (world) => {
    world.restart();
    world.again("first");
  });
});

everyPlace(
  "committed, pulled; pulled while confirmed; another pad first",
  LAST_CONFIRMING,
  (place) => {
    confirmTorn({ pullAtExchange: place, pullDelayUs: 300 }, (world) => {
      world.smallSale("second");
      world.again("first");
      assert.ok(world.isBothOnCard());
    });
  },
);

test.run();

/** The first pad's sale is on the card, which was pulled; its second visit is disturbed. */
function confirmTorn(disturbance: TapOptions, finish: (world: World) => void): void {
  const world = new World({ pullAtExchange: COMMITTED_EXCHANGE });
  world.sale("first");
  assert.equal(world.summary(1), { commits: 0, aborted: 0, inDoubt: 0, open: 1 });
  assert.is(world.balance(), expectedOnce().balance);
  world.disturb(disturbance);
  finish(world);
  assert.equal(world.summary(1), { commits: 1, aborted: 0, inDoubt: 0, open: 0 });
  assert.is(world.inspect().counterCondition, "settled");
}

type PadName = "first" | "second";

/** Attempts at sales; ends put to other attempts (`TapKind.Abandon`) are not counted. */
interface JournalSummary {
  commits: number;
  aborted: number;
  inDoubt: number;
  open: number;
}

/** Two pads of one shop and one customer, whose sale at the first pad is disturbed. */
class World {
  private readonly pads: Record<PadName, PadMachine>;
  private readonly image = Uint8Array.from(prepared.image);

  constructor(private readonly disturbance: TapOptions) {
    this.pads = { first: makePad(1, START), second: makePad(2, START) };
  }

  /** 100,000 toman, 10,000 of them with credit. */
  sale(name: PadName): string {
    const pad = this.pads[name];
    pad.press("100000A10000#");
    return pad.tap(this.cardAt(name), this.disturbance).result;
  }

  smallSale(name: PadName): void {
    this.pads[name].press("50000#");
    assert.is(this.pads[name].tap(this.cardAt(name)).result, "done", "the other pad serves");
  }

  /** Presents the card as long as the pad asks for it. */
  again(name: PadName): void {
    const pad = this.pads[name];
    for (let tries = 0; tries < 3 && this.isWaiting(name); tries++) pad.tap(this.cardAt(name));
    assert.not(this.isWaiting(name), `the pad still waits: ${pad.screen().join("|")}`);
  }

  /** The next visit at the first pad. */
  disturb(disturbance: TapOptions): void {
    this.pads.first.press("#");
    this.pads.first.tap(this.cardAt("first"), disturbance);
  }

  restart(): void {
    const pad = this.pads.first;
    if (pad.isPowered) pad.cutPower();
    pad.powerOn();
  }

  summary(terminal: number): JournalSummary {
    const { pageSizeBytes, journalPage } = PLAN_16_PAGES;
    const flash = this.pads[terminal === 1 ? "first" : "second"].board.flash.saveImage();
    const key = terminalConfigFor(aes, keys, terminal, 1, 1, ruleset).journalKey as Uint8Array;
    const bytes = flash.slice(journalPage * pageSizeBytes);
    const { records, problems } = verifyJournal({ bytes, pageSizeBytes, key, aes, crc32 });
    assert.equal(problems, []);
    const summary = { commits: 0, aborted: 0, inDoubt: 0, open: 0 };
    const sales = new Set<number>();
    for (const { type, payload, sequence } of records) {
      const content = readRecord(type, payload);
      if (content.kind === "intent" && content.intent.kind === TapKind.Sale) {
        // A confirming intent ends with the sale that it confirms.
        if (content.intent.confirms === 0) summary.open++;
        sales.add(sequence);
      }
      if (content.kind !== "outcome" || !sales.has(content.intentSequence)) continue;
      summary.open--;
      if (content.outcome === JournalType.Commit) summary.commits++;
      else if (content.outcome === JournalType.Aborted) summary.aborted++;
      else summary.inDoubt++;
    }
    return summary;
  }

  inspect(): CardInspection {
    return inspectCard(aes, keys, this.image, UID);
  }

  balance(): number {
    return balanceOf(this.image);
  }

  /** Whether the first pad's sale is on the card beside the second's, by the money spent. */
  isBothOnCard(): boolean {
    const spent = spentOf(this.image) - prepared.spent;
    assert.ok(spent === 500_000 || spent === 1_500_000, `${spent} rial were spent`);
    return spent === 1_500_000;
  }

  private isWaiting(name: PadName): boolean {
    return /Tap the card|SAME card|Too short|another card/.test(this.pads[name].screen().join());
  }

  /** The one card, as it is now, in front of this pad. */
  private cardAt(name: PadName): MifareClassicCard {
    const { clock, rng } = this.pads[name].board;
    return new MifareClassicCard({ clock, rng: rng.fork("card"), image: this.image });
  }
}

/** What the undisturbed sale leaves, computed once. */
let once: { balance: number } | undefined;
function expectedOnce(): { balance: number } {
  if (once === undefined) {
    const world = new World({});
    world.sale("first");
    once = { balance: world.balance() };
  }
  return once;
}

function everyExchange(name: string, check: (place: number, delayUs: number) => void): void {
  // Before the card has heard the command, while it works, and after it has answered.
  for (const delayUs of [-100, 300, 2500]) {
    everyPlace(`${name} (${delayUs} us)`, LAST_EXCHANGE, (place) => check(place, delayUs));
  }
}

function everyPlace(name: string, last: number, check: (place: number) => void): void {
  test(name, () => {
    for (let place = 1; place <= last; place++) {
      if (ONLY !== undefined && place !== ONLY) continue;
      try {
        check(place);
      } catch (error) {
        const replay = `PLACE=${place} SEED=${SEED} node --import tsx host-sim/tap-faults.test.ts`;
        (error as Error).message =
          `${name}, place ${place}: ${(error as Error).message}\n${replay}`;
        throw error;
      }
    }
  });
}

/** A member card with a first sale's credit, spendable from the next day on. */
function prepareCard(): { image: Uint8Array; balance: number; spent: number } {
  const member = { member: 100001, serial: 100001, cardNumber: 0, name: "Sara" };
  const { image } = issueImage(aes, keys, blankImage(UID), UID, {
    ...member,
    birth: undefined,
    issueDay: 2000,
  });
  const pad = makePad(1, START - DAY_SECONDS);
  const card = new MifareClassicCard({ clock: pad.board.clock, rng: pad.board.rng, image });
  pad.press("C#");
  assert.is(pad.tap(card).result, "done");
  pad.press("#300000#");
  assert.is(pad.tap(card).result, "done");
  const used = Uint8Array.from(card.image);
  return { image: used, balance: balanceOf(used), spent: spentOf(used) };
}

function makePad(terminalId: number, startUnixSeconds: number, seed = SEED): PadMachine {
  const { pageSizeBytes, pageCount } = PLAN_16_PAGES;
  const board = new SimBoard({
    seed: `${seed}/${terminalId}`,
    pageSizeBytes,
    pageCount,
    startUnixSeconds,
  });
  const pad = new PadMachine(board, new NativeRuntime(board, PLAN_16_PAGES, assets));
  pad.provision(terminalConfigFor(aes, keys, terminalId, 1, 1, ruleset), PLAN_16_PAGES);
  pad.powerOn();
  return pad;
}

function balanceOf(image: Uint8Array): number {
  return stateOf(image).lots.reduce((sum, lot) => sum + lot.amountRial, 0);
}

function spentOf(image: Uint8Array): number {
  return stateOf(image).lifeSpendRial;
}

function stateOf(image: Uint8Array): StateView {
  const current = inspectCard(aes, keys, image, UID).slots.find(({ role }) => role === "current");
  assert.ok(current?.state, "the card's record opens");
  return current.state;
}
