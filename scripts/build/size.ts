/** Which source file each byte of a bundle comes from, read off the bundle's source map. */
import { SourceMap, type SourceMapPayload } from "node:module";
import path from "node:path";

/** Bytes of no file: declarations that the minifier joins. */
const BUILD = "(build)";

/**
 * Bytes by source file, relative to `root`, largest first: their shares of the minified code, of
 * the `sizeBytes` that are flashed after all later steps.
 */
export function attributeBytes(
  code: string,
  mapJson: string,
  root: string,
  sizeBytes: number,
): Record<string, number> {
  const map = new SourceMap(JSON.parse(mapJson) as SourceMapPayload);
  const bytes: Record<string, number> = {};
  code.split("\n").forEach((line, lineIndex) => {
    for (let column = 0; column < line.length; column++) {
      const entry = map.findEntry(lineIndex, column);
      const source = "originalSource" in entry ? entry.originalSource : undefined;
      const name = source ? path.relative(root, path.resolve(root, source)) : BUILD;
      bytes[name] = (bytes[name] ?? 0) + 1;
    }
  });
  const whole = Object.values(bytes).reduce((sum, count) => sum + count, 0);
  let rest = sizeBytes;
  for (const name of Object.keys(bytes)) {
    bytes[name] = Math.round((bytes[name] * sizeBytes) / whole);
    rest -= bytes[name];
  }
  bytes[BUILD] = (bytes[BUILD] ?? 0) + rest;
  return Object.fromEntries(Object.entries(bytes).sort(byCountThenName));
}

/** The table `make size` prints. */
export function formatSizes(modules: Record<string, number>, budgetBytes: number): string {
  const total = Object.values(modules).reduce((sum, count) => sum + count, 0);
  const rows = Object.entries(modules).map(
    ([name, count]) => `${String(count).padStart(7)}  ${name}`,
  );
  const left = budgetBytes - total;
  return [...rows, `${String(total).padStart(7)}  total, ${left} of ${budgetBytes} left`].join(
    "\n",
  );
}

function byCountThenName(a: [string, number], b: [string, number]): number {
  return b[1] - a[1] || (a[0] < b[0] ? -1 : 1);
}
