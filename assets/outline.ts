/** Outlines of letters as straight pieces, for whoever makes points of them. */
import type * as fontkit from "fontkit";

const CURVE_STEPS = 8;

export type Point = readonly [x: number, y: number];

/** Where the outline crosses a horizontal line, and whether upwards (1) or downwards (-1). */
export function crossings(outline: Point[][], y: number): { x: number; direction: number }[] {
  const found: { x: number; direction: number }[] = [];
  for (const polygon of outline) {
    polygon.forEach(([x1, y1], i) => {
      const [x2, y2] = polygon[(i + 1) % polygon.length];
      if (y1 <= y === y2 <= y) return;
      found.push({ x: x1 + ((y - y1) * (x2 - x1)) / (y2 - y1), direction: y2 > y1 ? 1 : -1 });
    });
  }
  return found;
}

/** The outline with its curves cut into straight pieces. */
export function outlineOf(glyph: fontkit.Glyph): Point[][] {
  const polygons: Point[][] = [];
  let polygon: Point[] = [];
  for (const { command, args } of glyph.path.commands) {
    if (command === "moveTo") {
      polygon = [[args[0], args[1]]];
      polygons.push(polygon);
    } else if (command === "closePath") continue;
    else curve([polygon[polygon.length - 1], ...pairs(args)], polygon);
  }
  return polygons;
}

function pairs(args: readonly number[]): Point[] {
  return args.flatMap((x, i) => (i % 2 === 0 ? [[x, args[i + 1]] as const] : []));
}

/** De Casteljau's construction of a curve of any degree; a line needs its end only. */
function curve(controls: Point[], out: Point[]): void {
  const steps = controls.length === 2 ? 1 : CURVE_STEPS;
  for (let step = 1; step <= steps; step++) {
    let points = controls;
    const t = step / steps;
    while (points.length > 1) {
      points = points.slice(1).map(([x, y], i) => {
        const [px, py] = points[i];
        return [px + (x - px) * t, py + (y - py) * t] as const;
      });
    }
    out.push(points[0]);
  }
}
