/**
 * Draws screens of text on the 128 x 64 display: 8 lines of 21 characters, values in double size
 * over two lines, or, in scripts that need the room, lines of two pages in a tall font. A line is
 * composed as one string of column bytes, because on the device slicing strings is native and
 * looping over bytes is not. A line that has not changed is not sent again. One that has is sent by
 * `step`: a slow interpreter takes 10 ms for each, and keys must be looked at in between.
 */
import type { Display } from "../hal/display";
import { AssetHeader, Cell, FONT_COLUMNS, FONT_FIRST, TallFont } from "./font-format";
import { BIG_VALUE, LINE_CHARACTERS, LINE_COUNT, VALUE_CODE } from "./screens";

export interface Screen {
  /** The next language of the assets; behind the last one comes the first again. */
  switchLanguage(): void;
  /** Those of the present language. */
  assets(): string;
  /** What is drawn from now on is drawn there, every line of it. */
  drawOn(target: Display): void;
  /** `text` (cut at 21 characters) is to stand in line 0..7, the rest of the line blank. */
  line(lineIndex: number, text: string): void;
  /** So are lines `first` up to but not including `end` of a screen. */
  draw(screenId: number, first: number, end: number): void;
  /** Sends one line that has changed; false when there is none. */
  step(): boolean;
  /** Sends all of them. */
  finish(): void;
}

/** `languages` as font-format.ts says; `textOf` gives the text of a `Shown`. */
export function createScreen(
  display: Display,
  languages: string,
  textOf: (shown: number) => string,
): Screen {
  /** What each line shows, or is to show: a text, or one behind `BIG`, or two around `SPLIT`. */
  const shown: string[] = [];
  /** Bit i: line i is still to be sent. */
  let dirty = 0;
  let assets = "";
  let linePages = 0;
  let target = display;
  switchLanguage();

  function drawOn(next: Display): void {
    finish();
    target = next;
    for (let i = 0; i < LINE_COUNT; i++) shown[i] = "?";
  }

  function switchLanguage(): void {
    const next = assets === "" ? 0 : number16(assets, AssetHeader.NextAt);
    drawOn(target);
    assets = next === 0 ? languages : assets.substring(next);
    linePages = assets.charCodeAt(AssetHeader.LinePages);
  }

  function put(lineIndex: number, text: string, firstRow: number): void {
    let columns = "";
    for (let i = 0; i < text.length && i < LINE_CHARACTERS; i++) {
      const at = AssetHeader.SizeBytes + (text.charCodeAt(i) - FONT_FIRST) * FONT_COLUMNS;
      const glyph = assets.substring(at, at + FONT_COLUMNS);
      columns += `${firstRow < 0 ? glyph : stretched(glyph, firstRow)}\0`;
    }
    // Values in double size stand at the right edge, everything else begins at the left.
    if (firstRow < 0) columns += BLANK;
    else columns = BLANK.substring(columns.length) + columns;
    target.drawColumns(lineIndex, 0, columns.substring(0, DISPLAY_COLUMNS));
  }

  /** One page of a text in the tall font. */
  function tallColumns(text: string, half: number): string {
    let columns = "";
    for (let i = 0; i < text.length; i++) {
      const glyph = text.charCodeAt(i) - FONT_FIRST;
      const width = assets.charCodeAt(TallFont.WidthsAt + glyph);
      const at =
        TallFont.ColumnsAt + number16(assets, TallFont.OffsetsAt + 2 * glyph) + half * width;
      columns += assets.substring(at, at + width);
    }
    return columns;
  }

  /** True when the line is to show something else than so far. */
  function isNew(lineIndex: number, key: string): boolean {
    if (shown[lineIndex] === key) return false;
    shown[lineIndex] = key;
    dirty |= 1 << lineIndex;
    return true;
  }

  /** Over two lines. */
  function high(lineIndex: number, key: string): void {
    if (!isNew(lineIndex, key)) return;
    shown[lineIndex + 1] = LOWER_HALF;
    dirty |= 2 << lineIndex;
  }

  /** One line of what `shown` says. A tall one has its label at the right edge, its value left. */
  function send(lineIndex: number): void {
    const isLower = shown[lineIndex] === LOWER_HALF;
    const key = shown[isLower ? lineIndex - 1 : lineIndex];
    const split = key.indexOf(SPLIT);
    if (split >= 0) {
      const left = tallColumns(key.substring(split + 1), isLower ? 1 : 0);
      const right = tallColumns(key.substring(0, split), isLower ? 1 : 0);
      const gap = BLANK.substring(left.length + right.length);
      target.drawColumns(lineIndex, 0, left + gap + right);
    } else if (key.substring(0, 1) === BIG) put(lineIndex, key.substring(1), isLower ? 4 : 0);
    else put(lineIndex, key, -1);
  }

  function step(): boolean {
    if (dirty === 0) return false;
    let lineIndex = 0;
    while (((dirty >> lineIndex) & 1) === 0) lineIndex++;
    dirty -= 1 << lineIndex;
    send(lineIndex);
    return true;
  }

  function finish(): void {
    while (step()) {}
  }

  function draw(screenId: number, first: number, end: number): void {
    let at = cellsAt(assets, screenId);
    /** Lines above are not to be drawn, or belong to the one above. */
    let free = first;
    for (let i = 1; i < end; i += linePages) {
      const length = assets.charCodeAt(at);
      const code = assets.charCodeAt(at + Cell.Value);
      if (i >= free) {
        const value = code >= VALUE_CODE ? textOf(code % BIG_VALUE) : "";
        const isBig = code >= VALUE_CODE + BIG_VALUE;
        const isTall = linePages > 1 && i < LINE_COUNT - 1;
        // A line without its value is no line.
        const isBlank = code >= VALUE_CODE && value === "";
        const label = isBlank ? "" : assets.substring(at + Cell.Text, at + Cell.Text + length);
        if (isTall) high(i, label + SPLIT + value);
        else if (isBig) high(i, BIG + value);
        else isNew(i, value === "" ? label : spaced(label, value));
        free = i + (isTall || isBig ? 2 : 1);
      }
      at += Cell.Text + length;
    }
  }

  return { line: isNew, draw, step, finish, drawOn, switchLanguage, assets: () => assets };
}

/** The label at the left edge, cut where there is no room for it, the value at the right one. */
function spaced(label: string, value: string): string {
  let text = label.substring(0, LINE_CHARACTERS - value.length);
  while (text.length + value.length < LINE_CHARACTERS) text += " ";
  return text + value;
}

/** Where the cells of a screen begin. */
export function cellsAt(assets: string, screenId: number): number {
  return number16(assets, number16(assets, AssetHeader.ScreensAt) + 2 * screenId);
}

function number16(assets: string, at: number): number {
  return assets.charCodeAt(at) + 256 * assets.charCodeAt(at + 1);
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
/** Shown in a line by the one above it; no text. */
const LOWER_HALF = "\x03";
/** In front of a value in double size. */
const BIG = "\x02";
/** Between the label and the value of a tall line. */
const SPLIT = "\n";

/** Character n has each of the four bits of n doubled. */
const STRETCHED = "\x00\x03\x0c\x0f\x30\x33\x3c\x3f\xc0\xc3\xcc\xcf\xf0\xf3\xfc\xff";

/** One line of unlit columns. */
let BLANK = "\0";
while (BLANK.length < DISPLAY_COLUMNS) BLANK += BLANK;
