/**
 * What one episode of a soak is like: how big, how often what happens, which faults there are and
 * how often they strike, and the shop's rules. Every episode draws its own ("swarm testing"), since
 * a mean of everything at once would never meet what needs many of one kind and none of another.
 */
import type { FaultName, PlaceKind } from "../../host-sim/quick/faults";
import { FAULTS_OF_KIND } from "../../host-sim/quick/faults";
import type { Rng } from "../../host-sim/rng";
import type { EarnRule, LotWindow, RuleCondition, ShopRules } from "../../oracle/shop-rules";
import { SUPERVISABLE } from "../../oracle/staff-model";
import { STEP_KINDS, type StepKind } from "./step-kinds";

export interface Swarm {
  /** Only enrolments, sales and balances, and nothing comes down: what soaks once were. */
  isSalesOnly: boolean;
  terminals: number;
  /** Of members; and those that come behind them. */
  cards: number;
  giftCards: number;
  /** Whose cards there are; nobody's in shops that know none. The first two never get lost. */
  staff: StaffCard[];
  /** The pads have the pages of the counter. */
  hasCounterPages: boolean;
  /** Chance that staff does something that is not wanted. */
  staffErrorChance: number;
  /** Chance that a bill is split by category. */
  billChance: number;
  /** Of the pads' journals. */
  pageSizeBytes: number;
  journalPages: number;
  rules: ShopRules;
  /** Weight of each kind of step. */
  weights: Record<StepKind, number>;
  /** Chance that a step takes the card, or the pad, of the step before. */
  sameCard: number;
  samePad: number;
  /** Chance of a fault at each place of a tap; 0 in episodes without faults. */
  faultChance: number;
  /** By `PlaceKind`: the faults that this episode knows there. */
  faults: FaultName[][];
  /** Chance that keys are pressed while a card is worked on. */
  keysChance: number;
  line: { drop: number; double: number; corrupt: number; lateMs: number; repeat: number };
  /** Chance that the back office fails in a sync, and that the line is cut. */
  serverChance: number;
  lineCutChance: number;
}

export interface StaffCard {
  isSupervisor: boolean;
  pin: string;
}

export interface SwarmOptions {
  terminals: number;
  cards: number;
  hasFaults: boolean;
  isSalesOnly?: boolean;
  /** No gift cards: what soaks were after that. */
  isMembersOnly?: boolean;
  /** Nobody logs in and nothing is approved: what soaks were after that. */
  isWithoutStaff?: boolean;
  /** Nobody splits a bill by category: what soaks were after that. */
  isWithoutBills?: boolean;
}

/** With fewer, the office settles the same long histories over and over. */
const LEAST_CARDS = 4;
const PAGE_SIZES = [1024, 2048, 4096];
const FAULTS_KEPT = 0.6;
/** A tap has about 150 places; one in 40 to 1200 is struck. */
const OFTEN_PLACES = 40;
const RARE_FACTOR = 30;
const OFFSET_MINUTES = 210;
/** 1404-07-01. */
const VALID_FROM_DAY = 2092;

