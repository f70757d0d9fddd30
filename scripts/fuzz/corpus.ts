/** The inputs kept for each target: one a line, hexadecimal, or JSON strings for text. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { bytesOf, type FuzzTarget, textOf } from "./fuzz-target";

const FOLDER = path.join(path.dirname(fileURLToPath(import.meta.url)), "corpus");
/** A repository is no place for more. */
const KEPT_INPUTS_MAX = 24;
const KEPT_BYTES_MAX = 2100;

export function loadCorpus(target: FuzzTarget): Uint8Array[] {
  const file = fileOf(target);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => decode(target, line));
}

/** Adds what is new and short enough, up to the limit; returns how many were added. */
export function keep(target: FuzzTarget, inputs: readonly Uint8Array[]): number {
  const lines = new Set(loadCorpus(target).map((input) => encode(target, input)));
  const before = lines.size;
  for (const input of inputs) {
    if (lines.size >= KEPT_INPUTS_MAX) break;
    if (input.length > 0 && input.length <= KEPT_BYTES_MAX) lines.add(encode(target, input));
  }
  if (lines.size > before) writeFileSync(fileOf(target), `${[...lines].join("\n")}\n`);
  return lines.size - before;
}

function fileOf(target: FuzzTarget): string {
  return path.join(FOLDER, `${target.name}.txt`);
}

function encode(target: FuzzTarget, input: Uint8Array): string {
  return target.isText ? JSON.stringify(textOf(input)) : Buffer.from(input).toString("hex");
}

function decode(target: FuzzTarget, line: string): Uint8Array {
  return target.isText
    ? bytesOf(JSON.parse(line) as string)
    : Uint8Array.from(Buffer.from(line, "hex"));
}
