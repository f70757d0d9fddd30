/**
 * The device build: TypeScript to ES5 modules, to one module, to small names, to code that needs no
 * hoisting, to short forms, to the interpreter's tokens. The result is a plain list of top-level
 * statements, not one function around everything: an interpreter with 100 KB of memory can load
 * twice as much of that.
 */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import path from "node:path";
import { type Plugin, rollup } from "rollup";
import { minify } from "terser";
import { type CompiledModule, compileDevice, MATH_PRELUDE } from "./compile";
import { checkBundle } from "./engine-check";
import { hoist } from "./hoist";
import { inline } from "./inline";
import { nestLazy } from "./nest-lazy";
import { useShortForms } from "./short-forms";
import { attributeBytes } from "./size";
import { tokenise } from "./tokens";

export interface Bundle {
  code: string;
  /** What lies in flash, one byte a character. */
  tokens: string;
  /** `code` in ES5, which is what was checked. */
  es5Code: string;
  sizeBytes: number;
  sha256: string;
  /** Bytes of the bundle by source file, relative to the root, largest first. */
  modules: Record<string, number>;
}

/**
 * Builds `entry` (relative to `root`); `moreGlobals` are those it may use beside the usual ones.
 * @throws Error that names the file and the cause: compiler errors, a helper, a package import, or
 * something the engine cannot run.
 */
export async function buildBundle(
  root: string,
  entry: string,
  moreGlobals: readonly string[] = [],
): Promise<Bundle> {
  const entryFile = path.resolve(root, entry);
  const { modules, shortenable } = compileDevice([
    entryFile,
    ...ambientDeclarations(path.dirname(entryFile)),
  ]);
  const joined = await joinModules(root, entryFile, modules);
  const small = await shrink(inlined(joined), shortenable);
  const hoisted = hoist(nestLazy(small.code));
  const problems = checkBundle(hoisted).filter(
    (problem) => !moreGlobals.some((name) => problem.startsWith(`unknown global ${name},`)),
  );
  if (problems.length > 0) throw new Error(`${entry}: ${problems.join(`\n${entry}: `)}`);
  const code = `${useShortForms(hoisted)}\n`;
  const tokens = tokenise(code);
  const sizeBytes = tokens.length;
  return {
    code,
    tokens,
    es5Code: hoisted,
    sizeBytes,
    sha256: createHash("sha256").update(tokens, "latin1").digest("hex"),
    modules: attributeBytes(small.code, small.map, root, sizeBytes),
  };
}

/** Characters of source; about a fifth of them are left in flash. With more, flash runs short. */
const GROWTH_MAX = 300;

function inlined({ code, map }: MappedCode): MappedCode {
  const text = inline(code, GROWTH_MAX);
  return { code: text.code, map: text.map(code, map) };
}

interface MappedCode {
  code: string;
  /** A version 3 source map as JSON text. */
  map: string;
}

/** What a board declares of its interpreter stands beside the board's file. */
function ambientDeclarations(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".d.ts"));
  return names.sort().map((name) => path.join(folder, name));
}

