/** The display as text: a braille character stands for 2 x 4 points, 64 x 16 characters in all. */
import { SimSsd1306 } from "./ssd1306";

/** Bit of the braille pattern (U+2800 block) for column 0..1, row 0..3. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
];

/** Sixteen lines of sixty-four characters. */
export function displayLines(display: SimSsd1306): string[] {
  const lines: string[] = [];
  for (let y = 0; y < SimSsd1306.heightPoints; y += 4) {
    let line = "";
    for (let x = 0; x < SimSsd1306.widthPoints; x += 2) line += cell(display, x, y);
    lines.push(line);
  }
  return lines;
}

/**
 * The lines of a display in a frame with a title, and beside it the text that stands on it (eight
 * lines, each as high as two of braille), for terminals whose font has no braille and for search.
 */
export function framedDisplay(title: string, art: string[], text: string[]): string[] {
  const width = art[0].length;
  const top = `┌─ ${title} ${"─".repeat(Math.max(0, width - title.length - 3))}┐`;
  const body = art.map((line, index) => {
    const beside = index % 2 === 0 ? (text[index / 2] ?? "") : "";
    return `│${line}│ ${beside}`.trimEnd();
  });
  return [top, ...body, `└${"─".repeat(width)}┘`];
}

function cell(display: SimSsd1306, x: number, y: number): string {
  let dots = 0;
  for (let column = 0; column < 2; column++)
    for (let row = 0; row < 4; row++)
      if (display.point(x + column, y + row)) dots |= DOTS[column][row];
  return String.fromCharCode(0x2800 + dots);
}
