/**
 * A compiled ruleset as plain objects, for everything that talks about rules: explanations,
 * comparisons, dry runs, the way back to YAML. Codes are those of rulesets/FORMAT.md; days count
 * from 2020-01-01, money is in rial. The evaluator does not use this: it reads the bytes.
 */
import { getUint } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import {
  checkRuleset,
  decimal,
  decimalAt,
  nextRuleOffset,
  rewardsOffset,
  rulesOffset,
  stackMode,
} from "../../firmware/core/ruleset";
import {
  Condition,
  Header,
  MAX_STACK,
  Reward,
  Rule,
  RuleFlag,
  RulesetFlag,
  type StackMode,
  Window,
  WindowMode,
} from "../../firmware/core/ruleset-format";
import { isLoginRequired } from "../../firmware/core/staff-policy";
import { UserError } from "../user-error";
import { NO_TERMS, type OfficeTerms } from "./office-terms";
import { HEADER_LAYOUT, SUPERVISED } from "./ruleset-layout";

export interface WindowView {
  mode: WindowMode;
  toMonthEnd: boolean;
  fromDays: number;
  /** Days after the tap, or a day number. */
  until: number;
}

export interface ConditionView {
  field: number;
  operator: number;
  value: number;
}

export interface RuleView {
  id: number;
  /** From the file; "" when only bytes are known. */
  name: string;
  order: number;
  phase: number;
  stack: number;
  action: number;
  base: number;
  window: WindowView;
  purse: number;
  argument: number;
  unit: number;
  /** 0 = none. */
  cap: number;
  firstDay: number;
  lastDay: number;
  claimsBirthday: boolean;
  usesOffers: boolean;
  conditions: ConditionView[];
  /** The rule's own bytes with its conditions. */
  bytes: Uint8Array;
}

export interface RewardView {
  id: number;
  points: number;
  /** 0 = goods. */
  creditRial: number;
}

export interface RulesetView {
  /** Every number of the header by its name in FORMAT.md. */
  header: Readonly<Record<string, number>>;
  redeemsWhenClockSuspect: boolean;
  isClosedClub: boolean;
  redeemsWithDebt: boolean;
  hasGiftTopUp: boolean;
  /** A staff card is shown before anything else. */
  isLoginRequired: boolean;
  /** Words of `supervisorFor`. */
  supervised: string[];
  /** 0 = no limit. */
  approveAboveRial: number;
  window: WindowView;
  giftWindow: WindowView;
  rewards: RewardView[];
  /** Mode by stack, 0..15. */
  stackModes: StackMode[];
  /** Pairs: the shop that takes, the shop that granted; 255 = any. */
  accept: [acceptor: number, issuer: number][];
  /** In the order of evaluation. */
  rules: RuleView[];
  /** What the file says for the office alone; nothing when only bytes are known. */
  terms: OfficeTerms;
}

/** The last day of a rule without an end. */
export const ANY_DAY = 0xffff;

/** Throws `UserError` for bytes that no pad would take. */
export function readRuleset(bytes: Uint8Array, terms: OfficeTerms = NO_TERMS): RulesetView {
  const status = checkRuleset(bytes);
  if (status === Status.Malformed) {
    throw new UserError("not a compiled ruleset, or a part of one: compile the YAML file again");
  }
  if (status !== Status.Ok) {
    throw new UserError("a compiled ruleset of a later version: a pad would refuse it");
  }
  const ruleNames = new Map(terms.ruleNames);
  const header: Record<string, number> = {};
  for (const [name, offset, sizeBytes] of HEADER_LAYOUT) {
    header[name] = getUint(bytes, offset, sizeBytes);
  }
  const flags = bytes[Header.Flags];
  const end = rulesOffset(bytes);
  const firstReward = rewardsOffset(bytes);
  const accept: RulesetView["accept"] = [];
  for (let at = Header.SizeBytes; at < firstReward; at += 2)
    accept.push([bytes[at], bytes[at + 1]]);
  const rewards: RewardView[] = [];
  for (let at = firstReward; at < end; at += Reward.SizeBytes) {
    const points = decimalAt(bytes, at + Reward.Points);
    rewards.push({ id: bytes[at], points, creditRial: decimalAt(bytes, at + Reward.CreditRial) });
  }
  const rules: RuleView[] = [];
  for (let at = end; at < bytes.length; at = nextRuleOffset(bytes, at)) {
    rules.push(readRule(bytes, at, ruleNames));
  }
  return {
    terms,
    header,
    redeemsWhenClockSuspect: (flags & RulesetFlag.RedeemWhenClockSuspect) !== 0,
    isClosedClub: (flags & RulesetFlag.ClosedClub) !== 0,
    redeemsWithDebt: (flags & RulesetFlag.RedeemWithDebt) !== 0,
    hasGiftTopUp: (flags & RulesetFlag.GiftTopUp) !== 0,
    isLoginRequired: isLoginRequired(bytes),
    supervised: Object.keys(SUPERVISED).filter((name) => {
      return Math.floor(bytes[Header.Staff] / SUPERVISED[name]) % 2 === 1;
    }),
    approveAboveRial: decimalAt(bytes, Header.ApproveAbove),
    window: readWindow(bytes, Header.LotWindow),
    giftWindow: readWindow(bytes, Header.GiftWindow),
    rewards,
    stackModes: Array.from({ length: MAX_STACK + 1 }, (_, stack) => stackMode(bytes, stack)),
    accept,
    rules,
  };
}

function readRule(bytes: Uint8Array, at: number, ruleNames: ReadonlyMap<number, string>): RuleView {
  const end = nextRuleOffset(bytes, at);
  const conditions: ConditionView[] = [];
  for (let place = at + Rule.SizeBytes; place < end; place += Condition.SizeBytes) {
    const packed = bytes[place + Condition.Operator];
    conditions.push({
      field: bytes[place],
      operator: packed % 16,
      value: decimal(bytes, place + Condition.Mantissa, Math.floor(packed / 16)),
    });
  }
  const id = bytes[at + Rule.Id];
  return {
    id,
    name: ruleNames.get(id) ?? "",
    order: bytes[at + Rule.Order],
    phase: bytes[at + Rule.Phase],
    stack: bytes[at + Rule.Stack],
    action: bytes[at + Rule.Action],
    base: bytes[at + Rule.Base],
    window: readWindow(bytes, at + Rule.LotWindow),
    purse: bytes[at + Rule.LotKind],
    argument: decimalAt(bytes, at + Rule.Argument),
    unit: decimalAt(bytes, at + Rule.Unit),
    cap: decimalAt(bytes, at + Rule.Cap),
    firstDay: getUint(bytes, at + Rule.FirstDay, 2),
    lastDay: getUint(bytes, at + Rule.LastDay, 2),
    claimsBirthday: (bytes[at + Rule.Flags] & RuleFlag.ClaimsBirthday) !== 0,
    usesOffers: (bytes[at + Rule.Flags] & RuleFlag.UsesOffers) !== 0,
    conditions,
    bytes: bytes.slice(at, end),
  };
}

function readWindow(bytes: Uint8Array, at: number): WindowView {
  const packed = bytes[at + Window.Mode];
  return {
    mode: packed % WindowMode.EndOfMonth,
    toMonthEnd: packed >= WindowMode.EndOfMonth,
    fromDays: bytes[at + Window.FromDays],
    until: getUint(bytes, at + Window.Until, 2),
  };
}
