/** One of the promises I1 to I14 of docs/reliability.md is broken. */
export class Violation extends Error {
  override readonly name = "Violation";

  constructor(
    readonly invariant: string,
    text: string,
  ) {
    super(`${invariant}: ${text}`);
  }
}
