/** A bill that the cashier splits by category at the keys, until it is in the ledger. */
import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CardKind } from "../card-layout/identity";
import { posKeyOf } from "../firmware/core/pos-messages";
import { MOST_BILL_CATEGORIES } from "../firmware/core/ruleset-format";
import { PadTill } from "../pos-client/src/pad-till";
import golden from "../rulesets/vectors/golden.json" with { type: "json" };
import { createNativeAes } from "./native-aes";
import { SerialWire } from "./serial-wire";
import {
  COUNTER_RULES,
  counterConfig,
  enrolled,
  newCard,
  salesOf,
  settle,
  shows,
  split,
  startedPad,
} from "./test-counter";

const RULES = `${COUNTER_RULES}
  - {id: 3, name: more, phase: earn, order: 2, stack: 1, give: 5 %, of: category3}
  - {id: 4, name: two, phase: earn, order: 3, stack: 2, give: 1 %, of: category5, when: [qty5 >= 2]}
`;
/** What a till would send for 250,000 toman in three parts, and a rest. */
const LINES = [
  { category: 3, amountRial: 1_000_000, quantity: 1 },
  { category: 5, amountRial: 400_000, quantity: 2 },
];
const TOTAL_RIAL = 2_000_000;
const KEYS = "100DB3#30DB5#10DB5#60D";

function ready(rules = RULES) {
  const pad = startedPad(rules, ["en"]);
  const card = enrolled(pad);
  pad.press("*");
  return { pad, card };
}

test("the parts of a bill are summed up, and what is left has no category", () => {
  const { pad, card } = ready();
  pad.press("100D");
  shows(pad, "B category");
  pad.press("B");
  shows(pad, "Category, 0 to 15");
  shows(pad, "of            100,000");
  pad.press("3#");
  shows(pad, "Parts of the bill   1");
  shows(pad, "100,000");
  shows(pad, "Last       3: 100,000");
  pad.press("30DB5#10D");
  shows(pad, "Parts         130,000");
  pad.press("B5#");
  shows(pad, "Parts of the bill   3");
  shows(pad, "140,000");
  shows(pad, "Last        5: 10,000");
  pad.press("60D#");
  shows(pad, "200,000");
  shows(pad, "Tap the card");
  assert.is(pad.tap(card).result, "done");
  // A tenth of all, 5 % of category 3, and 1 % of the two pieces in category 5.
  shows(pad, "Earned         25,400");
  const [sale] = salesOf(pad);
  assert.is(sale.grossRial, TOTAL_RIAL);
  assert.equal(sale.categories, split([3, 1, 100_000], [5, 2, 40_000]));
  settle(pad, RULES);
});

test("without a rest the parts are the whole bill", () => {
  const { pad, card } = ready();
  pad.press("50DB0#1B15##");
  shows(pad, "50,001");
  assert.is(pad.tap(card).result, "done");
  const [sale] = salesOf(pad);
  assert.is(sale.grossRial, 500_010);
  assert.equal(sale.categories, split([0, 1, 50_000], [15, 1, 1]));
  settle(pad, RULES);
});

test("the same bill from a till is the same sale", async () => {
  const typed = ready();
  typed.pad.press(`${KEYS}#`);
  assert.is(typed.pad.tap(typed.card).result, "done");
  const { pad, card } = ready();
  const { journalKey, keyEpoch } = counterConfig(RULES);
  const key = posKeyOf(createNativeAes(), journalKey, 7, keyEpoch) as Uint8Array;
  const wire = new SerialWire(pad, pad.board.till, 115_200);
  const events = new EventEmitter();
  const stream = Object.assign(events, {
    write: (bytes: Uint8Array) => {
      const answer = wire.receive(bytes);
      if (answer.length > 0) setTimeout(() => events.emit("data", answer), 0);
    },
  });
  const onState = ({ state }: { state: string }) => {
    if (state === "waiting") pad.tap(card);
  };
  const till = new PadTill(stream, { key, terminal: 7, pollMs: 1, answerMs: 50, onState });
  assert.is((await till.sale({ totalRial: TOTAL_RIAL, lines: LINES })).state, "done");
  const figures = ({ pad: at }: typeof typed) => {
    const [{ grossRial, categories, earnedRial, balanceAfterRial, pointsEarned }] = salesOf(at);
    return { grossRial, categories, earnedRial, balanceAfterRial, pointsEarned };
  };
  assert.equal(figures({ pad, card }), figures(typed));
});

