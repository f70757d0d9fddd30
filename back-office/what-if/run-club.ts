/** A club by one ruleset over simulated traffic: every tap by the evaluator, every rial counted. */
import { CardKind, emptyIdentity, type Identity, IdentityField } from "../../card-layout/identity";
import {
  type CardState,
  DAY_NEVER,
  emptyState,
  StateField,
  StateFlag,
} from "../../card-layout/state";
import {
  createPurchase,
  type Decision,
  DecisionField,
  Outcome,
  type Purchase,
  TapKind,
} from "../../firmware/core/evaluate";
import { Phase } from "../../firmware/core/ruleset-format";
import { type DryTap, firedRules, runTap, sharesOf } from "../rules/dry-run";
import type { RulesetView } from "../rules/read-ruleset";
import type { SimulatedMember, Traffic, Visit } from "./visits";

/** Rial, but for counts. */
export interface MonthTotals {
  /** Jalali. */
  year: number;
  month: number;
  visits: number;
  /** Members who came at least once. */
  active: number;
  enrolled: number;
  grossRial: number;
  discountRial: number;
  grantedRial: number;
  usedRial: number;
  expiredRial: number;
  /** Owed to customers at the end of the month. */
  outstandingRial: number;
  pointsGiven: number;
  promotions: number;
  /** Sales that the rules refused; they went on without the card. */
  refused: number;
}

export interface RuleTotals {
  id: number;
  name: string;
  times: number;
  grantedRial: number;
  discountRial: number;
}

export interface ClubTotals {
  months: MonthTotals[];
  sum: MonthTotals;
  rules: RuleTotals[];
}

interface Card {
  state: CardState;
  identity: Identity;
}

/** Always at hand: what the rules give does not hang on who approves. */
const SUPERVISOR = 1;
const ISSUER = 1;
const TERMINAL = 1;

/** Member cards that go through the traffic, by one ruleset. */
export class SimulatedClub {
  private readonly cards: Card[];
  private readonly months: MonthTotals[] = [];
  private readonly rules: Map<number, RuleTotals>;
  private sequence = 0;

  constructor(
    private readonly ruleset: Uint8Array,
    private readonly view: RulesetView,
    private readonly traffic: Traffic,
  ) {
    this.cards = traffic.members.map(newCard);
    this.rules = new Map(
      view.rules.map(({ id, name }) => [
        id,
        { id, name, times: 0, grantedRial: 0, discountRial: 0 },
      ]),
    );
  }

  /** Plays everything. `firstMonth`: Jalali year * 12 + month - 1. */
  run(firstMonth: number, monthDone: (count: number) => void = () => {}): ClubTotals {
    const { visits, monthStarts } = this.traffic;
    let next = 0;
    for (let i = 0; i + 1 < monthStarts.length; i++) {
      const month = emptyTotals(firstMonth + i);
      const active = new Set<number>();
      for (; next < visits.length && visits[next].day < monthStarts[i + 1]; next++) {
        active.add(visits[next].member);
        this.sell(visits[next], month);
      }
      month.active = active.size;
      month.outstandingRial = this.owedOn(monthStarts[i + 1]);
      const before = this.months.at(-1)?.outstandingRial ?? 0;
      month.expiredRial = before + month.grantedRial - month.usedRial - month.outstandingRial;
      this.months.push(month);
      monthDone(this.months.length);
    }
    return { months: this.months, sum: sumOf(this.months), rules: [...this.rules.values()] };
  }

  private sell(visit: Visit, month: MonthTotals): void {
    const card = this.cards[visit.member];
    month.visits++;
    month.grossRial += visit.grossRial;
    if ((card.state[StateField.Flags] & StateFlag.Enrolled) === 0) {
      this.tap(card, this.purchaseOf(visit, TapKind.Enrol, 0));
      // A closed club approves everybody here, at once.
      card.state[StateField.Flags] &= ~StateFlag.Pending;
      month.enrolled++;
    }
    const asked = visit.usesCredit ? this.availableFor(card, visit) : 0;
    const group = card.state[StateField.Group];
    const purchase = this.purchaseOf(visit, TapKind.Sale, asked);
    const tap = { ruleset: this.ruleset, ...card, purchase };
    const decision = this.tap(card, purchase);
    if (decision[DecisionField.Outcome] !== Outcome.Ok) month.refused++;
    else this.count(tap, decision, month, group);
  }

