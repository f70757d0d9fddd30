/** Files that only pass on what others export, and files that nothing uses. */
import ts from "typescript";
import type { Problem, SourceModule } from "./source-module";

/** What runs by itself: boards, the published package, suites, ambient declarations. */
const ENTRIES = [
  /^firmware\/boards\/[^/]+\.ts$/,
  /^mifare-classic-crypto1\/(?:src\/index|bench)\.ts$/,
  /^pos-client\/src\/index\.ts$/,
  /\.test\.ts$/,
  /\.d\.ts$/,
];

/** A package's front door has to re-export; inside the project one imports from the source. */
const FRONT_DOORS = new Set(["mifare-classic-crypto1/src/index.ts", "pos-client/src/index.ts"]);

export function checkBarrel(module: SourceModule): Problem[] {
  const { statements } = module.tree;
  const isBarrel =
    statements.length > 0 &&
    statements.every((node) => ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
    statements.some((node) => ts.isExportDeclaration(node));
  if (!isBarrel || FRONT_DOORS.has(module.name)) return [];
  return [{ line: 1, text: "a barrel file: import from the file that defines the thing" }];
}

/**
 * Names of the files that neither an entry nor a suite reaches. `commands` is the text of whatever
 * starts programs (Makefile, .ci/run and the like); a file it names is an entry.
 */
export function unreachable(modules: SourceModule[], commands: string): string[] {
  const byName = new Map(modules.map((module) => [module.name, module]));
  const reached = new Set<string>();
  const waiting = modules
    .map((module) => module.name)
    .filter((name) => ENTRIES.some((entry) => entry.test(name)) || isNamed(commands, name));
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    for (const { target } of byName.get(name)?.imports ?? []) {
      if (target !== undefined) waiting.push(target);
    }
  }
  return modules.map((module) => module.name).filter((name) => !reached.has(name));
}

function isNamed(commands: string, name: string): boolean {
  return commands.includes(name) || commands.includes(name.replace(/^scripts\//, "./"));
}
