/**
 * What a tap does to a member's state, computed a second time from the words of rulesets/FORMAT.md
 * and card-layout/SPEC.md, in BigInt and without any thought for a small engine.
 */
import type { CreditPart } from "./journal-content";
import { copyLotInto, placeLot, takeFromLots, usableRial } from "./lots";
import {
  copyState,
  creditOf,
  FLAG_BLOCKED,
  FLAG_EARN_ONLY,
  FLAG_ENROLLED,
  FLAG_PENDING,
  type MemberState,
} from "./member-state";
import {
  KIND_BLOCK,
  KIND_GIFT_LOAD,
  KIND_GRANT,
  KIND_PATCH,
  KIND_REWARD,
  OTHER_TAPS,
} from "./other-taps";
import { monthOfDay } from "./persian-days";
import type { ConditionField, EarnRule, RuleCondition, ShopRules } from "./shop-rules";
import {
  MAX_RIAL,
  MAX_U32,
  type OtherTap,
  type TapFigures,
  type TapInput,
  windowDays,
} from "./tap";

export const KIND_ENROL = 1;
export const KIND_SALE = 2;
export const KIND_ABANDON = 15;

/** Undefined `state`: the tap must be refused. */
export interface TapEffect {
  state: MemberState | undefined;
  figures: TapFigures;
  parts: CreditPart[];
}

const MAX_U16 = 0xffff;
/** What a gift card is never used for. */
const FOR_MEMBERS = [KIND_ENROL, KIND_GRANT, KIND_REWARD];

/** The effect of a tap on `before`; its base tag is left to the caller. */
export function effectOf(rules: ShopRules, before: MemberState, input: TapInput): TapEffect {
  return new Tap(rules, before, input).run();
}

class Tap implements OtherTap {
  readonly after: MemberState;
  readonly day: number;
  private readonly isClockSuspect: boolean;
  /** Of the credit used, in the order of use. */
  parts: CreditPart[] = [];
  /** What rules ask about is the card before the purchase. */
  private creditBeforeRial = 0n;
  readonly figures: TapFigures = {
    usedRial: 0n,
    earnedRial: 0n,
    expiredRial: 0n,
    discountRial: 0n,
    balanceRial: 0n,
    pointsEarned: 0n,
    points: 0n,
    restoredRial: 0n,
    clawedRial: 0n,
    debtPaidRial: 0n,
    debtAddedRial: 0n,
    pointsUsed: 0n,
    deferredRial: 0n,
  };

  constructor(
    readonly rules: ShopRules,
    before: MemberState,
    readonly input: TapInput,
  ) {
    this.after = copyState(before);
    this.day = Math.max(input.day, before.lastDay);
    this.isClockSuspect = before.lastDay > input.day + 1;
  }

  run(): TapEffect {
    const { after, figures, input } = this;
    for (const lot of after.lots) {
      if (lot.amountRial === 0n || lot.untilDay >= this.day) continue;
      figures.expiredRial += lot.amountRial;
      copyLotInto(lot, undefined);
    }
    const isAllowed = this.isAllowed() && this.carryOut();
    figures.balanceRial = creditOf(after);
    figures.points = after.points;
    const { parts } = this;
    if (!isAllowed) return { state: undefined, figures, parts };
    if (input.kind === KIND_SALE || input.kind === KIND_ENROL) after.lastDay = this.day;
    after.lastMinute = input.minute;
    after.lastTerminal = input.terminal;
    after.lastSequence = input.sequence;
    return { state: after, figures, parts };
  }

  private isAllowed(): boolean {
    const { input, rules, after } = this;
    const { kind } = input;
    if (kind === KIND_PATCH || kind === KIND_BLOCK) return true;
    if (input.isGiftCard ? FOR_MEMBERS.includes(kind) : kind === KIND_GIFT_LOAD) return false;
    const isNew = kind === KIND_ENROL;
    if ((isNew || kind === KIND_SALE) && input.day < rules.validFromDay) return false;
    if ((after.flags & FLAG_BLOCKED) !== 0) return false;
    const isEnrolled = (after.flags & FLAG_ENROLLED) !== 0;
    if (kind === KIND_GIFT_LOAD) return true;
    if (isEnrolled === isNew) return false;
    const isForMembers = kind === KIND_SALE || kind === KIND_REWARD;
    return !isForMembers || (after.flags & FLAG_PENDING) === 0;
  }

