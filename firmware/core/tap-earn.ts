/**
 * The giving half of a sale: discount, earned credit and points, then the statistics and groups
 * that follow from it. Everything given is floored; what is not given stays nowhere.
 */
import { getUint } from "../../card-layout/bytes";
import { DAY_NEVER, StateField } from "../../card-layout/state";
import { monthOf, monthStart } from "./calendar";
import { DecisionField } from "./evaluate";
import { giveCredit, sumLots } from "./lots";
import { MAX_RIAL, MAX_U32 } from "./money";
import { birthdayClaimYear, fillNet, fillStateFields, values } from "./rule-fields";
import { grantAmounts, grantCount, grantRules, runPhase, startPhases } from "./rule-phase";
import { decimalAt, nextRuleOffset } from "./ruleset";
import {
  Action,
  Condition,
  Field,
  Header,
  Operator,
  Phase,
  Rule,
  RuleFlag,
  Window,
  WindowMode,
} from "./ruleset-format";
import { after, day, decision, purchase, ruleset } from "./tap-context";

const MAX_COUNT = 0xffff;

/** Phases DISCOUNT, EARN and POINTS; `decision.usedRial` is known. */
export function earn(): void {
  const netRial = purchase.grossRial - decision[DecisionField.UsedRial];
  fillNet(netRial);
  decision[DecisionField.DiscountRial] = rounded(Math.min(runPhase(Phase.Discount), netRial));
  recordFired();
  decision[DecisionField.PayableRial] = netRial - decision[DecisionField.DiscountRial];
  fillNet(decision[DecisionField.PayableRial]);
  const capRial = getUint(ruleset, Header.PerTapCapRial, 5);
  const budgetRial = getUint(ruleset, Header.PadBudgetRial, 5);
  const maxRial = getUint(ruleset, Header.MaxBalanceRial, 5);
  // The card may hold no more than so much, but what pays off debt takes no room.
  const roomRial = Math.max((maxRial > 0 ? maxRial : MAX_RIAL) - sumLots(false), 0);
  const earnedRial = Math.min(
    runPhase(Phase.Earn),
    roomRial + after[StateField.DebtRial],
    capRial > 0 ? capRial : MAX_RIAL,
    budgetRial > 0 ? Math.max(budgetRial - purchase.padGivenRial, 0) : MAX_RIAL,
  );
  recordFired();
  grantCredit(rounded(earnedRial));
  decision[DecisionField.PointsEarned] = Math.min(
    runPhase(Phase.Points),
    MAX_U32 - after[StateField.Points],
  );
  recordFired();
  after[StateField.Points] += decision[DecisionField.PointsEarned];
}

/** Visits, days and sums after a sale. */
export function addStatistics(): void {
  const spendRial = purchase.grossRial - decision[DecisionField.DiscountRial];
  if (values[Field.NewVisit] > 0) {
    if (after[StateField.Visits] === 0) after[StateField.FirstDay] = day;
    raise(StateField.Visits, 1, MAX_COUNT);
    raise(StateField.PeriodVisits, 1, MAX_COUNT);
  }
  after[StateField.LastDay] = day;
  raise(StateField.LifeSpendRial, spendRial, MAX_RIAL);
  raise(StateField.PeriodSpendRial, spendRial, MAX_RIAL);
}

/**
 * Begins a new period when the tap's day lies in another one than the period's first day, and
 * reviews the group by the period before it, once: nothing was bought in it if the card's own is
 * older. The fields of the tap are filled.
 */
export function rollPeriod(): void {
  const months = ruleset[Header.PeriodMonths];
  if (months === 0) return;
  const period = Math.floor(monthOf(day) / months);
  const lastPeriod = Math.floor(monthOf(after[StateField.PeriodStartDay]) / months);
  if (period === lastPeriod) return;
  if (period !== lastPeriod + 1) startPeriod();
  if (day >= after[StateField.GroupReviewDay]) {
    fillStateFields();
    startPhases();
    runPhase(Phase.Review);
    for (let i = 0; i < grantCount; i++) {
      after[StateField.Group] = grantAmounts[i];
      after[StateField.GroupSinceDay] = day;
      values[Field.Group] = grantAmounts[i];
      values[Field.GroupDays] = 0;
      // Noted whatever the group: 0 is a group, too.
      grantAmounts[i] = 1;
    }
    recordFired();
  }
  startPeriod();
}

