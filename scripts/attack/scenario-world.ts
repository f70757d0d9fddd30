/**
 * What the named attacks need: whole pads with their reader chips, the card as bytes, an attacker's
 * reader that speaks Crypto1 itself and knows every sector key, and a back office that takes the
 * pads' journals.
 */
import { Database } from "../../back-office/database";
import { Ingest } from "../../back-office/ingest";
import { readRecord } from "../../back-office/journal-records";
import { ledgerReport } from "../../back-office/ledger";
import { JournalType } from "../../firmware/core/journal-entry";
import { VirtualClock } from "../../host-sim/clock";
import { MifareClassicCard } from "../../host-sim/mifare-card";
import type { MifareCardOptions } from "../../host-sim/mifare-card-options";
import type { PadMachine } from "../../host-sim/pad-machine";
import { RfField } from "../../host-sim/rf-field";
import { Rng } from "../../host-sim/rng";
import {
  aes,
  cardAt,
  FIRST_TERMINAL,
  issuingPad,
  journalOf,
  keys,
  makePad,
  openJournal,
  ruleset,
  START,
} from "../../host-sim/test-attack-bench";
import { TestReader } from "../../host-sim/test-reader";

const OUTCOMES: Record<number, string> = {
  [JournalType.Commit]: "commit",
  [JournalType.Aborted]: "aborted",
  [JournalType.InDoubt]: "in doubt",
};
/** What an alarm's code says, in two words. */
const ALARMS = [
  "",
  "counters",
  "watermark",
  "counter up",
  "other base",
  "shadow card",
  "magic card",
];

/** What was seen of an attack: at the pad, in its journal, in the back office. */
export interface Seen {
  readonly pad: string;
  readonly log: string;
  readonly office: string;
}

/** The top line says terminal, records to be sent and time. */
const TOP_LINES = 1;
const LINES_TOLD = 2;

/** Pads by terminal number, made when first used. */
export class ScenarioWorld {
  private readonly pads = new Map<number, PadMachine>();

  pad(terminal: number): PadMachine {
    let pad = this.pads.get(terminal);
    if (pad === undefined) {
      pad = makePad(terminal, START);
      this.pads.set(terminal, pad);
    }
    return pad;
  }

  /** A sale with all the credit; how much of it this tap paid out, in rial. */
  redeem(terminal: number, image: Uint8Array, more: Partial<MifareCardOptions> = {}): number {
    const pad = this.pad(terminal);
    const before = openJournal(pad, terminal).paidOutRial;
    pad.press("#300000A30000#");
    pad.tap(cardAt(pad, image, more));
    return openJournal(pad, terminal).paidOutRial - before;
  }

  seenAt(terminal: number): Seen {
    return { pad: this.screen(terminal), log: this.log(terminal), office: this.office() };
  }

  /** The first lines of what the pad says. */
  screen(terminal: number): string {
    const lines = this.pad(terminal)
      .screen()
      .slice(TOP_LINES)
      .map((line) => line.trim().replaceAll(/ +/g, " "))
      .filter((line) => line !== "");
    return lines.slice(0, LINES_TOLD).join(" / ");
  }

  /** What a pad journaled, without its start. */
  log(terminal: number): string {
    const words = journalOf(this.pad(terminal), terminal).map(({ type, payload }) => {
      const content = readRecord(type, payload);
      if (content.kind === "intent") return content.intent.confirms > 0 ? "confirm" : "intent";
      if (content.kind === "outcome") return OUTCOMES[content.outcome];
      return content.kind === "alarm" ? `alarm: ${ALARMS[content.code]}` : "";
    });
    return words.filter((word) => word !== "").join(", ") || "nothing";
  }

  /** Bills that a pad journaled, in rial. */
  soldRial(terminal: number): number[] {
    return journalOf(this.pad(terminal), terminal).flatMap(({ type, payload }) => {
      const content = readRecord(type, payload);
      return content.kind === "intent" ? [content.intent.grossRial] : [];
    });
  }

  /**
   * The journals come in one after the other, the issuing pad's first. What is raised, and at which
   * terminal's sync.
   */
  office(): string {
    const database = Database.open(":memory:", { clubId: keys.clubId, mayCreate: true });
    const ingest = new Ingest(database, keys, aes);
    ingest.addRuleset(ruleset as Uint8Array);
    const found: string[] = [];
    const all: [number, PadMachine][] = [[FIRST_TERMINAL, issuingPad], ...this.pads];
    for (const [terminal, pad] of all) {
      const records = journalOf(pad, terminal).map((record) => ({ ...record, version: 1 }));
      const last = records.at(-1);
      if (last === undefined) continue;
      const { sequence: lastSequence, mac: chainMac } = last;
      ingest.storeBatch({
        terminalId: terminal,
        terminalEpoch: 1,
        records,
        lastSequence,
        chainMac,
      });
      for (const { kind } of ledgerReport(database).alarms) {
        if (found.some((text) => text.startsWith(`${kind} `))) continue;
        const name = terminal === FIRST_TERMINAL ? "the issuing pad" : `terminal ${terminal}`;
        found.push(`${kind} at the sync of ${name}`);
      }
    }
    database.close();
    return found.join("; ") || NOTHING_FOUND;
  }
}

/** Said of an office whose ledger raises no alarm. */
export const NOTHING_FOUND = "nothing to find";

/** The attacker's own reader in front of a chip. */
export class AttackerReader {
  readonly card: MifareClassicCard;
  private readonly reader: TestReader;

  constructor(private readonly image: Uint8Array) {
    const clock = new VirtualClock();
    const field = new RfField(clock);
    this.card = new MifareClassicCard({ clock, rng: new Rng("attacker"), image });
    field.addCard(this.card);
    this.reader = new TestReader(clock, field);
    this.reader.powerUp();
  }

  select(): void {
    this.reader.select([...this.image.subarray(0, 4)]);
  }

  /** With the key out of the dump; nested when a sector is open already. */
  open(block: number, isKeyB = true): boolean {
    const at = (Math.floor(block / 4) * 4 + 3) * 16 + (isKeyB ? 10 : 0);
    const key = [...this.image.subarray(at, at + 6)];
    const uid = [...this.image.subarray(0, 4)];
    return this.reader.authenticate(isKeyB ? 0x61 : 0x60, block, key, uid) === "ok";
  }

  write(block: number, content: number[]): boolean {
    return this.reader.write(block, content) === ACK;
  }

  /** The value command (c0h decrement, c1h increment, c2h restore) and the transfer. */
  value(command: number, from: number, operand: number): boolean {
    return this.reader.value(command, from, operand) === undefined;
  }

  transfer(to: number): boolean {
    return this.reader.transfer(to) === ACK;
  }
}

const ACK = 0x0a;
