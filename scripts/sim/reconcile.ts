/** Holds the ledger against the cards: what a member is owed must be what the card says. */
import { Database } from "../../back-office/database";
import { type LedgerReport, ledgerReport } from "../../back-office/ledger";
import type { Scenario } from "../../host-sim/scenario";
import type { CardLook, Office } from "../../host-sim/scenario-player";
import type { SimClub } from "./club";

export interface CardAccount extends CardLook {
  name: string;
  uid: string;
  /** 0 for cards of no member. */
  member: number;
  /** What the ledger says that the club owes the member; undefined for cards of no member. */
  ledgerRial: number | undefined;
  /** Credit that the card brought along and this ledger never saw. */
  broughtRial: number;
}

export interface Reconciliation {
  accounts: CardAccount[];
  ledger: LedgerReport;
  /** One sentence each; none when all agree. */
  problems: string[];
}

/** Credit that came with the cards, by name: beyond what the ledger knew at the begin. */
export type BroughtAlong = ReadonlyMap<string, number>;

export function broughtAlong(
  scenario: Scenario,
  club: SimClub,
  office: Office,
  dbPath: string,
): BroughtAlong {
  const owed = owedRials(reportOf(dbPath));
  return new Map(
    scenario.cards.map(({ name, member }) => {
      const card = club.cards.get(name)!;
      const { creditRial } = office.look(card.image, card.uid);
      return [name, creditRial - (member === 0 ? 0 : (owed.get(member) ?? 0))];
    }),
  );
}

export function reconcile(
  scenario: Scenario,
  club: SimClub,
  office: Office,
  dbPath: string,
  brought: BroughtAlong,
): Reconciliation {
  const ledger = reportOf(dbPath);
  const owed = owedRials(ledger);
  const problems: string[] = [];
  const accounts = scenario.cards.map(({ name, member }): CardAccount => {
    const card = club.cards.get(name)!;
    const look = office.look(card.image, card.uid);
    const uid = Buffer.from(card.uid).toString("hex");
    const broughtRial = brought.get(name) ?? 0;
    if (member === 0) return { name, uid, member, ...look, ledgerRial: undefined, broughtRial };
    const ledgerRial = owed.get(member) ?? 0;
    if (ledgerRial + broughtRial !== look.creditRial) {
      const held = `the card of member ${member} (${name}) holds ${look.creditRial} rial`;
      problems.push(`${held}, but the ledger owes ${ledgerRial} rial`);
    }
    return { name, uid, member, ...look, ledgerRial, broughtRial };
  });
  problems.push(...giftProblems(scenario, accounts, ledger));
  if (ledger.trialBalanceRial !== 0) {
    problems.push(`the ledger does not balance: ${ledger.trialBalanceRial} rial too much`);
  }
  return { accounts, ledger, problems };
}

/** All gift cards together: the ledger's report has one line for them. */
function giftProblems(
  { cards }: Scenario,
  accounts: CardAccount[],
  { gifts }: LedgerReport,
): string[] {
  const isGift = (index: number) => cards[index].kind === "gift";
  const own = accounts.filter((_, index) => isGift(index));
  const heldRial = own.reduce((sum, { creditRial }) => sum + creditRial, 0);
  const broughtRial = own.reduce((sum, account) => sum + account.broughtRial, 0);
  const owedRial = gifts?.closingRial ?? 0;
  if (own.length === 0 || owedRial + broughtRial === heldRial) return [];
  return [`gift cards hold ${heldRial} rial, but the ledger owes ${owedRial} rial on them`];
}

function reportOf(dbPath: string): LedgerReport {
  const database = Database.open(dbPath);
  try {
    return ledgerReport(database);
  } finally {
    database.close();
  }
}

function owedRials(ledger: LedgerReport): Map<number, number> {
  return new Map(ledger.members.map(({ member, balanceRial }) => [member, balanceRial]));
}
