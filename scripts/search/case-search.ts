/** All that is known of one kind of tap, made once a process: its worlds, and what to judge by. */

import { UserError } from "../../back-office/user-error";
import { PLAN_16_PAGES } from "../../firmware/boards/flash-plan";
import type { PlannedFault } from "../../host-sim/quick/faults";
import { FullWorld } from "./full-world";
import type { Point } from "./point";
import { createJudging, QuickSearch } from "./quick-search";
import { type Judging, type Return, type Run, TapRun } from "./run-tap";
import { createSearchClub } from "./search-club";
import { type SingleFault, singleFaults } from "./single-faults";
import type { TapCase } from "./tap-case";

const SEED = "search";
const club = createSearchClub();
const searches = new Map<string, CaseSearch>();

/** The search of a case, kept for the next time. */
export function searchOf(tapCase: TapCase): CaseSearch {
  let search = searches.get(tapCase.name);
  if (search === undefined) {
    search = new CaseSearch(tapCase);
    searches.set(tapCase.name, search);
  }
  return search;
}

/** The full simulation is asked by its keys, and gets nothing from an office. */
function hasKeys({ order, here, office }: TapCase): boolean {
  const isPlain = here === undefined && office === undefined;
  return isPlain && order.keys !== undefined;
}

export class CaseSearch {
  readonly quick: QuickSearch;
  private readonly singles: readonly SingleFault[];
  private readonly fullJudging: Judging;

  constructor(readonly tapCase: TapCase) {
    this.quick = new QuickSearch(club, tapCase, SEED);
    this.singles = hasKeys(tapCase)
      ? singleFaults(this.quick.world, tapCase).filter(({ inFull }) => inFull)
      : [];
    this.fullJudging = createJudging(
      club,
      this.quick.prepared,
      PLAN_16_PAGES.pageSizeBytes,
      (effects) => this.quick.undisturbed(effects),
    );
  }

  /** The single faults of a route, in the order of their places. */
  faultsOf(world: Point["world"], route: Return): readonly PlannedFault[] {
    if (world === "quick") return this.quick.nextFaults(route, []);
    return this.singles.map(({ planned }) => planned);
  }

  run(point: Point): Run {
    return point.world === "quick" ? this.quick.run(point.route, point.faults) : this.full(point);
  }

  private full({ route, faults }: Point): Run {
    const [fault] = faults;
    const single = this.singles.find(
      ({ planned }) => planned.place === fault?.place && planned.fault === fault.fault,
    );
    if (fault !== undefined && single === undefined) {
      throw new UserError(`the full simulation cannot order ${fault.fault} at ${fault.place}`);
    }
    const world = new FullWorld(club, this.quick.prepared, single?.inFull ?? {}, SEED);
    return new TapRun(world, this.tapCase, this.fullJudging, faults).play(route);
  }
}
