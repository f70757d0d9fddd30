/** Reads a scenario file; docs/simulator.md describes it. Problems come with file and line. */
import path from "node:path";
import { isSeq, type Node } from "yaml";
import { parseSections, type Section } from "../../back-office/rules/yaml-section";
import { fromJalali, jalaliMonthDays } from "../../firmware/core/calendar";
import type { Scenario, ScenarioCard, ScenarioStep } from "../../host-sim/scenario";
import { parseStep } from "./scenario-steps";

const MEMBER_MAX = 4_294_967_295;
const CARD_NAME = /^[a-z0-9][a-z0-9_-]{0,30}$/i;
const UID = /^(?:[0-9a-f]{8}|[0-9a-f]{14})$/i;
const START = /^(1[34]\d\d)-(\d\d?)-(\d\d?) (\d\d?):(\d\d)$/;
const KINDS: Record<string, ScenarioCard["kind"]> = {
  member: "member",
  gift: "gift",
  blank: "blank",
  foreign: "foreign",
};

/** Throws an error with one line per problem. `fileName` is for messages and relative paths. */
export function parseScenario(source: string, fileName: string): Scenario {
  const top = parseSections(source, fileName);
  const title = top.text("title") ?? "";
  const start = parseStart(top);
  const terminal = top.integer("terminal", 1, 65535, 1);
  const issuer = top.integer("issuer", 1, 254, 1);
  const ruleset = top.text("ruleset") ?? "";
  const cards = parseCards(top.section("cards"));
  const steps = parseSteps(top, source, cards);
  top.finish();
  top.problems.throwIfAny();
  const rulesetPath = path.resolve(path.dirname(fileName), ruleset);
  return { title, fileName, ...start, terminal, issuer, rulesetPath, cards, steps };
}

function parseStart(top: Section): { startDay: number; startMinute: number } {
  const text = top.text("start") ?? "";
  const [, year, month, day, hour, minute] = (START.exec(text) ?? []).map(Number);
  const isDate =
    month >= 1 && month <= 12 && day >= 1 && day <= jalaliMonthDays(year, month) && hour < 24;
  if (isDate && minute < 60) {
    return { startDay: fromJalali(year, month, day), startMinute: hour * 60 + minute };
  }
  top.complain("start", `"start: ${text}": write a Jalali date and a time like 1404-07-05 09:00`);
  return { startDay: 0, startMinute: 0 };
}

function parseCards(section: Section): ScenarioCard[] {
  const cards: ScenarioCard[] = [];
  for (const name of section.keys()) {
    const card = section.section(name);
    if (!CARD_NAME.test(name)) {
      section.complain(name, `card "${name}": a name has letters, digits, - and _ only`);
    }
    const kind = card.choice("kind", KINDS, "member");
    const uid = card.text("uid", "") ?? "";
    const member = kind === "member" ? card.integer("member", 1, MEMBER_MAX) : 0;
    if (uid !== "" && !UID.test(uid)) card.complain("uid", "uid: write 8 or 14 hex digits");
    cards.push({
      name,
      kind,
      member,
      serial: kind === "gift" ? card.integer("serial", 1, MEMBER_MAX) : member,
      fullName: card.text("name", name) ?? name,
      uid: UID.test(uid) ? Uint8Array.from(Buffer.from(uid, "hex")) : undefined,
    });
    card.finish();
  }
  const serials = cards.map(({ serial }) => serial).filter((serial) => serial > 0);
  const double = serials.find((serial, index) => serials.indexOf(serial) !== index);
  if (double !== undefined) section.complain(undefined, `number ${double} has two cards here`);
  if (cards.length === 0) section.complain(undefined, '"cards" must name one card at least');
  return cards;
}

function parseSteps(top: Section, source: string, cards: ScenarioCard[]): ScenarioStep[] {
  top.has("steps");
  const list = top.node?.items.find((pair) => String(pair.key) === "steps")?.value;
  if (!isSeq(list) || list.items.length === 0) {
    top.complain("steps", '"steps" must be a list such as "- sale: {card: sara, amount: 1000}"');
    return [];
  }
  const names = cards.map(({ name }) => name);
  return (list.items as Node[]).flatMap((item) => {
    const line = source.slice(0, item.range?.[0] ?? 0).split("\n").length;
    const action = parseStep(item, top.problems, names);
    return action === undefined ? [] : [{ line, action }];
  });
}
