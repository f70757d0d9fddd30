/**
 * Every text the pad shows, at most 21 characters a line. One table per language; code refers to
 * texts by name only.
 */
export interface Texts {
  readonly amount: string;
  readonly amountHint: string;
  readonly credit: string;
  readonly creditHint: string;
  readonly mobile: string;
  readonly mobileHint: string;
  readonly sale: string;
  readonly useCredit: string;
  readonly balance: string;
  readonly enrol: string;
  readonly tapCard: string;
  readonly cancelHint: string;
  readonly hold: string;
  readonly doNotRemove: string;
  readonly leftEarly: string;
  readonly sameCard: string;
  readonly unfinished: string;
  readonly otherCard: string;
  readonly oneCard: string;
  readonly giveUpHint: string;
  readonly giveUp: string;
  readonly giveUpWarning: string;
  readonly confirmHint: string;
  readonly done: string;
  readonly welcome: string;
  readonly member: string;
  readonly old: string;
  readonly earned: string;
  readonly used: string;
  readonly now: string;
  readonly points: string;
  readonly pay: string;
  readonly credits: string;
  readonly expires: string;
  readonly available: string;
  readonly useAvailableHint: string;
  readonly anyKey: string;
  readonly queue: string;
  readonly notProvisioned: readonly [string, string];
  readonly journalFault: readonly [string, string];
  readonly readerFault: readonly [string, string];
  readonly outcomes: readonly (readonly [string, string])[];
  readonly refusals: readonly (readonly [string, string])[];
}

export const ENGLISH: Texts = {
  amount: "Amount, toman",
  amountHint: "A credit B bal C enrol",
  credit: "Pay with credit",
  creditHint: "# ok  * back  A all",
  mobile: "New member: mobile",
  mobileHint: "# ok  * back",
  sale: "Sale",
  useCredit: "of it from credit",
  balance: "Balance",
  enrol: "New member",
  tapCard: "Tap the card",
  cancelHint: "* cancel",
  hold: "Working...",
  doNotRemove: "Keep the card there",
  leftEarly: "Hold it a bit longer",
  sameCard: "Put the SAME card",
  unfinished: "back: not finished!",
  otherCard: "This is another card",
  oneCard: "One card only, please",
  giveUpHint: "* give up",
  giveUp: "Give up this tap?",
  giveUpWarning: "It stays in doubt",
  confirmHint: "# give up  * no",
  done: "Done",
  welcome: "Welcome to the club",
  member: "Member",
  old: "Old",
  earned: "Earned",
  used: "Used",
  now: "New",
  points: "Points",
  pay: "To pay",
  credits: "Credit",
  expires: "Expires",
  available: "Only available",
  useAvailableHint: "# use it  * cancel",
  anyKey: "any key",
  queue: "Q",
  notProvisioned: ["No settings yet", "Technician: provision"],
  journalFault: ["Journal unreadable", "Call the technician"],
  readerFault: ["Card reader is silent", "Check its cable"],
  // Index = TapOutcome - TapOutcome.Blank: what it is, what to do next.
  outcomes: [
    ["Blank card", "Issue it at the desk"],
    ["Not our card", "Ask for the club card"],
    ["Card is damaged", "Desk: make a new card"],
    ["Card was manipulated", "Keep it, call manager"],
    ["Other pad went on", "Start the sale again"],
    ["Result not known yet", "Office will settle it"],
    ["Pad memory is full", "Send data to office"],
    ["Pad fault", "Call the technician"],
  ],
  // Index = Outcome: what it is, what to do next.
  refusals: [
    ["Done", ""],
    ["Not a member yet", "Press C to enrol"],
    ["Member already", "Nothing to do"],
    ["Card is blocked", "Send to the desk"],
    ["Card has expired", "Desk: renew the card"],
    ["Wrong kind of card", "Use a member card"],
    ["Not enough credit", ""],
    ["Amount not possible", "Check the amount"],
    ["This card only earns", "Pay the full amount"],
    ["Debt must be paid", "Pay the full amount"],
    ["Clock looks wrong", "Pay the full amount"],
    ["Rules do not allow it", "Pay the full amount"],
  ],
};
