/** What serves a line comes with the first byte and goes when it may. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createOnDemand } from "./on-demand";

test("it exists from the first byte until it is dropped, and while it is needed", () => {
  let hasByte = false;
  let isNeeded = false;
  let made = 0;
  let steps = 0;
  const serial = { hasWaiting: () => hasByte, read: () => 0, write: () => undefined };
  const create = () => {
    made++;
    return { step: () => ++steps > 0 };
  };
  const work = createOnDemand(serial, create, () => isNeeded);
  assert.is(work.step(), false);
  assert.is(made, 0);
  hasByte = true;
  assert.is(work.step(), true);
  hasByte = false;
  assert.is(work.step(), true);
  assert.is(made, 1);
  isNeeded = true;
  work.drop();
  work.step();
  assert.is(made, 1);
  isNeeded = false;
  work.drop();
  assert.is(work.step(), false);
  assert.is(made, 1);
  isNeeded = true;
  work.step();
  assert.is(made, 2);
  assert.is(steps, 4);
});

test.run();
