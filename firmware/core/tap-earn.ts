/**
 * The giving half of a sale: discount, earned credit and points, then the statistics and groups
 * that follow from it. Everything given is floored; what is not given stays nowhere.
 */
import type { Bytes } from "../../card-layout/bytes";
import { getUint } from "../../card-layout/bytes";
import { type CardState, DAY_NEVER, LotField, StateField } from "../../card-layout/state";
import { endOfJalaliMonth, type JalaliDate, toJalali } from "./calendar";
import type { Decision, Purchase } from "./evaluate";
import { clearLot, placeGrant, totalRial } from "./lots";
import { floorTo, MAX_RIAL } from "./money";
import { birthdayClaimYear, fillNet, isNewVisit } from "./rule-fields";
import { grants, runPhase } from "./rule-phase";
import { decimalAt } from "./ruleset";
import { Action, Header, Phase, Rule, RuleFlag, Window, WindowMode } from "./ruleset-format";

const MAX_POINTS = 0xffffffff;
const MAX_COUNT = 0xffff;

const date: JalaliDate = { year: 0, month: 0, day: 0 };

/** Phases DISCOUNT, EARN and POINTS; `decision.usedRial` is known. */
export function earn(
  ruleset: Bytes,
  purchase: Purchase,
  day: number,
  after: CardState,
  decision: Decision,
): void {
  const roundToRial = getUint(ruleset, Header.RoundToRial, 4);
  const isSuspect = decision.isClockSuspect;
  const netRial = purchase.grossRial - decision.usedRial;
  fillNet(netRial);
  const discountRial = Math.min(runPhase(ruleset, Phase.Discount, purchase, isSuspect), netRial);
  recordFired(ruleset, after, decision);
  decision.discountRial = floorTo(discountRial, roundToRial);
  decision.payableRial = netRial - decision.discountRial;
  fillNet(decision.payableRial);
  const earnedRial = earnLimit(ruleset, after, runPhase(ruleset, Phase.Earn, purchase, isSuspect));
  recordFired(ruleset, after, decision);
  grantCredit(ruleset, purchase.issuer, day, floorTo(earnedRial, roundToRial), after, decision);
  const points = runPhase(ruleset, Phase.Points, purchase, isSuspect);
  recordFired(ruleset, after, decision);
  decision.pointsEarned = Math.min(points, MAX_POINTS - after[StateField.Points]);
  after[StateField.Points] += decision.pointsEarned;
}

/** Visits, days and sums after a sale; `spendRial` is the bill after discount. */
export function addStatistics(spendRial: number, day: number, after: CardState): void {
  if (isNewVisit(after, day)) {
    if (after[StateField.Visits] === 0) after[StateField.FirstDay] = day;
    after[StateField.Visits] = Math.min(after[StateField.Visits] + 1, MAX_COUNT);
    after[StateField.PeriodVisits] = Math.min(after[StateField.PeriodVisits] + 1, MAX_COUNT);
  }
  after[StateField.LastDay] = day;
  after[StateField.LifeSpendRial] = Math.min(after[StateField.LifeSpendRial] + spendRial, MAX_RIAL);
  after[StateField.PeriodSpendRial] = Math.min(
    after[StateField.PeriodSpendRial] + spendRial,
    MAX_RIAL,
  );
}

/** Begins a new period when `day` lies in another one than the period's first day. */
export function rollPeriod(ruleset: Bytes, state: CardState, day: number): void {
  const months = ruleset[Header.PeriodMonths];
  if (months > 0 && periodOf(state[StateField.PeriodStartDay], months) !== periodOf(day, months)) {
    startPeriod(state, day);
  }
}

export function startPeriod(state: CardState, day: number): void {
  state[StateField.PeriodStartDay] = day;
  state[StateField.PeriodSpendRial] = 0;
  state[StateField.PeriodVisits] = 0;
}

