import { runInNewContext } from "node:vm";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hoist } from "./hoist";
import { nestLazy } from "./nest-lazy";

/** What a program says, before and after. */
function said(source: string): string[] {
  const lines: string[] = [];
  const globals = { print: (text: unknown) => lines.push(String(text)) };
  runInNewContext(source, { ...globals, $lazily: (f: unknown) => f });
  return lines;
}

function nested(source: string): string {
  const code = hoist(nestLazy(source));
  assert.equal(said(code), said(source));
  return code;
}

const RARE = `var table=[1,2],used=0;function twice(r){return 2*r}
function half(r){return r/2}function rare(r){return twice(half(r))+table[0]}
function often(r){used++;return half(r)+used}`;

test("what several use from within another lazy function stands inside that one", () => {
  const code = nested(`function half(r){return r/2}function one(r){return half(r)+1}
function two(r){return half(r)+2}function line(r){return $lazily(one)(r)+$lazily(two)(r)}
print($lazily(line)(8))`);
  const top = code.split("\n").filter((line) => line.startsWith("function"));
  assert.is(top.length, 1, "only the one around line");
});

test("what is lazy takes along all that nothing else uses", () => {
  const code = nested(`${RARE}print(often(4));print($lazily(rare)(8));print($lazily(rare)(8))`);
  const top = code.split("\n").filter((line) => line.startsWith("function"));
  assert.is(top.length, 3, "half, often and the one around rare");
  assert.match(code, /\{function twice.*function rare.*var table=\[1,2\];?return rare/);
  assert.not.match(code, /\$lazily/);
});

test("local variables of the same name keep nothing outside", () => {
  const code = nested(`${RARE}function other(twice){return twice+1}
    print(other(1));print($lazily(rare)(8))`);
  assert.match(code, /\{function twice/);
});

test("what two lazy functions share stays outside, and one may call for the other", () => {
  const code = nested(`${RARE}function more(r){return twice(r)+$lazily(rare)(r)}
    print($lazily(more)(8));print($lazily(rare)(2))`);
  assert.match(code, /^function twice/m);
  assert.match(code, /return twice\(r\)\+\w\d\(\)\(r\)/);
});

test("a program without anything lazy is left as it is", () => {
  assert.is(nestLazy(RARE), RARE);
});

const REFUSED: [string, RegExp][] = [
  [`${RARE}print(rare(1));print($lazily(rare)(1))`, /lazy in one place and not in another/],
  [
    "var n=0;function count(){return ++n}print($lazily(count)())",
    /may not remember anything: \+\+n/,
  ],
  ["var n=0;function count(){n=1}print($lazily(count)())", /may not remember anything: n=1/],
  ["print($lazily(function(){return 1})())", /takes the name of a function/],
];

for (const [source, message] of REFUSED) {
  test(`refused: ${message.source}`, () => assert.throws(() => nestLazy(source), message));
}

test.run();
