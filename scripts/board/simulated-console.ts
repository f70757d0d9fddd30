/**
 * For tests: a board's console without a board. The packets of Espruino 2v29 (README_Protocol.md
 * there), its password, and the parts of its API that the technician's commands use, over NOR flash
 * and a Storage that only ever programs blank bytes. The same commands run against a real
 * interpreter in `make test-espruino`.
 */
import { createContext, runInContext } from "node:vm";
import type { ByteStream } from "../../back-office/link";
import { crc32 } from "../../firmware/core/crc32";

export interface SimulatedBoardOptions {
  interpreter: string;
  version?: string;
  storageBytes?: number;
  flashAddress: number;
  flashBytes: number;
  pageSizeBytes: number;
}

const PACKET_START = "\x10\x01";
const ACKNOWLEDGED = "\x06";
const REFUSED = "\x15";
const EVALUATE = 0x2000;
const FILE_SEND = 0x6000;
const DATA = 0x8000;
const HEADER_BYTES = 32;

export class SimulatedBoard implements ByteStream {
  readonly files = new Map<string, string>();
  readonly flash: Uint8Array;
  password: string | undefined;
  isLocked = false;
  hasConsole = true;
  /** The next answer comes so late, and all others behind it. */
  lateMs = 0;
  restartCount = 0;
  trashBytes = 0;
  /** Storage is erased so often. */
  eraseCount = 0;
  private readonly context: object;
  private received = "";
  private said: Promise<unknown> = Promise.resolve();
  private deliver: (bytes: Uint8Array) => void = () => undefined;
  private sending: { name: string; sizeBytes: number; doneBytes: number } | undefined;
  private clockOffsetSeconds = 0;

  constructor(private readonly options: SimulatedBoardOptions) {
    this.flash = new Uint8Array(options.flashBytes).fill(0xff);
    this.context = createContext(this.globals());
  }

  onData(callback: (bytes: Uint8Array) => void): void {
    this.deliver = callback;
  }

  write(bytes: Uint8Array): void {
    if (!this.hasConsole) return;
    this.received += Buffer.from(bytes).toString("latin1");
    while (this.takeOne()) {}
  }

  /** `Storage.write`: blank bytes only, and never compacts. */
  writeFile(name: string, data: string, offset: number, sizeBytes: number): boolean {
    const size = sizeBytes > 0 ? sizeBytes : data.length;
    let content = this.files.get(name);
    if (offset === 0 && (content === undefined || content.length !== size || !isBlank(content))) {
      if (this.freeBytes() < size + HEADER_BYTES) throw new Error("it would compact here");
      this.trashBytes += content === undefined ? 0 : content.length + HEADER_BYTES;
      content = "\xff".repeat(size);
    }
    if (content === undefined) throw new Error("Unable to find or create file");
    const end = offset + data.length;
    if (end > size) throw new Error("Too much data for file size");
    if (!isBlank(content.slice(offset, end))) {
      throw new Error("File already written with different data");
    }
    this.files.set(name, content.slice(0, offset) + data + content.slice(end));
    return true;
  }

  private freeBytes(): number {
    const { storageBytes = 262144 } = this.options;
    let used = this.trashBytes;
    for (const content of this.files.values()) used += content.length + HEADER_BYTES;
    return storageBytes - used;
  }

  /** One packet or line; false when there is no whole one. */
  private takeOne(): boolean {
    if (!this.isLocked && this.received.startsWith(PACKET_START)) {
      if (this.received.length < 4) return false;
      const header = this.received.charCodeAt(2) * 256 + this.received.charCodeAt(3);
      const end = 4 + (header & 0x1fff);
      if (this.received.length < end) return false;
      const body = this.received.slice(4, end);
      this.received = this.received.slice(end);
      this.takePacket(header & 0xe000, body);
      return true;
    }
    const end = this.received.indexOf("\n");
    if (end < 0) return false;
    const line = this.received.slice(0, end).trim();
    this.received = this.received.slice(end + 1);
    this.takeLine(line);
    return true;
  }

