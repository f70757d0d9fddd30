/**
 * The named attacks, played by whole simulated pads against simulated chips: what the pad shows,
 * what it journals, what the back office finds and at which sync. docs/threat-model.md holds the
 * table, and a test holds it to what happens.
 */
import { COUNTER_SCENARIOS } from "./counter-scenarios";
import { RECORD_SCENARIOS } from "./record-scenarios";
import { ScenarioWorld } from "./scenario-world";

export interface ScenarioResult {
  readonly attack: string;
  readonly pad: string;
  readonly log: string;
  readonly office: string;
  /** What must not happen did not happen. */
  readonly isHeld: boolean;
}

const SCENARIOS = Object.entries({ ...RECORD_SCENARIOS, ...COUNTER_SCENARIOS });

/** All of them take about four seconds. */
export function runScenarios(onProgress?: (share: number) => void): ScenarioResult[] {
  return SCENARIOS.map(([attack, scenario], index) => {
    const result = { attack, ...scenario(new ScenarioWorld()) };
    onProgress?.((index + 1) / SCENARIOS.length);
    return result;
  });
}

/** As a table of a document. */
export function tableOf(results: readonly ScenarioResult[]): string[] {
  return [
    "| attack | the pad shows | its journal | the back office finds |",
    "|---|---|---|---|",
    ...results.map(
      ({ attack, pad, log, office }) => `| ${[attack, pad, log, office].join(" | ")} |`,
    ),
  ];
}
