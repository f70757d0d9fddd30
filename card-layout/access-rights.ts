/**
 * Which key may do what under each access condition (MF1S50yyX_V1, tables 6 and 7). The simulated
 * card obeys these tables; tests use them to show that no block of ours is a source for `restore`.
 */

/** A set of keys as two bits. */
export const enum Keys {
  None = 0,
  A = 1,
  B = 2,
  Either = 3,
}

/** Operations on a data block. Transfer is checked at the destination, the others at the source. */
export const enum DataOperation {
  Read = 0,
  Write = 1,
  Increment = 2,
  /** Decrement, transfer and restore share one right. */
  Decrement = 3,
}

/** Parts of a trailer. Key A is never readable; byte 9 has the rights of the access bits. */
export const enum TrailerOperation {
  WriteKeyA = 0,
  ReadAccessBits = 1,
  WriteAccessBits = 2,
  ReadKeyB = 3,
  WriteKeyB = 4,
}

/** Rows by condition 0..7, columns by `DataOperation`. */
const DATA_RIGHTS = [
  [Keys.Either, Keys.Either, Keys.Either, Keys.Either],
  [Keys.Either, Keys.None, Keys.None, Keys.Either],
  [Keys.Either, Keys.None, Keys.None, Keys.None],
  [Keys.B, Keys.B, Keys.None, Keys.None],
  [Keys.Either, Keys.B, Keys.None, Keys.None],
  [Keys.B, Keys.None, Keys.None, Keys.None],
  [Keys.Either, Keys.B, Keys.B, Keys.Either],
  [Keys.None, Keys.None, Keys.None, Keys.None],
];

/** Rows by condition 0..7, columns by `TrailerOperation`. */
const TRAILER_RIGHTS = [
  [Keys.A, Keys.A, Keys.None, Keys.A, Keys.A],
  [Keys.A, Keys.A, Keys.A, Keys.A, Keys.A],
  [Keys.None, Keys.A, Keys.None, Keys.A, Keys.None],
  [Keys.B, Keys.Either, Keys.B, Keys.None, Keys.B],
  [Keys.B, Keys.Either, Keys.None, Keys.None, Keys.B],
  [Keys.None, Keys.Either, Keys.B, Keys.None, Keys.None],
  [Keys.None, Keys.Either, Keys.None, Keys.None, Keys.None],
  [Keys.None, Keys.Either, Keys.None, Keys.None, Keys.None],
];

/** The keys that may do `operation` on a data block with this condition. */
export function dataRights(condition: number, operation: DataOperation): Keys {
  return DATA_RIGHTS[condition][operation];
}

/** The keys that may do `operation` on a trailer with this condition. */
export function trailerRights(condition: number, operation: TrailerOperation): Keys {
  return TRAILER_RIGHTS[condition][operation];
}

/** A readable key B is data: the chip authenticates with it but refuses every memory access (8.7.2,
 * remark). */
export function isKeyBReadable(trailerCondition: number): boolean {
  return trailerRights(trailerCondition, TrailerOperation.ReadKeyB) !== Keys.None;
}