export function drawSwarm(rng: Rng, options: SwarmOptions): Swarm {
  const { terminals, cards, hasFaults, isSalesOnly = false } = options;
  const between = (low: number, high: number) => low + (high - low) * rng.fraction();
  const weights = {} as Record<StepKind, number>;
  for (const [kind, { weight, isLater, isForGifts, isForStaff }] of Object.entries(STEP_KINDS)) {
    if (isLater !== true && isForGifts !== true && isForStaff !== true)
      weights[kind as StepKind] = drawWeight(rng, weight);
  }
  weights.sale = STEP_KINDS.sale.weight * between(0.5, 2);
  weights.sync = STEP_KINDS.sync.weight * between(0.3, 2);
  // Whatever is switched off, as many numbers are drawn.
  const isNoisy = rng.chance(0.6) && hasFaults;
  const rate = (most: number) => {
    const drawn = rng.fraction() * most;
    return rng.chance(0.5) && isNoisy ? drawn : 0;
  };
  const swarm: Swarm = {
    isSalesOnly,
    terminals: 1 + rng.below(terminals),
    cards: Math.min(cards, LEAST_CARDS + rng.below(cards)),
    ...{ giftCards: 0, staff: [], hasCounterPages: false, staffErrorChance: 0, billChance: 0 },
    pageSizeBytes: PAGE_SIZES[rng.below(PAGE_SIZES.length)],
    journalPages: 3 + rng.below(6),
    rules: drawRules(rng),
    weights,
    sameCard: rng.fraction() * 0.8,
    samePad: rng.fraction() * 0.8,
    faultChance: hasFaults ? 1 / (OFTEN_PLACES * RARE_FACTOR ** rng.fraction()) : 0,
    faults: drawFaults(rng),
    keysChance: rng.chance(0.5) ? rng.fraction() * 0.3 : 0,
    line: {
      drop: rate(0.004),
      double: rate(0.004),
      corrupt: rate(0.004),
      lateMs: rate(1500),
      repeat: rate(0.3),
    },
    serverChance: hasFaults ? rng.fraction() * 0.4 : 0,
    lineCutChance: hasFaults ? rng.fraction() * 0.3 : 0,
  };
  // Drawn last, so that what came before is as it was when there was nothing else.
  for (const [kind, { weight, isLater }] of Object.entries(STEP_KINDS)) {
    if (isLater !== true) continue;
    const drawn = drawWeight(rng, weight);
    weights[kind as StepKind] = isSalesOnly ? 0 : drawn;
  }
  const others = drawOtherRules(rng);
  if (isSalesOnly) return swarm;
  const withOthers = { ...swarm, rules: { ...swarm.rules, ...others } };
  if (options.isMembersOnly === true) return withOthers;
  const withCards = withGifts(rng, withOthers);
  if (options.isWithoutStaff === true) return withCards;
  const withPeople = withStaff(rng, withCards);
  if (options.isWithoutBills === true) return withPeople;
  return { ...withPeople, billChance: rng.chance(0.5) ? rng.fraction() : 0 };
}

function withGifts(rng: Rng, swarm: Swarm): Swarm {
  const one = <Value>(...values: Value[]) => values[rng.below(values.length)];
  const untilDays = one(undefined, 0, 30, 365);
  const giftWindow = {
    ...{ fromDays: one(0, 0, 0, 1), untilDays },
    toMonthEnd: untilDays !== undefined && rng.chance(0.5),
  };
  const giftCards = rng.below(2 + Math.ceil(swarm.cards / 2));
  const giftLoad = drawWeight(rng, STEP_KINDS.giftLoad.weight);
  const hasGiftTopUp = rng.chance(0.6);
  return {
    ...swarm,
    giftCards,
    weights: { ...swarm.weights, giftLoad },
    rules: { ...swarm.rules, giftWindow, hasGiftTopUp },
  };
}

function withStaff(rng: Rng, swarm: Swarm): Swarm {
  const weights = { ...swarm.weights };
  for (const [kind, { weight, isForStaff }] of Object.entries(STEP_KINDS)) {
    if (isForStaff === true) weights[kind as StepKind] = drawWeight(rng, weight);
  }
  const pin = () => String(rng.below(100_000_000)).padStart(4, "0");
  const staff = [
    { isSupervisor: rng.chance(0.3), pin: pin() },
    { isSupervisor: true, pin: pin() },
  ];
  for (let left = rng.below(3); left > 0; left--) {
    staff.push({ isSupervisor: rng.chance(0.5), pin: pin() });
  }
  const staffRules = {
    isLoginRequired: rng.chance(0.4),
    supervisedKinds: Object.values(SUPERVISABLE).filter(() => rng.chance(0.3)),
    approveAboveRial: rng.chance(0.6) ? 0 : 10 ** (4 + rng.below(4)),
  };
  return {
    ...swarm,
    ...{ staff, weights, rules: { ...swarm.rules, staff: staffRules } },
    hasCounterPages: rng.chance(0.5),
    staffErrorChance: rng.chance(0.7) ? rng.fraction() * 0.4 : 0,
  };
}

