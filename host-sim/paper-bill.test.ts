/** Any keys that split a bill by category, beside the same bill on paper. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MAX_U32 } from "../firmware/core/money";
import { CATEGORY_COUNT } from "../firmware/core/ruleset-format";
import type { PadMachine } from "./pad-machine";
import { Rng } from "./rng";
import { COUNTER_RULES, enrolled, salesOf, settle, split, startedPad } from "./test-counter";

/** What the keys mean, once more and without the pad. */
class PaperBill {
  readonly parts: [category: number, toman: number][] = [];
  typed = "";
  category: string | undefined;

  get sum(): number {
    return this.parts.reduce((sum, [, toman]) => sum + toman, 0);
  }

  press(key: string): void {
    const isDigit = key >= "0" && key <= "9";
    if (this.category !== undefined) this.inCategory(key, isDigit);
    else if (isDigit || (key === "D" && this.typed !== "")) {
      const digits = isDigit ? key : "000";
      if (this.typed === "" && key === "0") return;
      if (this.typed.length + digits.length <= 9) this.typed += digits;
    } else if (key === "*") {
      if (this.typed === "") this.parts.pop();
      else this.typed = this.typed.slice(0, -1);
    } else if (key === "B" && this.typed !== "") {
      if (this.sum + Number(this.typed) <= 999_999_999) this.category = "";
    }
  }

  private inCategory(key: string, isDigit: boolean): void {
    const category = this.category as string;
    if (isDigit) {
      const isOne = ["0", "1", "2", "3", "4", "5"].includes(key) && category === "1";
      if (category === "" || isOne) this.category = category + key;
    } else if (key === "*") {
      this.category = category === "" ? undefined : category.slice(0, -1);
    } else if (key === "#" && category !== "" && this.hasRoom(Number(category))) {
      this.parts.push([Number(category), Number(this.typed)]);
      this.typed = "";
      this.category = undefined;
    }
  }

  private hasRoom(category: number): boolean {
    const named = new Set([...this.parts.map(([one]) => one), category]);
    const inIt = this.parts.filter(([one]) => one === category);
    const rial = inIt.reduce((sum, [, toman]) => sum + toman, Number(this.typed)) * 10;
    return named.size <= 7 && rial <= MAX_U32;
  }
}

test("whatever is pressed, nothing of the bill is lost and nothing is made", () => {
  const pad = startedPad(COUNTER_RULES, ["en"]);
  const card = enrolled(pad);
  const rng = new Rng("category keys");
  const drawn = "00112345679BBBB####**DD";
  let sold = 0;
  for (let i = 0; i < 40; i++) {
    const paper = new PaperBill();
    pad.press("**********");
    for (let k = 20 + rng.below(60); k > 0; k--) {
      const key = drawn[rng.below(drawn.length)];
      const isDone = key === "#" && paper.category === undefined;
      const isBalance = key === "B" && paper.typed === "" && paper.parts.length === 0;
      const isMenu = key === "D" && paper.typed === "" && paper.parts.length === 0;
      // These would end the bill, or are none.
      if (isDone || isBalance || isMenu) continue;
      paper.press(key);
      pad.press(key);
    }
    if (paper.category !== undefined) for (const key of "***") press(paper, pad, key);
    const toman = paper.sum + Number(paper.typed);
    if (toman === 0 || toman > 999_999_999) continue;
    pad.press("#");
    pad.tap(card);
    if (pad.screen().join().includes("The same sale again?")) {
      pad.press("#");
      pad.tap(card);
    }
    const sale = salesOf(pad).at(-1);
    sold++;
    assert.is(salesOf(pad).length, sold, `bill ${i}: ${pad.screen().join("\n")}`);
    assert.is(sale?.grossRial, toman * 10);
    const list = split();
    for (const [category, part] of paper.parts) {
      list[category] += 1;
      list[category + CATEGORY_COUNT] += part * 10;
    }
    assert.equal(sale?.categories, paper.parts.length === 0 ? undefined : list);
    pad.press("#");
  }
  assert.ok(sold > 20, `${sold} bills`);
  settle(pad);
});

function press(paper: PaperBill, pad: PadMachine, key: string): void {
  if (paper.category === undefined) return;
  paper.press(key);
  pad.press(key);
}

test.run();
