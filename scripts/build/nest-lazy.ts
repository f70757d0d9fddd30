/**
 * Puts what is needed rarely (firmware/hal/lazily.ts) inside functions of their own: `lazily(f)`
 * becomes the call of a new function that declares `f` and all that nothing else uses, and returns
 * `f`. An interpreter that holds every declared function in memory then holds one instead of many.
 * What several such functions use, but only from within another, stands inside that other one.
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
  /** Those it has made when it needs them. */
  lazyUses: Set<string>;
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
  const inner = (owner: string | undefined) =>
    names.filter((name) => groups.parents.get(name) === owner);
  const free = unusedNames(source);
  const wrappers = new Map(names.map((name) => [name, free.next().value as string]));
  const edits = calls.map(({ node, name }) => ({ node, text: `${wrappers.get(name)}()` }));
  const moved = new Set([...groups.items.values()].flat().map(({ node }) => node));
  const text = (node: Node) => withEdits(source, node, edits);
  const kept = root.statements.map((statement) => rest(statement, moved, text));
  const nested = (name: string): string => {
    const body = (groups.items.get(name) as Item[]).map(({ node }) => declaration(node, text));
    const wrapped = [...body, ...inner(name).map(nested)].join("");
    return `function ${wrappers.get(name)}(){${wrapped}return ${name}}`;
  };
  return [...kept, ...inner(undefined).map(nested)].filter((line) => line !== "").join("\n");
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
        items.push({
          name: (node.id as unknown as Fields).name as string,
          node,
          uses: new Set(),
          lazyUses: new Set(),
        });
    } else {
      const name = statement.type === "FunctionDeclaration" ? statement.id.name : undefined;
      items.push({ name, node: statement, uses: new Set(), lazyUses: new Set() });
    }
  }
  const add = (scope: Scope) => {
    for (const { name, position } of scope.references) {
      const isLazy = calls.some(({ node }) => node.start < position && position < node.end);
      if (resolve(scope, name) !== root) continue;
      const item = items.find(({ node }) => node.start <= position && position < node.end);
      item?.[isLazy ? "lazyUses" : "uses"].add(name);
    }
    for (const child of scope.children) add(child);
  };
  add(root);
  return items;
}

interface Groups {
  /** What stands inside the function around each lazy one, in the order of the program. */
  items: Map<string, Item[]>;
  /** In which other one a function around a lazy one stands; undefined: in none. */
  parents: Map<string, string | undefined>;
}

/** Each stands in the innermost one through which alone it is reached. */
function groupsOf(items: Item[], names: string[], source: string): Groups {
  const byName = new Map(items.map((item) => [item.name, item]));
  const all = reached(items, byName, undefined);
  const behind = new Map(
    names.map((name) => {
      const others = reached(items, byName, name);
      return [name, new Set([...all].filter((used) => !others.has(used)))];
    }),
  );
  const innermost = (used: string, except?: string): string | undefined => {
    const around = names.filter((name) => name !== except && behind.get(name)?.has(used));
    return around.sort((a, b) => sizeOf(behind, a) - sizeOf(behind, b))[0];
  };
  const groups: Groups = { items: new Map(), parents: new Map() };
  for (const name of names) {
    if (!behind.get(name)?.has(name)) {
      const { node } = byName.get(name) as Item;
      const place = source.slice(node.start, node.start + 60);
      throw new Error(`this function is lazy in one place and not in another: ${place}`);
    }
    const own = items.filter((item) => item.name !== undefined && innermost(item.name) === name);
    for (const item of own) refuseAssignment(item, items, source);
    groups.items.set(name, own);
    groups.parents.set(name, innermost(name, name));
  }
  return groups;
}

function sizeOf(sets: Map<string, Set<string>>, name: string): number {
  return (sets.get(name) as Set<string>).size;
}

/** All that the program's statements reach, were it not for the lazy function `without`. */
function reached(
  items: Item[],
  byName: Map<string | undefined, Item>,
  without: string | undefined,
): Set<string> {
  const found = new Set<string>();
  const visit = ({ uses, lazyUses }: Item): void => {
    const next = [...uses, ...[...lazyUses].filter((name) => name !== without)];
    for (const name of next) {
      const item = byName.get(name);
      if (item === undefined || found.has(name)) continue;
      found.add(name);
      visit(item);
    }
  };
  for (const item of items) if (item.name === undefined) visit(item);
  return found;
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
