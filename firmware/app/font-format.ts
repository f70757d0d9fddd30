/**
 * The packed assets of a language, one string of bytes: this header, the small font, for scripts
 * that need it the tall font, then the screens' cells.
 */
export const enum AssetHeader {
  /** Display pages that one line of a screen takes: 1 in the small font, 2 in the tall one. */
  LinePages = 0,
  /** Characters in each cell; the last says which value stands there (screens.ts). */
  CellCharacters = 1,
  CellsPerScreen = 2,
  /** Where the cells begin, u16 little-endian. */
  CellsAt = 3,
  SizeBytes = 5,
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
