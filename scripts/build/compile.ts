/**
 * Device TypeScript to ES5 modules, with const enums inlined over file borders. What ES5 has no
 * word for would need a run-time helper; such code is refused, because helpers cost memory on the
 * pad and half of TypeScript's do not run there.
 */
import path from "node:path";
import ts from "typescript";
import { shortenableNames } from "./member-names";
import { LAZILY } from "./nest-lazy";

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
  program.emit(undefined, store, undefined, false, { before: [shorter(program.getTypeChecker())] });
  for (const [source, { code }] of modules) refuseHelpers(source, code);
  return { modules, shortenable: shortenableNames(program) };
}

/**
 * Says the same in fewer bytes, where types prove that it is the same: `a${b}c` as "a"+b+"c", which
 * also is quicker on the pad than a call of `concat`; `===` between numbers as `==`; and
 * the functions of `Math` used most by short names of their own (`MATH_PRELUDE`).
 */
function shorter(checker: ts.TypeChecker): ts.TransformerFactory<ts.SourceFile> {
  return (context) => {
    const { factory } = context;
    const replace = (node: ts.Node): ts.Node => {
      const equality = looseEquality(node, checker);
      const visited = ts.visitEachChild(node, replace, context);
      if (ts.isTemplateExpression(visited)) return sumOf(visited, factory);
      if (equality !== undefined && ts.isBinaryExpression(visited)) {
        return factory.createBinaryExpression(visited.left, equality, visited.right);
      }
      if (isLazily(node, checker)) return factory.createIdentifier(LAZILY);
      const name = ts.isPropertyAccessExpression(node) ? SHORT_MATH.get(node.getText()) : undefined;
      return name === undefined ? visited : factory.createIdentifier(name);
    };
    return (file) => ts.visitNode(file, replace, ts.isSourceFile);
  };
}

/** The name of firmware/hal/lazily.ts where it is called. */
function isLazily(node: ts.Node, checker: ts.TypeChecker): boolean {
  if (!ts.isIdentifier(node) || !ts.isCallExpression(node.parent)) return false;
  if (node.parent.expression !== node || node.text !== "lazily") return false;
  const symbol = checker.getSymbolAtLocation(node);
  return symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0;
}

const SHORT_MATH = new Map([
  ["Math.floor", "mathFloor"],
  ["Math.max", "mathMax"],
  ["Math.min", "mathMin"],
]);
/** To stand before the joined modules. */
export const MATH_PRELUDE = [...SHORT_MATH]
  .map(([long, name]) => `var ${name} = ${long};\n`)
  .join("");

/** `==` or `!=` when both sides can only be numbers. */
function looseEquality(node: ts.Node, checker: ts.TypeChecker): ts.BinaryOperator | undefined {
  if (!ts.isBinaryExpression(node)) return undefined;
  const operator = LOOSE.get(node.operatorToken.kind);
  if (operator === undefined) return undefined;
  const areNumbers = [node.left, node.right].every((side) => {
    const type = checker.getTypeAtLocation(side);
    const parts = type.isUnion() ? type.types : [type];
    return parts.every(({ flags }) => (flags & ts.TypeFlags.NumberLike) !== 0);
  });
  return areNumbers ? operator : undefined;
}

const LOOSE = new Map<ts.SyntaxKind, ts.BinaryOperator>([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.EqualsEqualsToken],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsToken],
]);

function sumOf(template: ts.TemplateExpression, factory: ts.NodeFactory): ts.Expression {
  let sum: ts.Expression = factory.createStringLiteral(template.head.text);
  for (const { expression, literal } of template.templateSpans) {
    sum = factory.createAdd(sum, factory.createParenthesizedExpression(expression));
    if (literal.text !== "")
      sum = factory.createAdd(sum, factory.createStringLiteral(literal.text));
  }
  return factory.createParenthesizedExpression(sum);
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
