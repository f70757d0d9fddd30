/** A simulated 4 x 4 key matrix: pressing joins a row, driven low, to a column, which is read. */
const LEGEND = "123A456B789C*0#D";

export class SimKeypad {
  private pressed = -1;

  /** `key` is the character printed on it. */
  press(key: string): void {
    const index = LEGEND.indexOf(key);
    if (key.length !== 1 || index < 0) {
      throw new Error(`the pad has no key "${key}"; its keys are ${LEGEND.split("").join(" ")}`);
    }
    this.pressed = index;
  }

  release(): void {
    this.pressed = -1;
  }

  /** Bit i is 1 when column i reads low while the rows in `rowMask` are driven low. */
  columns(rowMask: number): number {
    if (this.pressed < 0) return 0;
    const row = Math.floor(this.pressed / 4);
    return (rowMask >> row) & 1 ? 1 << (this.pressed % 4) : 0;
  }
}
