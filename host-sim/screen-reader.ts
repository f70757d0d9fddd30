/**
 * Reads text back from the points of the display, glyph by glyph, so that a scenario can expect
 * what a person would see and not what the firmware meant to show.
 */
import { FONT_COLUMNS, FONT_FIRST, FONT_LAST } from "../firmware/app/font-format";
import { packAssets, smallFontOf } from "./device-assets";
import { SimSsd1306 } from "./ssd1306";

const LINES = 8;
const CELL = FONT_COLUMNS + 1;
const BIG_CELL = 2 * FONT_COLUMNS + 1;
const CHARACTERS = 21;

const FONT = smallFontOf(packAssets("en"));
const characterOf = new Map<string, string>();
for (let code = FONT_LAST; code >= FONT_FIRST; code--) {
  const at = (code - FONT_FIRST) * FONT_COLUMNS;
  characterOf.set(FONT.substring(at, at + FONT_COLUMNS), String.fromCharCode(code));
}

/** The eight lines as text; a double-size line appears once, as its upper line; "" when blank. */
export function readScreen(display: SimSsd1306): string[] {
  if (!display.isOn) return new Array(LINES).fill("");
  const lines: string[] = [];
  for (let line = 0; line < LINES; line++) {
    const text = readLine(display, line);
    if (text !== undefined) lines.push(text);
    else {
      lines.push(readBig(display, line) ?? "?");
      lines.push("");
      line++;
    }
  }
  return lines;
}

function column(display: SimSsd1306, line: number, x: number): number {
  return display.memory[line * SimSsd1306.widthPoints + x];
}

function readLine(display: SimSsd1306, line: number): string | undefined {
  let text = "";
  for (let i = 0; i < CHARACTERS; i++) {
    let glyph = "";
    for (let k = 0; k < FONT_COLUMNS; k++)
      glyph += String.fromCharCode(column(display, line, i * CELL + k));
    const character = characterOf.get(glyph);
    if (character === undefined) return undefined;
    text += character;
  }
  return text.trimEnd();
}

/** Double size is right-aligned: read from the right edge until a cell is no glyph. */
function readBig(display: SimSsd1306, line: number): string | undefined {
  let text = "";
  for (let end = SimSsd1306.widthPoints; end >= BIG_CELL; end -= BIG_CELL) {
    let glyph = "";
    for (let k = 0; k < FONT_COLUMNS; k++) {
      const x = end - BIG_CELL + 2 * k;
      const low = halved(column(display, line, x));
      const high = halved(column(display, line + 1, x));
      glyph += String.fromCharCode(low | (high << 4));
    }
    const character = characterOf.get(glyph);
    if (character === undefined) return undefined;
    text = character + text;
  }
  return text.trim();
}

/** Undoes the doubling of four bits. */
function halved(bits: number): number {
  return (bits & 1) | ((bits >> 1) & 2) | ((bits >> 2) & 4) | ((bits >> 3) & 8);
}
