/**
 * Plays a scenario: hands at the desk and at the pad, time that passes, and the cable in the
 * evening. It sees what a person sees (the display's points, the sound, the card's own content as
 * the office reads it) and compares that with what the scenario expects.
 */
import { IssueKind } from "../firmware/desk/issue-session";
import type { SimDesk } from "./desk";
import type { MifareClassicCard } from "./mifare-card";
import type { PadMachine, TapReport } from "./pad-machine";
import type { ExpectStep, Scenario, ScenarioCard, ScenarioStep, TapStep } from "./scenario";
import { durationText, KEYS_OF, TAP_STEPS, tapTitle } from "./scenario-words";
import type { SerialWire } from "./serial-wire";
import { displayLines } from "./text-art";

/** What the office can do for the player; host-sim knows no keys and no ledger. */
export interface Office {
  /** Rials in one unit of the display, and its name. */
  readonly unitRial: number;
  readonly unitName: string;
  /** The whole content of a new card. */
  personalise(entry: ScenarioCard, blank: Uint8Array, uid: Uint8Array): Uint8Array;
  /** What a card's own content says. */
  look(image: Uint8Array, uid: Uint8Array): CardLook;
  /** Fetches the pad's journal; one sentence about it. Rejects with what went wrong. */
  /** With `rulesFile`, that ruleset goes live. */
  sync(wire: SerialWire, rulesFile?: string): Promise<string>;
  /** An order given at a desk; returns what was answered. */
  order(words: string[]): Promise<string>;
}

export interface CardLook {
  verdict: string;
  creditRial: number;
  points: number;
}

export interface PlayerParts {
  machine: PadMachine;
  desk: SimDesk;
  wire: SerialWire;
  office: Office;
  /** By the name in the scenario. */
  cards: ReadonlyMap<string, MifareClassicCard>;
}

/** The display at one moment: as points, and as the text that can be read from them. */
export interface Shot {
  title: string;
  art: string[];
  text: string[];
}

export interface StepReport {
  number: number;
  line: number;
  kind: string;
  /** What was done, a sentence without its end. */
  title: string;
  /** What it came to. */
  outcome: string;
  /** Virtual time at its begin, Unix seconds. */
  atUnixSeconds: number;
  tap: TapReport | undefined;
  /** In the order they were seen; the last one is what it came to. */
  shots: Shot[];
}

/** The world does not do what the scenario expects. */
export class ScenarioFailure extends Error {}

/** Longer waits jump: a pad with nothing to do only looks at the clock. */
const STEPPED_WAIT_SECONDS = 30;
const EDGE_SECONDS = 2;
/** The transfer's time on a busy computer may include repetitions; after it the clock is set on. */
const SYNC_SECONDS = 120;
const POWER_RETURN_MS = 3000;
const CANCEL_TRIES = 12;

const ISSUE_TEXTS: Record<number, string> = {
  [IssueKind.AlreadyIssued]: "has all its keys already: left as it is",
  [IssueKind.NotBlank]: "is not blank",
  [IssueKind.WrongChip]: "is not a MIFARE Classic 1K",
  [IssueKind.MagicCard]: "is a copied chip",
  [IssueKind.TornTrailer]: "has a dead sector",
  [IssueKind.NotVerified]: "did not keep what was written",
  [IssueKind.Lost]: "was lost",
  [IssueKind.OtherCard]: "is another card",
};

export class ScenarioPlayer {
  private readonly entries: Map<string, ScenarioCard>;
  private shots: Shot[] = [];
  private tap: TapReport | undefined;
  /** By card, the record number of the sale that the display named last. */
  private readonly records = new Map<string, number>();

  constructor(
    private readonly scenario: Scenario,
    private readonly parts: PlayerParts,
  ) {
    this.entries = new Map(scenario.cards.map((card) => [card.name, card]));
  }

  /** Rejects with `ScenarioFailure` when a step disappoints; those before it are reported. */
  async play(onStep: (report: StepReport) => void): Promise<void> {
    this.parts.machine.powerOn();
    for (const [index, step] of this.allSteps().entries()) {
      onStep(await this.step(step, index + 1));
    }
  }

