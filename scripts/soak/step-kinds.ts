/**
 * What can happen in a step of a soak, as a table: a new kind of tap is one row here and one
 * function in play-step.ts. Weights are those of an ordinary shop; each episode changes them.
 */
import type { Rng } from "../../host-sim/rng";

export type StepKind =
  | "enrol"
  | "sale"
  | "creditSale"
  | "allCreditSale"
  | "balance"
  | "cardAgain"
  | "strangeCard"
  | "keys"
  | "giveUp"
  | "powerCut"
  | "minutes"
  | "nextDay"
  | "monthEnd"
  | "season"
  | "clockJump"
  | "clockSet"
  | "sync"
  | "return"
  | "void"
  | "reward"
  | "renewal"
  | "order"
  | "block"
  | "push"
  | "giftLoad"
  | "logIn"
  | "grant"
  | "closeShift"
  | "blockStaff";

interface KindRow {
  weight: number;
  /** Came to the soak later: not in episodes with sales only. */
  isLater?: boolean;
  /** Came last: only in episodes that may have gift cards. */
  isForGifts?: boolean;
  /** Came after that: only in episodes with staff. */
  isForStaff?: boolean;
  /** For stories; the numbers are the step's. */
  text(step: Step): string;
  /** What a step of this kind needs beyond pad and card. */
  draw?(rng: Rng, step: Step, shop: DrawnShop): void;
}

/** Plain data: a step can be printed, left out, and played again. */
export interface Step {
  /** From 1, in the episode. */
  number: number;
  kind: StepKind;
  /** Index of the pad and of the card it is about. */
  pad: number;
  card: number;
  /** Time that passes before. */
  waitSeconds: number;
  grossToman: number;
  creditToman: number;
  /** Keys pressed blindly. */
  keys: string;
  /** Days, or seconds of a clock. */
  amount: number;
}

/** Gift cards come behind the members' cards. */
interface DrawnShop {
  cards: number;
  giftCards: number;
  staff: readonly unknown[];
}

const KEYS = "0123456789ABCD*#";
const DAY_SECONDS = 86_400;
/** Now and then somebody tries it with a member's card. */
const MOSTLY = 0.9;

