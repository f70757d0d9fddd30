/** A mistake in what a person gave: a file, a number, an option. The message says what to do. */
export class UserError extends Error {}
