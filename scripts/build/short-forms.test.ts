import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hoist } from "./hoist";
import { programArbitrary } from "./random-es5";
import { useShortForms } from "./short-forms";

/** Source, and what it becomes. */
const EXPECTED: [name: string, source: string, short: string][] = [
  ["a function that returns something", "function f(x){return x+1}", "f=x=>x+1\n"],
  ["one that does more", "function f(x,y){g(x);return y}", "f=(x,y)=>{g(x);return y}\n"],
  ["one without parameters", "function f(){g()}", "f=()=>{g()}\n"],
  ["one that returns an object", "function f(){return{a:1}}", "f=()=>({a:1})\n"],
  ["one that returns the last of several", "function f(a){return a,1}", "f=a=>(a,1)\n"],
  ["one inside another", "function f(){function g(){}g()}", "f=()=>{var g=()=>{};g()}\n"],
  ["and a variable", "function f(){function g(){}var a=1}", "f=()=>{var g=()=>{},a=1}\n"],
  ["a function that is handed over", "f(function(x){return x})", "f(x=>x)"],
  ["one that is kept", "var f=function(){}", "var f=()=>{}"],
  ["methods", "a={b:function(x){return x},c:1}", "a={b(x){return x},c:1}"],
  ["a function within a method", "a={b:function(){f(function(){})}}", "a={b(){f(()=>{})}}"],
  ["what is undefined equals null", "a(void 0===b||c!==void 0)", "a(null==b||c!=null)"],
  ["null itself may be compared with", "null===(a=b)||void 0===a", "null===(a=b)||null==a"],
  ["within a function", "function f(x){return void 0===x(function(){})}", "f=x=>null==x(()=>{})\n"],
  ["where an arrow needs brackets, none is made", "a||function(){}", "a||function(){}"],
  ["nor where one is called", "(function(){return 1})()", "(function(){return 1})()"],
];

for (const [name, source, expected] of EXPECTED) {
  test(name, () => assert.is(useShortForms(source), expected));
}

for (const source of [
  "function f(){return this}",
  "function f(){g(arguments)}",
  '"use strict";f()',
]) {
  test(`refused: ${source}`, () => {
    assert.throws(() => useShortForms(source), /no short form has this/);
  });
}

test("null is refused: it would be taken for undefined", () => {
  assert.throws(() => useShortForms("f(null)"), /no short form has null/);
});

test("a function behind other statements is refused", () => {
  assert.throws(() => useShortForms("f();function f(){}"), /declared behind other statements/);
});

test("random programs behave the same in short forms", () => {
  const seed = Number(process.env.SEED ?? 20260101);
  const replay = `SEED=${seed} node --import tsx scripts/build/short-forms.test.ts`;
  const property = fc.property(programArbitrary, (source) => {
    const hoisted = hoist(source);
    assert.is(runInNewContext(useShortForms(hoisted)), runInNewContext(source), hoisted);
  });
  const outcome = fc.check(property, { seed, numRuns: 400 });
  assert.ok(!outcome.failed, `${fc.defaultReportMessage(outcome) ?? ""}\n${replay}`);
});

test.run();
