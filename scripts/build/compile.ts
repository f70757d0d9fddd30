/**
 * Device TypeScript to ES5 modules, with const enums inlined over file borders. What ES5 has no
 * word for would need a run-time helper; such code is refused, because helpers cost memory on the
 * pad and half of TypeScript's do not run there.
 */
import path from "node:path";
import ts from "typescript";
import { shortenableNames } from "./member-names";

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES5,
  ignoreDeprecations: "6.0",
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.es5.d.ts"],
  types: [],
  strict: true,
  skipLibCheck: true,
  removeComments: true,
  sourceMap: true,
  noEmitHelpers: true,
};

export interface CompiledModule {
  code: string;
  /** A version 3 source map as JSON text. */
  map: string;
}

export interface CompiledDevice {
  /** By the absolute name of the source. */
  modules: Map<string, CompiledModule>;
  /** Names of fields and methods that may be replaced throughout by shorter ones. */
  shortenable: string[];
}

/**
 * Compiles the files and all they import.
 * @throws Error with all the compiler's messages, or the file that needs a helper.
 */
export function compileDevice(fileNames: string[]): CompiledDevice {
  const program = ts.createProgram(fileNames, OPTIONS);
  const diagnostics = ts.getPreEmitDiagnostics(program);
  if (diagnostics.length > 0) throw new Error(formatDiagnostics(diagnostics));
  const modules = new Map<string, CompiledModule>();
  const store: ts.WriteFileCallback = (fileName, text, _bom, _onError, sources) => {
    const source = path.resolve(sources?.[0].fileName ?? fileName);
    const compiled = modules.get(source) ?? { code: "", map: "" };
    if (fileName.endsWith(".map")) compiled.map = text;
    else compiled.code = text.replace(/\/\/# sourceMappingURL=.*\n?$/, "");
    modules.set(source, compiled);
  };
  program.emit(undefined, store, undefined, false, { before: [templatesToSums] });
  for (const [source, { code }] of modules) refuseHelpers(source, code);
  return { modules, shortenable: shortenableNames(program) };
}

/** `a${b}c` as "a"+b+"c", which is shorter and quicker on the pad than a call of `concat`. */
function templatesToSums(context: ts.TransformationContext): ts.Transformer<ts.SourceFile> {
  const { factory } = context;
  const replace = (node: ts.Node): ts.Node => {
    const visited = ts.visitEachChild(node, replace, context);
    if (!ts.isTemplateExpression(visited)) return visited;
    let sum: ts.Expression = factory.createStringLiteral(visited.head.text);
    for (const { expression, literal } of visited.templateSpans) {
      sum = factory.createAdd(sum, factory.createParenthesizedExpression(expression));
      if (literal.text !== "") {
        sum = factory.createAdd(sum, factory.createStringLiteral(literal.text));
      }
    }
    return factory.createParenthesizedExpression(sum);
  };
  return (file) => ts.visitNode(file, replace, ts.isSourceFile);
}

function refuseHelpers(source: string, code: string): void {
  const helper = /\b__[a-z]\w*/i.exec(code);
  if (helper === null) return;
  throw new Error(`${source}: needs the helper ${helper[0]}; say it without spread or classes`);
}

export function formatDiagnostics(diagnostics: readonly ts.Diagnostic[]): string {
  return ts.formatDiagnostics(diagnostics, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => process.cwd(),
    getNewLine: () => "\n",
  });
}
