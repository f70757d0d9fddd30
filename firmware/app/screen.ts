/**
 * Text on the 128 x 64 display: 8 lines of 21 characters, or numbers in double size over two lines.
 * A line is composed as one string of column bytes, because on the device slicing strings is native
 * and looping over bytes is not. A line that has not changed is not sent again.
 */
import type { Display } from "../hal/display";
import { FONT, FONT_COLUMNS, FONT_FIRST, FONT_LAST } from "./font";

export const LINE_COUNT = 8;
export const LINE_CHARACTERS = 21;

const DISPLAY_COLUMNS = 128;
/** Eleven double-size characters fit: 999,999,999. */
const BIG_CELL_COLUMNS = 2 * FONT_COLUMNS + 1;

export interface Screen {
  /** Shows `text` (cut at 21 characters) in line 0..7, the rest of the line blank. */
  line(lineIndex: number, text: string): void;
  /** As `line`, ending at the right edge. */
  right(lineIndex: number, text: string): void;
  /** Shows up to 11 characters in double size at the right edge of lines `lineIndex` and the next. */
  big(lineIndex: number, text: string): void;
  /** Blanks lines `from` up to but not including `to`. */
  clear(from: number, to: number): void;
}

export function createScreen(display: Display): Screen {
  const shown: string[] = [];
  for (let i = 0; i < LINE_COUNT; i++) shown.push("?");

  function put(lineIndex: number, key: string, columns: string): void {
    shown[lineIndex] = key;
    display.drawColumns(lineIndex, 0, columns);
  }

  function line(lineIndex: number, text: string): void {
    const key = `.${text}`;
    if (shown[lineIndex] === key) return;
    put(lineIndex, key, textColumns(text));
  }

  function big(lineIndex: number, text: string): void {
    const key = `#${text}`;
    if (shown[lineIndex] === key) return;
    put(lineIndex, key, bigColumns(text, 0));
    put(lineIndex + 1, key, bigColumns(text, 4));
  }

  return {
    line,
    big,
    right: (lineIndex, text) => line(lineIndex, padStart(text, LINE_CHARACTERS)),
    clear: (from, to) => {
      for (let i = from; i < to; i++) line(i, "");
    },
  };
}

/** `text` with spaces in front up to `width` characters. */
export function padStart(text: string, width: number): string {
  let padded = text;
  while (padded.length < width) padded = ` ${padded}`;
  return padded;
}

function glyph(text: string, index: number): string {
  const code = text.charCodeAt(index);
  const place = code < FONT_FIRST || code > FONT_LAST ? 0 : (code - FONT_FIRST) * FONT_COLUMNS;
  return FONT.substring(place, place + FONT_COLUMNS);
}

function textColumns(text: string): string {
  const count = Math.min(text.length, LINE_CHARACTERS);
  let columns = "";
  for (let i = 0; i < count; i++) columns += `${glyph(text, i)}\0`;
  return fillColumns(columns);
}

function fillColumns(columns: string): string {
  let filled = columns;
  while (filled.length < DISPLAY_COLUMNS) filled += BLANK_CELLS;
  return filled.substring(0, DISPLAY_COLUMNS);
}

/** Four rows of each glyph, from row `firstRow`, stretched to eight; every column twice. */
function bigColumns(text: string, firstRow: number): string {
  const shift = firstRow === 0 ? 1 : 16;
  let columns = "";
  for (let i = 0; i < text.length; i++) {
    const narrow = glyph(text, i);
    for (let k = 0; k < FONT_COLUMNS; k++) {
      const stretched = STRETCHED.charAt(Math.floor(narrow.charCodeAt(k) / shift) % 16);
      columns += stretched + stretched;
    }
    columns += "\0";
  }
  let margin = DISPLAY_COLUMNS - text.length * BIG_CELL_COLUMNS;
  while (margin > 0) {
    const step = Math.min(margin, BLANK_CELLS.length);
    columns = BLANK_CELLS.substring(0, step) + columns;
    margin -= step;
  }
  return columns.substring(0, DISPLAY_COLUMNS);
}

const BLANK_CELLS = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/** Character n has each of the four bits of n doubled. */
const STRETCHED = "\x00\x03\x0c\x0f\x30\x33\x3c\x3f\xc0\xc3\xcc\xcf\xf0\xf3\xfc\xff";
