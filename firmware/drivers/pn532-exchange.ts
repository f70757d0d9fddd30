/**
 * PN532: one command to the chip and its answer, over whatever wire (NXP UM0701-02 "PN532 User
 * Manual" rev 02; section numbers are its). Frames are checked as a whole, and an answer that came
 * broken is asked for again once.
 */
import { type Bytes, newBytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import type { Clock } from "../hal/clock";
import { PN532_ACK_MS, PN532_ANSWER_MS, PN532_POLL_COUNT_MAX } from "../limits";

/** The wire (6.2.3 to 6.2.5). None of its calls can fail; a missing chip never says anything. */
export interface Pn532Link {
  /** Ends the chip's sleep; a frame may follow at once. */
  wakeUp(): void;
  /** Sends `frame[0 .. lengthBytes)`, and forgets what the chip said before. */
  send(frame: Bytes, lengthBytes: number): void;
  /** Stores at most `lengthBytes` bytes of what the chip says from `out[offset]` on and returns how
   * many; 0 while there is nothing. Over SPI a frame comes whole: what lies behind it is 0. Takes
   * time in any case. */
  receive(out: Bytes, offset: number, lengthBytes: number): number;
}

/** Places in a frame: 00 00 FF, length and its checksum, direction, code, data (6.2.1.1). */
const LENGTH = 3;
const DIRECTION = 5;
const CODE = 6;
/** Where a command's parameters stand in `frame`, and an answer's data in `reply`. */
export const DATA = 7;
/** All of a frame but direction, code and data. */
const FRAMING_BYTES = 7;

const TO_CHIP = 0xd4;
const FROM_CHIP = 0xd5;

/** 6.2.1.3; from the host it ends a command that is under way. */
const ACK_BYTES = 6;
/** FF 00 says that the answer came broken (6.2.1.4). */
const NACK_MARK = 0xff;

/** Write of 16 bytes and target, command, block; answer: two targets with UIDs of 10 bytes. */
const PARAMETERS_MAX = 19;
const ANSWER_MAX = 31;

/** What goes out and what came back; every command fills them, so all readers share them. */
export const frame = newBytes(FRAMING_BYTES + 2 + PARAMETERS_MAX);
export const reply = newBytes(FRAMING_BYTES + 2 + ANSWER_MAX);
frame[2] = 0xff;
frame[DIRECTION] = TO_CHIP;
const short = newBytes(ACK_BYTES);
short[2] = 0xff;

export interface Pn532Exchange {
  wakeUp(): void;
  /** Runs `code` with the parameters in `frame[DATA ..]`; `Ok` leaves at most `answerBytes` bytes
   * in `reply[DATA ..]`. `ReaderFault` when the chip does not answer, or not that. */
  run(code: number, parameterBytes: number, answerBytes: number): Status;
  /** How many bytes the last answer had. */
  answerLength(): number;
}

export function createPn532Exchange(link: Pn532Link, clock: Clock): Pn532Exchange {
  function run(code: number, parameterBytes: number, answerBytes: number): Status {
    const lengthBytes = parameterBytes + 2;
    frame[LENGTH] = lengthBytes;
    frame[LENGTH + 1] = 256 - lengthBytes;
    frame[CODE] = code;
    const end = DATA + parameterBytes;
    frame[end] = 0;
    frame[end] = (256 - sum(frame, end)) & 255;
    frame[end + 1] = 0;
    link.send(frame, end + 2);
    let isGood = isAcknowledged();
    if (isGood) {
      isGood = isAnswered(code, answerBytes, PN532_ANSWER_MS);
      if (!isGood) {
        sendShort(NACK_MARK);
        isGood = isAnswered(code, answerBytes, PN532_ACK_MS);
      }
    }
    if (isGood) return Status.Ok;
    sendShort(0);
    return Status.ReaderFault;
  }

  /** The chip takes a command up at once, however long the command then takes. */
  function isAcknowledged(): boolean {
    return collect(ACK_BYTES, PN532_ACK_MS) && reply[LENGTH] === 0 && reply[LENGTH + 1] === 0xff;
  }

  function isAnswered(code: number, answerBytes: number, timeoutMs: number): boolean {
    if (!collect(FRAMING_BYTES + 2 + answerBytes, timeoutMs)) return false;
    const isOurs = reply[DIRECTION] === FROM_CHIP && reply[CODE] === code + 1;
    return isOurs && (sum(reply, FRAMING_BYTES + reply[LENGTH] - 1) & 255) === 0;
  }

  /** One frame of at most `mostBytes` into `reply`; false when none comes whole in time. */
  function collect(mostBytes: number, timeoutMs: number): boolean {
    const deadlineMs = clock.nowMs() + timeoutMs;
    let have = 0;
    for (let polls = 0; polls < PN532_POLL_COUNT_MAX; polls++) {
      const got = link.receive(reply, have, mostBytes - have);
      have += got;
      if (have > LENGTH + 1 && have >= frameBytes()) return isStart() && frameBytes() <= mostBytes;
      if (have === mostBytes || (got === 0 && clock.nowMs() > deadlineMs)) return false;
    }
    return false;
  }

  function sendShort(mark: number): void {
    short[LENGTH] = mark;
    short[LENGTH + 1] = 255 - mark;
    link.send(short, ACK_BYTES);
  }

  return { wakeUp: link.wakeUp, run, answerLength: () => reply[LENGTH] - 2 };
}

/** An ACK has no data, and FF where the sum of length and its checksum would be 0. */
function frameBytes(): number {
  const lengthBytes = reply[LENGTH];
  return lengthBytes === 0 ? ACK_BYTES : FRAMING_BYTES + lengthBytes;
}

function isStart(): boolean {
  const check = reply[LENGTH] === 0 ? 0xff : 0;
  if (((reply[LENGTH] + reply[LENGTH + 1]) & 255) !== check) return false;
  return reply[0] === 0 && reply[1] === 0 && reply[2] === 0xff;
}

/** Direction, code, data and their checksum add up to 0 in the low byte. */
function sum(from: Bytes, end: number): number {
  let total = 0;
  for (let i = DIRECTION; i < end; i++) total += from[i];
  return total;
}
