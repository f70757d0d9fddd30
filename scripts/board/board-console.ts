/**
 * The console of a board: expressions evaluated in its interpreter, and files of its Storage. All
 * that a technician's commands do on a board goes through here. What is sent is plain ASCII:
 * a control character on its way to the console may be taken for one.
 */
import { createHash } from "node:crypto";
import type { ByteStream } from "../../back-office/link";
import { UserError } from "../../back-office/user-error";
import { createToolsConnection, type ToolsConnection } from "./espruino-tools";

export type Progress = (doneBytes: number, allBytes: number) => void;

/** Ends a line that somebody has begun, and a program that is running. */
const INTERRUPT = "\x03\n";
const ANSWER_MS = 1500;
const RESTART_MS = 500;
const POLL_MS = 10;
const EVALUATION_MS = 8000;
/** Longer packets must not begin with these lengths, which are control characters on the line. */
const LEAST_LENGTH = 32;
const PACKET_BYTES = [1024, 1000, 960, 900, 512];
const BINARY_CHUNK_BYTES = 384;
const READ_BYTES = 1536;
const TAIL_CHARACTERS = 4000;

const SERVICE_LINE = /ClubPad terminal (\d+), service (\d+)/g;
const PASSWORD_LINE = /password>\s*$/;

/** A pad in service mode says who it is and which code it wants. */
export interface LockedPad {
  terminalId: number;
  service: number;
}

export class BoardConsole {
  private readonly connection: ToolsConnection;
  private tail = "";

  constructor(stream: ByteStream) {
    this.connection = createToolsConnection(async (bytes) => stream.write(bytes));
    stream.onData((bytes) => {
      this.tail = (this.tail + Buffer.from(bytes).toString("latin1")).slice(-TAIL_CHARACTERS);
      this.connection.rxDataHandler(Uint8Array.from(bytes).buffer);
    });
  }

  /** "open", or what a locked pad says; undefined when nothing that answers is there. */
  async knock(): Promise<"open" | LockedPad | undefined> {
    await this.connection.write(INTERRUPT);
    // A prompt may be there from before; what a locked pad has to say comes once a second.
    await this.heard(/>\s*$/);
    if (PASSWORD_LINE.test(this.withoutServiceLines())) await this.heard(SERVICE_LINE);
    const locked = [...this.tail.matchAll(SERVICE_LINE)].pop();
    if (PASSWORD_LINE.test(this.withoutServiceLines()) || locked !== undefined) {
      if (locked === undefined) return { terminalId: 0, service: 0 };
      return { terminalId: Number(locked[1]), service: Number(locked[2]) };
    }
    const answer = await this.connection
      .espruinoEval(padded("6*7"), { timeout: ANSWER_MS })
      .catch(() => undefined);
    return answer === 42 ? "open" : undefined;
  }

  /** False when the code is not the one that the pad wants. */
  async unlock(code: string): Promise<boolean> {
    this.tail = "";
    await this.connection.write(`${code}\n`);
    // The first refusal may be of the empty line that `knock` sent, and late.
    await this.heard(/Logged in|Invalid password[\s\S]*Invalid password/);
    const isOpen = this.tail.includes("Logged in");
    // The lines that say who waits come from a timer.
    if (isOpen) await this.evaluate("clearInterval()");
    return isOpen;
  }

  /** The value of a JavaScript expression; UserError with the interpreter's words if it throws. */
  async evaluate<T>(expression: string, timeoutMs = EVALUATION_MS): Promise<T> {
    const guarded = `(function(){try{return[1,${expression}]}catch(e){return[0,e.toString()]}})()`;
    let answer: unknown;
    try {
      answer = await this.connection.espruinoEval(padded(guarded), { timeout: timeoutMs });
    } catch (error) {
      throw new UserError(`the board does not answer any more (${String(error)})`);
    }
    const [isFine, value] = answer as [number, T];
    if (isFine === 1) return value;
    throw new UserError(`the board refuses: ${String(value)}`);
  }

