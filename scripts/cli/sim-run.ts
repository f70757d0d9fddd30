/** `clubpad sim run`: a scenario from new keys to the ledger. */
import path from "node:path";
import { type Command, Option } from "commander";
import { PROJECT_ROOT } from "../sim/club";
import { type RunOptions, type RunReport, runScenario } from "../sim/run-scenario";
import { parseScenario } from "../sim/scenario-file";
import { type ScreensMode, StoryTeller, summaryText } from "../sim/story";
import { readText } from "./input";

interface SimRunOptions extends RunOptions {
  json?: boolean;
  screens: ScreensMode;
}

const EXAMPLES = `
Examples:
  clubpad sim run
  clubpad sim run scenarios/power-cuts.yaml --seed 7 --screens all
  clubpad sim run my-day.yaml --cards my-cards --db my-club.db --keys my-club.keys.yaml

Without --cards every card comes new from the box and is written to out/cards; with it, images
there (<name of the card>.mfd, 1024 bytes) are the cards, and are written back. docs/simulator.md
describes scenario files. Exit code 1 when anything is not as the scenario expects, or when ledger
and cards disagree.`;
const DEFAULT_SCENARIO = "scenarios/first-day.yaml";

export function registerSimRun(sim: Command): void {
  sim
    .command("run")
    .description("play a scenario with the real firmware, and hold the ledger against the cards")
    .argument("[scenario]", "scenario file (YAML)")
    .option("--cards <dir>", "folder of the cards' images")
    .option("--seed <text>", "seed of everything that chance decides", "1")
    .option("--db <file>", "database to go on with; by default a new one")
    .option("--keys <file>", "key file; made from the seed when it is not there")
    .addOption(
      new Option("--screens <which>", "displays to draw: every one, the new ones, or none")
        .choices(["all", "key", "none"])
        .default("key"),
    )
    .option("--json", "one JSON document instead of the story")
    .addHelpText("after", EXAMPLES)
    .action(simRun);
}

async function simRun(file: string | undefined, options: SimRunOptions): Promise<void> {
  const usual = path.relative("", path.join(PROJECT_ROOT, DEFAULT_SCENARIO));
  const fileName = file ?? usual;
  const scenario = parseScenario(readText(fileName), fileName);
  const isStory = options.json !== true;
  const teller = new StoryTeller(options.screens, scenario);
  if (isStory) console.log(`${scenario.title} (${fileName}, seed ${options.seed})`);
  const report = await runScenario(scenario, options, {
    started: ({ sizeBytes, sha256, isBuiltNow }) => {
      const state = isBuiltNow ? "built now" : "unchanged";
      const text = `firmware: ES5 bundle of ${sizeBytes.toLocaleString("en-US")} bytes, ${state}`;
      if (isStory) console.log(`${text}, sha256 ${sha256.slice(0, 16)}\n`);
    },
    stepped: (step) => {
      if (isStory) console.log(teller.tell(step));
    },
  });
  console.log(isStory ? summaryText(report) : jsonText(report));
  if (report.problems.length > 0) process.exitCode = 1;
}

/** The displays as text; their points would be most of the document. */
function jsonText(report: RunReport): string {
  const steps = report.steps.map(({ shots, ...step }) => {
    return { ...step, displays: shots.map(({ title, text }) => ({ title, text })) };
  });
  const isGood = report.problems.length === 0;
  return JSON.stringify({ isGood, ...report, steps }, undefined, 2);
}
