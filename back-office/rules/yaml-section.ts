/**
 * Reads a YAML mapping with complaints that a shop owner can act on: file, line, what is wrong and
 * what to write instead. Problems are collected, so one run shows all of them.
 */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";

/** Thrown when a file cannot be compiled; `message` has one line per problem. */
export class RulesetError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "RulesetError";
  }
}

/** Where problems are noted, each as `file:line: what`. */
export class Problems {
  readonly list: string[] = [];

  constructor(
    private readonly fileName: string,
    private readonly lines: LineCounter,
  ) {}

  add(node: Node | undefined, what: string): void {
    const line = node?.range ? this.lines.linePos(node.range[0]).line : 1;
    this.list.push(`${this.fileName}:${line}: ${what}`);
  }

  throwIfAny(): void {
    if (this.list.length > 0) throw new RulesetError(this.list);
  }
}

/** One mapping of the file. Every key that is read counts as known; `finish` reports the others. */
export class Section {
  private readonly known = new Set<string>();

  constructor(
    readonly node: YAMLMap | undefined,
    readonly problems: Problems,
  ) {}

  has(key: string): boolean {
    return this.valueOf(key) !== undefined;
  }

  /** The text of a scalar as written, so `007`, `yes` and `1405-01-01` arrive unchanged. */
  text(key: string, fallback?: string): string | undefined {
    const node = this.valueOf(key);
    if (node === undefined) {
      if (fallback === undefined)
        this.complain(undefined, `"${key}" is missing; add "${key}: ..."`);
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
    this.complain(key, `"${key}: ${text}" is not known; write one of: ${names.join(", ")}`);
    return table[names[0]];
  }

  /** A mapping inside this one; empty when the key is missing. */
  section(key: string): Section {
    const node = this.valueOf(key);
    if (node !== undefined && !isMap(node))
      this.complain(key, `"${key}" must have keys of its own`);
    return new Section(isMap(node) ? node : undefined, this.problems);
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
    const node = key === undefined ? undefined : this.valueOf(key);
    this.problems.add(node ?? this.node, what);
  }

  /** Reports every key that nobody has read. */
  finish(): void {
    for (const pair of this.node?.items ?? []) {
      const key = String(pair.key);
      if (!this.known.has(key)) {
        const names = [...this.known].join(", ");
        this.problems.add(pair.key as Node, `unknown key "${key}"; known here: ${names}`);
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
  const document = parseDocument(source, { lineCounter: lines });
  const problems = new Problems(fileName, lines);
  for (const error of document.errors) {
    problems.list.push(`${fileName}:${lines.linePos(error.pos[0]).line}: ${error.message}`);
  }
  const top = document.contents;
  if (problems.list.length === 0 && !isMap(top)) problems.add(undefined, "no keys in this file");
  problems.throwIfAny();
  return new Section(top as YAMLMap, problems);
}
