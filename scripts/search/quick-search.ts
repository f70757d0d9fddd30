/**
 * The search of one kind of tap in the quick world: runs by their plan of faults, each judged, and
 * the lists of what can go wrong next.
 */
import { createHash } from "node:crypto";
import type { Bytes } from "../../card-layout/bytes";
import {
  FAULTS_OF_KIND,
  FaultPlan,
  type Place,
  type PlannedFault,
} from "../../host-sim/quick/faults";
import { QUICK_PLAN } from "../../host-sim/quick/quick-pad";
import { createTableAes } from "../../host-sim/quick/table-aes";
import { CardOracle } from "./oracle/card";
import { type JournalReading, readJournal } from "./oracle/journal";
import { OFFICE } from "./oracle/judge";
import { type PreparedCard, prepareCard, QuickWorld, SEARCH_UID } from "./quick-world";
import { type Judging, type Return, type Run, TapRun } from "./run-tap";
import type { SearchClub } from "./search-club";
import { ONLY_OFFICE, OTHER_SALE, type TapCase } from "./tap-case";

/** Terminals of `prepareCard`. */
const PAST_TERMINALS = [9, 8];
/** Orders that may have taken effect, by terminal, in their order. */
const EFFECTS: readonly (readonly (1 | 2)[])[] = [[], [1], [2], [1, 2], [2, 1]];
/** With something that the office ordered: it comes first, at whatever pad. */
const OFFICE_EFFECTS = EFFECTS.map((effects) => [OFFICE, ...effects]);

export interface FaultedRun extends Run {
  /** All places of the run, when the plan records them. */
  readonly places: readonly Place[];
}

export class QuickSearch {
  readonly world: QuickWorld;
  readonly judging: Judging;
  readonly prepared: PreparedCard;

  constructor(
    club: SearchClub,
    readonly tapCase: TapCase,
    seed: string,
  ) {
    this.prepared = prepareCard(club, tapCase);
    this.world = new QuickWorld(club, this.prepared, tapCase, seed);
    this.judging = createJudging(club, this.prepared, QUICK_PLAN.pageSizeBytes, (effects) =>
      this.undisturbed(effects),
    );
    this.world.reset(undefined);
    const { places } = this.judging.readJournal(0, this.world.journal(0));
    const isNew = tapCase.here === undefined;
    this.judging.firstSequence = isNew ? 0 : places[places.length - 1].sequence + 1;
  }

  run(route: Return, faults: readonly PlannedFault[]): FaultedRun {
    return this.runPlan(route, new FaultPlan(faults));
  }

  runPlan(route: Return, plan: FaultPlan): FaultedRun {
    this.world.reset(plan);
    const run = new TapRun(this.world, this.tapCase, this.judging, plan.faults);
    try {
      return { ...run.play(route), places: plan.places };
    } catch (error) {
      const violations = [`the firmware ended with ${(error as Error).stack ?? error}`];
      return { visits: [], violations, places: plan.places };
    }
  }

  /** Every fault that may strike after those given, in the order of places. */
  nextFaults(route: Return, faults: readonly PlannedFault[]): PlannedFault[] {
    const { places } = this.runPlan(route, new FaultPlan(faults, true));
    const first = faults.length === 0 ? 0 : faults[faults.length - 1].place;
    return places
      .slice(first)
      .flatMap(({ kind }, index) =>
        FAULTS_OF_KIND[kind].map((fault) => ({ place: first + index + 1, fault })),
      );
  }

  /**
   * One of each kind of single fault: those after which the same follows, command by command and
   * word by word, and which end in the same bytes on card and flash, would be followed by the same
   * second faults.
   */
  distinctFaults(route: Return): PlannedFault[] {
    const found = new Map<string, PlannedFault>();
    for (const fault of this.nextFaults(route, [])) {
      const { places, visits } = this.runPlan(route, new FaultPlan([fault], true));
      const rest = places.slice(fault.place).map(({ kind, what, where }) => [kind, what, where]);
      const hash = createHash("sha256").update(JSON.stringify([rest, visits]));
      hash.update(this.world.image);
      for (const pad of [0, 1] as const) hash.update(this.world.journal(pad));
      const key = hash.digest("hex");
      if (!found.has(key)) found.set(key, fault);
    }
    return [...found.values()];
  }

  /** The card after the orders of these terminals, or OFFICE, undisturbed. */
  undisturbed(effects: readonly number[]): Uint8Array {
    this.world.reset(undefined);
    for (const terminal of effects) {
      if (terminal === OFFICE) this.world.tap(0, ONLY_OFFICE);
      else if (terminal === 1) this.world.tap(0, this.tapCase.order);
      else this.world.tap(1, this.tapCase.other ?? OTHER_SALE);
    }
    return this.world.image.slice();
  }
}

/** `cardAfter`: the card after undisturbed orders of these terminals. */
export function createJudging(
  club: SearchClub,
  prepared: PreparedCard,
  pageSizeBytes: number,
  cardAfter: (effects: readonly number[]) => Uint8Array,
): Judging {
  const aes = createTableAes();
  const oracle = new CardOracle(club.keys, SEARCH_UID);
  const read = (pages: Uint8Array, terminal: number, sizeBytes: number) =>
    readJournal(pages, sizeBytes, club.config(terminal).journalKey as Uint8Array, aes);
  const past = prepared.journals.map((pages, index) =>
    read(pages, PAST_TERMINALS[index], QUICK_PLAN.pageSizeBytes),
  );
  const values = new Map<string, string | undefined>();
  for (const effects of [...EFFECTS, ...OFFICE_EFFECTS]) {
    values.set(effects.join(), oracle.read(cardAfter(effects)).current?.value);
  }
  const kept: { pages: Bytes; reading: JournalReading }[] = [];
  return {
    oracle,
    startTag: startTagOf(oracle, prepared, past),
    past,
    firstSequence: 0,
    valueAfter: (effects) => values.get(effects.join()),
    readJournal: (pad, pages) => {
      const last = kept[pad];
      // Most runs leave the second pad's journal as it was.
      if (last !== undefined && Buffer.compare(last.pages as Uint8Array, pages) === 0) {
        return last.reading;
      }
      const reading = read(pages, pad + 1, pageSizeBytes);
      kept[pad] = { pages, reading };
      return reading;
    },
  };
}

/** Of the record that the card was issued with. */
function startTagOf(
  oracle: CardOracle,
  { image }: PreparedCard,
  past: readonly JournalReading[],
): number {
  const tag = past[0].intents[0]?.baseTag ?? oracle.read(image).current?.tag;
  if (tag === undefined) throw new Error("the prepared card does not open");
  return tag;
}
