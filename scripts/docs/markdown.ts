/** Reads what a test wants to hold against the code out of Markdown: links, code, tables. */

export interface Table {
  /** Heading above it. */
  heading: string;
  columns: string[];
  rows: string[][];
}

const FENCE = /^\s*```/;
const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;
const INLINE_CODE = /`([^`\n]+)`/g;

/** Lines of code blocks, fenced or indented by four spaces behind an empty line. */
export function codeLines(text: string): string[] {
  const found: string[] = [];
  let isFenced = false;
  let isIndented = false;
  let isAfterEmpty = true;
  for (const line of text.split("\n")) {
    const isFence = FENCE.test(line);
    if (isFence) isFenced = !isFenced;
    isIndented = !isFenced && line.startsWith("    ") && (isIndented || isAfterEmpty);
    if ((isFenced && !isFence) || isIndented) found.push(line.trim());
    isAfterEmpty = line.trim() === "";
  }
  return found;
}

/** A code block with what stands behind its fence; "" for an indented one. */
export interface Block {
  info: string;
  lines: string[];
}

/** Code blocks, fenced or indented by four spaces behind an empty line. */
export function blocks(text: string): Block[] {
  const found: Block[] = [];
  let open: Block | undefined;
  let isFenced = false;
  let isAfterEmpty = true;
  for (const line of text.split("\n")) {
    if (FENCE.test(line)) {
      isFenced = !isFenced;
      open = isFenced ? { info: line.replace(FENCE, "").trim(), lines: [] } : undefined;
      if (open !== undefined) found.push(open);
    } else if (isFenced) open?.lines.push(line);
    else if (line.startsWith("    ") && (open !== undefined || isAfterEmpty)) {
      open ??= { info: "", lines: [] };
      if (open.lines.length === 0) found.push(open);
      open.lines.push(line.trim());
    } else open = undefined;
    isAfterEmpty = line.trim() === "";
  }
  return found;
}

/** Targets of links and pictures, without those to other places of the web or the page. */
export function relativeLinks(text: string): string[] {
  const targets = [...text.matchAll(LINK)].map((match) => match[1].replace(/#.*$/, ""));
  return targets.filter((target) => target !== "" && !/^[a-z]+:/.test(target));
}

/** `code` in running text and tables. */
export function inlineCode(text: string): string[] {
  return [...text.matchAll(INLINE_CODE)].map((match) => match[1]);
}

export function tables(text: string): Table[] {
  const found: Table[] = [];
  let heading = "";
  let table: Table | undefined;
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) heading = line.replace(/^#+ /, "");
    if (!line.startsWith("|")) {
      table = undefined;
      continue;
    }
    const cells = line
      .replace(/^\||\|$/g, "")
      .split("|")
      .map((cell) => cell.trim());
    if (table === undefined) {
      table = { heading, columns: cells, rows: [] };
      found.push(table);
    } else if (!/^:?-+:?$/.test(cells[0])) table.rows.push(cells);
  }
  return found;
}

/** "a/{b,c}.ts" as "a/b.ts" and "a/c.ts". */
export function expandBraces(text: string): string[] {
  const found = /^(.*)\{([^}]+)\}(.*)$/.exec(text);
  if (found === null) return [text];
  const [, before, choices, after] = found;
  return choices.split(",").map((choice) => `${before}${choice}${after}`);
}
