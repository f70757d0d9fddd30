/**
 * What one tap does, computed by the production firmware and remembered. A tap is a function of the
 * pad's state, of what the card holds, of what is asked and where the tap is disturbed. So the same
 * tap met again on another path of the search is looked up, not run again.
 *
 * A pad's state is brought about by starting it with its flash and doing again what was done since.
 * Two pads count as in the same state when all is the same that a tap can depend on: the next
 * sequence number, the open intent, how far the pad got with it since it has power and what was
 * asked, and the watermark of the card. The rest is overwritten before it is read.
 */
import { type Intent, type RecordContent, readRecord } from "../../back-office/journal-records";
import { COUNTER_1_BLOCK, COUNTER_2_BLOCK, slotOfCounter } from "../../card-layout/geometry";
import { Status } from "../../card-layout/status";
import { decodeValueBlock, encodeValueBlock } from "../../card-layout/value-block";
import {
  requestOf as plainRequest,
  type TapOutcome,
  type TapRequest,
} from "../../firmware/app/tap-request";
import { TapKind } from "../../firmware/core/evaluate";
import { JournalType } from "../../firmware/core/journal-entry";
import { QuickCard } from "../../host-sim/quick/quick-card";
import type { QuickPad, QuickPadState } from "../../host-sim/quick/quick-pad";
import { Rng } from "../../host-sim/rng";
import {
  type ContentId,
  type Contents,
  GARBAGE,
  type RecordKey,
  recordKeyOf,
  writeSlot,
} from "./contents";
import { Reached, type Tear, TearSource } from "./tears";

/** In place of a counter: the block is not a value block. */
export const TORN = -1;

/** A card as far as a pad can tell: its counters and the record that they make the newest. */
export interface CardFace {
  readonly first: number;
  readonly second: number;
  readonly content: ContentId;
}

export type Asked = "redeem" | "small" | "cancel";

export interface PadInput {
  readonly card: CardFace;
  readonly asked: Asked;
  readonly tear: Tear | undefined;
}

export type NodeId = number;

interface PadNode {
  readonly terminal: number;
  /** At the last power-on. */
  readonly flash: QuickPadState;
  /** Since then. */
  readonly inputs: readonly PadInput[];
  readonly memory: PadMemory;
}

/** All that a pad carries from one tap to the next, for this one card. */
interface PadMemory {
  readonly nextSequence: number;
  /** The intent that is journaled and not closed. */
  readonly open: { readonly sequence: number; readonly intent: Intent } | undefined;
  /** Where the pad stands with it: `isRestarted` until it begins another. */
  readonly isRestarted: boolean;
  readonly reached: Reached;
  readonly asked: Asked | undefined;
  /** The record committed last. A pad that starts reads it in its journal again. */
  readonly watermark: RecordKey | undefined;
}

export interface TapResult {
  readonly first: number;
  readonly second: number;
  /** What both slots hold now, without garbage. */
  readonly seen: readonly ContentId[];
  readonly next: NodeId;
  readonly isOpen: boolean;
  /** Undefined: power failed. */
  readonly outcome: TapOutcome | undefined;
  /** Sales that the pad released. */
  readonly released: readonly string[];
  /** The record that the card's counters make the newest; undefined when it does not open. */
  readonly newest: RecordKey | undefined;
  readonly records: readonly SequencedRecord[];
  /** Where the tear struck; "" when its point was never reached. */
  readonly struck: string;
}

export class PadStates {
  /** Taps that the firmware really ran, without those to bring a pad into its state. */
  runCount = 0;
  readonly nodes: PadNode[] = [];
  /** Where each pad stands now, by terminal. */
  private readonly standing: NodeId[] = [];
  private readonly ids = new Map<string, NodeId>();
  private readonly results = new Map<string, TapResult>();

  constructor(
    private readonly pads: readonly QuickPad[],
    private readonly image: Uint8Array,
    readonly contents: Contents,
    private readonly creditRial: number,
  ) {
    for (const [index, pad] of pads.entries()) {
      pad.powerOn();
      const nextSequence = pad.core?.journal.nextSequence() ?? 0;
      pad.cutPower();
      const memory = { ...EMPTY_MEMORY, nextSequence };
      this.add({ terminal: index + 1, flash: atRest(pad), inputs: [], memory });
    }
  }

  tap(node: NodeId, input: PadInput): TapResult {
    const key = `${node} ${nameOf(input)}`;
    let result = this.results.get(key);
    if (result === undefined) {
      result = this.compute(node, input);
      this.results.set(key, result);
    }
    return result;
  }

  private compute(id: NodeId, input: PadInput): TapResult {
    const node = this.nodes[id];
    const pad = this.pads[node.terminal - 1];
    if (this.standing[node.terminal] !== id) this.bring(pad, node);
    const from = pad.core?.journal.nextSequence() ?? 0;
    const { image, source, outcome } = this.run(pad, input);
    this.runCount++;
    const isCut = pad.core === undefined;
    const cutFlash = isCut ? atRest(pad) : undefined;
    if (isCut) pad.powerOn();
    const records = readSince(pad, from);
    const { memory, released } = this.follow(node, input, source.reached, records, isCut);
    const inputs = isCut ? [] : [...node.inputs, input];
    const flash = cutFlash ?? node.flash;
    const next = this.add({ terminal: node.terminal, flash, inputs, memory });
    this.standing[node.terminal] = next;
    const [first, second] = [COUNTER_1_BLOCK, COUNTER_2_BLOCK].map((block) =>
      counterIn(image, block),
    );
    const seen = [0, 1]
      .map((slot) => this.contents.inSlot(image, slot, Math.max(first, second)))
      .filter((content) => content !== GARBAGE);
    const most = Math.max(first, second);
    const newest = seen.find((id) => this.contents.records[id].counter === most + (most % 2));
    return {
      first,
      second,
      seen,
      next,
      isOpen: memory.open !== undefined,
      outcome,
      released,
      newest: newest === undefined ? undefined : this.contents.records[newest].key,
      records,
      struck: source.struck,
    };
  }

