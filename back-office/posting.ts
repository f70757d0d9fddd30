/**
 * Double entry: what a committed transaction does to the accounts. Debits are positive, credits
 * negative, and the entries of one transaction sum to zero. Anything not committed posts nothing.
 */
import { TapKind } from "../firmware/core/evaluate";
import type { TransactionStatus } from "./card-chain";
import type { Intent } from "./journal-records";

/** What moved: debits and credits of the same sum. */
export type Line = "earned" | "used" | "expired" | "restored" | "clawed";

export interface Entry {
  line: Line;
  account: string;
  /** Whose credit moved, of entries on what customers are owed; else 0. */
  issuer: number;
  /** Debit positive, credit negative; never 0. */
  amountRial: number;
}

/** Rial by issuer, for those lines of which a transaction's own figures do not tell it. */
export type IssuerShares = Partial<Record<Line, [issuer: number, amountRial: number][]>>;

export interface PostingContext {
  /** The shop of the terminal: whose credit it is when nothing else is known. */
  issuer: number;
  shares: IssuerShares;
  /** `TapKind` of what a void undid. */
  originalKind: number | undefined;
  /** Of what patches gave, what settled a return: credit used for goods that came back, rial. */
  givenBackRial: number;
  /** A late tap of a card that had been re-issued: neither owed nor paid until somebody decides. */
  isDisputed: boolean;
}

/** What customers were promised for their purchases. */
export const EXPENSE_CREDIT = "expense:credit";
/** What a supervisor or the office granted, debts forgiven included. */
export const EXPENSE_GRANTS = "expense:grants";
/** Credit given for points. */
export const EXPENSE_REWARDS = "expense:rewards";
/** Credit used in place of money, to be set against the sales of the day. */
export const CLEARING_REDEEMED = "clearing:redeemed";
/** Money taken for gift cards. */
export const CLEARING_GIFT_SALES = "clearing:giftSales";
/** Credit that nobody used in time. */
export const INCOME_BREAKAGE = "income:breakage";
export const INCOME_GIFT_BREAKAGE = "income:giftBreakage";
export const LIABILITY_PREFIX = "liability:member:";
export const GIFT_PREFIX = "liability:gift:";
/** What members owe, because goods came back whose credit they had spent. */
export const RECEIVABLE_PREFIX = "receivable:member:";
export const DISPUTE_PREFIX = "dispute:member:";

/** Where the other side of credit given stands, by the kind of tap. */
const SOURCES: Partial<Record<number, string>> = {
  [TapKind.GiftLoad]: CLEARING_GIFT_SALES,
  [TapKind.Grant]: EXPENSE_GRANTS,
  [TapKind.Reward]: EXPENSE_REWARDS,
};

/** The account of what the club owes one member. */
export function liabilityOf(member: number): string {
  return `${LIABILITY_PREFIX}${member}`;
}

/** The entries of one transaction. */
export function entriesOf(
  status: TransactionStatus,
  intent: Intent,
  context: PostingContext,
): Entry[] {
  if (status !== "committed") return [];
  const { kind, isGift, member, debtPaidRial, debtAddedRial } = intent;
  const source = SOURCES[kind === TapKind.Void ? (context.originalKind ?? 0) : kind];
  const giver = source ?? (kind === TapKind.Patch ? EXPENSE_GRANTS : EXPENSE_CREDIT);
  const taker = source ?? EXPENSE_CREDIT;
  const breakage = isGift ? INCOME_GIFT_BREAKAGE : INCOME_BREAKAGE;
  const debt: Entry = {
    line: "earned",
    account: `${RECEIVABLE_PREFIX}${member}`,
    issuer: 0,
    amountRial: -debtPaidRial,
  };
  const parts = partsByIssuer(intent);
  const owed = (line: Line, amountRial: number, sign: number, known?: [number, number][]) =>
    owedEntries(line, amountRial, sign, known ?? context.shares[line], intent, context);
  const against = (line: Line, account: string, amountRial: number): Entry => {
    return { line, account, issuer: 0, amountRial };
  };
  const givenBackRial = Math.min(context.givenBackRial, intent.earnedRial);
  const entries = [
    against("earned", giver, intent.earnedRial - givenBackRial),
    against("earned", CLEARING_REDEEMED, givenBackRial),
    debt,
    ...owed("earned", intent.earnedRial - debtPaidRial, -1),
    ...owed("used", intent.usedRial, 1, parts),
    against("used", CLEARING_REDEEMED, -intent.usedRial),
    ...owed("expired", intent.expiredRial, 1),
    against("expired", breakage, -intent.expiredRial),
    against("restored", CLEARING_REDEEMED, intent.restoredRial),
    ...owed("restored", intent.restoredRial, -1, parts),
    ...owed("clawed", intent.clawedRial - debtAddedRial, 1),
    { ...debt, line: "clawed" as const, amountRial: debtAddedRial },
    against("clawed", taker, -intent.clawedRial),
  ];
  return entries.filter(({ amountRial }) => amountRial !== 0);
}

/** One entry for each issuer whose credit it is; shares that do not add up count for nothing. */
function owedEntries(
  line: Line,
  amountRial: number,
  sign: number,
  known: [issuer: number, amountRial: number][] | undefined,
  { isGift, member, serial }: Intent,
  { issuer, isDisputed }: PostingContext,
): Entry[] {
  const owner = isGift ? `${GIFT_PREFIX}${serial}` : liabilityOf(member);
  const account = isDisputed ? `${DISPUTE_PREFIX}${member}` : owner;
  const sum = (known ?? []).reduce((total, [, rial]) => total + rial, 0);
  const shares = known !== undefined && sum === amountRial ? known : [[issuer, amountRial]];
  return shares.map(([whose, rial]) => ({ line, account, issuer: whose, amountRial: sign * rial }));
}

function partsByIssuer({ parts }: Intent): [issuer: number, amountRial: number][] {
  const sums = new Map<number, number>();
  for (const { issuer, amountRial } of parts) {
    sums.set(issuer, (sums.get(issuer) ?? 0) + amountRial);
  }
  return [...sums];
}
