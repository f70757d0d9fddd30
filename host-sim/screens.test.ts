import { existsSync, readdirSync, readFileSync } from "node:fs";
import { PNG } from "pngjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FONT_FIRST, TallFont } from "../firmware/app/font-format";
import { amountText } from "../firmware/app/money-text";
import { LANGUAGES, packAssets, parseScreens, screensOf } from "./device-assets";
import { PersianFont } from "./persian-font";
import { drawScreens } from "./screen-gallery";
import { drawPicture } from "./screen-png";

const PICTURES = "docs/pictures/screens";
const RENEW = "npx clubpad sim screens";

/** The names of the enumeration, in its order. */
const SCREEN_IDS = [
  ...(/enum ScreenId \{(.*?)\n\}/s.exec(readFileSync("firmware/app/screens.ts", "utf8"))?.[1] ?? "")
    .replace(/\/\*.*?\*\//gs, "")
    .matchAll(/\w+/g),
].map(([name]) => name);

for (const language of LANGUAGES) {
  test(`${language}: every screen is there, in the order that the pad counts them`, () => {
    assert.ok(SCREEN_IDS.length > 40);
    assert.equal(
      screensOf(language).map(({ name }) => name),
      SCREEN_IDS,
    );
  });

  test(`${language}: every screen looks as its picture; ${RENEW} renews them`, () => {
    for (const { name, display } of drawScreens(language)) {
      const file = `${PICTURES}/${language}/${name}.png`;
      assert.ok(existsSync(file), `${file} is missing`);
      const before = PNG.sync.read(readFileSync(file)).data;
      assert.ok(before.equals(drawPicture(display).data), `${name} is not as in ${file}`);
    }
  });

  test(`${language}: no picture is of a screen that is gone`, () => {
    const names = readdirSync(`${PICTURES}/${language}`).map((file) => file.replace(".png", ""));
    assert.equal(names.sort(), [...SCREEN_IDS].sort());
  });
}

test("both languages name the same values in the same screens, where they have room", () => {
  const [english, persian] = LANGUAGES.map(
    (language) => new Map(screensOf(language).map((screen) => [screen.name, screen.lines])),
  );
  for (const [name, lines] of english) {
    const asks = (screen: typeof lines = []) => screen.some(({ isBig }) => isBig);
    const isTyped = lines.some(({ text }) => text === "") && asks(lines);
    if (isTyped && name !== "Partial" && name !== "Sale") {
      // There the figure stands beside its unit.
      const place = name === "KindAmount" ? "InToman" : name;
      assert.ok(asks(persian.get(place)), `${name} shows its figure in English only`);
    }
  }
});

test("a text too wide, a letter that is missing and an unknown value are refused by line", () => {
  assert.throws(() => parseScreens("[A]\nhello {nothing}\n"), /line 2: no value .*"nothing"/);
  assert.throws(() => parseScreens("[A]\n1\n2\n", 1), /line 3: a screen has 1 lines/);
  const font = new PersianFont();
  assert.throws(() => font.encode("漢"), /no letter/);
  assert.throws(() => font.widthOf(font.encode("بله!")), /has no "!"/);
});

test("letters join, digits and Latin stand from left to right in a line from right to left", () => {
  const font = new PersianFont();
  // Three letters alone are wider than joined, and have other shapes.
  const alone = ["ب", "ی", "ب"].map((letter) => font.encode(letter)).join("");
  const joined = font.encode("بیب");
  assert.is.not(joined, alone);
  assert.ok(font.widthOf(joined) < font.widthOf(alone));
  assert.ok(font.encode("کلید A 12").startsWith("A 12 "));
  assert.is(font.encode("۱۲۳"), "123");
});

test("whatever a value may hold has a shape in the Persian font, odd rials as well", () => {
  const assets = packAssets("fa");
  for (const sign of `${amountText(12_345, 10)}-/:*Q`) {
    const widthAt = TallFont.WidthsAt + sign.charCodeAt(0) - FONT_FIRST;
    assert.ok(assets.charCodeAt(widthAt) > 0, `"${sign}" would not be seen`);
  }
});

test("packed assets of both languages fit the smallest board's storage beside the bundle", () => {
  for (const language of LANGUAGES) assert.ok(packAssets(language).length < 7_000, language);
});

test.run();
