/**
 * The air between one reader and any number of cards: power, frame durations, collisions bit by
 * bit, and the faults a test orders. A card is there or not at the microsecond it matters: it
 * hears a command only if it had power all along, and an answer breaks off when it leaves.
 */

import type { CancelEvent, VirtualClock } from "./clock";
import {
  CARD_TO_READER_GAP_US,
  cardFrameUs,
  copyFrame,
  createFrame,
  ETU_US,
  flipBit,
  frameLengthBytes,
  fullByteCount,
  type RfFrame,
  readerFrameUs,
} from "./rf";

/** The receiver knows that a frame has begun after the start bit and four data bits. */
const RECEPTION_KNOWN_US = 5 * ETU_US;

/** Answers that begin within half a bit of each other are superposed, as in anticollision. */
const SAME_START_US = ETU_US / 2;

/** A contactless card as the field sees it. */
export interface RfCard {
  /** Field on. `leaveField` takes the card out of it, for tears that the card itself triggers. */
  powerOn(leaveField: () => void): void;
  /** Field gone. Whatever the card was doing stops here. */
  powerOff(): void;
  /** A whole command has arrived now, sent since `startUs`. True: `answer` follows. */
  receive(command: RfFrame, startUs: number): boolean;
  /** Valid after `receive` returned true, until the next command. */
  readonly answer: RfFrame;
  /** From the end of the command to the begin of the answer. */
  readonly answerDelayUs: number;
}

/** What a test may do to one exchange. `bit` counts data bits on the air from 0. */
export type ExchangeFault =
  | { kind: "loseCommand" }
  | { kind: "loseAnswer" }
  | { kind: "flipCommandBit"; bit: number }
  | { kind: "flipAnswerBit"; bit: number }
  | { kind: "lateAnswer"; delayUs: number }
  /** All cards leave `delayUs` after the last bit of the command; negative: while it is sent. */
  | { kind: "removeCards"; delayUs: number };

/** The reader's receiver. */
export interface RfListener {
  transmissionEnded(): void;
  /** An answer has begun: its fifth bit is in. */
  receptionBegan(): void;
  /** The answer as received; `collisionBit` is its first collided data bit, or -1. */
  received(answer: RfFrame, collisionBit: number): void;
}

export interface RfStatistics {
  exchanges: number;
  bytesToCards: number;
  bytesFromCards: number;
  airtimeUs: number;
  /** Commands sent sooner after an answer than 1172/fc; no card hears such a command. */
  hastyCommands: number;
}

export class RfField {
  readonly statistics: RfStatistics = {
    exchanges: 0,
    bytesToCards: 0,
    bytesFromCards: 0,
    airtimeUs: 0,
    hastyCommands: 0,
  };
  /** Asked at each command with its number, 1 for the first since the field was made. */
  onExchange: ((exchange: number) => ExchangeFault | undefined) | undefined;

  private isFieldOn = false;
  private readonly present: RfCard[] = [];
  private readonly poweredSinceUs = new Map<RfCard, number>();
  private readonly command = createFrame();
  private readonly answer = createFrame();
  private readonly answering: RfCard[] = [];
  private listener: RfListener | undefined;
  private fault: ExchangeFault | undefined;
  private commandStartUs = 0;
  private isHasty = false;
  private answerStartUs = 0;
  private lastAnswerEndUs = Number.NEGATIVE_INFINITY;
  private collisionBit = -1;
  private isAnswerOnAir = false;
  private cancelNext: CancelEvent | undefined;
  private cancelReceptionBegan: CancelEvent | undefined;

  constructor(private readonly clock: VirtualClock) {}

  get isOn(): boolean {
    return this.isFieldOn;
  }

  get cards(): readonly RfCard[] {
    return this.present;
  }

  setOn(isOn: boolean): void {
    if (isOn === this.isFieldOn) return;
    this.isFieldOn = isOn;
    for (const card of [...this.present]) {
      if (isOn) this.power(card);
      else this.unpower(card);
    }
  }

