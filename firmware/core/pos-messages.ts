/**
 * What a till and a pad say to each other (`docs/pos-link.md`), inside the frames of
 * sync-messages.ts: `PosRequest` and `PosAnswer` have the request number as their only field, and
 * as their byte string a body and eight bytes of a MAC.
 *
 *     MAC = first 8 bytes of AES-CMAC(till key,
 *           direction 1 | terminal id 2 | session 8 | request 4 | body)
 *
 * The session is made by the pad when the till greets it, so nothing said in another session is
 * authentic in this one. Numbers are little-endian, money in rial below 2^40.
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import {
  type Bytes,
  copyBytes,
  equalBytes,
  getUint,
  newBytes,
  putUint,
} from "../../card-layout/bytes";
import { cmac } from "../../card-layout/cmac";
import { deriveTerminalKey, TerminalKeyPurpose } from "../../card-layout/keys";
import { Status } from "../../card-layout/status";
import { MAX_RIAL, MAX_U32 } from "./money";
import { CATEGORY_COUNT, MOST_BILL_CATEGORIES } from "./ruleset-format";

export const POS_MAC_BYTES = 8;
export const POS_SESSION_BYTES = 8;

/** The first byte of a request's body. From `Sale` on the kinds are those of a tap. */
export const enum PosKind {
  /** The till's nonce follows, 8 bytes. The answer: session 8 | newest request number 4. */
  Hello = 0,
  /** Stop waiting for the card of this request number. */
  Cancel = 1,
  Sale = 2,
  Balance = 3,
  Refund = 4,
  Void = 5,
}

export const enum PosDirection {
  ToPad = 0,
  ToTill = 1,
}

/** How a request stands: a `TapOutcome`, or one of these. All but `Busy` are final. */
export const enum PosState {
  /** Given up before anything was journaled: nothing happened. */
  Cancelled = 32,
  /** Journaled and ended without effect: nothing happened. */
  NotDone = 33,
  /** Somebody is in the middle of something at the pad. Not accepted; repeat it later. */
  Busy = 34,
  /** An older number that the journal does not know (any more): not accepted. */
  Unknown = 35,
  /** The body is none that this pad knows. Nothing was done. */
  Malformed = 36,
}

/** Numbers of an answer, behind state and reason, and their sizes in bytes. */
export const enum PosFigure {
  Record = 0,
  Terminal = 1,
  Member = 2,
  GrossRial = 3,
  OldRial = 4,
  UsedRial = 5,
  EarnedRial = 6,
  RestoredRial = 7,
  ClawedRial = 8,
  ExpiredRial = 9,
  DiscountRial = 10,
  BalanceRial = 11,
  PayableRial = 12,
  AvailableRial = 13,
  PointsEarned = 14,
  PointsUsed = 15,
  Points = 16,
  NextExpiryDay = 17,
  NextExpiryRial = 18,
  /** When the tap was, by the pad's clock. */
  Day = 19,
  Minute = 20,
  /** Six times rial, first and last day: the credit on the card, each with its own validity. */
  Lots = 21,
  Count = 39,
}

/** Before the lots. */
const FIGURE_BYTES = [4, 2, 4, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 4, 4, 4, 2, 5, 2, 2];
const LOT_FIGURE_BYTES = [5, 2, 2];
/** State, reason and all figures. */
export const POS_ANSWER_BYTES = 144;

/** A request's body: kind 1 | gross 5 | credit 5 | record 4 | terminal 2 | lines 1 | lines. */
const LINES_OFFSET = 18;
/** Category 1 | pieces 1 | rial 5. */
const LINE_BYTES = 7;
/** A journal record has room for eight; the request number takes that of one. */
const MOST_PIECES = 255;
/** Direction, terminal, session and request, in front of the body under the MAC. */
const HEAD_BYTES = 15;

/** What a till asks for, unpacked. */
export interface PosRequest {
  kind: PosKind;
  grossRial: number;
  creditRial: number;
  /** Refund: record and terminal on the receipt; 0 = not known, and this pad. */
  record: number;
  terminal: number;
  /** As `Purchase` has them; undefined when no line came. */
  categories: number[] | undefined;
}

export function createPosRequest(): PosRequest {
  return {
    kind: PosKind.Hello,
    grossRial: 0,
    creditRial: 0,
    record: 0,
    terminal: 0,
    categories: undefined,
  };
}

/** Who speaks on the line: one pad and its till, in one session. */
export interface PosChannel {
  aes: AesEngine;
  /** 16 bytes (posKeyOf). */
  key: Bytes;
  terminalId: number;
  /** Of POS_SESSION_BYTES; all zero for a greeting, the till's nonce for its answer. */
  session: Bytes;
}

const computed = newBytes(16);

/**
 * The key between a pad and its till, which stays the same until the club's keys are changed. From
 * the journal's key, that is used for nothing but CMACs of other lengths.
 */
