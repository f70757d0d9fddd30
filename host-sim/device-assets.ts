/**
 * Packs what a pad reads from its file storage: the font, then the screens of one language
 * (firmware/app/screens.ts says how they are laid out). One character is one byte.
 */
import { readFileSync } from "node:fs";
import { FONT_COLUMNS } from "../firmware/app/font-format";
import { BIG_VALUE, LINE_CHARACTERS, LINE_COUNT } from "../firmware/app/screens";

const FONT_FILE = new URL("../assets/font-5x7.txt", import.meta.url);
const GLYPH_ROWS = 8;
const GLYPH_HEADING = /^(\d+) \S+$/;
const SCREEN_HEADING = /^\[(\w+)\]$/;
const VALUE = /^(.*?)\s*(\{\{?)(\w+)\}\}?$/;

/** In the order of `Shown`, which begins at 1. */
const VALUE_NAMES = [
  ...["typed", "mobile", "gross", "asked", "available", "old", "used", "earned"],
  ...["new", "points", "pay", "member", "date", "expiring", "debt"],
];

export interface NamedScreen {
  name: string;
  /** Seven cells of 21 characters. */
  cells: string[];
}

/** The packed assets of a language ("en"). */
export function packAssets(language: string): string {
  const file = new URL(`../assets/screens.${language}.txt`, import.meta.url);
  const screens = parseScreens(readFileSync(file, "utf8"));
  const cells = screens.flatMap((screen) => screen.cells);
  return packFont(readFileSync(FONT_FILE, "utf8")) + cells.join("");
}

/** Five column bytes a glyph, in the order of the source. */
export function packFont(source: string): string {
  const lines = source.split("\n");
  let glyphs = "";
  lines.forEach((line, index) => {
    if (!GLYPH_HEADING.test(line)) return;
    const rows = lines.slice(index + 1, index + 1 + GLYPH_ROWS);
    for (let column = 0; column < FONT_COLUMNS; column++) {
      const bits = rows.reduce((sum, row, y) => sum + (row[column] === "#" ? 1 << y : 0), 0);
      glyphs += String.fromCharCode(bits);
    }
  });
  return glyphs;
}

/** The screens of a language file, with clear errors for what cannot be shown. */
export function parseScreens(source: string): NamedScreen[] {
  const screens: NamedScreen[] = [];
  source.split("\n").forEach((line, index) => {
    const heading = SCREEN_HEADING.exec(line);
    const current = screens[screens.length - 1];
    if (heading !== null) screens.push({ name: heading[1], cells: [] });
    else if (current !== undefined && current.cells.length < LINE_COUNT - 1)
      current.cells.push(packLine(line, index + 1));
    else if (current !== undefined && line !== "")
      throw new Error(`line ${index + 1}: a screen has ${LINE_COUNT - 1} lines, this is one more`);
  });
  return screens;
}

function packLine(line: string, number: number): string {
  const value = VALUE.exec(line);
  const text = value === null ? line : value[1];
  const room = value === null ? LINE_CHARACTERS : LINE_CHARACTERS - 1;
  if (text.length > room) throw new Error(`line ${number}: "${text}" is longer than ${room}`);
  if (!/^[ -~]*$/.test(text)) throw new Error(`line ${number}: the font has no such letter`);
  if (value === null) return text.padEnd(LINE_CHARACTERS);
  const code = VALUE_NAMES.indexOf(value[3]) + 1;
  if (code === 0) throw new Error(`line ${number}: no value is called "${value[3]}"`);
  const isBig = value[2] === "{{";
  return text.padEnd(room) + String.fromCharCode(isBig ? code + BIG_VALUE : code);
}