  private carryOut(): boolean {
    const { kind } = this.input;
    if (kind === KIND_SALE) return this.sell();
    if (kind === KIND_ENROL) return this.enrol();
    return OTHER_TAPS[kind]?.(this) ?? false;
  }

  mayUse(): boolean {
    const { after, rules } = this;
    if ((after.flags & FLAG_EARN_ONLY) !== 0 || after.debtRial > 0n) return false;
    return !this.isClockSuspect || rules.redeemWhenClockIsSuspect;
  }

  private enrol(): boolean {
    const { after, rules } = this;
    after.flags |= FLAG_ENROLLED;
    after.group = rules.enrolGroup;
    after.groupSinceDay = this.day;
    after.visits = 0;
    after.firstDay = 0;
    after.lifeSpendRial = 0n;
    after.dayRedeemRial = 0n;
    after.birthdayClaimYear = 0;
    this.startPeriod();
    return true;
  }

  private startPeriod(): void {
    this.after.periodStartDay = this.day;
    this.after.periodSpendRial = 0n;
    this.after.periodVisits = 0;
  }

  private sell(): boolean {
    const { periodMonths } = this.rules;
    const periodOf = (day: number) => Math.floor(monthOfDay(day) / periodMonths);
    if (periodMonths > 0 && periodOf(this.after.periodStartDay) !== periodOf(this.day)) {
      this.startPeriod();
    }
    if (this.after.lastDay !== this.day) this.after.dayRedeemRial = 0n;
    this.creditBeforeRial = creditOf(this.after);
    if (!this.redeem()) return false;
    const netRial = this.input.grossRial - this.figures.usedRial;
    const { isGiftCard } = this.input;
    if (!isGiftCard) {
      this.grant(this.grants(netRial));
      this.earnPoints(netRial);
    }
    this.count();
    if (!isGiftCard) this.promote();
    return true;
  }

  /** Credit used in place of money. */
  private redeem(): boolean {
    const { input, rules, after } = this;
    const { askedRial } = input;
    // A gift card gives nothing: it pays, or it is not used.
    if (askedRial === 0n) return !input.isGiftCard;
    if (!this.mayUse()) return false;
    const creditRial = usableRial(after.lots, this.day, input.issuer);
    const limits = [creditRial, (input.grossRial * BigInt(rules.redeemBasisPoints)) / 10_000n];
    if (rules.redeemMaxRial > 0) limits.push(BigInt(rules.redeemMaxRial));
    if (rules.redeemPerDayRial > 0) {
      const leftRial = BigInt(rules.redeemPerDayRial) - after.dayRedeemRial;
      limits.push(leftRial > 0n ? leftRial : 0n);
    }
    const limitRial = least(...limits);
    const unitRial = BigInt(rules.redeemUnitRial);
    const isWholeRest = limitRial === creditRial;
    const mostRial = isWholeRest ? limitRial : limitRial - (limitRial % unitRial);
    if (askedRial < BigInt(rules.redeemMinRial) || askedRial > mostRial) return false;
    if (askedRial !== mostRial && askedRial % unitRial !== 0n) return false;
    this.parts = takeFromLots(after.lots, askedRial, this.day, input.issuer);
    this.figures.usedRial = askedRial;
    after.dayRedeemRial = least(after.dayRedeemRial + askedRial, MAX_U32);
    return true;
  }

