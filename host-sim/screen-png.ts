/** Pictures of the simulated display, for people and for comparison with golden pictures. */
import { PNG } from "pngjs";
import { SimSsd1306 } from "./ssd1306";

/** Light of an OLED: lit points are not quite white, and there is a gap between two of them. */
const LIT = [0xd8, 0xf0, 0xff, 0xff];
const DARK = [0x06, 0x09, 0x0c, 0xff];
const DEFAULT_POINT_PIXELS = 3;
const BORDER_POINTS = 3;

/** The display as a PNG file's bytes; every point is a square of `pointPixels`. */
export function screenPng(display: SimSsd1306, pointPixels = DEFAULT_POINT_PIXELS): Uint8Array {
  return Uint8Array.from(PNG.sync.write(drawPicture(display, pointPixels), { colorType: 2 }));
}

export function drawPicture(display: SimSsd1306, pointPixels = DEFAULT_POINT_PIXELS): PNG {
  const width = (SimSsd1306.widthPoints + 2 * BORDER_POINTS) * pointPixels;
  const height = (SimSsd1306.heightPoints + 2 * BORDER_POINTS) * pointPixels;
  const png = new PNG({ width, height, colorType: 2 });
  for (let at = 0; at < png.data.length; at += 4) png.data.set(DARK, at);
  const gap = pointPixels > 2 ? 1 : 0;
  for (let y = 0; y < SimSsd1306.heightPoints; y++) {
    for (let x = 0; x < SimSsd1306.widthPoints; x++) {
      if (display.point(x, y)) light(png, x + BORDER_POINTS, y + BORDER_POINTS, pointPixels, gap);
    }
  }
  return png;
}

function light(png: PNG, x: number, y: number, pointPixels: number, gap: number): void {
  for (let row = gap; row < pointPixels; row++) {
    for (let column = 0; column < pointPixels - gap; column++) {
      const at = (y * pointPixels + row) * png.width + x * pointPixels + column;
      png.data.set(LIT, 4 * at);
    }
  }
}
