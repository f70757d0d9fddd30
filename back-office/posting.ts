/**
 * Double entry: what a committed transaction does to the accounts. Debits are positive, credits
 * negative, and the entries of one transaction sum to zero. Anything not committed posts nothing.
 */
import type { TransactionStatus } from "./card-chain";

export interface PostedAmounts {
  member: number;
  usedRial: number;
  earnedRial: number;
  expiredRial: number;
}

export interface Entry {
  /** What moved: one debit and one credit each. */
  line: "earned" | "used" | "expired";
  account: string;
  /** Debit positive, credit negative; never 0. */
  amountRial: number;
}

/** What customers were promised. */
export const EXPENSE_CREDIT = "expense:credit";
/** Credit used in place of money, to be set against the sales of the day. */
export const CLEARING_REDEEMED = "clearing:redeemed";
/** Credit that nobody used in time. */
export const INCOME_BREAKAGE = "income:breakage";
export const LIABILITY_PREFIX = "liability:member:";

/** The account of what the club owes one member. */
export function liabilityOf(member: number): string {
  return `${LIABILITY_PREFIX}${member}`;
}

/** The entries of one transaction. */
export function entriesOf(status: TransactionStatus, amounts: PostedAmounts): Entry[] {
  if (status !== "committed") return [];
  const liability = liabilityOf(amounts.member);
  return [
    ...movement("earned", EXPENSE_CREDIT, liability, amounts.earnedRial),
    ...movement("used", liability, CLEARING_REDEEMED, amounts.usedRial),
    ...movement("expired", liability, INCOME_BREAKAGE, amounts.expiredRial),
  ];
}

function movement(line: Entry["line"], debit: string, credit: string, amountRial: number): Entry[] {
  if (amountRial === 0) return [];
  return [
    { line, account: debit, amountRial },
    { line, account: credit, amountRial: -amountRial },
  ];
}
