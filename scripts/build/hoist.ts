/**
 * Makes ES5 code independent of hoisting, because Espruino hoists neither `function` nor `var`: a
 * `var` that was not executed yet makes the name mean a variable of an outer function, silently.
 *
 * It also ends a bare `return`, which Espruino needs at the end of a function.
 *
 * In the result every function starts with its function declarations, then declares at once each
 * variable that could be touched before its own `var` runs, and no name is declared twice.
 */
import { parse } from "acorn";
import {
  buildScopes,
  type Declarator,
  type FunctionNode,
  isUsedInside,
  type Scope,
  type Statement,
  type VarStatement,
} from "./es5-scopes";

interface Edit {
  start: number;
  end: number;
  text: string;
}

/** @throws Error for a function declared inside a block, whose meaning ES5 leaves open. */
export function hoist(source: string): string {
  const root = buildScopes(parse(source, { ecmaVersion: 5 }));
  const { prefix, edits } = planScope(source, root);
  const rest = root.statements
    .filter((statement) => !isPrefix(statement))
    .map((statement) => ({
      text: applyEdits(source, statement.start, statement.end, edits),
      endsFreely: /^(Expression|Variable)/.test(statement.type),
    }));
  const opening = prefix.map((text) => ({ text, endsFreely: true }));
  return joinStatements([...opening, ...rest]);
}

/** The names of `scope` that have to be declared before anything else of it runs. */
export function namesToHoist(scope: Scope): Set<string> {
  const bound = boundNames(scope);
  const names = new Set<string>();
  for (const declarator of scope.declarators) {
    if (isTouchedEarly(scope, declarator)) names.add(declarator.name);
  }
  // A statement keeps its `var` for all of its names or for none, so one name takes others along.
  for (let before = -1; before !== names.size; ) {
    before = names.size;
    for (const statement of scope.varStatements) {
      if (keepsVar(scope, statement, names)) continue;
      for (const name of namesOf(statement)) if (!bound.has(name)) names.add(name);
    }
  }
  for (const name of bound) names.delete(name);
  return names;
}

interface Plan {
  /** Directives, function declarations and the statement of hoisted variables. */
  prefix: string[];
  /** What to change in the other statements, in source order. */
  edits: Edit[];
}

function planScope(source: string, scope: Scope): Plan {
  if (scope.blockFunctions.length > 0) {
    const name = scope.blockFunctions[0].id.name;
    throw new Error(`function ${name} is declared inside a block; declare it in a function body`);
  }
  const edits: Edit[] = [];
  const functionTexts = new Map<FunctionNode, string>();
  for (const child of scope.children) {
    const node = child.node as FunctionNode;
    const text = renderFunction(source, child, node);
    functionTexts.set(node, text);
    if (node.type === "FunctionExpression") edits.push({ start: node.start, end: node.end, text });
  }
  const hoisted = namesToHoist(scope);
  const opening = openingVarStatement(scope, hoisted);
  for (const statement of scope.varStatements) {
    if (statement === opening) edits.push(addNames(statement, hoisted));
    else if (!keepsVar(scope, statement, hoisted)) edits.push(...dropVar(statement));
  }
  const prefix = scope.statements.filter(isDirective).map((s) => source.slice(s.start, s.end));
  for (const declared of scope.functions) prefix.push(functionTexts.get(declared) as string);
  if (hoisted.size > 0 && opening === undefined) prefix.push(`var ${[...hoisted].join(",")};`);
  return { prefix, edits: edits.sort((a, b) => a.start - b.start) };
}

function renderFunction(source: string, scope: Scope, node: FunctionNode): string {
  const { prefix, edits } = planScope(source, scope);
  for (const statement of scope.statements) {
    if (isPrefix(statement)) edits.push({ start: statement.start, end: statement.end, text: "" });
  }
  edits.sort((a, b) => a.start - b.start);
  const bodyStart = node.body.start + 1;
  const body = applyEdits(source, bodyStart, node.body.end, edits);
  // Espruino keeps a body without its braces and takes a bare `return` at the end of it for the
  // beginning of an expression.
  const closed = body.replace(/(?<![.\w$])return\}$/, "return;}");
  return source.slice(node.start, bodyStart) + prefix.join("") + closed;
}

