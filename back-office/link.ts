/**
 * The back office's side of the serial link to a pad (`docs/sync-protocol.md`), over any byte
 * stream both ways. It asks, the pad answers; what got lost or broken on the line is asked again.
 * Records are acknowledged only after the caller has stored them durably, so cutting the line, this
 * process or the pad at any byte loses nothing, and the next run goes on where the last one ended.
 */
import { randomInt } from "node:crypto";
import type { AesEngine } from "../card-layout/aes-engine";
import { createPortableAes } from "../card-layout/aes128";
import { Status } from "../card-layout/status";
import { crc32 } from "../firmware/core/crc32";
import {
  CHAIN_MAC_BYTES,
  decodeSyncFrame,
  ERROR_FIELD_STATUS,
  encodeSyncFrame,
  PartField,
  REQUEST_FIELD,
  SYNC_FRAME_BYTES,
  type SyncMessage,
  SyncType,
} from "../firmware/core/sync-messages";
import {
  type BatchRefusal,
  type JournalPosition,
  openBatch,
  openChainMac,
  type PadState,
  padStateOf,
  sealAcknowledgement,
  type TerminalKeys,
  type VerifiedBatch,
} from "./batch";

/** A line to one pad. Bytes may be lost, doubled or broken on the way. */
export interface ByteStream {
  write(bytes: Uint8Array): void;
  onData(callback: (bytes: Uint8Array) => void): void;
}

/** Calls back after a while; returns how to call that off. */
export type Timer = (durationMs: number, callback: () => void) => () => void;

export interface PadLinkOptions {
  /** Undefined when this back office has no keys for such a pad. */
  keysOf(pad: PadState): TerminalKeys | undefined;
  /** By default the portable one. */
  aes?: AesEngine;
  timer?: Timer;
  /** 0..65535; by default random, so that leftovers of a run before do not fit this one. */
  firstRequest?: number;
}

export interface PullOptions {
  /** How far this pad's journal is stored already; undefined = nothing of it yet. */
  positionOf?(pad: PadState): Promise<JournalPosition | undefined> | JournalPosition | undefined;
  /** After every acknowledged batch. */
  onProgress?(receivedCount: number, wantedCount: number): void;
}

/** Must have stored the batch durably before it returns or resolves: then the pad may erase it. */
export type BatchHandler = (batch: VerifiedBatch) => Promise<void> | void;

export type LinkErrorCode =
  | "no-answer"
  | "noise"
  | "foreign"
  | "version"
  | "tampered"
  | "gap"
  | "refused";

/** Why a sync could not go on. Nothing is lost; `message` says what to do. */
export class LinkError extends Error {
  constructor(
    readonly code: LinkErrorCode,
    message: string,
    /** What the pad answered; undefined when it is not the pad that refused. */
    readonly status?: number,
  ) {
    super(message);
  }
}

/** A pad with AES in software needs some seconds to seal a batch: tries times time-out cover it. */
export const ANSWER_TIMEOUT_MS = 1000;
export const REQUEST_TRIES = 12;
/** A broken byte may pass the CRC, however rarely; then only the seal fails. */
export const SEAL_TRIES = 3;

export interface Answer {
  type: SyncType;
  fields: number[];
  content: Uint8Array;
}

const REFUSALS: Record<BatchRefusal, [LinkErrorCode, string]> = {
  seal: ["foreign", "this pad belongs to another club or was given other keys"],
  content: ["tampered", "the pad sent records that were not asked for"],
  chain: ["tampered", "the pad's journal does not continue what was stored: altered or restored"],
};

/** By the `Status` of an `Error`. */
const ERRORS: Partial<Record<number, [LinkErrorCode, string]>> = {
  [Status.BadSeal]: REFUSALS.seal,
  [Status.Unsupported]: ["version", "the pad speaks another protocol version: update it"],
  [Status.NotFound]: ["gap", "the pad no longer holds the records that are missing here"],
};

const NOTHING = new Uint8Array(0);
/** Far more than any batch; what claims to be longer is not even collected. */
const MAXIMUM_MESSAGE_BYTES = 4096;

const systemTimer: Timer = (durationMs, callback) => {
  const timeout = setTimeout(callback, durationMs);
  return () => clearTimeout(timeout);
};

export class PadLink {
  private readonly aes: AesEngine;
  private readonly timer: Timer;
  private readonly frame = new Uint8Array(SYNC_FRAME_BYTES);
  private frameBytes = 0;
  private readonly received: SyncMessage = {
    type: SyncType.Hello,
    fields: [],
    contentOffset: 0,
    contentLengthBytes: 0,
  };
  private request: number;
  private hasHeardBytes = false;
  private isWaiting = false;
  private resolveAnswer: (answer: Answer | undefined) => void = () => undefined;

