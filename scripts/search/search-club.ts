/**
 * A club to be searched for faults and attacked: keys that anybody can make again, the first shop's
 * rules, cards as the desk issues them. The same at every run.
 */
import { readFileSync } from "node:fs";
import type { NewMemberCard } from "../../back-office/issue-image";
import { issueImage } from "../../back-office/issue-image";
import { type ClubKeys, createClubKeys, terminalConfigFor } from "../../back-office/keys";
import { compileRuleset } from "../../back-office/rules/compile";
import type { TerminalConfig } from "../../firmware/core/terminal-config";
import { blankImage } from "../../host-sim/mfd";
import { createTableAes } from "../../host-sim/quick/table-aes";

/** The first shop has none, and a search wants every kind of tap. */
const REWARDS = "\nrewards: [{id: 1, points: 10, creditRial: 5_000}]\n";
const RULES = new URL("../../rulesets/first-shop.yaml", import.meta.url);
const CLUB_ID = 7;
const KEY_EPOCH = 1;
const TERMINAL_EPOCH = 1;
const ISSUER = 1;
const ISSUE_DAY = 2000;
/** 2026-11-18, 14:36 in Iran. */
export const START_UNIX_SECONDS = 1_795_000_000;
export const DAY_SECONDS = 86_400;
const DAY_ZERO_UNIX_SECONDS = 1_577_836_800;
const IRAN_SECONDS = 12_600;

export interface SearchClub {
  readonly keys: ClubKeys;
  readonly ruleset: Uint8Array;
  config(terminal: number): TerminalConfig;
  /** 1024 bytes of a card that was not used yet, a member's unless `more` says otherwise. */
  issue(uid: Uint8Array, member: number, more?: Partial<NewMemberCard>): Uint8Array;
}

/** Days since 2020-01-01, in Iran. */
export function businessDay(unixSeconds: number): number {
  return Math.floor((unixSeconds + IRAN_SECONDS - DAY_ZERO_UNIX_SECONDS) / DAY_SECONDS);
}

export function createSearchClub(): SearchClub {
  const aes = createTableAes();
  const keys = createClubKeys(CLUB_ID, KEY_EPOCH, "search");
  const ruleset = compileRuleset(readFileSync(RULES, "utf8") + REWARDS, "first-shop.yaml").bytes;
  return {
    keys,
    ruleset,
    config: (terminal) => terminalConfigFor(aes, keys, terminal, TERMINAL_EPOCH, ISSUER, ruleset),
    issue: (uid, member, more) => {
      const fields = { member, serial: member, cardNumber: 0, name: "Sara", birth: undefined };
      const wanted = { ...fields, issueDay: ISSUE_DAY, ...more };
      return issueImage(aes, keys, blankImage(uid), uid, wanted).image;
    },
  };
}
