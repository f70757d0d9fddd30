/**
 * What a finished bundle may not contain, because Espruino lacks it or does it differently. The
 * list was found by running each feature in Espruino 2v29.
 */
import { type Node, type Program, parse } from "acorn";
import { buildScopes, childNodes, type Fields, resolve, type Scope } from "./es5-scopes";
import { namesToHoist } from "./hoist";

/** Globals every Espruino board has. A board names its own peripherals and pins beside these. */
const ENGINE_GLOBALS = [
  ..."Array ArrayBuffer Boolean DataView Date E Error Function Infinity JSON Math NaN".split(" "),
  ..."Number Object Storage String Uint8Array Uint16Array Uint32Array Int8Array".split(" "),
  ..."Int32Array Float64Array clearInterval clearTimeout digitalRead digitalWrite".split(" "),
  ..."digitalPulse analogWrite analogRead getTime isFinite isNaN parseFloat parseInt".split(" "),
  ..."loader peek32 pinMode poke32 print process require setInterval setTimeout setTime".split(" "),
  ..."setWatch clearWatch shiftOut load reset trace undefined I2C SPI Serial Pin".split(" "),
];
const PERIPHERAL = /^(?:[A-D]\d{1,2}|(?:SPI|I2C|Serial)\d|LED\d?|BTN\d?|LoopbackA|LoopbackB|USB)$/;

const BUILT_IN_TYPES = /^(?:Array|String|Object|Function|Number|Uint8Array)$/;
const MISSING_STATICS = new Set(
  ["Array.from", "Uint8Array.from", "Object.freeze", "Number.isInteger", "Math.clz32"].concat([
    "Math.imul",
    "Math.trunc",
  ]),
);

type Rule = (node: Fields, source: string) => string | undefined;

const RULES: Record<string, Rule> = {
  FunctionDeclaration: (node, source) => refuseBareReturn(node, source),
  FunctionExpression: (node, source) => refuseBareReturn(node, source),
  LabeledStatement: () => "labels are not supported",
  WithStatement: () => "`with` is not supported",
  Property: (node) => (node.kind === "init" ? undefined : "getters and setters are not portable"),
  Literal: (node) =>
    node.regex === undefined ? undefined : "regular expressions are not portable",
  SwitchStatement: (node) => {
    const tests = (node.cases as Fields[]).map((branch) => branch.test);
    const isLast = tests.indexOf(null) === -1 || tests.indexOf(null) === tests.length - 1;
    return isLast ? undefined : "`default` before a `case` is not supported";
  },
  MemberExpression: (node) => {
    const object = (node.object as Fields).name as string | undefined;
    const property = (node.property as Fields).name as string | undefined;
    // Where the engine knows Unicode, it makes two bytes of a character from 80h on.
    if (property === "charAt" && !node.computed) return "charAt is not for bytes: use substring";
    if (object === undefined || node.computed) return undefined;
    if (property === "prototype" && BUILT_IN_TYPES.test(object)) {
      return `${object}.prototype has no methods to refer to`;
    }
    const path = `${object}.${property}`;
    return MISSING_STATICS.has(path) ? `${path} does not exist` : undefined;
  },
};

/** One line per problem with its place; empty when the bundle is fit for the engine. */
export function checkBundle(source: string): string[] {
  let program: Program;
  try {
    program = parse(source, { ecmaVersion: 5 });
  } catch (error) {
    return [`not ES5: ${(error as Error).message}`];
  }
  const problems: string[] = [];
  const report = (node: { start: number }, problem: string) =>
    problems.push(`${problem}, at: ${source.slice(node.start, node.start + 60)}`);
  if (/[^\n\x20-\x7e]/.test(source)) problems.push("not plain ASCII");
  checkNode(program, source, report);
  checkScope(buildScopes(program), report);
  return problems;
}

type Report = (node: { start: number }, problem: string) => void;

function checkNode(node: Node, source: string, report: Report): void {
  const problem = RULES[node.type]?.(node as Fields, source);
  if (problem !== undefined) report(node, problem);
  for (const child of childNodes(node)) checkNode(child, source, report);
}

function refuseBareReturn(node: Fields, source: string): string | undefined {
  const isBare = /(?<![.\w$])return\s*\}$/.test(source.slice(node.start, node.end));
  return isBare ? "a bare `return` at the end of a function needs a semicolon" : undefined;
}

function checkScope(scope: Scope, report: Report): void {
  checkFunctionPrefix(scope, report);
  for (const name of namesToHoist(scope)) {
    const { node } = scope.declarators.find((declarator) => declarator.name === name) ?? scope;
    report(node, `variable ${name} can be touched before its var statement runs`);
  }
  for (const { name, position } of scope.references) {
    const isKnown = ENGINE_GLOBALS.includes(name) || PERIPHERAL.test(name);
    if (!isKnown && resolve(scope, name) === undefined) {
      report({ start: position }, `unknown global ${name}`);
    }
  }
  for (const child of scope.children) checkScope(child, report);
}

function checkFunctionPrefix(scope: Scope, report: Report): void {
  for (const declared of scope.blockFunctions) report(declared, "function declared in a block");
  let hasOther = false;
  for (const statement of scope.statements) {
    const isDirective = statement.type === "ExpressionStatement" && statement.directive;
    if (statement.type !== "FunctionDeclaration") hasOther = hasOther || !isDirective;
    else if (hasOther) report(statement, "function declared after other statements");
  }
}