  constructor(
    private readonly stream: ByteStream,
    private readonly options: PadLinkOptions,
  ) {
    this.aes = options.aes ?? createPortableAes();
    this.timer = options.timer ?? systemTimer;
    this.request = options.firstRequest ?? randomInt(65536);
    stream.onData((bytes) => this.receive(bytes));
  }

  /** Asks the pad who it is. */
  async hello(): Promise<PadState> {
    return padStateOf((await this.ask(SyncType.Hello, [], NOTHING, SyncType.State)).fields);
  }

  /**
   * Fetches all records the pad had when asked and hands them on batch by batch, in order. Returns
   * the pad's state after the last acknowledgement. Throws `LinkError`; whatever the handler throws
   * passes through, with that batch unacknowledged.
   */
  async pullBatches(handler: BatchHandler, options: PullOptions = {}): Promise<PadState> {
    let pad = await this.hello();
    const keys = this.options.keysOf(pad);
    if (keys === undefined) throw new LinkError(...REFUSALS.seal);
    const wantedEnd = pad.nextSequence;
    let position = await options.positionOf?.(pad);
    // A journal that ends before what is stored is another one: the pad was reset or restored.
    if ((position?.nextSequence ?? 0) > wantedEnd) throw new LinkError(...REFUSALS.chain);
    if (position !== undefined && position.nextSequence > pad.firstUnacknowledged) {
      // Stored in a run before, but the acknowledgement never arrived.
      pad = await this.acknowledge(pad, keys, position);
    }
    const start = position?.nextSequence ?? pad.firstUnacknowledged;
    for (let next = start; next < wantedEnd; next = position.nextSequence) {
      const previousMac = position?.chainMac ?? (await this.pullChainMac(pad, keys, next - 1));
      const batch = await this.pullSealed(next, 0, (recordCount, message) =>
        openBatch(this.aes, keys, pad, next, recordCount, message, previousMac),
      );
      await handler(batch);
      position = { nextSequence: batch.lastSequence + 1, chainMac: batch.chainMac };
      pad = await this.acknowledge(pad, keys, position);
      options.onProgress?.(Math.min(position.nextSequence, wantedEnd) - start, wantedEnd - start);
    }
    return pad;
  }

  /** For a journal of which nothing is stored; zeros where it has no such record. */
  private async pullChainMac(
    pad: PadState,
    keys: TerminalKeys,
    sequence: number,
  ): Promise<Uint8Array> {
    const none = new Uint8Array(CHAIN_MAC_BYTES);
    if (sequence < 0) return none;
    try {
      return await this.pullSealed(sequence, 1, (recordCount, message) =>
        recordCount === 1 ? openChainMac(this.aes, keys, pad, sequence, message) : "content",
      );
    } catch (error) {
      if (error instanceof LinkError && error.code === "gap") return none;
      throw error;
    }
  }

  /** `wantedCount` 0 = as many records as one batch takes. */
  private async pullSealed<Content extends object>(
    firstSequence: number,
    wantedCount: number,
    open: (recordCount: number, message: Uint8Array) => Content | BatchRefusal,
  ): Promise<Content> {
    let refusal: BatchRefusal = "seal";
    for (let i = 0; i < SEAL_TRIES; i++) {
      const { recordCount, message } = await this.pullMessage(firstSequence, wantedCount);
      const content = open(recordCount, message);
      if (typeof content !== "string") return content;
      refusal = content;
    }
    throw new LinkError(...REFUSALS[refusal]);
  }

  /** Collects the parts of one sealed batch. The first part tells how many records it has. */
  private async pullMessage(firstSequence: number, wantedCount: number) {
    let recordCount = wantedCount;
    let message = NOTHING;
    for (let offset = 0; offset === 0 || offset < message.length; ) {
      const fields = [firstSequence, recordCount, offset];
      const part = await this.ask(SyncType.Pull, fields, NOTHING, SyncType.Part);
      const totalBytes = part.fields[PartField.TotalBytes];
      const isExpected =
        part.fields[PartField.FirstSequence] === firstSequence &&
        part.fields[PartField.OffsetBytes] === offset &&
        part.content.length > 0 &&
        offset + part.content.length <= totalBytes &&
        totalBytes <= MAXIMUM_MESSAGE_BYTES &&
        (offset === 0 ||
          (part.fields[PartField.RecordCount] === recordCount && totalBytes === message.length));
      if (!isExpected) throw new LinkError(...REFUSALS.content);
      if (offset === 0) {
        recordCount = part.fields[PartField.RecordCount];
        message = new Uint8Array(totalBytes);
      }
      message.set(part.content, offset);
      offset += part.content.length;
    }
    return { recordCount, message };
  }

