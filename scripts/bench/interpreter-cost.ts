/**
 * What an interpreter takes to compute: the bundle counts, while it runs, the tokens that the
 * interpreter would read, and the virtual clock is charged for them. Espruino executes source text,
 * so its time follows the tokens it executes and, less, those it only skips. The prices were found
 * by running loops of known length in Espruino for an STM32F405 in an emulator that takes 8 ns for
 * each instruction (125 MIPS).
 */
import { type Node, type Program, parse, tokenizer } from "acorn";
import type { VirtualClock } from "../../host-sim/clock";
import { childNodes, type Fields } from "../build/es5-scopes";

/** Microseconds at 125 MIPS. */
export const PRICES = {
  /** An empty loop's iteration has six and takes 34.5; reading and adding an element, 44 for 7. */
  tokenUs: 6,
  /** Of code that is not executed: only the lexer runs. */
  skippedTokenUs: 1,
  /** Beside its tokens. */
  callUs: 20,
  /** A typed array, or a view of one. */
  newUs: 60,
  /** 16 to 64 bytes. */
  aesUs: 220,
  crc32Us: 130,
  /** 16 bytes as text. */
  textUs: 220,
};
export const MEASURED_MIPS = 125;

/** What a token takes less when it is skipped, by what it then takes. */
const SKIPPED_LESS = (PRICES.tokenUs - PRICES.skippedTokenUs) / PRICES.skippedTokenUs;

const FUNCTION = /^(Arrow)?FunctionExpression$/;

/** In the instrumented bundle. */
const COUNTER = "$count";

export interface Counted {
  code: string;
  /** Global of the bundle's context, by its name. */
  globals(clock: VirtualClock, mips: number): Record<string, unknown>;
}

/** Microseconds charged so far, at 125 MIPS. */
export interface ChargedTime {
  totalUs: number;
}

export function countingBundle(code: string, charged: ChargedTime): Counted {
  return {
    code: new Instrumenter(code).run(),
    globals: (clock, mips) => ({
      [COUNTER]: (us: number) => {
        charged.totalUs += us;
        clock.advance((us * MEASURED_MIPS) / mips);
      },
    }),
  };
}

class Instrumenter {
  private readonly tokenStarts: number[] = [];
  private readonly insertions: { at: number; text: string; order: number }[] = [];

  constructor(private readonly code: string) {
    for (const token of tokenizer(code, { ecmaVersion: 2015 })) this.tokenStarts.push(token.start);
  }

  run(): string {
    const program: Program = parse(this.code, { ecmaVersion: 2015 });
    for (const statement of program.body) this.statement(statement);
    const sorted = [...this.insertions].sort((a, b) => a.at - b.at || a.order - b.order);
    let out = "";
    let from = 0;
    for (const { at, text } of sorted) {
      out += this.code.slice(from, at) + text;
      from = at;
    }
    return out + this.code.slice(from);
  }

  private statement(node: Node): void {
    const fields = node as Fields;
    switch (node.type) {
      case "FunctionDeclaration":
        this.functionBody(node);
        return;
      case "BlockStatement":
        for (const inner of fields.body as Node[]) this.statement(inner);
        return;
      case "IfStatement":
        this.ifStatement(node, fields);
        return;
      case "ForStatement":
        this.forStatement(node, fields);
        return;
      case "WhileStatement":
      case "DoWhileStatement":
        this.perRound(fields.test as Node, 2);
        this.body(fields.body as Node);
        return;
      case "SwitchStatement":
        this.switchStatement(node, fields);
        return;
      default:
        this.before(node, this.priceOf(node));
        this.functionsIn(node);
    }
  }

  private ifStatement(node: Node, fields: Fields): void {
    const test = fields.test as Node;
    const consequent = fields.consequent as Node;
    const alternate = fields.alternate as Node | null;
    this.before(node, this.priceOf(test) + 3 * PRICES.tokenUs);
    this.functionsIn(test);
    this.body(consequent, alternate === null ? 0 : this.skipped(alternate));
    if (alternate !== null) this.body(alternate, this.skipped(consequent));
    else this.insert(node.end, `else ${COUNTER}(${this.skipped(consequent)});`);
  }

