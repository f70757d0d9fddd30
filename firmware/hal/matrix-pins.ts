/** The eight pins of a 4 x 4 key matrix. */
export interface MatrixPins {
  /** Drives the rows whose bit is set in `rowMask` low, lets the others float. */
  driveRows(rowMask: number): void;
  /** Bit i is 1 when column i reads low (pulled up otherwise). */
  readColumns(): number;
}
