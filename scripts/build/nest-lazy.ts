/**
 * Puts what is needed rarely (firmware/hal/lazily.ts) inside functions of their own: `lazily(f)`
 * becomes the call of a new function that declares `f` and all that nothing else uses, and returns
 * `f`. An interpreter that holds every declared function in memory then holds one instead of many.
 */
import { type Node, parse, type VariableDeclaration } from "acorn";
import { buildScopes, childNodes, type Fields, resolve, type Scope } from "./es5-scopes";

/** What the compiler makes of the name `lazily` (compile.ts); minifiers leave a global alone. */
export const LAZILY = "$lazily";

/** A function or variable of the program, or one of its other statements, which has no name. */
interface Item {
  name: string | undefined;
  node: Node;
  uses: Set<string>;
}

interface LazyCall {
  node: Node;
  name: string;
}

/** @throws Error for a function that is also used directly, or that remembers something. */
export function nestLazy(source: string): string {
  const program = parse(source, { ecmaVersion: 5 });
  const root = buildScopes(program);
  const calls = lazyCalls(program, source);
  if (calls.length === 0) return source;
  const items = itemsOf(root, calls);
  const names = [...new Set(calls.map((call) => call.name))];
  const groups = groupsOf(items, names, source);
  const free = unusedNames(source);
  const wrappers = new Map(names.map((name) => [name, free.next().value as string]));
  const edits = calls.map(({ node, name }) => ({ node, text: `${wrappers.get(name)}()` }));
  const moved = new Set([...groups.values()].flat().map(({ node }) => node));
  const text = (node: Node) => withEdits(source, node, edits);
  const kept = root.statements.map((statement) => rest(statement, moved, text));
  const nested = names.map((name) => {
    const body = (groups.get(name) as Item[]).map(({ node }) => declaration(node, text));
    return `function ${wrappers.get(name)}(){${body.join("")}return ${name}}`;
  });
  return [...kept, ...nested].filter((line) => line !== "").join("\n");
}

function lazyCalls(program: Node, source: string): LazyCall[] {
  const calls: LazyCall[] = [];
  visitAll(program, (node) => {
    const { type, callee } = node as Fields & { callee?: Fields };
    if (type !== "CallExpression" || callee?.name !== LAZILY) return;
    const [argument] = node.arguments as Fields[];
    if (argument?.type !== "Identifier")
      throw new Error(
        `lazily() takes the name of a function: ${source.slice(node.start, node.end)}`,
      );
    calls.push({ node, name: argument.name as string });
  });
  return calls;
}

function itemsOf(root: Scope, calls: LazyCall[]): Item[] {
  const items: Item[] = [];
  for (const statement of root.statements) {
    if (statement.type === "VariableDeclaration") {
      for (const node of statement.declarations)
        items.push({ name: (node.id as unknown as Fields).name as string, node, uses: new Set() });
    } else {
      const name = statement.type === "FunctionDeclaration" ? statement.id.name : undefined;
      items.push({ name, node: statement, uses: new Set() });
    }
  }
  const add = (scope: Scope) => {
    for (const { name, position } of scope.references) {
      const isLazy = calls.some(({ node }) => node.start < position && position < node.end);
      if (isLazy || resolve(scope, name) !== root) continue;
      const item = items.find(({ node }) => node.start <= position && position < node.end);
      item?.uses.add(name);
    }
    for (const child of scope.children) add(child);
  };
  add(root);
  return items;
}

/** What moves with each of `names`: all that it alone reaches, in the order of the program. */
function groupsOf(items: Item[], names: string[], source: string): Map<string, Item[]> {
  const byName = new Map(items.map((item) => [item.name, item]));
  const reach = (starts: Iterable<string>, found = new Set<string>()): Set<string> => {
    for (const name of starts) {
      if (found.has(name) || !byName.has(name)) continue;
      found.add(name);
      reach((byName.get(name) as Item).uses, found);
    }
    return found;
  };
  const statements = items.filter(({ name }) => name === undefined);
  const elsewhere = reach(statements.flatMap(({ uses }) => [...uses]));
  const reached = names.map((name) => reach([name]));
  const shared = [...byName.keys()].filter(
    (name) => name !== undefined && reached.filter((set) => set.has(name)).length > 1,
  ) as string[];
  reach(shared, elsewhere);
  return new Map(
    names.map((name, i) => {
      if (elsewhere.has(name)) {
        const { node } = byName.get(name) as Item;
        const place = source.slice(node.start, node.start + 60);
        throw new Error(`this function is lazy in one place and not in another: ${place}`);
      }
      const own = items.filter(
        (item) => reached[i].has(item.name ?? "") && !elsewhere.has(item.name ?? ""),
      );
      for (const item of own) refuseAssignment(item, items, source);
      return [name, own];
    }),
  );
}

/** A variable that is set would forget what it was set to. */
function refuseAssignment(variable: Item, items: Item[], source: string): void {
  if (variable.node.type !== "VariableDeclarator") return;
  for (const { node, uses } of items) {
    if (!uses.has(variable.name as string)) continue;
    visitAll(node, (inner) => {
      const target = (inner.type === "AssignmentExpression" ? inner.left : inner.argument) as
        | Fields
        | undefined;
      const isSet = inner.type === "AssignmentExpression" || inner.type === "UpdateExpression";
      if (isSet && target?.name === variable.name)
        throw new Error(
          `what is lazy may not remember anything: ${source.slice(inner.start, inner.end)}`,
        );
    });
  }
}

function rest(statement: Node, moved: Set<Node>, text: (node: Node) => string): string {
  if (moved.has(statement)) return "";
  if (statement.type !== "VariableDeclaration") return text(statement);
  const kept = (statement as VariableDeclaration).declarations.filter((node) => !moved.has(node));
  return kept.length === 0 ? "" : `var ${kept.map(text).join(",")};`;
}

function declaration(node: Node, text: (node: Node) => string): string {
  return node.type === "VariableDeclarator" ? `var ${text(node)};` : text(node);
}

function withEdits(source: string, node: Node, edits: { node: Node; text: string }[]): string {
  const inside = edits.filter((edit) => node.start <= edit.node.start && edit.node.end <= node.end);
  let text = "";
  let at = node.start;
  for (const edit of inside.sort((a, b) => a.node.start - b.node.start)) {
    text += source.slice(at, edit.node.start) + edit.text;
    at = edit.node.end;
  }
  return text + source.slice(at, node.end);
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** Names of two letters that occur nowhere in the program. */
function* unusedNames(source: string): Generator<string> {
  const used = new Set(source.match(/[A-Za-z_$][\w$]*/g));
  for (const first of LETTERS)
    for (const second of "0123456789") {
      const name = `${first}${second}`;
      if (!used.has(name) && !/^[A-D]\d$/.test(name)) yield name;
    }
}

function visitAll(node: Node, visitor: (node: Fields) => void): void {
  visitor(node as Fields);
  for (const child of childNodes(node)) visitAll(child, visitor);
}