  private takeLine(line: string): void {
    if (this.isLocked) {
      this.isLocked = line !== this.password;
      this.answer(this.isLocked ? "\r\nInvalid password\r\npassword>" : "\r\nLogged in.\r\n>");
    } else {
      if (line.includes("load()")) this.restartCount++;
      this.answer("\r\n>");
    }
  }

  private takePacket(kind: number, body: string): void {
    if (kind === EVALUATE) {
      const value = JSON.stringify(runInContext(`(${body})`, this.context)) ?? "undefined";
      const text = value.replace(/[^\x20-\x7e]/g, "?");
      const size = String.fromCharCode(text.length >> 8, text.length & 255);
      this.answer(ACKNOWLEDGED + PACKET_START + size + text);
      return;
    }
    if (kind === FILE_SEND) {
      const { fn, s } = JSON.parse(body) as { fn: string; s: number };
      this.sending = { name: fn, sizeBytes: s, doneBytes: 0 };
      this.answer(ACKNOWLEDGED);
      return;
    }
    const { sending } = this;
    if (kind !== DATA || sending === undefined) {
      this.answer(REFUSED);
      return;
    }
    this.writeFile(sending.name, body, sending.doneBytes, sending.sizeBytes);
    sending.doneBytes += body.length;
    this.answer(ACKNOWLEDGED);
  }

  private answer(text: string): void {
    const bytes = Buffer.from(text, "latin1");
    const { lateMs } = this;
    this.lateMs = 0;
    this.said = this.said
      .then(
        () => new Promise((done) => (lateMs > 0 ? setTimeout(done, lateMs) : setImmediate(done))),
      )
      .then(() => this.deliver(bytes));
  }

  private globals(): Record<string, unknown> {
    const { interpreter, version = "2v29.277" } = this.options;
    const now = () => Date.now() / 1000 + this.clockOffsetSeconds;
    return {
      process: { env: { BOARD: interpreter, VERSION: version } },
      require: (name: string) => this.module(name),
      E: {
        toString: (data: Uint8Array) => Buffer.from(data).toString("latin1"),
        toUint8Array: (text: string) => Uint8Array.from(Buffer.from(text, "latin1")),
        CRC32: (data: Uint8Array) => crc32(data, 0, data.length),
      },
      atob: (text: string) => Buffer.from(text, "base64").toString("latin1"),
      btoa: (text: string) => Buffer.from(text, "latin1").toString("base64"),
      getTime: now,
      setTime: (seconds: number) => {
        this.clockOffsetSeconds = seconds - Date.now() / 1000;
      },
      clearInterval: () => undefined,
    };
  }

  private module(name: string): unknown {
    if (name === "crypto") return { AES: {} };
    if (name === "Flash") {
      const { flashAddress, pageSizeBytes } = this.options;
      return {
        read: (lengthBytes: number, address: number) =>
          this.flash.slice(address - flashAddress, address - flashAddress + lengthBytes),
        write: (data: Uint8Array, address: number) => {
          data.forEach((octet, i) => {
            this.flash[address - flashAddress + i] &= octet;
          });
        },
        erasePage: (address: number) => {
          const start = address - flashAddress - ((address - flashAddress) % pageSizeBytes);
          this.flash.fill(0xff, start, start + pageSizeBytes);
        },
      };
    }
    return {
      list: () => [...this.files.keys()],
      read: (file: string, offset = 0, lengthBytes = 1 << 30) =>
        this.files.get(file)?.substr(offset, lengthBytes),
      write: (file: string, data: string, offset = 0, sizeBytes = 0) =>
        this.writeFile(file, data, offset, sizeBytes),
      getStats: () => ({
        totalBytes: this.options.storageBytes ?? 262144,
        freeBytes: this.freeBytes(),
        trashBytes: this.trashBytes,
      }),
      eraseAll: () => {
        this.files.clear();
        this.trashBytes = 0;
        this.eraseCount++;
      },
    };
  }
}

function isBlank(content: string): boolean {
  return /^\xff*$/.test(content);
}
