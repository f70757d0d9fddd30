/**
 * A card and a sale for a dry run, from files that people write (JSON, or YAML) or that `clubpad
 * card show --json` printed. What is not given is as on a new member's card.
 */
import {
  emptyIdentity,
  encodeIdentity,
  IDENTITY_BYTES,
  type Identity,
  IdentityField,
} from "../../card-layout/identity";
import {
  type CardState,
  DAY_NEVER,
  decodeState,
  emptyState,
  encodeState,
  LOT_COUNT,
  LotField,
  PUNCH_COUNT,
  STATE_BYTES,
  StateField,
  StateFlag,
} from "../../card-layout/state";
import { Status } from "../../card-layout/status";
import { createPurchase, type Purchase, TapKind } from "../../firmware/core/evaluate";
import { MAX_RIAL } from "../../firmware/core/money";
import { CATEGORY_COUNT, Field } from "../../firmware/core/ruleset-format";
import { IDENTITY_FIELDS, LOT_FIELDS, STATE_FIELDS } from "../card-views";
import { jalaliDay } from "./parse-conditions";
import { NAMED_VALUES } from "./ruleset-layout";
import { parseSections, type Section } from "./yaml-section";

export interface DryCard {
  state: CardState;
  identity: Identity;
}

const MORE_IDENTITY_FIELDS = {
  gender: IdentityField.Gender,
  attribute1: IdentityField.Attribute1,
  attribute2: IdentityField.Attribute2,
};
const TAP_KINDS = { sale: TapKind.Sale, enrol: TapKind.Enrol, balance: TapKind.Balance };
/** What `card show --json` prints besides what a dry run takes. */
const SHOWN_TOO = ["baseTag", "lastDate", "date", "name", "language", "format", "clubId"];

/** Throws `RulesetError` with all problems. */
export function readCard(source: string, fileName: string, enrolGroup: number): DryCard {
  const top = parseSections(source, fileName);
  const isShown = top.has("slots");
  const state = isShown ? currentState(top) : top.section("state");
  const card = {
    identity: parseIdentity(top.section("identity")),
    state: parseState(state, enrolGroup),
  };
  if (!isShown) top.finish();
  top.problems.throwIfAny();
  return card;
}

/** Throws `RulesetError` with all problems. */
export function readSale(source: string, fileName: string): Purchase {
  const top = parseSections(source, fileName);
  const isEnrolment = top.text("kind", "sale") !== "sale";
  const terminal = top.integer("terminal", 1, 65535, 1);
  const purchase: Purchase = {
    ...createPurchase(terminal, top.integer("issuer", 1, 254, 1)),
    kind: top.choice("kind", TAP_KINDS, "sale"),
    grossRial: top.integer("grossRial", 0, MAX_RIAL, isEnrolment ? 0 : undefined),
    askedCreditRial: top.integer("askedCreditRial", 0, MAX_RIAL, 0),
    categories: parseCategories(top),
    day: parseDayOf(top, "date", "day"),
    minute: parseMinute(top),
    sequence: top.integer("sequence", 0, 0xffffffff, 1),
    approver: top.integer("approver", 0, 0xffffffff, 0),
  };
  top.finish();
  top.problems.throwIfAny();
  return purchase;
}

/** The newest state of a shown card. */
function currentState(top: Section): Section {
  const slots = top.sections("slots");
  const current = slots.find((slot) => slot.text("role", "") === "current") ?? slots[0];
  if (current?.has("state")) return current.section("state");
  top.complain("slots", "no slot of this card could be opened: there is no state to go by");
  return top.section("state");
}

function parseIdentity(section: Section): Identity {
  const identity = emptyIdentity();
  const fields = { ...IDENTITY_FIELDS, ...MORE_IDENTITY_FIELDS };
  const defaults: Record<string, number> = { kind: 1, expiryDay: DAY_NEVER };
  const names: Record<string, Record<string, number>> = {
    kind: NAMED_VALUES[Field.Kind],
    gender: NAMED_VALUES[Field.Gender],
  };
  for (const [name, field] of Object.entries(fields)) {
    identity[field] = numberOf(section, name, 0xffffffff, defaults[name] ?? 0, names[name]);
  }
  if (section.has("birth")) fillBirth(section, identity);
  finish(section);
  const bytes = new Uint8Array(IDENTITY_BYTES);
  if (encodeIdentity(identity, bytes, 0) !== Status.Ok) {
    section.complain(undefined, "no card can hold this identity: look at its kind and its dates");
  }
  return identity;
}

/** `1370-05-12`; `card show` writes also `1370`, `5-12, year unknown` and `unknown`. */
function fillBirth(section: Section, identity: Identity): void {
  const text = section.text("birth") ?? "";
  const date = /^(1[234]\d\d)-(\d\d?)-(\d\d?)$/.exec(text);
  if (date !== null) {
    identity[IdentityField.BirthYear] = Number(date[1]);
    identity[IdentityField.BirthMonth] = Number(date[2]);
    identity[IdentityField.BirthDay] = Number(date[3]);
  } else if (!/^(unknown|\d{4}|.*year unknown)$/.test(text)) {
    section.complain("birth", `"birth: ${text}": write a Jalali date like 1370-05-12`);
  }
}

