/**
 * The PN532 at the level of its host frames (NXP UM0701-02 "PN532 User Manual" rev 02; section
 * numbers are its): the commands that readers of type A cards use. How the bytes come and go is in
 * pn532-uart.ts and pn532-spi.ts.
 *
 * The manual does not say all. Assumed, because libnfc's tools want it so: a card whose UID is
 * given is woken even out of HALT. Assumed for want of anything better, and a switch or a constant
 * here: times inside the chip, REQA without a UID, and the status after a value command.
 */

import type { CancelEvent, VirtualClock } from "./clock";
import { Pn532Air, type Procedure } from "./pn532-air";
import {
  ACK_FRAME,
  answerFrame,
  ERROR_FRAME,
  type HostFrame,
  HostFrameParser,
} from "./pn532-frames";
import { Pn532Raw } from "./pn532-raw";
import { Pn532Targets, REQA, type Target, TIMEOUT, WUPA } from "./pn532-targets";
import type { RfField } from "./rf-field";
import type { Rng } from "./rng";

export interface Pn532Options {
  clock: VirtualClock;
  field: RfField;
  rng: Rng;
  /** InListPassiveTarget without a UID wakes halted cards, too. Default false. */
  doesListWakeHalted?: boolean;
  /** Decrement, increment and restore end with a timeout status instead of success. */
  doesValueTimeOut?: boolean;
  /** From the end of a command to its ACK, and again to the work, and from that to the answer.
   * Default 100, an assumption. */
  stepUs?: number;
}

const STEP_US = 100;

const WAKE_UP_BYTE = 0x55;
/** IC, version 1.6, all three protocols (7.2.2). */
const FIRMWARE_VERSION = [0x32, 0x01, 0x06, 0x07];
const TARGET_COUNT_MAX = 2;
const CASCADE_TAG = 0x88;
const TYPE_A_106 = 0x00;
const ITEM_FIELD = 0x01;
const ITEM_TIMINGS = 0x02;
const ITEM_RETRIES = 0x05;
const FOR_EVER = 0xff;
const RETRY_PAUSE_US = 2000;
const POWER_DOWN = 0x16;
const CONTEXT_ERROR = 0x27;
/** InAutoPoll: 150 ms a unit of its period (7.3.13). */
const AUTO_POLL_UNIT_US = 150_000;
const AUTO_POLL_TYPES_A = [0x00, 0x10];
const MIFARE_TYPE = 0x10;
/** Decrement, increment, restore. */
const VALUE_COMMANDS = [0xc0, 0xc1, 0xc2];

type Answer = Procedure<ArrayLike<number> | undefined>;

export class SimPn532 {
  /** A whole frame of the chip, ACKs included, as soon as it has it. */
  onFrame: (bytes: Uint8Array) => void = () => undefined;
  private readonly parser = new HostFrameParser();
  private readonly air: Pn532Air;
  private readonly cards: Pn532Targets;
  private readonly raw: Pn532Raw;
  private readonly commands: Readonly<Record<number, (data: Uint8Array) => Answer>>;
  private targets: Target[] = [];
  private current: Target | undefined;
  private isAsleep = true;
  private isFallingAsleep = false;
  private activationRetries = FOR_EVER;
  private rawTimeoutUs = 51_200;
  private lastAnswer: Uint8Array | undefined;
  private cancelNext: CancelEvent | undefined;
  private isWorking = false;

  constructor(private readonly options: Pn532Options) {
    const { clock, field, rng, doesValueTimeOut } = options;
    this.air = new Pn532Air(clock, field);
    this.cards = new Pn532Targets(this.air, rng, doesValueTimeOut === true ? TIMEOUT : 0);
    this.raw = new Pn532Raw(this.air);
    this.commands = this.commandTable();
  }

  /** A command is under way: an answer is to come. */
  get isBusy(): boolean {
    return this.isWorking;
  }

  /** As after power-up: asleep, field off. */
  reset(): void {
    this.abort();
    this.forgetTargets();
    this.raw.resetRegisters();
    this.activationRetries = FOR_EVER;
    this.options.field.setOn(false);
    this.isAsleep = true;
  }

  /** What the host interface does to wake the chip. */
  wakeUp(): void {
    this.isAsleep = false;
  }

