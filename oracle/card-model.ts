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
import type { IntentContent } from "./journal-content";
import { TYPE_ABORTED } from "./journal-content";
import { copyState, creditOf, decodeState, type MemberState } from "./member-state";
import type { ShopRules } from "./shop-rules";
import { effectOf, KIND_ABANDON, type TapFigures } from "./tap-rules";
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
}

export class CardModel {
  counter: number;
  tag: string;
  state: MemberState;
  readonly attempts: Attempt[] = [];
  /** States that once counted, by counter and tag. */
  private readonly past = new Map<string, MemberState>();
  private sealed: Buffer;

  /** `card` is as issued: nobody has tapped it. */
  constructor(
    readonly uid: string,
    readonly member: number,
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
    const { terminal, sequence, issuer, confirmed } = by;
    const name = `${terminal}/${sequence}`;
    const past = this.past.get(`${intent.counter}:${intent.baseTag}`);
    if (!isLate || past === undefined) {
      this.advance(intent.counter, intent.baseTag, `intent ${name}`);
    }
    const base = isLate && past !== undefined ? past : this.state;
    const isCopy = intent.kind === KIND_ABANDON || confirmed !== undefined;
    const { state, figures } = isCopy
      ? { state: copyState(base), figures: undefined }
      : effectOf(rules, base, {
          kind: intent.kind,
          grossRial: intent.grossRial,
          askedRial: intent.usedRial,
          day: intent.day,
          minute: intent.minute,
          terminal,
          sequence,
          issuer,
        });
    if (state === undefined) {
      throw new Violation("I3", `intent ${name} should have been refused by the rules`);
    }
    if (figures !== undefined) checkFigures(name, intent, figures);
    if (confirmed !== undefined) checkConfirmed(name, intent, confirmed);
    state.baseTag = intent.baseTag;
    const sealed = sealedState(this.place, intent.counter - 2, state);
    if (tagOf(sealed) !== intent.newTag) {
      throw new Violation("I3", `intent ${name} announces another record than the rules give`);
    }
    const outcome = undefined;
    const isEffective = false;
    const record = { intent, state, sealed, isCopy, confirmed };
    const made = { name, terminal, sequence, ...record, outcome, isEffective };
    this.attempts.push(made);
    return made;
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
    if (isCopy && this.past.has(`${counter}:${intent.newTag}`)) attempt.isEffective = true;
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
    const figuresRial = intent.earnedRial - intent.usedRial - intent.expiredRial;
    const movedRial = attempt.isCopy ? 0n : figuresRial;
    if (creditOf(attempt.state) - this.creditRial !== movedRial) {
      throw new Violation("I1", `${name} changes the credit by other than its figures`);
    }
    attempt.isEffective = true;
    this.past.set(`${this.counter}:${this.tag}`, this.state);
    this.counter = intent.counter - 2;
    this.tag = intent.newTag;
    this.state = attempt.state;
    this.sealed = attempt.sealed;
  }

  toString(): string {
    return `card ${this.uid}`;
  }
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
  ];
  for (const [what, pad, oracle] of pairs) {
    if (pad === oracle) continue;
    throw new Violation("I1", `intent ${name}: ${what} is ${pad}, by the rules ${oracle}`);
  }
}

/** A pad may confirm only what counts, and must tell it as it was. */
function checkConfirmed(name: string, intent: IntentContent, confirmed: Attempt): void {
  const { counter, baseTag, newTag, unixSeconds, confirms } = intent;
  const own = { counter, baseTag, newTag, unixSeconds, confirms };
  const isSame = Object.entries({ ...confirmed.intent, ...own }).every(
    ([key, value]) => intent[key as keyof IntentContent] === value,
  );
  if (!isSame) throw new Violation("I3", `${name} tells ${confirmed.name} otherwise than it was`);
  if (confirmed.isEffective) return;
  throw new Violation("I2", `${name} confirms ${confirmed.name}, which is not on the card`);
}