test("golden vectors V2 and V6+V7, typed at the pad", () => {
  const examples = readFileSync("rulesets/vectors/examples.yaml", "utf8");
  const vector = (name: string) => golden.cases.find((one) => one.name === name);
  const two = ready(examples);
  two.pad.press("300DB5#300DB5##");
  assert.is(two.pad.tap(two.card).result, "done");
  const v2 = vector("V2");
  assert.is(salesOf(two.pad)[0].grossRial, v2?.purchase.grossRial);
  assert.is(salesOf(two.pad)[0].earnedRial, v2?.result.earnedRial);
  const third = ready(`${examples}enrol: {group: 2}\n`);
  third.pad.press("400DB3#600D#");
  assert.is(third.pad.tap(third.card).result, "done");
  const v7 = vector("V6+V7");
  assert.is(salesOf(third.pad)[0].grossRial, v7?.purchase.grossRial);
  assert.is(salesOf(third.pad)[0].earnedRial, v7?.result.earnedRial);
});

test("* goes back step by step: digits, category, the amount as it was, the last part", () => {
  const { pad } = ready();
  pad.press("7D");
  pad.press("B12*");
  shows(pad, "Category, 0 to 15");
  pad.press("**");
  shows(pad, "Amount, toman");
  shows(pad, "7,000");
  pad.press("B1#20DB2#");
  shows(pad, "27,000");
  pad.press("*");
  shows(pad, "Parts of the bill   1");
  shows(pad, "Last         1: 7,000");
  pad.press("A");
  shows(pad, "of              7,000");
  pad.press("*");
  shows(pad, "Parts of the bill   1");
  pad.press("5DA*");
  shows(pad, "5,000");
  shows(pad, "Parts           7,000");
  pad.press("*****");
  shows(pad, "B balance");
  pad.press("#");
  shows(pad, "B balance");
});

test("what belongs to no bill means nothing while there is one, and no such category is", () => {
  const { pad, card } = ready();
  pad.press("5DB");
  pad.press("ABCD#");
  shows(pad, "Category, 0 to 15");
  pad.press("167#");
  shows(pad, "Last         1: 5,000");
  pad.press("BCD");
  shows(pad, "Last         1: 5,000");
  pad.press("6C");
  shows(pad, "Parts           5,000");
  pad.press("B05#");
  shows(pad, "Last             0: 6");
  pad.press("#");
  assert.is(pad.tap(card).result, "done");
  assert.equal(salesOf(pad)[0].categories, split([1, 1, 5_000], [0, 1, 6]));
});

test("without a bill B, C and D are what they were, and a typed amount is not lost by B", () => {
  const { pad, card } = ready();
  pad.press("5DB*");
  shows(pad, "5,000");
  pad.press("****B");
  shows(pad, "Balance");
  assert.is(pad.tap(card).result, "done");
});

test("credit is of the whole bill; if there is less, that goes with the same parts", () => {
  const { pad, card } = ready();
  pad.press(`${KEYS}#`);
  assert.is(pad.tap(card).result, "done");
  pad.press("*50DB5#50DB5#A");
  shows(pad, "of            100,000");
  pad.press("A");
  shows(pad, "credit        100,000");
  pad.tap(card);
  shows(pad, "Not enough credit");
  pad.press("#");
  assert.is(pad.tap(card).result, "done");
  const [, sale] = salesOf(pad);
  assert.equal([sale.grossRial, sale.usedRial], [1_000_000, 254_000]);
  assert.equal(sale.categories, split([5, 2, 100_000]));
  settle(pad, RULES);
});