  /** Executes statements. */
  async execute(statements: string): Promise<void> {
    await this.evaluate(`(function(){${statements}})()`);
  }

  /** Restarts the interpreter; nothing can be asked afterwards. */
  async restart(): Promise<void> {
    await this.connection.write("\x10setTimeout(function(){load()},100)\n");
    await pause(RESTART_MS);
  }

  /** Writes a new file of plain ASCII and reads it back; there is room, the caller has looked. */
  async sendText(name: string, text: string, onProgress: Progress): Promise<void> {
    if (!/^[\n\x20-\x7e]+$/.test(text)) throw new Error(`${name} is not plain ASCII`);
    const chunkSize = PACKET_BYTES.find((size) => isFineLength(text.length % size));
    if (chunkSize === undefined) throw new Error(`${name} has no fitting packets`);
    const progress = (sentBytes: number) =>
      onProgress(Math.min(sentBytes, text.length) / 2, text.length);
    try {
      await this.connection.espruinoSendFile(name, text, { chunkSize, progress });
    } catch (error) {
      throw new UserError(`${name}: the board did not take it (${String(error)})`);
    }
    await this.expectFile(name, text, onProgress);
  }

  /** Writes a new file of any bytes and reads it back. */
  async sendBinary(name: string, content: string, onProgress: Progress): Promise<void> {
    for (let at = 0; at < content.length; at += BINARY_CHUNK_BYTES) {
      const part = base64(content.slice(at, at + BINARY_CHUNK_BYTES));
      const words = `${JSON.stringify(name)},atob("${part}"),${at},${content.length}`;
      await this.evaluate(`require("Storage").write(${words})`);
      onProgress(Math.min(at + BINARY_CHUNK_BYTES, content.length) / 2, content.length);
    }
    await this.expectFile(name, content, onProgress);
  }

  /**
   * The content of a file of Storage, one byte a letter. Not by the interpreter's own transfer,
   * which sends two characters for a line feed and counts one.
   */
  async readFile(name: string, onProgress: (bytes: number) => void = () => undefined) {
    const file = `require("Storage").read(${JSON.stringify(name)}`;
    const lengthBytes = await this.evaluate<number | null>(
      `(function(f){return f===undefined?null:f.length})(${file}))`,
    );
    if (lengthBytes === null) throw new UserError(`${name}: there is no such file on the board`);
    let content = "";
    while (content.length < lengthBytes) {
      const part = await this.evaluate<string>(`btoa(${file},${content.length},${READ_BYTES}))`);
      content += Buffer.from(part, "base64").toString("latin1");
      onProgress(content.length);
    }
    return content;
  }

  private async expectFile(name: string, content: string, onProgress: Progress): Promise<void> {
    const half = content.length / 2;
    const back = await this.readFile(name, (bytes) => onProgress(half + bytes / 2, content.length));
    if (sha256(back) === sha256(content)) return;
    throw new UserError(`${name}: what the board holds is not what was sent; try again`);
  }

  /** Waits until it was said, or for so long as an answer may take. */
  private async heard(wanted: RegExp): Promise<void> {
    const endMs = performance.now() + ANSWER_MS;
    while (this.tail.search(wanted) < 0 && performance.now() < endMs) await pause(POLL_MS);
  }

  private withoutServiceLines(): string {
    return this.tail.replace(SERVICE_LINE, "");
  }
}

export function sha256(content: string): string {
  return createHash("sha256").update(content, "latin1").digest("hex");
}

export function base64(content: string): string {
  return Buffer.from(content, "latin1").toString("base64");
}

export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

/** Blanks behind it, until its length holds no control character. */
function padded(expression: string): string {
  const rest = expression.length % 256;
  return expression + " ".repeat(rest < LEAST_LENGTH ? LEAST_LENGTH - rest : 0);
}

function isFineLength(restBytes: number): boolean {
  return restBytes === 0 || restBytes % 256 === 0 || restBytes % 256 >= LEAST_LENGTH;
}
