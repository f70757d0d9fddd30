/** The timer unit of the MFRC522 (data sheet rev 3.9, section 8.5), on the virtual clock. */

import type { CancelEvent, VirtualClock } from "./clock";
import { T_MODE, T_PRESCALER, T_RELOAD_HIGH, T_RELOAD_LOW } from "./mfrc522-registers";

const CARRIER_MHZ = 13.56;
const AUTO_RESTART = 0x10;
const GATED = 0x60;
const DEMOD = 0x19;
const PRESCALER_EVEN = 0x10;

export class Mfrc522Timer {
  private cancel: CancelEvent | undefined;
  private startedUs = 0;
  private lastCount = 0;

  constructor(
    private readonly clock: VirtualClock,
    private readonly registers: Uint8Array,
    private readonly elapsed: () => void,
    private readonly violate: (message: string) => void,
  ) {}

  get isRunning(): boolean {
    return this.cancel !== undefined;
  }

  /** (Re)starts from the reload value. */
  start(): void {
    if ((this.registers[T_MODE] & GATED) !== 0) this.violate("the gated timer is not simulated");
    this.cancel?.();
    this.startedUs = this.clock.nowUs;
    this.cancel = this.clock.after(this.tickUs() * (this.reload() + 1), () => this.expire());
  }

  stop(): void {
    if (this.cancel === undefined) return;
    this.lastCount = this.count();
    this.cancel();
    this.cancel = undefined;
  }

  /** TCounterVal. */
  count(): number {
    if (this.cancel === undefined) return this.lastCount;
    const ticks = Math.floor((this.clock.nowUs - this.startedUs) / this.tickUs());
    return Math.max(0, this.reload() - ticks);
  }

  private expire(): void {
    this.cancel = undefined;
    this.lastCount = 0;
    if ((this.registers[T_MODE] & AUTO_RESTART) !== 0) this.start();
    this.elapsed();
  }

  private tickUs(): number {
    const prescaler = ((this.registers[T_MODE] & 0x0f) << 8) | this.registers[T_PRESCALER];
    const isEven = (this.registers[DEMOD] & PRESCALER_EVEN) !== 0;
    return (2 * prescaler + (isEven ? 2 : 1)) / CARRIER_MHZ;
  }

  private reload(): number {
    return (this.registers[T_RELOAD_HIGH] << 8) | this.registers[T_RELOAD_LOW];
  }
}
