import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { putUint } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import golden from "../../rulesets/vectors/golden.json" with { type: "json" };
import { checkRuleset, nextRuleOffset, rulesOffset } from "./ruleset";
import { Condition, Field, Header, MAX_EXPONENT, Operator, Rule } from "./ruleset-format";

const SEED = Number(process.env.SEED ?? 20260105);
const REPLAY = `replay: SEED=${SEED} node --import tsx firmware/core/ruleset.test.ts`;
const good = Uint8Array.from(Buffer.from(golden.ruleset, "hex"));
const firstRule = rulesOffset(good);
const firstCondition = firstRule + Rule.SizeBytes;

/** The status after storing `value` in `sizeBytes` at an offset of the good ruleset. */
function statusWith(offset: number, sizeBytes: number, value: number): Status {
  const bytes = Uint8Array.from(good);
  putUint(bytes, offset, sizeBytes, value);
  return checkRuleset(bytes);
}

test("the example ruleset is accepted", () => {
  assert.is(checkRuleset(good), Status.Ok);
});

test("what a later version might bring is refused as unsupported", () => {
  const changes: [number, number, number][] = [
    [Header.Format, 1, 1],
    [Header.Flags, 1, 16],
    [Header.StackModes, 1, 3],
    [Header.LotWindow, 1, 9],
    [Header.DisplayDivisor, 2, 1000],
    [Header.DisplayDecimals, 1, 2],
    [Header.Staff, 1, 128],
    [Header.ApproveAbove + 2, 1, MAX_EXPONENT + 1],
    [firstRule + Rule.Phase, 1, 8],
    [firstRule + Rule.Phase, 1, 0],
    [firstRule + Rule.Action, 1, 8],
    [firstRule + Rule.Action, 1, 40],
    [firstRule + Rule.Base, 1, 2],
    [firstRule + Rule.Base, 1, 32],
    [firstRule + Rule.LotWindow, 1, 8],
    [firstRule + Rule.Flags, 1, 4],
    [firstRule + Rule.Reserved + 1, 1, 1],
    [firstCondition + Condition.Field, 1, 0],
    [firstCondition + Condition.Field, 1, Field.EndPlain],
    [firstCondition + Condition.Field, 1, Field.EndTime],
    [firstCondition + Condition.Field, 1, Field.End],
    [firstCondition + Condition.Operator, 1, 0],
    [firstCondition + Condition.Operator, 1, Operator.Bit + 1],
  ];
  const secondRule = nextRuleOffset(good, firstRule);
  assert.is(statusWith(secondRule + Rule.Phase, 1, 8), Status.Unsupported);
  for (const [offset, size, value] of changes) {
    // The first rule of the file has no condition: the second one's are changed instead.
    const at =
      offset >= firstCondition ? offset - firstCondition + secondRule + Rule.SizeBytes : offset;
    assert.is(statusWith(at, size, value), Status.Unsupported, `${offset} = ${value}`);
  }
});

test("values outside the format are unsupported as well", () => {
  const changes: [number, number, number][] = [
    [Header.RuleCount, 1, 65],
    [Header.CutoffMinute, 2, 1440],
    [Header.RoundToRial, 4, 0],
    [Header.RedeemUnitRial, 4, 0],
    [Header.RedeemMaxBps, 2, 10001],
    [Header.DisplayDivisor, 2, 0],
    [Header.PeriodMonths, 1, 5],
    [Header.PeriodMonths, 1, 24],
    [Header.LotWindow, 1, 0],
    [Header.LotWindow, 1, 4],
    [Header.GiftWindow, 1, 4],
    [Header.Flags, 1, 16],
    [firstRule + Rule.Stack, 1, 16],
    [firstRule + Rule.LotWindow, 1, 4],
    [firstRule + Rule.Argument, 2, 10001],
    [firstRule + Rule.Argument + 2, 1, 8],
    [firstRule + Rule.Cap + 2, 1, 8],
  ];
  for (const [offset, size, value] of changes) {
    assert.is(statusWith(offset, size, value), Status.Unsupported, `${offset} = ${value}`);
  }
});

test("lengths that do not add up are malformed", () => {
  const changes: [number, number, number][] = [
    [Header.Magic, 2, 0],
    [Header.LengthBytes, 2, good.length - 1],
    [Header.RuleCount, 1, 8],
    [Header.RuleCount, 1, 10],
    [Header.AcceptCount, 1, 255],
    [Header.RewardCount, 1, 255],
    [firstRule + Rule.ConditionCount, 1, 255],
  ];
  for (const [offset, size, value] of changes) {
    assert.is(statusWith(offset, size, value), Status.Malformed, `${offset} = ${value}`);
  }
});

test("rules out of order or twice the same are refused", () => {
  const second = nextRuleOffset(good, firstRule);
  const third = nextRuleOffset(good, second);
  const swapped = Uint8Array.from(good);
  swapped.set(good.subarray(second, third), firstRule);
  swapped.set(good.subarray(firstRule, second), firstRule + third - second);
  assert.is(checkRuleset(swapped), Status.Unsupported);
  const twice = Uint8Array.from([
    ...good.subarray(0, second),
    ...good.subarray(firstRule, second),
    ...good.subarray(second),
  ]);
  twice[Header.RuleCount] += 1;
  putUint(twice, Header.LengthBytes, 2, twice.length);
  assert.is(checkRuleset(twice), Status.Unsupported);
});

test("every shortened ruleset is refused", () => {
  for (let length = 0; length < good.length; length++) {
    const bytes = good.slice(0, length);
    assert.is(checkRuleset(bytes), Status.Malformed, `${length}`);
    if (length < Header.SizeBytes) continue;
    putUint(bytes, Header.LengthBytes, 2, length);
    assert.is.not(checkRuleset(bytes), Status.Ok);
  }
});

test("arbitrary and damaged bytes never hang or throw, and never read past the end", () => {
  const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 });
  fc.assert(
    fc.property(damage, fc.uint8Array({ maxLength: 300 }), (changes, noise) => {
      const bytes = Uint8Array.from(good);
      for (const [offset, value] of changes) bytes[offset] = value;
      const headed = Uint8Array.from([...good.subarray(0, Header.SizeBytes), ...noise]);
      putUint(headed, Header.LengthBytes, 2, headed.length);
      for (const candidate of [bytes, noise, headed]) {
        const guarded = new Proxy(candidate, {
          get(target, key) {
            if (typeof key === "string" && /^\d+$/.test(key)) {
              assert.ok(Number(key) < target.length, REPLAY);
            }
            return Reflect.get(target, key, target);
          },
        });
        checkRuleset(guarded);
      }
    }),
    { seed: SEED, numRuns: 1500 },
  );
});

test.run();
