import { test } from "uvu";
import * as assert from "uvu/assert";
import { packAssets } from "../../host-sim/device-assets";
import { PersianFont } from "../../host-sim/persian-font";
import { amountWords } from "./amount-words";
import { FONT_FIRST, TallFont } from "./font-format";
import { LINE_CHARACTERS } from "./screens";

const DISPLAY_COLUMNS = 128;
const english = packAssets("en");
const persian = packAssets("fa");

const EXPECTED: [amount: number, words: string][] = [
  [0, ""],
  [5, "5"],
  [999, "999"],
  [1000, "1 thou."],
  [250_000, "250 thou."],
  [1_000_000, "1 million"],
  [1_250_000, "1 million 250 thou."],
  [12_000_500, ""],
  [999_999_000, "999 million 999 thou."],
  [999_999_999, ""],
];

for (const [amount, words] of EXPECTED) {
  test(`${amount} is "${words}"`, () => {
    assert.is(amountWords(amount, english).trim(), words);
    assert.ok(words.length <= LINE_CHARACTERS);
  });
}

test("in Persian the same stands from right to left, and fits the display", () => {
  const font = new PersianFont();
  const [million, thousand] = ["میلیون", "هزار"].map((word) => font.encode(word));
  const codes = (text: string) => [...text].filter((one) => one !== " ").length;
  const text = amountWords(1_250_000, persian);
  assert.is(codes(text), codes(million) + codes(thousand) + "1250".length);
  assert.ok(text.indexOf("250") < text.indexOf("1 ") && text.trim().endsWith("1"), text);
  const widthOf = (wide: string) =>
    [...wide].reduce(
      (sum, one) => sum + persian.charCodeAt(TallFont.WidthsAt + one.charCodeAt(0) - FONT_FIRST),
      0,
    );
  // The widest that can be typed.
  for (const amount of [999_999_000, 888_888_000, 500_500_000, 444_444_000, 999_999]) {
    assert.ok(widthOf(amountWords(amount, persian).trim()) <= DISPLAY_COLUMNS, `${amount}`);
  }
});

test.run();
