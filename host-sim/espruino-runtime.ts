/**
 * A simulated board that carries Espruino, around whatever executes the JavaScript. Timers and
 * serial data are delivered between turns, as on the board; hardware events happen while the
 * firmware's own calls let time pass.
 */
import type { BoardProfile } from "../firmware/boards/board-profile";
import { ESP32 } from "../firmware/boards/board-profiles";
import type { SimBoard, SimSerial } from "./board";
import type { DeviceEngine, EspruinoEngine } from "./espruino-engine";
import { EspruinoHardware, wiringOf } from "./espruino-hardware";
import { PowerCut } from "./nor-flash";
import type { PadRuntime } from "./pad-runtime";

interface Timer {
  dueUs: number;
  order: number;
  callback: () => void;
}

const SERIAL_EVENT_BYTES = 64;

/** Hardware that can be without power. */
interface PoweredHardware {
  readonly isPowered: boolean;
  powerOn(): void;
  cutPower(): void;
}

/** The event loop around an interpreter, whichever it is. */
export class EventLoopRuntime<Hardware extends PoweredHardware> implements PadRuntime {
  private timers: Timer[] = [];
  private order = 0;
  private isRebooting = false;
  private readonly listeners = new Map<SimSerial, (octets: string) => void>();

  constructor(
    private readonly board: SimBoard,
    private readonly engine: DeviceEngine<Hardware>,
    private readonly hardware: Hardware,
  ) {}

  get isPowered(): boolean {
    return this.hardware.isPowered;
  }

  /** Power-up: forgets all timers and starts the firmware from its beginning. */
  powerOn(): void {
    this.cutPower();
    this.hardware.powerOn();
    const events = {
      setTimeout: (callback: () => void, delayMs: number) => {
        const dueUs = this.board.clock.nowUs + Math.max(delayMs, 0) * 1000;
        this.timers.push({ dueUs, order: this.order++, callback });
      },
      reboot: () => {
        this.isRebooting = true;
      },
      onSerialData: (callback: (octets: string) => void) => {
        this.listeners.set(this.board.office, callback);
      },
      onTillData: (callback: (octets: string) => void) => {
        this.listeners.set(this.board.till, callback);
      },
    };
    this.untilPowerFails(() => this.engine.start(this.hardware, events));
  }

  /**
   * Power is gone: no timers, no JavaScript. Firmware that is running at this moment (the cut came
   * as an event while it let time pass) ends with its next call of the hardware.
   */
  cutPower(): void {
    this.isRebooting = false;
    this.timers = [];
    this.listeners.clear();
    this.hardware.cutPower();
    this.engine.stop();
  }

  /** One turn of the event loop; false when nothing is left to do. */
  turn(): boolean {
    for (const [{ incoming }, listener] of this.listeners) {
      if (incoming.length > 0)
        listener(String.fromCharCode(...incoming.splice(0, SERIAL_EVENT_BYTES)));
    }
    const next = this.nextTimer();
    if (next === undefined) return false;
    this.timers.splice(this.timers.indexOf(next), 1);
    const waitUs = next.dueUs - this.board.clock.nowUs;
    if (waitUs > 0) this.board.clock.advance(waitUs);
    if (this.isPowered) this.untilPowerFails(next.callback);
    if (this.isRebooting && this.isPowered) this.powerOn();
    return true;
  }

  /** Lets the firmware live for `durationMs` of virtual time. */
  runMs(durationMs: number): void {
    const endUs = this.board.clock.nowUs + durationMs * 1000;
    for (;;) {
      const next = this.nextTimer();
      if (next === undefined || Math.max(next.dueUs, this.board.clock.nowUs) > endUs) break;
      this.turn();
    }
    if (this.board.clock.nowUs < endUs) this.board.clock.advance(endUs - this.board.clock.nowUs);
  }

  private untilPowerFails(work: () => void): void {
    try {
      work();
      // Firmware may have gone on after the cut, as far as it asked nothing of the hardware.
      if (!this.isPowered) this.cutPower();
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      // The chip may have switched the field on again while the last call was under way.
      this.cutPower();
    }
  }

  private nextTimer(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.timers) {
      const isSooner =
        next === undefined ||
        timer.dueUs < next.dueUs ||
        (timer.dueUs === next.dueUs && timer.order < next.order);
      if (isSooner) next = timer;
    }
    return next;
  }
}

export class EspruinoRuntime extends EventLoopRuntime<EspruinoHardware> {
  constructor(board: SimBoard, engine: EspruinoEngine, profile: BoardProfile = ESP32) {
    super(board, engine, new EspruinoHardware(board, wiringOf(profile)));
  }
}
