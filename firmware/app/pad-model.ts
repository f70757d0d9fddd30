/** What the pad is showing and what the cashier has typed so far. */
export const enum View {
  Amount = 0,
  Credit = 1,
  Mobile = 2,
  /** Of the amount that was typed before. */
  Category = 3,
  /** What is done less often than a sale. */
  Menu = 4,
  /** And what is done still less often. */
  More = 5,
  /** The record of the sale that comes back, the reward, or the reason of a grant. */
  Reference = 6,
  /** What comes back, is loaded, or is granted. */
  KindAmount = 7,
  /** Of the supervisor whose card was read. */
  Pin = 8,
  /** A card is awaited or worked on. */
  Armed = 9,
  /** Asked for more credit than there is: use what there is? */
  Partial = 10,
  Result = 11,
  /** Really give up a tap that is not finished? */
  GiveUp = 12,
  /** What the customer thinks of the tap, 1..5. */
  Rate = 13,
  /** What takes several screens (counter-pages.ts). */
  Pages = 14,
}

export function createPadModel(): PadModel {
  return {
    view: View.Amount,
    typed: "",
    bill: "",
    kind: 0,
    grossRial: 0,
    askedRial: 0,
    reference: 0,
    warning: "",
    said: 0,
    isApproving: false,
    isLocked: false,
    page: 0,
    rows: [],
    firstRow: 0,
  };
}

export interface PadModel {
  view: View;
  /** Digits typed in the present view. */
  typed: string;
  /** The parts of the bill that were put into categories so far, packed (bill.ts). */
  bill: string;
  kind: number;
  /** Of those parts together, and of what was typed since as soon as it is confirmed. */
  grossRial: number;
  /** Of it with credit; before that is known, what was typed last. */
  askedRial: number;
  reference: number;
  /** What the top line warns of. */
  warning: string;
  /** A `ScreenId` that is shown as the result in place of the tap's; 0 = none. */
  said: number;
  /** The card that is awaited is a supervisor's, for what `kind` and amounts say. */
  isApproving: boolean;
  /** A staff card is awaited before anything else. */
  isLocked: boolean;
  /** The `ScreenId` of the pages that are shown, and their rows from the first one shown on. */
  page: number;
  rows: string[];
  firstRow: number;
}

/** The amount is to be typed, and nothing of it is there. */
export function isBlank(model: PadModel): boolean {
  return model.view === View.Amount && model.typed + model.bill === "";
}

/** Nothing is begun: what takes time may be done. */
export function isAtRest(model: PadModel): boolean {
  return model.isLocked || isBlank(model);
}