async function joinModules(
  root: string,
  entryFile: string,
  compiled: Map<string, CompiledModule>,
): Promise<MappedCode> {
  const build = await rollup({
    input: entryFile,
    plugins: [compiledModules(root, compiled)],
    onwarn: (warning) => {
      throw new Error(warning.message);
    },
  });
  const { output } = await build.generate({
    file: path.join(root, "bundle.js"),
    format: "es",
    sourcemap: true,
    banner: MATH_PRELUDE,
    generatedCode: "es5",
  });
  await build.close();
  const { code, exports, map } = output[0];
  if (exports.length > 0) throw new Error(`a board exports nothing, but found ${exports.join()}`);
  return { code: code.replace(/\/\/# sourceMappingURL=.*\n?$/, ""), map: String(map) };
}

function compiledModules(root: string, compiled: Map<string, CompiledModule>): Plugin {
  return {
    name: "compiled-modules",
    resolveId: (imported, importer) => {
      if (importer === undefined) return imported;
      const file = `${path.resolve(path.dirname(importer), imported)}.ts`;
      if (imported.startsWith(".") && compiled.has(file)) return file;
      const place = path.relative(root, importer);
      throw new Error(`${place}: device code imports only its own files, not "${imported}"`);
    },
    load: (file) => compiled.get(file) ?? null,
  };
}

/**
 * A short name for each member, the shortest for those used most: the minifier by itself hands
 * them out in the order in which it meets them.
 */
function shortNames(code: string, shortenable: string[]): Record<string, string> {
  const uses = new Map(shortenable.map((name) => [name, 0]));
  for (const [word] of code.matchAll(/[A-Za-z_$][\w$]*/g)) {
    const count = uses.get(word);
    if (count !== undefined) uses.set(word, count + 1);
  }
  const byUse = [...uses].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const members = code.matchAll(/\.([A-Za-z_$][\w$]*)|([A-Za-z_$][\w$]*)\s*:/g);
  const taken = new Set([...members].map((match) => match[1] ?? match[2]));
  const names: Record<string, string> = {};
  let number = 0;
  for (const [name] of byUse) {
    let short = "";
    do short = nameOf(number++);
    while (taken.has(short) || RESERVED_SHORT.includes(short));
    names[`$${name}`] = short;
  }
  return names;
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ$_";
/** Keywords of two letters, and the interpreter's toolbox. */
const RESERVED_SHORT = ["do", "if", "in", "E"];

function nameOf(number: number): string {
  const first = Math.floor(number / LETTERS.length) - 1;
  const last = LETTERS[number % LETTERS.length];
  return first < 0 ? last : LETTERS[first] + last;
}

/**
 * One letter for each of the global names used most. The minifier hands out letters from the other
 * end of the alphabet, to local names first.
 */
function shortGlobals(code: string): Record<string, string> {
  const declarations = code.matchAll(/^(?:function|var) ([A-Za-z_$][\w$]*)( = \d{1,5};)?/gm);
  const uses = new Map<string, number>();
  for (const [, name, number] of declarations) {
    // Short numbers that never change are written where they are used and need no letter.
    const isConstant = number !== undefined && !isAssigned(code, name);
    if (!isConstant) uses.set(name, 0);
  }
  for (const [word] of code.matchAll(/(?<![.\w$])[A-Za-z_$][\w$]*/g)) {
    const count = uses.get(word);
    if (count !== undefined) uses.set(word, count + 1);
  }
  const byUse = [...uses].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const names: Record<string, string> = {};
  byUse.slice(0, GLOBAL_LETTERS.length).forEach(([name], index) => {
    names[`$${name}`] = GLOBAL_LETTERS[index];
  });
  return names;
}

/** Whether a global is set anywhere but in its declaration. */
function isAssigned(code: string, name: string): boolean {
  const writes = new RegExp(
    `(?<![.\\w$])${name.replaceAll("$", "\\$")}(\\+\\+|--| [-+*/|&^]?= )`,
    "g",
  );
  return [...code.matchAll(writes)].length > 1;
}

const GLOBAL_LETTERS = "_$ZYXWVUTSRQPONMLKJIHGFDCBA";

async function shrink(joined: MappedCode, shortenable: string[]): Promise<MappedCode> {
  const result = await minify(joined.code, {
    ecma: 5,
    toplevel: true,
    compress: {
      ecma: 5,
      hoist_funs: true,
      passes: 3,
      // Device code has no getters (scripts/tidy refuses them).
      pure_getters: true,
      // Nothing is compared with `true` or `false`.
      booleans_as_integers: true,
      keep_fargs: false,
      // Moving a function to its only caller would make the interpreter create it on every call.
      reduce_funcs: false,
    },
    // E is the interpreter's own toolbox; the uploader needs it even where the bundle does not.
    mangle: {
      toplevel: true,
      reserved: ["E"],
      properties: { builtins: true, regex: new RegExp(`^(?:${shortenable.join("|")})$`) },
    },
    format: { ascii_only: true, ecma: 5 },
    sourceMap: { content: joined.map },
    nameCache: {
      vars: { props: shortGlobals(joined.code) },
      props: { props: shortNames(joined.code, shortenable) },
    },
  });
  return { code: result.code ?? "", map: String(result.map) };
}
