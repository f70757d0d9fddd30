/**
 * The serial line between a simulated pad and whatever real program is at its other end. A program
 * lives in real time and the pad in virtual time, so the line hands over whole frames: virtual time
 * passes for the bytes on the wire and for the pad's work, and stands still while the program
 * thinks. That keeps a simulation the same however busy the computer is.
 */
import type { SimSerial } from "./board";
import type { PadMachine } from "./pad-machine";

/** One start bit, eight data bits, one stop bit. */
const BITS_PER_BYTE = 10;
/** A UART's receive buffer, about; bytes come in such portions. */
const PORTION_BYTES = 16;
/** Sealing a batch takes a pad less than that. */
const ANSWER_LIMIT_MS = 5000;
const STEP_MS = 5;
/** Frames end with a zero byte (docs/sync-protocol.md). */
const DELIMITER = 0;

export class SerialWire {
  bytesToPad = 0;
  bytesFromPad = 0;
  private waiting: number[] = [];
  private readonly byteMs: number;

  constructor(
    private readonly machine: PadMachine,
    private readonly line: SimSerial,
    baudRate: number,
  ) {
    this.byteMs = (BITS_PER_BYTE * 1000) / baudRate;
  }

  /** Takes what the program wrote; returns what the pad answered, empty until a frame is whole. */
  receive(bytes: Uint8Array): Uint8Array {
    this.waiting.push(...bytes);
    const isWhole = bytes.at(-1) === DELIMITER && this.waiting.some((byte) => byte !== DELIMITER);
    if (!isWhole) return new Uint8Array(0);
    const request = Uint8Array.from(this.waiting.splice(0));
    this.bytesToPad += request.length;
    for (let at = 0; at < request.length; at += PORTION_BYTES) {
      const portion = request.subarray(at, at + PORTION_BYTES);
      this.machine.runMs(portion.length * this.byteMs);
      this.line.send(portion);
    }
    const answer = this.awaitAnswer();
    this.bytesFromPad += answer.length;
    this.machine.runMs(answer.length * this.byteMs);
    return answer;
  }

  private awaitAnswer(): Uint8Array {
    const answer: number[] = [];
    for (let waitedMs = 0; waitedMs < ANSWER_LIMIT_MS; waitedMs += STEP_MS) {
      this.machine.runMs(STEP_MS);
      answer.push(...this.line.takeSent());
      if (answer.length > 1 && answer.at(-1) === DELIMITER) break;
    }
    return Uint8Array.from(answer);
  }
}
