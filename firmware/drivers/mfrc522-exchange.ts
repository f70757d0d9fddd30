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

/** Fetches answers from the FIFO: its address for each byte, then 00 (8.1.2.2). */
const ONE_BYTE_QUERY = fifoQuery(1);
const BLOCK_QUERY = fifoQuery(Answer.Block);

/** What is sent to the FIFO in one burst: `[0]` is its address, `[1 ..]` are the bytes. */
export function newFrame(lengthBytes: number): Bytes {
  const frame = newBytes(lengthBytes + 1);
  frame[0] = Register.FIFO_DATA;
  return frame;
}

export interface Mfrc522Exchange {
  /** Received last, in `[1 ..]`. */
  answer: Bytes;
  /** Reset, registers, antenna on, and the pause until a card is ready. */
  initialise(): Status;
  setField(isOn: boolean): Status;
  /** Leaves encryption and sends the one byte of `frame` as 7 bits. `NoCard` for silence; `Ok` when
   * anything came, to be fetched with `take`. */
  sendShort(frame: Bytes): Status;
  /** Sends `frame` and takes the answer wanted. */
  exchange(frame: Bytes, wanted: Answer, timeoutMs: number): Status;
  /** Sends `frame`; success is `silenceMs` without an answer, counted from the start. */
  forSilence(frame: Bytes, silenceMs: number): Status;
  /** MFAuthent with the 12 bytes of `frame`: command, block, key, UID. */
  forCrypto1(frame: Bytes): Status;
  /** Fetches the answer received: exactly what is wanted, or a refusal. */
  take(wanted: Answer): Status;
  /** Leaves the chip idle with an empty FIFO and passes `outcome` on. */
  fail(outcome: Status): Status;
}

