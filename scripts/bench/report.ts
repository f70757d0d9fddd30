/** Tables of figures: as Markdown, back from Markdown, and what has changed between two of them. */

export interface Section {
  title: string;
  /** What the figures are and how they come about. */
  note: string;
  columns: string[];
  rows: [name: string, ...cells: Cell[]][];
  /** Depends on the machine, so that small changes mean nothing. */
  isTimed: boolean;
}

/** `undefined` = there is no such figure. */
export type Cell = number | undefined;

/** "section / row / column" -> figure. */
type Figures = Map<string, number>;

/** Where a bundle's size stands. */
export const BUNDLE_SECTION = "Bundle bytes by part";
export const WHOLE_BUNDLE = "whole bundle";

const NO_FIGURE = "-";
const LINE_CHARACTERS = 100;
/** Timed figures within this factor count as unchanged. */
const TIMED_TOLERANCE = 1.3;

export function formatSection({ title, note, columns, rows }: Section): string {
  const cells = rows.map(([name, ...figures]) => [name, ...figures.map(formatCell)]);
  const table = [["", ...columns], ...cells];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const line = (row: string[]) =>
    `| ${row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join(" | ")} |`;
  const rules = widths.map((width, i) => "-".repeat(width + 1) + (i === 0 ? "-" : ":"));
  const [head, ...body] = table.map(line);
  const rule = `|${rules.join("|")}|`;
  return [`## ${title}`, "", wrap(note), "", head, rule, ...body, ""].join("\n");
}

/** One line for each figure that differs from `before`, a text with sections as formatted above. */
export function compare(sections: Section[], before: string): string[] {
  const old = parseFigures(before);
  const changes: string[] = [];
  for (const section of sections) {
    for (const [name, figure] of parseFigures(formatSection(section))) {
      const last = old.get(name);
      if (last === undefined || !isChanged(last, figure, section.isTimed)) continue;
      const percent = last === 0 ? "" : ` (${signed((100 * (figure - last)) / last)} %)`;
      changes.push(`${figure > last ? "up  " : "down"}  ${name}: ${last} -> ${figure}${percent}`);
    }
  }
  return changes;
}

/** A bundle's size as it was written down; undefined when it was not. */
export function lastBundleBytes(report: string, board: string): number | undefined {
  return parseFigures(report).get(`${BUNDLE_SECTION} / ${WHOLE_BUNDLE} / ${board}`);
}

function isChanged(last: number, figure: number, isTimed: boolean): boolean {
  if (!isTimed) return figure !== last;
  return figure > last * TIMED_TOLERANCE || figure * TIMED_TOLERANCE < last;
}

function parseFigures(text: string): Figures {
  const figures: Figures = new Map();
  let title = "";
  let columns: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("## ")) {
      title = line.slice(3);
      columns = [];
    }
    if (!line.startsWith("| ")) continue;
    const [name, ...cells] = line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim());
    if (columns.length === 0) columns = cells;
    else {
      cells.forEach((cell, i) => {
        if (cell !== NO_FIGURE) figures.set(`${title} / ${name} / ${columns[i]}`, Number(cell));
      });
    }
  }
  return figures;
}

/** Fractions with one decimal, small ones with three digits that count. */
function formatCell(cell: Cell): string {
  if (cell === undefined) return NO_FIGURE;
  if (Number.isInteger(cell)) return String(cell);
  return cell < 10 ? cell.toPrecision(3) : cell.toFixed(1);
}

function signed(value: number): string {
  return `${value > 0 ? "+" : ""}${value.toFixed(1)}`;
}

export function wrap(text: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1];
    if (last.length + word.length + 1 > LINE_CHARACTERS) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines.join("\n");
}
