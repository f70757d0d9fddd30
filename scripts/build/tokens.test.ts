import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hoist } from "./hoist";
import { programArbitrary } from "./random-es5";
import { useShortForms } from "./short-forms";
import { tokenise } from "./tokens";

/** Numbers of tokens: src/jslex.h of Espruino, "do not modify the ordering of this list". */
const EXPECTED: [name: string, code: string, tokens: string][] = [
  ["words and operators are one byte", "if(a>=b)return null", "\xa3(a\x91b)\xab\xb6"],
  ["a string has its length in front", 'f("ab")', "f(\xd1\x02ab)"],
  ["and bytes for escapes", 'f("\\xff\\n")', "f(\xd1\x02\xff\n)"],
  ["an empty one stays", 'f("")', 'f("")'],
  ["numbers stay: interpreters before 2v26 know no others", "a=40-1", "a=40-1"],
  ["`catch` stays, for a fault of interpreters", "try{}catch(e){}", "\xb1{}catch(e){}"],
  ["names that begin like words", "dot=inner.ofs", "dot=inner.ofs"],
];

for (const [name, code, tokens] of EXPECTED) {
  test(name, () => assert.is(tokenise(code), tokens));
}

test("a member with a word's name is refused", () => {
  assert.throws(() => tokenise("a.delete()"), /delete is no name for a member/);
});

test("what is no JavaScript is refused", () => {
  assert.throws(() => tokenise("a='"), /Unterminated string/);
});

test("random programs say the same in tokens, and are no longer", () => {
  const seed = Number(process.env.SEED ?? 20260101);
  const replay = `SEED=${seed} node --import tsx scripts/build/tokens.test.ts`;
  const property = fc.property(programArbitrary, (source) => {
    const code = useShortForms(hoist(source));
    assert.ok(tokenise(code).length <= code.length, code);
  });
  const outcome = fc.check(property, { seed, numRuns: 200 });
  assert.ok(!outcome.failed, `${fc.defaultReportMessage(outcome) ?? ""}\n${replay}`);
});

test.run();
