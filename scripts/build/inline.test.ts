import { SourceMap } from "node:module";
import { runInNewContext } from "node:vm";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { inline } from "./inline";

/** What a program says. */
function said(source: string): string[] {
  const lines: string[] = [];
  runInNewContext(source, { print: (...what: unknown[]) => lines.push(what.join()) });
  return lines;
}

/** The program after; it says the same. */
function inlined(source: string, growthMax = 0): string {
  const { code } = inline(source, growthMax);
  assert.equal(said(code), said(source), code);
  return code;
}

/** Of a function `f(a, b)`. */
const BODIES = [
  "",
  "print(a, b);",
  "return a + b;",
  "x += a; return x + b;",
  "if (a > b) return a; return b;",
  "if (a > b) { return 1; } else if (a == b) return 2; x++; return x;",
  "if (a > b) return;",
  "var y = a; a = b; if (y) return y - a; return 7;",
  "var z; if (a) z = b; return z;",
  "if (a) var t = b; return t;",
  "for (var i = 0; i < b; i++) { if (i > a) return i; x += i; }",
  "print('in'); return x++ > 1 ? a : b;",
  "return g();",
];
/** Of the function that alone calls it, with `p` and `q`. */
const PLACES = [
  "f(p, q);",
  "f(p);",
  "f(p, q, print('third'));",
  "return f(p, q);",
  "if (p) return f(q, p); return x;",
  "var y = f(p, q), z = x; return y + z;",
  "var a = 5, b = f(a, q); return a + b;",
  "var b = x, y = f(p, q); return b + ',' + y;",
  "x = f(p, q); return x;",
  "x += f(p, q); return x;",
  "if (!f(p, q)) return 1; else print('no'); return 2;",
  "if (p) print('p'); else f(p, q);",
  "if (f(q, p) > 1 && p) return 1; return x;",
  "return x + f(p, q);",
  "return p && f(p, q);",
  "return print(p = 9, f(p, q));",
  "for (var i = 0; i < 3; i++) { f(i, q); }",
  "for (var i = 0; i < 3; i++) x = f(i, q);",
  "while (f(x++, q) < 4 && x < 9) print('round');",
  "var h = function () { return p; }; var r = f(p, q); p = 3; return h() + r;",
  "switch (p) { case 1: f(p, q); break; default: return f1(q); }",
  "try { return f(p, q); } finally { print('end'); }",
];

for (const body of BODIES) {
  for (const place of PLACES) {
    test(`{${body}} called in {${place}} does the same`, () => {
      for (const nested of [false, true]) {
        const f = `function f(a, b) { ${body} }`;
        inlined(`var x = 1;
          function g() { return x + 10; }
          function f1(a) { return a * 2; }
          ${nested ? "" : f}
          function caller(p, q) { ${nested ? f : ""} ${place} }
          print(caller(0, 2)); print(caller(1, 1)); print(caller(3, 2)); print(x, g(), f1(1));`);
      }
    });
    test(`{${body}} called in {${place}} and elsewhere does the same`, () => {
      const code = inlined(
        `var x = 1;
          function g() { return x + 10; }
          function f1(a) { return a * 2; }
          function f(a, b) { ${body} }
          function caller(p, q) { ${place} }
          function another(q, p) { f(p, q); ${place} }
          function third(p) { return f(p, p); }
          print(caller(0, 2)); print(another(1, 3)); print(third(2)); print(caller(3, 2));
          print(x, g(), f1(1));`,
        1000,
      );
      // All or none: a function that stays must not be copied as well.
      const calls = code.match(/\bf\(/g) ?? [];
      assert.ok(calls.length === 0 || calls.length >= 4, code);
    });
  }
}

const ONCE = "function once(n) { return n * 2; }";

test("a function called in one place stands there", () => {
  const code = inlined(`${ONCE} function f(n) { return once(n) + 1; } print(f(2), f(3));`);
  assert.not.match(code, /once/);
});

test("and one inside that, too", () => {
  const code = inlined(`${ONCE} function more(n) { var a = once(n); return a + n; }
    function f(n) { return more(n + 1); } print(f(2), f(3));`);
  assert.not.match(code, /once|more/);
});

test("a short one that is called in several places, in each of them", () => {
  const source = `${ONCE} function f(n) { return once(n) + 1; } function g(n) { return once(n); }
    print(f(2), f(3), g(4), g(5));`;
  assert.not.match(inlined(source, ONCE.length), /once/);
  assert.match(inlined(source, ONCE.length - 1), /once/);
});

test("and in two of one function", () => {
  const source = `function note(n) { print('note', n); } function f(n) { note(n); note(n + 1); }
    f(1); f(2);`;
  assert.not.match(inlined(source, 100), /note\(/);
});

const KEPT: [name: string, source: string][] = [
  ["called twice", `${ONCE} function f(n) { return once(n) + once(n); } print(f(2), f(3));`],
  ["called at the top", `${ONCE} var a = once(3); print(a);`],
  ["handed over", `${ONCE} function f(g) { return g(1); } print(f(once), f(once));`],
  ["that calls itself", "function once(n) { return n && once(n - 1); }"],
  [
    "with functions inside",
    `function once(n) { return function () { return n; }; }
     function f(n) { return once(n); } f(1)();`,
  ],
  [
    "whose names would be held by a function of the caller",
    `${ONCE} function f(n) { var a = once(n); return function () { return a; }; } print(f(2)());`,
  ],
  [
    "that uses a name of which the caller has another",
    "var k = 1; function once() { return k; } function f(k) { return once() + k; } f(5); f(6);",
  ],
];

for (const [name, source] of KEPT) {
  test(`a function ${name} stays`, () => assert.match(inlined(source), /once/));
}

test("a source map still names the lines", () => {
  const source =
    "function once(n) {\nreturn n * 2;\n}\nfunction f(n) {\nreturn once(n);\n}\nf(1);f(2)";
  const lines = "AAAA;AACA;AACA;AACA;AACA;AACA;AACA";
  const first = { version: 3, file: "", sources: ["a.ts"], names: [], mappings: lines };
  const text = inline(source, 0);
  const map = new SourceMap(JSON.parse(text.map(source, JSON.stringify(first))));
  const moved = text.code.split("\n").findIndex((line) => line.includes("* 2"));
  const entry = map.findEntry(moved, 4);
  assert.is("originalLine" in entry && entry.originalLine, 1);
});

test.run();
