/** `clubpad rules simulate`: what rules would cost before they go live. */
import { existsSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import { type Population, parsePopulation } from "../../back-office/what-if/population";
import { reportText } from "../../back-office/what-if/report";
import { SimulatedClub } from "../../back-office/what-if/run-club";
import { simulateTraffic, type Traffic } from "../../back-office/what-if/visits";
import { WHAT_IF_WORDS } from "../../back-office/what-if/words";
import { monthOf } from "../../firmware/core/calendar";
import { PROJECT_ROOT } from "../sim/club";
import { integerIn, readText, writeNewFile } from "./input";
import { type LoadedRules, loadRules } from "./load-rules";

interface SimulateOptions {
  months: number;
  members: number;
  seed: string;
  population?: string;
  against?: string;
  svg?: string;
  language: string;
  force?: boolean;
  json?: boolean;
}

const USUAL_POPULATION = "rulesets/shop.population.yaml";
const EXAMPLES = `
Examples:
  clubpad rules simulate rulesets/boutique.yaml
  clubpad rules simulate rulesets/boutique.yaml --months 12 --members 800 --svg boutique.svg
  clubpad rules simulate rulesets/boutique.yaml --against my-shop.yaml --language fa --svg b.svg
  clubpad rules simulate my-shop.yaml --population my-customers.yaml --json

The customers are simulated: how many come, how often and for how much stands in the population
file, by default NAME.population.yaml beside NAME.yaml, else ${USUAL_POPULATION}.
Copy one and write your own figures into it. The same seed gives the same customers, also for
--against. docs/rules.md says how to read the report.`;

export function registerRulesSimulate(rules: Command): void {
  rules
    .command("simulate")
    .description("play months of a simulated club: what the rules cost and what they move")
    .argument("<file>", "ruleset (YAML, or compiled)")
    .option("--months <n>", "Jalali months, from the ruleset's first", integerIn(1, 60), 12)
    .option("--members <n>", "members at the start", integerIn(1, 20_000), 500)
    .option("--seed <text>", "seed of everything that chance decides", "1")
    .option("--population <file>", "the customers (YAML)")
    .option("--against <file>", "second ruleset, for the same customers")
    .option("--svg <file>", "draw a chart")
    .addOption(
      new Option("--language <code>", "of the chart: en or fa")
        .choices(Object.keys(WHAT_IF_WORDS))
        .default("en"),
    )
    .option("--force", "overwrite the chart")
    .option("--json", "for programs")
    .addHelpText("after", EXAMPLES)
    .action(simulate);
}

async function simulate(file: string, options: SimulateOptions): Promise<void> {
  const rules = loadRules(file);
  const second = options.against === undefined ? undefined : loadRules(options.against);
  const populationFile = populationFileOf(file, options.population);
  const population = parsePopulation(readText(populationFile), populationFile);
  const firstMonth = monthOf(rules.view.header.validFromDay);
  const traffic = simulateTraffic(population, {
    ...{ year: Math.floor(firstMonth / 12), month: (firstMonth % 12) + 1 },
    ...{ months: options.months, members: options.members, seed: options.seed },
  });
  const totals = play(rules, traffic, firstMonth);
  const against = second && { name: second.fileName, totals: play(second, traffic, firstMonth) };
  const input = {
    ...{ name: path.basename(file), totals, population, members: options.members },
    seed: options.seed,
    populationFile: path.basename(populationFile),
    against: against && { ...against, name: path.basename(against.name) },
  };
  if (options.svg !== undefined) await draw(options.svg, input, population, options);
  console.log(options.json ? jsonText(input) : reportText(input));
}

/** On a terminal it says how far it is. */
function play({ bytes, view, fileName }: LoadedRules, traffic: Traffic, firstMonth: number) {
  const months = traffic.monthStarts.length - 1;
  const isWatched = process.stderr.isTTY === true;
  const totals = new SimulatedClub(bytes, view, traffic).run(firstMonth, (done) => {
    if (isWatched) process.stderr.write(`\r${fileName}: month ${done} of ${months}`);
  });
  if (isWatched) process.stderr.write("\r\x1b[K");
  return totals;
}

function populationFileOf(file: string, chosen: string | undefined): string {
  if (chosen !== undefined) return chosen;
  const beside = file.replace(/(?:\.\w+)?$/, ".population.yaml");
  if (existsSync(beside)) return beside;
  return path.relative("", path.join(PROJECT_ROOT, USUAL_POPULATION));
}

type ReportInput = Parameters<typeof reportText>[0];

/** The chart library is loaded only when it draws. */
async function draw(
  svgFile: string,
  input: ReportInput,
  population: Population,
  options: SimulateOptions,
): Promise<void> {
  const { chartSvg } = await import("../../back-office/what-if/chart");
  const words = WHAT_IF_WORDS[options.language];
  const subtitle = words.subtitle(input.members, population.title, options.seed);
  const svg = chartSvg({ ...input, subtitle }, words);
  writeNewFile(svgFile, Buffer.from(svg, "utf8"), options.force === true);
}

function jsonText({ name, totals, against, population, members, seed }: ReportInput): string {
  const assumptions = { members, seed, population };
  return JSON.stringify({ name, ...totals, against, assumptions }, undefined, 2);
}
