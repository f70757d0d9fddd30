/**
 * Puts the body of a function that is called in one place only into that place, and of a short one
 * into a few. A function takes an interpreter that runs source text about six variables, a call as
 * long as three statements, and a program is easier to read in small functions: so it is written in
 * small ones, and not run so.
 *
 * Taken is what keeps its meaning word by word: no functions inside, no name that would mean
 * something else, nothing evaluated in another order. Works on ES5 before names are made short.
 */
import type { FunctionDeclaration, Node } from "acorn";
import { parse } from "acorn";
import {
  buildScopes,
  childNodes,
  type Fields,
  isUsedInside,
  resolve,
  type Scope,
} from "./es5-scopes";
import { type Edit, EditedText, type Piece } from "./moved-text";

interface Place {
  scope: Scope;
  position: number;
}

/** A function that is called in few places. */
interface Callee {
  node: FunctionDeclaration;
  /** Its own. */
  scope: Scope;
  places: Place[];
}

/** The statement of a call, and the call in it. */
interface Site {
  /** Of the caller. */
  scope: Scope;
  statement: Fields;
  call: Fields;
  isAlone: boolean;
  /** The call is the first thing that happens in the statement. */
  isFirst: boolean;
}

/**
 * `source` with all such functions put where they are called. One that is called in several places
 * may add so many characters with all its copies.
 */
export function inline(source: string, growthMax: number): EditedText {
  let text = new EditedText(source);
  for (let number = 0; ; ) {
    const round = new Round(text.code, number, growthMax);
    const edits = round.edits();
    if (edits.length === 0) return text;
    number = round.number;
    text = text.edited(edits);
  }
}

class Round {
  private readonly root: Scope;
  private readonly parents = new Map<Node, Node>();
  private readonly identifiers = new Map<number, Node>();

  /** `number`: of the next name that is made. */
  constructor(
    source: string,
    public number: number,
    private readonly growthMax: number,
  ) {
    const program = parse(source, { ecmaVersion: 5 });
    this.root = buildScopes(program);
    this.index(program);
  }

  /** As many as do not touch each other. */
  edits(): Edit[] {
    const edits: Edit[] = [];
    const isFree = ({ start, end }: Edit) =>
      edits.every((edit) => end <= edit.start || edit.end <= start);
    for (const callee of this.callees()) {
      const { start, end } = callee.node;
      const moved = callee.places.map((place) => this.editOf(callee, place));
      const all = [{ start, end, pieces: [] }, ...moved.filter((edit) => edit !== undefined)];
      const isWhole = all.length === moved.length + 1;
      if (isWhole && all.every(isFree) && areApart(all)) {
        edits.push(...all);
      }
    }
    return edits;
  }

  private editOf(callee: Callee, place: Place): Edit | undefined {
    const site = this.siteOf(place);
    const pieces = site && this.inlined(callee, site);
    return pieces && { start: site.statement.start, end: site.statement.end, pieces };
  }

  private index(node: Node): void {
    if (node.type === "Identifier") this.identifiers.set(node.start, node);
    for (const child of childNodes(node)) {
      this.parents.set(child, node);
      this.index(child);
    }
  }

  private callees(): Callee[] {
    const places = new Map<Node, Place[]>();
    const callees: Callee[] = [];
    eachScope(this.root, (scope) => {
      for (const { name, position } of scope.references) {
        const owner = resolve(scope, name);
        const declared = owner?.functions.find(({ id }) => id.name === name);
        if (declared === undefined) continue;
        const found = places.get(declared) ?? [];
        found.push({ scope, position });
        places.set(declared, found);
      }
    });
    eachScope(this.root, (parent) => {
      for (const node of parent.functions) {
        const found = places.get(node) ?? [];
        const scope = parent.children.find((child) => child.node === node) as Scope;
        const growth = (found.length - 1) * (node.end - node.start);
        const canGrow = found.length > 0 && growth <= this.growthMax;
        if (canGrow && found.every((place) => canMove(scope, parent, place)))
          callees.push({ node, scope, places: found });
      }
    });
    return callees;
  }

