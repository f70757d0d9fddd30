/**
 * One card as the oracle knows it: the record that counts, the state in it, and every attempt at
 * changing it that some pad journaled. A card's life is a chain: each record names the one before.
 */
import {
  type CardBytes,
  isSlotFirm,
  openedState,
  type SealedPlace,
  sealedState,
  settledCounter,
  slotBytes,
  tagOf,
} from "./card-image";
import type { CreditPart, IntentContent } from "./journal-content";
import { TYPE_ABORTED } from "./journal-content";
import { copyState, creditOf, decodeState, FLAG_BLOCKED, type MemberState } from "./member-state";
import { type CardOrder, KIND_REFUND } from "./other-taps";
import type { ShopRules } from "./shop-rules";
import type { TapFigures } from "./tap";
import { effectOf, KIND_ABANDON, KIND_SALE } from "./tap-rules";
import { Violation } from "./violation";

/** What one journaled intent is, and what became of it. */
export interface Attempt {
  /** Terminal and journal sequence. */
  readonly name: string;
  readonly terminal: number;
  readonly sequence: number;
  readonly intent: IntentContent;
  readonly state: MemberState;
  readonly sealed: Buffer;
  /** Its record is an unchanged copy of the one before: it moves nothing. */
  readonly isCopy: boolean;
  /** The attempt that this copy confirms, for a pad that found that one's record on the card. */
  readonly confirmed: Attempt | undefined;
  /** What comes back, or is undone. */
  readonly original: Attempt | undefined;
  /** Of its bill, what has come back for certain. */
  returnedRial: bigint;
  /** Type of the record that closed it at its pad. */
  outcome: number | undefined;
  /** Its record counts on the card. */
  isEffective: boolean;
}

/** Whose intent it is. */
export interface Author {
  terminal: number;
  sequence: number;
  issuer: number;
  confirmed: Attempt | undefined;
  /** What the intent's reference names at its pad, if it counted. */
  original: Attempt | undefined;
}

/** Whose card it is, as issued. */
export interface CardOwner {
  /** 0 for a gift card. */
  member: number;
  serial: number;
  isGift: boolean;
}

export class CardModel {
  counter: number;
  tag: string;
  state: MemberState;
  readonly attempts: Attempt[] = [];
  /** Of the back office for this card, number 1 first. */
  readonly orders: CardOrder[] = [];
  /** It is, or was, on the hot list. */
  isListed = false;
  /** States that once counted, by counter and tag. */
  private readonly past = new Map<string, MemberState>();
  private sealed: Buffer;

  /** `card` is as issued: nobody has tapped it. */
  constructor(
    readonly uid: string,
    readonly owner: CardOwner,
    private readonly place: SealedPlace,
    card: CardBytes,
  ) {
    this.counter = settledCounter(card) ?? 0;
    this.sealed = slotBytes(card, this.counter);
    this.tag = tagOf(this.sealed);
    const opened = openedState(place, this.counter, this.sealed);
    if (opened === undefined) throw new Error(`card ${uid} was not issued by this club`);
    this.state = decodeState(opened);
  }

  get creditRial(): bigint {
    return creditOf(this.state);
  }

  /**
   * Takes up an intent, whose figures and seal must be those of the oracle's own computation. One
   * that is seen late may start from a record that has had its day since.
   */
  attempt(rules: ShopRules, by: Author, intent: IntentContent, isLate: boolean): Attempt {
    const { terminal, sequence, issuer, confirmed, original } = by;
    const name = `${terminal}/${sequence}`;
    const past = this.past.get(keyOf(intent.counter, intent.baseTag));
    if (!isLate || past === undefined) {
      this.advance(intent.counter, intent.baseTag, `intent ${name}`);
    }
    const base = isLate && past !== undefined ? past : this.state;
    const isCopy = intent.kind === KIND_ABANDON || confirmed !== undefined;
    const { state, figures, parts } = isCopy
      ? { state: copyState(base), figures: undefined, parts: undefined }
      : effectOf(rules, base, {
          kind: intent.kind,
          grossRial: intent.grossRial,
          askedRial: intent.usedRial,
          day: intent.day,
          minute: intent.minute,
          terminal,
          sequence,
          issuer,
          reference: intent.reference,
          returnedRial: intent.returnedRial,
          original: original?.intent,
          preImage:
            original && this.past.get(keyOf(original.intent.counter, original.intent.baseTag)),
          orders: this.orders.slice(base.lastPatch, intent.reference),
          isGiftCard: this.owner.isGift,
          isListed: this.isListed,
        });
    if (state === undefined) {
      throw new Violation("I3", `intent ${name} should have been refused by the rules`);
    }
    if (figures !== undefined) checkFigures(name, intent, figures);
    if (parts !== undefined && intent.kind === KIND_SALE) checkParts(name, intent.parts, parts);
    if (confirmed !== undefined) checkConfirmed(name, intent, confirmed);
    else if (intent.kind === KIND_REFUND) this.checkReturned(name, terminal, intent, original);
    state.baseTag = intent.baseTag;
    const sealed = sealedState(this.place, intent.counter - 2, state);
    if (tagOf(sealed) !== intent.newTag) {
      throw new Violation("I3", `intent ${name} announces another record than the rules give`);
    }
    const outcome = undefined;
    const isEffective = false;
    const record = { intent, state, sealed, isCopy, confirmed, original };
    const made = { name, terminal, sequence, ...record, returnedRial: 0n, outcome, isEffective };
    this.attempts.push(made);
    return made;
  }

