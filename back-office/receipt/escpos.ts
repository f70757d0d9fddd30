/**
 * Receipts as ESC/POS, for paper of 32, 42 and 48 columns (58 mm and two kinds of 80 mm). English
 * as text in the printer's own letters; Persian, which few printers know, as raster graphics
 * (GS v 0), one band a row, so that no printer needs a buffer for more.
 */
import { LINE_ROWS, RasterText } from "./raster-text";
import type { ReceiptColumns, ReceiptLanguage, ReceiptRow } from "./receipt-rows";

/** Points of one column in font A. */
const COLUMN_POINTS = 12;
/** A rule in raster graphics. */
const RULE_ROWS = 12;
const RULE_THICKNESS = 2;
/** Paper from the last line to where it is torn off. */
const FEED_LINES = 4;

const ESC = 0x1b;
const GS = 0x1d;
const INITIALISE = [ESC, 0x40];
const BOLD_ON = [ESC, 0x45, 1];
const BOLD_OFF = [ESC, 0x45, 0];
const END = [ESC, 0x64, FEED_LINES, GS, 0x56, 1];
const LINE_FEED = 0x0a;

/** @throws when a letter is not to be had: Persian in an English receipt */
export function receiptBytes(
  rows: readonly ReceiptRow[],
  columns: ReceiptColumns,
  language: ReceiptLanguage,
): Uint8Array {
  const lines = language === "en" ? textLines(rows, columns) : rasterBands(rows, columns);
  return Uint8Array.from([...INITIALISE, ...lines, ...END]);
}

/** As it stands on the paper, for terminals. */
export function receiptText(rows: readonly ReceiptRow[], columns: ReceiptColumns): string[] {
  return rows.flatMap((row) => linesOf(row, columns));
}

function textLines(rows: readonly ReceiptRow[], columns: ReceiptColumns): number[] {
  const bytes: number[] = [];
  for (const row of rows) {
    const isBold = row.kind === "title" || (row.kind === "pair" && row.isBold);
    if (isBold) bytes.push(...BOLD_ON);
    for (const line of linesOf(row, columns)) bytes.push(...octetsOf(line), LINE_FEED);
    if (isBold) bytes.push(...BOLD_OFF);
  }
  return bytes;
}

/** A pair that is too long for one line stands on two. */
function linesOf(row: ReceiptRow, columns: ReceiptColumns): string[] {
  if (row.kind === "rule") return ["-".repeat(columns)];
  if (row.kind === "title") {
    const text = row.text.slice(0, columns);
    return [" ".repeat((columns - text.length) >> 1) + text];
  }
  const { start, end } = row;
  const gap = columns - start.length - end.length;
  if (gap > 0 || end === "") return [start + " ".repeat(Math.max(gap, 0)) + end];
  return [start.slice(0, columns), end.slice(0, columns).padStart(columns)];
}

function octetsOf(line: string): number[] {
  return [...line].map((character) => {
    const code = character.charCodeAt(0);
    if (code >= 0x20 && code < 0x7f) return code;
    throw new Error(`an English receipt cannot print "${character}": use --language fa`);
  });
}

function rasterBands(rows: readonly ReceiptRow[], columns: ReceiptColumns): number[] {
  const text = new RasterText();
  const width = columns * COLUMN_POINTS;
  return rows.flatMap((row) => {
    if (row.kind === "rule") return band(ruleBitmap(width));
    const paper = Array.from({ length: LINE_ROWS }, () => new Uint8Array(width));
    if (row.kind === "title") {
      const line = text.draw(row.text, true);
      put(paper, line.rows, (width - line.width) >> 1);
      return band(paper);
    }
    const start = text.draw(row.start, row.isBold);
    const end = text.draw(row.end, row.isBold);
    put(paper, start.rows, width - start.width);
    if (start.width + end.width < width) {
      put(paper, end.rows, 0);
      return band(paper);
    }
    const below = Array.from({ length: LINE_ROWS }, () => new Uint8Array(width));
    put(below, end.rows, 0);
    return [...band(paper), ...band(below)];
  });
}

function ruleBitmap(width: number): Uint8Array[] {
  return Array.from({ length: RULE_ROWS }, (_, y) => {
    const isInk = y >= RULE_ROWS / 2 - RULE_THICKNESS / 2 && y < RULE_ROWS / 2 + RULE_THICKNESS / 2;
    return new Uint8Array(width).fill(isInk ? 1 : 0);
  });
}

function put(paper: Uint8Array[], rows: readonly Uint8Array[], left: number): void {
  rows.forEach((row, y) => {
    row.forEach((point, x) => {
      if (point === 1 && left + x >= 0 && left + x < paper[y].length) paper[y][left + x] = 1;
    });
  });
}

/** GS v 0, normal size: bytes across, rows, then the points, most significant bit leftmost. */
function band(paper: readonly Uint8Array[]): number[] {
  const bytesAcross = Math.ceil(paper[0].length / 8);
  const head = [GS, 0x76, 0x30, 0, bytesAcross & 255, bytesAcross >> 8];
  const points = paper.flatMap((row) =>
    Array.from({ length: bytesAcross }, (_, at) => {
      let byte = 0;
      for (let bit = 0; bit < 8; bit++) byte = byte * 2 + (row[at * 8 + bit] ?? 0);
      return byte;
    }),
  );
  return [...head, paper.length & 255, paper.length >> 8, ...points];
}