  private async acknowledge(
    pad: PadState,
    keys: TerminalKeys,
    position: JournalPosition,
  ): Promise<PadState> {
    const sequence = position.nextSequence - 1;
    const sealed = sealAcknowledgement(this.aes, keys, pad, sequence, position.chainMac);
    let refusal = new LinkError(...REFUSALS.seal);
    for (let i = 0; i < SEAL_TRIES; i++) {
      try {
        return padStateOf(
          (await this.ask(SyncType.Ack, [sequence], sealed, SyncType.State)).fields,
        );
      } catch (error) {
        if (!(error instanceof LinkError)) throw error;
        if (error.code === "gap") throw new LinkError(...REFUSALS.chain);
        if (error.code !== "foreign") throw error;
        refusal = error;
      }
    }
    throw refusal;
  }

  /** Sends a request until its answer comes; `fields` are those behind the request number. */
  async ask(
    type: SyncType,
    fields: number[],
    content: Uint8Array,
    answerType: SyncType,
  ): Promise<Answer> {
    this.request = (this.request + 1) % 65536;
    this.hasHeardBytes = false;
    const numbers = [this.request, ...fields];
    const contentLengthBytes = content.length;
    const question = { type, fields: numbers, contentOffset: 0, contentLengthBytes };
    const frame = new Uint8Array(SYNC_FRAME_BYTES);
    const lengthBytes = encodeSyncFrame(crc32, question, content, frame);
    for (let i = 0; i < REQUEST_TRIES; i++) {
      // The delimiter in front ends whatever noise the pad has collected so far.
      this.stream.write(Uint8Array.of(0, ...frame.subarray(0, lengthBytes)));
      const answer = await this.awaitAnswer();
      if (answer?.type === answerType) return answer;
      if (answer?.type === SyncType.Error) throw toError(answer.fields[ERROR_FIELD_STATUS]);
    }
    throw this.hasHeardBytes
      ? new LinkError("noise", "the pad answers but the line is noisy: check cable and baud rate")
      : new LinkError("no-answer", "no pad answers on this port: is it on, is it this port?");
  }

  private awaitAnswer(): Promise<Answer | undefined> {
    return new Promise((resolve) => {
      const callOff = this.timer(ANSWER_TIMEOUT_MS, () => this.resolveAnswer(undefined));
      this.isWaiting = true;
      this.resolveAnswer = (answer) => {
        this.isWaiting = false;
        callOff();
        resolve(answer);
      };
    });
  }

  private receive(bytes: Uint8Array): void {
    this.hasHeardBytes ||= bytes.length > 0;
    for (const byte of bytes) {
      if (byte !== 0) {
        if (this.frameBytes < SYNC_FRAME_BYTES) this.frame[this.frameBytes++] = byte;
      } else {
        const lengthBytes = this.frameBytes;
        this.frameBytes = 0;
        if (lengthBytes > 0 && lengthBytes < SYNC_FRAME_BYTES) this.receiveFrame(lengthBytes);
      }
    }
  }

  /** Takes only an answer to the open request: late, doubled and echoed frames are passed over. */
  private receiveFrame(lengthBytes: number): void {
    const message = this.received;
    const status = decodeSyncFrame(crc32, this.frame, lengthBytes, message);
    if (status === Status.Malformed || !this.isWaiting) return;
    if (message.fields[REQUEST_FIELD] !== this.request) return;
    if (status === Status.Unsupported) {
      const fields = [this.request, Status.Unsupported];
      this.resolveAnswer({ type: SyncType.Error, fields, content: NOTHING });
    } else if (ANSWER_TYPES.includes(message.type)) {
      const { type, contentOffset, contentLengthBytes } = message;
      const content = this.frame.slice(contentOffset, contentOffset + contentLengthBytes);
      this.resolveAnswer({ type, fields: [...message.fields], content });
    }
  }
}

const ANSWER_TYPES = [SyncType.State, SyncType.Part, SyncType.Error];

function toError(status: number): LinkError {
  const [code, text] = ERRORS[status] ?? ["refused", `the pad refused with status ${status}`];
  return new LinkError(code, text, status);
}
