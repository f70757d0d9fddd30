/**
 * Which folder may import which: the architecture as a table. A folder knows only what stands in
 * its row, so that rules run without hardware and hardware without rules.
 */
import path from "node:path";
import type { Import, Problem, SourceModule } from "./source-module";

/** Folder -> folders its files may import besides their own; the longest prefix counts. */
export const LAYERS: Record<string, string[] | "anything"> = {
  "card-layout": [],
  "firmware/limits.ts": [],
  "firmware/hal": ["card-layout"],
  "firmware/core": ["card-layout", "firmware/limits.ts"],
  "firmware/drivers": ["firmware/hal", "card-layout", "firmware/limits.ts"],
  "firmware/storage": ["firmware/hal", "firmware/core", "card-layout", "firmware/limits.ts"],
  "firmware/desk": ["firmware/hal", "card-layout", "firmware/limits.ts"],
  "firmware/app": [
    ...["firmware/hal", "firmware/core", "firmware/storage", "card-layout", "firmware/limits.ts"],
  ],
  "firmware/boards": ["firmware", "card-layout"],
  "mifare-classic-crypto1/src": [],
  assets: [],
  "host-sim": ["card-layout", "mifare-classic-crypto1", "firmware", "assets"],
  "back-office": ["card-layout", "firmware/core", "assets"],
  "pos-client": [],
  oracle: [],
  scripts: "anything",
  "mifare-classic-crypto1": "anything",
};

/** Folders whose code ends up in a bundle or package that has no other packages beside it. */
const WITHOUT_PACKAGES = /^(?:card-layout|firmware|mifare-classic-crypto1\/src)(?:\/|$)/;
const OWN_PACKAGES = new Set(["mifare-classic-crypto1"]);

/** Tests may import what they like, except scripts, which are commands. */
export function checkLayers(module: SourceModule): Problem[] {
  const problems: Problem[] = [];
  for (const imported of module.imports) {
    const reason = module.isTest
      ? refusedForTests(module, imported)
      : refusedByTable(module, imported);
    if (reason !== undefined) problems.push({ line: imported.line, text: reason });
  }
  return problems;
}

/** The row of the table that a file (or a folder given as import target) belongs to. */
export function layerOf(name: string): string | undefined {
  const layers = Object.keys(LAYERS).filter((layer) => isBelow(name, layer));
  return layers.sort((a, b) => b.length - a.length)[0];
}

function refusedForTests(module: SourceModule, { target, specifier }: Import): string | undefined {
  const isForeignScript = target?.startsWith("scripts/") && !module.name.startsWith("scripts/");
  return isForeignScript ? `nobody imports scripts: ${specifier}` : undefined;
}

function refusedByTable(module: SourceModule, imported: Import): string | undefined {
  const layer = layerOf(module.name);
  if (layer === undefined) return `the folder ${path.dirname(module.name)} stands in no layer`;
  const allowed = LAYERS[layer];
  const target = imported.target ?? packageFolder(imported.specifier);
  if (target === undefined) {
    const isRefused = WITHOUT_PACKAGES.test(module.name);
    return isRefused ? `${layer} may import no package: ${imported.specifier}` : undefined;
  }
  if (allowed === "anything" || isBelow(target, layer)) return undefined;
  if (allowed.some((prefix) => isBelow(target, prefix))) return undefined;
  return `${layer} may not import ${layerOf(target) ?? target}: ${imported.specifier}`;
}

function packageFolder(specifier: string): string | undefined {
  const name = specifier.split("/")[0];
  return OWN_PACKAGES.has(name) ? name : undefined;
}

function isBelow(name: string, folder: string): boolean {
  return name === folder || name.startsWith(`${folder}/`);
}
