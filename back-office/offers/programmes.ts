/** Programmes over all pads: what they gave of their budgets, and what the office watches. */
import type { Database } from "../database";
import type { OfficeTerms, Programme } from "../rules/office-terms";
import { ANY_DAY, readRuleset } from "../rules/read-ruleset";
import { grantRows } from "./grants";
import { offerReport, ruleSource } from "./offer-report";
import { noTotals, type OfferTotals } from "./offer-totals";

export interface ProgrammeReport extends Programme {
  /** Of its rules as the newest ruleset has them: first 0 and last 65535 for no such day. */
  firstDay: number;
  lastDay: number;
  /** Credit and discount given, less what was taken back. */
  givenRial: number;
  /** What the budget leaves, 0 when it is used up; undefined without one. */
  leftRial: number | undefined;
  isOver: boolean;
  totals: OfferTotals;
}

const SEE_GRANTS = "clubpad report grants";

/** Keeps what a file says for the office; said again of the same version, the newest counts. */
export function noteTerms(database: Database, version: number, terms: OfficeTerms): void {
  const sql = `INSERT INTO office_terms VALUES (?, ?)
    ON CONFLICT (version) DO UPDATE SET terms = excluded.terms`;
  database.run(sql, version, JSON.stringify(terms));
}

/** What the newest version says; names also of rules that only earlier ones had. */
export function officeTerms(database: Database): OfficeTerms {
  const rows = database.all<{ terms: string }>("SELECT terms FROM office_terms ORDER BY version");
  const all = rows.map(({ terms }) => JSON.parse(terms) as OfficeTerms);
  const newest = all.at(-1);
  return {
    ruleNames: [...new Map(all.flatMap(({ ruleNames }) => ruleNames))],
    rewardNames: [...new Map(all.flatMap(({ rewardNames }) => rewardNames))],
    programmes: newest?.programmes ?? [],
    grantsPerDayRial: newest?.grantsPerDayRial ?? 0,
  };
}

export function programmeReports(database: Database, terms: OfficeTerms): ProgrammeReport[] {
  const names = new Map<string, string>();
  for (const { name, ruleIds } of terms.programmes) {
    for (const id of ruleIds) names.set(ruleSource(id), name);
  }
  const { offers } = offerReport(database, (source) => {
    const name = names.get(source);
    // A programme may be called as a source is.
    return name === undefined ? source : `programme ${name}`;
  });
  return terms.programmes.map((programme) => {
    const source = `programme ${programme.name}`;
    const totals = offers.find((one) => one.source === source) ?? noTotals(source);
    const givenRial = totals.grantedRial - totals.takenBackRial + totals.discountRial;
    const { budgetRial } = programme;
    return {
      ...programme,
      ...periodOf(database, programme),
      givenRial,
      leftRial: budgetRial === 0 ? undefined : Math.max(budgetRial - givenRial, 0),
      isOver: budgetRial > 0 && givenRial > budgetRial,
      totals,
    };
  });
}

/** What somebody must do something about, one sentence each. */
export function warnings(database: Database): string[] {
  const terms = officeTerms(database);
  const { programmes, grantsPerDayRial } = terms;
  const isWatched = programmes.some(({ budgetRial }) => budgetRial > 0);
  const reports = isWatched ? programmeReports(database, terms) : [];
  const over = reports.filter(({ isOver }) => isOver);
  const grants = grantsPerDayRial === 0 ? [] : grantRows(database, grantsPerDayRial);
  const days = grants.filter(({ isOver }) => isOver).length;
  return [
    ...over.map(({ name }) => `programme "${name}" is over its budget: clubpad report programmes`),
    ...(days === 0
      ? []
      : [
          `supervisors granted too much on ${days === 1 ? "1 day" : `${days} days`}: ${SEE_GRANTS}`,
        ]),
  ];
}

function periodOf(database: Database, { ruleIds }: Programme) {
  const sql = "SELECT bytes FROM rulesets ORDER BY version DESC LIMIT 1";
  const newest = database.get<{ bytes: Uint8Array }>(sql)?.bytes;
  const rules = newest === undefined ? [] : readRuleset(newest).rules;
  const ours = rules.filter(({ id }) => ruleIds.includes(id));
  return {
    firstDay: Math.min(ANY_DAY, ...ours.map(({ firstDay }) => firstDay)) % ANY_DAY,
    lastDay: ours.length === 0 ? ANY_DAY : Math.max(...ours.map(({ lastDay }) => lastDay)),
  };
}
