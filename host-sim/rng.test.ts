import { test } from "uvu";
import * as assert from "uvu/assert";
import { Rng } from "./rng";

function draw(rng: Rng, count: number): number[] {
  return Array.from({ length: count }, () => rng.next());
}

test("the same seed gives the same numbers, another seed others", () => {
  assert.equal(draw(new Rng("a"), 20), draw(new Rng("a"), 20));
  assert.equal(draw(new Rng(7), 20), draw(new Rng("7"), 20));
  assert.is.not(draw(new Rng(7), 1)[0], draw(new Rng(8), 1)[0]);
});

test("the sequence never changes: recorded seeds must replay in later versions", () => {
  assert.equal(draw(new Rng("clubpad"), 4), [2226997641, 2138488295, 364126165, 1201874338]);
});

test("below, bytes, fraction and chance stay in range and reach all of it", () => {
  const rng = new Rng(1);
  const seen = new Set<number>();
  for (let round = 0; round < 500; round++) seen.add(rng.below(7));
  assert.equal([...seen].sort(), [0, 1, 2, 3, 4, 5, 6]);
  assert.ok(new Set(rng.bytes(5000)).size === 256);
  const hits = Array.from({ length: 10_000 }, () => rng.chance(0.3)).filter(Boolean).length;
  assert.ok(hits > 2700 && hits < 3300, `${hits} of 10000 at 0.3`);
  assert.not(rng.chance(0));
  assert.ok(rng.chance(1));
  assert.throws(() => rng.below(0), /below 0/);
});

test("each bit is one about half the time", () => {
  const rng = new Rng("bits");
  const ones = new Array<number>(32).fill(0);
  for (let round = 0; round < 4000; round++) {
    const value = rng.next();
    for (let bit = 0; bit < 32; bit++) ones[bit] += (value >>> bit) & 1;
  }
  assert.ok(
    ones.every((count) => count > 1800 && count < 2200),
    ones.join(),
  );
});

test("forks are independent of each other and of later draws", () => {
  const parent = new Rng(3);
  const card = parent.fork("card");
  const link = parent.fork("link");
  assert.is.not(card.next(), link.next());
  const again = new Rng(3).fork("card");
  again.next();
  assert.is(card.next(), again.next());
});

test.run();
