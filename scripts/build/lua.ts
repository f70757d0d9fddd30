/**
 * Device code to one Lua 5.1 file. It is the second judge of the device language: what has no
 * faithful form in Lua (a number used as a condition, a changed `this`) is refused here.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import * as tstl from "typescript-to-lua";
import { LUA_BYTES } from "./bytes-lua";
import { formatDiagnostics } from "./compile";

/**
 * Lua 5.1 has no bit operators; interpreters for devices bring the `bit` library, and the compiler
 * does emit calls of it, next to this error.
 */
const NO_BIT_OPERATORS = "Bitwise operations is/are not supported";

/** What `Bytes` is on this engine. */
const BYTES_FILE = "card-layout/bytes.ts";

export interface LuaBundle {
  code: string;
  /** The compiler's errors and warnings; empty when the code is fit for Lua. */
  problems: string;
}

/** Compiles `entry` and all it imports; both paths are absolute. */
export function compileLua(root: string, entry: string, alsoCheck: string[] = []): LuaBundle {
  const options: tstl.CompilerOptions = {
    target: ts.ScriptTarget.ES2020,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["lib.es5.d.ts"],
    types: [],
    strict: true,
    skipLibCheck: true,
    rootDir: root,
    outDir: path.join(root, "out"),
    luaTarget: tstl.LuaTarget.Lua51,
    luaLibImport: tstl.LuaLibImportKind.RequireMinimal,
    luaBundle: "device.lua",
    luaBundleEntry: entry,
    // Methods of interfaces are fields that hold plain functions; both must be called alike.
    noImplicitSelf: false,
    noHeader: true,
    removeComments: true,
    // Found by the device, beside the bundle; what rule-cases.ts is handed.
    noResolvePaths: ["screens", "tap"],
  };
  let code = "";
  const files = [entry, ...alsoCheck];
  const host = ts.createCompilerHost(options, true);
  const read = host.getSourceFile.bind(host);
  const bytesFile = path.join(root, BYTES_FILE);
  const luaBytes = luaBytesSource(bytesFile);
  const asWritten = ts.createProgram(files, options, host);
  const checker = asWritten.getTypeChecker();
  host.getSourceFile = (name, ...more) => {
    const source = asWritten.getSourceFile(name);
    let text = source === undefined ? undefined : withLiveImports(source, checker);
    if (path.resolve(name) === bytesFile) text = luaBytes;
    if (text === undefined) return read(name, ...more);
    return ts.createSourceFile(name, text, ts.ScriptTarget.ES2020, true);
  };
  const program = ts.createProgram(files, options, host);
  const { diagnostics } = new tstl.Transpiler().emit({
    program,
    writeFile: (file, text) => {
      if (file.endsWith("device.lua")) code = text;
    },
  });
  const real = [...ts.getPreEmitDiagnostics(program), ...diagnostics].filter(
    ({ messageText }) => !String(messageText).startsWith(NO_BIT_OPERATORS),
  );
  return { code, problems: formatDiagnostics(real) };
}

/** bytes.ts with the functions of bytes-lua.ts instead of those that need typed arrays. */
function luaBytesSource(bytesFile: string): string {
  const names = new Set(
    [...LUA_BYTES.matchAll(/^export function (\w+)/gm)].map((match) => match[1]),
  );
  const original = ts.createSourceFile(
    bytesFile,
    readFileSync(bytesFile, "utf8"),
    ts.ScriptTarget.ES2020,
    true,
  );
  const kept = original.statements.filter(
    (statement) => !ts.isFunctionDeclaration(statement) || !names.has(statement.name?.text ?? ""),
  );
  return [...kept.map((statement) => statement.getFullText()), LUA_BYTES].join("\n");
}

/**
 * The compiler reads an imported variable once, when its module starts; what the other module
 * assigns later is not seen. So what comes from an `export let` is written as a member of its
 * module. The changed text, or undefined when there is nothing of the kind.
 */
function withLiveImports(file: ts.SourceFile, checker: ts.TypeChecker): string | undefined {
  const edits: { at: number; end: number; text: string }[] = [];
  const modules = new Map<string, string>();
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return;
    const specifier = ts.isIdentifier(node) ? liveSpecifier(node, checker) : undefined;
    if (specifier !== undefined) {
      const module = `live${specifier.replace(/\W/g, "")}`;
      modules.set(specifier, module);
      const label = ts.isShorthandPropertyAssignment(node.parent) ? `${node.getText()}: ` : "";
      const text = `${label}${module}.${node.getText()}`;
      edits.push({ at: node.getStart(), end: node.end, text });
    }
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(file, visit);
  if (edits.length === 0) return undefined;
  let { text } = file;
  for (const edit of edits.sort((a, b) => b.at - a.at)) {
    text = text.slice(0, edit.at) + edit.text + text.slice(edit.end);
  }
  const imports = [...modules].map(([from, name]) => `import * as ${name} from "${from}";`);
  return `${imports.join(" ")} ${text}`;
}

/** Where a name comes from, if it is imported and is an `export let` there. */
function liveSpecifier(node: ts.Identifier, checker: ts.TypeChecker): string | undefined {
  const symbol = ts.isShorthandPropertyAssignment(node.parent)
    ? checker.getShorthandAssignmentValueSymbol(node.parent)
    : checker.getSymbolAtLocation(node);
  const local = symbol?.declarations?.[0];
  if (symbol === undefined || local === undefined || !ts.isImportSpecifier(local)) return undefined;
  const variable = checker.getAliasedSymbol(symbol).valueDeclaration;
  if (variable === undefined || !ts.isVariableDeclaration(variable)) return undefined;
  if ((ts.getCombinedNodeFlags(variable) & ts.NodeFlags.Const) !== 0) return undefined;
  return (local.parent.parent.parent.moduleSpecifier as ts.StringLiteral).text;
}