  /** The office must have seen every tap before its ledger can be held against the cards. */
  private allSteps(): ScenarioStep[] {
    const { steps } = this.scenario;
    const kinds = steps.map(({ action }) => action.kind);
    const lastSync = kinds.lastIndexOf("sync");
    const lastTap = Math.max(...TAP_STEPS.map((kind) => kinds.lastIndexOf(kind)));
    if (lastTap <= lastSync) return steps;
    return [...steps, { line: steps[lastTap].line, action: { kind: "sync" } }];
  }

  private async step({ line, action }: ScenarioStep, number: number): Promise<StepReport> {
    const atUnixSeconds = Math.floor(this.parts.machine.board.unixSeconds());
    this.shots = [];
    this.tap = undefined;
    try {
      const [title, outcome] = await this.perform(action);
      const { shots, tap } = this;
      return { number, line, kind: action.kind, title, outcome, atUnixSeconds, tap, shots };
    } catch (error) {
      if (!(error instanceof ScenarioFailure)) throw error;
      const place = `${this.scenario.fileName}:${line}: step ${number} (${action.kind})`;
      throw new ScenarioFailure(`${place}: ${error.message}`);
    }
  }

  private async perform(action: ScenarioStep["action"]): Promise<[title: string, outcome: string]> {
    switch (action.kind) {
      case "issue":
        return this.issue(action.card);
      case "keys":
        return this.keys(action.keys);
      case "wait":
        return this.wait(action.seconds);
      case "powerCut":
        return this.powerCut(action.seconds);
      case "expect":
        return this.expect(action);
      case "sync":
        return this.sync();
      case "publish":
        return this.sync(action.file);
      case "office":
        return [`Office: ${action.words.join(" ")}`, await this.parts.office.order(action.words)];
      default:
        return this.present(action);
    }
  }

  private issue(name: string): [string, string] {
    const { desk, office } = this.parts;
    const entry = this.entry(name);
    const card = this.card(name);
    const whose = entry.kind === "gift" ? "gift card" : `member ${entry.member}`;
    const title = `Desk: a card for ${entry.fullName}, ${whose}`;
    if (entry.serial === 0) throw new ScenarioFailure(`${name} is no card of the club`);
    const report = desk.issue(card, (uid) => office.personalise(entry, card.image, uid));
    const uid = Buffer.from(card.uid).toString("hex");
    if (report.kind === IssueKind.Issued) {
      const effort = `${report.exchanges} exchanges, ${(report.durationMs / 1000).toFixed(1)} s`;
      return [title, `card ${uid} issued and frozen, every block read back (${effort})`];
    }
    const text = `card ${uid} ${ISSUE_TEXTS[report.kind]}`;
    if (report.kind === IssueKind.AlreadyIssued) return [title, text];
    throw new ScenarioFailure(`${text} (sector ${report.sector})`);
  }

  private keys(keys: string): [string, string] {
    this.press(keys);
    this.shoot("keys");
    return [`Keys ${[...keys].join(" ")}`, ""];
  }

  private wait(seconds: number): [string, string] {
    const { machine } = this.parts;
    if (seconds <= STEPPED_WAIT_SECONDS) machine.runMs(seconds * 1000);
    else {
      machine.runMs(EDGE_SECONDS * 1000);
      machine.board.clock.advance((seconds - 2 * EDGE_SECONDS) * 1e6);
      machine.runMs(EDGE_SECONDS * 1000);
    }
    return [`Time passes: ${durationText(seconds)}`, ""];
  }

  private powerCut(seconds: number): [string, string] {
    const { machine } = this.parts;
    machine.cutPower();
    machine.runMs(seconds * 1000);
    machine.powerOn();
    this.shoot("power is back");
    return [`Power cut of ${durationText(seconds)}`, this.displayText()];
  }

  private async sync(rulesFile?: string): Promise<[string, string]> {
    const { machine, office, wire } = this.parts;
    const { clock } = machine.board;
    const endUs = clock.nowUs + SYNC_SECONDS * 1e6;
    const outcome = await office.sync(wire, rulesFile);
    clock.advance(Math.max(endUs - clock.nowUs, 0));
    machine.runMs(1000);
    const more = rulesFile === undefined ? "" : `, and ${rulesFile} goes live`;
    return [`The cable is plugged in and the office fetches the journal${more}`, outcome];
  }

