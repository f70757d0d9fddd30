import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hoist } from "./hoist";
import { letTwin } from "./let-twin";
import { programArbitrary } from "./random-es5";

/** Source, and what hoisting must make of it. */
const EXPECTED: [name: string, source: string, hoisted: string][] = [
  ["straight code stays", "var a=1,b=a;f(b)", "var a=1,b=a\nf(b)"],
  ["functions come first", "f();function f(){}", "function f(){}\nf()"],
  ["directives stay first", '"use strict";f();function f(){}', '"use strict"\nfunction f(){}\nf()'],
  [
    "a var in an if",
    "function f(x){if(x){var a=1}return a}",
    "function f(x){var a;if(x){a=1}return a}",
  ],
  [
    "a var without a value",
    "function f(x){if(x)var a;return a}",
    "function f(x){var a;if(x);return a}",
  ],
  ["a for loop in an if", "if(x)for(var i,n=2;i<n;)f()", "var i,n\nif(x)for(n=2;i<n;)f()"],
  ["a straight for loop stays", "for(var i=0;i<2;)f()", "for(var i=0;i<2;)f()"],
  ["for-in inside a block", "if(x){for(var k in o)f(k)}", "var k\nif(x){for(k in o)f(k)}"],
  ["catch", "try{f()}catch(e){var m=e}g(m)", "var m\ntry{f()}catch(e){m=e}\ng(m)"],
  ["switch", "switch(x){case 1:var a=1,b,c=2}", "var a,b,c\nswitch(x){case 1:a=1,c=2}"],
  ["use before var", "function f(){a=1;var a;return a}", "function f(){var a;a=1;return a}"],
  ["hoisted names join the first var", "var p=1;f(q);var q=2", "var q,p=1\nf(q)\nq=2"],
  ["a second var of the same name", "var a=1;var a=2,b=3", "var a,b\na=1\na=2,b=3"],
  ["a var of a parameter's name", "function f(a){if(a){var a=2}}", "function f(a){if(a){a=2}}"],
  [
    "a nested function that may run before the var",
    "function f(){g();var a=1;function g(){return a}}",
    "function f(){function g(){return a}var a;g();a=1;}",
  ],
  [
    "a nested function that cannot run before the var",
    "function f(){var a=1;g();function g(){return a}}",
    "function f(){function g(){return a}var a=1;g();}",
  ],
  [
    "a nested function with its own variable of that name",
    "function f(){g();var a=1;function g(a){return a}}",
    "function f(){function g(a){return a}g();var a=1;}",
  ],
  ["function expressions", "x=function(){if(y)var a=1}", "x=function(){var a;if(y)a=1}"],
  ["a bare return at the end is closed", "function f(){if(x)return}", "function f(){if(x)return;}"],
  ["an empty loop body keeps its semicolon", "for(;f(););g()", "for(;f(););\ng()"],
  ["no line feed where a statement could go on", "var a=f;(g)()", "var a=f;\n(g)()"],
];

for (const [name, source, expected] of EXPECTED) {
  test(name, () => assert.is(hoist(source), expected));
}

test("a function inside a block is refused", () => {
  assert.throws(() => hoist("if(x){function f(){}}"), /function f is declared inside a block/);
});

test("the twin refuses what Espruino cannot do", () => {
  for (const source of ["f();function f(){}", "if(1){var a=1}a", "a;var a=1", "var a=1;var a=2"]) {
    assert.throws(() => runInNewContext(letTwin(source)), undefined, source);
  }
});

test("random programs behave the same when hoisted, also without hoisting", () => {
  const seed = Number(process.env.SEED ?? 20260101);
  const replay = `SEED=${seed} node --import tsx scripts/build/hoist.test.ts`;
  const property = fc.property(programArbitrary, (source) => {
    const expected = runInNewContext(source) as string;
    const hoisted = hoist(source);
    assert.is(runInNewContext(hoisted), expected, hoisted);
    assert.is(runInNewContext(letTwin(hoisted)), expected, hoisted);
  });
  const outcome = fc.check(property, { seed, numRuns: 400 });
  assert.ok(!outcome.failed, `${fc.defaultReportMessage(outcome) ?? ""}\n${replay}`);
});

test("hoisting twice changes nothing", () => {
  for (const [, source] of EXPECTED) assert.is(hoist(hoist(source)), hoist(source));
});

test.run();
