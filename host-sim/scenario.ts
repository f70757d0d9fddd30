/** What a scenario says: who has which card, and what happens in which order. */
import type { TapOptions, TapResult } from "./pad-machine";

export interface ScenarioCard {
  /** What the steps call it, and the name of its image file. */
  name: string;
  kind: "member" | "gift" | "blank" | "foreign";
  /** Number of the member; 0 for cards that are none. */
  member: number;
  /** On the card; 0 for cards that are none of the club's. */
  serial: number;
  /** The person's name, written on the card. */
  fullName: string;
  /** Given, or drawn from the seed. */
  uid: Uint8Array | undefined;
}

export type TapStepKind =
  | "enrol"
  | "sale"
  | "balance"
  | "return"
  | "void"
  | "giftLoad"
  | "reward"
  | "renew"
  | "tap";

export interface TapStep extends TapOptions {
  kind: TapStepKind;
  card: string;
  /** For enrolment; "" for none. */
  mobile: string;
  /** In the display unit of the ruleset (toman), as the cashier types it. */
  amount: number;
  credit: number | "all";
  /** Of the reward, or the record of the sale that comes back; 0: the one shown last. */
  number: number;
  /** What the pad must come to. */
  result: TapResult;
}

export interface ExpectStep {
  kind: "expect";
  /** Texts that must stand on the display. */
  screen: string[];
  card: string | undefined;
  /** In the display unit. */
  credit: number | undefined;
  points: number | undefined;
}

export type ScenarioAction =
  | TapStep
  | ExpectStep
  | { kind: "issue"; card: string }
  | { kind: "keys"; keys: string }
  | { kind: "wait"; seconds: number }
  /** The pad has no power for so long. */
  | { kind: "powerCut"; seconds: number }
  | { kind: "sync" }
  /** The cable again, and the rules of a file beside the scenario's ruleset go live. */
  | { kind: "publish"; file: string }
  /** An order given at the office: `clubpad` with these words and its database. */
  | { kind: "office"; words: string[] };

export interface ScenarioStep {
  /** Line of the scenario file. */
  line: number;
  action: ScenarioAction;
}

export interface Scenario {
  title: string;
  fileName: string;
  /** Business day (since 2020-01-01) and minute of local time at which it begins. */
  startDay: number;
  startMinute: number;
  terminal: number;
  /** The shop that the terminal stands in. */
  issuer: number;
  rulesetPath: string;
  cards: ScenarioCard[];
  steps: ScenarioStep[];
}
