import { test } from "uvu";
import * as assert from "uvu/assert";
import { VirtualClock } from "./clock";

test("events run in order of time, then of asking", () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  clock.at(20, () => seen.push(`late ${clock.nowUs}`));
  clock.at(10, () => seen.push(`first ${clock.nowUs}`));
  clock.at(10, () => seen.push(`second ${clock.nowUs}`));
  clock.at(30.5, () => seen.push("beyond"));
  clock.advance(20);
  assert.equal(seen, ["first 10", "second 10", "late 20"]);
  assert.is(clock.nowUs, 20);
  assert.is(clock.nextEventUs(), 30.5);
});

test("an event may schedule another that is due in the same advance", () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const repeat = () => {
    seen.push(clock.nowUs);
    if (seen.length < 4) clock.after(2, repeat);
  };
  clock.after(1, repeat);
  clock.advance(6);
  assert.equal(seen, [1, 3, 5]);
  clock.advance(1);
  assert.equal(seen, [1, 3, 5, 7]);
  assert.is(clock.nextEventUs(), undefined);
});

test("cancelled events do not run, and cancelling twice or late is harmless", () => {
  const clock = new VirtualClock();
  let runs = 0;
  const cancel = clock.at(5, () => runs++);
  const cancelLate = clock.at(5, () => runs++);
  cancel();
  cancel();
  clock.advance(5);
  cancelLate();
  assert.is(runs, 1);
});

test("a time that has passed means now", () => {
  const clock = new VirtualClock();
  clock.advance(100);
  let ranAtUs = -1;
  clock.at(50, () => {
    ranAtUs = clock.nowUs;
  });
  clock.advance(0);
  assert.is(ranAtUs, 100);
});

test("time neither runs back nor inside an event", () => {
  const clock = new VirtualClock();
  assert.throws(() => clock.advance(-1), /cannot pass/);
  assert.throws(() => clock.advance(Number.NaN), /cannot pass/);
  assert.throws(() => clock.at(Number.NaN, () => {}), /needs a time/);
  clock.at(1, () => clock.advance(1));
  assert.throws(() => clock.advance(2), /tried to advance/);
});

test.run();