  private siteOf(place: Place): Site | undefined {
    const name = this.identifiers.get(place.position) as Node;
    const call = this.parents.get(name) as Fields;
    if (call.type !== "CallExpression" || call.callee !== name) return undefined;
    let at: Fields = call;
    let up = this.parents.get(at) as Fields;
    const isAlone = up.type === "ReturnStatement" || up.type === "ExpressionStatement";
    let isFirst = true;
    const { scope } = place;
    while (!isWhole(up)) {
      isFirst &&= isEvaluatedFirst(up, at);
      at = up;
      up = this.parents.get(at) as Fields;
    }
    if (up.type === "VariableDeclaration") {
      isFirst &&= (up.declarations as Node[])[0] === at;
      return isBody(this.parents.get(up) as Node)
        ? { scope, statement: up, call, isAlone, isFirst }
        : undefined;
    }
    const isExpression =
      up.type === "ReturnStatement" ||
      up.type === "ExpressionStatement" ||
      (up.type === "IfStatement" && up.test === at);
    return isExpression ? { scope, statement: up, call, isAlone, isFirst } : undefined;
  }

  /** What stands in place of the statement; undefined when it cannot. */
  private inlined({ node, scope }: Callee, site: Site): Piece[] | undefined {
    const body = scope.statements;
    const last = body[body.length - 1] as Fields | undefined;
    const returns = returnsOf(node.body);
    const { statement, call, isAlone } = site;
    const isLoop = this.isInLoop(call, site.scope);
    // A variable of a loop's body keeps what it had in the last round.
    const isFresh = scope.declarators.every(({ node, statement: { isStraight } }) => {
      return node.init && isStraight;
    });
    if (isLoop && !isFresh) return undefined;
    if ((call.arguments as Node[]).length > scope.parameters.size) return undefined;
    const names = this.namesFor(scope);
    const head = this.parameters(scope, call, names);
    const text = (part: Node) => this.renamed(scope, names, part);
    const all = () => body.flatMap((part) => ["\n  ", ...text(part)]);
    if (isAlone && statement.type === "ReturnStatement") {
      const end = last?.type === "ReturnStatement" ? "" : "\n  return;";
      return ["{", ...head, ...all(), end, "\n}"];
    }
    if (isAlone && returns.length === 0) return ["{", ...head, ...all(), "\n}"];
    const firstReturn = body.findIndex((part) => returnsOf(part).length > 0);
    const value = firstReturn < 0 ? undefined : chosen(body.slice(firstReturn), text);
    const isSteady = firstReturn === 0 && this.areSteady(site);
    if (value === undefined || !(site.isFirst || isSteady)) return undefined;
    const before = body.slice(0, firstReturn).flatMap((part) => ["\n  ", ...text(part)]);
    const rest: Piece[] = [[statement.start, call.start], ...value, [call.end, statement.end]];
    return ["{", ...head, ...before, "\n", ...rest, "\n}"];
  }

  /** Arguments that are the same whenever they are read. */
  private areSteady({ scope, statement, call }: Site): boolean {
    return (call.arguments as Fields[]).every((given) => {
      if (given.type === "Literal") return true;
      const name = given.name as string;
      if (given.type !== "Identifier" || resolve(scope, name) !== scope) return false;
      const isSet = scope.declarators.every((other) => {
        return other.name !== name || other.statement.node.end <= statement.start;
      });
      return isSet && !isUsedInside(scope, name) && !this.isAssigned(scope, name);
    });
  }

  private isAssigned(scope: Scope, name: string): boolean {
    return scope.references.some(({ name: used, position }) => {
      const node = this.identifiers.get(position) as Node;
      const up = this.parents.get(node) as Fields;
      return used === name && (up.left === node || up.type === "UpdateExpression");
    });
  }

  private namesFor(scope: Scope): Map<string, string> {
    const names = new Map<string, string>();
    const own = [...scope.parameters, ...scope.declarators.map(({ name }) => name)];
    for (const name of own) {
      if (!names.has(name)) names.set(name, `${name.replace(/_\d+_$/, "")}_${this.number++}_`);
    }
    return names;
  }

