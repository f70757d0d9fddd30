/**
 * The kinds of tap that are searched: what is on the card, and what is asked of the pad. Another
 * kind is one row more.
 */
import { requestOf, type TapRequest } from "../../firmware/app/tap-request";
import { TapKind } from "../../firmware/core/evaluate";
import type { PlannedFault } from "../../host-sim/quick/faults";

/** What a cashier wants. */
export interface Order {
  readonly request: TapRequest;
  /** What is pressed for it. */
  readonly keys: string;
}

export interface TapCase {
  readonly name: string;
  /** Taps of the day before, undisturbed, at another pad. */
  readonly before: readonly Order[];
  /** A tap of the same day at another pad that was left unfinished so. */
  readonly unfinished?: { readonly order: Order; readonly fault: PlannedFault };
  readonly order: Order;
  /** Undisturbed, the order changes the card. */
  readonly changes: boolean;
}

const ENROL: Order = enrolment("09121234567");
/** 300,000 rial of credit, spendable from the next day on. */
const REGULAR = [ENROL, sale(3_000_000)];

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
];

/** What the second pad sells to a customer whose tap at the first one was disturbed. */
export const OTHER_SALE = sale(500_000);

function request(kind: TapKind, grossRial = 0, askedCreditRial = 0, mobile = ""): TapRequest {
  return { ...requestOf(kind, grossRial, 0), askedCreditRial, mobile };
}

function enrolment(mobile: string): Order {
  return { request: request(TapKind.Enrol, 0, 0, mobile), keys: `C${mobile}#` };
}

/** Keys are in toman. */
function sale(grossRial: number, askedRial = 0): Order {
  const credit = askedRial === 0 ? "#" : `A${askedRial / 10}#`;
  return { request: request(TapKind.Sale, grossRial, askedRial), keys: grossRial / 10 + credit };
}
