/**
 * Changes inputs the way broken and hostile ones differ from good ones: bits, bytes, lengths,
 * pieces moved, doubled, left out or taken from another input; for text also words and lines.
 */
import type { Rng } from "../../host-sim/rng";

/** No input grows beyond. */
export const INPUT_BYTES_MAX = 70_000;

const NOTABLE_BYTES = [0, 1, 0x7f, 0x80, 0xfe, 0xff, 0xc0, 0x0a, 0x20, 0x98, 0x58];
const NOTABLE_WORDS = [
  ...["0", "-1", "1e400", "0x7fffffff", "1099511627776", "4294967296", "NaN", "null", "~", "yes"],
  ...["''", '"', "{}", "[]", "- ", "&a", "*a", "<<: *a", "!!js/function x", "\u0000", "\u06f5"],
  ...["__proto__", "constructor", "%", "1404-12-30", "1404-13-01", "24:00", "none", "#", "\t"],
];

const WORD = /([\s:,[\]{}]+)/;

type Mutation = (input: Uint8Array, other: Uint8Array, rng: Rng) => Uint8Array;

/** One to six mutations on top of each other; `other` lends pieces. */
export function mutate(
  input: Uint8Array,
  other: Uint8Array,
  isText: boolean,
  rng: Rng,
): Uint8Array {
  let result: Uint8Array = input.slice();
  const count = 1 + Math.min(rng.below(6), rng.below(6));
  for (let i = 0; i < count; i++) {
    const table = isText && rng.chance(0.8) ? TEXT_MUTATIONS : BYTE_MUTATIONS;
    result = table[rng.below(table.length)](result, other, rng);
  }
  return result.length > INPUT_BYTES_MAX ? result.slice(0, INPUT_BYTES_MAX) : result;
}

const BYTE_MUTATIONS: Mutation[] = [
  (input, _, rng) => change(input, rng, (byte) => byte ^ (1 << rng.below(8))),
  (input, _, rng) => change(input, rng, () => rng.below(256)),
  (input, _, rng) => change(input, rng, () => NOTABLE_BYTES[rng.below(NOTABLE_BYTES.length)]),
  (input, _, rng) => change(input, rng, (byte) => byte + (rng.chance(0.5) ? 1 : 255)),
  fillRun,
  (input, _, rng) => input.slice(0, rng.below(input.length + 1)),
  (input, _, rng) => insert(input, rng.below(input.length + 1), rng.bytes(1 + rng.below(8))),
  leaveOut,
  doublePiece,
  splice,
];

const TEXT_MUTATIONS: Mutation[] = [
  onWords((words, _, rng) => {
    words[rng.below(words.length)] = NOTABLE_WORDS[rng.below(NOTABLE_WORDS.length)];
  }),
  onWords((words, other, rng) => {
    const others = other.toString("utf8").split(WORD);
    words[rng.below(words.length)] = others[rng.below(others.length)];
  }),
  onWords((words, _, rng) => {
    words.splice(rng.below(words.length), 1);
  }),
  onLines((lines, _, rng) => {
    lines.splice(rng.below(lines.length), 1 + rng.below(3));
  }),
  onLines((lines, other, rng) => {
    const others = other.toString("utf8").split("\n");
    lines.splice(rng.below(lines.length + 1), 0, others[rng.below(others.length)]);
  }),
  onLines((lines, _, rng) => {
    const at = rng.below(lines.length);
    lines[at] = rng.chance(0.5) ? `  ${lines[at]}` : lines[at].replace(/^ {1,2}/, "");
  }),
];

function onWords(edit: (words: string[], other: Buffer, rng: Rng) => void): Mutation {
  return onParts(WORD, "", edit);
}

function onLines(edit: (lines: string[], other: Buffer, rng: Rng) => void): Mutation {
  return onParts(/\n/, "\n", edit);
}

function onParts(
  separator: RegExp,
  joint: string,
  edit: (parts: string[], other: Buffer, rng: Rng) => void,
): Mutation {
  return (input, other, rng) => {
    const parts = Buffer.from(input).toString("utf8").split(separator);
    edit(parts, Buffer.from(other), rng);
    return Uint8Array.from(Buffer.from(parts.join(joint), "utf8"));
  };
}

function change(input: Uint8Array, rng: Rng, to: (byte: number) => number): Uint8Array {
  if (input.length === 0) return rng.bytes(1);
  const at = rng.below(input.length);
  input[at] = to(input[at]);
  return input;
}

function fillRun(input: Uint8Array, _: Uint8Array, rng: Rng): Uint8Array {
  const from = rng.below(input.length + 1);
  return input.fill(rng.chance(0.5) ? 0xff : 0, from, from + 1 + rng.below(32));
}

function leaveOut(input: Uint8Array, _: Uint8Array, rng: Rng): Uint8Array {
  const from = rng.below(input.length + 1);
  const to = Math.min(from + 1 + rng.below(16), input.length);
  return Uint8Array.from([...input.subarray(0, from), ...input.subarray(to)]);
}

function doublePiece(input: Uint8Array, _: Uint8Array, rng: Rng): Uint8Array {
  const from = rng.below(input.length + 1);
  const piece = input.slice(from, from + 1 + rng.below(64));
  return insert(input, rng.below(input.length + 1), piece);
}

function splice(input: Uint8Array, other: Uint8Array, rng: Rng): Uint8Array {
  const head = input.subarray(0, rng.below(input.length + 1));
  return insert(other.slice(rng.below(other.length + 1)), 0, head);
}

function insert(input: Uint8Array, at: number, piece: Uint8Array): Uint8Array {
  const result = new Uint8Array(input.length + piece.length);
  result.set(input.subarray(0, at));
  result.set(piece, at);
  result.set(input.subarray(at), at + piece.length);
  return result;
}
