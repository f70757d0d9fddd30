/** The font at the start of the packed assets: five column bytes a glyph, bit 0 on top. */
export const FONT_COLUMNS = 5;
/** Character codes of the first and the last glyph. */
export const FONT_FIRST = 32;
export const FONT_LAST = 126;
export const FONT_BYTES = (FONT_LAST - FONT_FIRST + 1) * FONT_COLUMNS;
