/**
 * A sale: guards of the rules, use of credit, then what tap-earn.ts gives. Whether and how much
 * credit may be used is decided here, also for taps that use points.
 */
import { getUint } from "../../card-layout/bytes";
import { CardKind, type Identity } from "../../card-layout/identity";
import { StateField, StateFlag } from "../../card-layout/state";
import { DecisionField, Outcome } from "./evaluate";
import { spendLots, sumLots } from "./lots";
import { MAX_RIAL, MAX_U32, mulBps } from "./money";
import { fillNet, fillStateFields, fillTapFields, values } from "./rule-fields";
import { grantAmounts, grantCount, runPhase, startPhases } from "./rule-phase";
import { Field, Header, Phase, RulesetFlag } from "./ruleset-format";
import { after, day, decision, purchase, ruleset } from "./tap-context";
import { addStatistics, earn, promote, raise, recordFired, rollPeriod } from "./tap-earn";

export function sell(identity: Identity): Outcome {
  if (!fillTapFields(identity)) return Outcome.BadAmount;
  rollPeriod();
  fillStateFields();
  fillNet(purchase.grossRial);
  startPhases();
  runPhase(Phase.Guard);
  recordFired();
  if (grantCount > 0) return Outcome.RefusedByRule;
  const refusal = useCredit();
  if (refusal === Outcome.Ok) {
    earn();
    addStatistics();
    fillStateFields();
    promote();
  }
  return refusal;
}

/** Credit used now comes off before discount and earning, which see only what is left to pay. */
function useCredit(): Outcome {
  const askedRial = purchase.askedCreditRial;
  if (after[StateField.LastDay] !== day) after[StateField.DayRedeemRial] = 0;
  runPhase(Phase.Redeem);
  const refusal = usageRefusal();
  // A gift card gives nothing: a sale with it in which it pays nothing is a slip.
  const isGift = values[Field.Kind] === CardKind.Gift;
  if (refusal !== Outcome.Ok) return askedRial > 0 || isGift ? refusal : Outcome.Ok;
  const creditRial = sumLots(true);
  const limitRial = usageLimit(creditRial);
  const unitRial = getUint(ruleset, Header.RedeemUnitRial, 4);
  const minRial = getUint(ruleset, Header.RedeemMinRial, 5);
  // The last of the credit may be used whatever the unit, or an odd rest would stay for ever.
  const availableRial = limitRial === creditRial ? limitRial : limitRial - (limitRial % unitRial);
  decision[DecisionField.AvailableRial] = availableRial < minRial ? 0 : availableRial;
  if (askedRial === 0) return isGift ? Outcome.InsufficientCredit : Outcome.Ok;
  if (askedRial > decision[DecisionField.AvailableRial]) return Outcome.InsufficientCredit;
  if (askedRial < minRial) return Outcome.BadAmount;
  if (askedRial !== availableRial && askedRial % unitRial !== 0) return Outcome.BadAmount;
  decision[DecisionField.UsedRial] = askedRial;
  spendLots();
  raise(StateField.DayRedeemRial, askedRial, MAX_U32);
  return Outcome.Ok;
}

/** Why nothing of the card may be used now, credit or points. */
export function usageRefusal(): Outcome {
  if ((after[StateField.Flags] & StateFlag.EarnOnly) !== 0) return Outcome.EarnOnly;
  const needsNoDebt = (ruleset[Header.Flags] & RulesetFlag.RedeemWithDebt) === 0;
  if (needsNoDebt && after[StateField.DebtRial] > 0) return Outcome.DebtOpen;
  const needsClock = (ruleset[Header.Flags] & RulesetFlag.RedeemWhenClockSuspect) === 0;
  return needsClock && decision[DecisionField.IsClockSuspect] > 0
    ? Outcome.ClockSuspect
    : Outcome.Ok;
}

/** The smallest of bill, credit, the header's limits and those of the REDEEM rules that ran. */
function usageLimit(creditRial: number): number {
  const maxRial = getUint(ruleset, Header.RedeemMaxRial, 5);
  const dayRial = getUint(ruleset, Header.RedeemDayRial, 4);
  const billRial = mulBps(purchase.grossRial, getUint(ruleset, Header.RedeemMaxBps, 2));
  const leftTodayRial = Math.max(dayRial - after[StateField.DayRedeemRial], 0);
  let limitRial = Math.min(
    billRial,
    creditRial,
    purchase.capRial,
    maxRial > 0 ? maxRial : MAX_RIAL,
    dayRial > 0 ? leftTodayRial : MAX_RIAL,
  );
  for (let i = 0; i < grantCount; i++) limitRial = Math.min(limitRial, grantAmounts[i]);
  return limitRial;
}