export function posKeyOf(
  aes: AesEngine,
  journalKey: Bytes,
  terminalId: number,
  keyEpoch: number,
): Bytes {
  const key = newBytes(16);
  deriveTerminalKey(aes, journalKey, terminalId, keyEpoch, TerminalKeyPurpose.Till, key, 0);
  return key;
}

/** Writes the MAC of `content[offset .. + bodyBytes)` behind it. */
export function sealPos(
  channel: PosChannel,
  direction: PosDirection,
  request: number,
  content: Bytes,
  offset: number,
  bodyBytes: number,
): void {
  const input = newBytes(HEAD_BYTES + bodyBytes);
  input[0] = direction;
  putUint(input, 1, 2, channel.terminalId);
  copyBytes(channel.session, 0, input, 3, POS_SESSION_BYTES);
  putUint(input, 11, 4, request);
  copyBytes(content, offset, input, HEAD_BYTES, bodyBytes);
  cmac(channel.aes, channel.key, input, 0, HEAD_BYTES + bodyBytes, computed, 0);
  copyBytes(computed, 0, content, offset + bodyBytes, POS_MAC_BYTES);
}

/** Whether a request's MAC, which stands behind the body, is right. Writes over it. */
export function isPosAuthentic(
  channel: PosChannel,
  request: number,
  content: Bytes,
  offset: number,
  bodyBytes: number,
): boolean {
  const received = newBytes(POS_MAC_BYTES);
  copyBytes(content, offset + bodyBytes, received, 0, POS_MAC_BYTES);
  sealPos(channel, PosDirection.ToPad, request, content, offset, bodyBytes);
  return equalBytes(received, 0, computed, 0, POS_MAC_BYTES);
}

/** Reads the body of a request that starts a tap. `Malformed`: not what this version knows. */
export function decodePosRequest(
  from: Bytes,
  offset: number,
  lengthBytes: number,
  request: PosRequest,
): Status {
  request.kind = from[offset];
  request.categories = undefined;
  const isKind = request.kind >= PosKind.Sale && request.kind <= PosKind.Void;
  if (!isKind || lengthBytes < LINES_OFFSET) return Status.Malformed;
  const lineCount = from[offset + LINES_OFFSET - 1];
  if (lengthBytes !== LINES_OFFSET + lineCount * LINE_BYTES) return Status.Malformed;
  request.grossRial = getUint(from, offset + 1, 5);
  request.creditRial = getUint(from, offset + 6, 5);
  request.record = getUint(from, offset + 11, 4);
  request.terminal = getUint(from, offset + 15, 2);
  const hasBill = request.kind === PosKind.Sale || request.kind === PosKind.Refund;
  const isFine =
    request.grossRial > 0 === hasBill &&
    request.grossRial <= MAX_RIAL &&
    request.creditRial <= (request.kind === PosKind.Sale ? request.grossRial : 0) &&
    (request.kind === PosKind.Refund || request.record + request.terminal === 0) &&
    (request.kind === PosKind.Sale || lineCount === 0);
  if (!isFine) return Status.Malformed;
  return lineCount === 0 ? Status.Ok : takeLines(from, offset + LINES_OFFSET, lineCount, request);
}

/** Lines of one category are one; all together are no more than the bill. */
function takeLines(from: Bytes, start: number, lineCount: number, request: PosRequest): Status {
  const list: number[] = [];
  for (let i = 0; i < CATEGORY_COUNT * 2; i++) list.push(0);
  let sumRial = 0;
  let categoryCount = 0;
  for (let i = 0; i < lineCount; i++) {
    const at = start + i * LINE_BYTES;
    const category = from[at];
    const amountRial = getUint(from, at + 2, 5);
    if (category >= CATEGORY_COUNT) return Status.Malformed;
    const amountAt = category + CATEGORY_COUNT;
    if (list[category] + list[amountAt] === 0) categoryCount++;
    list[category] += from[at + 1];
    list[amountAt] += amountRial;
    sumRial += amountRial;
    if (list[category] === 0 || list[category] > MOST_PIECES || list[amountAt] > MAX_U32)
      return Status.Malformed;
  }
  if (sumRial > request.grossRial || categoryCount > MOST_BILL_CATEGORIES) return Status.Malformed;
  request.categories = list;
  return Status.Ok;
}

/** Writes an answer's body, POS_ANSWER_BYTES long. */
export function encodePosAnswer(
  state: number,
  reason: number,
  figures: number[],
  out: Bytes,
  offset: number,
): void {
  out[offset] = state;
  out[offset + 1] = reason;
  let end = offset + 2;
  for (let i = 0; i < PosFigure.Count; i++) {
    const isLot = i >= PosFigure.Lots;
    const sizeBytes = isLot ? LOT_FIGURE_BYTES[(i - PosFigure.Lots) % 3] : FIGURE_BYTES[i];
    putUint(out, end, sizeBytes, figures[i]);
    end += sizeBytes;
  }
}
