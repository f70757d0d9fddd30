/** The 64-byte FIFO of the MFRC522 (data sheet rev 3.9, section 8.3). */

export const FIFO_SIZE_BYTES = 64;

export class Mfrc522Fifo {
  count = 0;
  private readonly bytes = new Uint8Array(FIFO_SIZE_BYTES);
  private first = 0;

  /** False, and the byte is lost, when the FIFO is full. */
  push(byte: number): boolean {
    if (this.count === FIFO_SIZE_BYTES) return false;
    this.bytes[(this.first + this.count) % FIFO_SIZE_BYTES] = byte;
    this.count++;
    return true;
  }

  /** 0 when the FIFO is empty. */
  pop(): number {
    if (this.count === 0) return 0;
    const byte = this.bytes[this.first];
    this.first = (this.first + 1) % FIFO_SIZE_BYTES;
    this.count--;
    return byte;
  }

  clear(): void {
    this.count = 0;
    this.first = 0;
  }
}
