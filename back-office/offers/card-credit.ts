/**
 * The credit of one card by where it came from. A card itself only knows lots, and joins them; so
 * portions are kept beside, and after every tap laid into the lots that the card then has.
 */
import type { LotLeft } from "./tap-offers";

/** Credit of one source, in one lot. */
export interface Portion {
  /** Such as `rule 3`: what gave it. */
  source: string;
  /** Name of the tap that gave it. */
  origin: string;
  issuer: number;
  kind: number;
  untilDay: number;
  amountRial: number;
}

export type CreditPlace = Pick<Portion, "issuer" | "kind" | "untilDay">;

/** What a card's lots hold otherwise than its portions did. */
export interface Fitting {
  gone: Portion[];
  addedRial: number;
}

export class CardCredit {
  constructor(private portions: Portion[] = []) {}

  copy(): CardCredit {
    return new CardCredit(this.portions.map((portion) => ({ ...portion })));
  }

  add(portion: Portion): void {
    if (portion.amountRial > 0) this.portions.push({ ...portion });
  }

  /** Takes away what may no longer be used on `day`. */
  expire(day: number): Portion[] {
    const over = this.portions.filter(({ untilDay }) => untilDay < day);
    this.portions = this.portions.filter(({ untilDay }) => untilDay >= day);
    return over;
  }

  /** Takes credit out of one lot, the oldest first. */
  take(place: CreditPlace, amountRial: number): Portion[] {
    const fits = (portion: Portion) =>
      portion.issuer === place.issuer &&
      portion.kind === place.kind &&
      portion.untilDay === place.untilDay;
    return this.takeFrom(this.portions.filter(fits), amountRial);
  }

  left(): readonly Portion[] {
    return this.portions;
  }

  /**
   * Makes the portions those of the card's lots. What the lots hold more is given to `source`; what
   * they hold less is gone: that of `origin` first, then what would have lived longest.
   */
  fit(lots: readonly LotLeft[], origin: string, source: string): Fitting {
    const gone: Portion[] = [];
    let addedRial = 0;
    const purses = new Set([...lots, ...this.portions].map(purseOf));
    const fitted = [...purses].flatMap((purse) => {
      const own = lots.filter((lot) => purseOf(lot) === purse);
      const held = this.portions.filter((portion) => purseOf(portion) === purse);
      const extraRial = sumOf(held) - sumOf(own);
      const rank = (portion: Portion) => (portion.origin === origin ? 0x10000 : portion.untilDay);
      const order = [...held].sort((a, b) => rank(b) - rank(a));
      if (extraRial > 0) gone.push(...this.takeFrom(order, extraRial));
      const kept = held.filter(({ amountRial }) => amountRial > 0);
      if (extraRial < 0) {
        const { issuer, kind, untilDay } = own[own.length - 1];
        const place = { issuer, kind, untilDay, amountRial: -extraRial };
        kept.push({ ...place, source, origin });
        addedRial -= extraRial;
      }
      return laidInto(own, kept);
    });
    this.portions = fitted;
    return { gone, addedRial };
  }

  private takeFrom(order: Portion[], amountRial: number): Portion[] {
    const taken: Portion[] = [];
    let restRial = amountRial;
    for (const portion of order) {
      const partRial = Math.min(portion.amountRial, restRial);
      if (partRial === 0) continue;
      portion.amountRial -= partRial;
      restRial -= partRial;
      taken.push({ ...portion, amountRial: partRial });
    }
    this.portions = this.portions.filter(({ amountRial: rial }) => rial > 0);
    return taken;
  }
}

/** Where lots and portions have the same sum: first into the lot that a portion was in. */
function laidInto(lots: readonly LotLeft[], portions: readonly Portion[]): Portion[] {
  const rooms = lots.map((lot) => ({ ...lot })).sort((a, b) => a.untilDay - b.untilDay);
  const waiting = portions.map((portion) => ({ ...portion }));
  const laid: Portion[] = [];
  const lay = (portion: Portion, room: LotLeft) => {
    const amountRial = Math.min(portion.amountRial, room.amountRial);
    portion.amountRial -= amountRial;
    room.amountRial -= amountRial;
    if (amountRial > 0) laid.push({ ...portion, untilDay: room.untilDay, amountRial });
  };
  for (const portion of waiting) {
    for (const room of rooms) if (room.untilDay === portion.untilDay) lay(portion, room);
  }
  // Lots that were joined lie on their later day: the order of the days stays.
  for (const portion of waiting.sort((a, b) => a.untilDay - b.untilDay)) {
    for (const room of rooms) lay(portion, room);
  }
  return laid;
}

function purseOf({ issuer, kind }: Pick<LotLeft, "issuer" | "kind">): string {
  return `${issuer}/${kind}`;
}

export function sumOf(amounts: readonly { amountRial: number }[]): number {
  return amounts.reduce((sum, { amountRial }) => sum + amountRial, 0);
}