  /** One byte from the host. */
  receive(byte: number): void {
    if (this.isAsleep) {
      if (byte === WAKE_UP_BYTE) this.wakeUp();
      return;
    }
    const frame = this.parser.push(byte);
    if (frame !== undefined) this.take(frame);
  }

  private take(frame: HostFrame): void {
    if (frame.kind === "nack") {
      if (this.lastAnswer !== undefined && !this.isWorking) this.answer(this.lastAnswer);
      return;
    }
    this.abort();
    if (frame.kind !== "command") return;
    const { code, data } = frame;
    this.isWorking = true;
    this.later(() => {
      this.onFrame(ACK_FRAME);
      this.later(() => this.air.run(this.work(code, data)));
    });
  }

  private later(callback: () => void): void {
    this.cancelNext = this.options.clock.after(this.options.stepUs ?? STEP_US, callback);
  }

  private abort(): void {
    this.cancelNext?.();
    this.air.abort();
    this.isWorking = false;
  }

  private *work(code: number, data: Uint8Array): Procedure<void> {
    const command = this.commands[code];
    const answer = command === undefined ? undefined : yield* command(data);
    this.isFallingAsleep = code === POWER_DOWN;
    this.answer(answer === undefined ? ERROR_FRAME : answerFrame(code, answer));
  }

  private answer(frame: Uint8Array): void {
    this.isWorking = true;
    this.later(() => {
      this.isWorking = false;
      this.lastAnswer = frame;
      this.onFrame(frame);
      this.isAsleep = this.isFallingAsleep;
      this.isFallingAsleep = false;
    });
  }

  private commandTable(): Record<number, (data: Uint8Array) => Answer> {
    return {
      0: (data) => just(this.diagnose(data)),
      2: () => just(FIRMWARE_VERSION),
      4: () => just(this.generalStatus()),
      6: (data) => just(this.raw.readRegisters(data)),
      8: (data) => just(this.raw.writeRegisters(data)),
      // ReadGPIO: everything pulled up; WriteGPIO, SetSerialBaudRate, SetParameters.
      12: () => just([0xff, 0xff, 0x00]),
      14: () => just([]),
      16: () => just([]),
      18: () => just([]),
      // SAMConfiguration, PowerDown.
      20: () => just([]),
      22: () => just([0]),
      50: (data) => just(this.configure(data)),
      64: (data) => this.exchangeData(data),
      66: (data) => this.raw.communicate(data, this.rawTimeoutUs),
      68: (data) => this.release(data, false),
      74: (data) => this.list(data),
      82: (data) => this.release(data, true),
      84: (data) => this.selectTarget(data),
      96: (data) => this.autoPoll(data),
    };
  }

  /** Test 0 echoes (7.2.1); ROM and RAM are good. */
  private diagnose(data: Uint8Array): ArrayLike<number> | undefined {
    if (data[0] === 0) return data;
    return data[0] === 1 || data[0] === 2 ? [0] : undefined;
  }

  private generalStatus(): number[] {
    const targets = this.targets.flatMap((_, index) => [index + 1, 0, 0, MIFARE_TYPE]);
    return [0, this.options.field.isOn ? 1 : 0, this.targets.length, ...targets, 0];
  }

  private configure([item, ...values]: Uint8Array): number[] | undefined {
    if (item === undefined || values.length === 0) return undefined;
    if (item === ITEM_FIELD) this.switchField((values[0] & 1) === 1);
    if (item === ITEM_TIMINGS && values.length === 3) {
      this.rawTimeoutUs = values[2] === 0 ? Number.POSITIVE_INFINITY : 50 * 2 ** values[2];
    }
    if (item === ITEM_RETRIES && values.length === 3) this.activationRetries = values[2];
    return [];
  }

  private switchField(isOn: boolean): void {
    this.options.field.setOn(isOn);
    if (isOn) return;
    this.air.cipher = undefined;
    this.current = undefined;
  }

  private forgetTargets(): void {
    this.targets = [];
    this.current = undefined;
    this.air.cipher = undefined;
  }

  /** InListPassiveTarget: all targets but the last are halted so that others can be found. */
  private *list(data: Uint8Array): Answer {
    const [most, type, ...initiatorData] = data;
    if (type === undefined || most < 1 || most > TARGET_COUNT_MAX) return undefined;
    this.forgetTargets();
    if (type !== TYPE_A_106) return [0];
    this.options.field.setOn(true);
    while (this.targets.length < most) {
      const target = yield* this.find(initiatorData);
      if (target === undefined) break;
      this.targets.push(target);
      this.current = target;
      if (this.targets.length < most) yield* this.haltCurrent();
    }
    const described = this.targets.flatMap((target, index) => describe(index + 1, target));
    return [this.targets.length, ...described];
  }