/** One instance owns the chip. */
export function createMfrc522Exchange(spi: SpiDevice, clock: Clock): Mfrc522Exchange {
  const bus = spi.bus;
  const select = spi.select;
  /** What status reads bring: from index 1 on the registers of the query. */
  let status: Bytes = ANSWER_QUERY;
  let txMode = 0;
  let rxMode = 0;
  let txControl = FIELD_OFF;
  let version = 0;
  /** MFCrypto1On may be set: it must be cleared before a plain frame. */
  let isCrypto1On = false;
  /** The receiver still listens after an expected silence. */
  let isListening = false;

  function initialise(): Status {
    bus.write(Register.COMMAND, Command.SOFT_RESET, select);
    // The reset switches the antenna off; after this long, cards have forgotten their session, too.
    clock.waitMs(FIELD_OFF_MS);
    for (let polls = 0; polls < RESET_POLL_COUNT_MAX; polls++) {
      status = bus.send(ALIVE_QUERY, select);
      if ((status[1] & CommandBit.POWER_DOWN) === 0) break;
      clock.waitMs(1);
    }
    // Clones have many versions, so there is no list. A bus without a chip reads 00 or FF
    // everywhere, which `ifAlive` sees.
    version = status[3];
    txMode = 0;
    rxMode = 0;
    bus.write(Register.TX_ASK, TxAskBit.FORCE_100_ASK, select);
    bus.write(Register.MODE, MODE_CRC_PRESET_6363, select);
    const outcome = setField(true);
    clock.waitMs(FIELD_READY_MS);
    return outcome;
  }

  function setField(isOn: boolean): Status {
    txControl = isOn ? FIELD_ON : FIELD_OFF;
    bus.write(Register.TX_CONTROL, txControl, select);
    return ifAlive(Status.Ok);
  }

  /** `outcome` while the chip is what it was and has the antenna as told: it kept its power. */
  function ifAlive(outcome: Status): Status {
    status = bus.send(ALIVE_QUERY, select);
    return status[2] === txControl && status[3] === version ? outcome : Status.ReaderFault;
  }

  /** CRC_A on outgoing and on incoming frames, where the standards have it: not with a UID, which
   * has its BCC, nor with the four bits of an ACK. */
  function useCrc(newTxMode: number, newRxMode: number): void {
    if (newTxMode !== txMode) bus.write(Register.TX_MODE, newTxMode, select);
    if (newRxMode !== rxMode) bus.write(Register.RX_MODE, newRxMode, select);
    txMode = newTxMode;
    rxMode = newRxMode;
  }

  /** Command first: it ends a reception that still runs, and writing to the FIFO during one is an
   * error (9.3.1.7, WrErr). The 86 us that a card needs after its answer (ISO/IEC 14443-3,
   * 6.2.1.2) pass in these four frames, as long as the board takes 20 us for each. */
  function send(frame: Bytes, txLastBits: number): void {
    bus.write(Register.COMMAND, Command.TRANSCEIVE, select);
    bus.write(Register.COM_IRQ, CLEAR_ALL_FLAGS, select);
    bus.write(frame, select);
    bus.write(Register.BIT_FRAMING, BitFramingBit.START_SEND + txLastBits, select);
    isListening = false;
  }

  /** One look after a fixed time. `Ok` when something was received, `CardLost` for silence. */
  function listen(waitMs: number): Status {
    clock.waitMs(waitMs);
    status = bus.send(ANSWER_QUERY, select);
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
      status = bus.send(query, select);
      if ((status[1] & doneFlags) !== 0) {
        // Set1 reads 0 on a chip; on a bus that is stuck high it does not.
        return (status[1] & ComIrqBit.SET_1) === 0 ? Status.Ok : Status.ReaderFault;
      }
    }
    return fail(ifAlive(Status.CardLost));
  }

  function fail(outcome: Status): Status {
    bus.write(Register.COMMAND, Command.IDLE, select);
    bus.write(Register.FIFO_LEVEL, FifoLevelBit.FLUSH_BUFFER, select);
    return outcome;
  }

  function sendShort(frame: Bytes): Status {
    if (isCrypto1On) bus.write(Register.STATUS_2, 0, select);
    isCrypto1On = false;
    useCrc(0, 0);
    send(frame, SHORT_FRAME_BITS);
    const heard = listen(WAKE_ANSWER_MS);
    return heard === Status.CardLost ? ifAlive(Status.NoCard) : heard;
  }

  function exchange(frame: Bytes, wanted: Answer, timeoutMs: number): Status {
    const newTxMode = wanted === Answer.Uid ? 0 : FrameModeBit.CRC_EN;
    const newRxMode = wanted === Answer.Ack ? 0 : newTxMode;
    if (newRxMode !== rxMode || newTxMode !== txMode) useCrc(newTxMode, newRxMode);
    send(frame, 0);
    // Mostly there already, when an interpreter comes to look.
    status = bus.send(ANSWER_QUERY, select);
    if ((status[1] & (ComIrqBit.SET_1 + ComIrqBit.RX)) !== ComIrqBit.RX) {
      const outcome = awaitFlag(ANSWER_QUERY, ComIrqBit.RX, timeoutMs);
      if (outcome !== Status.Ok) return outcome;
    }
    return take(wanted);
  }

  function take(wanted: Answer): Status {
    const isAck = wanted === Answer.Ack;
    const lastBits = status[4] & ControlBits.RX_LAST_BITS;
    const isWhole = lastBits === (isAck ? ACK_BITS : 0) && status[3] === (isAck ? 1 : wanted);
    if (!isWhole || status[2] !== 0) return fail(refusal(wanted, lastBits));
    if (wanted === Answer.Block) {
      chip.answer = bus.send(BLOCK_QUERY, select);
      return Status.Ok;
    }
    chip.answer = bus.send(wanted > Answer.Sak ? fifoQuery(wanted) : ONE_BYTE_QUERY, select);
    if (!isAck || (chip.answer[1] & 0x0f) === ACK) return Status.Ok;
    return fail((chip.answer[1] & ACK_ONLY_BITS) === 0 ? Status.Nak : Status.BadAnswer);
  }

  /** What an answer was that is not the one wanted. */
  function refusal(wanted: Answer, lastBits: number): Status {
    // Before the error bits: four bits carry no CRC and fail that check when it is on.
    if (wanted !== Answer.Ack && lastBits === ACK_BITS && status[3] <= 1) return Status.Nak;
    // In a session only one card talks: what looks like a collision is a disturbance.
    const isSelecting = wanted % Answer.Block > 0;
    const isCollision = isSelecting && (status[2] & ErrorBit.COLL) !== 0;
    return isCollision ? Status.Collision : Status.BadAnswer;
  }

  function forSilence(frame: Bytes, silenceMs: number): Status {
    useCrc(FrameModeBit.CRC_EN, 0);
    send(frame, 0);
    const heard = listen(silenceMs);
    isListening = heard === Status.CardLost;
    if (isListening) return Status.Ok;
    const outcome = heard === Status.Ok ? take(Answer.Ack) : heard;
    return outcome === Status.Ok ? fail(Status.BadAnswer) : outcome;
  }

  function forCrypto1(frame: Bytes): Status {
    if (isListening) bus.write(Register.COMMAND, Command.IDLE, select);
    isCrypto1On = true;
    bus.write(Register.COM_IRQ, CLEAR_ALL_FLAGS, select);
    bus.write(frame, select);
    bus.write(Register.COMMAND, Command.MF_AUTHENT, select);
    // The command ends by itself (IdleIRq) or, without an answer, never (10.3.1.9).
    const doneFlags = ComIrqBit.IDLE + ComIrqBit.ERR;
    const outcome = awaitFlag(CRYPTO_1_QUERY, doneFlags, CARD_ANSWER_MS);
    if (outcome === Status.ReaderFault) return outcome;
    const isOpen = status[2] === 0 && (status[3] & Status2Bit.MF_CRYPTO_1_ON) !== 0;
    return isOpen && outcome === Status.Ok ? Status.Ok : fail(Status.AuthFailed);
  }

  const chip: Mfrc522Exchange = {
    answer: ONE_BYTE_QUERY,
    initialise,
    setField,
    sendShort,
    exchange,
    forSilence,
    forCrypto1,
    take,
    fail,
  };
  return chip;
}

function fifoQuery(lengthBytes: number): Bytes {
  const query = newBytes(lengthBytes + 1);
  fillBytes(query, 0, lengthBytes, READ + Register.FIFO_DATA);
  return query;
}

/** A frame that reads several registers: each address, then 00 to clock out the last. */
function registerQuery(registers: readonly Register[]): Bytes {
  const query = newBytes(registers.length + 1);
  for (let i = 0; i < registers.length; i++) query[i] = READ + registers[i];
  return query;
}