  private forStatement(node: Node, fields: Fields): void {
    const [init, test, update] = [fields.init, fields.test, fields.update] as (Node | null)[];
    this.before(node, 3 * PRICES.tokenUs + (init === null ? 0 : this.priceOf(init)));
    const updatePrice = update === null ? 0 : this.priceOf(update);
    if (test === null) this.body(fields.body as Node, updatePrice + PRICES.tokenUs);
    else {
      this.perRound(test, 1, updatePrice);
      this.body(fields.body as Node);
    }
    for (const part of [init, update]) if (part !== null) this.functionsIn(part);
  }

  private switchStatement(node: Node, fields: Fields): void {
    this.before(node, this.priceOf(fields.discriminant as Node) + this.skipped(node));
    for (const branch of fields.cases as Fields[]) {
      for (const inner of branch.consequent as Node[]) this.statement(inner);
    }
  }

  /** A loop's or branch's body, which may be one statement without braces. */
  private body(node: Node, price = 0): void {
    if (node.type === "BlockStatement") {
      if (price > 0) this.insert(node.start + 1, `${COUNTER}(${price});`);
      this.statement(node);
      return;
    }
    this.insert(node.start, `{${price > 0 ? `${COUNTER}(${price});` : ""}`);
    this.statement(node);
    this.insert(node.end, "}");
  }

  private perRound(test: Node, moreTokens: number, price = 0): void {
    const all = price + this.priceOf(test) + moreTokens * PRICES.tokenUs;
    this.insert(test.start, `(${COUNTER}(${all}),`);
    this.functionsIn(test);
    this.insert(test.end, ")");
  }

  private functionBody(node: Node): void {
    const body = (node as Fields).body as Node;
    if (body.type !== "BlockStatement") {
      this.insert(body.start, `(${COUNTER}(${PRICES.callUs + this.priceOf(body)}),`);
      this.functionsIn(body);
      this.insert(body.end, ")");
      return;
    }
    this.insert(body.start + 1, `${COUNTER}(${PRICES.callUs});`);
    for (const inner of (body as Fields).body as Node[]) this.statement(inner);
  }

  /** Function expressions, and parts that are only executed on a condition, pay when they run. */
  private functionsIn(node: Node): void {
    if (FUNCTION.test(node.type)) {
      this.functionBody(node);
      return;
    }
    const parts = conditionalParts(node);
    for (const child of childNodes(node)) {
      const isPart = parts.includes(child);
      if (isPart) {
        const price = this.priceOf(child) - this.skipped(child);
        this.insert(child.start, `(${COUNTER}(${price}),`);
      }
      this.functionsIn(child);
      if (isPart) this.insert(child.end, ")");
    }
  }

  /** Of one execution of a statement or expression without the functions that it makes. */
  private priceOf(node: Node): number {
    let price = this.tokens(node.start, node.end) * PRICES.tokenUs;
    const add = (inner: Node): void => {
      if (FUNCTION.test(inner.type)) {
        const tokens = this.tokens(inner.start, inner.end);
        price -= tokens * (PRICES.tokenUs - PRICES.skippedTokenUs);
        return;
      }
      if (inner.type === "NewExpression") price += PRICES.newUs;
      if (inner.type === "CallExpression") {
        const { property } = (inner as Fields).callee as Fields;
        const name = (property as Fields | undefined)?.name;
        if (name === "join") price += PRICES.textUs;
        if (name === "encrypt") price += PRICES.aesUs;
        if (name === "CRC32") price += PRICES.crc32Us;
      }
      const parts = conditionalParts(inner);
      for (const child of childNodes(inner)) {
        if (parts.includes(child)) price -= this.skipped(child) * SKIPPED_LESS;
        else add(child);
      }
    };
    add(node);
    return price;
  }

  private skipped(node: Node): number {
    return this.tokens(node.start, node.end) * PRICES.skippedTokenUs;
  }

  private before(node: Node, price: number): void {
    this.insert(node.start, `${COUNTER}(${price});`);
  }

  private insert(at: number, text: string): void {
    this.insertions.push({ at, text, order: this.insertions.length });
  }

  private tokens(start: number, end: number): number {
    return this.indexOf(end) - this.indexOf(start);
  }

  /** Tokens that begin before `position`. */
  private indexOf(position: number): number {
    let low = 0;
    let high = this.tokenStarts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.tokenStarts[middle] < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** What of an expression may not be executed. */
function conditionalParts(node: Node): Node[] {
  const { consequent, alternate, right } = node as Fields;
  if (node.type === "ConditionalExpression") return [consequent as Node, alternate as Node];
  return node.type === "LogicalExpression" ? [right as Node] : [];
}
