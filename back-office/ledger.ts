/** Reports over the accounts. Amounts in whole rial; liabilities and income shown as positive. */
import { TapKind } from "../firmware/core/evaluate";
import type { Database, SqlRow, SqlValue } from "./database";
import {
  CLEARING_GIFT_SALES,
  CLEARING_REDEEMED,
  DISPUTE_PREFIX,
  EXPENSE_CREDIT,
  EXPENSE_GRANTS,
  EXPENSE_REWARDS,
  GIFT_PREFIX,
  INCOME_BREAKAGE,
  INCOME_GIFT_BREAKAGE,
  LIABILITY_PREFIX,
  liabilityOf,
  RECEIVABLE_PREFIX,
} from "./posting";
import { UserError } from "./user-error";

export interface LedgerFilter {
  member?: number;
  /** Business days, both inclusive. */
  fromDay?: number;
  untilDay?: number;
}

export interface AccountBalance {
  account: string;
  debitRial: number;
  creditRial: number;
  /** Debits minus credits up to the end of the period. */
  balanceRial: number;
}

/**
 * Credit of the club's members, of one of them, or on gift cards: opening + granted + restored -
 * used - expired - taken back = closing.
 */
export interface CreditMovement {
  openingRial: number;
  /** Without what paid off debt. */
  grantedRial: number;
  usedRial: number;
  expiredRial: number;
  /** Used credit that came back with returned goods. */
  restoredRial: number;
  /** Of credit that was there; what was spent already is debt. */
  clawedRial: number;
  closingRial: number;
}

export interface IssuerBalance {
  issuer: number;
  /** Owed to customers of credit that this shop granted. */
  owedRial: number;
}

/** Credit granted by `issuer` and taken, less given back, by `acceptor`. */
export interface SettlementRow {
  issuer: number;
  acceptor: number;
  usedRial: number;
}

export interface MemberBalance {
  member: number;
  balanceRial: number;
}

export interface SalesTotal {
  count: number;
  grossRial: number;
  discountRial: number;
  usedRial: number;
  payableRial: number;
}

export interface LedgerReport {
  accounts: AccountBalance[];
  /** Sum of all balances; 0 or the database is broken. */
  trialBalanceRial: number;
  credit: CreditMovement;
  /** Of gift cards; undefined for one member. */
  gifts: CreditMovement | undefined;
  /** Who had granted the credit that is owed and that was used: one row for each pair of shops. */
  issuers: IssuerBalance[];
  settlement: SettlementRow[];
  debts: MemberBalance[];
  members: MemberBalance[];
  sales: SalesTotal;
  /** Transactions of which nobody knows yet whether they count. */
  unsettled: SqlRow[];
  alarms: SqlRow[];
  /** Committed taps not computed again: the ruleset or the card's past is not known here. */
  uncheckedCount: number;
}

const FIRST_DAY = 0;
const LAST_DAY = 0xffff;

export function ledgerReport(database: Database, filter: LedgerFilter = {}): LedgerReport {
  const { member } = filter;
  if (member !== undefined) checkMember(database, member);
  const accounts = member === undefined ? accountsOf(database, filter) : [];
  const trialBalanceRial = accounts.reduce((sum, { balanceRial }) => sum + balanceRial, 0);
  return {
    accounts,
    trialBalanceRial,
    credit: creditOf(database, filter, accountsOfCredit(member)),
    gifts: member === undefined ? creditOf(database, filter, `${GIFT_PREFIX}*`) : undefined,
    issuers: member === undefined ? issuersOf(database, filter) : [],
    settlement: member === undefined ? settlementOf(database, filter) : [],
    debts: balancesOf(database, filter, RECEIVABLE_PREFIX, -1),
    members: balancesOf(database, filter, LIABILITY_PREFIX, 1),
    sales: salesOf(database, filter),
    unsettled: unsettledOf(database, member),
    alarms: alarmsOf(database, member),
    uncheckedCount: uncheckedCountOf(database, member),
  };
}

