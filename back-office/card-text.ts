/** An inspected card as text for people, and as JSON for programs. */
import { DataAccess, TrailerAccess } from "../card-layout/access-bits";
import { CardKind } from "../card-layout/identity";
import { LogType } from "../card-layout/log-ring";
import { StateFlag } from "../card-layout/state";
import type { CardInspection, CounterCondition, SectorView, SlotView } from "./card-inspection";
import type { IdentityView, MovementView, StateView } from "./card-views";
import { formatDay, formatJalali } from "./dates";

const INDENT = "  ";

const SECTOR_CONTENTS: [firstSector: number, content: string][] = [
  [0, "manufacturer, directory"],
  [1, "identity"],
  [2, "name"],
  [3, "counter"],
  [4, "state, slot 0"],
  [7, "state, slot 1"],
  [10, "movements"],
  [12, "unused"],
];
const KEY_TEXTS: Record<SectorView["keys"], string> = {
  ours: "ours",
  transport: "factory",
  other: "others'",
  notInDump: "not in dump",
};
const DATA_ACCESS_TEXTS: Record<number, string> = {
  [DataAccess.Transport]: "open",
  [DataAccess.DecrementOnly]: "down only",
  [DataAccess.ReadOnly]: "read only",
  [DataAccess.KeyBOnly]: "key B only",
  [DataAccess.Record]: "B writes",
  [DataAccess.KeyBReadOnly]: "B reads",
  [DataAccess.Rechargeable]: "value",
  [DataAccess.Dead]: "dead",
};
const TRAILER_ACCESS_TEXTS: Record<number, string> = {
  [TrailerAccess.Transport]: "as delivered",
  [TrailerAccess.KeyBWrites]: "key B changes keys",
  [TrailerAccess.Frozen]: "frozen",
};
const CONDITION_TEXTS: Record<CounterCondition, string> = {
  settled: "settled",
  attemptOpen: "an attempt is open",
  torn: "one of them torn",
  between: "being lowered",
  unreadable: "both unreadable",
  manipulated: "manipulated",
};
const KIND_TEXTS: Record<number, string> = {
  [CardKind.Member]: "member",
  [CardKind.Gift]: "gift",
  [CardKind.Cashier]: "cashier",
  [CardKind.Supervisor]: "supervisor",
  [CardKind.Technician]: "technician",
  [CardKind.Test]: "test",
};
const MOVEMENT_TEXTS: Record<number, string> = {
  [LogType.Purchase]: "purchase",
  [LogType.Refund]: "refund",
  [LogType.Void]: "void",
  [LogType.Enrolment]: "enrolment",
  [LogType.Grant]: "grant",
  [LogType.Patch]: "patch",
  [LogType.GiftLoad]: "gift load",
  [LogType.Expiry]: "expiry",
};
const FLAG_TEXTS: [flag: StateFlag, text: string][] = [
  [StateFlag.Enrolled, "enrolled"],
  [StateFlag.Blocked, "blocked"],
  [StateFlag.Pending, "waits for approval"],
  [StateFlag.EarnOnly, "earns only"],
];

/** `1,250,000 rial`. */
export function formatRial(amountRial: number): string {
  return `${amountRial.toLocaleString("en-US")} rial`;
}

/** Several lines, the verdict first. */
export function cardText(card: CardInspection): string {
  const lines = [`card ${card.uid}: ${card.explanation}`, ...identityLines(card)];
  const counters = [card.counter1, card.counter2].map((value) => value ?? "torn").join(" and ");
  if (card.identity !== undefined) {
    lines.push(`counters: ${counters} (${CONDITION_TEXTS[card.counterCondition]})`);
  }
  for (const slot of card.slots) lines.push(...slotLines(slot));
  if (card.movements.length > 0) {
    lines.push("movements, newest first (not authenticated):", ...card.movements.map(movementLine));
  }
  lines.push("sectors:", ...sectorLines(card.sectors));
  return lines.join("\n");
}

/** The same content with dates as text; byte strings in hex. */
export function cardJson(card: CardInspection): unknown {
  const { slots, movements, identity, ...rest } = card;
  return {
    ...rest,
    identity: identity && { ...identity, ...birthOf(identity) },
    slots: slots.map(({ state, ...slot }) => ({ ...slot, state: state && stateJson(state) })),
    movements: movements.map((movement) => ({ ...movement, date: formatDay(movement.day) })),
  };
}

