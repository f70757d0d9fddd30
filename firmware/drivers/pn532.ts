/**
 * The PN532 as a reader of MIFARE Classic cards. Activation, CRC and Crypto1 are the business of
 * the firmware inside the chip (NXP UM0701-02 "PN532 User Manual" rev 02, section 7), so a card
 * command is one exchange with the chip. A chip reset in between is a `ReaderFault`.
 */
import { type Bytes, copyBytes, fillBytes, putUint } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import type { CardReader, KeyType, SelectedCard } from "../hal/card-reader";
import type { Clock } from "../hal/clock";
import { FIELD_OFF_MS, FIELD_READY_MS } from "../limits";
import { createPn532Exchange, DATA, frame, type Pn532Link, reply } from "./pn532-exchange";

/** Commands of 7.2 and 7.3. */
const enum Command {
  WRITE_REGISTER = 0x08,
  SET_PARAMETERS = 0x12,
  SAM_CONFIGURATION = 0x14,
  RF_CONFIGURATION = 0x32,
  DATA_EXCHANGE = 0x40,
  COMMUNICATE_THRU = 0x42,
  DESELECT = 0x44,
  LIST_PASSIVE_TARGET = 0x4a,
  SELECT = 0x54,
}

const enum CardCommand {
  READ = 0x30,
  WRITE = 0xa0,
  DECREMENT = 0xc0,
  RESTORE = 0xc2,
  TRANSFER = 0xb0,
  MAGIC_WAKE_UP = 0x40,
}

/** Error codes in the status byte (7.1). */
const enum ChipError {
  TIMEOUT = 0x01,
  RF_PROTOCOL = 0x0b,
  LAST_OF_FRAME = 0x06,
  MIFARE_REFUSED = 0x13,
  MIFARE_AUTHENTICATION = 0x14,
  UID_CHECK_BYTE = 0x23,
}
/** The two upper bits of a status byte are no part of the code. */
const CODE_MASK = 0x3f;

/** RFConfiguration items (7.3.1). */
const ITEM_FIELD = 1;
const ITEM_TIMINGS = 2;
const ITEM_RETRIES_COM = 4;
const ITEM_RETRIES = 5;
/** Time for a raw exchange: 100 us doubled four times. ATR_RES is not used. */
const RAW_TIMEOUT_1600_US = 5;

/** Registers of the contactless unit, at 63xxh (PN532/C1 data sheet). */
const REGISTERS_HIGH = 0x63;
const TX_MODE = 0x02;
const RX_MODE = 0x03;
const BIT_FRAMING = 0x3d;
const CRC_ON = 0x80;
const SHORT_FRAME_BITS = 7;
const ACK = 0x0a;

/** One more than is wanted, so that a second card is seen. */
const LISTED_TARGETS = 2;
const TARGET = 1;
const BAUD_106_TYPE_A = 0;
/** Number of targets; then for each target number, ATQA, SAK, UID length and the UID. */
const LIST_BYTES_MAX = 31;
const AT_ATQA = DATA + 2;
const AT_SAK = DATA + 4;
const AT_UID_LENGTH = DATA + 5;
const AT_UID = DATA + 6;

/**
 * Owns the chip behind `link`; `initialise` before anything else. `decrement` and `restore` may be
 * `Ok` although the card has gone: the chip cannot tell its silence from that which means success.
 * The transfer that must follow tells.
 */
