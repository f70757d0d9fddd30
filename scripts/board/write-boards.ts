/** `write-boards.ts` writes what is made from the board profiles: entry files and pictures. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { boardFiles } from "./board-files";

for (const [name, content] of boardFiles()) {
  mkdirSync(path.dirname(name), { recursive: true });
  writeFileSync(name, content);
  console.log(name);
}
