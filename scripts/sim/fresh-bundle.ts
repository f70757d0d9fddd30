/**
 * The firmware bundle that would be flashed: the one in `build/<board>` while nothing that goes
 * into it has changed, and a new one otherwise.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

export interface FreshBundle {
  code: string;
  /** What lies in flash, one byte a character. */
  tokens: string;
  /** Of what lies in flash, as the next one. */
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
  const tokensFile = path.join(folder, "clubpad.bin");
  const stampFile = path.join(folder, "made-from.json");
  const sources = hashOfSources(root);
  const known = readStamp(stampFile);
  if (known.sources === sources && existsSync(codeFile)) {
    const code = readFileSync(codeFile, "utf8");
    const tokens = existsSync(tokensFile) ? readFileSync(tokensFile, "latin1") : "";
    if (hashOf(code + tokens) === known.sha256) return describe(code, tokens, false);
  }
  // Compiler and bundler take a second to load, so they are loaded only when they are needed.
  const { buildBundle } = await import("../build/bundle");
  const { code, tokens } = await buildBundle(root, `firmware/boards/${board}.ts`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(codeFile, code);
  writeFileSync(tokensFile, tokens, "latin1");
  writeFileSync(stampFile, `${JSON.stringify({ sources, sha256: hashOf(code + tokens) })}\n`);
  return describe(code, tokens, true);
}

function describe(code: string, tokens: string, isBuiltNow: boolean): FreshBundle {
  return { code, tokens, sha256: hashOf(tokens), sizeBytes: tokens.length, isBuiltNow };
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

/** Of ASCII, or of bytes. */
function hashOf(text: string): string {
  return createHash("sha256").update(text, "latin1").digest("hex");
}
