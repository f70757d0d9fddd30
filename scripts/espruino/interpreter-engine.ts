/**
 * Runs the device bundle in a real Espruino in front of the simulated board. Hardware and time are
 * the simulator's; JavaScript, typed arrays, AES, CRC and Storage are the interpreter's own.
 */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { BoardProfile } from "../../firmware/boards/board-profile";
import type { EspruinoEngine, EspruinoEvents } from "../../host-sim/espruino-engine";
import type { EspruinoHardware } from "../../host-sim/espruino-hardware";
import { boardLoader, installFiles } from "./install";
import { InterpreterProcess, type Request } from "./interpreter-process";

export interface EngineFigures {
  /** Requests to the host. */
  calls: number;
  /** Time between the host's answers and the next requests: the interpreter's and the FIFOs'. */
  interpreterMs: number;
  /** Most variables in use at any request; 0 unless sampled. */
  peakVariables: number;
}

export interface EngineMemory {
  version: string;
  usedVariables: number;
  /** Of those, what was in use before the shim and the bundle. */
  ownVariables: number;
  /** May grow, where memory is not short. */
  allVariables: number;
  bytesPerVariable: number;
}

export interface EngineOptions {
  /** Count the variables at every request, which takes time. */
  isSampling?: boolean;
  /** Bytes of memory that are taken from the interpreter before the bundle starts. */
  ballastBytes?: number;
}

/** Answers with bytes, or with none. */
type Handler = (words: string[], octets: Uint8Array) => unknown;

const NOTHING = new Uint8Array(0);

export class InterpreterEngine implements EspruinoEngine {
  figures: EngineFigures = { calls: 0, interpreterMs: 0, peakVariables: 0 };
  private readonly folder = mkdtempSync(path.join(os.tmpdir(), "clubpad-espruino-"));
  private process: InterpreterProcess | undefined;
  private handlers: Record<string, Handler> = {};
  private answeredMs = 0;

  /** `files`: the board's Storage, `.bootcde` being the bundle. */
  constructor(
    private readonly binary: string,
    files: Readonly<Record<string, string>>,
    profile: BoardProfile,
    private readonly options: EngineOptions = {},
  ) {
    installFiles(binary, this.folder, { ".boot0": boardLoader(profile), ...files });
  }

  start(hardware: EspruinoHardware, events: EspruinoEvents): void {
    this.handlers = {
      ...this.ownHandlers(),
      ...hardwareHandlers(hardware),
      T: ([number, delayMs]) => {
        events.setTimeout(() => this.turn(`t${number}`), Number(delayMs));
      },
    };
    this.process = new InterpreterProcess(this.binary, this.folder);
    this.answeredMs = performance.now();
    events.onSerialData((octets) => this.turn(`d${octets}`));
    events.onTillData((octets) => this.turn(`D${octets}`));
    this.serve();
  }

  stop(): void {
    this.process?.kill();
    this.process = undefined;
  }

  /** Stops, and removes the interpreter's flash. */
  close(): void {
    this.stop();
    rmSync(this.folder, { recursive: true });
  }

  resetFigures(): void {
    this.figures = { calls: 0, interpreterMs: 0, peakVariables: 0 };
  }

  /** The interpreter between two turns, after garbage collection. */
  memory(): EngineMemory {
    let memory: EngineMemory | undefined;
    this.handlers.v = ([used, own, all, bytes], version) => {
      memory = {
        version: Buffer.from(version).toString("latin1"),
        usedVariables: Number(used),
        ownVariables: Number(own),
        allVariables: Number(all),
        bytesPerVariable: Number(bytes),
      };
    };
    this.turn("v");
    if (memory === undefined) throw new Error("the interpreter did not tell its memory");
    return memory;
  }

  /** What a request that does nothing takes, milliseconds. */
  callMs(count: number): number {
    const before = this.figures.interpreterMs;
    this.turn(`o${count}`);
    return (this.figures.interpreterMs - before) / count;
  }

  /** One turn of the interpreter, until it asks for the next. */
  private turn(what: string): void {
    this.answer(Buffer.from(what, "latin1"));
    this.serve();
  }

  private serve(): void {
    for (;;) {
      const request = this.receive();
      if (request.letter === "n") {
        this.figures.peakVariables = Math.max(this.figures.peakVariables, Number(request.words[0]));
        return;
      }
      const handler = this.handlers[request.letter];
      if (handler === undefined) throw new Error(`unknown request ${request.letter}`);
      const answer = handler(request.words, request.octets);
      this.answer(answer instanceof Uint8Array ? answer : NOTHING);
    }
  }

  private ownHandlers(): Record<string, Handler> {
    const { isSampling = false, ballastBytes = 0 } = this.options;
    const first = [`s${isSampling ? 1 : 0}`];
    if (ballastBytes > 0) first.push(`b${ballastBytes}`);
    return {
      h: () => Buffer.from(first.shift() ?? "", "latin1"),
      o: () => undefined,
      x: (_, reason) => {
        throw new Error(`in the interpreter: ${Buffer.from(reason).toString("latin1")}`);
      },
    };
  }

  private receive(): Request {
    if (this.process === undefined) throw new Error("the interpreter does not run");
    const request = this.process.receive();
    this.figures.interpreterMs += performance.now() - this.answeredMs;
    this.figures.calls++;
    return request;
  }

  private answer(octets: Uint8Array): void {
    this.process?.answer(octets);
    this.answeredMs = performance.now();
  }
}

/** By the letters of board-shim.js. */
function hardwareHandlers(hardware: EspruinoHardware): Record<string, Handler> {
  return {
    s: ([select], data) => hardware.transfer(data, select),
    i: ([address], data) => hardware.writeI2c(Number(address), data),
    u: (_, data) => hardware.writeSerial(data),
    U: (_, data) => hardware.writeTill(data),
    m: () => hardware.pinMode(),
    w: ([value, pin]) => hardware.digitalWrite(pin, Number(value)),
    W: ([value, ...pins]) => hardware.digitalWrite(pins, Number(value)),
    r: (pins) => Uint8Array.of(hardware.digitalRead(pins)),
    a: ([frequencyHz]) => hardware.analogWrite(Number(frequencyHz)),
    t: () => new Uint8Array(Float64Array.of(hardware.seconds()).buffer),
    S: ([seconds]) => hardware.setSeconds(Number(seconds)),
    f: ([lengthBytes, address]) => hardware.readFlash(Number(lengthBytes), Number(address)),
    p: ([address], data) => hardware.writeFlash(data, Number(address)),
    e: ([address]) => hardware.eraseFlashPage(Number(address)),
  };
}