  addCard(card: RfCard): void {
    if (this.present.includes(card)) throw new Error("this card is in the field already");
    this.present.push(card);
    if (this.isFieldOn) this.power(card);
  }

  /** Does nothing when the card is not in the field. */
  removeCard(card: RfCard): void {
    const index = this.present.indexOf(card);
    if (index < 0) return;
    this.present.splice(index, 1);
    if (this.isFieldOn) this.unpower(card);
  }

  addCardAt(timeUs: number, card: RfCard): CancelEvent {
    return this.clock.at(timeUs, () => this.addCard(card));
  }

  removeCardAt(timeUs: number, card: RfCard): CancelEvent {
    return this.clock.at(timeUs, () => this.removeCard(card));
  }

  /**
   * Begins to send `frame` now; the frame is copied. A command sent before the answer to the last
   * one has come ends the wait for it, but not what the card is doing.
   */
  transmit(frame: RfFrame, listener: RfListener): void {
    this.stopListening();
    copyFrame(frame, this.command);
    this.listener = listener;
    this.commandStartUs = this.clock.nowUs;
    this.isHasty = this.commandStartUs < this.lastAnswerEndUs + CARD_TO_READER_GAP_US - 1e-6;
    const durationUs = readerFrameUs(frame);
    this.count(frame, durationUs);
    this.fault = this.onExchange?.(this.statistics.exchanges);
    this.prepareFault(this.commandStartUs + durationUs);
    this.cancelNext = this.clock.after(durationUs, () => this.deliver());
  }

  /** The reader no longer waits for an answer. */
  stopListening(): void {
    this.cancelNext?.();
    this.cancelReceptionBegan?.();
    this.cancelNext = undefined;
    this.cancelReceptionBegan = undefined;
    if (this.isAnswerOnAir) this.lastAnswerEndUs = this.clock.nowUs;
    this.isAnswerOnAir = false;
    this.answering.length = 0;
    this.listener = undefined;
  }

  private power(card: RfCard): void {
    this.poweredSinceUs.set(card, this.clock.nowUs);
    card.powerOn(() => this.removeCard(card));
  }

  private unpower(card: RfCard): void {
    this.poweredSinceUs.delete(card);
    card.powerOff();
    const index = this.answering.indexOf(card);
    if (index < 0) return;
    this.answering.splice(index, 1);
    if (this.isAnswerOnAir && this.answering.length === 0) this.breakOffAnswer();
  }

  private count(frame: RfFrame, durationUs: number): void {
    this.statistics.exchanges++;
    this.statistics.bytesToCards += frameLengthBytes(frame);
    this.statistics.airtimeUs += durationUs;
    if (this.isHasty) this.statistics.hastyCommands++;
  }

  private prepareFault(endUs: number): void {
    const fault = this.fault;
    if (fault?.kind === "flipCommandBit") flipBit(this.command, fault.bit);
    if (fault?.kind !== "removeCards") return;
    this.clock.at(endUs + fault.delayUs, () => {
      for (const card of [...this.present]) this.removeCard(card);
    });
  }

  /** The last bit of the command has gone out. */
  private deliver(): void {
    this.cancelNext = undefined;
    const listener = this.listener;
    listener?.transmissionEnded();
    if (this.listener !== listener || !this.isFieldOn || this.isHasty) return;
    if (this.fault?.kind !== "loseCommand") this.askCards();
    if (this.answering.length === 0 || this.fault?.kind === "loseAnswer") return;
    const lateUs = this.fault?.kind === "lateAnswer" ? this.fault.delayUs : 0;
    let delayUs = Number.POSITIVE_INFINITY;
    for (const card of this.answering) delayUs = Math.min(delayUs, card.answerDelayUs);
    this.cancelNext = this.clock.after(delayUs + lateUs, () => this.beginAnswer(delayUs));
  }

  private askCards(): void {
    for (const card of [...this.present]) {
      const hasHeardAll = this.poweredSinceUs.get(card)! <= this.commandStartUs;
      if (hasHeardAll && card.receive(this.command, this.commandStartUs)) this.answering.push(card);
    }
  }