  /** What came back before, by the pad: all that did, nothing that was given up for certain. */
  private checkReturned(
    name: string,
    terminal: number,
    { reference, returnedRial }: IntentContent,
    original: Attempt | undefined,
  ): void {
    const mayCount = this.attempts.filter(
      (one) =>
        one.terminal === terminal &&
        one.intent.kind === KIND_REFUND &&
        one.intent.reference === reference &&
        !one.isCopy &&
        (one.isEffective || one.outcome !== TYPE_ABORTED),
    );
    const mostRial = mayCount.reduce((sum, { intent }) => sum + intent.grossRial, 0n);
    const leastRial = original?.returnedRial ?? 0n;
    if (returnedRial >= leastRial && returnedRial <= mostRial) return;
    const text = `it is between ${leastRial} and ${mostRial} rial`;
    throw new Violation("I3", `${name} says that ${returnedRial} came back before, ${text}`);
  }

  /** At rest: what the office ordered for the card was done. */
  checkOrdersDone(isListed: boolean): void {
    const { lastPatch, flags } = this.state;
    if (lastPatch !== this.orders.length) {
      throw new Violation("I11", `${this}: order ${lastPatch + 1} of the office was never done`);
    }
    if (isListed && (flags & FLAG_BLOCKED) === 0) {
      throw new Violation("I7", `${this} is on the hot list and not marked`);
    }
  }

  /** Holds the card's bytes against what must stand there now. */
  observe(card: CardBytes): void {
    const counter = settledCounter(card);
    if (counter === undefined) return;
    if (counter > this.counter) {
      throw new Violation("I6", `${this}: its counter rose from ${this.counter} to ${counter}`);
    }
    const bytes = slotBytes(card, counter);
    this.advance(counter, tagOf(bytes), "the card");
    if (!bytes.equals(this.sealed)) {
      throw new Violation("I2", `${this}: the record at ${counter} is not what was released`);
    }
    if (!isSlotFirm(card, counter)) {
      throw new Violation("I2", `${this}: the record at ${counter} has cells that do not hold`);
    }
  }

  /** A pad says that an attempt was committed: then it counts, now and for ever. */
  confirm(attempt: Attempt): void {
    const { intent, name, isCopy } = attempt;
    const counter = intent.counter - 2;
    // Two copies made to end the same attempt are one and the same record.
    if (isCopy && this.past.has(keyOf(counter, intent.newTag))) attempt.isEffective = true;
    if (!attempt.isEffective) this.advance(counter, intent.newTag, `commit of ${name}`);
  }

  /** Follows journaled attempts from the record that counted last to the one named. */
  private advance(counter: number, tag: string, who: string): void {
    if (counter === this.counter && tag === this.tag) return;
    const path = this.pathTo(counter, tag, this.counter, this.tag);
    if (path === undefined) {
      const here = `${this.counter}:${this.tag}`;
      const text = `${this}: ${who} shows record ${counter}:${tag}, and nothing leads there`;
      throw new Violation("I1", `${text} from ${here}`);
    }
    for (const attempt of path) this.take(attempt);
  }

  private pathTo(
    counter: number,
    tag: string,
    fromCounter: number,
    fromTag: string,
  ): Attempt[] | undefined {
    if (fromCounter === counter) return fromTag === tag ? [] : undefined;
    if (fromCounter < counter) return undefined;
    for (const attempt of this.attempts) {
      const { intent } = attempt;
      if (intent.counter !== fromCounter || intent.baseTag !== fromTag) continue;
      const rest = this.pathTo(counter, tag, fromCounter - 2, intent.newTag);
      if (rest !== undefined) return [attempt, ...rest];
    }
    return undefined;
  }

