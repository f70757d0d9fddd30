/**
 * The compiled rules as the pad reads them: straight from the bytes, nothing is unpacked. The bytes
 * are described in rulesets/FORMAT.md; back-office/rules/compile.ts makes them. They reach the pad
 * inside authenticated settings, so the checks here are for versions and mistakes, not for forgers.
 */
import type { Bytes } from "../../card-layout/bytes";
import { getUint } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import {
  Action,
  ANY_ISSUER,
  Base,
  Condition,
  Field,
  Header,
  MAX_CONDITIONS,
  MAX_EXPONENT,
  MAX_RULES,
  MAX_STACK,
  Operator,
  Phase,
  Reward,
  RULESET_FORMAT,
  RULESET_MAGIC,
  Rule,
  RuleFlag,
  StackMode,
  WindowMode,
} from "./ruleset-format";

/** Actions allowed per phase, as bits 2^action. */
const ACTIONS_OF_PHASE = [0, 0x80, 0x06, 0x06, 0x06, 0x18, 0x60, 0x20];

/**
 * Whether this pad can carry out every part of a ruleset. `Malformed`: not a ruleset, or lengths
 * that do not add up. `Unsupported`: any value that this version does not know; a rule is never
 * skipped, the whole ruleset is refused.
 */
export function checkRuleset(ruleset: Bytes): Status {
  if (
    ruleset.length < Header.SizeBytes ||
    getUint(ruleset, Header.Magic, 2) !== RULESET_MAGIC ||
    getUint(ruleset, Header.LengthBytes, 2) !== ruleset.length
  ) {
    return Status.Malformed;
  }
  if (!isHeaderKnown(ruleset)) return Status.Unsupported;
  let offset = rulesOffset(ruleset);
  if (offset > ruleset.length) return Status.Malformed;
  if (!areRewardsKnown(ruleset)) return Status.Unsupported;
  let previous = -1;
  for (let i = 0; i < ruleset[Header.RuleCount]; i++) {
    const end = offset + Rule.SizeBytes;
    if (end > ruleset.length || nextRuleOffset(ruleset, offset) > ruleset.length) {
      return Status.Malformed;
    }
    // Rules are sorted by phase, stack, order and id, so evaluation is one pass.
    const place =
      ((ruleset[offset + Rule.Phase] * 16 + ruleset[offset + Rule.Stack]) * 256 +
        ruleset[offset + Rule.Order]) *
        256 +
      ruleset[offset + Rule.Id];
    if (place <= previous || !isRuleKnown(ruleset, offset)) return Status.Unsupported;
    previous = place;
    offset = nextRuleOffset(ruleset, offset);
  }
  return offset === ruleset.length ? Status.Ok : Status.Malformed;
}

/** Whether the shop `acceptor` takes credit that the shop `issuer` granted. */
export function acceptsIssuer(ruleset: Bytes, acceptor: number, issuer: number): boolean {
  const end = rewardsOffset(ruleset);
  let isAccepted = acceptor === issuer;
  for (let pair = Header.SizeBytes; pair < end; pair += 2) {
    isAccepted =
      isAccepted || (isShop(ruleset[pair], acceptor) && isShop(ruleset[pair + 1], issuer));
  }
  return isAccepted;
}

function isShop(pattern: number, shop: number): boolean {
  return pattern === shop || pattern === ANY_ISSUER;
}

/** Where the first reward starts: behind the header and the acceptance pairs. */
export function rewardsOffset(ruleset: Bytes): number {
  return Header.SizeBytes + ruleset[Header.AcceptCount] * 2;
}

/** Where the first rule starts: behind the rewards. */
export function rulesOffset(ruleset: Bytes): number {
  return rewardsOffset(ruleset) + ruleset[Header.RewardCount] * Reward.SizeBytes;
}

export function nextRuleOffset(ruleset: Bytes, rule: number): number {
  return rule + Rule.SizeBytes + ruleset[rule + Rule.ConditionCount] * Condition.SizeBytes;
}

/** The mode of a stack, two bits each. */
export function stackMode(ruleset: Bytes, stack: number): StackMode {
  return (ruleset[Header.StackModes + (stack >> 2)] >> ((stack & 3) * 2)) & 3;
}

/** mantissa (u16) * 10^exponent. */
export function decimal(ruleset: Bytes, mantissaOffset: number, exponent: number): number {
  let value = getUint(ruleset, mantissaOffset, 2);
  for (let i = 0; i < exponent; i++) value *= 10;
  return value;
}

/** A three-byte amount: mantissa u16, exponent u8. */
export function decimalAt(ruleset: Bytes, offset: number): number {
  return decimal(ruleset, offset, ruleset[offset + 2]);
}

