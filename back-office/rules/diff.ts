/** What changes from one ruleset to another, in the sentences of `explain.ts`. */
import { type Explanation, explain, type Fact } from "./explain";
import type { Phrases } from "./phrases";
import type { RulesetView } from "./read-ruleset";

/** `before` is missing for what is new, `after` for what is gone. */
export interface Change {
  key: string;
  before?: string;
  after?: string;
}

export interface RuleChange {
  id: number;
  title: string;
  kind: "added" | "removed" | "changed";
  changes: Change[];
}

export interface RulesetDiff {
  isSame: boolean;
  header: Change[];
  rules: RuleChange[];
  /** Sentences about competing rules that only one of the two has. */
  stacks: Change[];
}

export function diffRulesets(
  before: RulesetView,
  after: RulesetView,
  phrases: Phrases,
): RulesetDiff {
  const old = explain(before, phrases);
  const now = explain(after, phrases);
  const header = changesOf(old.header, now.header);
  const rules = ruleChanges(old, now);
  const keyed = (sentences: string[]) => sentences.map((text) => ({ key: text, text }));
  const stacks = changesOf(keyed(old.stacks), keyed(now.stacks));
  const isSame = header.length + rules.length + stacks.length === 0;
  return { isSame, header, rules, stacks };
}

export function diffText(diff: RulesetDiff, phrases: Phrases): string {
  const { headings, changes: words } = phrases;
  if (diff.isSame) return words.same;
  const lines: string[] = [];
  const part = (heading: string, changes: Change[]) => {
    if (changes.length > 0)
      lines.push(heading, ...changes.flatMap((one) => changeLines(one, words)));
  };
  part(headings.header, diff.header);
  for (const { title, kind, changes } of diff.rules) {
    const word = kind === "changed" ? "" : ` (${words[kind]})`;
    if (kind === "changed") part(title, changes);
    else lines.push(`${title}${word}`, ...changes.map((one) => `  ${one.after ?? one.before}`));
  }
  part(headings.stacks, diff.stacks);
  return lines.join("\n");
}

function changeLines({ before, after }: Change, words: Phrases["changes"]): string[] {
  const lines: string[] = [];
  if (before !== undefined) lines.push(`  - ${words.before}: ${before}`);
  if (after !== undefined) lines.push(`  + ${words.after}: ${after}`);
  return lines;
}

function ruleChanges(old: Explanation, now: Explanation): RuleChange[] {
  const ids = new Set([...old.rules, ...now.rules].map(({ id }) => id));
  const changes: RuleChange[] = [];
  for (const id of [...ids].sort((a, b) => a - b)) {
    const before = old.rules.find((rule) => rule.id === id);
    const after = now.rules.find((rule) => rule.id === id);
    const title = after?.title ?? before?.title ?? "";
    const found = changesOf(before?.facts ?? [], after?.facts ?? []);
    const kind = before === undefined ? "added" : after === undefined ? "removed" : "changed";
    if (found.length > 0) changes.push({ id, title, kind, changes: found });
  }
  return changes;
}

function changesOf(before: Fact[], after: Fact[]): Change[] {
  const keys = new Set([...before, ...after].map(({ key }) => key));
  const changes: Change[] = [];
  for (const key of keys) {
    const [was, is] = [before, after].map((facts) => facts.find((fact) => fact.key === key)?.text);
    if (was !== is) changes.push({ key, before: was, after: is });
  }
  return changes;
}
