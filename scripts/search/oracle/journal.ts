/**
 * What a pad's journal says, for the oracle: the chain as `journal-verify.ts` finds it, and the
 * payloads unpacked here: key u8, length u8, content; numbers little-endian.
 */
import type { AesEngine } from "../../../card-layout/aes-engine";
import { verifyJournal } from "../../../host-sim/journal-verify";
import { tableCrc32 } from "../../../host-sim/quick/table-crc32";

export interface IntentReading {
  readonly sequence: number;
  readonly uid: string;
  readonly counter: number;
  /** 15: an end put to another's attempt. */
  readonly kind: number;
  readonly grossRial: number;
  readonly usedRial: number;
  readonly earnedRial: number;
  readonly expiredRial: number;
  readonly balanceAfterRial: number;
  readonly baseTag: number;
  readonly newTag: number;
  /**
   * Sequence of the intent that this one confirms by a copy of the record, 0 for none: it stands in
   * that one's place, and has no effect of its own.
   */
  readonly confirms: number;
  /** How it, or what stands in its place, was closed: all records that say so, in order. */
  readonly outcomes: ("commit" | "aborted" | "inDoubt")[];
}

/** Where a record stands in the pages of the journal. */
export interface RecordPlace {
  readonly sequence: number;
  readonly type: number;
  readonly address: number;
  readonly end: number;
}

export interface JournalReading {
  readonly intents: readonly IntentReading[];
  readonly alarms: number;
  /** Returns that were left to the back office. */
  readonly deferredReturns: number;
  /** Breaks of the chain, records that make no sense. */
  readonly problems: readonly string[];
  readonly places: readonly RecordPlace[];
}

const INTENT = 2;
const ALARM = 6;
const DEFERRED_RETURN = 9;
const CONFIRMS = 38;
/** Header, MAC, CRC and END. */
const OVERHEAD_BYTES = 24;
const OUTCOMES = new Map([
  [3, "commit"],
  [4, "aborted"],
  [5, "inDoubt"],
] as const);

export function readJournal(
  pages: Uint8Array,
  pageSizeBytes: number,
  key: Uint8Array,
  aes: AesEngine,
): JournalReading {
  const report = verifyJournal({ bytes: pages, pageSizeBytes, key, aes, crc32: tableCrc32 });
  const problems = [...report.problems];
  const intents: IntentReading[] = [];
  let alarms = 0;
  let deferredReturns = 0;
  for (const { sequence, type, payload } of report.records) {
    const items = unpack(payload);
    const outcome = OUTCOMES.get(type as 3 | 4 | 5);
    if (type === INTENT) intents.push(intentOf(sequence, items, intents));
    else if (type === ALARM) alarms++;
    else if (type === DEFERRED_RETURN) deferredReturns++;
    else if (outcome !== undefined) {
      const closed = numberOf(items, 8);
      const intent = intents.find((each) => each.sequence === closed);
      if (intent === undefined) problems.push(`record ${sequence} closes ${closed}, no intent`);
      else intent.outcomes.push(outcome);
    }
  }
  const places = report.records.map(({ sequence, type, address, payload }) => {
    const end = address + OVERHEAD_BYTES + Math.ceil(payload.length / 4) * 4;
    return { sequence, type, address, end };
  });
  return { intents, alarms, deferredReturns, problems, places };
}

function intentOf(
  sequence: number,
  items: Map<number, Buffer>,
  earlier: readonly IntentReading[],
): IntentReading {
  const number = (key: number) => numberOf(items, key);
  const confirmed = earlier.find((each) => each.sequence === number(CONFIRMS));
  return {
    sequence,
    uid: items.get(1)?.toString("hex") ?? "",
    counter: number(11),
    kind: number(12),
    grossRial: number(15),
    usedRial: number(16),
    earnedRial: number(17),
    expiredRial: number(18),
    balanceAfterRial: number(20),
    baseTag: number(26),
    newTag: number(27),
    confirms: number(CONFIRMS),
    outcomes: confirmed?.outcomes ?? [],
  };
}

/** Key, length, content; zero and empty are left out. */
function unpack(payload: Uint8Array): Map<number, Buffer> {
  const items = new Map<number, Buffer>();
  for (let at = 0; at + 2 <= payload.length; at += 2 + payload[at + 1]) {
    items.set(payload[at], Buffer.from(payload.subarray(at + 2, at + 2 + payload[at + 1])));
  }
  return items;
}

function numberOf(items: Map<number, Buffer>, key: number): number {
  const bytes = items.get(key);
  return bytes === undefined ? 0 : bytes.readUIntLE(0, bytes.length);
}
