/**
 * The kinds of tap that are searched: what is on the card, and what is asked of the pad. Another
 * kind is one row more.
 */
import type { NewMemberCard } from "../../back-office/issue-image";
import { CardKind } from "../../card-layout/identity";
import { requestOf, type TapRequest } from "../../firmware/app/tap-request";
import { TapKind } from "../../firmware/core/evaluate";
import type { PlannedFault } from "../../host-sim/quick/faults";
import type { OfficeOrder } from "./office-orders";
import { businessDay, DAY_SECONDS, START_UNIX_SECONDS } from "./search-club";

/** What a cashier wants. */
export interface Order {
  readonly request: TapRequest;
  /** What is pressed for it; undefined: only the quick world, which has no keys, can be asked. */
  readonly keys: string | undefined;
}

export interface TapCase {
  readonly name: string;
  /** Taps of the day before, undisturbed, at another pad. */
  readonly before: readonly Order[];
  /** Taps of the same day at the first pad, undisturbed. Only in the quick world. */
  readonly here?: readonly Order[];
  /** The card, if it is not a member's that lives for ever. */
  readonly card?: Partial<Pick<NewMemberCard, "kind" | "member" | "expiryDay">>;
  /** What the office has ordered for this card at both pads. Only in the quick world. */
  readonly office?: OfficeOrder;
  /** A tap of the same day at another pad that was left unfinished so. */
  readonly unfinished?: { readonly order: Order; readonly fault: PlannedFault };
  readonly order: Order;
  /** What the second pad does with the card afterwards; a sale when left out. */
  readonly other?: Order;
  /** Undisturbed, the order changes the card. */
  readonly changes: boolean;
  /**
   * Disturbed, the order may be refused for good: the record that a void brings back stands in the
   * slot that any attempt writes to. Nothing is lost, the goods come back as a return.
   */
  readonly mayBeRefused?: boolean;
}

const ENROL: Order = enrolment("09121234567");
/** 300,000 rial of credit, spendable from the next day on. */
const REGULAR = [ENROL, sale(3_000_000)];
/** Record number of the first tap in a pad's journal. */
const FIRST_RECORD = 1;
const SUPERVISOR = 900001;
const REASON = 1;
const YESTERDAY = businessDay(START_UNIX_SECONDS - DAY_SECONDS);
const GIFT_CARD = { kind: CardKind.Gift, member: 0 };

export const TAP_CASES: readonly TapCase[] = [
  { name: "enrol", before: [], order: ENROL, changes: true },
  { name: "sale", before: REGULAR, order: sale(1_000_000), changes: true },
  {
    name: "sale-with-credit",
    before: REGULAR,
    order: sale(1_000_000, 100_000),
    changes: true,
  },
  {
    name: "balance",
    before: REGULAR,
    order: { request: request(TapKind.Balance), keys: "B" },
    changes: false,
  },
  { name: "refused-sale", before: REGULAR, order: sale(9_000_000, 900_000), changes: false },
  {
    name: "sale-after-burn",
    before: REGULAR,
    // The other pad's counter is burned, its record half written.
    unfinished: { order: sale(500_000), fault: { place: 60, fault: "pull" } },
    order: sale(1_000_000, 100_000),
    changes: true,
  },
  {
    name: "return",
    before: REGULAR,
    here: [sale(1_000_000, 100_000)],
    order: order({ kind: TapKind.Refund, grossRial: 400_000, reference: FIRST_RECORD }),
    changes: true,
  },
  {
    name: "return-elsewhere",
    before: REGULAR,
    // Of a sale of the earlier pad: journaled for the back office, and the card stays as it is.
    order: order({ kind: TapKind.Refund, grossRial: 400_000, reference: 3, originalTerminal: 9 }),
    changes: false,
  },
  {
    name: "void",
    before: REGULAR,
    here: [sale(1_000_000, 100_000)],
    order: order({ kind: TapKind.Void }),
    changes: true,
    mayBeRefused: true,
  },
  {
    name: "gift-load",
    before: [],
    card: GIFT_CARD,
    order: order({ kind: TapKind.GiftLoad, grossRial: 600_000 }),
    other: sale(500_000, 100_000),
    changes: true,
  },
  {
    name: "grant",
    before: REGULAR,
    order: order({
      ...{ kind: TapKind.Grant, grossRial: 50_000 },
      ...{ reference: REASON, approver: SUPERVISOR },
    }),
    changes: true,
  },
  {
    name: "reward",
    before: REGULAR,
    order: order({ kind: TapKind.Reward, reference: 1 }),
    changes: true,
  },
  {
    name: "renewal",
    before: REGULAR,
    card: { expiryDay: YESTERDAY },
    order: order({ kind: TapKind.Renew }),
    changes: true,
  },
  // The office's patch for this card is taken in first, in the same tap.
  { name: "patch", before: REGULAR, office: "patch", order: sale(1_000_000), changes: true },
  // A lost card: it is marked, and the sale refused.
  { name: "blocked", before: REGULAR, office: "block", order: sale(1_000_000), changes: false },
];

/** Too much for any card: what it changes is what the office ordered. */
export const ONLY_OFFICE = sale(9_000_000, 900_000);

/** What the second pad sells to a customer whose tap at the first one was disturbed. */
export const OTHER_SALE = sale(500_000);

function request(kind: TapKind, grossRial = 0, askedCreditRial = 0, mobile = ""): TapRequest {
  return { ...requestOf(kind, grossRial, 0), askedCreditRial, mobile };
}

function enrolment(mobile: string): Order {
  return { request: request(TapKind.Enrol, 0, 0, mobile), keys: `C${mobile}#` };
}

/** Kinds that have no keys yet. */
function order(more: Partial<TapRequest> & Pick<TapRequest, "kind">): Order {
  return { request: { ...request(more.kind), ...more }, keys: undefined };
}

/** Keys are in toman. */
function sale(grossRial: number, askedRial = 0): Order {
  const credit = askedRial === 0 ? "#" : `A${askedRial / 10}#`;
  return { request: request(TapKind.Sale, grossRial, askedRial), keys: grossRial / 10 + credit };
}
