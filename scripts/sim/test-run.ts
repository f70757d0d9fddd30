/** For tests: runs a scenario in a folder of its own. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type RunReport, runScenario } from "./run-scenario";
import { parseScenario } from "./scenario-file";

export interface TestFolder {
  /** Path of a file in it. */
  at(name: string): string;
  remove(): void;
}

export function testFolder(): TestFolder {
  const folder = mkdtempSync(path.join(tmpdir(), "clubpad-sim-"));
  return {
    at: (name) => path.join(folder, name),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** A scenario of the project by its name, or the text of one that stands beside those. */
export async function runText(
  nameOrText: string,
  folder: TestFolder,
  seed = "1",
): Promise<RunReport> {
  const isName = /^[\w-]+$/.test(nameOrText);
  const file = new URL(`../../scenarios/${isName ? nameOrText : "test"}.yaml`, import.meta.url);
  const text = isName ? readFileSync(file, "utf8") : nameOrText;
  const options = {
    seed,
    cards: folder.at("cards"),
    db: folder.at("club.db"),
    keys: folder.at("club.keys.yaml"),
  };
  const listener = { started: () => undefined, stepped: () => undefined };
  return runScenario(parseScenario(text, file.pathname), options, listener);
}
