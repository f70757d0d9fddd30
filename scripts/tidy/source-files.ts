import { readdirSync } from "node:fs";
import path from "node:path";

const IGNORED_FOLDERS = new Set(["node_modules", "dist", "build", "out", ".git", ".cache"]);
/** Folders of that name at the top only; `scripts/build` is source. */
const isIgnored = (folder: string) =>
  IGNORED_FOLDERS.has(folder) || /(^|\/)(node_modules|dist|\.git)$/.test(folder);

/** All files of the project below `root`, as sorted relative paths with `/`. */
export function projectFiles(root: string, folder = ""): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
    const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isFile()) found.push(name);
    else if (entry.isDirectory() && !isIgnored(name)) found.push(...projectFiles(root, name));
  }
  return found.sort();
}

/** The project's TypeScript files. */
export function sourceFiles(root: string): string[] {
  return projectFiles(root).filter((name) => name.endsWith(".ts"));
}
