/**
 * Draws screens of text on the 128 x 64 display: 8 lines of 21 characters, or values in double size
 * over two lines. A line is composed as one string of column bytes, because on the device slicing
 * strings is native and looping over bytes is not. A line that has not changed is not sent again.
 */
import type { Display } from "../hal/display";
import { FONT_BYTES, FONT_COLUMNS, FONT_FIRST } from "./font-format";
import { BIG_VALUE, LINE_CHARACTERS, LINE_COUNT } from "./screens";

export interface Screen {
  /** Shows `text` (cut at 21 characters) in line 0..7, the rest of the line blank. */
  line(lineIndex: number, text: string): void;
  /** Shows lines `first` up to but not including `end` of a screen. */
  draw(screenId: number, first: number, end: number): void;
}

/** `assets` is font and screens as packed by the build; `textOf` gives the text of a `Shown`. */
export function createScreen(
  display: Display,
  assets: string,
  textOf: (shown: number) => string,
): Screen {
  const shown: string[] = [];
  for (let i = 0; i < LINE_COUNT; i++) shown.push("?");

  function put(lineIndex: number, text: string, firstRow: number): void {
    let columns = "";
    for (let i = 0; i < text.length && i < LINE_CHARACTERS; i++) {
      const at = (text.charCodeAt(i) - FONT_FIRST) * FONT_COLUMNS;
      const glyph = assets.substring(at, at + FONT_COLUMNS);
      columns += `${firstRow < 0 ? glyph : stretched(glyph, firstRow)}\0`;
    }
    // Values in double size stand at the right edge, everything else begins at the left.
    if (firstRow < 0) columns += BLANK;
    else columns = BLANK.substring(columns.length) + columns;
    display.drawColumns(lineIndex, 0, columns.substring(0, DISPLAY_COLUMNS));
  }

  function line(lineIndex: number, text: string): void {
    if (shown[lineIndex] === text) return;
    shown[lineIndex] = text;
    put(lineIndex, text, -1);
  }

  function big(lineIndex: number, text: string): void {
    const key = `#${text}`;
    if (shown[lineIndex] === key) return;
    shown[lineIndex] = key;
    shown[lineIndex + 1] = key;
    put(lineIndex, text, 0);
    put(lineIndex + 1, text, 4);
  }

  function draw(screenId: number, first: number, end: number): void {
    for (let i = first; i < end; i++) {
      const at = FONT_BYTES + (screenId * (LINE_COUNT - 1) + i - 1) * LINE_CHARACTERS;
      const cell = assets.substring(at, at + LINE_CHARACTERS);
      const code = cell.charCodeAt(LINE_CHARACTERS - 1);
      if (code >= FONT_FIRST) line(i, cell);
      else if (code > BIG_VALUE) {
        big(i, textOf(code - BIG_VALUE));
        i++;
      } else {
        const value = textOf(code);
        const label = cell.substring(0, LINE_CHARACTERS - value.length);
        line(i, value === "" ? "" : label + value);
      }
    }
  }

  return { line, draw };
}

/** Four rows of a glyph from `firstRow`, doubled in height, every column twice. */
function stretched(glyph: string, firstRow: number): string {
  let columns = "";
  for (let k = 0; k < FONT_COLUMNS; k++) {
    const bits = Math.floor(glyph.charCodeAt(k) / (firstRow === 0 ? 1 : 16)) % 16;
    const doubled = STRETCHED.substring(bits, bits + 1);
    columns += doubled + doubled;
  }
  return columns;
}

const DISPLAY_COLUMNS = 128;

/** Character n has each of the four bits of n doubled. */
const STRETCHED = "\x00\x03\x0c\x0f\x30\x33\x3c\x3f\xc0\xc3\xcc\xcf\xf0\xf3\xfc\xff";

/** One line of unlit columns. */
let BLANK = "\0";
while (BLANK.length < DISPLAY_COLUMNS) BLANK += BLANK;
