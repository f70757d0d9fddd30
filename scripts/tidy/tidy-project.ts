/** All rules over the whole project. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { checkBans, checkText } from "./bans";
import { checkDependencies } from "./dependencies";
import { checkLayers } from "./layers";
import { checkBarrel, unreachable } from "./reachable";
import { checkColumns, checkSizes } from "./sizes";
import { projectFiles } from "./source-files";
import { type Problem, parseModule } from "./source-module";

/** What starts programs, and so says which scripts are alive. */
const COMMAND_FILES = [
  "Makefile",
  ".ci/run",
  "package.json",
  "scripts/clubpad.mjs",
  "scripts/test/run.ts",
];
const TEXT_FILE = /\.(?:ts|mjs|cjs|md|sh|yaml)$|^Makefile$|^\.ci\/run$/;
const CODE_FILE = /\.(?:mjs|cjs|sh)$|^\.ci\/run$/;
const MODULE_RULES = [checkLayers, checkBans, checkSizes, checkBarrel];

/** One line `file:line: problem` for each problem below `root`. */
export function tidyProject(root: string): string[] {
  const read = (name: string) =>
    existsSync(path.join(root, name)) ? readFileSync(path.join(root, name), "utf8") : "";
  const files = projectFiles(root);
  const names = new Set(files);
  const lines: string[] = [];
  const report = (name: string, problems: Problem[]) => {
    for (const { line, text } of problems) lines.push(`${name}:${line}: ${text}`);
  };
  for (const name of files.filter((file) => TEXT_FILE.test(file))) {
    report(name, checkText(read(name)));
    if (CODE_FILE.test(name)) report(name, checkColumns(read(name)));
  }
  const sources = files.filter((name) => name.endsWith(".ts"));
  const modules = sources.map((name) => parseModule(name, read(name), names));
  for (const module of modules) {
    for (const rule of MODULE_RULES) report(module.name, rule(module));
  }
  for (const name of unreachable(modules, COMMAND_FILES.map(read).join("\n"))) {
    report(name, [{ line: 1, text: "nothing uses this file" }]);
  }
  report("package.json", checkDependencies(read("package.json"), read("docs/dependencies.md")));
  return lines;
}
