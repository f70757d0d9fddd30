/**
 * MFRC522 over SPI: one exchange with the air at a time.
 *
 * On an interpreter the number of SPI frames decides how long a tap takes, so the chip computes
 * CRC_A, mode registers are written only when they change, one frame reads all status registers,
 * and every buffer moves in one burst. Section numbers are of the MFRC522 data sheet rev 3.9.
 */
import { type Bytes, fillBytes, newBytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import type { Clock } from "../hal/clock";
import type { SpiDevice } from "../hal/spi";
import {
  ANSWER_POLL_COUNT_MAX,
  CARD_ANSWER_MS,
  FIELD_OFF_MS,
  FIELD_READY_MS,
  RESET_POLL_COUNT_MAX,
  WAKE_ANSWER_MS,
} from "../limits";
import {
  BitFramingBit,
  ComIrqBit,
  Command,
  CommandBit,
  ControlBits,
  ErrorBit,
  FifoLevelBit,
  FrameModeBit,
  Register,
  Status2Bit,
  TxAskBit,
  TxControlBits,
} from "./mfrc522-registers";

/** Added to a register's address it makes a read (8.1.2.3). */
const READ = 0x80;

/** ComIrq with Set1 clear: clears every flag. */
const CLEAR_ALL_FLAGS = 0x7f;

/** TxControl: antenna off and on; InvTx2RFOn keeps its reset value. */
const FIELD_OFF = 0x80;
const FIELD_ON = FIELD_OFF + TxControlBits.RF_EN;

/** Mode: CRC preset 6363h (ISO/IEC 14443-3 type A), the rest as after reset. */
const MODE_CRC_PRESET_6363 = 0x3d;

/** TxLastBits of REQA, WUPA and the magic wake-up. */
const SHORT_FRAME_BITS = 7;

const ACK_BITS = 4;
const ACK = 0x0a;
/** Bits that ACK has and every NAK (0, 1, 4, 5) lacks: one broken bit never makes one the other. */
const ACK_ONLY_BITS = 0x0a;

/** An answer by its size in whole bytes. */
export const enum Answer {
  /** Four bits. */
  Ack = 0,
  Sak = 1,
  Atqa = 2,
  /** Four bytes and their BCC. */
  Uid = 5,
  Block = 16,
}

/** The status of an exchange, of an authentication and of the chip: registers read in one frame. */
const ANSWER_QUERY = registerQuery([
  Register.COM_IRQ,
  Register.ERROR,
  Register.FIFO_LEVEL,
  Register.CONTROL,
]);
const CRYPTO_1_QUERY = registerQuery([Register.COM_IRQ, Register.ERROR, Register.STATUS_2]);
const ALIVE_QUERY = registerQuery([Register.COMMAND, Register.TX_CONTROL, Register.VERSION]);

/** What goes out in `[1 ..]`, what comes back in `[1 ..]`; index 0 is the address. Every call fills
 * and uses them up, so all readers share them. */
export const frame = newBytes(Answer.Block + 1);
export const answer = newBytes(Answer.Block + 1);
frame[0] = Register.FIFO_DATA;
/** What status reads bring: from index 1 on the registers of the query. */
const status = newBytes(5);
/** Reads the FIFO: its address for each byte, then 00 (8.1.2.2). */
const fifoQuery = newBytes(Answer.Block + 1);
fillBytes(fifoQuery, 0, Answer.Block, READ + Register.FIFO_DATA);

/** Lengths are those of `frame` from index 1 on. */
export interface Mfrc522Exchange {
  /** Reset, registers, antenna on, and the pause until a card is ready. */
  initialise(): Status;
  setField(isOn: boolean): Status;
  /** Leaves encryption and sends `frame[1]` as 7 bits. `NoCard` for silence; `Ok` when anything
   * came, to be fetched with `take`. */
  sendShort(): Status;
  /** Sends `lengthBytes` and takes the answer wanted. */
  exchange(lengthBytes: number, wanted: Answer, timeoutMs: number): Status;
  /** Sends `lengthBytes`; success is `silenceMs` without an answer, counted from the start. */
  forSilence(lengthBytes: number, silenceMs: number): Status;
  /** MFAuthent with the 12 bytes in `frame`: command, block, key, UID. */
  forCrypto1(): Status;
  /** Fetches the answer received: exactly what is wanted, or a refusal. */
  take(wanted: Answer): Status;
  /** Leaves the chip idle with an empty FIFO and passes `outcome` on. */
  fail(outcome: Status): Status;
}

/** The chip behind `spi`. One instance owns the chip. */
export function createMfrc522Exchange(spi: SpiDevice, clock: Clock): Mfrc522Exchange {
  let txMode = 0;
  let rxMode = 0;
  let txControl = FIELD_OFF;
  let version = 0;
  /** MFCrypto1On may be set: it must be cleared before a plain frame. */
  let isCrypto1On = false;
  /** The receiver still listens after an expected silence. */
  let isListening = false;

  function initialise(): Status {
    spi.write2(Register.COMMAND, Command.SOFT_RESET);
    // The reset switches the antenna off; after this long, cards have forgotten their session, too.
    clock.waitMs(FIELD_OFF_MS);
    for (let polls = 0; polls < RESET_POLL_COUNT_MAX; polls++) {
      spi.transfer(ALIVE_QUERY, 4, status);
      if ((status[1] & CommandBit.POWER_DOWN) === 0) break;
      clock.waitMs(1);
    }
    // Clones have many versions, so there is no list. A bus without a chip reads 00 or FF
    // everywhere, which `ifAlive` sees.
    version = status[3];
    txMode = 0;
    rxMode = 0;
    spi.write2(Register.TX_ASK, TxAskBit.FORCE_100_ASK);
    spi.write2(Register.MODE, MODE_CRC_PRESET_6363);
    const outcome = setField(true);
    clock.waitMs(FIELD_READY_MS);
    return outcome;
  }

  function setField(isOn: boolean): Status {
    txControl = isOn ? FIELD_ON : FIELD_OFF;
    spi.write2(Register.TX_CONTROL, txControl);
    return ifAlive(Status.Ok);
  }

  /** `outcome` while the chip is what it was and has the antenna as told: it kept its power. */
  function ifAlive(outcome: Status): Status {
    spi.transfer(ALIVE_QUERY, 4, status);
    return status[2] === txControl && status[3] === version ? outcome : Status.ReaderFault;
  }

  /** CRC_A on outgoing and on incoming frames, where the standards have it: not with a UID, which
   * has its BCC, nor with the four bits of an ACK. */
  function useCrc(newTxMode: number, newRxMode: number): void {
    if (newTxMode !== txMode) spi.write2(Register.TX_MODE, newTxMode);
    if (newRxMode !== rxMode) spi.write2(Register.RX_MODE, newRxMode);
    txMode = newTxMode;
    rxMode = newRxMode;
  }

  /** Command first: it ends a reception that still runs, and writing to the FIFO during one is an
   * error (9.3.1.7, WrErr). The 86 us that a card needs after its answer (ISO/IEC 14443-3,
   * 6.2.1.2) pass in these four frames, as long as the board takes 20 us for each. */
  function send(lengthBytes: number, txLastBits: number): void {
    spi.write2(Register.COMMAND, Command.TRANSCEIVE);
    spi.write2(Register.COM_IRQ, CLEAR_ALL_FLAGS);
    spi.write(frame, lengthBytes + 1);
    spi.write2(Register.BIT_FRAMING, BitFramingBit.START_SEND + txLastBits);
    isListening = false;
  }

  /** One look after a fixed time. `Ok` when something was received, `CardLost` for silence. */
  function listen(waitMs: number): Status {
    clock.waitMs(waitMs);
    spi.transfer(ANSWER_QUERY, 5, status);
    const flags = status[1];
    const isSent = (flags & (ComIrqBit.SET_1 + ComIrqBit.TX)) === ComIrqBit.TX;
    if (!isSent) return Status.ReaderFault;
    return (flags & ComIrqBit.RX) === 0 ? Status.CardLost : Status.Ok;
  }

  /** Polls until one of `doneFlags` is set; `CardLost` when time or polls run out. The clock is
   * asked at every fourth poll only, and before the poll: a pause of the program between the two
   * must not make an answer in time look late. */
  function awaitFlag(query: Bytes, doneFlags: number, timeoutMs: number): Status {
    let nowMs = 0;
    let deadlineMs = 0;
    for (let polls = 1; polls <= ANSWER_POLL_COUNT_MAX && nowMs <= deadlineMs; polls++) {
      if (polls % 4 === 0) {
        nowMs = clock.nowMs();
        if (polls === 4) deadlineMs = nowMs + timeoutMs;
      }
      spi.transfer(query, query.length, status);
      if ((status[1] & doneFlags) !== 0) {
        // Set1 reads 0 on a chip; on a bus that is stuck high it does not.
        return (status[1] & ComIrqBit.SET_1) === 0 ? Status.Ok : Status.ReaderFault;
      }
    }
    return fail(ifAlive(Status.CardLost));
  }

  function fail(outcome: Status): Status {
    spi.write2(Register.COMMAND, Command.IDLE);
    spi.write2(Register.FIFO_LEVEL, FifoLevelBit.FLUSH_BUFFER);
    return outcome;
  }

  function sendShort(): Status {
    if (isCrypto1On) spi.write2(Register.STATUS_2, 0);
    isCrypto1On = false;
    useCrc(0, 0);
    send(1, SHORT_FRAME_BITS);
    const heard = listen(WAKE_ANSWER_MS);
    return heard === Status.CardLost ? ifAlive(Status.NoCard) : heard;
  }

  function exchange(lengthBytes: number, wanted: Answer, timeoutMs: number): Status {
    const newTxMode = wanted === Answer.Uid ? 0 : FrameModeBit.CRC_EN;
    useCrc(newTxMode, wanted === Answer.Ack ? 0 : newTxMode);
    send(lengthBytes, 0);
    const outcome = awaitFlag(ANSWER_QUERY, ComIrqBit.RX, timeoutMs);
    return outcome === Status.Ok ? take(wanted) : outcome;
  }

  function take(wanted: Answer): Status {
    const lastBits = status[4] & ControlBits.RX_LAST_BITS;
    const isAck = wanted === Answer.Ack;
    // Before the error bits: four bits carry no CRC and fail that check when it is on.
    if (!isAck && lastBits === ACK_BITS && status[3] <= 1) return fail(Status.Nak);
    const answerBytes = isAck ? 1 : wanted;
    if (status[2] !== 0 || status[3] !== answerBytes || lastBits !== (isAck ? ACK_BITS : 0)) {
      // In a session only one card talks: what looks like a collision is a disturbance.
      const isSelecting = wanted % Answer.Block > 0;
      const isCollision = isSelecting && (status[2] & ErrorBit.COLL) !== 0;
      return fail(isCollision ? Status.Collision : Status.BadAnswer);
    }
    fifoQuery[answerBytes] = 0;
    spi.transfer(fifoQuery, answerBytes + 1, answer);
    fifoQuery[answerBytes] = READ + Register.FIFO_DATA;
    if (!isAck || (answer[1] & 0x0f) === ACK) return Status.Ok;
    return fail((answer[1] & ACK_ONLY_BITS) === 0 ? Status.Nak : Status.BadAnswer);
  }

  function forSilence(lengthBytes: number, silenceMs: number): Status {
    useCrc(FrameModeBit.CRC_EN, 0);
    send(lengthBytes, 0);
    const heard = listen(silenceMs);
    isListening = heard === Status.CardLost;
    if (isListening) return Status.Ok;
    const refusal = heard === Status.Ok ? take(Answer.Ack) : heard;
    return refusal === Status.Ok ? fail(Status.BadAnswer) : refusal;
  }

  function forCrypto1(): Status {
    if (isListening) spi.write2(Register.COMMAND, Command.IDLE);
    isCrypto1On = true;
    spi.write2(Register.COM_IRQ, CLEAR_ALL_FLAGS);
    spi.write(frame, 13);
    spi.write2(Register.COMMAND, Command.MF_AUTHENT);
    // The command ends by itself (IdleIRq) or, without an answer, never (10.3.1.9).
    const doneFlags = ComIrqBit.IDLE + ComIrqBit.ERR;
    const outcome = awaitFlag(CRYPTO_1_QUERY, doneFlags, CARD_ANSWER_MS);
    if (outcome === Status.ReaderFault) return outcome;
    const isOpen = status[2] === 0 && (status[3] & Status2Bit.MF_CRYPTO_1_ON) !== 0;
    return isOpen && outcome === Status.Ok ? Status.Ok : fail(Status.AuthFailed);
  }

  return {
    initialise,
    setField,
    sendShort,
    exchange,
    forSilence,
    forCrypto1,
    take,
    fail,
  };
}

/** A frame that reads several registers: each address, then 00 to clock out the last. */
function registerQuery(registers: readonly Register[]): Bytes {
  const query = newBytes(registers.length + 1);
  for (let i = 0; i < registers.length; i++) query[i] = READ + registers[i];
  return query;
}