function isHeaderKnown(ruleset: Bytes): boolean {
  // Offset, size, smallest and largest value. Local, so that it takes memory only while it runs.
  const limits = [
    [Header.Format, 1, RULESET_FORMAT, RULESET_FORMAT],
    [Header.RuleCount, 1, 0, MAX_RULES],
    [Header.CutoffMinute, 2, 0, 1439],
    [Header.RoundToRial, 4, 1, 0xffffffff],
    [Header.RedeemUnitRial, 4, 1, 0xffffffff],
    [Header.RedeemMaxBps, 2, 0, 10000],
    [Header.LotWindow, 1, WindowMode.Days, WindowMode.Never + WindowMode.EndOfMonth],
    [Header.Flags, 1, 0, 15],
    [Header.GiftWindow, 1, WindowMode.Days, WindowMode.Never + WindowMode.EndOfMonth],
    [Header.PeriodMonths, 1, 0, 12],
    [Header.Staff, 1, 0, 127],
    [Header.ApproveAbove + 2, 1, 0, MAX_EXPONENT],
  ];
  for (let i = 0; i < limits.length; i++) {
    const limit = limits[i];
    const value = getUint(ruleset, limit[0], limit[1]);
    if (value < limit[2] || value > limit[3]) return false;
  }
  for (let stack = 0; stack <= MAX_STACK; stack++) {
    if (stackMode(ruleset, stack) > StackMode.Sum) return false;
  }
  const months = ruleset[Header.PeriodMonths];
  if (months > 0 && 12 % months > 0) return false;
  return (
    isUnitKnown(getUint(ruleset, Header.DisplayDivisor, 2), ruleset[Header.DisplayDecimals]) &&
    ruleset[Header.LotWindow] !== WindowMode.EndOfMonth &&
    ruleset[Header.GiftWindow] !== WindowMode.EndOfMonth
  );
}

/** Rial, toman, or new rial in hundredths: a pad has a name for no other. */
function isUnitKnown(divisor: number, decimals: number): boolean {
  if (decimals === 2) return divisor === 10000;
  return decimals === 0 && (divisor === 1 || divisor === 10);
}

/** Ascending by id, so that each stands once; amounts that the card holds. */
function areRewardsKnown(ruleset: Bytes): boolean {
  const end = rulesOffset(ruleset);
  let previous = 0;
  for (let at = rewardsOffset(ruleset); at < end; at += Reward.SizeBytes) {
    if (
      ruleset[at] <= previous ||
      ruleset[at + Reward.Points + 2] > MAX_EXPONENT ||
      ruleset[at + Reward.CreditRial + 2] > MAX_EXPONENT ||
      ruleset[at + Reward.SizeBytes - 1] > 0
    ) {
      return false;
    }
    previous = ruleset[at];
  }
  return true;
}

/** Also the limits that keep every calculation exact and every stored field in its size. */
function isRuleKnown(ruleset: Bytes, rule: number): boolean {
  const action = ruleset[rule + Rule.Action];
  const base = ruleset[rule + Rule.Base];
  if (
    ruleset[rule + Rule.Phase] > Phase.Review ||
    ruleset[rule + Rule.Stack] > MAX_STACK ||
    action > Action.Refuse ||
    base > Base.Category + 15 ||
    ruleset[rule + Rule.ConditionCount] > MAX_CONDITIONS ||
    ruleset[rule + Rule.LotWindow] > WindowMode.Never + WindowMode.EndOfMonth ||
    ruleset[rule + Rule.LotWindow] === WindowMode.EndOfMonth ||
    ruleset[rule + Rule.Argument + 2] > MAX_EXPONENT ||
    ruleset[rule + Rule.Unit + 2] > MAX_EXPONENT ||
    ruleset[rule + Rule.Cap + 2] > MAX_EXPONENT ||
    ruleset[rule + Rule.Flags] > RuleFlag.ClaimsBirthday + RuleFlag.UsesOffers ||
    getUint(ruleset, rule + Rule.Reserved, 2) > 0
  ) {
    return false;
  }
  const argument = decimalAt(ruleset, rule + Rule.Argument);
  const unit = decimalAt(ruleset, rule + Rule.Unit);
  if ((ACTIONS_OF_PHASE[ruleset[rule + Rule.Phase]] & (1 << action)) === 0) return false;
  if (base > Base.Gross && base < Base.Category) return false;
  if (action === Action.Bps && argument > 10000) return false;
  if (action === Action.PointsPerUnit && (unit === 0 || argument > 65535)) return false;
  if (action === Action.SetGroup && argument > 255) return false;
  if (action === Action.IncrementPunch && (argument > 3 || unit > 255)) return false;
  const end = nextRuleOffset(ruleset, rule);
  for (let at = rule + Rule.SizeBytes; at < end; at += Condition.SizeBytes) {
    const operator = ruleset[at + Condition.Operator];
    if (!isField(ruleset[at]) || operator % 8 === 0 || operator % 16 > Operator.Bit) return false;
    if (operator >= (MAX_EXPONENT + 1) * 16) return false;
  }
  return true;
}

function isField(field: number): boolean {
  return (
    (field >= Field.Gross && field < Field.EndPlain) ||
    (field >= Field.Day && field < Field.EndTime) ||
    (field >= Field.CategoryQuantity && field < Field.End)
  );
}
