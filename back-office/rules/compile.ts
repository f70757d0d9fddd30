/**
 * Compiles a ruleset file (YAML) to the bytes that the pad evaluates. The same file always gives
 * the same bytes, whatever the order of its rules; rulesets/FORMAT.md describes both sides.
 */
import type { Node } from "yaml";
import { Status } from "../../card-layout/status";
import { MAX_RIAL } from "../../firmware/core/money";
import { checkRuleset } from "../../firmware/core/ruleset";
import {
  ANY_ISSUER,
  Header,
  MAX_RULES,
  MAX_STACK,
  RULESET_FORMAT,
  RULESET_MAGIC,
  RulesetFlag,
  StaffFlag,
} from "../../firmware/core/ruleset-format";
import {
  type CompiledRule,
  compileRule,
  encodeAmount,
  parseDay,
  parsePercent,
  parseWindow,
} from "./compile-rule";
import { compileProgrammes, type OfficeTerms } from "./office-terms";
import {
  encodeBlock,
  HEADER_LAYOUT,
  REWARD_LAYOUT,
  STACK_MODES,
  SUPERVISED,
  YES_NO,
} from "./ruleset-layout";
import { parseSections, type Section } from "./yaml-section";

export interface CompiledRuleset {
  bytes: Uint8Array;
  club: number;
  version: number;
  /** What only the office knows of the file. */
  terms: OfficeTerms;
}

const U32_MAX = 0xffffffff;
export const PERIOD_MONTHS = { none: 0, month: 1, season: 3, half: 6, year: 12 };
/** New rial: ten thousand old ones, with two decimals (one gheran is a hundred old rials). */
export const DISPLAY_UNITS = {
  rial: { displayDivisor: 1, displayDecimals: 0 },
  toman: { displayDivisor: 10, displayDecimals: 0 },
  newRial: { displayDivisor: 10000, displayDecimals: 2 },
};

/** Throws `RulesetError` with one line per problem: file, line, what to write instead. */
export function compileRuleset(source: string, fileName: string): CompiledRuleset {
  const top = parseSections(source, fileName);
  refusePopulation(top);
  const club = top.integer("club", 1, 65535);
  const version = top.integer("version", 1, U32_MAX);
  const rules = compileRules(top);
  const pairs = compileAcceptance(top);
  const { rewards, rewardNames } = compileRewards(top);
  const ruleIds = rules.map(({ id }) => id);
  const programmes = compileProgrammes(top, ruleIds);
  const grantsPerDayRial = top.section("staff").limit("grantsPerDayRial", MAX_RIAL);
  const header = {
    magic: RULESET_MAGIC,
    format: RULESET_FORMAT,
    ruleCount: rules.length,
    club,
    version,
    validFromDay: parseDay(top, "validFrom"),
    roundToRial: top.integer("roundToRial", 1, U32_MAX, 1),
    stackModes: compileStacks(top.section("stacks")),
    lotWindow: parseWindow(top.section("credit")),
    periodMonths: top.choice("period", PERIOD_MONTHS, "none"),
    acceptCount: pairs.length / 2,
    rewardCount: rewards.length,
    ...top.choice("display", DISPLAY_UNITS, "toman"),
    ...compileClock(top.section("clock")),
    ...compileLimits(top.section("limits")),
    ...compileRedeem(top.section("redeem")),
    ...compileEnrol(top.section("enrol")),
    ...compileRefund(top.section("refund")),
    ...compileGift(top.section("gift")),
    ...compileStaff(top.section("staff")),
    flags: compileFlags(top),
  };
  top.finish();
  top.problems.throwIfAny();
  const ruleBytes = rules.map((rule) => rule.bytes);
  const bytes = Buffer.concat([
    encodeBlock(HEADER_LAYOUT, header),
    pairs,
    ...rewards,
    ...ruleBytes,
  ]);
  bytes.writeUInt16LE(bytes.length, Header.LengthBytes);
  if (checkRuleset(bytes) !== Status.Ok) throw new Error(`${fileName}: compiled to refused bytes`);
  const ruleNames = rules.map(({ id, name }): [number, string] => [id, name]);
  const terms = { ruleNames, rewardNames, programmes, grantsPerDayRial };
  return { bytes: Uint8Array.from(bytes), club, version, terms };
}

/** Populations stand beside rulesets and are YAML as well: said once, not by each of their keys. */
function refusePopulation({ node, problems }: Section): void {
  const place = node?.items.find(({ key }) => String(key) === "segments")?.key;
  if (place === undefined) return;
  problems.add(place as Node, "these are customers for `rules simulate --population`, no rules");
  problems.throwIfAny();
}

function compileRules(top: Section): CompiledRule[] {
  const rules: CompiledRule[] = [];
  for (const section of top.sections("rules")) {
    const rule = compileRule(section);
    if (rules.some((other) => other.id === rule.id)) {
      section.complain("id", `rule id ${rule.id} is used twice; every rule needs its own`);
    }
    rules.push(rule);
  }
  if (rules.length > MAX_RULES) top.complain("rules", `at most ${MAX_RULES} rules`);
  return rules.sort((a, b) => a.place - b.place);
}

function compileClock(clock: Section): Record<string, number> {
  const offsetMinutes = clock.integer("offsetMinutes", 0, 840, 210);
  const text = clock.text("dayStartsAt", "00:00") ?? "";
  const match = /^"?([01]\d|2[0-3]):([0-5]\d)"?$/.exec(text);
  if (match === null) clock.complain("dayStartsAt", `write the time like "04:00"`);
  clock.finish();
  return { offsetMinutes, cutoffMinute: match ? Number(match[1]) * 60 + Number(match[2]) : 0 };
}

