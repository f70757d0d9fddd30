/**
 * Compiles assets/font-5x7.txt to firmware/app/font.ts: one string with the five column bytes of
 * each glyph, bit 0 on top, because a string stays in flash and is sliced natively on the pad.
 * Run: node --import tsx scripts/assets/font.ts
 */
import { readFileSync, writeFileSync } from "node:fs";

const SOURCE = new URL("../../assets/font-5x7.txt", import.meta.url);
const TARGET = new URL("../../firmware/app/font.ts", import.meta.url);
const COLUMNS = 5;
const ROWS = 8;
const HEADING = /^(\d+) \S+$/;

/** The text of firmware/app/font.ts. */
export function compileFont(source: string): string {
  const lines = source.split("\n");
  const codes: number[] = [];
  const rowsOfSource: string[] = [];
  let glyphs = "";
  for (let i = 0; i < lines.length; i++) {
    const heading = HEADING.exec(lines[i]);
    if (heading === null) continue;
    codes.push(Number(heading[1]));
    const rows = lines.slice(i + 1, i + 1 + ROWS);
    for (let column = 0; column < COLUMNS; column++) glyphs += escaped(columnBits(rows, column));
    i += ROWS;
    if (codes.length % 5 === 0) {
      rowsOfSource.push(glyphs);
      glyphs = "";
    }
  }
  rowsOfSource.push(glyphs);
  return moduleText(
    codes,
    rowsOfSource.filter((row) => row !== ""),
  );
}

function columnBits(rows: string[], column: number): number {
  return rows.reduce((bits, row, y) => (row[column] === "#" ? bits | (1 << y) : bits), 0);
}

function escaped(bits: number): string {
  const character = String.fromCharCode(bits);
  const isPlain = bits >= 0x20 && bits < 0x7f && character !== '"' && character !== "\\";
  return isPlain ? character : `\\x${bits.toString(16).padStart(2, "0")}`;
}

function moduleText(codes: number[], rows: string[]): string {
  const literals = rows.map((row) => `  "${row}"`).join(" +\n");
  return `/** Made by scripts/assets/font.ts from assets/font-5x7.txt; change that file instead. */
export const FONT_COLUMNS = ${COLUMNS};
/** Character codes of the first and the last glyph. */
export const FONT_FIRST = ${codes[0]};
export const FONT_LAST = ${codes[codes.length - 1]};
/** Five column bytes a glyph, bit 0 on top. */
export const FONT =
${literals};
`;
}

if (process.argv[1]?.endsWith("font.ts")) {
  writeFileSync(TARGET, compileFont(readFileSync(SOURCE, "utf8")));
}
