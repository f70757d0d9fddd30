/** A run as a story for people: what is done, what the display shows, and the sums at the end. */
import { formatRial } from "../../back-office/card-text";
import { formatDay } from "../../back-office/dates";
import type { Scenario } from "../../host-sim/scenario";
import type { Shot, StepReport } from "../../host-sim/scenario-player";
import { framedDisplay } from "../../host-sim/text-art";
import type { CardAccount } from "./reconcile";
import type { RunReport } from "./run-scenario";

export type ScreensMode = "all" | "key" | "none";

const INDENT = "      ";
const NUMBER_WIDTH = 3;
const MINUTE_SECONDS = 60;
const DAY_MINUTES = 1440;
/** Name and UID stand at the left, figures at the right. */
const TEXT_COLUMNS = 2;

/** Tells steps one by one; in mode `key` a display is drawn when it shows something new. */
export class StoryTeller {
  private readonly drawn = new Set<string>();
  private firstUnixSeconds: number | undefined;

  constructor(
    private readonly mode: ScreensMode,
    private readonly scenario: Scenario,
  ) {}

  tell(step: StepReport): string {
    const number = String(step.number).padStart(NUMBER_WIDTH);
    const lines = [`${number}. ${this.timeOf(step)}  ${step.title}`];
    const time = step.tap === undefined ? "" : ` (${step.tap.durationMs.toFixed(0)} ms)`;
    if (step.outcome !== "") lines.push(`${INDENT}-> ${step.outcome}${time}`);
    for (const shot of this.shotsToDraw(step)) lines.push("", ...frame(shot), "");
    return lines.join("\n");
  }

  private shotsToDraw({ shots }: StepReport): Shot[] {
    if (this.mode === "none") return [];
    if (this.mode === "all") return shots;
    const last = shots.at(-1);
    if (last === undefined) return [];
    const layout = layoutOf(last);
    if (this.drawn.has(layout)) return [];
    this.drawn.add(layout);
    return [last];
  }

  /** Local time of the shop: the first step is at the scenario's start. */
  private timeOf({ atUnixSeconds }: StepReport): string {
    this.firstUnixSeconds ??= atUnixSeconds;
    const { startDay, startMinute } = this.scenario;
    const seconds = startMinute * MINUTE_SECONDS + atUnixSeconds - this.firstUnixSeconds;
    const two = (value: number) => String(value).padStart(2, "0");
    const minutes = Math.floor(seconds / MINUTE_SECONDS);
    const day = formatDay(startDay + Math.floor(minutes / DAY_MINUTES));
    const time = [Math.floor(minutes / 60) % 24, minutes % 60, seconds % MINUTE_SECONDS];
    return `${day} ${time.map(two).join(":")}`;
  }
}

/** Two displays are alike when they differ in figures only. */
function layoutOf({ text }: Shot): string {
  return text
    .slice(1)
    .join("\n")
    .replace(/[\d,+-]+/g, "0")
    .replace(/ +/g, " ");
}

function frame({ title, art, text }: Shot): string[] {
  return framedDisplay(title, art, text).map((line) => INDENT + line);
}

/** What stands below the story. */
export function summaryText(report: RunReport): string {
  return [
    "",
    "Taps and what they cost",
    ...costLines(report),
    "",
    "The ledger beside the cards",
    ...accountLines(report),
    "",
    ...verdictLines(report),
  ].join("\n");
}

function costLines({ taps, radio, spi, flash, serial, ...report }: RunReport): string[] {
  const count = (value: number) => value.toLocaleString("en-US");
  const ms = (value: number) => value.toFixed(0);
  const rows: [string, string][] = [
    ["taps", `${taps.count}, ${taps.doneCount} of them done`],
    ["time of a tap done", `${ms(taps.minMs)} / ${ms(taps.medianMs)} / ${ms(taps.maxMs)} ms`],
    ["on the air", `${count(radio.exchanges)} exchanges, ${count(radio.bytesToCards)} bytes to`],
    ["", `cards, ${count(radio.bytesFromCards)} back, ${ms(radio.airtimeUs / 1000)} ms in all`],
    ["SPI", `${count(spi.frames)} frames, ${count(spi.bytes)} bytes`],
    [
      "journal",
      `${count(flash.programmedBytes)} bytes of flash, ${flash.erasedPages} pages erased`,
    ],
    ["serial line", `${serial.batches} batches, ${count(serial.bytesFromPad)} bytes from the pad,`],
    ["", `${count(serial.bytesToPad)} to it`],
    ["virtual time", `${count(Math.round(report.virtualSeconds))} s`],
    ["wall time", `${report.wallSeconds.toFixed(1)} s`],
  ];
  const note =
    "(min / median / max; radio, card, bus and flash, without the interpreter's own work)";
  return [...rows.map(([name, value]) => `  ${name.padEnd(20)}${value}`.trimEnd()), `  ${note}`];
}

function accountLines({ accounts, ledger }: RunReport): string[] {
  const hasBrought = accounts.some(({ broughtRial }) => broughtRial !== 0);
  const header = ["card", "uid", "member", "on the card", "in the ledger"];
  if (hasBrought) header.push("brought along");
  const rows = accounts.map((account) => accountRow(account, hasBrought));
  const widths = header.map((_, column) =>
    Math.max(...[header, ...rows].map((row) => row[column].length)),
  );
  const line = (row: string[]) => {
    const cells = row.map((text, column) => {
      const width = widths[column];
      return column < TEXT_COLUMNS ? text.padEnd(width) : text.padStart(width);
    });
    return `  ${cells.join("  ")}`.trimEnd();
  };
  const { grantedRial, restoredRial, usedRial, expiredRial, clawedRial, closingRial } =
    ledger.credit;
  const isReturned = restoredRial + clawedRial > 0;
  const returned = `given back ${formatRial(restoredRial)} - taken back ${formatRial(clawedRial)}`;
  return [
    line(header),
    ...rows.map(line),
    `  granted ${formatRial(grantedRial)} - used ${formatRial(usedRial)} - expired ` +
      `${formatRial(expiredRial)}${isReturned ? ` + ${returned}` : ""} = ` +
      `${formatRial(closingRial)} owed`,
    `  ${ledger.sales.count} sales of ${formatRial(ledger.sales.grossRial)}, ` +
      `${formatRial(ledger.sales.payableRial)} of it paid with money`,
    `  trial balance ${formatRial(ledger.trialBalanceRial)}; taps not settled ` +
      `${ledger.unsettled.length}; alarms ${ledger.alarms.length}`,
  ];
}

function accountRow(account: CardAccount, hasBrought: boolean): string[] {
  const { name, uid, member, verdict, creditRial, ledgerRial, broughtRial } = account;
  const onCard = verdict === "ours" ? formatRial(creditRial) : verdict;
  const inLedger = ledgerRial === undefined ? "-" : formatRial(ledgerRial);
  const row = [name, uid, member === 0 ? "-" : String(member), onCard, inLedger];
  if (hasBrought) row.push(broughtRial === 0 ? "" : formatRial(broughtRial));
  return row;
}

function verdictLines({ problems, files, seed, replay, traceHash }: RunReport): string[] {
  const isGood = problems.length === 0;
  const memberText = "every member's credit in the ledger is the credit on the card, to the rial";
  return [
    isGood ? `Agreed: ${memberText}.` : "NOT AS EXPECTED:",
    ...problems.map((problem) => `  ${problem}`),
    `Cards in ${files.cards}, ledger in ${files.db}, keys in ${files.keys}.`,
    `Seed ${seed}, trace ${traceHash.slice(0, 16)}. Replay: ${replay}`,
  ];
}
