/**
 * Reads a YAML mapping with complaints that a shop owner can act on: file, line, what is wrong and
 * what to write instead. Problems are collected, so one run shows all of them.
 */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";
import { didYouMean } from "../did-you-mean";

/** Thrown when a file cannot be compiled; `message` has one line per problem. */
export class RulesetError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "RulesetError";
  }
}

/** Where problems are noted, each as `file:line:column: what`. */
export class Problems {
  private readonly found: { offset: number; text: string }[] = [];

  constructor(
    private readonly fileName: string,
    private readonly lines: LineCounter,
  ) {}

  add(node: Node | undefined, what: string): void {
    this.addAt(node?.range?.[0] ?? 0, what);
  }

  /** `offset` counts the characters before the place. */
  addAt(offset: number, what: string): void {
    const { line, col } = this.lines.linePos(offset);
    const text = `${this.fileName}:${Math.max(line, 1)}:${Math.max(col, 1)}: ${what}`;
    if (!this.found.some((one) => one.text === text)) this.found.push({ offset, text });
  }

  /** In the order of the file. */
  throwIfAny(): void {
    if (this.found.length === 0) return;
    const sorted = [...this.found].sort((a, b) => a.offset - b.offset);
    throw new RulesetError(sorted.map(({ text }) => text));
  }
}

/** One mapping of the file. Every key that is read counts as known; `finish` reports the others. */
export class Section {
  private readonly known = new Set<string>();

  constructor(
    readonly node: YAMLMap | undefined,
    readonly problems: Problems,
    /** The key that it stands under; for messages. */
    private readonly name = "",
  ) {}

  has(key: string): boolean {
    return this.valueOf(key) !== undefined;
  }

  /** The text of a scalar as written, so `007`, `yes` and `1405-01-01` arrive unchanged. */
  text(key: string, fallback?: string): string | undefined {
    const node = this.valueOf(key);
    if (node === undefined) {
      if (fallback === undefined) {
        const place = this.name === "" ? "" : ` under "${this.name}"`;
        this.complain(undefined, `"${key}" is missing${place}; add "${key}: ..."`);
      }
      return fallback;
    }
    if (isScalar(node)) return String(node.source ?? node.value);
    this.complain(key, `"${key}" must be a single value`);
    return fallback;
  }

  /** A whole number in `min..max`; underscores may group digits. */
  integer(key: string, min: number, max: number, fallback?: number): number {
    const text = this.text(key, fallback === undefined ? undefined : String(fallback));
    return text === undefined ? min : this.parseInteger(key, text, min, max);
  }

  parseInteger(key: string, text: string, min: number, max: number): number {
    const value = /^-?\d[\d_]*$/.test(text) ? Number(text.replaceAll("_", "")) : Number.NaN;
    if (value >= min && value <= max) return value;
    this.complain(key, `"${key}: ${text}" must be a whole number from ${min} to ${max}`);
    return min;
  }

  /** As `integer` from 1, or `none`, which is 0. */
  limit(key: string, max: number): number {
    const text = this.text(key, "none");
    return text === undefined || text === "none" ? 0 : this.parseInteger(key, text, 1, max);
  }

  /** One of the table's names; returns its value. */
  choice<T>(key: string, table: Readonly<Record<string, T>>, fallback?: string): T {
    const names = Object.keys(table);
    const text = this.text(key, fallback) ?? names[0];
    if (Object.hasOwn(table, text)) return table[text];
    const meant = didYouMean(text, names, "write one of");
    this.complain(key, `"${key}: ${text}" is not known${meant}`);
    return table[names[0]];
  }

  /** A mapping inside this one; empty when the key is missing. */
  section(key: string): Section {
    const node = this.valueOf(key);
    if (node !== undefined && !isMap(node))
      this.complain(key, `"${key}" must have keys of its own`);
    return new Section(isMap(node) ? node : undefined, this.problems, key);
  }

  /** The items of a list of mappings. */
  sections(key: string): Section[] {
    const sections: Section[] = [];
    for (const item of this.items(key)) {
      if (isMap(item)) sections.push(new Section(item, this.problems));
      else this.problems.add(item, `every item of "${key}" must have keys, such as "- id: 1"`);
    }
    return sections;
  }

  /** The items of a list of single values. */
  texts(key: string): { text: string; node: Node }[] {
    const texts: { text: string; node: Node }[] = [];
    for (const item of this.items(key)) {
      if (isScalar(item)) texts.push({ text: String(item.source ?? item.value), node: item });
      else this.problems.add(item, `every item of "${key}" must be a single value`);
    }
    return texts;
  }

  /** The keys as written, for mappings whose keys are data; all of them count as known. */
  keys(): string[] {
    const keys = (this.node?.items ?? []).map((pair) => String(pair.key));
    for (const key of keys) this.known.add(key);
    return keys;
  }

  /** Notes a problem at a key of this section, or at the section itself. */
  complain(key: string | undefined, what: string): void {
    this.problems.add(this.nodeOf(key), what);
  }

  /** Where the value of a key stands in the file, or this section when there is none. */
  nodeOf(key: string | undefined): Node | undefined {
    return (key === undefined ? undefined : this.valueOf(key)) ?? this.node;
  }

  /** Reports every key that nobody has read. */
  finish(): void {
    for (const pair of this.node?.items ?? []) {
      const key = String(pair.key);
      if (!this.known.has(key)) {
        const meant = didYouMean(key, [...this.known], "known here");
        this.problems.add(pair.key as Node, `unknown key "${key}"${meant}`);
      }
    }
  }

  private items(key: string): Node[] {
    const node = this.valueOf(key);
    if (node === undefined) return [];
    if (isSeq(node)) return node.items as Node[];
    this.complain(key, `"${key}" must be a list`);
    return [];
  }

  private valueOf(key: string): Node | undefined {
    this.known.add(key);
    const pair = this.node?.items.find((candidate) => String(candidate.key) === key);
    return pair?.value === null ? undefined : (pair?.value as Node | undefined);
  }
}

/** Parses a file into its top mapping. Throws `RulesetError` when it is not YAML at all. */
export function parseSections(source: string, fileName: string): Section {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  const problems = new Problems(fileName, lines);
  for (const error of document.errors) problems.addAt(error.pos[0], error.message);
  // A key that stands twice does not keep the rest from being read.
  if (document.errors.some(({ code }) => code !== "DUPLICATE_KEY")) problems.throwIfAny();
  const top = document.contents;
  if (!isMap(top)) problems.add(undefined, "no keys in this file");
  if (!isMap(top)) problems.throwIfAny();
  return new Section(top as YAMLMap, problems);
}
