/** The steps of a scenario file, each with its fields. */
import { isMap, isScalar, type Node } from "yaml";
import { didYouMean } from "../../back-office/did-you-mean";
import { type Problems, Section } from "../../back-office/rules/yaml-section";
import type { TapResult } from "../../host-sim/pad-machine";
import type { ScenarioAction, TapStep } from "../../host-sim/scenario";

const AMOUNT_MAX = 999_999_999;
const EXCHANGE_MAX = 100_000;
const POINTS_MAX = 4_294_967_295;
const RECORD_MAX = 4_294_967_295;
const REWARD_MAX = 255;
const RESULTS: Record<string, TapResult> = {
  done: "done",
  refused: "refused",
  unfinished: "unfinished",
  powerCut: "powerCut",
};
const UNIT_SECONDS: Record<string, number> = { s: 1, min: 60, hour: 3600, day: 86400 };
const DURATION = /^(\d+) ?(s|min|hour|day)s?$/;
const KEYS = /^[0-9A-D*#]+$/;
/** How long the lights are out when nothing is said. */
const POWER_CUT_SECONDS = 5;

const PARSERS: Record<string, (step: StepText) => ScenarioAction | undefined> = {
  issue: (step) => ({ kind: "issue", card: step.card() }),
  enrol: (step) => ({ ...parseTap(step, "enrol"), mobile: parseMobile(step) }),
  sale: (step) => ({ ...parseTap(step, "sale"), ...parseAmounts(step) }),
  balance: (step) => parseTap(step, "balance"),
  return: (step) => ({
    ...parseTap(step, "return"),
    amount: step.fields.integer("amount", 1, AMOUNT_MAX),
    number: step.fields.has("record") ? step.fields.integer("record", 1, RECORD_MAX) : 0,
  }),
  void: (step) => parseTap(step, "void"),
  giftLoad: (step) => ({
    ...parseTap(step, "giftLoad"),
    amount: step.fields.integer("amount", 1, AMOUNT_MAX),
  }),
  reward: (step) => ({
    ...parseTap(step, "reward"),
    number: step.fields.integer("number", 1, REWARD_MAX),
  }),
  renew: (step) => parseTap(step, "renew"),
  tap: (step) => parseTap(step, "tap"),
  keys: parseKeys,
  wait: (step) => parseDuration(step, "wait"),
  powerCut: (step) =>
    step.isBare
      ? { kind: "powerCut", seconds: POWER_CUT_SECONDS }
      : parseDuration(step, "powerCut"),
  expect: parseExpect,
  publish: (step) =>
    step.text === undefined
      ? step.refuse('write the ruleset file, such as "publish: autumn.yaml"')
      : { kind: "publish", file: step.text },
  office: parseOffice,
  sync: (step) => (step.isBare ? { kind: "sync" } : step.refuse('write "- sync", nothing else')),
};

/** Commands that need nothing but the database. */
const OFFICE_COMMANDS = ["hotlist", "patch"];
const STEP_NAMES = Object.keys(PARSERS);

/** Parses one item of the list; undefined when a problem was noted. */
export function parseStep(
  item: Node,
  problems: Problems,
  cardNames: string[],
): ScenarioAction | undefined {
  const isPair = isMap(item) && item.items.length === 1;
  const name = isPair ? String(item.items[0].key) : isScalar(item) ? String(item.value) : "";
  if (name === "") {
    problems.add(item, 'a step is one word and what belongs to it, such as "- balance: sara"');
    return undefined;
  }
  if (!STEP_NAMES.includes(name)) {
    problems.add(item, `unknown step "${name}"${didYouMean(name, STEP_NAMES)}`);
    return undefined;
  }
  const value = isMap(item) ? (item.items[0].value as Node | null) : null;
  const step = new StepText(name, item, value, problems, cardNames);
  const action = PARSERS[name](step);
  step.fields.finish();
  return action;
}

class StepText {
  readonly fields: Section;
  /** What stands behind the name when that is a single value. */
  readonly text: string | undefined;
  readonly isBare: boolean;

  constructor(
    private readonly name: string,
    private readonly item: Node,
    value: Node | null,
    private readonly problems: Problems,
    private readonly cardNames: string[],
  ) {
    this.fields = new Section(isMap(value) ? value : undefined, problems);
    const isText = isScalar(value) && value.value !== null;
    this.text = isText ? String(value.source ?? value.value) : undefined;
    this.isBare = !isText && !isMap(value);
  }

  refuse(what: string): undefined {
    this.problems.add(this.item, `${this.name}: ${what}`);
    return undefined;
  }

  /** The card, as the step's only value or as its field. */
  card(): string {
    const name = this.text ?? this.fields.text("card", "") ?? "";
    if (this.cardNames.includes(name)) return name;
    this.refuse(name === "" ? 'say which card: "card: ..."' : this.unknownCard(name));
    return "";
  }

  unknownCard(name: string): string {
    return `no card "${name}" in this file${didYouMean(name, this.cardNames)}`;
  }
}

function parseOffice(step: StepText): ScenarioAction | undefined {
  const words = (step.text ?? "").split(" ").filter((word) => word !== "");
  if (OFFICE_COMMANDS.includes(words[0])) return { kind: "office", words };
  return step.refuse('write an order, such as "office: hotlist add --member 2"');
}

function parseTap(step: StepText, kind: TapStep["kind"]): TapStep {
  const { fields } = step;
  const card = step.card();
  const pull = fields.section("pull");
  const cut = fields.section("powerCut");
  const moment = (section: Section, key: string) =>
    section.has(key) ? section.integer(key, 1, EXCHANGE_MAX) : undefined;
  const pullAtExchange = moment(pull, "atExchange");
  const pullDelayUs = pull.has("delayUs") ? pull.integer("delayUs", -2000, 20_000) : undefined;
  const cutAtExchange = moment(cut, "atExchange");
  const cutAtFlashWord = moment(cut, "atFlashWord");
  pull.finish();
  cut.finish();
  if (fields.has("pull") && pullAtExchange === undefined) {
    step.refuse('pull: say when the card leaves: "pull: {atExchange: 40}"');
  }
  const isCut = cutAtExchange !== undefined || cutAtFlashWord !== undefined;
  if (fields.has("powerCut") && !isCut) {
    step.refuse('powerCut: say when: "powerCut: {atExchange: 40}" or "{atFlashWord: 20}"');
  }
  const usual = pullAtExchange !== undefined ? "unfinished" : isCut ? "powerCut" : "done";
  const result = fields.choice("result", RESULTS, usual);
  const failures = { pullAtExchange, pullDelayUs, cutAtExchange, cutAtFlashWord };
  return { kind, card, mobile: "", amount: 0, credit: 0, number: 0, result, ...failures };
}

function parseMobile(step: StepText): string {
  const mobile = step.fields.text("mobile", "") ?? "";
  if (!/^\d{0,11}$/.test(mobile)) step.refuse("mobile: write up to 11 digits");
  return mobile;
}

function parseAmounts({ fields }: StepText): { amount: number; credit: number | "all" } {
  const amount = fields.integer("amount", 1, AMOUNT_MAX);
  if (!fields.has("credit")) return { amount, credit: 0 };
  if (fields.text("credit") === "all") return { amount, credit: "all" };
  return { amount, credit: fields.integer("credit", 1, amount) };
}

function parseKeys(step: StepText): ScenarioAction | undefined {
  if (step.text !== undefined && KEYS.test(step.text)) return { kind: "keys", keys: step.text };
  return step.refuse('write the keys in quotes: 0-9, A-D, * and #, such as "300000#"');
}

function parseDuration(step: StepText, kind: "wait" | "powerCut"): ScenarioAction | undefined {
  const [, count, unit] = DURATION.exec(step.text ?? "") ?? [];
  if (unit === undefined) return step.refuse('write a time like "90 s", "5 min" or "1 day"');
  return { kind, seconds: Number(count) * UNIT_SECONDS[unit] };
}

function parseExpect(step: StepText): ScenarioAction | undefined {
  const { fields } = step;
  const screen = fields.has("screen") ? parseScreenTexts(fields) : [];
  const hasCard = fields.has("card") || step.text !== undefined;
  const card = hasCard ? step.card() : undefined;
  const credit = fields.has("credit") ? fields.integer("credit", 0, AMOUNT_MAX) : undefined;
  const points = fields.has("points") ? fields.integer("points", 0, POINTS_MAX) : undefined;
  const asksCard = credit !== undefined || points !== undefined;
  if (asksCard !== hasCard) return step.refuse('a card goes with "credit" or "points"');
  if (!asksCard && screen.length === 0) return step.refuse('say what: "screen", or a card');
  return { kind: "expect", screen, card, credit, points };
}

/** One text, or a list of them. */
function parseScreenTexts(fields: Section): string[] {
  const isSingle = isScalar(fields.node?.get("screen", true));
  if (isSingle) return [fields.text("screen") ?? ""];
  return fields.texts("screen").map(({ text }) => text);
}