  private parameters(scope: Scope, call: Fields, names: Map<string, string>): Piece[] {
    const given = call.arguments as Node[];
    return [...scope.parameters].flatMap((name, i): Piece[] => {
      const value: Piece = given[i] === undefined ? "void 0" : [given[i].start, given[i].end];
      return [`\n  var ${names.get(name)} = `, value, ";"];
    });
  }

  /** The function's own names in `node` replaced. */
  private renamed(scope: Scope, names: Map<string, string>, node: Node): Piece[] {
    const uses = [
      ...scope.references,
      ...scope.declarators.map(({ name, node: { start } }) => ({ name, position: start })),
    ]
      .filter(({ name, position }) => {
        return names.has(name) && node.start <= position && position < node.end;
      })
      .sort((a, b) => a.position - b.position);
    const pieces: Piece[] = [];
    let at = node.start;
    for (const { name, position } of uses) {
      pieces.push([at, position], names.get(name) as string);
      at = position + name.length;
    }
    return [...pieces, [at, node.end]];
  }

  private isInLoop(node: Node, scope: Scope): boolean {
    for (let at = node; at !== scope.node; at = this.parents.get(at) as Node)
      if (/^(For|While|DoWhile)/.test(at.type)) return true;
    return false;
  }
}

function areApart(edits: Edit[]): boolean {
  const sorted = [...edits].sort((a, b) => a.start - b.start);
  return sorted.every((edit, i) => i === 0 || sorted[i - 1].end <= edit.start);
}

/** Whether the function may stand in its place at all. */
function canMove(scope: Scope, parent: Scope, place: Place): boolean {
  const caller = place.scope;
  // What stands at the top, or is held by functions made there, would never be free again.
  const hasNames = scope.parameters.size + scope.declarators.length > 0;
  if (caller.parent === undefined || (caller.children.length > 0 && hasNames)) return false;
  for (let at: Scope | undefined = caller; at !== undefined; at = at.parent)
    if (at === scope) return false;
  if (scope.children.length > 0) return false;
  const declared = new Set(scope.declarators.map(({ name }) => name));
  return scope.references.every(
    ({ name }) =>
      scope.parameters.has(name) ||
      declared.has(name) ||
      (name !== "arguments" && resolve(caller, name) === resolve(parent, name)),
  );
}

/** Whether a node is a statement, or a list of variables. */
function isWhole({ type }: Node): boolean {
  return /Statement$|Declaration$|^Program$|^SwitchCase$/.test(type);
}

/** Whether `child` is the first thing that happens when `parent` is evaluated. */
function isEvaluatedFirst(parent: Fields, child: Node): boolean {
  switch (parent.type) {
    case "UnaryExpression":
      return true;
    case "BinaryExpression":
    case "LogicalExpression":
      return parent.left === child;
    case "ConditionalExpression":
      return parent.test === child;
    case "AssignmentExpression":
      return parent.operator === "=" && (parent.left as Node).type === "Identifier";
    case "VariableDeclarator":
      return true;
    case "MemberExpression":
      return parent.object === child;
    default:
      return false;
  }
}

/** Statements that only choose what to return, as one expression. */
function chosen(statements: Node[], text: (node: Node) => Piece[]): Piece[] | undefined {
  const [first, ...rest] = statements as Fields[];
  if (first === undefined) return undefined;
  if (first.type === "BlockStatement") return chosen([...(first.body as Node[]), ...rest], text);
  if (first.type === "ReturnStatement")
    return first.argument ? ["(", ...text(first.argument as Node), ")"] : undefined;
  if (first.type !== "IfStatement") return undefined;
  const yes = chosen([first.consequent as Node], text);
  const no = chosen(first.alternate ? [first.alternate as Node] : rest, text);
  if (yes === undefined || no === undefined) return undefined;
  return ["(", ...text(first.test as Node), " ? ", ...yes, " : ", ...no, ")"];
}

function isBody({ type }: Node): boolean {
  return type === "BlockStatement" || type === "Program" || type === "SwitchCase";
}

function returnsOf(node: Node): Fields[] {
  if (node.type === "ReturnStatement") return [node as Fields];
  return childNodes(node).flatMap(returnsOf);
}

function eachScope(scope: Scope, visitor: (scope: Scope) => void): void {
  visitor(scope);
  for (const child of scope.children) eachScope(child, visitor);
}
