/**
 * Random ES5 programs that exercise hoisting: variables declared late, in branches, loops, `catch`
 * and `switch`, functions declared after their use, closures. Every program ends by evaluating to a
 * string of all it has seen, and all its loops end.
 */
import fc from "fast-check";

const NAMES = ["a", "b", "c"];
const FUNCTIONS = ["f", "g"];

const name = fc.constantFrom(...NAMES);
const number = fc.integer({ min: 0, max: 9 });

const expression = fc.oneof(
  number.map(String),
  name,
  fc.tuple(name, number).map(([left, right]) => `(${left}===undefined?${right}:${left})`),
);

const declaration = fc.oneof(
  fc.tuple(name, expression).map(([left, value]) => `var ${left}=${value};`),
  fc.tuple(name, name, expression).map(([left, other, value]) => `var ${left},${other}=${value};`),
  name.map((left) => `var ${left};`),
);

const simple = fc.oneof(
  declaration,
  fc.tuple(name, expression).map(([left, value]) => `${left}=${value};`),
  fc.constantFrom(...FUNCTIONS).map((callee) => `call(${callee});`),
  name.map((seen) => `see(${seen});`),
);

const { statement } = fc.letrec<{ statement: string; block: string; body: string }>((tie) => ({
  block: fc.array(tie("statement"), { maxLength: 3 }).map((parts) => `{${parts.join("")}}`),
  statement: fc.oneof(
    { maxDepth: 3 },
    simple,
    fc.tuple(expression, tie("block")).map(([test, then]) => `if(${test})${then}`),
    fc.tuple(name, tie("block")).map(([i, loop]) => `for(var ${i}=0,n=0;n<2;n++)${loop}`),
    fc.tuple(name, tie("block")).map(([key, loop]) => `for(var ${key} in {x:1,y:2})${loop}`),
    fc.tuple(tie("block"), tie("block")).map(([a, b]) => `try{see(1);fail();${a}}catch(e)${b}`),
    fc.tuple(expression, tie("block")).map(([on, one]) => `switch(${on}){case 1:${one}default:}`),
    fc.tuple(name, tie("body")).map(([left, body]) => `var ${left}=function(){${body}};`),
    fc
      .tuple(name, tie("body"))
      .map(([left, body]) => `${left}=function(a){${body}};call(${left});`),
  ),
  body: fc
    .tuple(
      fc.array(tie("statement"), { maxLength: 4 }),
      fc.option(fc.constantFrom(...FUNCTIONS)),
      fc.array(tie("statement"), { maxLength: 3 }),
      fc.array(tie("statement"), { maxLength: 2 }),
    )
    .map(
      ([before, declared, inner, after]) =>
        before.join("") +
        (declared === null ? "" : `function ${declared}(b){${inner.join("")}}`) +
        after.join(""),
    ),
}));

/** Functions run to a bounded depth; `see` notes a value without telling functions apart. */
const LIBRARY = `
function see(x){seen.push(typeof x==="function"?"function":String(x))}
function call(x){if(typeof x!=="function"||calls>20)return;calls=calls+1;x(calls);}
function fail(){throw 0}
`;

export const programArbitrary = fc
  .tuple(fc.array(statement, { maxLength: 6 }), fc.array(statement, { maxLength: 4 }))
  .map(
    ([first, second]) =>
      `${LIBRARY}var seen=[],calls=0,a="A",b="B",c="C";` +
      `function main(){${first.join("")}function f(a){${second.join("")}}function g(){}see(a);` +
      "see(b);see(c)}main();seen.join()",
  );