function identityLines({ identity, name }: CardInspection): string[] {
  if (identity === undefined) return [];
  const { kind, memberId, serial, cardNumber, issueDay, expiryDay } = identity;
  const { birth } = birthOf(identity);
  return [
    `${KIND_TEXTS[kind]} ${memberId}, card ${cardNumber}, serial ${serial}, issued ` +
      `${formatDay(issueDay)}, expires ${formatDay(expiryDay)}`,
    `name: ${name === undefined ? "unreadable" : name === "" ? "none" : name}; born: ${birth}`,
  ];
}

function birthOf({ birthYear, birthMonth, birthDay }: IdentityView): { birth: string } {
  if (birthMonth === 0) return { birth: birthYear === 0 ? "unknown" : String(birthYear) };
  const date = formatJalali({ year: birthYear, month: birthMonth, day: birthDay });
  return { birth: birthYear === 0 ? `${date.replace(/^0-/, "")}, year unknown` : date };
}

function slotLines({ slot, role, counter, keyEpoch, tag, state }: SlotView): string[] {
  if (state === undefined) return [`slot ${slot}: ${role}`];
  const head = `slot ${slot}: ${role} record of ${counter}, key epoch ${keyEpoch}, tag ${tag}`;
  return [head, ...stateLines(state).map((line) => INDENT + line)];
}

function stateLines(state: StateView): string[] {
  const flags = FLAG_TEXTS.filter(([flag]) => (state.flags & flag) !== 0).map(([, text]) => text);
  const { lots } = state;
  const totalRial = lots.reduce((sum, { amountRial }) => sum + amountRial, 0);
  const lines = [
    `${flags.join(", ") || "not enrolled"}; group ${state.group}, ${state.points} points`,
    `credit ${formatRial(totalRial)}, lots: ${lots.length}; debt ${formatRial(state.debtRial)}`,
    ...lots.map(
      ({ amountRial, fromDay, untilDay, issuer, kind }) =>
        `${INDENT}${formatRial(amountRial)} from ${formatDay(fromDay)} until ` +
        `${formatDay(untilDay)}, issuer ${issuer}, kind ${kind}`,
    ),
    `${state.visits} visits, ${formatRial(state.lifeSpendRial)} spent in all; this period ` +
      `${state.periodVisits} visits, ${formatRial(state.periodSpendRial)}`,
  ];
  if (state.lastTerminal > 0) {
    const minute = String(state.lastMinute % 60).padStart(2, "0");
    const time = `${Math.floor(state.lastMinute / 60)}:${minute}`;
    lines.push(
      `last tap ${formatDay(state.lastDay)} ${time} at terminal ${state.lastTerminal}, record ` +
        `${state.lastSequence}`,
    );
  }
  return lines;
}

function stateJson(state: StateView): unknown {
  const lots = state.lots.map((lot) => {
    return { ...lot, from: formatDay(lot.fromDay), until: formatDay(lot.untilDay) };
  });
  return { ...state, lots, lastDate: formatDay(state.lastDay) };
}

function movementLine(movement: MovementView): string {
  const { type, day, terminal, amountRial, creditDeltaRial } = movement;
  const sign = creditDeltaRial < 0 ? "-" : "+";
  const delta = `${sign}${formatRial(Math.abs(creditDeltaRial))}`;
  const what = `${MOVEMENT_TEXTS[type]} of ${formatRial(amountRial)}`;
  return `${INDENT}${formatDay(day)} terminal ${terminal}: ${what}, credit ${delta}`;
}

function sectorLines(sectors: SectorView[]): string[] {
  return sectors.map(({ sector, keys, access }) => {
    const content = contentOf(sector).padEnd(24);
    const number = String(sector).padStart(2);
    const keyText = KEY_TEXTS[keys].padEnd(12);
    return `${INDENT}${number}  ${content} keys ${keyText} ${accessText(access)}`;
  });
}

function contentOf(sector: number): string {
  return SECTOR_CONTENTS.filter(([first]) => first <= sector).at(-1)?.[1] ?? "";
}

function accessText(access: number[] | undefined): string {
  if (access === undefined) return "access bits inconsistent: the sector is dead for ever";
  const [first, second, third, trailer] = access;
  const blocks = [first, second, third].map((condition) => DATA_ACCESS_TEXTS[condition]);
  const isUniform = first === second && second === third;
  const end = TRAILER_ACCESS_TEXTS[trailer] ?? `trailer condition ${trailer}`;
  return `${isUniform ? blocks[0] : blocks.join(" | ")}; ${end}`;
}
