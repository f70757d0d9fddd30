/**
 * The contactless unit of the PN532: one frame out, one answer or silence back. What the chip's
 * firmware does with a card is written as procedures that yield what they want from the air, so
 * that all of it happens in virtual time and can be broken off at any point.
 */

import type { Crypto1 } from "mifare-classic-crypto1";
import type { CancelEvent, VirtualClock } from "./clock";
import { decryptInPlace, encryptInPlace } from "./crypto1-frame";
import { copyFrame, createFrame, ETU_US, hasPlainParity, type RfFrame } from "./rf";
import type { RfField, RfListener } from "./rf-field";

/** From one thing to the next in the chip's 80C51; also the 86 us that a card needs after its
 * answer (ISO/IEC 14443-3, 6.2.1.2). An assumption. */
const FIRMWARE_STEP_US = 120;

/** What a procedure may ask for: a frame on the air and its answer, or only time. */
export interface AirRequest {
  frame: RfFrame | undefined;
  timeoutUs: number;
}

/** An answer as the unit hands it over: decrypted when the session says so. */
export interface Heard {
  frame: RfFrame;
  collisionBit: number;
  isParityGood: boolean;
}

export type Procedure<T> = Generator<AirRequest, T, Heard | undefined>;

export class Pn532Air implements RfListener {
  /** Set while MFCrypto1On is: frames go and come encrypted. */
  cipher: Crypto1 | undefined;
  private readonly outgoing = createFrame();
  private readonly incoming = createFrame();
  private procedure: Procedure<void> | undefined;
  private timeoutUs = 0;
  private cancelTimer: CancelEvent | undefined;

  constructor(
    private readonly clock: VirtualClock,
    private readonly field: RfField,
  ) {}

  /** Starts a procedure; what was under way ends. */
  run(procedure: Procedure<void>): void {
    this.abort();
    this.procedure = procedure;
    this.goOn(undefined);
  }

  abort(): void {
    this.procedure = undefined;
    this.cancelTimer?.();
    this.field.stopListening();
  }

  transmissionEnded(): void {
    this.cancelTimer = this.clock.after(this.timeoutUs, () => {
      this.field.stopListening();
      this.goOn(undefined);
    });
  }

  receptionBegan(): void {
    this.cancelTimer?.();
  }

  received(answer: RfFrame, collisionBit: number): void {
    this.cancelTimer?.();
    copyFrame(answer, this.incoming);
    this.goOn({ frame: this.incoming, collisionBit, isParityGood: true });
  }

  private goOn(heard: Heard | undefined): void {
    const next = this.procedure?.next(heard);
    if (next === undefined) return;
    if (next.done === true) {
      this.procedure = undefined;
      return;
    }
    const { frame, timeoutUs } = next.value;
    if (frame === undefined) {
      this.cancelTimer = this.clock.after(timeoutUs, () => this.goOn(undefined));
      return;
    }
    copyFrame(frame, this.outgoing);
    this.timeoutUs = timeoutUs;
    this.cancelTimer = this.clock.at(nextBitUs(this.clock.nowUs + FIRMWARE_STEP_US), () => {
      this.field.transmit(this.outgoing, this);
    });
  }

  /** An exchange of the session, or a plain one when there is none. */
  *exchange(frame: RfFrame, timeoutUs: number): Procedure<Heard | undefined> {
    const { cipher } = this;
    this.encrypt(frame);
    const heard = yield { frame, timeoutUs };
    if (heard === undefined) return undefined;
    // Bits behind a collision tell nothing.
    const cleanBytes = (heard.frame.firstBit + heard.collisionBit) >> 3;
    heard.isParityGood =
      cipher !== undefined
        ? decryptInPlace(cipher, heard.frame)
        : hasPlainParity(heard.frame, heard.collisionBit < 0 ? undefined : cleanBytes);
    return heard;
  }

  *pause(durationUs: number): Procedure<void> {
    yield { frame: undefined, timeoutUs: durationUs };
  }

  encrypt(frame: RfFrame): void {
    if (this.cipher !== undefined) encryptInPlace(this.cipher, frame);
  }
}

/** The transmitter begins with a bit of its own clock, which is also the card's. */
function nextBitUs(timeUs: number): number {
  return Math.ceil(timeUs / ETU_US) * ETU_US;
}