/** A sixth of the kinds is missing, the others are more or less frequent than usual. */
function drawWeight(rng: Rng, weight: number): number {
  return rng.chance(1 / 6) ? 0 : weight * (0.3 + 1.7 * rng.fraction());
}

/** For what is done less often than a sale. */
function drawOtherRules(rng: Rng) {
  const one = (...values: number[]) => values[rng.below(values.length)];
  return {
    graceDays: one(0, 1, 10),
    renewMonths: one(0, 12),
    rewards: [
      { id: 1, points: one(1, 20, 100), creditRial: one(0, 0, 5000, 120_000) },
      { id: 2, points: 1_000_000, creditRial: 0 },
    ],
  };
}

function drawFaults(rng: Rng): FaultName[][] {
  return FAULTS_OF_KIND.map((names) => {
    const kept = names.filter(() => rng.chance(FAULTS_KEPT));
    return rng.chance(0.2) ? [] : [...kept];
  });
}

/** The faults that may strike at a place. */
export function faultsAt(swarm: Swarm, kind: PlaceKind): FaultName[] {
  return swarm.faults[kind];
}

function drawRules(rng: Rng): ShopRules {
  const one = <Value>(...values: Value[]) => values[rng.below(values.length)];
  const window = (): LotWindow => ({
    fromDays: one(0, 1, 1, 1, 2, 7),
    untilDays: one(0, 7, 30, 60, 90, 90, undefined),
    toMonthEnd: false,
  });
  const shopWindow = window();
  const withMonthEnd = (drawn: LotWindow): LotWindow => ({
    ...drawn,
    toMonthEnd: drawn.untilDays !== undefined && rng.chance(0.5),
  });
  const earn = (id: number, when: RuleCondition[]): EarnRule => ({
    id,
    when,
    basisPoints: one(100, 250, 500, 1000, 1250, 2000, 3333),
    maxRial: one(0, 0, 0, 50_000, 1_000_000),
    purse: one(0, 0, 0, 1),
    window: rng.chance(0.3) ? withMonthEnd(window()) : undefined,
  });
  const condition = (): RuleCondition =>
    one<RuleCondition>(
      { field: "net", operator: ">=", value: 2_000_000 },
      { field: "group", operator: "=", value: 2 },
      { field: "visits", operator: ">=", value: 3 },
      { field: "pSpend", operator: "<", value: 5_000_000 },
      { field: "credit", operator: "<", value: 300_000 },
      { field: "dow", operator: "=", value: 6 },
    );
  return {
    club: 7,
    version: 1 + rng.below(1000),
    validFromDay: VALID_FROM_DAY,
    offsetMinutes: OFFSET_MINUTES,
    dayStartMinute: one(0, 0, 240),
    roundToRial: one(1, 10, 10, 1000),
    earnPerTapRial: one(0, 0, 0, 200_000),
    balanceRial: one(0, 0, 0, 2_000_000),
    redeemMaxRial: one(0, 0, 0, 500_000),
    redeemPerDayRial: one(0, 0, 0, 700_000),
    redeemUnitRial: one(1, 1, 10, 5000),
    redeemMinRial: one(0, 0, 20_000),
    redeemBasisPoints: one(10_000, 10_000, 5000),
    redeemWhenClockIsSuspect: rng.chance(0.3),
    window: withMonthEnd(shopWindow),
    enrolGroup: one(0, 1, 1, 2),
    periodMonths: one(0, 1, 3, 6, 12),
    bestOf: [earn(1, []), earn(2, [condition()]), earn(3, [condition(), condition()])],
    allOf: rng.chance(0.4) ? [earn(4, [condition()])] : [],
    pointsPerUnit: { id: 5, points: one(1, 2, 5), unitRial: one(10_000, 100_000, 7_000) },
    promotion: rng.chance(0.5)
      ? { id: 6, group: one(2, 3), atPeriodSpendRial: one(1_000_000, 10_000_000) }
      : undefined,
    ...{ graceDays: 0, renewMonths: 0, rewards: [] },
    giftWindow: { fromDays: 0, untilDays: undefined, toMonthEnd: false },
    hasGiftTopUp: false,
    staff: { isLoginRequired: false, supervisedKinds: [], approveAboveRial: 0 },
  };
}