/** Whether something may touch the variable before its first declarator has run. */
function isTouchedEarly(scope: Scope, declarator: Declarator): boolean {
  const { name, node } = declarator;
  return (
    scope.references.some((use) => use.name === name && use.position < node.end) ||
    (scope.firstCall < node.end && isUsedInside(scope, name))
  );
}

/** Whether the statement runs for certain, and is the only one to declare each of its names. */
function keepsVar(scope: Scope, statement: VarStatement, hoisted: Set<string>): boolean {
  const bound = boundNames(scope);
  const others = scope.declarators.map((declarator) => declarator.name);
  return (
    statement.isStraight &&
    namesOf(statement).every(
      (name) =>
        !bound.has(name) && !hoisted.has(name) && others.indexOf(name) === others.lastIndexOf(name),
    )
  );
}

/** The first statement that runs, if it is a `var` that can take the hoisted names along. */
function openingVarStatement(scope: Scope, hoisted: Set<string>): VarStatement | undefined {
  const first: unknown = scope.statements.find((statement) => !isPrefix(statement));
  const opening = scope.varStatements.find(
    ({ node, parent }) => node === first || (parent === first && parent.type === "ForStatement"),
  );
  if (opening === undefined || hoisted.size === 0) return undefined;
  return keepsVar(scope, opening, hoisted) ? opening : undefined;
}

function addNames(statement: VarStatement, names: Set<string>): Edit {
  const at = statement.node.declarations[0].start;
  return { start: at, end: at, text: `${[...names].join(",")},` };
}

/** Leaves the assignments of a `var` statement and removes `var` and names without a value. */
function dropVar(statement: VarStatement): Edit[] {
  const { node, parent } = statement;
  const isForIn = parent.type === "ForInStatement";
  const kept = node.declarations.filter((declarator) => isForIn || declarator.init);
  if (kept.length === 0) return [{ start: node.start, end: node.end, text: emptyText(parent) }];
  const edits = [{ start: node.start, end: kept[0].start, text: "" }];
  for (let i = 1; i < kept.length; i++) {
    edits.push({ start: kept[i - 1].end, end: kept[i].start, text: "," });
  }
  const last = node.declarations[node.declarations.length - 1];
  edits.push({ start: kept[kept.length - 1].end, end: last.end, text: "" });
  return edits;
}

function emptyText(parent: { type: string }): string {
  const isList = ["Program", "BlockStatement", "SwitchCase", "ForStatement"].includes(parent.type);
  return isList ? "" : ";";
}

function namesOf(statement: VarStatement): string[] {
  return statement.node.declarations.map(
    (declarator) => (declarator.id as { name: string } & typeof declarator.id).name,
  );
}

function boundNames(scope: Scope): Set<string> {
  return new Set([...scope.parameters, ...scope.functions.map((declared) => declared.id.name)]);
}

function isDirective(statement: Statement): boolean {
  return statement.type === "ExpressionStatement" && statement.directive !== undefined;
}

function isPrefix(statement: Statement): boolean {
  return isDirective(statement) || statement.type === "FunctionDeclaration";
}

function applyEdits(source: string, start: number, end: number, edits: Edit[]): string {
  let text = "";
  let at = start;
  for (const edit of edits) {
    if (edit.start < start || edit.end > end) continue;
    text += source.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return text + source.slice(at, end);
}

/**
 * One top-level statement per line: an uploader can then feed the code to the interpreter piece by
 * piece, which needs little memory. A line feed stands for a semicolon where that is safe.
 */
function joinStatements(statements: { text: string; endsFreely: boolean }[]): string {
  const lines = statements.filter(({ text }) => text !== "");
  return lines
    .map(({ text, endsFreely }, i) => {
      const isSafe = i + 1 === lines.length || /^[A-Za-z_$]/.test(lines[i + 1].text);
      if (!endsFreely) return text;
      return text.replace(/;$/, "") + (isSafe ? "" : ";");
    })
    .join("\n");
}