  private present(step: TapStep): [string, string] {
    const { machine, office } = this.parts;
    const entry = this.entry(step.card);
    if (step.kind !== "tap") {
      this.clearPad();
      this.press(KEYS_OF[step.kind]({ ...step, number: this.numberOf(step) }));
      this.shoot("armed");
    }
    const tap = machine.tap(this.card(step.card), step);
    this.tap = tap;
    if (tap.result === "powerCut") {
      machine.runMs(POWER_RETURN_MS);
      machine.powerOn();
    }
    this.shoot(tap.result);
    const [, record] = /No\. +(\d+)/.exec(machine.screen().join("\n")) ?? [];
    if (record !== undefined) this.records.set(step.card, Number(record));
    if (tap.result !== step.result) {
      const seen = `the pad came to "${tap.result}" (${this.displayText()})`;
      throw new ScenarioFailure(`${seen}, but "${step.result}" was expected`);
    }
    return [tapTitle(step, entry, office.unitName), `${tap.result}: ${this.displayText()}`];
  }

  /** A return names the record that stood on the display, and on the receipt, after the sale. */
  private numberOf({ kind, number, card }: TapStep): number {
    if (kind !== "return" || number > 0) return number;
    const record = this.records.get(card);
    if (record !== undefined) return record;
    throw new ScenarioFailure(`no sale of ${card} was seen; say which: "record: ..."`);
  }

  private expect(step: ExpectStep): [string, string] {
    const { office, machine } = this.parts;
    const screen = machine.screen();
    for (const text of step.screen) {
      if (screen.some((line) => line.includes(text))) continue;
      const shown = this.displayText();
      throw new ScenarioFailure(`the display does not say "${text}", it says: ${shown}`);
    }
    const seen = step.screen.map((text) => `the display says "${text}"`);
    if (step.card === undefined) return ["Check", seen.join(", ")];
    const card = this.card(step.card);
    const look = office.look(card.image, card.uid);
    const credit = look.creditRial / office.unitRial;
    this.compare(step.card, "credit", credit, step.credit);
    this.compare(step.card, "points", look.points, step.points);
    if (step.credit !== undefined) {
      seen.push(`${step.card}'s card holds ${credit.toLocaleString("en-US")} ${office.unitName}`);
    }
    if (step.points !== undefined) seen.push(`${look.points} points`);
    return ["Check", seen.join(", ")];
  }

  private compare(card: string, what: string, actual: number, expected: number | undefined): void {
    if (expected === undefined || actual === expected) return;
    throw new ScenarioFailure(`${what} on ${card}'s card is ${actual}, not ${expected}`);
  }

  private press(keys: string): void {
    this.parts.machine.press(keys);
  }

  /** Back to an empty amount with the keys a cashier has. */
  private clearPad(): void {
    for (let i = 0; i < CANCEL_TRIES; i++) {
      const lines = this.parts.machine.screen();
      if (lines[1].startsWith("Amount") && lines.includes("0")) return;
      if (lines.some((line) => line.includes("give up"))) {
        const text = "the pad waits for the card of the tap before; let it finish with a tap step";
        throw new ScenarioFailure(text);
      }
      this.press("*");
    }
    throw new ScenarioFailure(`the pad does not take an amount: it shows "${this.displayText()}"`);
  }

  private shoot(title: string): void {
    const { board } = this.parts.machine;
    const shot = { title, art: displayLines(board.display), text: this.parts.machine.screen() };
    this.shots.push(shot);
  }

  /** All that the display says below the status line. */
  private displayText(): string {
    const lines = this.parts.machine.screen().slice(1);
    return lines
      .map((line) => line.trim().replace(/ {2,}/g, " "))
      .filter((line) => line !== "" && line !== "any key")
      .join(" | ");
  }

  private entry(name: string): ScenarioCard {
    return this.entries.get(name) as ScenarioCard;
  }

  private card(name: string): MifareClassicCard {
    return this.parts.cards.get(name) as MifareClassicCard;
  }
}
