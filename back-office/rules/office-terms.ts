/**
 * What a ruleset file says for the office alone: names, programmes with their budgets over all
 * pads, and how much a supervisor may grant in a day. A pad knows only itself, so none of it is in
 * the bytes that pads get.
 */
import { MAX_RIAL } from "../../firmware/core/money";
import type { Section } from "./yaml-section";

/** Rules that are watched and reported together. */
export interface Programme {
  name: string;
  ruleIds: number[];
  /** Credit and discount that it may give in all, at every pad; 0 = no limit. */
  budgetRial: number;
}

export interface OfficeTerms {
  ruleNames: [id: number, name: string][];
  rewardNames: [id: number, name: string][];
  programmes: Programme[];
  /** The most that one supervisor grants in a business day, at all pads; 0 = no limit. */
  grantsPerDayRial: number;
}

export const NO_TERMS: OfficeTerms = {
  ruleNames: [],
  rewardNames: [],
  programmes: [],
  grantsPerDayRial: 0,
};

/** `programmes:` of a file; each rule belongs to one of them at most. */
export function compileProgrammes(top: Section, ruleIds: readonly number[]): Programme[] {
  const programmes: Programme[] = [];
  const owners = new Map<number, string>();
  const ids = [...new Set(ruleIds)].sort((a, b) => a - b);
  const known = ids.length === 0 ? "there are none" : `known: ${ids.join(", ")}`;
  for (const section of top.sections("programmes")) {
    const name = section.text("name") ?? "";
    if (programmes.some((other) => other.name === name)) {
      section.complain("name", `programme "${name}" stands here twice; give this one another name`);
    }
    const ours: number[] = [];
    for (const { text, node } of section.texts("rules")) {
      const id = Number(text);
      const owner = owners.get(id);
      if (!ids.includes(id)) section.problems.add(node, `there is no rule ${text}; ${known}`);
      else if (owner !== undefined) {
        const what = `rule ${id} is in programme "${owner}" already; leave it in one of them`;
        section.problems.add(node, what);
      } else ours.push(id);
      owners.set(id, owner ?? name);
    }
    if (!section.has("rules")) {
      section.complain(undefined, `a programme needs its rules; add "rules: [1, 2]"`);
    }
    programmes.push({ name, ruleIds: ours, budgetRial: section.limit("budgetRial", MAX_RIAL) });
    section.finish();
  }
  return programmes;
}