export function startPeriod(): void {
  after[StateField.PeriodStartDay] = day;
  after[StateField.PeriodSpendRial] = 0;
  after[StateField.PeriodVisits] = 0;
}

/** Runs the PROMOTE phase and carries out what it gives. A group only ever rises in a tap. */
export function promote(): void {
  runPhase(Phase.Promote);
  for (let i = 0; i < grantCount; i++) {
    const rule = grantRules[i];
    const argument = decimalAt(ruleset, rule + Rule.Argument);
    if (ruleset[rule + Rule.Action] === Action.IncrementPunch) {
      const punch = StateField.Punches + argument;
      raise(punch, 1, 255);
      const size = decimalAt(ruleset, rule + Rule.Unit);
      if (size > 0 && after[punch] >= size) after[punch] = 0;
    } else if (argument > after[StateField.Group]) {
      after[StateField.Group] = argument;
      after[StateField.GroupSinceDay] = day;
    } else grantAmounts[i] = 0;
  }
  recordFired();
}

/** Notes the rules of the last phase that gave something, and the birthdays they use up. */
export function recordFired(): void {
  for (let i = 0; i < grantCount; i++) {
    const rule = grantRules[i];
    if (grantAmounts[i] > 0) {
      decision[DecisionField.FiredRules + decision[DecisionField.FiredCount]++] = ruleset[rule];
      const flags = ruleset[rule + Rule.Flags];
      if ((flags & RuleFlag.ClaimsBirthday) !== 0)
        after[StateField.BirthdayClaimYear] = birthdayClaimYear;
      if ((flags & RuleFlag.UsesOffers) !== 0) useOffers(rule);
    }
  }
}

/** Clears the personal offers that a rule's conditions ask for. */
function useOffers(rule: number): void {
  const end = nextRuleOffset(ruleset, rule);
  for (let at = rule + Rule.SizeBytes; at < end; at += Condition.SizeBytes) {
    if (ruleset[at] === Field.Offers && ruleset[at + Condition.Operator] % 16 === Operator.Bit)
      after[StateField.Offers] &= ~(1 << ruleset[at + Condition.Mantissa]);
  }
}

/** Adds to a field of the card, up to what it holds. */
export function raise(field: number, amount: number, limit: number): void {
  after[field] = Math.min(after[field] + amount, limit);
}

function rounded(amountRial: number): number {
  return amountRial - (amountRial % getUint(ruleset, Header.RoundToRial, 4));
}

/**
 * Shares `earnedRial` out to the granting rules in their order, each with its own lot window; what
 * caps and rounding take away is missing from the last ones. Debt is paid off first.
 */
function grantCredit(earnedRial: number): void {
  let restRial = earnedRial;
  for (let i = 0; i < grantCount; i++) {
    const shareRial = Math.min(grantAmounts[i], restRial);
    const rule = grantRules[i];
    const ownMode = ruleset[rule + Rule.LotWindow];
    const window = ownMode === WindowMode.Default ? Header.LotWindow : rule + Rule.LotWindow;
    restRial -= shareRial;
    giveByWindow(shareRial, window, ruleset[rule + Rule.LotKind]);
  }
}

/** Gives credit of this shop with the first and last day that the window at `window` sets. */
export function giveByWindow(amountRial: number, window: number, kind: number): void {
  const fromDay = day + ruleset[window + Window.FromDays];
  giveCredit(amountRial, fromDay, lastDayOf(window, day), purchase.issuer, kind);
}

/** Last day of the credit that the window at `window` gives on `grantDay`. */
export function lastDayOf(window: number, grantDay: number): number {
  const mode = ruleset[window];
  const fromDay = grantDay + ruleset[window + Window.FromDays];
  let untilDay = getUint(ruleset, window + Window.Until, 2);
  if (mode % WindowMode.EndOfMonth === WindowMode.Days) untilDay += grantDay;
  if (untilDay < fromDay) untilDay = fromDay;
  if (mode > WindowMode.EndOfMonth) untilDay = monthStart(monthOf(untilDay) + 1) - 1;
  return mode % WindowMode.EndOfMonth === WindowMode.Never
    ? DAY_NEVER
    : Math.min(untilDay, DAY_NEVER - 1);
}
