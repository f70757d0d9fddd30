/**
 * The line between a pad and the back office, on the shop's clock: bytes get lost, doubled or
 * broken, writes come late (and so out of order) or twice, and the whole line may be cut.
 */
import type { ByteStream, Timer } from "../../back-office/link";
import type { VirtualClock } from "../../host-sim/clock";
import type { Rng } from "../../host-sim/rng";
import type { ShopPad } from "./shop-pad";
import type { Swarm } from "./swarm";

/** Shortest way of a write, in ms. */
const LATENCY_MS = 1;

/** Far more than any sync takes. */
const MOST_TURNS = 2_000_000;

interface Event {
  atUs: number;
  order: number;
  run(): void;
}

export class SoakLine implements ByteStream {
  /** What was done to bytes. */
  faultCount = 0;
  readonly timer: Timer;
  private readonly events: Event[] = [];
  private order = 0;
  private toOffice: (bytes: Uint8Array) => void = () => undefined;

  /** `bytesUntilCut`: both ways together. `faults` undefined: a good line. */
  constructor(
    private readonly pad: ShopPad,
    private readonly clock: VirtualClock,
    private readonly rng: Rng,
    private readonly faults: Swarm["line"] | undefined,
    private bytesUntilCut: number,
  ) {
    this.timer = (durationMs, callback) => {
      const event = this.after(durationMs, callback);
      return () => {
        const index = this.events.indexOf(event);
        if (index >= 0) this.events.splice(index, 1);
      };
    };
  }

  write(bytes: Uint8Array): void {
    this.send(bytes, (arrived) => this.pad.incoming.push(...arrived));
  }

  onData(callback: (bytes: Uint8Array) => void): void {
    this.toOffice = callback;
  }

  /** Lets pad, line and time go on until the office is done. */
  async run(work: Promise<unknown>): Promise<void> {
    let isDone = false;
    const end = () => {
      isDone = true;
    };
    work.then(end, end);
    await settleOffice();
    for (let turns = 0; !isDone; turns++) {
      if (turns > MOST_TURNS) throw new Error("the sync does not come to an end");
      // Nobody hears what comes to a pad without power.
      if (!this.pad.isPowered) this.pad.incoming.length = 0;
      const isBusy = this.pad.isPowered && this.pad.step();
      if (this.pad.sent.length > 0) {
        const bytes = Uint8Array.from(this.pad.sent.splice(0));
        this.send(bytes, (arrived) => this.toOffice(arrived));
      }
      if (!isBusy && this.pad.incoming.length === 0) this.skipTime();
      if (this.runDue()) await settleOffice();
    }
    this.events.length = 0;
  }

  /** Nobody has anything to do before the next event. */
  private skipTime(): void {
    const { clock } = this;
    const atUs = this.events[0]?.atUs;
    if (atUs === undefined) throw new Error("the sync neither ends nor waits");
    clock.advance(Math.max(0, atUs - clock.nowUs));
  }

  /** True when something happened. */
  private runDue(): boolean {
    let hasRun = false;
    while (this.events.length > 0 && this.events[0].atUs <= this.clock.nowUs) {
      this.events.shift()?.run();
      hasRun = true;
    }
    return hasRun;
  }

  private send(bytes: Uint8Array, deliver: (bytes: Uint8Array) => void): void {
    const { rng, faults } = this;
    const arrived: number[] = [];
    for (const byte of bytes) {
      if (this.bytesUntilCut <= 0) break;
      this.bytesUntilCut--;
      if (faults === undefined) arrived.push(byte);
      else this.disturb(byte, faults, arrived);
    }
    const lateMs = faults === undefined ? 0 : Math.floor(rng.fraction() * faults.lateMs);
    this.after(LATENCY_MS + lateMs, () => deliver(Uint8Array.from(arrived)));
    if (faults === undefined || !rng.chance(faults.repeat)) return;
    this.faultCount++;
    const againMs = LATENCY_MS + lateMs + Math.floor(rng.fraction() * faults.lateMs);
    this.after(againMs, () => deliver(Uint8Array.from(arrived)));
  }

  private disturb(byte: number, faults: Swarm["line"], arrived: number[]): void {
    const { rng } = this;
    if (rng.chance(faults.drop)) {
      this.faultCount++;
      return;
    }
    const isBroken = rng.chance(faults.corrupt);
    const value = isBroken ? byte ^ (1 << rng.below(8)) : byte;
    const isDoubled = rng.chance(faults.double);
    arrived.push(value);
    if (isDoubled) arrived.push(value);
    this.faultCount += (isBroken ? 1 : 0) + (isDoubled ? 1 : 0);
  }

  private after(durationMs: number, run: () => void): Event {
    const event = { atUs: this.clock.nowUs + durationMs * 1000, order: this.order++, run };
    let index = this.events.length;
    while (index > 0 && this.events[index - 1].atUs > event.atUs) index--;
    this.events.splice(index, 0, event);
    return event;
  }
}

/** Until all that the office does by itself is done. */
function settleOffice(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
