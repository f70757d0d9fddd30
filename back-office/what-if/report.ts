/** A what-if run as text for people. */
import { assumptionLines, type Population, WHOLE } from "./population";
import { type ClubTotals, costBps, type MonthTotals } from "./run-club";

export interface ReportInput {
  name: string;
  totals: ClubTotals;
  against?: { name: string; totals: ClubTotals };
  population: Population;
  populationFile: string;
  members: number;
  seed: string;
}

type Column = [heading: string, cell: (month: MonthTotals) => string];

const COLUMNS: readonly Column[] = [
  [
    "month",
    ({ year, month }) => (year === 0 ? "all" : `${year}-${String(month).padStart(2, "0")}`),
  ],
  ["visits", ({ visits }) => count(visits)],
  ["active", ({ active }) => count(active)],
  ["sales", ({ grossRial }) => millions(grossRial)],
  ["discount", ({ discountRial }) => millions(discountRial)],
  ["granted", ({ grantedRial }) => millions(grantedRial)],
  ["used", ({ usedRial }) => millions(usedRial)],
  ["expired", ({ expiredRial }) => millions(expiredRial)],
  ["owed", ({ outstandingRial }) => millions(outstandingRial)],
  ["cost", (month) => percent(costBps(month))],
  ["points", ({ pointsGiven }) => count(pointsGiven)],
  ["promoted", ({ promotions }) => count(promotions)],
];

export function reportText(input: ReportInput): string {
  const { name, totals, population, populationFile, members, seed } = input;
  const months = totals.months.length;
  const lines = [
    `${name}: ${count(members)} members, ${count(months)} Jalali ${plural(months, "month")}, ` +
      `seed ${seed}; customers of ${populationFile} (${population.title})`,
    "Assumed:",
    ...assumptionLines(population).map((line) => `  ${line}`),
    "",
    "Money in million toman. Cost is discount and credit used, of sales.",
    ...table([...totals.months, totals.sum]),
    "",
    ...ruleLines(totals),
    "",
    ...verdictLines(input),
  ];
  if (input.against !== undefined) lines.push("", ...comparison(input, input.against));
  return lines.join("\n");
}

function table(months: MonthTotals[]): string[] {
  const rows = [
    COLUMNS.map(([heading]) => heading),
    ...months.map((month) => COLUMNS.map(([, cell]) => cell(month))),
  ];
  return aligned(rows);
}

/** The first column to the left, figures to the right. */
function aligned(rows: string[][]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]),
    );
    return `  ${cells.join("  ").trimEnd()}`;
  });
}

function ruleLines({ rules }: ClubTotals): string[] {
  if (rules.length === 0) return ["No rules."];
  const rows = rules.map(({ id, name, times, grantedRial, discountRial }) => [
    `rule ${id}, ${name}`,
    count(times),
    millions(grantedRial),
    millions(discountRial),
  ]);
  const headings = ["", "times", "credit granted", "discount"];
  return ["By rule, million toman", ...aligned([headings, ...rows])];
}

/** What the owner wants to know in the end. */
function verdictLines({ totals, population }: ReportInput): string[] {
  const { sum } = totals;
  const cost = sum.discountRial + sum.usedRial;
  const money = (rial: number) => `${millions(rial)} million toman`;
  const share = (part: number) =>
    sum.grantedRial === 0 ? "0 %" : percent(Math.round((part * WHOLE) / sum.grantedRial));
  const lines = [
    `The club cost ${money(cost)}, ${percent(costBps(sum))} of sales; ` +
      `${money(sum.outstandingRial)} of credit are still owed.`,
    `Of the credit granted ${share(sum.usedRial)} was used, ${share(sum.expiredRial)} expired, ` +
      `${share(sum.outstandingRial)} is on cards.`,
  ];
  const kept = population.margin - costBps(sum);
  if (kept > 0) {
    // Sales that are more than without the club, with the same cost per sale, must earn the cost.
    const more = Math.round((costBps(sum) * WHOLE) / kept);
    lines.push(
      `With a margin of ${percent(population.margin)} it pays for itself once members buy ` +
        `${percent(more)} more than they would without it.`,
    );
  } else lines.push("It costs more than the margin: no growth of sales can pay for it.");
  if (sum.refused > 0) lines.push(`${count(sum.refused)} sales were refused by rules.`);
  return lines;
}

function comparison({ name, totals }: ReportInput, against: { name: string; totals: ClubTotals }) {
  const [one, two] = [totals.sum, against.totals.sum];
  const rows = COLUMNS.slice(3).map(([heading, cell]) => [heading, cell(one), cell(two)]);
  return [
    "The same customers by both rulesets",
    ...aligned([["", name, against.name], ...rows]),
    ...changedRules(totals, against.totals),
  ];
}

function changedRules(one: ClubTotals, two: ClubTotals): string[] {
  const cost = (rules: ClubTotals["rules"], id: number) => {
    const rule = rules.find((candidate) => candidate.id === id);
    return rule === undefined ? undefined : rule.grantedRial + rule.discountRial;
  };
  const ids = [...new Set([...one.rules, ...two.rules].map(({ id }) => id))].sort((a, b) => a - b);
  const rows = ids.map((id) => [
    `rule ${id}`,
    ...[one, two].map(({ rules }) => {
      const rial = cost(rules, id);
      return rial === undefined ? "-" : millions(rial);
    }),
  ]);
  return aligned([["credit and discount by rule", "", ""], ...rows]);
}

function millions(rial: number): string {
  const tenths = Math.round(rial / 1_000_000);
  const [whole, tenth] = [Math.floor(tenths / 10), tenths % 10];
  return `${whole.toLocaleString("en-US")}.${tenth}`;
}

function percent(bps: number): string {
  return `${(bps / 100).toFixed(2)} %`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function plural(value: number, noun: string): string {
  return value === 1 ? noun : `${noun}s`;
}