function compileLimits(limits: Section): Record<string, number> {
  const perTapCapRial = limits.limit("earnPerTapRial", MAX_RIAL);
  const maxBalanceRial = limits.limit("balanceRial", MAX_RIAL);
  const padBudgetRial = limits.limit("padPerDayRial", MAX_RIAL);
  const grantMaxRial = limits.limit("grantRial", MAX_RIAL);
  limits.finish();
  return { perTapCapRial, maxBalanceRial, padBudgetRial, grantMaxRial };
}

function compileRedeem(redeem: Section): Record<string, number> {
  const values = {
    redeemUnitRial: redeem.integer("unitRial", 1, U32_MAX, 1),
    redeemMinRial: redeem.integer("minRial", 0, MAX_RIAL, 0),
    redeemMaxRial: redeem.limit("maxRial", MAX_RIAL),
    redeemMaxBps: parsePercent(redeem, "maxOfBill", redeem.text("maxOfBill", "100 %") ?? ""),
    redeemDayRial: redeem.limit("perDayRial", U32_MAX),
  };
  redeem.choice("whenClockIsSuspect", YES_NO, "no");
  redeem.choice("withDebt", YES_NO, "no");
  redeem.finish();
  return values;
}

function compileEnrol(enrol: Section): Record<string, number> {
  const enrolGroup = enrol.integer("group", 0, 255, 1);
  enrol.choice("needsApproval", YES_NO, "no");
  const renewMonths = enrol.integer("renewMonths", 0, 120, 0);
  enrol.finish();
  return { enrolGroup, renewMonths };
}

function compileRefund(refund: Section): Record<string, number> {
  const graceDays = refund.integer("graceDays", 0, 255, 0);
  refund.finish();
  return { graceDays };
}

function compileStaff(section: Section): Record<string, number | Uint8Array> {
  let staff = section.choice("login", YES_NO, "no") === 1 ? StaffFlag.LoginRequired : 0;
  for (const { text, node } of section.texts("supervisorFor")) {
    const bit = SUPERVISED[text];
    const names = Object.keys(SUPERVISED).join(", ");
    if (bit === undefined) section.problems.add(node, `supervisorFor: one of ${names}`);
    else if (Math.floor(staff / bit) % 2 === 0) staff += bit;
  }
  const aboveRial = section.limit("approveAboveRial", MAX_RIAL);
  const approveAbove = encodeAmount(section, aboveRial, section.nodeOf("approveAboveRial"));
  section.limit("grantsPerDayRial", MAX_RIAL);
  section.finish();
  return { staff, approveAbove };
}

function compileGift(gift: Section): Record<string, Uint8Array> {
  gift.choice("topUp", YES_NO, "no");
  return { giftWindow: parseWindow(gift, "never") };
}

/** Sorted by id, so that the order in the file does not matter. */
function compileRewards(top: Section): { rewards: Uint8Array[]; rewardNames: [number, string][] } {
  const rewards = new Map<number, Uint8Array>();
  const rewardNames: [number, string][] = [];
  for (const section of top.sections("rewards")) {
    const id = section.integer("id", 1, 255);
    rewardNames.push([id, section.text("name", "") ?? ""]);
    const points = encodeAmount(section, section.integer("points", 1, U32_MAX));
    const creditRial = encodeAmount(section, section.integer("creditRial", 0, MAX_RIAL, 0));
    section.finish();
    if (rewards.has(id)) section.complain("id", `reward ${id} stands here twice; number them anew`);
    rewards.set(id, encodeBlock(REWARD_LAYOUT, { id, points, creditRial }));
  }
  const ids = [...rewards.keys()].sort((a, b) => a - b);
  rewardNames.sort(([a], [b]) => a - b);
  return { rewards: ids.map((id) => rewards.get(id) as Uint8Array), rewardNames };
}

function compileFlags(top: Section): number {
  const isSuspectFine = top.section("redeem").choice("whenClockIsSuspect", YES_NO, "no") === 1;
  const isClosed = top.section("enrol").choice("needsApproval", YES_NO, "no") === 1;
  const isDebtFine = top.section("redeem").choice("withDebt", YES_NO, "no") === 1;
  const hasTopUp = top.section("gift").choice("topUp", YES_NO, "no") === 1;
  return (
    (isSuspectFine ? RulesetFlag.RedeemWhenClockSuspect : 0) +
    (isClosed ? RulesetFlag.ClosedClub : 0) +
    (isDebtFine ? RulesetFlag.RedeemWithDebt : 0) +
    (hasTopUp ? RulesetFlag.GiftTopUp : 0)
  );
}

function compileStacks(stacks: Section): Uint8Array {
  const packed = new Uint8Array(4);
  for (const key of stacks.keys()) {
    const stack = stacks.parseInteger(key, key, 0, MAX_STACK);
    packed[Math.floor(stack / 4)] |= stacks.choice(key, STACK_MODES) << ((stack % 4) * 2);
  }
  return packed;
}

function compileAcceptance(top: Section): Uint8Array {
  const pairs: number[] = [];
  for (const section of top.sections("accept")) {
    for (const key of ["shop", "creditOf"]) {
      const text = section.text(key);
      const isAny = text === undefined || text === "any";
      pairs.push(isAny ? ANY_ISSUER : section.parseInteger(key, text, 1, ANY_ISSUER - 1));
    }
    section.finish();
  }
  if (pairs.length > 2 * 255) top.complain("accept", `at most 255 lines; use "shop: any"`);
  return Uint8Array.from(pairs);
}