  /** What each rule gives, before caps over all of them. */
  private grants(netRial: bigint): [EarnRule, bigint][] {
    const amountOf = (rule: EarnRule): bigint => {
      const shareRial = (netRial * BigInt(rule.basisPoints)) / 10_000n;
      return rule.maxRial > 0 ? least(shareRial, BigInt(rule.maxRial)) : shareRial;
    };
    const applies = (rule: EarnRule) => rule.when.every((one) => this.holds(one, netRial));
    const given: [EarnRule, bigint][] = [];
    let best: [EarnRule, bigint] | undefined;
    for (const rule of this.rules.bestOf.filter(applies)) {
      const amountRial = amountOf(rule);
      if (best === undefined || amountRial > best[1]) best = [rule, amountRial];
    }
    if (best !== undefined) given.push(best);
    for (const rule of this.rules.allOf.filter(applies)) given.push([rule, amountOf(rule)]);
    return given;
  }

  private holds({ field, operator, value }: RuleCondition, netRial: bigint): boolean {
    if (field === "dow" && this.isClockSuspect) return false;
    const { after } = this;
    const values: Record<ConditionField, bigint> = {
      net: netRial,
      group: BigInt(after.group),
      visits: BigInt(after.visits),
      pSpend: after.periodSpendRial,
      credit: this.creditBeforeRial,
      // 2020-01-01 was a Wednesday, the fifth day of the week from Saturday.
      dow: BigInt((this.day + 4) % 7),
    };
    const actual = values[field];
    if (operator === ">=") return actual >= BigInt(value);
    return operator === "<" ? actual < BigInt(value) : actual === BigInt(value);
  }

  private grant(grants: [EarnRule, bigint][]): void {
    const { rules, after, figures } = this;
    const roomRial = rules.balanceRial > 0 ? BigInt(rules.balanceRial) - creditOf(after) : MAX_RIAL;
    const limits = [
      grants.reduce((sum, [, amountRial]) => sum + amountRial, 0n),
      (roomRial > 0n ? roomRial : 0n) + after.debtRial,
    ];
    if (rules.earnPerTapRial > 0) limits.push(BigInt(rules.earnPerTapRial));
    const cutRial = least(...limits);
    const earnedRial = cutRial - (cutRial % BigInt(rules.roundToRial));
    let restRial = earnedRial;
    for (const [rule, amountRial] of grants) {
      const shareRial = least(amountRial, restRial);
      restRial -= shareRial;
      const debtRial = least(shareRial, after.debtRial);
      after.debtRial -= debtRial;
      figures.debtPaidRial += debtRial;
      const lot = {
        amountRial: shareRial - debtRial,
        ...windowDays(rule.window ?? rules.window, this.day),
        issuer: this.input.issuer,
        kind: rule.purse,
      };
      if (lot.amountRial > 0n && !placeLot(after.lots, lot, this.day)) {
        figures.deferredRial += lot.amountRial;
      }
    }
    figures.earnedRial = earnedRial - figures.deferredRial;
  }

  private earnPoints(netRial: bigint): void {
    const { points, unitRial } = this.rules.pointsPerUnit;
    const earned = (netRial / BigInt(unitRial)) * BigInt(points);
    this.figures.pointsEarned = least(earned, MAX_U32 - this.after.points);
    this.after.points += this.figures.pointsEarned;
  }

  /** One business day is one visit. Spend is the bill, however it was paid. */
  private count(): void {
    const { after, day } = this;
    if (after.visits === 0 || after.lastDay !== day) {
      if (after.visits === 0) after.firstDay = day;
      after.visits = Math.min(after.visits + 1, MAX_U16);
      after.periodVisits = Math.min(after.periodVisits + 1, MAX_U16);
    }
    after.lifeSpendRial = least(after.lifeSpendRial + this.input.grossRial, MAX_RIAL);
    after.periodSpendRial = least(after.periodSpendRial + this.input.grossRial, MAX_RIAL);
  }

  private promote(): void {
    const { after, rules } = this;
    const { promotion } = rules;
    if (promotion === undefined || promotion.group <= after.group) return;
    if (after.periodSpendRial < BigInt(promotion.atPeriodSpendRial)) return;
    after.group = promotion.group;
    after.groupSinceDay = this.day;
  }
}

function least(...amounts: bigint[]): bigint {
  return amounts.reduce((a, b) => (b < a ? b : a));
}
