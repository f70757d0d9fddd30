/**
 * Device code to one Lua 5.1 file. It is the second judge of the device language: what has no
 * faithful form in Lua (a number used as a condition, a changed `this`) is refused here.
 */
import path from "node:path";
import ts from "typescript";
import * as tstl from "typescript-to-lua";
import { formatDiagnostics } from "./compile";

/**
 * Lua 5.1 has no bit operators; interpreters for devices bring the `bit` library, and the compiler
 * does emit calls of it, next to this error.
 */
const NO_BIT_OPERATORS = "Bitwise operations is/are not supported";

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
  };
  let code = "";
  const { diagnostics } = tstl.transpileFiles([entry, ...alsoCheck], options, (file, text) => {
    if (file.endsWith("device.lua")) code = text;
  });
  const real = diagnostics.filter(
    ({ messageText }) => !String(messageText).startsWith(NO_BIT_OPERATORS),
  );
  return { code, problems: formatDiagnostics(real) };
}
