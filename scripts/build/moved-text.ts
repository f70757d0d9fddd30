/** Text whose parts are moved about, and where each came from. */
import { SourceMap, type SourceMapPayload } from "node:module";

/** Literal text, or a part of the text that is edited. */
export type Piece = string | [start: number, end: number];

/** What stands between `start` and `end` is replaced. */
export interface Edit {
  start: number;
  end: number;
  pieces: Piece[];
}

export class EditedText {
  /** For every line its place in the first text; -1: none. */
  private readonly origins: Int32Array;

  constructor(
    readonly code: string,
    origins?: Int32Array,
  ) {
    this.origins = origins ?? Int32Array.from(code, (_, index) => index);
  }

  /** `edits` do not overlap. */
  edited(edits: Edit[]): EditedText {
    const pieces: Piece[] = [];
    let at = 0;
    for (const { start, end, pieces: inner } of [...edits].sort((a, b) => a.start - b.start)) {
      pieces.push([at, start], ...inner);
      at = end;
    }
    pieces.push([at, this.code.length]);
    const texts = pieces.map((piece) =>
      typeof piece === "string" ? piece : this.code.slice(...piece),
    );
    const code = texts.join("");
    const origins = new Int32Array(code.length).fill(-1);
    let done = 0;
    pieces.forEach((piece, i) => {
      if (typeof piece !== "string") origins.set(this.origins.subarray(...piece), done);
      done += texts[i].length;
    });
    return new EditedText(code, origins);
  }

  /** `mapJson`, the source map of the first text, line by line for this one. */
  map(first: string, mapJson: string): string {
    const payload = JSON.parse(mapJson) as SourceMapPayload;
    const map = new SourceMap(payload);
    const lineStarts = [0];
    for (let i = 0; i < first.length; i++) if (first[i] === "\n") lineStarts.push(i + 1);
    const last = [0, 0];
    let start = 0;
    const lines = this.code.split("\n").map((line) => {
      const origin = this.origins.subarray(start, start + line.length).find((at) => at >= 0);
      start += line.length + 1;
      if (origin === undefined) return "";
      const lineIndex = lineIndexOf(lineStarts, origin);
      const entry = map.findEntry(lineIndex, origin - lineStarts[lineIndex]);
      if (!("originalSource" in entry) || entry.originalSource === undefined) return "";
      const place = [payload.sources.indexOf(entry.originalSource), entry.originalLine];
      const steps = [0, place[0] - last[0], place[1] - last[1], 0];
      last.splice(0, 2, ...place);
      return steps.map(toVlq).join("");
    });
    return JSON.stringify({ ...payload, names: [], mappings: lines.join(";") });
  }
}

function lineIndexOf(lineStarts: number[], offset: number): number {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (lineStarts[middle] <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** A number of a source map: sign in the lowest bit, five bits a digit, lowest first. */
function toVlq(value: number): string {
  let rest = value < 0 ? -value * 2 + 1 : value * 2;
  let text = "";
  do {
    const digit = rest % 32;
    rest = Math.floor(rest / 32);
    text += DIGITS[rest > 0 ? digit + 32 : digit];
  } while (rest > 0);
  return text;
}
