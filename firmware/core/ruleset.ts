/**
 * The compiled rules as the pad reads them: straight from the bytes, nothing is unpacked. The bytes
 * are described in rulesets/FORMAT.md; back-office/rules/compile.ts makes them. They reach the pad
 * inside authenticated settings, so the checks here are for versions and mistakes, not for forgers.
 */
import type { Bytes } from "../../card-layout/bytes";
import { getUint } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import { MAX_RIAL } from "./money";
import {
  Action,
  ANY_ISSUER,
  Base,
  Condition,
  Field,
  Header,
  MAX_CONDITIONS,
  MAX_RULES,
  MAX_STACK,
  Operator,
  Phase,
  RULESET_FORMAT,
  RULESET_MAGIC,
  Rule,
  RuleFlag,
  StackMode,
  WindowMode,
} from "./ruleset-format";

/** Actions allowed per phase, as bits 2^action. */
const ACTIONS_OF_PHASE = [0, 0x80, 0x06, 0x06, 0x06, 0x18, 0x60];

/**
 * Whether this pad can carry out every part of a ruleset. `Malformed`: sizes or values outside the
 * format. `Unsupported`: a format, field, operator, phase or action of a later version; a rule is
 * never skipped, the whole ruleset is refused.
 */
export function checkRuleset(ruleset: Bytes): Status {
  if (ruleset.length < Header.SizeBytes) return Status.Malformed;
  if (getUint(ruleset, Header.Magic, 2) !== RULESET_MAGIC) return Status.Malformed;
  if (ruleset[Header.Format] !== RULESET_FORMAT) return Status.Unsupported;
  if (getUint(ruleset, Header.LengthBytes, 2) !== ruleset.length) return Status.Malformed;
  const header = checkHeader(ruleset);
  if (header !== Status.Ok) return header;
  let offset = rulesOffset(ruleset);
  let previous = -1;
  for (let i = 0; i < ruleset[Header.RuleCount]; i++) {
    if (offset + Rule.SizeBytes > ruleset.length) return Status.Malformed;
    const end = nextRuleOffset(ruleset, offset);
    if (end > ruleset.length) return Status.Malformed;
    const status = checkRule(ruleset, offset);
    if (status !== Status.Ok) return status;
    const place = rulePlace(ruleset, offset);
    if (place <= previous) return Status.Malformed;
    previous = place;
    offset = end;
  }
  return offset === ruleset.length ? Status.Ok : Status.Malformed;
}

/** Whether the shop `acceptor` takes credit that the shop `issuer` granted. */
export function acceptsIssuer(ruleset: Bytes, acceptor: number, issuer: number): boolean {
  if (acceptor === issuer) return true;
  const end = rulesOffset(ruleset);
  for (let pair = Header.SizeBytes; pair < end; pair += 2) {
    const byShop = ruleset[pair];
    const ofShop = ruleset[pair + 1];
    if (
      (byShop === acceptor || byShop === ANY_ISSUER) &&
      (ofShop === issuer || ofShop === ANY_ISSUER)
    ) {
      return true;
    }
  }
  return false;
}

/** Where the first rule starts: behind the header and the acceptance pairs. */
export function rulesOffset(ruleset: Bytes): number {
  return Header.SizeBytes + ruleset[Header.AcceptCount] * 2;
}

export function nextRuleOffset(ruleset: Bytes, rule: number): number {
  return rule + Rule.SizeBytes + ruleset[rule + Rule.ConditionCount] * Condition.SizeBytes;
}

