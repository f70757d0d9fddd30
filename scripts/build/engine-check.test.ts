import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkBundle } from "./engine-check";

test("fit code has no problems", () => {
  const source = 'function f(a){return a&255}\nvar b=f(1)\nSPI1.send(b)\nprint("x")';
  assert.equal(checkBundle(source), []);
});

const REFUSED: [problem: RegExp, source: string][] = [
  [/not ES5/, "let a=1"],
  [/not ES5/, "export var a=1"],
  [/not plain ASCII/, 'print("\u00fc")'],
  [/labels/, "a:for(;;)break a"],
  [/getters and setters/, "var a={get b(){return 1}}"],
  [/regular expressions/, "var a=/x/"],
  [/`default` before a `case`/, "switch(print()){default:print();case 1:}"],
  [/Array.prototype has no methods/, "var a=Array.prototype.slice"],
  [/charAt is not for bytes/, 'var a="\\xfc".charAt(0)'],
  [/Object.freeze does not exist/, "Object.freeze({})"],
  [/unknown global Map/, "var a=new Map"],
  [/unknown global __assign/, "var a=__assign({},{})"],
  [/a bare `return` at the end/, "function f(){if(print())return}"],
  [/function declared in a block/, "if(print()){function f(){}}"],
  [/function declared after other statements/, "print();function f(){}"],
  [/variable a can be touched before/, "if(print())var a=1"],
  [/variable a can be touched before/, "a=1;var a"],
  [/variable a can be touched before/, "function f(){return a}f();var a=1"],
];

for (const [problem, source] of REFUSED) {
  test(`refused: ${source}`, () => assert.match(checkBundle(source).join("\n"), problem));
}

test.run();
