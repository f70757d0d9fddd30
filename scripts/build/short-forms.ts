/**
 * Says the same in fewer bytes, with the forms of ECMAScript 2015 that Espruino has: arrow
 * functions and methods in object literals; and compares with null. Works on what `hoist` made and
 * `checkBundle` found good; functions stand there in front of all else, so that an assignment is as
 * good.
 *
 * Espruino holds an arrow function in as many variables as any other, since it notices that the
 * function does without `this`, and keeps the code of one that only returns something without the
 * `return`, as it does for others.
 */
import { type Node, parse } from "acorn";
import { childNodes, type Fields, type FunctionNode } from "./es5-scopes";

/** @throws Error for a function that would mean something else as an arrow. */
export function useShortForms(source: string): string {
  const program = parse(source, { ecmaVersion: 5 });
  refuseThis(program, source);
  return new ShortForms(source).statements(program, program.body as Node[], true);
}

/** A compiler writes a comparison with null for `?.`; null itself is nowhere. */
function refuseThis(node: Node, source: string, parent = node): void {
  const { type, name, directive, raw } = node as Fields;
  const isOfFunctions =
    type === "ThisExpression" || (type === "Identifier" && name === "arguments");
  if (isOfFunctions || directive === "use strict") {
    throw new Error(`no short form has this: ${source.slice(node.start - 40, node.end)}`);
  }
  if (type === "Literal" && raw === "null" && parent.type !== "BinaryExpression") {
    throw new Error(`no short form has null: ${source.slice(node.start - 40, node.end)}`);
  }
  for (const child of childNodes(node)) refuseThis(child, source, node);
}

class ShortForms {
  constructor(private readonly source: string) {}

  /** The statements of a function or the program, shortened. */
  statements(parent: Node, statements: Node[], isTop: boolean): string {
    const isDeclared = ({ type }: Node) => type === "FunctionDeclaration";
    const declared = statements.filter(isDeclared);
    const rest = statements.slice(declared.length);
    if (rest.some(isDeclared)) throw new Error("a function is declared behind other statements");
    if (isTop) {
      const lines = declared.map((node) => this.assignment(node as FunctionNode));
      return [...lines, this.rest(rest, parent.end)].join("\n");
    }
    const text = this.rest(rest, parent.end - 1);
    if (declared.length === 0) return text;
    const functions = declared.map((node) => this.assignment(node as FunctionNode)).join(",");
    const isFollowed = rest[0]?.type === "VariableDeclaration";
    return `var ${functions}${isFollowed ? text.replace(/^var /, ",") : text && `;${text}`}`;
  }

  private rest(statements: Node[], end: number): string {
    return statements.length === 0 ? "" : this.text(statements[0].start, end, statements);
  }

  private assignment(node: FunctionNode): string {
    return `${node.id?.name}=${this.arrow(node)}`;
  }

  private arrow(node: FunctionNode): string {
    const names = node.params.map(({ start, end }) => this.source.slice(start, end));
    const parameters = names.length === 1 ? names[0] : `(${names.join(",")})`;
    const [only, ...others] = node.body.body as Fields[];
    if (only?.type !== "ReturnStatement" || others.length > 0 || !only.argument) {
      return `${parameters}=>${this.body(node)}`;
    }
    const value = this.node(only.argument as Node);
    const isSequence = (only.argument as Node).type === "SequenceExpression";
    const needsBrackets = isSequence || value.startsWith("{");
    return `${parameters}=>${needsBrackets ? `(${value})` : value}`;
  }

  private body({ body }: FunctionNode): string {
    return `{${this.statements(body, body.body as Node[], false)}}`;
  }

  private node(node: Node): string {
    return this.text(node.start, node.end, [node]);
  }

  /** The source from `start` to `end`, with the functions inside `nodes` shortened. */
  private text(start: number, end: number, nodes: Node[]): string {
    let text = "";
    let at = start;
    for (const { from, to, short } of nodes.flatMap((node) => this.edits(node, node))) {
      text += this.source.slice(at, from) + short;
      at = to;
    }
    return text + this.source.slice(at, end);
  }

  private edits(node: Node, parent: Node): { from: number; to: number; short: string }[] {
    const { start: from, end: to } = node;
    if (node.type === "Property") {
      const { key, value } = node as Fields & { key: Node; value: Node };
      if (value.type === "FunctionExpression") {
        const method = value as FunctionNode;
        const name = this.source.slice(key.start, key.end);
        const names = method.params.map(({ start, end }) => this.source.slice(start, end));
        return [{ from, to, short: `${name}(${names.join(",")})${this.body(method)}` }];
      }
    }
    if (node.type === "FunctionExpression") {
      const isFree = ARROW_PLACES.has(parent.type) && (node as FunctionNode).id == null;
      const isCalled = parent.type === "CallExpression" && (parent as Fields).callee === node;
      const short = isFree && !isCalled ? this.arrow(node as FunctionNode) : undefined;
      const { body } = node as FunctionNode;
      const head = this.source.slice(node.start, body.start);
      return [{ from, to, short: short ?? head + this.body(node as FunctionNode) }];
    }
    return [
      ...undefinedEdits(node),
      ...childNodes(node).flatMap((child) => this.edits(child, node)),
    ].sort((a, b) => a.from - b.from);
  }
}

/** Device code knows no null, so what equals null is undefined: `null==x` for `void 0===x`. */
function undefinedEdits(node: Node): { from: number; to: number; short: string }[] {
  if (node.type !== "BinaryExpression") return [];
  const { left, right, operator } = node as Fields & { left: Fields; right: Fields };
  if (operator !== "===" && operator !== "!==") return [];
  const sign = String(operator).substring(0, 2);
  if (isUndefined(left)) return [{ from: left.start, to: right.start, short: `null${sign}` }];
  return isUndefined(right) ? [{ from: left.end, to: right.end, short: `${sign}null` }] : [];
}

function isUndefined({ type, operator }: Fields): boolean {
  return type === "UnaryExpression" && operator === "void";
}

/** Where an arrow function needs no brackets around it. */
const ARROW_PLACES = new Set([
  "CallExpression",
  "ArrayExpression",
  "AssignmentExpression",
  "VariableDeclarator",
  "ReturnStatement",
]);
