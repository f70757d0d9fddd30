/**
 * The MFRC522 as a reader of MIFARE Classic cards: activation by ISO/IEC 14443-3, card commands by
 * MF1S50yyX_V1, section 9. Everything that touches the chip is in `mfrc522-exchange.ts`.
 */
import { type Bytes, copyBytes, fillBytes, newBytes, putUint } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import type { CardReader, KeyType, SelectedCard } from "../hal/card-reader";
import type { Clock } from "../hal/clock";
import type { SpiDevice } from "../hal/spi";
import { CARD_ANSWER_MS, EEPROM_ANSWER_MS, HALT_SILENCE_MS, VALUE_SILENCE_MS } from "../limits";
import { Answer, createMfrc522Exchange, newFrame } from "./mfrc522-exchange";

const enum CardCommand {
  WUPA = 0x52,
  SELECT_LEVEL_1 = 0x93,
  READ = 0x30,
  WRITE = 0xa0,
  DECREMENT = 0xc0,
  RESTORE = 0xc2,
  TRANSFER = 0xb0,
  HALT = 0x50,
  MAGIC_WAKE_UP = 0x40,
}

/** NVB of an anticollision command without known bits, and of a complete SELECT. */
const NVB_NOTHING_KNOWN = 0x20;
const NVB_COMPLETE = 0x70;

/** SAK bit 3: the UID goes on in the next cascade level (ISO/IEC 14443-3, 6.5.3.4). */
const SAK_CASCADE = 0x04;
const CASCADE_TAG = 0x88;
/** Two levels are the 7 bytes a `SelectedCard` holds; no MIFARE Classic has 10. */
const CASCADE_LEVEL_COUNT = 2;

/**
 * Owns the chip behind `spi`; `initialise` before anything else. Bounds of all waits and polls are
 * those of `firmware/limits.ts`. Beyond the contract, `select` gives `CardLost` or `BadAnswer` when
 * the card goes or is misunderstood half way, and `Unsupported` for a UID of 10 bytes.
 */
