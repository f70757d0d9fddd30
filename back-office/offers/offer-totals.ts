/** What offers came to, in figures; what one tap adds a void can take off again. */

/**
 * Rial, but for counts. Granted = paid off debt + used + expired + (taken back - debt) +
 * outstanding.
 */
export interface OfferTotals {
  /** `rule 3`, `reward 1`, `grants`, `office`, `gift cards`, `unknown`, or a programme's name. */
  source: string;
  /** Sales in which it gave something, or times that it was handed out; less what was undone. */
  times: number;
  members: number;
  /** Bills of those sales, less what came back. */
  salesRial: number;
  discountRial: number;
  grantedRial: number;
  debtPaidRial: number;
  usedRial: number;
  expiredRial: number;
  takenBackRial: number;
  /** Of what was taken back: no longer on the card, so it became debt. */
  debtRial: number;
  /** On cards, and usable on the newest day that any tap is of. */
  outstandingRial: number;
  points: number;
}

export type Figure = Exclude<keyof OfferTotals, "source" | "members">;

export interface Movement {
  source: string;
  figure: Figure;
  amount: number;
  member: number;
}

export function noTotals(source: string): OfferTotals {
  return {
    ...{ source, times: 0, members: 0, salesRial: 0, discountRial: 0, grantedRial: 0 },
    ...{ debtPaidRial: 0, usedRial: 0, expiredRial: 0, takenBackRial: 0, debtRial: 0 },
    ...{ outstandingRial: 0, points: 0 },
  };
}

export class OfferBooks {
  /** What the tap in work has booked. */
  movements: Movement[] = [];
  private readonly totals = new Map<string, OfferTotals>();
  /** How often each member got something, by source. */
  private readonly members = new Map<string, Map<number, number>>();

  constructor(private readonly groupOf: (source: string) => string) {}

  book(source: string, figure: Figure, amount: number, member = 0): void {
    if (amount === 0) return;
    this.movements.push({ source, figure, amount, member });
    this.add(source, figure, amount, member);
  }

  undo(movements: readonly Movement[]): void {
    for (const { source, figure, amount, member } of movements) {
      this.add(source, figure, -amount, member);
    }
  }

  of(source: string): OfferTotals {
    const name = this.groupOf(source);
    let totals = this.totals.get(name);
    if (totals === undefined) {
      totals = noTotals(name);
      this.totals.set(name, totals);
    }
    return totals;
  }

  /** One of each group: a sale in which two rules of a programme gave is one sale of it. */
  groupsOf(sources: readonly string[]): string[] {
    const groups = new Set(sources.map(this.groupOf));
    return [...groups].map((group) => sources.find((one) => this.groupOf(one) === group) ?? group);
  }

  all(): OfferTotals[] {
    for (const [name, counts] of this.members) {
      const totals = this.totals.get(name);
      const isCustomer = (count: number) => count > 0;
      if (totals) totals.members = [...counts.values()].filter(isCustomer).length;
    }
    return [...this.totals.values()];
  }

  private add(source: string, figure: Figure, amount: number, member: number): void {
    this.of(source)[figure] += amount;
    if (figure !== "times" || member === 0) return;
    const name = this.groupOf(source);
    const counts = this.members.get(name) ?? new Map<number, number>();
    this.members.set(name, counts.set(member, (counts.get(member) ?? 0) + amount));
  }
}
