/** Frames between host and PN532 (NXP UM0701-02, 6.2.1). */

export const ACK_FRAME = Uint8Array.of(0x00, 0x00, 0xff, 0x00, 0xff, 0x00);
/** Syntax error at application level: an unknown command or wrong parameters (6.2.1.5). */
export const ERROR_FRAME = Uint8Array.of(0x00, 0x00, 0xff, 0x01, 0xff, 0x7f, 0x81, 0x00);

const HOST_TO_CHIP = 0xd4;
const CHIP_TO_HOST = 0xd5;
/** Longer ones are extended frames. */
const NORMAL_LENGTH_MAX = 255;

/** What came from the host. */
export type HostFrame = { kind: "command"; code: number; data: Uint8Array } | HostSignal;
export type HostSignal = { kind: "ack" } | { kind: "nack" } | { kind: "broken" };

/** An answer to command `code`: `data` stands behind direction and code. */
export function answerFrame(code: number, data: ArrayLike<number>): Uint8Array {
  const body = [CHIP_TO_HOST, code + 1, ...Array.from(data)];
  const length = body.length;
  const head =
    length <= NORMAL_LENGTH_MAX
      ? [length, -length]
      : [0xff, 0xff, length >> 8, length, -((length >> 8) + length)];
  return Uint8Array.from([0x00, 0x00, 0xff, ...head, ...body, -sum(body), 0x00]);
}

/** Takes the host's bytes one by one; whatever stands before a start code is ignored. */
export class HostFrameParser {
  private bytes: number[] = [];

  /** The frame that this byte completes. */
  push(byte: number): HostFrame | undefined {
    this.bytes.push(byte);
    const bytes = this.bytes;
    if (bytes.length === 1 && byte !== 0x00) bytes.length = 0;
    // Any number of zeros may stand in front of the FF.
    if (bytes.length === 2 && byte === 0x00) bytes.length = 1;
    if (bytes.length === 2 && byte !== 0xff) bytes.length = 0;
    if (bytes.length < 4) return undefined;
    const frame = this.complete();
    if (frame !== undefined) this.bytes = [];
    return frame;
  }

  private complete(): HostFrame | undefined {
    const [, , length, check] = this.bytes;
    if (length === 0x00 && check === 0xff) return { kind: "ack" };
    if (length === 0xff && check === 0x00) return { kind: "nack" };
    if (length === 0xff && check === 0xff) return this.extended();
    if (((length + check) & 0xff) !== 0) return { kind: "broken" };
    return this.body(4, length);
  }

  private extended(): HostFrame | undefined {
    if (this.bytes.length < 7) return undefined;
    const [high, low, check] = this.bytes.slice(4);
    if (((high + low + check) & 0xff) !== 0) return { kind: "broken" };
    return this.body(7, high * 256 + low);
  }

  /** Complete with the checksum; the postamble behind it is a zero like any other. */
  private body(start: number, length: number): HostFrame | undefined {
    if (this.bytes.length < start + length + 1) return undefined;
    const body = this.bytes.slice(start, start + length + 1);
    const isGood = length >= 2 && body[0] === HOST_TO_CHIP && (sum(body) & 0xff) === 0;
    if (!isGood) return { kind: "broken" };
    return { kind: "command", code: body[1], data: Uint8Array.from(body.slice(2, length)) };
  }
}

function sum(bytes: readonly number[]): number {
  return bytes.reduce((total, byte) => total + byte, 0);
}
