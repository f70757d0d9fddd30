// Puts one deliberate bug into the source of the module that it belongs to, as it is loaded.
// Nothing of it is in the files themselves, so nothing of it can ship.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const name = process.env.CLUBPAD_CANARY;
const table = JSON.parse(readFileSync(new URL("./canaries.json", import.meta.url), "utf8"));
const canary = table.find((each) => each.name === name);
if (canary === undefined) throw new Error(`CLUBPAD_CANARY: there is no canary "${name}"`);
const target = new URL(`../../../${canary.file}`, import.meta.url).href;

export async function load(url, context, nextLoad) {
  if (url.split("?")[0] !== target) return nextLoad(url, context);
  let source = readFileSync(fileURLToPath(target), "utf8");
  for (const [from, to] of canary.edits) {
    if (source.split(from).length !== 2) throw new Error(`canary ${name}: not once: ${from}`);
    source = source.replace(from, () => to);
  }
  return { format: "module", source, shortCircuit: true };
}
