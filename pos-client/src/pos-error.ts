/** Why a call came to no answer. What the pad decided is a result, not an error. */
export type PosErrorCode =
  /** The pad says nothing. Whether it heard the request is not known: repeat it, same number. */
  | "silent"
  /** The pad refuses every greeting: another key, or another terminal number. */
  | "key"
  /** The stream has ended. As `silent`. */
  | "closed"
  /** What was asked cannot be: nothing was sent. */
  | "order";

export class PosError extends Error {
  constructor(
    readonly code: PosErrorCode,
    message: string,
    /** The number under which to ask again. */
    readonly request?: number,
  ) {
    super(message);
    this.name = "PosError";
  }
}