  private take(attempt: Attempt): void {
    const { intent, name } = attempt;
    if (attempt.isEffective) throw new Violation("I3", `${name} took effect twice`);
    if (attempt.outcome === TYPE_ABORTED && !attempt.isCopy) {
      throw new Violation("I3", `${name} was given up for certain and counts all the same`);
    }
    const movedRial = attempt.isCopy ? 0n : movementOf(intent);
    if (creditOf(attempt.state) - this.creditRial !== movedRial) {
      throw new Violation("I1", `${name} changes the credit by other than its figures`);
    }
    attempt.isEffective = true;
    if (!attempt.isCopy && intent.kind === KIND_REFUND) countReturn(attempt);
    this.past.set(keyOf(this.counter, this.tag), this.state);
    this.counter = intent.counter - 2;
    this.tag = intent.newTag;
    this.state = attempt.state;
    this.sealed = attempt.sealed;
  }

  toString(): string {
    return `card ${this.uid}`;
  }
}

function keyOf(counter: number, tag: string): string {
  return `${counter}:${tag}`;
}

/** By how much the credit on the card rises with a tap. */
export function movementOf(intent: IntentContent): bigint {
  const { earnedRial, debtPaidRial, restoredRial, clawedRial, debtAddedRial } = intent;
  const givenRial = earnedRial - debtPaidRial + restoredRial;
  return givenRial - intent.usedRial - intent.expiredRial - (clawedRial - debtAddedRial);
}

/** However goods are split, no more of a bill comes back than was on it. */
function countReturn({ name, intent, original }: Attempt): void {
  if (original === undefined) throw new Violation("I3", `${name} returns what nobody bought`);
  original.returnedRial += intent.grossRial;
  if (original.returnedRial <= original.intent.grossRial) return;
  throw new Violation("I3", `${name}: more of ${original.name} came back than was bought`);
}

function checkParts(name: string, told: CreditPart[], taken: CreditPart[]): void {
  const textOf = (parts: CreditPart[]) =>
    parts.map((p) => `${p.amountRial} of ${p.issuer}/${p.kind} until ${p.untilDay}`).join(", ");
  if (textOf(told) === textOf(taken)) return;
  throw new Violation("I1", `intent ${name} used ${textOf(told)}, it must be ${textOf(taken)}`);
}

function checkFigures(name: string, intent: IntentContent, figures: TapFigures): void {
  const pairs: [what: string, pad: bigint, oracle: bigint][] = [
    ["used", intent.usedRial, figures.usedRial],
    ["earned", intent.earnedRial, figures.earnedRial],
    ["expired", intent.expiredRial, figures.expiredRial],
    ["discount", intent.discountRial, figures.discountRial],
    ["balance", intent.balanceRial, figures.balanceRial],
    ["points earned", intent.pointsEarned, figures.pointsEarned],
    ["points", intent.points, figures.points],
    ["given back", intent.restoredRial, figures.restoredRial],
    ["taken back", intent.clawedRial, figures.clawedRial],
    ["debt paid", intent.debtPaidRial, figures.debtPaidRial],
    ["debt", intent.debtAddedRial, figures.debtAddedRial],
    ["points used", intent.pointsUsed, figures.pointsUsed],
  ];
  for (const [what, pad, oracle] of pairs) {
    if (pad === oracle) continue;
    throw new Violation("I1", `intent ${name}: ${what} is ${pad}, by the rules ${oracle}`);
  }
}

/** A pad may confirm only what counts, and must tell it as it was. */
function checkConfirmed(name: string, intent: IntentContent, confirmed: Attempt): void {
  const { counter, baseTag, newTag, unixSeconds, confirms } = intent;
  const own = { counter, baseTag, newTag, unixSeconds, confirms, parts: intent.parts };
  checkParts(name, intent.parts, confirmed.intent.parts);
  const isSame = Object.entries({ ...confirmed.intent, ...own }).every(
    ([key, value]) => intent[key as keyof IntentContent] === value,
  );
  if (!isSame) throw new Violation("I3", `${name} tells ${confirmed.name} otherwise than it was`);
  if (confirmed.isEffective) return;
  throw new Violation("I2", `${name} confirms ${confirmed.name}, which is not on the card`);
}
