/**
 * Runs the NodeMCU bundle in Debian's Lua 5.1 in front of the simulated board. Hardware and time
 * are the simulator's; the language and its tables, strings and numbers are Lua's own.
 */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { ESP32 } from "../../firmware/boards/board-profiles";
import type { DeviceEngine, EspruinoEvents } from "../../host-sim/espruino-engine";
import type { NodemcuHardware } from "../../host-sim/nodemcu-hardware";
import { InterpreterProcess } from "../espruino/interpreter-process";

/** Kilobytes of Lua's heap, those of the test's shim left out. */
export interface LuaHeap {
  /** The bundle's functions before any ran; on a board they are in flash (LFS). */
  codeKb: number;
  /** Everything but the code, most at any call of the hardware. */
  peakKb: number;
}

type Handler = (words: string[], octets: Uint8Array) => unknown;

/** The pages of an ESP32, and no line to a till. */
export const NODEMCU = { ...ESP32, buses: { ...ESP32.buses, till: undefined } };

const SHIM = new URL("board-shim.lua", import.meta.url);
/** Of AES, and of its key. */
const BLOCK_BYTES = 16;

export class LuaEngine implements DeviceEngine<NodemcuHardware> {
  readonly heap: LuaHeap = { codeKb: 0, peakKb: 0 };
  /** Instructions of Lua's machine, the shim's included. */
  instructionCount = 0;
  private readonly folder = mkdtempSync(path.join(os.tmpdir(), "clubpad-lua-"));
  private process: InterpreterProcess | undefined;
  private handlers: Record<string, Handler> = {};
  private ownKb = 0;

  /** `files`: what stands on the device, by name. */
  constructor(
    private readonly binary: string,
    files: Readonly<Record<string, string>>,
  ) {
    copyFileSync(SHIM, path.join(this.folder, "board-shim.lua"));
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(path.join(this.folder, name), content, "latin1");
    }
  }

  start(hardware: NodemcuHardware, events: EspruinoEvents): void {
    this.handlers = {
      ...handlersOf(hardware),
      A: ([number, delayMs]) => events.setTimeout(() => this.turn(`t${number}`), Number(delayMs)),
      x: (_, reason) => {
        throw new Error(`in Lua: ${Buffer.from(reason).toString("latin1")}`);
      },
    };
    this.process = new InterpreterProcess(this.binary, this.folder, ["board-shim.lua"]);
    events.onSerialData((octets) => this.turn(`d${octets}`));
    this.serve();
  }

  stop(): void {
    this.process?.kill();
    this.process = undefined;
  }

  /** Stops, and removes the device's files. */
  close(): void {
    this.stop();
    rmSync(this.folder, { recursive: true });
  }

  /** Kilobytes in use between two turns after garbage collection, the code left out. */
  restKb(): number {
    let usedKb = 0;
    this.handlers.v = ([kb]) => {
      usedKb = Number(kb);
    };
    this.turn("v");
    return usedKb - this.ownKb - this.heap.codeKb;
  }

  private turn(what: string): void {
    this.process?.answer(Buffer.from(what, "latin1"));
    this.serve();
  }

  private serve(): void {
    for (;;) {
      const request = this.process?.receive();
      if (request === undefined) throw new Error("Lua does not run");
      if (request.letter === "n") {
        this.note(request.words.map(Number));
        return;
      }
      const handler = this.handlers[request.letter];
      if (handler === undefined) throw new Error(`unknown request ${request.letter}`);
      const answer = handler(request.words, request.octets);
      const octets =
        answer instanceof Uint8Array ? answer : Buffer.from(`${answer ?? ""}`, "latin1");
      this.process?.answer(octets);
    }
  }

  private note([ownKb, codeKb, peakKb, hundreds]: number[]): void {
    this.instructionCount += hundreds * 100;
    this.ownKb = ownKb;
    this.heap.codeKb = codeKb;
    this.heap.peakKb = Math.max(this.heap.peakKb, peakKb - ownKb - codeKb);
  }
}

/** By the letters of board-shim.lua. */
function handlersOf(hardware: NodemcuHardware): Record<string, Handler> {
  return {
    P: ([pin, level]) => hardware.writePin(Number(pin), Number(level)),
    S: (_, data) => hardware.sendSpi(data),
    I: ([address], data) => hardware.writeI2c(Number(address), data),
    R: ([address]) => Uint8Array.of(hardware.readI2c(Number(address))),
    T: ([frequencyHz]) => hardware.tone(Number(frequencyHz)),
    N: () => String(hardware.nowUs()),
    D: ([durationUs]) => hardware.delay(Number(durationUs)),
    U: () => String(hardware.seconds()),
    Z: ([seconds]) => hardware.setSeconds(Number(seconds)),
    W: (_, data) => hardware.writeSerial(data),
    C: ([algorithm], data) =>
      hardware.encrypt(
        algorithm,
        data.slice(0, BLOCK_BYTES),
        data.slice(BLOCK_BYTES, 2 * BLOCK_BYTES),
        data.slice(2 * BLOCK_BYTES),
      ),
  };
}
