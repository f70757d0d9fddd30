/**
 * A reader whose calls reach a `QuickCard` without a radio: the same exchanges in the same order
 * as the MFRC522 driver makes them, each a place where the exchange may be disturbed, and the
 * status that the driver gives then. A test holds the two against each other.
 */
import type { Bytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import { type CardReader, KeyType, type SelectedCard } from "../../firmware/hal/card-reader";
import type { VirtualClock } from "../clock";
import type { STUCK, TearModel } from "../eeprom";
import { PowerCut } from "../nor-flash";
import type { Rng } from "../rng";
import { type ExchangeFaultName, type FaultSource, PlaceKind } from "./faults";
import { Command, type QuickCard, Reply } from "./quick-card";

/** An exchange on the air and on the bus, about; the EEPROM's work comes on top. */
const EXCHANGE_US = 1500;
/** Without an answer the driver waits a little. */
const SILENCE_US = 7000;
/** Of the 15 values that are no ACK, four have none of its bits and pass as NAK. */
const NAK_SHARE = 4 / 15;
const NO_BYTES: Bytes = new Uint8Array(0);

/** What the reader heard. */
const enum Heard {
  Silence,
  Fine,
  Nak,
  /** Something that is no answer. */
  Broken,
}

export class QuickReader implements CardReader {
  /** Where the next faults come from; may be replaced at any time. */
  faults: FaultSource | undefined;
  /** Exchanges so far. */
  exchangeCount = 0;
  /** Called before each exchange, for whoever acts between two commands. */
  onExchange: ((command: Command, block: number) => void) | undefined;
  private card: QuickCard | undefined;
  /** The card of the last answer, which may have left since. */
  private answering: QuickCard | undefined;
  private isFieldOn = false;
  private isCardAwake = false;
  /** The key streams of reader and card agree. */
  private isInStep = true;
  private isCutToFollow = false;
  private willNakLookFine = false;

  /** `rng` decides what a NAK looks like out of step; replaced to repeat a run. */
  constructor(
    private readonly clock: VirtualClock,
    public rng: Rng,
  ) {}

  /** The card in the field, if any. */
  get present(): QuickCard | undefined {
    return this.card;
  }

  addCard(card: QuickCard): void {
    if (this.card !== undefined) throw new Error("the quick reader has room for one card");
    this.card = card;
    card.eeprom.onWrite = (block) => this.tearOfWrite(block);
    if (this.isFieldOn) this.power();
  }

  removeCard(): void {
    const card = this.card;
    this.card = undefined;
    if (this.isFieldOn) card?.powerOff();
  }

  /** The pad lost power, and the card its field. */
  powerOff(): void {
    this.setField(false);
    this.isInStep = true;
  }

  initialise(): Status {
    this.setField(false);
    return this.setField(true);
  }

  setField(isOn: boolean): Status {
    this.isCardAwake = this.isCardAwake && isOn;
    if (isOn === this.isFieldOn) return Status.Ok;
    this.isFieldOn = isOn;
    if (isOn) this.power();
    else this.card?.powerOff();
    return Status.Ok;
  }

  select(card: SelectedCard): Status {
    const woken = this.wakeUp(Command.Wupa);
    if (woken !== Status.Ok) return woken;
    const found = this.answering as QuickCard;
    for (let level = 0; level < found.cascadeLevels; level++) {
      let heard = this.exchange(Command.Anticollision, 0, NO_BYTES, 0);
      if (heard === Heard.Fine) heard = this.exchange(Command.Select, 0, NO_BYTES, 0);
      if (heard !== Heard.Fine) return failureOf(heard);
    }
    const { uidLengthBytes } = found;
    for (let i = 0; i < card.uid.length; i++) card.uid[i] = i < uidLengthBytes ? found.image[i] : 0;
    card.uidLengthBytes = uidLengthBytes;
    card.atqa = uidLengthBytes === 4 ? 0x0004 : 0x0044;
    card.sak = found.sak;
    return Status.Ok;
  }

  authenticate(
    _card: SelectedCard,
    blockIndex: number,
    keyType: KeyType,
    key: Bytes,
    keyOffset: number,
  ): Status {
    const command = keyType === KeyType.A ? Command.AuthenticateA : Command.AuthenticateB;
    let heard = this.exchange(command, blockIndex, NO_BYTES, 0);
    if (heard === Heard.Fine) heard = this.exchange(Command.ReaderAnswer, 0, key, keyOffset);
    if (heard !== Heard.Fine) return Status.AuthFailed;
    this.isInStep = true;
    return Status.Ok;
  }

  readBlock(blockIndex: number, out: Bytes, outOffset: number): Status {
    const heard = this.exchange(Command.Read, blockIndex, NO_BYTES, 0);
    if (heard !== Heard.Fine) return failureOf(heard);
    const { block } = this.answering as QuickCard;
    for (let i = 0; i < block.length; i++) out[outOffset + i] = block[i];
    return Status.Ok;
  }

  writeBlock(blockIndex: number, from: Bytes, fromOffset: number): Status {
    let heard = this.exchange(Command.Write, blockIndex, NO_BYTES, 0);
    if (heard === Heard.Fine) heard = this.exchange(Command.WriteData, 0, from, fromOffset);
    return statusOf(heard);
  }

  decrement(blockIndex: number, amount: number): Status {
    return this.changeValue(Command.Decrement, blockIndex, amount);
  }

  /** Not of the pad's interface: what somebody with the keys and a reader of his own can do. */
  increment(blockIndex: number, amount: number): Status {
    return this.changeValue(Command.Increment, blockIndex, amount);
  }

  restore(blockIndex: number): Status {
    return this.changeValue(Command.Restore, blockIndex, 0);
  }

  transfer(blockIndex: number): Status {
    return statusOf(this.exchange(Command.Transfer, blockIndex, NO_BYTES, 0));
  }

  halt(): Status {
    const heard = this.exchange(Command.Halt, 0, NO_BYTES, 0);
    this.isCardAwake = heard !== Heard.Silence;
    return heard === Heard.Silence ? Status.Ok : refusalOf(heard);
  }

  probeMagic(): Status {
    const woken = this.wakeUp(Command.MagicWakeUp);
    if (woken === Status.NoCard) return Status.Ok;
    return woken === Status.Ok ? Status.MagicCard : woken;
  }

  private power(): void {
    this.card?.powerOn(() => this.removeCard());
  }

  private wakeUp(command: Command): Status {
    if (this.isCardAwake) this.halt();
    // A short frame is sent in the clear.
    this.isInStep = true;
    const heard = this.exchange(command, 0, NO_BYTES, 0);
    this.isCardAwake = heard !== Heard.Silence;
    if (heard === Heard.Fine) return Status.Ok;
    return heard === Heard.Silence ? Status.NoCard : Status.BadAnswer;
  }

  private changeValue(command: Command, blockIndex: number, amount: number): Status {
    const heard = this.exchange(command, blockIndex, NO_BYTES, 0);
    if (heard !== Heard.Fine) return failureOf(heard);
    const operand = [amount & 255, (amount >> 8) & 255, (amount >> 16) & 255, (amount >> 24) & 255];
    const answer = this.exchange(Command.Operand, blockIndex, operand, 0);
    return answer === Heard.Silence ? Status.Ok : refusalOf(answer);
  }

  /** One frame out, and what comes back. */
  private exchange(
    command: Command,
    block: number,
    data: ArrayLike<number>,
    offset: number,
  ): Heard {
    this.exchangeCount++;
    this.onExchange?.(command, block);
    const isOperand = command === Command.Operand;
    const kind = isOperand ? PlaceKind.Operand : PlaceKind.Exchange;
    const fault = this.faults?.take(kind, command, block) as ExchangeFaultName | undefined;
    this.clock.advance(EXCHANGE_US);
    if (fault === "cut") throw new PowerCut("cut before an exchange");
    if (fault === "pull") this.removeCard();
    if (fault === "commandLostFalseAck") this.willNakLookFine = true;
    const isLost = fault === "commandLost" || fault === "commandLostFalseAck";
    const isHeard = this.card !== undefined && this.isFieldOn && !isLost;
    let heard = isHeard
      ? this.ask(command, block, data, offset, fault === "commandBitError")
      : Heard.Silence;
    if (isLost) this.isInStep = false;
    if (fault === "answerBitError" && heard === Heard.Fine) heard = Heard.Broken;
    if (fault === "answerLost") {
      this.isInStep = false;
      heard = Heard.Silence;
    }
    if (heard === Heard.Silence) this.clock.advance(isOperand ? EXCHANGE_US : SILENCE_US);
    return heard;
  }

  private ask(
    command: Command,
    block: number,
    data: ArrayLike<number>,
    offset: number,
    isBroken: boolean,
  ): Heard {
    const card = this.card as QuickCard;
    this.answering = card;
    const isOutOfStep = !this.isInStep;
    if (isBroken || isOutOfStep) {
      const reply = card.receiveBroken();
      if (reply === Reply.Silence) return Heard.Silence;
      return isOutOfStep ? this.guessNibble(command) : Heard.Nak;
    }
    const reply = card.receive(command, block, data, offset);
    if (card.busyUs > 0) this.awaitEeprom(card.busyUs);
    // The card left while it was working.
    if (this.card !== card) return Heard.Silence;
    if (reply === Reply.Silence) return Heard.Silence;
    return reply === Reply.Fine ? Heard.Fine : Heard.Nak;
  }

  private tearOfWrite(block: number): TearModel | typeof STUCK | undefined {
    const fault = this.faults?.take(PlaceKind.EepromWrite, 0, block);
    if (fault === undefined) return undefined;
    this.isCutToFollow = fault.endsWith("Cut");
    return (this.isCutToFollow ? fault.slice(0, -"Cut".length) : fault) as TearModel;
  }

  private awaitEeprom(durationUs: number): void {
    this.clock.advance(durationUs);
    if (!this.isCutToFollow) return;
    this.isCutToFollow = false;
    throw new PowerCut("cut while a card was written");
  }

  /**
   * Out of step the card's NAK decrypts to any of 16 values, one of which is the ACK: a fault of
   * its own. Where a data block was wanted, four bits count as NAK whatever they are.
   */
  private guessNibble(command: Command): Heard {
    const looksFine = this.willNakLookFine;
    this.willNakLookFine = false;
    if (command === Command.Read) return Heard.Nak;
    if (looksFine) return Heard.Fine;
    return this.rng.chance(NAK_SHARE) ? Heard.Nak : Heard.Broken;
  }
}

function statusOf(heard: Heard): Status {
  return heard === Heard.Fine ? Status.Ok : failureOf(heard);
}

function failureOf(heard: Heard): Status {
  return heard === Heard.Silence ? Status.CardLost : refusalOf(heard);
}

function refusalOf(heard: Heard): Status {
  return heard === Heard.Nak ? Status.Nak : Status.BadAnswer;
}
