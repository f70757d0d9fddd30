/**
 * Runs the firmware's TypeScript itself in front of a simulated board: the same parts as in the
 * bundle, composed by the same terminal.ts, without the Espruino layer in between. Much faster,
 * for searches over thousands of taps; what ships is run by espruino-runtime.ts.
 */

import type { Pad } from "../firmware/app/pad-parts";
import { createPosOnDemand } from "../firmware/app/pos-on-demand";
import { COUNTER_ROOM } from "../firmware/boards/counter-room";
import type { FlashPlan } from "../firmware/boards/flash-plan";
import { createTerminal } from "../firmware/boards/terminal";
import { crc32 } from "../firmware/core/crc32";
import { createMatrixKeypad } from "../firmware/drivers/matrix-keypad";
import { createMfrc522 } from "../firmware/drivers/mfrc522";
import { createSsd1306 } from "../firmware/drivers/ssd1306";
import type { CardReader } from "../firmware/hal/card-reader";
import type { Clock } from "../firmware/hal/clock";
import type { MatrixPins } from "../firmware/hal/matrix-pins";
import type { SerialPort } from "../firmware/hal/serial-port";
import type { SpiDevice } from "../firmware/hal/spi";
import type { SimBoard, SimSerial } from "./board";
import { createNativeAes } from "./native-aes";
import { PowerCut } from "./nor-flash";
import type { PadRuntime } from "./pad-runtime";
import { createSpiDevice } from "./spi-device";

/** What a turn of the loop costs by itself, so that a busy pad does not stand still in time. */
const TURN_US = 50;

export class NativeRuntime implements PadRuntime {
  private pad: Pad | undefined;
  private nextStepUs = 0;

  constructor(
    private readonly board: SimBoard,
    private readonly plan: FlashPlan,
    private readonly assets: string,
    private readonly createReader: (spi: SpiDevice, clock: Clock) => CardReader = createMfrc522,
  ) {}

  get isPowered(): boolean {
    return this.pad !== undefined;
  }

  powerOn(): void {
    this.cutPower();
    this.board.reader.reset();
    this.untilPowerFails(() => {
      this.pad = createTerminal(this.parts(), this.plan);
    });
    this.nextStepUs = this.board.clock.nowUs;
  }

  cutPower(): void {
    this.pad = undefined;
    this.board.office.cut();
    this.board.till.cut();
    this.board.display.powerOn();
    this.board.light.set(false);
    this.board.field.setOn(false);
  }

  runMs(durationMs: number): void {
    const { clock } = this.board;
    const endUs = clock.nowUs + durationMs * 1000;
    while (this.pad !== undefined && Math.max(this.nextStepUs, clock.nowUs) <= endUs) {
      if (this.nextStepUs > clock.nowUs) clock.advance(this.nextStepUs - clock.nowUs);
      this.untilPowerFails(() => {
        const restMs = this.pad!.step();
        this.nextStepUs = clock.nowUs + TURN_US + restMs * 1000;
      });
    }
    if (clock.nowUs < endUs) clock.advance(endUs - clock.nowUs);
  }

  private untilPowerFails(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      this.cutPower();
    }
  }

  private parts(): Parameters<typeof createTerminal>[0] {
    const { board, assets } = this;
    const clock = this.clock();
    return {
      reader: this.createReader(createSpiDevice(board.reader), clock),
      display: createSsd1306({ write: (octets) => board.display.write(bytesOf(octets)) }),
      keypad: createMatrixKeypad(this.matrix()),
      buzzer: board.buzzer,
      light: board.light,
      clock,
      serial: serialPort(this.board.office),
      flash: board.flash,
      aes: createNativeAes(),
      crc32,
      assets,
      room: COUNTER_ROOM,
      createTill: (parts, core, model) =>
        createPosOnDemand(serialPort(board.till), parts, core, model),
    };
  }

  private clock(): Clock {
    const { board } = this;
    return {
      nowMs: () => board.clock.nowUs / 1000,
      unixSeconds: () => Math.floor(board.unixSeconds()),
      setUnixSeconds: (unixSeconds) => board.setUnixSeconds(unixSeconds),
      waitMs: (durationMs) => board.clock.advance(durationMs * 1000),
    };
  }

  private matrix(): MatrixPins {
    let driven = 0;
    return {
      driveRows: (rowMask) => {
        driven = rowMask;
      },
      readColumns: () => this.board.keypad.columns(driven),
    };
  }
}

function serialPort({ incoming, sent }: SimSerial): SerialPort {
  return {
    hasWaiting: () => incoming.length > 0,
    read: (out) => {
      const bytes = incoming.splice(0, out.length);
      for (let i = 0; i < bytes.length; i++) out[i] = bytes[i];
      return bytes.length;
    },
    write: (from, lengthBytes) => {
      for (let i = 0; i < lengthBytes; i++) sent.push(from[i]);
    },
  };
}

function bytesOf(octets: string): Uint8Array {
  return Uint8Array.from(octets, (octet) => octet.charCodeAt(0));
}