export function createMfrc522(spi: SpiDevice, clock: Clock): CardReader {
  const chip = createMfrc522Exchange(spi, clock);
  const shortFrame = newFrame(1);
  const commandFrame = newFrame(2);
  const operandFrame = newFrame(4);
  const selectFrame = newFrame(7);
  const keyFrame = newFrame(12);
  const blockFrame = newFrame(16);
  /** The four bytes of each cascade level, the cascade tag included; then zeros. */
  const levels = newBytes(8);
  /** A card may be beyond IDLE, where WUPA only sends it back instead of waking it. Stays set when
   * the field goes off in between: one HLTA too many does no harm. */
  let isCardAwake = false;

  /** A short frame to all cards in the field, none of them in a session. HLTA first brings an awake
   * card to HALT (or IDLE), so that it and a newcomer answer together and the collision is seen. */
  function wakeUp(command: number): Status {
    if (isCardAwake) halt();
    shortFrame[1] = command;
    const outcome = chip.sendShort(shortFrame);
    isCardAwake = outcome === Status.Ok;
    return outcome;
  }

  function select(card: SelectedCard): Status {
    let outcome = wakeUp(CardCommand.WUPA);
    if (outcome === Status.Ok) outcome = chip.take(Answer.Atqa);
    const atqa = outcome === Status.Ok ? chip.answer[1] + chip.answer[2] * 256 : 0;
    fillBytes(levels, 0, 8, 0);
    for (let level = 0; level < CASCADE_LEVEL_COUNT && outcome === Status.Ok; level++) {
      outcome = selectLevel(level);
      copyBytes(selectFrame, 3, levels, level * 4, 4);
      const sak = chip.answer[1];
      if (outcome === Status.Ok && (sak & SAK_CASCADE) === 0) {
        card.atqa = atqa;
        card.sak = sak;
        card.uidLengthBytes = 4 + level * 3;
        // Without the tag, two levels are the seven bytes from 1 on.
        copyBytes(levels, level, card.uid, 0, 7);
        return Status.Ok;
      }
      if (outcome === Status.Ok && selectFrame[3] !== CASCADE_TAG)
        outcome = chip.fail(Status.BadAnswer);
    }
    return outcome === Status.Ok ? chip.fail(Status.Unsupported) : outcome;
  }

  /** One cascade level; `selectFrame[3 .. 6]` then holds its four UID bytes, the answer the SAK. */
  function selectLevel(level: number): Status {
    const code = CardCommand.SELECT_LEVEL_1 + level * 2;
    const outcome = command(code, NVB_NOTHING_KNOWN, Answer.Uid, CARD_ANSWER_MS);
    if (outcome !== Status.Ok) return outcome;
    selectFrame[1] = code;
    selectFrame[2] = NVB_COMPLETE;
    // UID and BCC go back as they came.
    copyBytes(chip.answer, 1, selectFrame, 3, 5);
    if ((selectFrame[3] ^ selectFrame[4] ^ selectFrame[5] ^ selectFrame[6]) !== selectFrame[7]) {
      return chip.fail(Status.BadAnswer);
    }
    return chip.exchange(selectFrame, Answer.Sak, CARD_ANSWER_MS);
  }

  function authenticate(
    card: SelectedCard,
    blockIndex: number,
    keyType: KeyType,
    key: Bytes,
    keyOffset: number,
  ): Status {
    keyFrame[1] = keyType;
    keyFrame[2] = blockIndex;
    copyBytes(key, keyOffset, keyFrame, 3, 6);
    // Crypto1 takes the last four bytes of the UID, whatever its length.
    copyBytes(card.uid, card.uidLengthBytes - 4, keyFrame, 9, 4);
    return chip.forCrypto1(keyFrame);
  }

  function readBlock(blockIndex: number, out: Bytes, outOffset: number): Status {
    const outcome = command(CardCommand.READ, blockIndex, Answer.Block, CARD_ANSWER_MS);
    if (outcome === Status.Ok) copyBytes(chip.answer, 1, out, outOffset, 16);
    return outcome;
  }

  function command(code: number, argument: number, wanted: Answer, timeoutMs: number): Status {
    commandFrame[1] = code;
    commandFrame[2] = argument;
    return chip.exchange(commandFrame, wanted, timeoutMs);
  }

  function writeBlock(blockIndex: number, from: Bytes, fromOffset: number): Status {
    const outcome = command(CardCommand.WRITE, blockIndex, Answer.Ack, CARD_ANSWER_MS);
    copyBytes(from, fromOffset, blockFrame, 1, 16);
    return outcome === Status.Ok
      ? chip.exchange(blockFrame, Answer.Ack, EEPROM_ANSWER_MS)
      : outcome;
  }

  function changeValue(code: number, blockIndex: number, operand: number): Status {
    const outcome = command(code, blockIndex, Answer.Ack, CARD_ANSWER_MS);
    putUint(operandFrame, 1, 4, operand);
    return outcome === Status.Ok ? chip.forSilence(operandFrame, VALUE_SILENCE_MS) : outcome;
  }

  function halt(): Status {
    commandFrame[1] = CardCommand.HALT;
    commandFrame[2] = 0;
    const outcome = chip.forSilence(commandFrame, HALT_SILENCE_MS);
    isCardAwake = outcome !== Status.Ok;
    return outcome;
  }

  function probeMagic(): Status {
    let outcome = wakeUp(CardCommand.MAGIC_WAKE_UP);
    if (outcome === Status.NoCard) return Status.Ok;
    // Acknowledged is enough: gen1b chips do not even want the 0x43 that follows in gen1a tools.
    if (outcome === Status.Ok) outcome = chip.take(Answer.Ack);
    return outcome === Status.Ok ? Status.MagicCard : outcome;
  }

  return {
    initialise: chip.initialise,
    setField: (isOn) => {
      // Without field a card forgets that it was awake, and needs no HLTA at the next selection.
      isCardAwake = isCardAwake && isOn;
      return chip.setField(isOn);
    },
    select,
    authenticate,
    readBlock,
    writeBlock,
    decrement: (blockIndex, amount) => changeValue(CardCommand.DECREMENT, blockIndex, amount),
    restore: (blockIndex) => changeValue(CardCommand.RESTORE, blockIndex, 0),
    transfer: (blockIndex) =>
      command(CardCommand.TRANSFER, blockIndex, Answer.Ack, EEPROM_ANSWER_MS),
    halt,
    probeMagic,
  };
}
