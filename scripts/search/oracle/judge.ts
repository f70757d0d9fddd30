/**
 * Says what is wrong with the end of a run: card, journals and what the pads said, against each
 * other. It knows the protocol from its documents and shares no code with the product; figures come
 * from the journals, so it judges any kind of tap.
 *
 * Which attempts had an effect is read off the card: its record names the record that it was based
 * on, and every such step must be one that a pad journaled before.
 */
import type { CardReading } from "./card";
import type { IntentReading, JournalReading } from "./journal";

/** An end put to another's attempt: changes nothing. */
const ABANDON = 15;
/** Ordered by the office, not at the pad: a patch, and the mark of a blocked card. */
const OFFICE_KINDS = [10, 11];
/** Stands in `effects` for what the office ordered. */
export const OFFICE = 0;

export interface PadEnd {
  /** Terminal number. */
  readonly terminal: number;
  readonly journal: JournalReading;
  /** Nothing is known of what was asked of it; it had the card before the run. */
  readonly isPast: boolean;
  /** Its records before this one belong to the past. */
  readonly firstSequence: number;
  /** The pad itself says that an attempt is open. */
  readonly isOpen: boolean;
  /** How often it said "done" to an order that changes a card. */
  readonly doneCount: number;
  /** What was asked of it; undefined when nothing was, or nothing that changes a card. */
  readonly order: { readonly kind: number; readonly grossRial: number } | undefined;
}

export interface RunEnd {
  readonly card: CardReading;
  /** Tag of the record that the run began with. */
  readonly startTag: number;
  readonly pads: readonly PadEnd[];
}

interface Step {
  readonly pad: PadEnd;
  readonly intent: IntentReading;
}

export interface Verdict {
  readonly violations: string[];
  /** Terminals whose orders took effect, and OFFICE, in the card's order. */
  readonly effects: readonly number[];
}

export function judge(end: RunEnd): Verdict {
  const violations: string[] = [];
  for (const pad of end.pads) judgeJournal(pad, violations);
  judgeCounters(end.card, violations);
  const chain = chainOf(end, violations);
  for (const pad of end.pads) judgeOutcomes(pad, chain, violations);
  const effects = chain.filter(({ intent }) => isEffect(intent));
  const last = effects[effects.length - 1];
  const balanceRial = end.card.current?.balanceRial;
  if (last !== undefined && balanceRial !== last.intent.balanceAfterRial) {
    const { balanceAfterRial } = last.intent;
    violations.push(`the card holds ${balanceRial} rial, the journal says ${balanceAfterRial}`);
  }
  const own = effects.filter(
    ({ pad, intent }) => !pad.isPast && intent.sequence >= pad.firstSequence,
  );
  const names = own.map(({ pad, intent }) => (isOffice(intent) ? OFFICE : pad.terminal));
  return { violations, effects: names };
}

/** Not only a copy of the record before. */
function isEffect({ kind, confirms }: IntentReading): boolean {
  return kind !== ABANDON && confirms === 0;
}

function isOffice({ kind }: IntentReading): boolean {
  return OFFICE_KINDS.includes(kind);
}

/** Sound, and every intent closed once, but for the last one of a pad that is not done. */
function judgeJournal(pad: PadEnd, violations: string[]): void {
  const { intents, problems, alarms, deferredReturns } = pad.journal;
  const say = (text: string) => violations.push(`pad ${pad.terminal}: ${text}`);
  for (const problem of problems) say(problem);
  if (deferredReturns > 1) say(`one return is journaled ${deferredReturns} times`);
  if (alarms > 0) say(`${alarms} alarms about an honest card`);
  const last = intents[intents.length - 1];
  for (const { sequence, outcomes } of intents) {
    if (outcomes.length > 1) say(`intent ${sequence} is closed as ${outcomes.join(" and ")}`);
    // Confirming intents share their outcomes with the one they confirm.
    if (outcomes.length > 0) continue;
    if (outcomes !== last.outcomes) say(`intent ${sequence} was never closed`);
    else if (!pad.isOpen) say(`intent ${sequence} is open and forgotten`);
  }
  if (pad.isOpen && last?.outcomes.length !== 0) say("waits for a card without an open intent");
}

/** The pairs that tears of an honest pad leave, and a record that opens. */
function judgeCounters(card: CardReading, violations: string[]): void {
  const { counter1, counter2, counter } = card;
  if (counter === undefined) violations.push("both counters are unreadable: the card is lost");
  const isPair =
    counter1 === undefined ||
    counter2 === undefined ||
    counter1 === counter2 ||
    counter1 === counter2 - 1;
  if (!isPair) violations.push(`counters ${counter1} and ${counter2} look manipulated`);
  if (card.current === undefined) {
    violations.push(`the record of counter ${counter} does not open: the value is lost`);
  }
}

/** The steps from the record of the beginning to the one that counts, oldest first. */
function chainOf(end: RunEnd, violations: string[]): Step[] {
  const all = end.pads.flatMap((pad) => pad.journal.intents.map((intent) => ({ pad, intent })));
  const chain: Step[] = [];
  let tag = end.card.current?.tag;
  while (tag !== undefined && tag !== end.startTag && chain.length <= all.length) {
    const makers = all.filter(({ intent }) => intent.newTag === tag);
    const [step] = makers;
    if (step === undefined) {
      violations.push(`nobody journaled the record ${tag.toString(16)} that the card counts on`);
      return chain;
    }
    // Two pads may put the same end to a third one's attempt: the same bytes, and no effect.
    if (makers.length > 1 && makers.some(({ intent }) => isEffect(intent))) {
      violations.push(`two intents made the record ${tag.toString(16)}`);
    }
    chain.unshift(step);
    tag = step.intent.baseTag;
  }
  return chain;
}

/** Journal and card agree, and nothing was done twice or only said. */
function judgeOutcomes(pad: PadEnd, chain: readonly Step[], violations: string[]): void {
  const say = (text: string) => violations.push(`pad ${pad.terminal}: ${text}`);
  const effective = new Set(chain.map(({ intent }) => intent.newTag));
  const own = pad.journal.intents.filter(
    (intent) => isEffect(intent) && intent.sequence >= pad.firstSequence,
  );
  for (const { sequence, newTag, outcomes } of own) {
    const hasEffect = effective.has(newTag);
    if (outcomes.includes("commit") && !hasEffect) {
      say(`intent ${sequence} is committed, and not on the card`);
    }
    if (outcomes.includes("aborted") && hasEffect) {
      say(`intent ${sequence} is called off, and on the card`);
    }
  }
  if (pad.isPast) return;
  const { order, doneCount } = pad;
  const ordered = own.filter((intent) => !isOffice(intent));
  const done = ordered.filter(({ newTag }) => effective.has(newTag));
  if (done.length > (order === undefined ? 0 : 1)) {
    say(`${done.length} effects for ${order === undefined ? "no" : "one"} order`);
  }
  for (const { kind, grossRial, sequence } of ordered) {
    if (order !== undefined && (kind !== order.kind || grossRial !== order.grossRial)) {
      say(`intent ${sequence} is not what was asked for`);
    }
  }
  const committed = done.filter(({ outcomes }) => outcomes.includes("commit"));
  if (doneCount > 1) say(`said "done" ${doneCount} times to one order`);
  if (doneCount > 0 && order !== undefined && committed.length === 0) {
    say('said "done" to what did not happen');
  }
}
