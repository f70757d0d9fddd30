/** What is shown is a matter of the rules; what is counted, stored and reported is rial. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compileRuleset } from "../back-office/rules/compile";
import { explanationText, LANGUAGES } from "../back-office/rules/explain";
import { readRuleset } from "../back-office/rules/read-ruleset";
import { amountText, HUNDREDTH_RIAL } from "../firmware/app/money-text";
import { COUNTER_RULES, enrolled, settle, shows, startedPad } from "./test-counter";

/** The unit, what a cashier types for 5,004,000 rial, and how 10 % of it stands there. */
const UNITS: [display: string, name: string, typed: string, shown: string, earned: string][] = [
  ["rial", "rial", "5004000", "5,004,000", "500,400"],
  ["toman", "toman", "500400", "500,400", "50,040"],
  ["newRial", "new rial", "50040", "500.40", "50.04"],
];

const rulesIn = (display: string) => COUNTER_RULES.replace("display: toman", `display: ${display}`);

for (const [display, name, typed, shown, earned] of UNITS) {
  test(`${display}: the pad names the unit and counts what is typed in it`, () => {
    const pad = startedPad(rulesIn(display));
    const card = enrolled(pad);
    pad.press("*");
    shows(pad, `Amount, ${name}`);
    pad.press(typed);
    shows(pad, shown);
    pad.press("#");
    assert.is(pad.tap(card).result, "done");
    shows(pad, earned);
    // The same line where a gift card is loaded.
    pad.press("*D3");
    shows(pad, `Amount, ${name}`);
    pad.press("***");
    pad.press("B");
    assert.is(pad.tap(card).result, "done");
    shows(pad, earned);
  });
}

test("the same taps are the same rials, whatever unit is shown", () => {
  const reports = UNITS.map(([display, , typed]) => {
    const pad = startedPad(rulesIn(display));
    const card = enrolled(pad);
    pad.press(`*${typed}#`);
    assert.is(pad.tap(card).result, "done");
    return settle(pad, rulesIn(display)).members;
  });
  assert.equal(reports[0], [{ member: 100001, balanceRial: 500_400 }]);
  assert.equal(reports[1], reports[0]);
  assert.equal(reports[2], reports[0]);
});

test("new rial: hundredths are whole, and old rials that remain are told beside them", () => {
  const cases: [rial: number, text: string][] = [
    [0, "0.00"],
    [100, "0.01"],
    [9_900, "0.99"],
    [10_000, "1.00"],
    [10_050, "1.00+50r"],
    [12_345_600, "1234.56"],
    [2 ** 40 - 1, "109951162.77+75r"],
  ];
  for (const [rial, text] of cases) assert.is(amountText(rial, HUNDREDTH_RIAL), text);
});

test("the rules are explained in the unit that is shown", () => {
  const told = (display: string, language: string) => {
    const source = `${rulesIn(display)}limits: {balanceRial: 5_000_000}\n`;
    const { bytes, terms } = compileRuleset(source, "units.yaml");
    return explanationText(readRuleset(bytes, terms), LANGUAGES[language]);
  };
  assert.match(told("rial", "en"), "A card holds at most: 5,000,000 rial.");
  assert.match(told("toman", "en"), "A card holds at most: 500,000 toman.");
  assert.match(told("newRial", "en"), "A card holds at most: 500.00 new rial.");
  assert.match(told("newRial", "fa"), "ریال جدید");
});

test.run();
