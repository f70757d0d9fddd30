/**
 * A till's side of the line to one pad. Every call may be repeated under its number, and the pad
 * answers with what became of it, so a lost answer never sells twice.
 */
import { randomBytes } from "node:crypto";
import {
  balanceBody,
  cancelBody,
  helloBody,
  need,
  type RefundOrder,
  refundBody,
  type SaleOrder,
  saleBody,
  voidBody,
} from "./orders.js";
import { PosError } from "./pos-error.js";
import { isFinal, type PosResult, readResult } from "./results.js";
import {
  type Channel,
  FrameReader,
  MAC_BYTES,
  macOf,
  type Received,
  requestFrame,
  TO_TILL,
  TYPE_ANSWER,
  TYPE_ERROR,
} from "./wire.js";

/** What the till talks over: a `SerialPort` of the package serialport, a socket, any Duplex. */
export interface PadStream {
  write(bytes: Uint8Array): unknown;
  on(event: "data", listener: (bytes: Uint8Array) => void): unknown;
  on(event: "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

export interface TillOptions {
  /** From `clubpad keys till`: 32 hexadecimal digits, or their 16 bytes. */
  key: string | Uint8Array;
  /** The pad's terminal number. */
  terminal: number;
  /** Told whenever the state of the request at hand changes; not only of final ones. */
  onState?: (result: PosResult) => void;
  /** From a frame to its answer before it is sent again, default 1000. A tap takes a third. */
  answerMs?: number;
  /** Silence for so long is an error, default 15000. */
  silenceMs?: number;
  /** Between two looks at a request that is not final, default 250. */
  pollMs?: number;
}

const KEY_PATTERN = /^[0-9a-f]{32}$/i;
const MOST_REQUEST = 2 ** 32 - 1;
const NO_SESSION = new Uint8Array(8);
/** A `Status` of the pad: not authentic, here or in this session. */
const STATUS_BAD_SEAL = 21;
/** Greetings refused in a row before the key counts as wrong: noise may hit one. */
const GREETING_TRIES = 3;
/** Answers are awaited so many times as long before a greeting is repeated. */
const LATE_ANSWERS = 2;

export class PadTill {
  private readonly channel: Channel;
  private readonly reader = new FrameReader();
  private readonly answerMs: number;
  private readonly silenceMs: number;
  private readonly pollMs: number;
  private readonly onState: (result: PosResult) => void;
  private hasSession = false;
  private newest = 0;
  private isClosed = false;
  /** One exchange after the other: a cancel may come from elsewhere while a sale polls. */
  private turn: Promise<unknown> = Promise.resolve();
  private receive: ((frame: Received) => void) | undefined;
  private readonly sleepers = new Set<() => void>();

  /** @throws PosError `order` for a key or a terminal number that is none */
  constructor(
    private readonly stream: PadStream,
    options: TillOptions,
  ) {
    const { key, terminal } = options;
    need("terminal", terminal, 1, 65535);
    const isKey = typeof key === "string" ? KEY_PATTERN.test(key) : key.length === 16;
    if (!isKey) throw new PosError("order", "key: write 32 hexadecimal digits (clubpad keys till)");
    const bytes = typeof key === "string" ? Uint8Array.from(Buffer.from(key, "hex")) : key.slice();
    this.channel = { key: bytes, terminal, session: NO_SESSION };
    this.answerMs = options.answerMs ?? 1000;
    this.silenceMs = options.silenceMs ?? 15_000;
    this.pollMs = options.pollMs ?? 250;
    this.onState = options.onState ?? (() => undefined);
    stream.on("data", (piece) => {
      for (const frame of this.reader.push(piece)) this.receive?.(frame);
    });
    const close = () => {
      this.isClosed = true;
      this.wake();
    };
    stream.on("close", close);
    stream.on("error", close);
  }

  /**
   * A number for the next request. A till that may lose its own power writes it down before it
   * asks, and asks again under it afterwards.
   */
  async nextRequest(): Promise<number> {
    if (!this.hasSession) await this.inTurn(() => this.greet());
    this.newest++;
    return this.newest;
  }

  /** A sale; the pad then waits for the member's card. Resolves when the state is final. */
  async sale(order: SaleOrder, request?: number): Promise<PosResult> {
    return this.follow(saleBody(order), request);
  }

  /** Goods come back. */
  async refund(order: RefundOrder, request?: number): Promise<PosResult> {
    return this.follow(refundBody(order), request);
  }

  /** What is on the card. */
  async balance(request?: number): Promise<PosResult> {
    return this.follow(balanceBody(), request);
  }

  /** Undoes what this pad did last with the card, today. */
  async undo(request?: number): Promise<PosResult> {
    return this.follow(voidBody(), request);
  }

  /**
   * Has the pad stop waiting for the card. Answers how the request stands: what a card has begun
   * cannot be cancelled, only finished by it or given up at the pad.
   */
  async cancel(request: number): Promise<PosResult> {
    need("request", request, 1, MOST_REQUEST);
    return this.ask(request, cancelBody());
  }

  private async follow(body: Uint8Array, given?: number): Promise<PosResult> {
    if (given !== undefined) need("request", given, 1, MOST_REQUEST);
    const request = given ?? (await this.nextRequest());
    this.newest = Math.max(this.newest, request);
    let last: string | undefined;
    for (;;) {
      const result = await this.ask(request, body);
      if (result.state !== last) this.onState(result);
      last = result.state;
      if (isFinal(result.state)) return result;
      await this.pause(this.pollMs);
    }
  }

  private ask(request: number, body: Uint8Array): Promise<PosResult> {
    return this.inTurn(async () => {
      const endMs = performance.now() + this.silenceMs;
      while (performance.now() < endMs) {
        if (!this.hasSession) await this.greet();
        const frame = await this.exchange(request, body);
        if (frame?.type === TYPE_ERROR) {
          // The pad was started anew, and with it the session.
          if (frame.content[0] === STATUS_BAD_SEAL) this.hasSession = false;
        } else if (frame !== undefined) {
          const content = this.opened(frame);
          const result = content && readResult(request, content);
          if (result !== undefined) return result;
        }
      }
      throw this.silence(request);
    });
  }

  private async greet(): Promise<void> {
    const endMs = performance.now() + this.silenceMs;
    let refused = 0;
    while (performance.now() < endMs) {
      const nonce = Uint8Array.from(randomBytes(8));
      this.channel.session = NO_SESSION;
      const frame = await this.exchange(0, helloBody(nonce));
      this.channel.session = nonce;
      const content = frame?.type === TYPE_ANSWER ? this.opened(frame) : undefined;
      if (content?.length === 12) {
        this.channel.session = content.slice(0, 8);
        this.newest = Math.max(this.newest, Buffer.from(content).readUInt32LE(8));
        this.hasSession = true;
        return;
      }
      if (frame !== undefined && ++refused === GREETING_TRIES)
        throw new PosError("key", "the pad refuses the key: look at key and terminal number");
      // A late answer to the greeting before looks like a wrong key: let what is on its way pass.
      if (frame !== undefined) await this.pause(LATE_ANSWERS * this.answerMs);
    }
    throw this.silence();
  }

  /** Body of an authentic answer. */
  private opened({ request, content }: Received): Uint8Array | undefined {
    if (content.length < MAC_BYTES) return undefined;
    const body = content.slice(0, -MAC_BYTES);
    const mac = macOf(this.channel, TO_TILL, request, body);
    return Buffer.compare(mac, content.subarray(-MAC_BYTES)) === 0 ? body : undefined;
  }

  /** One frame out, one in, or undefined when none came in time. */
  private async exchange(request: number, body: Uint8Array): Promise<Received | undefined> {
    let answer: Received | undefined;
    this.receive = (frame) => {
      const isAnswer = frame.type === TYPE_ANSWER || frame.type === TYPE_ERROR;
      if (!isAnswer || frame.request !== request) return;
      answer ??= frame;
      this.wake();
    };
    this.stream.write(requestFrame(this.channel, request, body));
    await this.pause(this.answerMs, () => answer !== undefined);
    this.receive = undefined;
    return answer;
  }

  /** Until the time is over, or `isOver` when woken. */
  private async pause(durationMs: number, isOver = () => false): Promise<void> {
    if (this.isClosed) throw new PosError("closed", "the line to the pad is closed");
    if (isOver()) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.sleepers.delete(end);
        resolve();
      };
      const timer = setTimeout(end, durationMs);
      this.sleepers.add(end);
    });
    if (this.isClosed) throw new PosError("closed", "the line to the pad is closed");
  }

  /** Whoever waits looks again: for an answer, or whether the stream has ended. */
  private wake(): void {
    for (const end of [...this.sleepers]) end();
  }

  private silence(request?: number): PosError {
    const advice = "is it on, and the line plugged in? Ask again under the same number";
    return new PosError("silent", `the pad does not answer: ${advice}`, request);
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work, work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }
}
