/** Reads the tables of SPEC.md. */
import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";

/** A row of a table of offsets. */
export interface Row {
  offset: number;
  size: number;
  name: string;
  meaning: string;
}

export const SPEC = readFileSync(new URL("../SPEC.md", import.meta.url), "utf8");

/** The cells of the first table under a heading, without its head. */
export function cellsUnder(heading: string): string[][] {
  const section = SPEC.split(/^#{2,3} /m).find((part) => part.startsWith(`${heading}\n`));
  assert.ok(section !== undefined, `SPEC.md has no heading ${heading}`);
  const lines = section!.split("\n").filter((line) => line.startsWith("|"));
  const cells = lines.slice(2).map((line) => line.split("|").slice(1, -1));
  return cells.map((row) => row.map((cell) => cell.trim().replace(/`/g, "")));
}

/** The rows of an offset table, checked to lie end to end over `sizeBytes`. */
export function rowsOf(heading: string, sizeBytes: number): Row[] {
  let end = 0;
  const rows = cellsUnder(heading).map(([offset, size, name, meaning]) => {
    assert.is(Number(offset), end, `${heading}: ${name} does not follow the row above`);
    end += Number(size);
    return { offset: Number(offset), size: Number(size), name, meaning };
  });
  assert.is(end, sizeBytes, `${heading} is not ${sizeBytes} bytes`);
  return rows;
}
