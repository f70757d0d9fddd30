/**
 * The firmware bundle that would be flashed: the one in `build/<board>` while nothing that goes
 * into it has changed, and a new one otherwise.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

export interface FreshBundle {
  code: string;
  sha256: string;
  sizeBytes: number;
  isBuiltNow: boolean;
}

/** What a bundle is made from and with. */
const SOURCE_FOLDERS = ["card-layout", "firmware", "scripts/build"];
const LOCK_FILE = "package-lock.json";

/** `root` is the project's folder. */
export async function freshBundle(root: string, board: string): Promise<FreshBundle> {
  const folder = path.join(root, "build", board);
  const codeFile = path.join(folder, "clubpad.js");
  const stampFile = path.join(folder, "made-from.json");
  const sources = hashOfSources(root);
  const known = readStamp(stampFile);
  if (known.sources === sources && existsSync(codeFile)) {
    const code = readFileSync(codeFile, "utf8");
    if (hashOf(code) === known.sha256) return describe(code, false);
  }
  // Compiler and bundler take a second to load, so they are loaded only when they are needed.
  const { buildBundle } = await import("../build/bundle");
  const { code } = await buildBundle(root, `firmware/boards/${board}.ts`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(codeFile, code);
  writeFileSync(stampFile, `${JSON.stringify({ sources, sha256: hashOf(code) })}\n`);
  return describe(code, true);
}

function describe(code: string, isBuiltNow: boolean): FreshBundle {
  return { code, sha256: hashOf(code), sizeBytes: Buffer.byteLength(code), isBuiltNow };
}

function readStamp(file: string): { sources?: string; sha256?: string } {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

function hashOfSources(root: string): string {
  const hash = createHash("sha256");
  const files = SOURCE_FOLDERS.flatMap((folder) => sourcesBelow(root, folder));
  for (const file of [...files, LOCK_FILE]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(path.join(root, file)))
      .update("\0");
  }
  return hash.digest("hex");
}

function sourcesBelow(root: string, folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .sort()
    .map((name) => path.join(folder, name));
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
