/**
 * Functions, variables and references of an ES5 program, as the hoisting pass and its check need
 * them. Scopes are functions only: ES5 has no block scope. A name bound by `catch` is taken for a
 * reference to the function's own variable of that name, which at worst hoists one name too many.
 */
import type {
  FunctionDeclaration,
  FunctionExpression,
  Node,
  Program,
  VariableDeclaration,
  VariableDeclarator,
} from "acorn";

export type FunctionNode = FunctionDeclaration | FunctionExpression;
export type Statement = Program["body"][number];

export interface VarStatement {
  node: VariableDeclaration;
  parent: Node;
  /** Stands directly in the function's body, or is the first part of a `for` that does. */
  isStraight: boolean;
}

export interface Declarator {
  name: string;
  node: VariableDeclarator;
  statement: VarStatement;
}

export interface Reference {
  name: string;
  /** Offset in the source. */
  position: number;
}

export interface Scope {
  node: Program | FunctionNode;
  parent: Scope | undefined;
  children: Scope[];
  statements: Statement[];
  parameters: Set<string>;
  varStatements: VarStatement[];
  declarators: Declarator[];
  functions: FunctionDeclaration[];
  /** Function declarations inside `if`, loops or blocks: ES5 does not define what they mean. */
  blockFunctions: FunctionDeclaration[];
  /** Names used by this function's own code, without the functions nested in it. */
  references: Reference[];
  /** Offset of the first call in its own code; before it no nested function can have run. */
  firstCall: number;
}

/** Shape of a node whose fields are still unknown. */
export type Fields = Node & Record<string, unknown>;

export function buildScopes(program: Program): Scope {
  const root = createScope(program, undefined, program.body as Statement[]);
  for (const statement of root.statements) visit(statement, program, root, true);
  return root;
}

/** The direct child nodes of `node`, in source order. */
export function childNodes(node: Node): Node[] {
  const found: Node[] = [];
  for (const value of Object.values(node)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (isNode(item)) found.push(item);
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

/** The scope whose variable, parameter or function `name` means in `scope`; undefined = global. */
export function resolve(scope: Scope, name: string): Scope | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    if (declares(at, name)) return at;
  }
  return undefined;
}

/** Whether a function nested at any depth in `scope` uses `scope`'s own `name`. */
export function isUsedInside(scope: Scope, name: string): boolean {
  return scope.children.some(
    (child) =>
      !declares(child, name) &&
      (child.references.some((reference) => reference.name === name) || isUsedInside(child, name)),
  );
}

function declares(scope: Scope, name: string): boolean {
  return (
    scope.parameters.has(name) ||
    scope.declarators.some((declarator) => declarator.name === name) ||
    scope.functions.some((declared) => declared.id.name === name) ||
    (scope.node.type === "FunctionExpression" && scope.node.id?.name === name) ||
    (scope.parent !== undefined && name === "arguments")
  );
}

function createScope(
  node: Program | FunctionNode,
  parent: Scope | undefined,
  statements: Statement[],
): Scope {
  const parameters = node.type === "Program" ? [] : node.params;
  return {
    node,
    parent,
    children: [],
    statements,
    parameters: new Set(
      parameters.map((parameter) => (parameter as unknown as Fields).name as string),
    ),
    varStatements: [],
    declarators: [],
    functions: [],
    blockFunctions: [],
    references: [],
    firstCall: Number.POSITIVE_INFINITY,
  };
}

type Visitor = (node: Fields, parent: Node, scope: Scope, isStraight: boolean) => void;

/** What is special about a kind of node; every other kind only passes its children on. */
const VISITORS: Record<string, Visitor> = {
  FunctionDeclaration: (node, _parent, scope, isStraight) => {
    const declared = node as unknown as FunctionDeclaration;
    (isStraight ? scope.functions : scope.blockFunctions).push(declared);
    visitFunction(declared, scope);
  },
  FunctionExpression: (node, _parent, scope) => {
    visitFunction(node as unknown as FunctionExpression, scope);
  },
  VariableDeclaration: (node, parent, scope, isStraight) => {
    const statement = { node: node as unknown as VariableDeclaration, parent, isStraight };
    scope.varStatements.push(statement);
    for (const declarator of statement.node.declarations) {
      const name = (declarator.id as unknown as Fields).name as string;
      scope.declarators.push({ name, node: declarator, statement });
      if (declarator.init) visit(declarator.init, declarator, scope, false);
    }
  },
  ForStatement: (node, _parent, scope, isStraight) =>
    visitLoopHead(node, "init", scope, isStraight),
  ForInStatement: (node, _parent, scope, isStraight) =>
    visitLoopHead(node, "left", scope, isStraight),
  CallExpression: (node, _parent, scope) => visitCall(node, scope),
  NewExpression: (node, _parent, scope) => visitCall(node, scope),
  MemberExpression: (node, _parent, scope) => {
    visit(node.object as Node, node, scope, false);
    if (node.computed) visit(node.property as Node, node, scope, false);
  },
  Property: (node, _parent, scope) => visit(node.value as Node, node, scope, false),
  Identifier: (node, _parent, scope) => {
    scope.references.push({ name: node.name as string, position: node.start });
  },
};

function visit(node: Node, parent: Node, scope: Scope, isStraight: boolean): void {
  const visitor = VISITORS[node.type];
  if (visitor !== undefined) visitor(node as Fields, parent, scope, isStraight);
  else for (const child of childNodes(node)) visit(child, node, scope, false);
}

function visitFunction(node: FunctionNode, parent: Scope): void {
  const scope = createScope(node, parent, node.body.body as Statement[]);
  parent.children.push(scope);
  for (const statement of scope.statements) visit(statement, node.body, scope, true);
}

/** The head of a loop runs at least once, so a variable declared there is as good as straight. */
function visitLoopHead(node: Fields, head: string, scope: Scope, isStraight: boolean): void {
  for (const child of childNodes(node)) {
    visit(child, node, scope, isStraight && child === node[head]);
  }
}

function visitCall(node: Fields, scope: Scope): void {
  scope.firstCall = Math.min(scope.firstCall, node.start);
  for (const child of childNodes(node)) visit(child, node, scope, false);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}
