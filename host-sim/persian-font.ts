/**
 * Letters for the display out of an open-licence outline font (Vazirmatn, SIL OFL 1.1): texts are
 * shaped as Persian is written, joined and from right to left, and every shape that is used becomes
 * a small bitmap. Nothing of this runs on the pad; it gets glyph numbers in visual order.
 */
import { createRequire } from "node:module";
import * as fontkit from "fontkit";
import { crossings, outlineOf } from "../assets/outline";
import { TallFont } from "../firmware/app/font-format";

/** Two pages of the display. */
const GLYPH_ROWS = 16;
/** Size, baseline and threshold at which all letters stay legible; found by looking. */
const PIXELS_PER_EM = 14;
const BASELINE_ROW = 11;
const INK_THRESHOLD = 0.35;
const SAMPLES = 8;

/** Digits of ASCII stand for the Persian ones, since numbers come from the pad as ASCII. */
const PERSIAN_OF: Readonly<Record<string, string>> = {
  ...Object.fromEntries([...Array(10).keys()].map((digit) => [digit, `${"۰۱۲۳۴۵۶۷۸۹"[digit]}`])),
  ",": "٬",
};
/** What can stand in values: everything else must be in the texts themselves. */
const ASCII_USED = "0123456789,./:+-#*ABCDEQ ghilnrs";
const FIRST_ASCII = 32;
/** Codes of joined forms; the ones below are ASCII's own. */
const FIRST_FORM = 128;
const LAST_CODE = FIRST_ASCII + TallFont.CodeCount - 1;
const LEFT_TO_RIGHT = /[\x21-\x7e\u06f0-\u06f9\u066c]+(?: +[\x21-\x7e\u06f0-\u06f9\u066c]+)*/g;

/** Column bytes of one glyph: the upper eight rows, then the lower eight. */
interface Bitmap {
  upper: string;
  lower: string;
}

export class PersianFont {
  private readonly font: fontkit.Font;
  private readonly codeOfGlyph = new Map<number, number>();
  /** By code - 32. */
  private readonly bitmaps: Bitmap[] = [];

  constructor() {
    const file = createRequire(import.meta.url).resolve(
      "vazirmatn/fonts/ttf/Vazirmatn-Regular.ttf",
    );
    this.font = fontkit.openSync(file) as fontkit.Font;
    for (const character of ASCII_USED) {
      const [glyph] = this.glyphsOf(PERSIAN_OF[character] ?? character, "ltr");
      this.bitmaps[character.charCodeAt(0) - FIRST_ASCII] = this.rasterise(glyph);
    }
  }

  /**
   * The text as codes of this font, leftmost first. Runs of digits and Latin letters keep their
   * direction. Throws when the display would need more shapes than there are codes.
   */
  encode(text: string): string {
    const runs: string[] = [];
    let end = 0;
    for (const match of text.matchAll(LEFT_TO_RIGHT)) {
      runs.unshift(this.forms(text.slice(end, match.index)));
      runs.unshift(match[0].replace(/[\u06f0-\u06f9]/g, (digit) => asciiDigit(digit)));
      end = match.index + match[0].length;
    }
    runs.unshift(this.forms(text.slice(end)));
    return runs.join("");
  }

  /** Points from the left edge of the first glyph to the right edge of the last. */
  widthOf(codes: string): number {
    return [...codes].reduce((sum, code) => sum + this.bitmapOf(code).upper.length, 0);
  }

  /** Widths of all codes from 32 on, then offsets of their bitmaps (2 bytes each), then those. */
  pack(): string {
    let widths = "";
    let offsets = "";
    let columns = "";
    for (let code = FIRST_ASCII; code <= LAST_CODE; code++) {
      const { upper, lower } = this.bitmaps[code - FIRST_ASCII] ?? { upper: "", lower: "" };
      widths += String.fromCharCode(upper.length);
      offsets += String.fromCharCode(columns.length & 255, columns.length >> 8);
      columns += upper + lower;
    }
    return widths + offsets + columns;
  }

  private bitmapOf(code: string): Bitmap {
    const bitmap = this.bitmaps[code.charCodeAt(0) - FIRST_ASCII];
    if (bitmap === undefined) throw new Error(`the display's font has no "${code}"`);
    return bitmap;
  }

  private forms(text: string): string {
    if (text === "") return "";
    return this.glyphsOf(text, "rtl")
      .map((glyph) => (glyph.codePoints[0] === 32 ? " " : this.formOf(glyph)))
      .join("");
  }

  private formOf(glyph: fontkit.Glyph): string {
    let code = this.codeOfGlyph.get(glyph.id);
    if (code === undefined) {
      code = FIRST_FORM + this.codeOfGlyph.size;
      if (code > LAST_CODE) throw new Error("the texts need more shapes than a font has codes");
      this.codeOfGlyph.set(glyph.id, code);
      this.bitmaps[code - FIRST_ASCII] = this.rasterise(glyph);
    }
    return String.fromCharCode(code);
  }

  private glyphsOf(text: string, direction: "ltr" | "rtl"): fontkit.Glyph[] {
    const { glyphs } = this.font.layout(text, undefined, undefined, undefined, direction);
    if (glyphs.some((glyph) => glyph.id === 0)) throw new Error(`no letter for "${text}"`);
    return glyphs;
  }

  /** A point is lit when enough of its square lies inside of the outline. */
  private rasterise(glyph: fontkit.Glyph): Bitmap {
    const unitsPerPoint = this.font.unitsPerEm / PIXELS_PER_EM;
    const width = Math.max(1, Math.round(glyph.advanceWidth / unitsPerPoint));
    const hits = new Uint16Array(width * GLYPH_ROWS);
    const outline = outlineOf(glyph);
    for (let sample = 0; sample < GLYPH_ROWS * SAMPLES; sample++) {
      const y = (BASELINE_ROW - (sample + 0.5) / SAMPLES) * unitsPerPoint;
      const edges = crossings(outline, y);
      for (let column = 0; edges.length > 0 && column < width * SAMPLES; column++) {
        const x = ((column + 0.5) / SAMPLES) * unitsPerPoint;
        const winding = edges.reduce((sum, edge) => sum + (edge.x > x ? edge.direction : 0), 0);
        // The non-zero winding rule, as TrueType outlines are meant.
        if (winding === 0) continue;
        hits[Math.floor(sample / SAMPLES) * width + Math.floor(column / SAMPLES)]++;
      }
    }
    return bitmapOf(hits, width);
  }
}

function asciiDigit(persian: string): string {
  return String(persian.charCodeAt(0) - 0x06f0);
}

function bitmapOf(hits: Uint16Array, width: number): Bitmap {
  let upper = "";
  let lower = "";
  for (let column = 0; column < width; column++) {
    let bits = 0;
    for (let row = 0; row < GLYPH_ROWS; row++) {
      const ink = hits[row * width + column] / (SAMPLES * SAMPLES);
      if (ink >= INK_THRESHOLD) bits |= 1 << row;
    }
    upper += String.fromCharCode(bits & 255);
    lower += String.fromCharCode(bits >> 8);
  }
  return { upper, lower };
}