/** The mode of a stack, two bits each. */
export function stackMode(ruleset: Bytes, stack: number): StackMode {
  const packed = ruleset[Header.StackModes + Math.floor(stack / 4)];
  return Math.floor(packed / 4 ** (stack % 4)) % 4;
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

function checkHeader(ruleset: Bytes): Status {
  if (ruleset[Header.Flags] > 3 || !isZero(ruleset, Header.Reserved, Header.SizeBytes)) {
    return Status.Unsupported;
  }
  for (let stack = 0; stack <= MAX_STACK; stack++) {
    if (stackMode(ruleset, stack) > StackMode.Sum) return Status.Unsupported;
  }
  const months = ruleset[Header.PeriodMonths];
  const isFine =
    ruleset[Header.RuleCount] <= MAX_RULES &&
    getUint(ruleset, Header.CutoffMinute, 2) < 1440 &&
    getUint(ruleset, Header.RoundToRial, 4) > 0 &&
    getUint(ruleset, Header.RedeemUnitRial, 4) > 0 &&
    getUint(ruleset, Header.RedeemMaxBps, 2) <= 10000 &&
    getUint(ruleset, Header.DisplayDivisor, 2) > 0 &&
    (months === 0 || 12 % months === 0) &&
    rulesOffset(ruleset) <= ruleset.length &&
    ruleset[Header.LotWindow] % 4 !== WindowMode.Default;
  if (!isFine) return Status.Malformed;
  return ruleset[Header.LotWindow] > 7 ? Status.Unsupported : Status.Ok;
}

function checkRule(ruleset: Bytes, rule: number): Status {
  const phase = ruleset[rule + Rule.Phase];
  const action = ruleset[rule + Rule.Action];
  const base = ruleset[rule + Rule.Base];
  if (
    phase < Phase.Guard ||
    phase > Phase.Promote ||
    action > Action.Refuse ||
    (ACTIONS_OF_PHASE[phase] & (1 << action)) === 0 ||
    (base > Base.Gross && base < Base.Category) ||
    base > Base.Category + 15 ||
    ruleset[rule + Rule.LotWindow] > 7 ||
    ruleset[rule + Rule.Flags] > RuleFlag.ClaimsBirthday ||
    !isZero(ruleset, rule + Rule.Reserved, rule + Rule.SizeBytes)
  ) {
    return Status.Unsupported;
  }
  if (
    ruleset[rule + Rule.Id] === 0 ||
    ruleset[rule + Rule.Stack] > MAX_STACK ||
    ruleset[rule + Rule.ConditionCount] > MAX_CONDITIONS ||
    !isAmount(ruleset, rule + Rule.Argument) ||
    !isAmount(ruleset, rule + Rule.Unit) ||
    !isAmount(ruleset, rule + Rule.Cap) ||
    !isArgumentFine(ruleset, rule, action)
  ) {
    return Status.Malformed;
  }
  const end = nextRuleOffset(ruleset, rule);
  for (let at = rule + Rule.SizeBytes; at < end; at += Condition.SizeBytes) {
    const operator = ruleset[at + Condition.Operator] % 16;
    const exponent = Math.floor(ruleset[at + Condition.Operator] / 16);
    if (!isField(ruleset[at + Condition.Field])) return Status.Unsupported;
    if (operator < Operator.Less || operator > Operator.Bit) return Status.Unsupported;
    if (exponent > 12 || decimal(ruleset, at + Condition.Mantissa, exponent) > MAX_RIAL) {
      return Status.Malformed;
    }
  }
  return Status.Ok;
}

function isField(field: number): boolean {
  return (
    (field >= Field.Gross && field < Field.EndPlain) ||
    (field >= Field.Day && field < Field.EndTime) ||
    (field >= Field.CategoryQuantity && field < Field.End)
  );
}

function isAmount(ruleset: Bytes, offset: number): boolean {
  return ruleset[offset + 2] <= 12 && decimalAt(ruleset, offset) <= MAX_RIAL;
}

/** The limits that keep every later calculation exact and every stored field in its size. */
function isArgumentFine(ruleset: Bytes, rule: number, action: Action): boolean {
  const argument = decimalAt(ruleset, rule + Rule.Argument);
  const unit = decimalAt(ruleset, rule + Rule.Unit);
  if (action === Action.Bps) return argument <= 10000;
  if (action === Action.PointsPerUnit) return unit > 0 && argument <= 65535;
  if (action === Action.SetGroup) return argument <= 255;
  if (action === Action.IncrementPunch) return argument <= 3 && unit <= 255;
  return true;
}

function isZero(from: Bytes, offset: number, end: number): boolean {
  for (let i = offset; i < end; i++) if (from[i] !== 0) return false;
  return true;
}

/** Rules are sorted by phase, stack, order and id, so evaluation is one pass. */
function rulePlace(ruleset: Bytes, rule: number): number {
  const phaseAndStack = ruleset[rule + Rule.Phase] * 16 + ruleset[rule + Rule.Stack];
  return (phaseAndStack * 256 + ruleset[rule + Rule.Order]) * 256 + ruleset[rule + Rule.Id];
}
