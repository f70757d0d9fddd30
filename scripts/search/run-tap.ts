/**
 * One run: an order at the first pad, disturbed by a plan of faults, then what becomes of the card,
 * until everybody is satisfied; and the judgement. The faults of a plan may strike anywhere in it.
 */
import type { PlannedFault } from "../../host-sim/quick/faults";
import type { CardOracle } from "./oracle/card";
import type { JournalReading } from "./oracle/journal";
import { judge, OFFICE, type PadEnd } from "./oracle/judge";
import { type Order, OTHER_SALE, type TapCase } from "./tap-case";
import type { PadIndex, Said, TapWorld } from "./tap-world";

/** Where the card goes after the disturbed tap. */
export const RETURNS = ["same", "other", "never"] as const;
/**
 * `same`: back to the pad as long as it asks for it. `other`: to another pad for a sale, then back.
 * `never`: the cashier gives up, and the card is used elsewhere.
 */
export type Return = (typeof RETURNS)[number];

/** More than any two faults can make necessary. */
const MOST_VISITS = 12;

export interface Visit {
  readonly pad: PadIndex;
  readonly said: Said | "restarted" | "givenUp";
}

export interface Run {
  readonly visits: readonly Visit[];
  readonly violations: readonly string[];
}

export interface Judging {
  readonly oracle: CardOracle;
  readonly startTag: number;
  /** Of the pads at which the card was before. */
  readonly past: readonly JournalReading[];
  /** Records of the first pad before it belong to the past. */
  firstSequence: number;
  readJournal(pad: PadIndex, pages: Uint8Array): JournalReading;
  /** What a customer has after the orders of these terminals, undisturbed: `StateReading.value`. */
  valueAfter(effects: readonly number[]): string | undefined;
}

export class TapRun {
  private readonly visits: Visit[] = [];
  private readonly violations: string[] = [];
  private readonly doneCounts = [0, 0];
  private readonly orders: (Order | undefined)[] = [undefined, undefined];
  /** Nothing excuses that what the office ordered is not done. */
  private mustCount = false;

  constructor(
    private readonly world: TapWorld,
    private readonly tapCase: TapCase,
    private readonly judging: Judging,
    /** The plan. */
    private readonly faults: readonly PlannedFault[],
  ) {}

  play(route: Return): Run {
    this.order(0, this.tapCase.order);
    if (route === "same") this.settle(0);
    if (route === "never") this.giveUp(0);
    if (route !== "same") {
      this.order(1, this.tapCase.other ?? OTHER_SALE);
      this.settle(1);
    }
    if (route === "other") this.settle(0);
    if (route === "same") this.requireDone();
    this.judge();
    return { visits: this.visits, violations: this.violations };
  }

  private order(pad: PadIndex, order: Order): void {
    this.orders[pad] = order;
    this.note(pad, this.world.tap(pad, order));
  }

  private note(pad: PadIndex, said: Visit["said"]): void {
    this.visits.push({ pad, said });
    if (said === "done") this.doneCounts[pad]++;
    // A pad asks twice whose card it is, so two faults may fool it; nothing happens then.
    const isFooled = said === "foreign" && this.faults.length >= 2;
    if (isFooled || (said === "failed" && this.isWornOut())) return;
    if (said === "failed" || said === "foreign") {
      this.violations.push(`pad ${pad + 1} finds fault with an honest card, or with itself`);
    }
  }

  /**
   * A cell of a counter that refuses two writes of one tap: the pad tried again, and says then that
   * it does not get on with this card. Nothing is lost; the judgement looks.
   */
  private isWornOut(): boolean {
    return this.faults.filter(({ fault }) => fault === "stuck").length >= 2;
  }

  /** Power and card come back as long as the pad lacks them. */
  private settle(pad: PadIndex): void {
    for (let visit = 0; visit < MOST_VISITS; visit++) {
      if (!this.world.isPowered(pad)) {
        this.world.powerOn(pad);
        this.note(pad, "restarted");
      } else if (this.world.isWaiting(pad)) {
        this.note(pad, this.world.present(pad));
      } else return;
    }
    this.violations.push(`pad ${pad + 1} does not come to an end`);
  }

  /** A pad that kept its power and got its card back has done what was asked. */
  private requireDone(): void {
    const excuses: Visit["said"][] = ["powerCut", "restarted", "foreign"];
    if (this.tapCase.mayBeRefused && this.faults.length > 0) excuses.push("refused");
    const isExcused = this.visits.some(({ said }) => excuses.includes(said));
    this.mustCount = !isExcused;
    if (isExcused || !this.tapCase.changes || this.doneCounts[0] > 0) return;
    this.violations.push("pad 1 never did what it was asked for");
  }

  private giveUp(pad: PadIndex): void {
    for (let visit = 0; visit < MOST_VISITS; visit++) {
      if (!this.world.isPowered(pad)) {
        this.world.powerOn(pad);
        this.note(pad, "restarted");
      } else if (this.world.isWaiting(pad)) {
        this.world.giveUp(pad);
        this.note(pad, "givenUp");
      } else return;
    }
    this.violations.push(`pad ${pad + 1} cannot be given up`);
  }

  private judge(): void {
    const { world, judging } = this;
    const card = judging.oracle.read(world.image);
    const past = judging.past.map(
      (journal, index): PadEnd => ({
        terminal: 90 + index,
        journal,
        isPast: true,
        firstSequence: 0,
        isOpen: journal.intents.some(({ outcomes }) => outcomes.length === 0),
        doneCount: 0,
        order: undefined,
      }),
    );
    const pads = ([0, 1] as const).map((pad) => this.endOf(pad));
    const verdict = judge({ card, startTag: judging.startTag, pads: [...past, ...pads] });
    this.violations.push(...verdict.violations);
    if (this.mustCount && this.tapCase.office && !verdict.effects.includes(OFFICE)) {
      this.violations.push("what the office ordered was never done");
    }
    const expected = judging.valueAfter(verdict.effects);
    if (verdict.violations.length === 0 && card.current?.value !== expected) {
      const orders = verdict.effects.join(", ") || "no terminal";
      this.violations.push(`the card's value is not that after the orders at ${orders}`);
    }
  }

  private endOf(pad: PadIndex): PadEnd {
    const journal = this.judging.readJournal(pad, this.world.journal(pad));
    const order = this.orders[pad];
    const changes = pad === 1 || this.tapCase.changes;
    return {
      terminal: pad + 1,
      journal,
      isPast: false,
      firstSequence: pad === 0 ? this.judging.firstSequence : 0,
      isOpen: this.world.isOpen(pad),
      doneCount: changes ? this.doneCounts[pad] : 0,
      order: changes ? order?.request : undefined,
    };
  }
}