export const STEP_KINDS: Record<StepKind, KindRow> = {
  enrol: {
    weight: 8,
    text: (step) => `enrolment of card ${step.card} at pad ${step.pad + 1}`,
  },
  sale: {
    weight: 50,
    text: (step) => `${saleText(step)}`,
    draw: drawAmounts,
  },
  creditSale: {
    weight: 20,
    text: (step) => `${saleText(step)}, ${step.creditToman} toman of it credit`,
    draw: drawAmounts,
  },
  allCreditSale: {
    weight: 14,
    text: (step) => `${saleText(step)}, all of it credit if there is so much`,
    draw: drawAmounts,
  },
  balance: {
    weight: 8,
    text: (step) => `balance of card ${step.card} at pad ${step.pad + 1}`,
  },
  cardAgain: {
    weight: 6,
    text: (step) => `card ${step.card} put on pad ${step.pad + 1} as that stands`,
  },
  strangeCard: {
    weight: 4,
    text: (step) => `a strange card (${step.amount}) put on pad ${step.pad + 1}`,
    draw: (rng, step) => {
      step.amount = rng.below(4);
    },
  },
  keys: {
    weight: 4,
    text: (step) => `keys ${step.keys} pressed at pad ${step.pad + 1}`,
    draw: (rng, step) => {
      step.keys = drawKeys(rng, 1 + rng.below(14));
    },
  },
  giveUp: {
    weight: 2,
    text: (step) => `the cashier gives up what pad ${step.pad + 1} has open`,
  },
  powerCut: {
    weight: 3,
    text: (step) => `power cut at pad ${step.pad + 1}`,
  },
  minutes: {
    weight: 12,
    text: (step) => `${step.amount} s pass`,
    draw: (rng, step) => {
      step.amount = 60 + rng.below(7200);
    },
  },
  nextDay: {
    weight: 5,
    text: (step) => `${step.amount / DAY_SECONDS} days pass`,
    draw: (rng, step) => {
      step.amount = DAY_SECONDS * (1 + rng.below(3));
    },
  },
  monthEnd: {
    weight: 0.8,
    text: () => "the Jalali month ends",
  },
  season: {
    weight: 0.3,
    text: (step) => `${step.amount / DAY_SECONDS} days pass`,
    draw: (rng, step) => {
      step.amount = DAY_SECONDS * (20 + rng.below(120));
    },
  },
  clockJump: {
    weight: 0.8,
    text: (step) => `the clock of pad ${step.pad + 1} is wrong by ${step.amount} s`,
    draw: (rng, step) => {
      const isLost = rng.chance(0.3);
      const days = rng.below(40) - 20;
      step.amount = isLost ? LOST_CLOCK : days * DAY_SECONDS + rng.below(DAY_SECONDS);
    },
  },
  clockSet: {
    weight: 2,
    text: (step) => `the clock of pad ${step.pad + 1} is set`,
  },
  sync: {
    weight: 5,
    text: (step) => `the office fetches the journal of pad ${step.pad + 1}`,
  },
  return: {
    weight: 14,
    isLater: true,
    text: (step) =>
      `a return of up to ${step.grossToman} toman by card ${step.card} at pad ${step.pad + 1}`,
    draw: (rng, step) => {
      drawAmounts(rng, step);
      step.amount = rng.below(1000);
    },
  },
  void: {
    weight: 6,
    isLater: true,
    text: (step) => `the last tap of card ${step.card} is undone at pad ${step.pad + 1}`,
  },
  reward: {
    weight: 5,
    isLater: true,
    text: (step) => `reward ${step.amount} for card ${step.card} at pad ${step.pad + 1}`,
    draw: (rng, step) => {
      step.amount = rng.chance(0.8) ? 1 : 2 + rng.below(2);
    },
  },
  renewal: {
    weight: 2,
    isLater: true,
    text: (step) => `card ${step.card} is renewed at pad ${step.pad + 1}`,
  },
  order: {
    weight: 4,
    isLater: true,
    text: (step) => `the office orders something for card ${step.card}`,
    draw: (rng, step) => {
      drawAmounts(rng, step);
      step.amount = rng.below(1000);
    },
  },
  block: {
    weight: 0.15,
    isLater: true,
    text: (step) => `card ${step.card} is lost: the office puts it on the hot list`,
  },
  push: {
    weight: 5,
    isLater: true,
    text: (step) => `the office fetches from and sends to pad ${step.pad + 1}`,
  },
  giftLoad: {
    weight: 10,
    isForGifts: true,
    text: (step) => `${step.grossToman} toman loaded on card ${step.card} at pad ${step.pad + 1}`,
    draw: (rng, step, { cards, giftCards }) => {
      drawAmounts(rng, step);
      if (giftCards > 0 && rng.chance(MOSTLY)) step.card = cards + rng.below(giftCards);
    },
  },
  logIn: {
    weight: 6,
    isForStaff: true,
    text: (step) => `staff card ${step.amount} logs in or out at pad ${step.pad + 1}`,
    draw: drawStaff,
  },
  grant: {
    weight: 6,
    isForStaff: true,
    text: (step) =>
      `${step.grossToman} toman granted to card ${step.card} at pad ${step.pad + 1}, ` +
      `staff card ${step.amount} approves`,
    draw: (rng, step, shop) => {
      drawAmounts(rng, step);
      drawStaff(rng, step, shop);
    },
  },
  closeShift: {
    weight: 2,
    isForStaff: true,
    text: (step) => `totals of the shift at pad ${step.pad + 1}`,
  },
  blockStaff: {
    weight: 0.15,
    isForStaff: true,
    text: (step) => `staff card ${step.amount} is lost: the office puts it on the hot list`,
    draw: drawStaff,
  },
};

/** A real-time clock without battery begins again. */
export const LOST_CLOCK = -2_000_000_000;

export function drawKeys(rng: Rng, count: number): string {
  let keys = "";
  for (let i = 0; i < count; i++) keys += KEYS[rng.below(KEYS.length)];
  return keys;
}

function drawAmounts(rng: Rng, step: Step): void {
  const magnitude = 10 ** (2 + rng.below(5));
  step.grossToman = 1 + rng.below(magnitude * 9);
  step.creditToman = rng.chance(0.3) ? 1 + rng.below(step.grossToman) : 1000 * (1 + rng.below(40));
}

function drawStaff(rng: Rng, step: Step, { staff }: DrawnShop): void {
  step.amount = rng.below(staff.length);
}

function saleText({ grossToman, card, pad }: Step): string {
  return `sale of ${grossToman} toman to card ${card} at pad ${pad + 1}`;
}