function parseState(section: Section, enrolGroup: number): CardState {
  const state = emptyState();
  const defaults: Record<string, number> = { flags: StateFlag.Enrolled, group: enrolGroup };
  for (const [name, field] of Object.entries(STATE_FIELDS)) {
    const usual = defaults[name] ?? 0;
    state[field] = name.endsWith("Day")
      ? parseDayOf(section, `${name.slice(0, -3)}Date`, name, usual)
      : section.integer(name, 0, MAX_RIAL, usual);
  }
  needsDate(section, "periodStart", state[StateField.PeriodSpendRial] > 0);
  needsDate(section, "periodStart", state[StateField.PeriodVisits] > 0);
  needsDate(section, "last", state[StateField.Visits] > 0);
  needsDate(section, "first", state[StateField.Visits] > 1);
  const punches = section.texts("punches");
  if (punches.length > PUNCH_COUNT) section.complain("punches", `at most ${PUNCH_COUNT} punches`);
  punches.slice(0, PUNCH_COUNT).forEach(({ text }, punch) => {
    state[StateField.Punches + punch] = section.parseInteger("punches", text, 0, 255);
  });
  parseLots(section, state);
  finish(section);
  if (!fitsOnCard(state)) {
    section.complain(undefined, "no card can hold this state: a number is too large for its field");
  }
  return state;
}

/** Without its date a figure would be taken for one of long ago. */
function needsDate(section: Section, name: string, isNeeded: boolean): void {
  if (!isNeeded || section.has(`${name}Day`) || section.has(`${name}Date`)) return;
  section.complain(undefined, `say when: add "${name}Date", a Jalali date like 1404-07-06`);
}

function parseLots(section: Section, state: CardState): void {
  const lots = section.sections("lots");
  if (lots.length > LOT_COUNT) section.complain("lots", `a card holds at most ${LOT_COUNT} lots`);
  lots.slice(0, LOT_COUNT).forEach((lot, slot) => {
    const at = StateField.Lots + slot * LotField.Count;
    state[at + LOT_FIELDS.amountRial] = lot.integer("amountRial", 1, MAX_RIAL);
    state[at + LOT_FIELDS.fromDay] = parseDayOf(lot, "from", "fromDay", 0);
    state[at + LOT_FIELDS.untilDay] = parseDayOf(lot, "until", "untilDay", DAY_NEVER);
    state[at + LOT_FIELDS.issuer] = lot.integer("issuer", 0, 255, 1);
    state[at + LOT_FIELDS.kind] = lot.integer("kind", 0, 255, 0);
    finish(lot);
  });
}

function fitsOnCard(state: CardState): boolean {
  const bytes = new Uint8Array(STATE_BYTES);
  const again = emptyState();
  if (encodeState(state, bytes, 0) !== Status.Ok) return false;
  if (decodeState(bytes, 0, again) !== Status.Ok) return false;
  return state.every((value, index) => value === again[index]);
}

/** A Jalali date under one key, or a day number under another. */
function parseDayOf(section: Section, dateKey: string, dayKey: string, usual?: number): number {
  if (section.has(dayKey)) {
    section.text(dateKey, "");
    return section.integer(dayKey, 0, DAY_NEVER);
  }
  const text = section.text(dateKey, usual === undefined ? undefined : "");
  if (text === "never") return DAY_NEVER;
  if (text === undefined || text === "") return usual ?? 0;
  const day = jalaliDay(text);
  if (day === undefined) {
    section.complain(dateKey, `"${dateKey}: ${text}": write a Jalali date like 1404-07-06`);
  }
  return day ?? 0;
}

function parseMinute(section: Section): number {
  if (section.has("minute")) {
    section.text("time", "");
    return section.integer("minute", 0, 1439);
  }
  section.text("minute", "");
  const text = section.text("time", "12:00") ?? "";
  const parts = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (parts === null) section.complain("time", `"time: ${text}": write a time like 10:30`);
  return parts === null ? 0 : Number(parts[1]) * 60 + Number(parts[2]);
}

/** `categories: {3: {rial: 4000000, pieces: 2}}`, or two lists from category 0 on. */
function parseCategories(top: Section): number[] {
  const values: number[] = Array(CATEGORY_COUNT * 2).fill(0);
  const section = top.section("categories");
  for (const key of section.keys()) {
    const category = section.parseInteger(key, key, 0, CATEGORY_COUNT - 1);
    const one = section.section(key);
    values[category] = one.integer("pieces", 0, MAX_RIAL, 1);
    values[CATEGORY_COUNT + category] = one.integer("rial", 0, MAX_RIAL);
    one.finish();
  }
  const lists: [key: string, start: number][] = [
    ["categoryQuantity", 0],
    ["categoryAmountRial", CATEGORY_COUNT],
  ];
  for (const [key, start] of lists) {
    top
      .texts(key)
      .slice(0, CATEGORY_COUNT)
      .forEach(({ text }, category) => {
        values[start + category] = top.parseInteger(key, text, 0, MAX_RIAL);
      });
  }
  return values;
}

function numberOf(
  section: Section,
  key: string,
  max: number,
  usual: number,
  names: Readonly<Record<string, number>> = {},
): number {
  const text = section.text(key, String(usual)) ?? "";
  return Object.hasOwn(names, text) ? names[text] : section.parseInteger(key, text, 0, max);
}

function finish(section: Section): void {
  for (const key of SHOWN_TOO) section.has(key);
  section.finish();
}
