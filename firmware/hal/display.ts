/**
 * A monochrome display of 128 x 64 points in 8 pages of 8 rows. `columns` is a string whose
 * character codes are column bytes: bit 0 is the page's top row (the SSD1306's own order), so
 * that glyphs can stay in flash as strings and a line is sent in one call.
 */
export interface Display {
  initialise(): void;
  /** Draws `columns.length` column bytes from `columnIndex` (0..127) in page `pageIndex` (0..7). */
  drawColumns(pageIndex: number, columnIndex: number, columns: string): void;
}