  /** Starts a pad and does again what was done with it. */
  private bring(pad: QuickPad, { flash, inputs }: PadNode): void {
    pad.restore(flash);
    pad.powerOn();
    for (const input of inputs) this.run(pad, input);
  }

  private run(pad: QuickPad, { card, asked, tear }: PadInput) {
    const image = Uint8Array.from(this.image);
    putCounter(image, COUNTER_1_BLOCK, card.first);
    putCounter(image, COUNTER_2_BLOCK, card.second);
    const newest = Math.max(card.first, card.second);
    for (const slot of [0, 1]) {
      const isNewest = slot === slotOfCounter(newest + (newest % 2));
      writeSlot(image, slot, this.contents.records[isNewest ? card.content : GARBAGE].sealed);
    }
    const source = new TearSource(pad.reader, tear);
    pad.useFaults(source);
    let outcome: TapOutcome | undefined;
    if (asked === "cancel") pad.cancel();
    else {
      pad.begin(requestOf(asked, this.creditRial));
      outcome = pad.present(new QuickCard({ clock: pad.clock, rng: new Rng(1), image }));
    }
    pad.useFaults(undefined);
    return { image, source, outcome };
  }

  /** What the new records make of the pad's memory. */
  private follow(
    node: PadNode,
    { asked }: PadInput,
    reached: Reached,
    records: readonly SequencedRecord[],
    isCut: boolean,
  ) {
    let { open, watermark } = node.memory;
    const released: string[] = [];
    for (const { content, sequence } of records) {
      if (content.kind === "intent") {
        this.contents.note(content.intent, `${node.terminal}/${sequence}`);
        open = { intent: content.intent, sequence };
      } else if (content.kind === "outcome" && open !== undefined) {
        const isCommit = content.outcome === JournalType.Commit;
        if (isCommit) watermark = recordKeyOf(open.intent);
        if (isCommit && open.intent.kind !== TapKind.Abandon) {
          const { confirms } = open.intent;
          released.push(`${node.terminal}/${confirms > 0 ? confirms : open.sequence}`);
        }
        open = undefined;
      }
    }
    const nextSequence = node.memory.nextSequence + records.length;
    const isNew = records.some(({ content }) => content.kind === "intent");
    const memory: PadMemory =
      open === undefined
        ? { ...EMPTY_MEMORY, nextSequence, watermark }
        : {
            nextSequence,
            open,
            isRestarted: isCut || (node.memory.isRestarted && !isNew),
            reached: isCut
              ? Reached.Intent
              : isNew
                ? reached
                : farther(reached, node.memory.reached),
            asked: isCut ? undefined : (node.memory.asked ?? asked),
            watermark,
          };
    return { memory, released };
  }

  private add(node: PadNode): NodeId {
    const key = `${node.terminal} ${JSON.stringify(node.memory)}`;
    let id = this.ids.get(key);
    if (id === undefined) {
      id = this.nodes.length;
      this.nodes.push(node);
      this.ids.set(key, id);
    }
    return id;
  }
}

const EMPTY_MEMORY: PadMemory = {
  nextSequence: 0,
  open: undefined,
  isRestarted: true,
  reached: Reached.Intent,
  asked: undefined,
  watermark: undefined,
};

function farther(one: Reached, other: Reached): Reached {
  return one > other ? one : other;
}

/** Every pad starts at the same second, so that the same journal is the same bytes. */
function atRest(pad: QuickPad): QuickPadState {
  return { ...pad.save(), nowUs: 0 };
}

export interface SequencedRecord {
  readonly sequence: number;
  readonly content: RecordContent;
}

const HEADER_BYTES = 8;
const MOST_RECORD_BYTES = 256;

function readSince(pad: QuickPad, from: number): SequencedRecord[] {
  const journal = pad.core?.journal;
  if (journal === undefined) throw new Error("the pad does not start again");
  const bytes = new Uint8Array(MOST_RECORD_BYTES);
  const records: SequencedRecord[] = [];
  for (let sequence = from; sequence < journal.nextSequence(); sequence++) {
    if (journal.read(sequence, bytes, 0) !== Status.Ok) throw new Error("an unreadable journal");
    const end = HEADER_BYTES + journal.readLengthBytes();
    records.push({ sequence, content: readRecord(bytes[2], bytes.slice(HEADER_BYTES, end)) });
  }
  return records;
}

function requestOf(asked: Asked, creditRial: number): TapRequest {
  const isRedeeming = asked === "redeem";
  const grossRial = isRedeeming ? creditRial : 50_000;
  const askedCreditRial = isRedeeming ? creditRial : 0;
  return { ...plainRequest(TapKind.Sale, grossRial, 0), askedCreditRial };
}

export function counterIn(image: Uint8Array, block: number): number {
  const value = { value: 0, address: 0 };
  const isValid = decodeValueBlock(image, block * 16, value) === Status.Ok;
  return isValid ? value.value : TORN;
}

function putCounter(image: Uint8Array, block: number, value: number): void {
  if (value === TORN) image.fill(0, block * 16, block * 16 + 16);
  else encodeValueBlock(value, block, image, block * 16);
}

function nameOf({ card, asked, tear }: PadInput): string {
  const where = tear === undefined ? "" : `${tear.mode}${tear.point}`;
  return `${card.first},${card.second},${card.content},${asked},${where}`;
}