test("the same bill within a minute is asked about, and # sells it with its parts", () => {
  const { pad, card } = ready();
  for (const keys of [`${KEYS}#`, `*${KEYS}#`]) {
    pad.press(keys);
    pad.tap(card);
  }
  shows(pad, "The same sale again?");
  pad.press("#");
  assert.is(pad.tap(card).result, "done");
  const [first, second] = salesOf(pad);
  assert.equal(second.categories, first.categories);
  settle(pad, RULES);
});

test("a card pulled away anywhere, or a power cut, ends in the same parts", () => {
  for (const failure of [{ pullAtExchange: 40 }, { pullAtExchange: 45 }, { cutAtExchange: 45 }]) {
    const { pad, card } = ready();
    pad.press(`${KEYS}#`);
    pad.tap(card, failure);
    if (!pad.isPowered) pad.powerOn();
    assert.is(pad.tap(card).result, "done");
    const sale = salesOf(pad).at(-1);
    assert.equal(sale?.categories, split([3, 1, 100_000], [5, 2, 40_000]));
    assert.is(sale?.grossRial, TOTAL_RIAL);
    settle(pad, RULES);
  }
});

test("a bill ends with its sale, with *, and with a minute of nobody", () => {
  const { pad, card } = ready();
  pad.press(`${KEYS}#`);
  assert.is(pad.tap(card).result, "done");
  pad.press("5D#");
  assert.is(pad.tap(card).result, "done");
  assert.is(salesOf(pad)[1].categories, undefined);
  pad.press("*8DB1##*");
  shows(pad, "B balance");
  for (const keys of ["8DB1#", "8DB1#5", "8DB1#5B", "8DB1#5B1", "8DB1#A"]) {
    pad.press(keys);
    pad.runMs(59_000);
    assert.not(pad.screen().join().includes("B balance"));
    pad.runMs(2_000);
    shows(pad, "B balance");
    pad.press("3#*");
    shows(pad, "B balance");
  }
  assert.is(salesOf(pad).length, 2);
});

test("where a supervisor must approve, the parts wait as well", () => {
  const rules = `${RULES}staff: {approveAboveRial: 200_000}\n`;
  const { pad, card } = ready(rules);
  pad.press(`${KEYS}#`);
  assert.is(pad.tap(card).result, "done");
  pad.press(`*${KEYS}A25D#`);
  shows(pad, "Supervisor's card,");
  assert.is(pad.tap(newCard(pad, 3, CardKind.Supervisor, "4821")).result, "done");
  pad.press("4821#");
  assert.is(pad.tap(card).result, "done");
  const [, sale] = salesOf(pad);
  assert.is(sale.usedRial, 250_000);
  assert.equal(sale.categories, split([3, 1, 100_000], [5, 2, 40_000]));
  settle(pad, rules);
});

test("seven categories, the eighth is refused and nothing is lost", () => {
  const { pad, card } = ready();
  for (let i = 0; i < MOST_BILL_CATEGORIES; i++) pad.press(`${i + 1}DB${i}#`);
  shows(pad, "Parts of the bill   7");
  pad.press("8DB7#");
  shows(pad, "Category, 0 to 15");
  shows(pad, "of              8,000");
  // Into one that is named already.
  pad.press("*6##");
  assert.is(pad.tap(card).result, "done");
  const [sale] = salesOf(pad);
  assert.is(sale.grossRial, 360_000);
  assert.equal([sale.categories?.[6], sale.categories?.[22]], [2, 150_000]);
  settle(pad, RULES);
});

test("an amount is no larger than one that can be typed, with and without categories", () => {
  const { pad } = ready();
  pad.press("400DDB1#400DDB2#");
  pad.press("199999999");
  pad.press("#");
  shows(pad, "Tap the card");
  pad.press("*400DDB1#400DDB2#200DD");
  for (const key of "#AB") {
    pad.press(key);
    shows(pad, "Parts     800,000,000");
    shows(pad, "200,000,000");
  }
});

test.run();