  private beginAnswer(firstDelayUs: number): void {
    this.cancelNext = undefined;
    if (this.answering.length === 0) return;
    this.superpose(firstDelayUs);
    if (this.fault?.kind === "flipAnswerBit") flipBit(this.answer, this.fault.bit);
    const durationUs = cardFrameUs(this.answer);
    this.isAnswerOnAir = true;
    this.answerStartUs = this.clock.nowUs;
    this.cancelReceptionBegan = this.clock.after(RECEPTION_KNOWN_US, () =>
      this.listener?.receptionBegan(),
    );
    this.cancelNext = this.clock.after(durationUs, () => this.endAnswer());
  }

  private superpose(firstDelayUs: number): void {
    this.collisionBit = -1;
    this.answer.bitCount = 0;
    for (const card of this.answering) {
      const offsetUs = card.answerDelayUs - firstDelayUs;
      if (offsetUs <= SAME_START_US) this.overlay(card.answer);
    }
    for (const card of this.answering) {
      const offsetUs = card.answerDelayUs - firstDelayUs;
      if (offsetUs > SAME_START_US) this.noteCollision(Math.floor(offsetUs / ETU_US));
    }
  }

  /** Two subcarriers at once: a bit is sure only where both cards send the same. */
  private overlay(frame: RfFrame): void {
    const answer = this.answer;
    if (answer.bitCount === 0) {
      copyFrame(frame, answer);
      return;
    }
    const sharedBits = Math.min(answer.bitCount, frame.bitCount);
    for (let bit = 0; bit < sharedBits; bit++) {
      const place = answer.firstBit + bit;
      if (((answer.bytes[place >> 3] ^ frame.bytes[place >> 3]) >> (place & 7)) & 1) {
        this.noteCollision(bit);
        break;
      }
    }
    const lengthBytes = frameLengthBytes(frame);
    const oldLengthBytes = frameLengthBytes(answer);
    for (let index = 0; index < lengthBytes; index++) {
      answer.bytes[index] = frame.bytes[index] | (index < oldLengthBytes ? answer.bytes[index] : 0);
    }
    answer.bitCount = Math.max(answer.bitCount, frame.bitCount);
  }

  private noteCollision(bit: number): void {
    if (bit >= this.answer.bitCount) return;
    this.collisionBit = this.collisionBit < 0 ? bit : Math.min(this.collisionBit, bit);
  }

  private endAnswer(): void {
    const listener = this.listener;
    this.isAnswerOnAir = false;
    this.lastAnswerEndUs = this.clock.nowUs;
    this.cancelNext = undefined;
    this.cancelReceptionBegan = undefined;
    this.answering.length = 0;
    this.statistics.bytesFromCards += frameLengthBytes(this.answer);
    this.statistics.airtimeUs += this.clock.nowUs - this.answerStartUs;
    this.listener = undefined;
    listener?.received(this.answer, this.collisionBit);
  }

  /** The card left while answering: the receiver keeps the bits that were out. */
  private breakOffAnswer(): void {
    const bitsOut = Math.floor((this.clock.nowUs - this.answerStartUs) / ETU_US) - 1;
    const dataBits = bitsOut - Math.floor((bitsOut + this.answer.firstBit) / 9);
    this.cancelNext?.();
    this.cancelReceptionBegan?.();
    if (dataBits <= 0) {
      this.isAnswerOnAir = false;
      this.lastAnswerEndUs = this.clock.nowUs;
      return;
    }
    this.answer.bitCount = Math.min(this.answer.bitCount, dataBits);
    if (this.answer.bitCount >= 8 && this.answer.firstBit === 0) this.clearUnsentParity(bitsOut);
    this.endAnswer();
  }

  /** A byte whose eight bits are out but not its parity bit reads as parity 0. */
  private clearUnsentParity(bitsOut: number): void {
    const count = fullByteCount(this.answer);
    if (bitsOut % 9 === 8 && count > 0) this.answer.parity[count - 1] = 0;
  }
}
