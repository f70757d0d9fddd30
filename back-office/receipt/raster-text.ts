/**
 * Lines of Persian text as points, for printers that know no such letters: shaped and joined by the
 * font's own tables (Vazirmatn, SIL OFL 1.1), from right to left, numbers in their own direction.
 */
import { createRequire } from "node:module";
import * as fontkit from "fontkit";
import { crossings, outlineOf } from "../../assets/outline";

/** Points of one line: `rows[y][x]`. */
export interface TextBitmap {
  width: number;
  rows: Uint8Array[];
}

/** Found by looking: legible on 203 dots per inch, and as high as two rows of a column printer. */
const PIXELS_PER_EM = 26;
export const LINE_ROWS = 40;
const BASELINE_ROW = 28;
/** Letters reach beyond their advance, on either side. */
const MARGIN = 6;
const SAMPLES = 4;
const INK_THRESHOLD = 0.45;
const LEFT_TO_RIGHT =
  /[\x21-\x27\x2a-\x7e\u06f0-\u06f9\u066b\u066c]+(?: [\x30-\x39\u06f0-\u06f9:]+)*/g;
const ZERO_WIDTH_NON_JOINER = 0x200c;
const PERSIAN_DIGITS = "۰۱۲۳۴۵۶۷۸۹";

export class RasterText {
  private readonly fonts: Record<"regular" | "bold", fontkit.Font>;
  private readonly drawn = new Map<string, TextBitmap>();

  constructor() {
    const load = (weight: string) =>
      fontkit.openSync(
        createRequire(import.meta.url).resolve(`vazirmatn/fonts/ttf/Vazirmatn-${weight}.ttf`),
      ) as fontkit.Font;
    this.fonts = { regular: load("Regular"), bold: load("Bold") };
  }

  /** @throws when the font has no letter for it */
  draw(text: string, isBold: boolean): TextBitmap {
    const weight = isBold ? "bold" : "regular";
    const glyphs = this.glyphsOf(persianDigits(text), weight);
    const unitsPerPoint = this.fonts[weight].unitsPerEm / PIXELS_PER_EM;
    const advances = glyphs.map(({ advanceWidth }) => Math.round(advanceWidth / unitsPerPoint));
    const width = advances.reduce((sum, advance) => sum + advance, 0);
    const line = emptyBitmap(width);
    let at = 0;
    glyphs.forEach((glyph, index) => {
      const bitmap = this.bitmapOf(glyph, weight, unitsPerPoint);
      for (let y = 0; y < LINE_ROWS; y++) {
        for (let x = 0; x < bitmap.width; x++) {
          const column = at + x - MARGIN;
          if (bitmap.rows[y][x] === 1 && column >= 0 && column < width) line.rows[y][column] = 1;
        }
      }
      at += advances[index];
    });
    return line;
  }

  /** Leftmost first. */
  private glyphsOf(text: string, weight: "regular" | "bold"): fontkit.Glyph[] {
    const runs: fontkit.Glyph[][] = [];
    const shape = (part: string, direction: "ltr" | "rtl") => {
      if (part === "") return [];
      const font = this.fonts[weight];
      const shown = direction === "rtl" ? mirrored(part) : part;
      const { glyphs } = font.layout(shown, undefined, undefined, undefined, direction);
      if (glyphs.some((glyph) => glyph.id === 0)) throw new Error(`no letter for "${part}"`);
      // A joiner that is not to be seen has done its work.
      return glyphs.filter((glyph) => glyph.codePoints[0] !== ZERO_WIDTH_NON_JOINER);
    };
    let end = 0;
    for (const match of text.matchAll(LEFT_TO_RIGHT)) {
      runs.unshift(shape(text.slice(end, match.index), "rtl"));
      runs.unshift(shape(match[0], "ltr"));
      end = match.index + match[0].length;
    }
    runs.unshift(shape(text.slice(end), "rtl"));
    return runs.flat();
  }

  private bitmapOf(
    glyph: fontkit.Glyph,
    weight: "regular" | "bold",
    unitsPerPoint: number,
  ): TextBitmap {
    const name = `${weight} ${glyph.id}`;
    const known = this.drawn.get(name);
    if (known !== undefined) return known;
    const width = Math.ceil(glyph.advanceWidth / unitsPerPoint) + 2 * MARGIN;
    const bitmap = emptyBitmap(width);
    const hits = new Uint8Array(width * LINE_ROWS);
    const outline = outlineOf(glyph);
    for (let sample = 0; sample < LINE_ROWS * SAMPLES; sample++) {
      const y = (BASELINE_ROW - (sample + 0.5) / SAMPLES) * unitsPerPoint;
      const edges = crossings(outline, y);
      for (let column = 0; edges.length > 0 && column < width * SAMPLES; column++) {
        const x = ((column + 0.5) / SAMPLES - MARGIN) * unitsPerPoint;
        const winding = edges.reduce((sum, edge) => sum + (edge.x > x ? edge.direction : 0), 0);
        if (winding === 0) continue;
        hits[Math.floor(sample / SAMPLES) * width + Math.floor(column / SAMPLES)]++;
      }
    }
    hits.forEach((count, index) => {
      if (count < INK_THRESHOLD * SAMPLES * SAMPLES) return;
      bitmap.rows[Math.floor(index / width)][index % width] = 1;
    });
    this.drawn.set(name, bitmap);
    return bitmap;
  }
}

/** Brackets open where reading begins. */
function mirrored(text: string): string {
  return text.replace(/[()]/g, (bracket) => (bracket === "(" ? ")" : "("));
}

function emptyBitmap(width: number): TextBitmap {
  return { width, rows: Array.from({ length: LINE_ROWS }, () => new Uint8Array(width)) };
}

/** Digits and separators as Persian has them. */
function persianDigits(text: string): string {
  return text
    .replace(/\d/g, (digit) => PERSIAN_DIGITS[Number(digit)])
    .replaceAll(/(?<=[۰-۹]),(?=[۰-۹])/g, "٬");
}
