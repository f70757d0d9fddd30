/** What the pad is showing and what the cashier has typed so far. */
export const enum View {
  Amount = 0,
  Credit = 1,
  Mobile = 2,
  /** What is done less often than a sale. */
  Menu = 3,
  /** And what is done still less often. */
  More = 4,
  /** The record of the sale that comes back, the reward, or the reason of a grant. */
  Reference = 5,
  /** What comes back, is loaded, or is granted. */
  KindAmount = 6,
  /** Of the supervisor whose card was read. */
  Pin = 7,
  /** A card is awaited or worked on. */
  Armed = 8,
  /** Asked for more credit than there is: use what there is? */
  Partial = 9,
  Result = 10,
  /** Really give up a tap that is not finished? */
  GiveUp = 11,
  /** What the customer thinks of the tap, 1..5. */
  Rate = 12,
  /** What takes several screens (counter-pages.ts). */
  Pages = 13,
}

export function createPadModel(): PadModel {
  return {
    view: View.Amount,
    typed: "",
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
  kind: number;
  grossRial: number;
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

/** Nothing is begun: what takes time may be done. */
export function isAtRest(model: PadModel): boolean {
  return model.isLocked || (model.view === View.Amount && model.typed === "");
}