/** Debits and credits of each business day and account; members are one account together. */
export function dailyEntries(database: Database, filter: LedgerFilter = {}): SqlRow[] {
  return database.all(
    `SELECT day, CASE WHEN account LIKE ? || '%' THEN 'liability:members'
         WHEN account LIKE '${GIFT_PREFIX}%' THEN 'liability:gifts'
         WHEN account LIKE '${RECEIVABLE_PREFIX}%' THEN 'receivable:members'
         WHEN account LIKE '${DISPUTE_PREFIX}%' THEN 'dispute:members' ELSE account END AS name,
       sum(max(amount_rial, 0)) AS debit_rial, sum(max(-amount_rial, 0)) AS credit_rial
     FROM entries JOIN transactions USING (terminal, epoch, sequence)
     WHERE day BETWEEN ? AND ? GROUP BY day, name ORDER BY day, name`,
    ...[LIABILITY_PREFIX, ...periodOf(filter)],
  );
}

/** One member's transactions, newest first. */
export function memberTransactions(database: Database, member: number): SqlRow[] {
  return database.all(
    `SELECT terminal, epoch, sequence, uid, kind, day, minute, gross_rial, used_rial, earned_rial,
       expired_rial, payable_rial, balance_after_rial, points_after, status, is_unreleased
     FROM transactions WHERE member = ?
     ORDER BY day DESC, minute DESC, counter, terminal, sequence`,
    member,
  );
}

function periodOf({ fromDay, untilDay }: LedgerFilter): [number, number] {
  return [fromDay ?? FIRST_DAY, untilDay ?? LAST_DAY];
}

function checkMember(database: Database, member: number): void {
  const known = database.get("SELECT 1 AS known FROM cards WHERE member = ? LIMIT 1", member);
  const posted = database.get(
    "SELECT 1 AS known FROM transactions WHERE member = ? LIMIT 1",
    member,
  );
  if (known === undefined && posted === undefined) {
    throw new UserError(`no card of member ${member} is known in this database`);
  }
}

function accountsOf(database: Database, filter: LedgerFilter): AccountBalance[] {
  const [fromDay, untilDay] = periodOf(filter);
  return database.all<AccountBalance>(
    `SELECT account, sum(CASE WHEN day >= ? THEN max(amount_rial, 0) ELSE 0 END) AS debitRial,
       sum(CASE WHEN day >= ? THEN max(-amount_rial, 0) ELSE 0 END) AS creditRial,
       sum(amount_rial) AS balanceRial
     FROM entries JOIN transactions USING (terminal, epoch, sequence)
     WHERE day <= ? GROUP BY account ORDER BY account`,
    ...[fromDay, fromDay, untilDay],
  );
}

function accountsOfCredit(member: number | undefined): string {
  return member === undefined ? `${LIABILITY_PREFIX}*` : liabilityOf(member);
}

function creditOf(database: Database, filter: LedgerFilter, accounts: string): CreditMovement {
  const [fromDay, untilDay] = periodOf(filter);
  const sum = (condition: string, ...values: SqlValue[]): number => {
    const row = database.get<{ total: number | null }>(
      `SELECT -sum(amount_rial) AS total FROM entries
       JOIN transactions USING (terminal, epoch, sequence)
       WHERE account GLOB ? AND ${condition}`,
      ...[accounts, ...values],
    );
    return row?.total ?? 0;
  };
  const moved = (line: string) => sum("line = ? AND day BETWEEN ? AND ?", line, fromDay, untilDay);
  return {
    openingRial: sum("day < ?", fromDay),
    grantedRial: moved("earned"),
    // Taken from 0, or an empty sum would become -0.
    usedRial: 0 - moved("used"),
    expiredRial: 0 - moved("expired"),
    restoredRial: moved("restored"),
    clawedRial: 0 - moved("clawed"),
    closingRial: sum("day <= ?", untilDay),
  };
}

