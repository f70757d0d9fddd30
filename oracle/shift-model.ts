/**
 * What a shift at one pad comes to, from the attempts that the pad released, in BigInt. A pad sums
 * up what its journal still holds: what is acknowledged may be gone, so figures lie between the sum
 * of what must still be there and the sum of all.
 */
import type { Attempt } from "./card-model";
import { SHIFT_FIGURES, type ShiftContent, type ShiftFigure } from "./journal-content";
import { KIND_GIFT_LOAD, KIND_GRANT, KIND_REFUND, KIND_VOID } from "./other-taps";
import { KIND_SALE } from "./tap-rules";
import { Violation } from "./violation";

type Figures = Partial<Record<ShiftFigure, bigint>>;

interface Counted {
  sequence: number;
  figures: Figures;
}

export class PadShift {
  private counted: Counted[] = [];
  private number = 1;

  constructor(private readonly terminal: number) {}

  /** An attempt that is no copy was released; `original` is what a void undoes. */
  takeCommit({ sequence, intent }: Attempt, original: Attempt | undefined): void {
    const { kind, grossRial, usedRial, earnedRial } = intent;
    if (kind === KIND_SALE) {
      const paidInRial = paidRial(intent);
      this.count(sequence, { sales: 1n, salesRial: grossRial, usedRial, earnedRial, paidInRial });
    } else if (kind === KIND_REFUND) {
      const paidOutRial = paidRial(intent);
      this.count(sequence, { returns: 1n, returnsRial: grossRial, paidOutRial });
    } else if (kind === KIND_GIFT_LOAD) {
      this.count(sequence, { loads: 1n, loadsRial: grossRial, paidInRial: grossRial });
    } else if (kind === KIND_GRANT) {
      this.count(sequence, { grants: 1n, grantsRial: grossRial });
    } else if (kind === KIND_VOID) {
      this.count(sequence, { voids: 1n });
      const undone = original?.intent;
      if (original === undefined || undone === undefined) return;
      const isPaid = undone.kind === KIND_SALE || undone.kind === KIND_GIFT_LOAD;
      const paidOutRial = isPaid ? paidRial(undone) : 0n;
      this.count(Math.min(sequence, original.sequence), { paidOutRial });
    }
  }

  takeInDoubt(sequence: number): void {
    this.count(sequence, { inDoubt: 1n });
  }

  /** The pad has journaled figures; `isClosed`: the shift ends with them. */
  takeFigures(sequence: number, shift: ShiftContent, acknowledged: number, isClosed: boolean) {
    const name = `${this.terminal}/${sequence}`;
    for (const figure of SHIFT_FIGURES) {
      const value = shift.figures[figure];
      const most = this.sum(figure, 0);
      const least = this.sum(figure, acknowledged);
      if (value >= least && value <= most) continue;
      throw new Violation("I1", `${name}: ${figure} of the shift is ${value}, not ${most}`);
    }
    if (shift.number > this.number) {
      throw new Violation("I1", `${name} ends shift ${shift.number}, it is ${this.number}`);
    }
    if (!isClosed) return;
    this.counted = [];
    this.number = shift.number + 1;
  }

  private count(sequence: number, figures: Figures): void {
    this.counted.push({ sequence, figures });
  }

  /** Of what was journaled behind record `from`. */
  private sum(figure: ShiftFigure, from: number): bigint {
    const counted = this.counted.filter(({ sequence }) => sequence > from);
    return counted.reduce((sum, { figures }) => sum + (figures[figure] ?? 0n), 0n);
  }
}

/** Of a sale or load, or back for a return: what was not credit. */
function paidRial({ grossRial, usedRial, restoredRial, discountRial }: Attempt["intent"]): bigint {
  return grossRial - usedRial - restoredRial - discountRial;
}
