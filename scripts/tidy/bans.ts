/**
 * Words that are banned, each with its replacement. Device code is a small language, because it is
 * compiled to ES5 for Espruino and to Lua 5.1; elsewhere time and chance must come from outside, so
 * that a run can be repeated.
 */
import ts from "typescript";
import { lineOf, type Problem, type SourceModule, walk } from "./source-module";

const K = ts.SyntaxKind;

/** Syntax that device code does without. */
const DEVICE_SYNTAX = new Map<ts.SyntaxKind, string>([
  [K.ClassDeclaration, "class: return a record of functions from a factory"],
  [K.ClassExpression, "class: return a record of functions from a factory"],
  [K.ThrowStatement, "throw: return a Status"],
  [K.TryStatement, "try: return a Status"],
  [K.ContinueStatement, "continue: put an if around the rest of the loop"],
  [K.LabeledStatement, "label: return from a function"],
  [K.AsyncKeyword, "async: write a step function"],
  [K.AwaitExpression, "await: write a step function"],
  [K.YieldExpression, "yield: write a step function"],
  [K.RegularExpressionLiteral, "regular expression: loop over character codes"],
  [K.GetAccessor, "getter: write a function"],
  [K.SetAccessor, "setter: write a function"],
  [K.SpreadElement, "spread: name the elements"],
  [K.SpreadAssignment, "spread: name the fields"],
  [K.ArrayBindingPattern, "array destructuring: index the array"],
  [K.NullKeyword, "null: use undefined"],
  [K.BigIntLiteral, "bigint: money is below 2^53"],
  [K.GreaterThanGreaterThanGreaterThanToken, ">>>: use Math.floor and a mask"],
  [K.GreaterThanGreaterThanGreaterThanEqualsToken, ">>>=: use Math.floor and a mask"],
  [K.TypeOfExpression, "typeof: let types tell"],
]);

/** Globals that device code does without; boards are the place that may touch globals. */
const DEVICE_GLOBALS: Record<string, string> = {
  Date: "Clock",
  Map: "an array of records",
  Promise: "a step function",
  Set: "an array of records",
  Symbol: "a const enum",
  Uint8Array: "Bytes and newBytes",
  WeakMap: "a field of the record",
  console: "a Status",
  globalThis: "a parameter of the factory",
  process: "a parameter of the factory",
  require: "a parameter of the factory",
  setInterval: "step(nowMs)",
  setTimeout: "step(nowMs)",
};

/** Member calls by area; the area is a test on the file's name. */
const MEMBERS: [path: string, area: RegExp, replacement: string][] = [
  ["Math.random", /./, "a seeded source of randomness"],
  ["Date.now", /^(?:card-layout|firmware|host-sim)\//, "the clock that is passed in"],
  ["test.only", /\.test\.ts$/, "test: a suite runs whole"],
];

const DEVICE = /^(?:card-layout|firmware)\//;
const BOARD = /^firmware\/boards\//;
/** Where a fault of the pad ends, so that its loop goes on. */
const LOOP_FILE = "firmware/boards/espruino.ts";
/** The one file that says what `Bytes` is on this engine. */
const BYTES_FILE = "card-layout/bytes.ts";

export function checkBans(module: SourceModule): Problem[] {
  const isDevice = DEVICE.test(module.name) && !module.isTest;
  const problems: Problem[] = [];
  walk(module.tree, (node) => {
    const found = [bannedAnywhere(node, module.name)];
    if (isDevice) found.push(bannedSyntax(node, module.name), bannedGlobal(node, module.name));
    for (const text of found) {
      if (text !== undefined) problems.push({ line: lineOf(module.tree, node), text });
    }
  });
  return problems;
}

/** Bans that hold for the text of any file, comments included. */
export function checkText(text: string): Problem[] {
  const problems: Problem[] = [];
  text.split("\n").forEach((line, i) => {
    if (/\b(?:TOD[O]|FIXM[E]|XX[X])\b/.test(line)) {
      problems.push({ line: i + 1, text: "an unfinished place: finish it or say why it is so" });
    }
    if (/^(?:<{7}|>{7}|\|{7})(?: |$)/.test(line)) {
      problems.push({ line: i + 1, text: "two versions of a merge: keep one" });
    }
    if (/(?<![\w.\])}>*-])\/(?:work|farm|home|root|Users)\/\w/.test(line)) {
      problems.push({ line: i + 1, text: "a path of one machine: use a relative path" });
    }
  });
  return problems;
}

function bannedAnywhere(node: ts.Node, name: string): string | undefined {
  if (node.kind === K.AnyKeyword) return "any: use a type, or unknown and a check";
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const path = node.getText();
  const member = MEMBERS.find(([banned, area]) => banned === path && area.test(name));
  return member && `${member[0]}: use ${member[2]}`;
}

function bannedSyntax(node: ts.Node, name: string): string | undefined {
  if (node.kind === K.TryStatement && name === LOOP_FILE) return undefined;
  if (ts.isEnumDeclaration(node) && !hasConst(node)) return "enum: use const enum";
  if (ts.isBinaryExpression(node) && isOrZero(node)) return "|0: use Math.floor";
  if (ts.isCaseBlock(node) && !isDefaultLast(node)) return "default before a case: put it last";
  return DEVICE_SYNTAX.get(node.kind);
}

function bannedGlobal(node: ts.Node, name: string): string | undefined {
  if (!ts.isIdentifier(node) || BOARD.test(name)) return undefined;
  if (!Object.hasOwn(DEVICE_GLOBALS, node.text) || isMemberName(node)) return undefined;
  if (node.text === "Uint8Array" && name === BYTES_FILE) return undefined;
  return `${node.text}: use ${DEVICE_GLOBALS[node.text]}`;
}

function hasConst(node: ts.EnumDeclaration): boolean {
  return node.modifiers?.some((modifier) => modifier.kind === K.ConstKeyword) ?? false;
}

function isOrZero(node: ts.BinaryExpression): boolean {
  return node.operatorToken.kind === K.BarToken && node.right.getText() === "0";
}

function isDefaultLast(block: ts.CaseBlock): boolean {
  const index = block.clauses.findIndex(ts.isDefaultClause);
  return index === -1 || index === block.clauses.length - 1;
}

/** The name of a field or enum value, not a variable. */
function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    ((ts.isPropertyAssignment(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isEnumMember(parent)) &&
      parent.name === node)
  );
}