/** Balances of the members' accounts of one kind; what is owed to members is positive by sign 1. */
function balancesOf(
  database: Database,
  { member, untilDay }: LedgerFilter,
  prefix: string,
  sign: number,
): MemberBalance[] {
  return database.all<MemberBalance>(
    `SELECT CAST(substr(account, ?) AS INTEGER) AS member, -sum(amount_rial) * ? AS balanceRial
     FROM entries JOIN transactions USING (terminal, epoch, sequence)
     WHERE account GLOB ? AND day <= ? GROUP BY account ORDER BY member`,
    ...[prefix.length + 1, sign, `${prefix}${member ?? "*"}`, untilDay ?? LAST_DAY],
  );
}

function issuersOf(database: Database, filter: LedgerFilter): IssuerBalance[] {
  const [, untilDay] = periodOf(filter);
  return database.all<IssuerBalance>(
    `SELECT issuer, -sum(amount_rial) AS owedRial
     FROM entries JOIN transactions USING (terminal, epoch, sequence)
     WHERE account LIKE 'liability:%' AND day <= ? GROUP BY issuer ORDER BY issuer`,
    untilDay,
  );
}

function settlementOf(database: Database, filter: LedgerFilter): SettlementRow[] {
  return database.all<SettlementRow>(
    `SELECT entries.issuer AS issuer, terminals.issuer AS acceptor, sum(amount_rial) AS usedRial
     FROM entries JOIN transactions USING (terminal, epoch, sequence)
       JOIN terminals USING (terminal, epoch)
     WHERE line IN ('used', 'restored') AND entries.issuer > 0 AND day BETWEEN ? AND ?
     GROUP BY entries.issuer, terminals.issuer ORDER BY entries.issuer, terminals.issuer`,
    ...periodOf(filter),
  );
}

function salesOf(database: Database, filter: LedgerFilter): SalesTotal {
  const row = database.get<SalesTotal>(
    `SELECT count(*) AS count, coalesce(sum(gross_rial), 0) AS grossRial,
       coalesce(sum(discount_rial), 0) AS discountRial, coalesce(sum(used_rial), 0) AS usedRial,
       coalesce(sum(payable_rial), 0) AS payableRial
     FROM transactions
     WHERE kind = ? AND status = 'committed' AND day BETWEEN ? AND ?
       AND (? IS NULL OR member = ?)`,
    ...[TapKind.Sale, ...periodOf(filter), filter.member ?? null, filter.member ?? null],
  );
  return row as SalesTotal;
}

function unsettledOf(database: Database, member: number | undefined): SqlRow[] {
  return database.all(
    `SELECT terminal, epoch, sequence, uid, member, day, minute, gross_rial, used_rial,
       earned_rial, status
     FROM transactions
     WHERE status IN ('open', 'inDoubt') AND kind <> ? AND (? IS NULL OR member = ?)
     ORDER BY day, minute, terminal, epoch, sequence`,
    ...[TapKind.Abandon, member ?? null, member ?? null],
  );
}

function alarmsOf(database: Database, member: number | undefined): SqlRow[] {
  return database.all(
    `SELECT kind, subject, place, detail FROM alarms
     WHERE ? IS NULL OR subject IN (SELECT 'card ' || uid FROM cards WHERE member = ?)
     ORDER BY kind, subject, place`,
    ...[member ?? null, member ?? null],
  );
}

function uncheckedCountOf(database: Database, member: number | undefined): number {
  const row = database.get<{ count: number }>(
    `SELECT count(*) AS count FROM transactions
     WHERE status = 'committed' AND evaluation = 'none' AND (? IS NULL OR member = ?)`,
    ...[member ?? null, member ?? null],
  );
  return row?.count ?? 0;
}

/** For people: what each account is. */
export const ACCOUNT_TEXTS: Record<string, string> = {
  [EXPENSE_CREDIT]: "credit granted to members",
  [CLEARING_REDEEMED]: "credit used in place of money",
  [INCOME_BREAKAGE]: "credit expired unused",
  [EXPENSE_GRANTS]: "credit granted by people, and debts forgiven",
  [EXPENSE_REWARDS]: "credit given for points",
  [CLEARING_GIFT_SALES]: "money taken for gift cards",
  [INCOME_GIFT_BREAKAGE]: "gift cards expired unused",
};
