/**
 * The packed assets of a language, one string of bytes: this header, the small font, for scripts
 * that need it the tall font, then where each screen begins (u16 little-endian), then the screens.
 * Those of further languages follow, each with offsets of its own. A screen is its cells from top
 * to bottom; a cell is
 *
 *     length u8 | which value stands beside the text, u8 (screens.ts) | text, so many bytes
 */
export const enum AssetHeader {
  /** Display pages that one line of a screen takes: 1 in the small font, 2 in the tall one. */
  LinePages = 0,
  /** Offset of the list that says where each screen begins, u16 little-endian. */
  ScreensAt = 1,
  /** Offset of the next language's header, u16 little-endian; 0 = this is the last one. */
  NextAt = 3,
  SizeBytes = 5,
}

/** Offsets in a cell. */
export const enum Cell {
  Length = 0,
  Value = 1,
  Text = 2,
}

/** The small font: five column bytes a glyph, bit 0 on top. */
export const FONT_COLUMNS = 5;
/** Character codes of the first and the last glyph. */
export const FONT_FIRST = 32;
export const FONT_LAST = 126;
export const FONT_BYTES = (FONT_LAST - FONT_FIRST + 1) * FONT_COLUMNS;

/**
 * The tall font, behind the small one: widths of the codes 32..255, then offsets of their columns
 * (u16 little-endian), then those: as many bytes of the upper page as the glyph is wide, then of
 * the lower one.
 */
export const enum TallFont {
  WidthsAt = 480,
  OffsetsAt = 704,
  ColumnsAt = 1152,
  CodeCount = 224,
}