export function createPn532(link: Pn532Link, clock: Clock): CardReader {
  const chip = createPn532Exchange(link, clock);
  /** A card may be beyond IDLE. Whether the chip wakes halted cards is not documented, so such a
   * card is brought back by its field. Also shows a newcomer beside it. */
  let isCardTouched = false;

  function initialise(): Status {
    chip.wakeUp();
    isCardTouched = false;
    // Normal mode: there is no security module.
    frame[DATA] = 1;
    let status = chip.run(Command.SAM_CONFIGURATION, 1, 0);
    // No ATR_REQ and RATS behind the selection.
    frame[DATA] = 0;
    if (status === Status.Ok) status = chip.run(Command.SET_PARAMETERS, 1, 0);
    if (status === Status.Ok) status = configure(ITEM_TIMINGS, 4, RAW_TIMEOUT_1600_US);
    // The chip must repeat nothing by itself.
    if (status === Status.Ok) status = configure(ITEM_RETRIES_COM, 2, 0);
    if (status === Status.Ok) status = configure(ITEM_RETRIES, 4, 0);
    return status === Status.Ok ? resetField() : status;
  }

  /** One item of the RF configuration; all its values but the last are 0. */
  function configure(item: number, parameterBytes: number, last: number): Status {
    fillBytes(frame, DATA, parameterBytes, 0);
    frame[DATA] = item;
    frame[DATA + parameterBytes - 1] = last;
    return chip.run(Command.RF_CONFIGURATION, parameterBytes, 0);
  }

  function setField(isOn: boolean): Status {
    isCardTouched = isCardTouched && isOn;
    return configure(ITEM_FIELD, 2, isOn ? 1 : 0);
  }

  /** Brings all cards to IDLE. */
  function resetField(): Status {
    let status = setField(false);
    clock.waitMs(FIELD_OFF_MS);
    if (status === Status.Ok) status = setField(true);
    clock.waitMs(FIELD_READY_MS);
    return status;
  }

  function select(card: SelectedCard): Status {
    let status = isCardTouched ? resetField() : Status.Ok;
    frame[DATA] = LISTED_TARGETS;
    frame[DATA + 1] = BAUD_106_TYPE_A;
    if (status === Status.Ok) status = chip.run(Command.LIST_PASSIVE_TARGET, 2, LIST_BYTES_MAX);
    if (status !== Status.Ok) return status;
    if (reply[DATA] === 0) return Status.NoCard;
    isCardTouched = true;
    if (reply[DATA] !== 1) return Status.Collision;
    const uidLengthBytes = reply[AT_UID_LENGTH];
    if (uidLengthBytes !== 4 && uidLengthBytes !== 7) return Status.Unsupported;
    const atqa = reply[AT_ATQA] * 256 + reply[AT_ATQA + 1];
    const sak = reply[AT_SAK];
    fillBytes(reply, AT_UID + uidLengthBytes, 7 - uidLengthBytes, 0);
    copyBytes(reply, AT_UID, card.uid, 0, 7);
    // The look for a second card has halted the first.
    frame[DATA] = TARGET;
    status = runOnCard(Command.SELECT, 1, 0);
    if (status !== Status.Ok) return status;
    card.atqa = atqa;
    card.sak = sak;
    card.uidLengthBytes = uidLengthBytes;
    return Status.Ok;
  }

  /** Runs a command whose answer is a status byte and, if that is 0, `answerBytes` bytes. */
  function runOnCard(code: number, parameterBytes: number, answerBytes: number): Status {
    let status = chip.run(code, parameterBytes, answerBytes + 1);
    if (status === Status.Ok) status = statusOf(reply[DATA] & CODE_MASK);
    if (status !== Status.Ok) return status;
    return chip.answerLength() === answerBytes + 1 ? Status.Ok : Status.BadAnswer;
  }

  /** A card command; its arguments stand from `frame[DATA + 3]` on. */
  function command(code: number, blockIndex: number, bytes: number, answerBytes: number): Status {
    frame[DATA] = TARGET;
    frame[DATA + 1] = code;
    frame[DATA + 2] = blockIndex;
    return runOnCard(Command.DATA_EXCHANGE, bytes + 3, answerBytes);
  }

  function authenticate(
    card: SelectedCard,
    blockIndex: number,
    keyType: KeyType,
    key: Bytes,
    keyOffset: number,
  ): Status {
    copyBytes(key, keyOffset, frame, DATA + 3, 6);
    // Crypto1 takes the last four bytes of the UID, whatever its length.
    copyBytes(card.uid, card.uidLengthBytes - 4, frame, DATA + 9, 4);
    const status = command(keyType, blockIndex, 10, 0);
    return status === Status.Ok || status === Status.ReaderFault ? status : Status.AuthFailed;
  }

  function readBlock(blockIndex: number, out: Bytes, outOffset: number): Status {
    const status = command(CardCommand.READ, blockIndex, 0, 16);
    if (status === Status.Ok) copyBytes(reply, DATA + 1, out, outOffset, 16);
    return status;
  }

  function writeBlock(blockIndex: number, from: Bytes, fromOffset: number): Status {
    copyBytes(from, fromOffset, frame, DATA + 3, 16);
    return command(CardCommand.WRITE, blockIndex, 16, 0);
  }

  /** Both parts in one exchange. Whether the silence after the second is a success to the chip or
   * a timeout is not documented, so both are taken for it: nothing has been stored yet. */
  function changeValue(code: number, blockIndex: number, operand: number): Status {
    putUint(frame, DATA + 3, 4, operand);
    const status = command(code, blockIndex, 4, 0);
    return status === Status.CardLost ? Status.Ok : status;
  }

  function probeMagic(): Status {
    let status = isCardTouched ? resetField() : Status.Ok;
    if (status === Status.Ok) status = setFraming(0, SHORT_FRAME_BITS);
    if (status !== Status.Ok) return status;
    frame[DATA] = CardCommand.MAGIC_WAKE_UP;
    const answered = runOnCard(Command.COMMUNICATE_THRU, 1, 1);
    const isMagic = answered === Status.Ok && (reply[DATA + 1] & 15) === ACK;
    isCardTouched = answered !== Status.CardLost;
    status = setFraming(CRC_ON, 0);
    if (answered === Status.ReaderFault) return answered;
    if (status !== Status.Ok) return status;
    if (isMagic) return Status.MagicCard;
    return answered === Status.CardLost ? Status.Ok : Status.BadAnswer;
  }

  /** CRC of raw frames, and how many bits of their last byte are sent (0: all). */
  function setFraming(mode: number, lastBits: number): Status {
    setRegister(0, TX_MODE, mode);
    setRegister(3, RX_MODE, mode);
    setRegister(6, BIT_FRAMING, lastBits);
    return chip.run(Command.WRITE_REGISTER, 9, 0);
  }

  return {
    initialise,
    setField,
    select,
    authenticate,
    readBlock,
    writeBlock,
    decrement: (blockIndex, amount) => changeValue(CardCommand.DECREMENT, blockIndex, amount),
    restore: (blockIndex) => changeValue(CardCommand.RESTORE, blockIndex, 0),
    transfer: (blockIndex) => command(CardCommand.TRANSFER, blockIndex, 0, 0),
    halt: () => {
      frame[DATA] = TARGET;
      return runOnCard(Command.DESELECT, 1, 0);
    },
    probeMagic,
  };
}

function setRegister(offset: number, low: number, value: number): void {
  frame[DATA + offset] = REGISTERS_HIGH;
  frame[DATA + offset + 1] = low;
  frame[DATA + offset + 2] = value;
}

function statusOf(error: number): Status {
  if (error === 0) return Status.Ok;
  if (error === ChipError.TIMEOUT) return Status.CardLost;
  if (error === ChipError.MIFARE_REFUSED) return Status.Nak;
  if (error === ChipError.MIFARE_AUTHENTICATION) return Status.AuthFailed;
  const isBadAnswer =
    error <= ChipError.LAST_OF_FRAME ||
    error === ChipError.RF_PROTOCOL ||
    error === ChipError.UID_CHECK_BYTE;
  return isBadAnswer ? Status.BadAnswer : Status.ReaderFault;
}