  private count(tap: DryTap, decision: Decision, month: MonthTotals, groupBefore: number): void {
    month.discountRial += decision[DecisionField.DiscountRial];
    month.grantedRial += decision[DecisionField.EarnedRial] - decision[DecisionField.DebtPaidRial];
    month.usedRial += decision[DecisionField.UsedRial];
    month.pointsGiven += decision[DecisionField.PointsEarned];
    if (decision[DecisionField.Group] > groupBefore) month.promotions++;
    for (const id of firedRules(decision)) {
      const rule = this.rules.get(id);
      if (rule !== undefined) rule.times++;
    }
    for (const [id, rial] of sharesOf(tap, decision, this.view.rules, Phase.Earn)) {
      const rule = this.rules.get(id);
      if (rule !== undefined) rule.grantedRial += rial;
    }
    for (const [id, rial] of sharesOf(tap, decision, this.view.rules, Phase.Discount)) {
      const rule = this.rules.get(id);
      if (rule !== undefined) rule.discountRial += rial;
    }
  }

  private availableFor(card: Card, visit: Visit): number {
    const purchase = this.purchaseOf(visit, TapKind.Sale, 0);
    const { decision } = runTap({ ruleset: this.ruleset, ...card, purchase });
    return decision[DecisionField.AvailableRial];
  }

  /** Carries a tap out; a refused one leaves the card as it is. */
  private tap(card: Card, purchase: Purchase): Decision {
    const { decision, after } = runTap({ ruleset: this.ruleset, ...card, purchase });
    card.state = after;
    return decision;
  }

  /** Credit that has not expired at the beginning of `day`. */
  private owedOn(day: number): number {
    let owedRial = 0;
    for (const card of this.cards) {
      const purchase = this.purchaseAt(day, 0, TapKind.Balance);
      const { decision } = runTap({ ruleset: this.ruleset, ...card, purchase });
      owedRial += decision[DecisionField.BalanceRial];
    }
    return owedRial;
  }

  private purchaseOf(visit: Visit, kind: TapKind, askedCreditRial: number): Purchase {
    const isSale = kind === TapKind.Sale;
    return {
      ...this.purchaseAt(visit.day, visit.minute, kind),
      grossRial: isSale ? visit.grossRial : 0,
      askedCreditRial,
      categories: isSale ? visit.categories : undefined,
    };
  }

  private purchaseAt(day: number, minute: number, kind: TapKind): Purchase {
    this.sequence++;
    const { sequence } = this;
    const purchase = createPurchase(TERMINAL, ISSUER);
    return { ...purchase, kind, day, minute, sequence, approver: SUPERVISOR };
  }
}

function newCard(member: SimulatedMember, index: number): Card {
  const identity = emptyIdentity();
  identity[IdentityField.Kind] = CardKind.Member;
  identity[IdentityField.MemberId] = index + 1;
  identity[IdentityField.Serial] = index + 1;
  identity[IdentityField.ExpiryDay] = DAY_NEVER;
  identity[IdentityField.BirthYear] = member.birthYear;
  identity[IdentityField.BirthMonth] = member.birthMonth;
  identity[IdentityField.BirthDay] = member.birthDay;
  identity[IdentityField.Gender] = member.gender;
  return { state: emptyState(), identity };
}

function emptyTotals(month: number): MonthTotals {
  return {
    ...{ year: Math.floor(month / 12), month: (month % 12) + 1, visits: 0, active: 0, enrolled: 0 },
    ...{ grossRial: 0, discountRial: 0, grantedRial: 0, usedRial: 0, expiredRial: 0 },
    ...{ outstandingRial: 0, pointsGiven: 0, promotions: 0, refused: 0 },
  };
}

/** Active members and what is owed do not add up: the most of a month, and the last. */
function sumOf(months: MonthTotals[]): MonthTotals {
  const sum = emptyTotals(0);
  for (const month of months) {
    for (const key of Object.keys(sum) as (keyof MonthTotals)[]) sum[key] += month[key];
  }
  const active = Math.max(...months.map((month) => month.active));
  const outstandingRial = months.at(-1)?.outstandingRial ?? 0;
  return { ...sum, year: 0, month: 0, active, outstandingRial };
}

/** Discount and credit used in hundredths of a per cent of the bills. */
export function costBps({ discountRial, usedRial, grossRial }: MonthTotals): number {
  return grossRial === 0 ? 0 : Math.round(((discountRial + usedRial) * 10000) / grossRial);
}