  private *find(initiatorData: number[]): Procedure<Target | undefined> {
    const uid = initiatorData.filter((byte, at) => at % 4 !== 0 || byte !== CASCADE_TAG);
    const wakeUp = this.options.doesListWakeHalted === true ? WUPA : REQA;
    const isFirst = this.targets.length === 0;
    for (let tries = 0; ; tries++) {
      const target =
        uid.length > 0
          ? yield* this.cards.reactivate(Uint8Array.from(uid))
          : yield* this.cards.activate(isFirst ? wakeUp : REQA);
      if (target !== undefined || !isFirst) return target;
      if (this.activationRetries !== FOR_EVER && tries >= this.activationRetries) return undefined;
      yield* this.air.pause(RETRY_PAUSE_US);
    }
  }

  private *haltCurrent(): Procedure<void> {
    if (this.current !== undefined) yield* this.cards.halt();
    this.current = undefined;
    this.air.cipher = undefined;
  }

  private *selectTarget(data: Uint8Array): Answer {
    return [yield* this.makeCurrent(data[0])];
  }

  private *makeCurrent(number: number): Procedure<number> {
    const target = this.targets[number - 1];
    if (target === undefined) return CONTEXT_ERROR;
    if (target === this.current) return 0;
    yield* this.haltCurrent();
    if ((yield* this.cards.reactivate(target.uid)) === undefined) return TIMEOUT;
    this.current = target;
    return 0;
  }

  /** InDeselect and InRelease; target 0 means all. */
  private *release([number]: Uint8Array, isForgotten: boolean): Answer {
    if (number === undefined) return undefined;
    if (number > 0 && this.targets[number - 1] === undefined) return [CONTEXT_ERROR];
    if (number === 0 || this.targets[number - 1] === this.current) yield* this.haltCurrent();
    if (isForgotten) this.targets = [];
    return [0];
  }

  private *exchangeData(data: Uint8Array): Answer {
    const status = yield* this.makeCurrent(data[0]);
    if (status !== 0) return [status];
    const answer = yield* this.cardCommand(data.subarray(1));
    // Whatever went wrong: the card is no longer in its session. Silence may be none of it.
    const isSilence = answer[0] === TIMEOUT && VALUE_COMMANDS.includes(data[1]);
    if (answer[0] !== 0 && !isSilence) this.air.cipher = undefined;
    return answer;
  }

  private *cardCommand(data: Uint8Array): Procedure<number[]> {
    switch (data[0]) {
      case 0x60:
      case 0x61:
        return data.length === 12 ? [yield* this.cards.authenticate(data)] : [CONTEXT_ERROR];
      case 0xa0:
        return data.length === 18 ? [yield* this.cards.write(data)] : [CONTEXT_ERROR];
      case 0xb0:
        return [yield* this.cards.transfer(data)];
      default:
        if (!VALUE_COMMANDS.includes(data[0])) return yield* this.cards.read(data);
        return [yield* this.cards.changeValue(data)];
    }
  }

  private *autoPoll([polls, period, ...types]: Uint8Array): Answer {
    if (period === undefined || types.length === 0) return undefined;
    const isTypeAWanted = types.some((type) => AUTO_POLL_TYPES_A.includes(type));
    this.forgetTargets();
    this.options.field.setOn(true);
    for (let poll = 0; polls === FOR_EVER || poll < polls; poll++) {
      const target = isTypeAWanted ? yield* this.cards.activate(REQA) : undefined;
      if (target !== undefined) {
        this.targets = [target];
        this.current = target;
        const described = describe(1, target);
        return [1, MIFARE_TYPE, described.length, ...described];
      }
      yield* this.air.pause(period * AUTO_POLL_UNIT_US);
    }
    return [0];
  }
}

function describe(number: number, { atqa, sak, uid }: Target): number[] {
  return [number, atqa >> 8, atqa & 0xff, sak, uid.length, ...uid];
}

// biome-ignore lint/correctness/useYield: an answer that needs nothing from the air.
function* just(answer: ArrayLike<number> | undefined): Answer {
  return answer;
}
