/**
 * A receipt printer: takes ESC/POS and puts points on paper. It knows the commands that receipts
 * use, and refuses any other, so that nothing depends on what one maker's printer makes of it.
 */
import { readFileSync } from "node:fs";
import { PNG } from "pngjs";
import { packFont } from "./device-assets";

const FONT_FILE = "assets/font-5x7.txt";
/** Font A: cells of 12 x 24; letters of 5 x 8 are drawn twice as wide, three times as high. */
const CELL_WIDTH = 12;
const CELL_HEIGHT = 24;
const GLYPH_COLUMNS = 5;
const GLYPH_ROWS = 8;
/** From line to line, as after ESC 2. */
const LINE_ROWS = 30;
/** ESC * in mode 0: 8 dots high, each two points wide and three high. */
const IMAGE_DOTS = 8;
const DOT_WIDTH = 2;
const DOT_HEIGHT = 3;
const ESC = 0x1b;
const GS = 0x1d;
const LINE_FEED = 0x0a;
/** White around the paper's printable part. */
const BORDER = 16;
const PAPER = 0xff;
const INK = 0x10;

export class EscposPrinter {
  /** `rows[y][x]`, from the first line on. */
  readonly rows: Uint8Array[] = [];
  cuts = 0;
  private readonly glyphs = packFont(readFileSync(FONT_FILE, "utf8"));
  private readonly width: number;
  private line = "";
  private isBold = false;
  private lineRows = LINE_ROWS;
  /** Columns of dots, the topmost dot in the highest bit. */
  private image: number[] = [];

  constructor(private readonly columns: number) {
    this.width = columns * CELL_WIDTH;
  }

  /** @throws for a command that is none of a receipt's, or that is cut off */
  print(bytes: Uint8Array): void {
    let at = 0;
    const next = () => {
      if (at >= bytes.length) throw new Error("the stream ends within a command");
      return bytes[at++];
    };
    while (at < bytes.length) {
      const code = next();
      if (code === ESC) this.escape(next(), next);
      else if (code === GS) this.group(next(), next);
      else if (code === LINE_FEED) this.feedLine();
      else if (code >= 0x20 && code < 0x7f) this.line += String.fromCharCode(code);
      else throw new Error(`character ${code} is in no code page that was chosen`);
      if (this.line.length > this.columns) throw new Error(`"${this.line}" runs over the paper`);
    }
  }

  png(): Uint8Array {
    return Uint8Array.from(PNG.sync.write(this.picture(), { colorType: 0 }));
  }

  picture(): PNG {
    const width = this.width + 2 * BORDER;
    const height = this.rows.length + 2 * BORDER;
    const png = new PNG({ width, height });
    png.data.fill(PAPER);
    this.rows.forEach((row, y) => {
      row.forEach((point, x) => {
        if (point === 0) return;
        const pixel = 4 * ((y + BORDER) * width + x + BORDER);
        png.data.fill(INK, pixel, pixel + 3);
      });
    });
    return png;
  }

  private escape(command: number, next: () => number): void {
    if (command === 0x40) {
      this.line = "";
      this.isBold = false;
      this.lineRows = LINE_ROWS;
    } else if (command === 0x2a) this.readImage(next);
    else if (command === 0x32) this.lineRows = LINE_ROWS;
    else if (command === 0x33) this.lineRows = next();
    else if (command === 0x45) this.isBold = next() % 2 === 1;
    else if (command === 0x64) {
      for (let lines = next(); lines > 0; lines--) this.feedLine();
    } else throw new Error(`ESC ${command} is not known`);
  }

  private group(command: number, next: () => number): void {
    if (command === 0x56) {
      next();
      this.cuts++;
    } else if (command === 0x76) this.raster(next);
    else throw new Error(`GS ${command} is not known`);
  }

  /** GS v 0 m: only at the beginning of a line, as the manuals say. */
  private raster(next: () => number): void {
    if (next() !== 0x30 || next() !== 0) throw new Error("only GS v 0 in normal size is known");
    if (this.line !== "") throw new Error("GS v 0 in the middle of a line");
    const bytesAcross = next() + 256 * next();
    const rowCount = next() + 256 * next();
    if (bytesAcross * 8 > this.width + 7) throw new Error(`${bytesAcross * 8} points run over`);
    for (let y = 0; y < rowCount; y++) {
      const row = new Uint8Array(this.width);
      for (let at = 0; at < bytesAcross; at++) {
        const byte = next();
        for (let bit = 0; bit < 8; bit++) {
          if (at * 8 + bit < this.width) row[at * 8 + bit] = (byte >> (7 - bit)) & 1;
        }
      }
      this.rows.push(row);
    }
  }

  private readImage(next: () => number): void {
    if (next() !== 0) throw new Error("only ESC * with 8 dots in single density is known");
    if (this.line !== "") throw new Error("ESC * in the middle of a line");
    const count = next() + 256 * next();
    if (count * DOT_WIDTH > this.width) throw new Error(`${count} columns run over the paper`);
    this.image = Array.from({ length: count }, next);
  }

  private feedLine(): void {
    const rows = Array.from({ length: this.lineRows }, () => new Uint8Array(this.width));
    this.image.forEach((bits, column) => {
      for (let y = 0; y < Math.min(IMAGE_DOTS * DOT_HEIGHT, rows.length); y++) {
        const dot = IMAGE_DOTS - 1 - Math.floor(y / DOT_HEIGHT);
        const x = column * DOT_WIDTH;
        if (((bits >> dot) & 1) === 1) rows[y].fill(1, x, x + DOT_WIDTH);
      }
    });
    this.image = [];
    [...this.line].forEach((character, column) => {
      this.strike(rows, character.charCodeAt(0), column * CELL_WIDTH);
    });
    this.rows.push(...rows);
    this.line = "";
  }

  private strike(rows: Uint8Array[], code: number, left: number): void {
    const height = CELL_HEIGHT / GLYPH_ROWS;
    for (let column = 0; column < GLYPH_COLUMNS; column++) {
      const bits = this.glyphs.charCodeAt((code - 0x20) * GLYPH_COLUMNS + column);
      for (let y = 0; y < CELL_HEIGHT; y++) {
        if (((bits >> Math.floor(y / height)) & 1) === 0) continue;
        const x = left + 2 * column;
        rows[y].fill(1, x, x + (this.isBold ? 3 : 2));
      }
    }
  }
}
