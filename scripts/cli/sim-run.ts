/** What `clubpad sim run` does. */
import path from "node:path";
import { PROJECT_ROOT } from "../sim/club";
import { type RunOptions, type RunReport, runScenario } from "../sim/run-scenario";
import { parseScenario } from "../sim/scenario-file";
import { type ScreensMode, StoryTeller, summaryText } from "../sim/story";
import { readText } from "./input";

export interface SimRunOptions extends RunOptions {
  json?: boolean;
  screens: ScreensMode;
}

const DEFAULT_SCENARIO = "scenarios/first-day.yaml";

export async function simRun(file: string | undefined, options: SimRunOptions): Promise<void> {
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