/** Carries out what the PROMOTE phase left in `grants`. A group only ever rises in a tap. */
export function promote(ruleset: Bytes, day: number, after: CardState): void {
  for (let i = 0; i < grants.count; i++) {
    const rule = grants.rule[i];
    const argument = decimalAt(ruleset, rule + Rule.Argument);
    if (ruleset[rule + Rule.Action] === Action.IncrementPunch) {
      const size = decimalAt(ruleset, rule + Rule.Unit);
      const next = after[StateField.Punches + argument] + 1;
      after[StateField.Punches + argument] = size > 0 && next >= size ? 0 : Math.min(next, 255);
    } else if (argument > after[StateField.Group]) {
      after[StateField.Group] = argument;
      after[StateField.GroupSinceDay] = day;
    } else grants.amount[i] = 0;
  }
}

/** Notes the rules in `grants` that gave something, and the birthdays they use up. */
export function recordFired(ruleset: Bytes, after: CardState, decision: Decision): void {
  for (let i = 0; i < grants.count; i++) {
    const rule = grants.rule[i];
    if (grants.amount[i] > 0) {
      decision.firedRules[decision.firedCount] = ruleset[rule + Rule.Id];
      decision.firedCount += 1;
      if (ruleset[rule + Rule.Flags] === RuleFlag.ClaimsBirthday) {
        after[StateField.BirthdayClaimYear] = birthdayClaimYear();
      }
    }
  }
}

/** The cap per tap, and no more than the card may hold; what pays off debt takes no room. */
function earnLimit(ruleset: Bytes, after: CardState, earnedRial: number): number {
  const capRial = getUint(ruleset, Header.PerTapCapRial, 5);
  const maxRial = getUint(ruleset, Header.MaxBalanceRial, 5);
  const roomRial = Math.max((maxRial > 0 ? maxRial : MAX_RIAL) - totalRial(after), 0);
  const limitRial = Math.min(earnedRial, roomRial + after[StateField.DebtRial]);
  return capRial > 0 ? Math.min(limitRial, capRial) : limitRial;
}

/**
 * Shares `earnedRial` out to the granting rules in their order, each with its own lot window; what
 * caps and rounding take away is missing from the last ones. Debt is paid off first.
 */
function grantCredit(
  ruleset: Bytes,
  issuer: number,
  day: number,
  earnedRial: number,
  after: CardState,
  decision: Decision,
): void {
  let restRial = earnedRial;
  for (let i = 0; i < grants.count; i++) {
    const shareRial = Math.min(grants.amount[i], restRial);
    const debtPaidRial = Math.min(shareRial, after[StateField.DebtRial]);
    restRial -= shareRial;
    after[StateField.DebtRial] -= debtPaidRial;
    decision.debtPaidRial += debtPaidRial;
    if (shareRial > debtPaidRial) {
      after[StateField.Grant] = shareRial - debtPaidRial;
      after[StateField.Grant + LotField.Issuer] = issuer;
      after[StateField.Grant + LotField.Kind] = ruleset[grants.rule[i] + Rule.LotKind];
      setWindow(ruleset, grants.rule[i], day, after);
      placeGrant(after, day);
      decision.deferredRial += after[StateField.Grant];
      clearLot(after, StateField.Grant);
    }
  }
  decision.earnedRial = earnedRial - decision.deferredRial;
}

/** Sets the first and last day of the grant by the rule's window, or else the ruleset's. */
function setWindow(ruleset: Bytes, rule: number, day: number, after: CardState): void {
  let window = rule + Rule.LotWindow;
  if (ruleset[window] === WindowMode.Default) window = Header.LotWindow;
  const mode = ruleset[window + Window.Mode] % WindowMode.EndOfMonth;
  const fromDay = day + ruleset[window + Window.FromDays];
  let untilDay = getUint(ruleset, window + Window.Until, 2);
  if (mode === WindowMode.Days) untilDay += day;
  if (untilDay < fromDay) untilDay = fromDay;
  if (ruleset[window + Window.Mode] > WindowMode.EndOfMonth) untilDay = endOfJalaliMonth(untilDay);
  after[StateField.Grant + LotField.FromDay] = fromDay;
  after[StateField.Grant + LotField.UntilDay] =
    mode === WindowMode.Never ? DAY_NEVER : Math.min(untilDay, DAY_NEVER - 1);
}

/** Number of the period, in Jalali months since the year 0. */
function periodOf(day: number, months: number): number {
  toJalali(day, date);
  return Math.floor((date.year * 12 + date.month - 1) / months);
}
