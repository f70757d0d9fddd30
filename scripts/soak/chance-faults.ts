/** Faults of one step: at which of its places, and which, is drawn from the step's own seed. */
import { type FaultName, type FaultSource, PlaceKind } from "../../host-sim/quick/faults";

import type { Rng } from "../../host-sim/rng";
import { faultsAt, type Swarm } from "./swarm";

/** Index = PlaceKind. */
const PLACE_NAMES = [
  "an exchange",
  "an operand",
  "an EEPROM write",
  "a flash word",
  "a flash erase",
];

export interface FiredFault {
  /** 1 = the first place of the step. */
  place: number;
  text: string;
}

export class ChanceFaults implements FaultSource {
  readonly fired: FiredFault[] = [];
  private count = 0;
  private next: number;

  /** `muted`: places where nothing happens after all. `hasCard`: somebody is there to disturb. */
  constructor(
    private readonly rng: Rng,
    private readonly swarm: Swarm,
    private readonly muted: ReadonlySet<number>,
    private readonly hasCard: () => boolean,
  ) {
    this.next = this.gap();
  }

  take(kind: PlaceKind): FaultName | undefined {
    const isFlash = kind === PlaceKind.FlashWord || kind === PlaceKind.FlashErase;
    if (!isFlash && !this.hasCard()) return undefined;
    this.count++;
    if (this.count !== this.next) return undefined;
    const place = this.count;
    const names = faultsAt(this.swarm, kind);
    const name = names[Math.floor(this.rng.fraction() * names.length)];
    this.next = place + this.gap();
    if (name === undefined || this.muted.has(place)) return undefined;
    this.fired.push({ place, text: `${name} at ${PLACE_NAMES[kind]} (place ${place})` });
    return name;
  }

  /** How many places on the next fault is. */
  private gap(): number {
    const { faultChance } = this.swarm;
    if (faultChance === 0) return Number.POSITIVE_INFINITY;
    return 1 + Math.floor(Math.log(1 - this.rng.fraction()) / Math.log(1 - faultChance));
  }
}
