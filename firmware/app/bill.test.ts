import { test } from "uvu";
import * as assert from "uvu/assert";
import { MAX_U32 } from "../core/money";
import { CATEGORY_COUNT, MOST_BILL_CATEGORIES } from "../core/ruleset-format";
import { createBill } from "./bill";
import { createPadModel, type PadModel } from "./pad-model";

function bill(unitRial: number) {
  const model: PadModel = createPadModel();
  const { add, takeBack, categories } = createBill(model, unitRial);
  const put = (category: number | string, amountRial: number) => {
    model.typed = `${category}`;
    model.askedRial = amountRial;
    model.grossRial += amountRial;
    const isAdded = add();
    if (!isAdded) model.grossRial -= amountRial;
    return isAdded;
  };
  return { model, put, takeBack, categories };
}

test("a category holds four bytes of rial, and not one more", () => {
  for (const first of [1, 127, 128, 65_536, MAX_U32 - 1]) {
    const { put, model, categories } = bill(1);
    assert.ok(put(9, first));
    assert.not(put(9, MAX_U32 - first + 1));
    assert.is(categories()[25], first);
    assert.ok(put(9, MAX_U32 - first));
    assert.is(categories()[25], MAX_U32);
    assert.not(put(9, 1));
    assert.ok(put(8, MAX_U32));
    assert.is(model.grossRial, 2 * MAX_U32);
  }
  assert.not(bill(1).put(9, MAX_U32 + 1));
});

test("255 pieces, and not one more, of one category or of all", () => {
  for (const categoryOf of [() => 4, (i: number) => i % MOST_BILL_CATEGORIES]) {
    const { put, takeBack, model, categories } = bill(10);
    for (let i = 0; i < 255; i++) assert.ok(put(categoryOf(i), 10), `${i}`);
    assert.not(put(4, 10));
    assert.is(model.rows[0], "255");
    assert.is(
      categories()
        .slice(0, CATEGORY_COUNT)
        .reduce((a, b) => a + b),
      255,
    );
    takeBack();
    assert.ok(put(4, 10));
  }
});

test("no category typed is none", () => {
  const { put, model } = bill(10);
  assert.not(put("", 10));
  assert.is(model.bill, "");
});

test.run();
