/** What a NodeMCU carries: the bundle as Lua, and the screens as a Lua string. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { LANGUAGES, packAssets } from "../../host-sim/device-assets";
import { compileLua } from "../build/lua";

const ENTRY = "firmware/boards/nodemcu.ts";
const DECLARATIONS = "firmware/boards/nodemcu-globals.d.ts";

/** File name -> content, one character a byte. @throws Error with the compiler's messages. */
export function nodemcuFiles(root: string): Record<string, string> {
  const { code, problems } = compileLua(root, path.join(root, ENTRY), [
    path.join(root, DECLARATIONS),
  ]);
  if (problems !== "") throw new Error(problems);
  return {
    "clubpad.lua": withoutUnused(code),
    "screens.lua": `return "${luaString(packAssets(...LANGUAGES))}"\n`,
  };
}

/** The compiler bundles modules of which only types are used, like another board's pages. */
function withoutUnused(bundle: string): string {
  const modules = new Map([...bundle.matchAll(MODULE)].map(([text, name]) => [name, text]));
  const rest = bundle.replace(MODULE, "");
  const used = new Set<string>();
  const visit = (text: string) => {
    for (const [, name] of text.matchAll(/require\("([^"]+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(modules.get(name) ?? "");
    }
  };
  visit(rest);
  return bundle.replace(MODULE, (text, name: string) => (used.has(name) ? text : ""));
}

/** Of the bundle's table. */
const MODULE = /^\["([^"]+)"\] = function\(\.\.\.\).*?^ ?end,\n/gms;

/** Three digits each, so that a digit behind belongs to no escape. */
function luaString(octets: string): string {
  return octets.replace(
    /[^ !#-[\]-~]/g,
    (octet) => `\\${String(octet.charCodeAt(0)).padStart(3, "0")}`,
  );
}

/** Writes them into build/nodemcu and says what they weigh. */
export function writeNodemcu(root: string): string[] {
  const folder = path.join("build", "nodemcu");
  mkdirSync(path.join(root, folder), { recursive: true });
  return Object.entries(nodemcuFiles(root)).map(([name, content]) => {
    writeFileSync(path.join(root, folder, name), content, "latin1");
    return `${folder}/${name}: ${content.length} bytes`;
  });
}
