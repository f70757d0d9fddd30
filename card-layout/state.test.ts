/** The state record: round trips, limits, refusals, and that a seal opens at its own place only. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AesEngine } from "./aes-engine";
import type { SealPlace } from "./seal";
import {
  type CardState,
  copyState,
  decodeState,
  emptyState,
  encodeState,
  openState,
  sealState,
} from "./state";
import { Status } from "./status";
import { slowSivSeal } from "./testing/slow-siv";
import {
  aes,
  anyState,
  checkProperty,
  hex,
  samplePlace,
  sampleState,
  sealKeyOf,
  unhex,
} from "./testing/support";

const FILE = "state.test.ts";
const place = samplePlace();
const sealKey = sealKeyOf(place);
/** 999,999 mod 2. */
const SLOT = 1;

function sealed(state: CardState): Uint8Array {
  const out = new Uint8Array(144);
  assert.is(sealState(aes, sealKey, place, SLOT, state, out, 0), Status.Ok);
  return out;
}

function refusesToEncode(change: (state: CardState) => void): Status {
  const state = sampleState();
  change(state);
  return encodeState(state, new Uint8Array(128), 0);
}

test("every state survives sealing at any offset, and opening leaves the bytes", () => {
  const property = fc.property(anyState, fc.integer({ min: 0, max: 20 }), (state, offset) => {
    const buffer = new Uint8Array(170).fill(0xee);
    assert.is(sealState(aes, sealKey, place, SLOT, state, buffer, offset), Status.Ok);
    const before = hex(buffer);
    assert.is(before.slice(0, 2 * offset), "ee".repeat(offset));
    assert.is(before.slice(2 * (offset + 144)), "ee".repeat(26 - offset));
    const found = emptyState();
    assert.is(openState(aes, sealKey, place, SLOT, buffer, offset, found), Status.Ok);
    assert.equal(found, state);
    assert.is(hex(buffer), before);
  });
  checkProperty(FILE, property);
});

test("sealed bytes are RFC 5297 over the documented associated data", () => {
  const state = sampleState();
  const plaintext = new Uint8Array(128);
  encodeState(state, plaintext, 0);
  const key = Uint8Array.from([
    ...(sealKey.macKey as Uint8Array),
    ...(sealKey.ctrKey as Uint8Array),
  ]);
  // version, purpose, club, uid, counter 1,999,998, epoch
  const associatedData = unhex("01" + "04" + "3412" + "deadbeef000000" + "7e841e00" + "03");
  assert.is(hex(sealed(state)), hex(slowSivSeal(key, [associatedData], plaintext)));
});

test("sealing is deterministic, so a repair writes the same bytes", () => {
  assert.is(hex(sealed(sampleState())), hex(sealed(sampleState())));
});

test("a seal costs four engine calls", () => {
  const calls: string[] = [];
  const counting: AesEngine = {
    cbcMac(...parts) {
      calls.push("cbcMac");
      aes.cbcMac(...parts);
    },
    ctr(...parts) {
      calls.push("ctr");
      aes.ctr(...parts);
    },
  };
  sealState(counting, sealKey, place, SLOT, sampleState(), new Uint8Array(144), 0);
  assert.equal(calls, ["cbcMac", "cbcMac", "cbcMac", "ctr"]);
});

test("every single flipped bit is refused and neither buffer nor state changes", () => {
  const bytes = sealed(sampleState());
  const state = emptyState();
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    bytes[bit >> 3] ^= 1 << (bit & 7);
    const before = hex(bytes);
    assert.is(openState(aes, sealKey, place, SLOT, bytes, 0, state), Status.BadSeal, `bit ${bit}`);
    assert.is(hex(bytes), before);
    bytes[bit >> 3] ^= 1 << (bit & 7);
  }
  assert.equal(state, emptyState());
});

test("a record moved to any other place is refused", () => {
  const moves: [string, (moved: SealPlace) => void][] = [
    ["uid", (moved) => (moved.uid[3] ^= 1)],
    ["padding of the uid", (moved) => (moved.uid[6] ^= 1)],
    ["uid length", (moved) => (moved.uidLengthBytes = 7)],
    ["club", (moved) => (moved.clubId ^= 0x100)],
    ["older counter", (moved) => (moved.counter += 4)],
    ["newer counter", (moved) => (moved.counter -= 4)],
    ["counter, high byte", (moved) => (moved.counter += 2 ** 24)],
    ["key epoch", (moved) => (moved.keyEpoch += 1)],
  ];
  const bytes = sealed(sampleState());
  for (const [name, move] of moves) {
    const moved = samplePlace();
    move(moved);
    const state = emptyState();
    assert.is(openState(aes, sealKey, moved, SLOT, bytes, 0, state), Status.BadSeal, name);
    assert.equal(state, emptyState(), name);
  }
  assert.is(openState(aes, sealKey, place, 0, bytes, 0, emptyState()), Status.BadSeal, "slot");
});

test("a key derived for another card, club or epoch opens nothing", () => {
  const bytes = sealed(sampleState());
  const others = [samplePlace(), samplePlace(), samplePlace(), samplePlace()];
  others[0].uid[0] ^= 0x80;
  others[1].clubId += 1;
  others[2].keyEpoch += 1;
  others[3].uidLengthBytes = 7;
  for (const other of others) {
    const status = openState(aes, sealKeyOf(other), place, SLOT, bytes, 0, emptyState());
    assert.is(status, Status.BadSeal);
  }
});

test("values at the limit of their size are kept exactly", () => {
  const state = sampleState();
  state.debtRial = 2 ** 40 - 1;
  state.lifeSpendRial = 2 ** 40 - 1;
  state.points = 2 ** 32 - 1;
  state.lastSequence = 2 ** 32 - 1;
  state.groupReviewDay = 0xffff;
  const lot = {
    amountRial: 2 ** 40 - 1,
    fromDay: 0xfffe,
    untilDay: 0xffff,
    issuer: 255,
    kind: 255,
  };
  state.lots[5] = lot;
  const found = emptyState();
  assert.is(openState(aes, sealKey, place, SLOT, sealed(state), 0, found), Status.Ok);
  assert.equal(found, state);
});

test("values beyond their size, negative or broken are never sealed", () => {
  const changes: [string, (state: CardState) => void][] = [
    ["debt 2^40", (state) => (state.debtRial = 2 ** 40)],
    ["lot 2^40", (state) => (state.lots[0].amountRial = 2 ** 40)],
    ["points 2^32", (state) => (state.points = 2 ** 32)],
    ["negative points", (state) => (state.points = -1)],
    ["half a rial", (state) => (state.lifeSpendRial = 0.5)],
    ["not a number", (state) => (state.periodSpendRial = Number.NaN)],
    ["visits 2^16", (state) => (state.visits = 65536)],
    ["minute 1440", (state) => (state.lastMinute = 1440)],
    ["free lot with a day", (state) => (state.lots[2].amountRial = 0)],
    ["lot that starts never", (state) => (state.lots[3].fromDay = 0xffff)],
  ];
  for (const [name, change] of changes) {
    assert.is(refusesToEncode(change), Status.Malformed, name);
  }
  assert.is(
    refusesToEncode((state) => (state.flags = 16)),
    Status.Unsupported,
  );
});

test("a lot may not end before it begins", () => {
  const endsTooEarly = (state: CardState) => {
    state.lots[1].fromDay = 101;
    state.lots[1].untilDay = 100;
  };
  assert.is(refusesToEncode(endsTooEarly), Status.Malformed);
});

test("any 128 bytes decode to a state that encodes to the same bytes, or are refused", () => {
  const bytes128 = fc.uint8Array({ minLength: 128, maxLength: 128 });
  const plausible = fc.tuple(bytes128, anyState).map(([noise, state]) => {
    encodeState(state, noise, 0);
    noise[noise[127] & 127] ^= 1;
    return noise;
  });
  const property = fc.property(fc.oneof(bytes128, plausible), (bytes) => {
    const state = emptyState();
    const status = decodeState(bytes, 0, state);
    if (status !== Status.Ok) {
      assert.ok(status === Status.Malformed || status === Status.Unsupported);
      assert.equal(state, emptyState());
      return;
    }
    const again = new Uint8Array(128);
    assert.is(encodeState(state, again, 0), Status.Ok);
    assert.is(hex(again), hex(bytes));
  });
  checkProperty(FILE, property, 1000);
});

test("a copy is equal and independent", () => {
  const property = fc.property(anyState, (state) => {
    const copy = emptyState();
    copyState(state, copy);
    assert.equal(copy, state);
    copy.lots[0].amountRial += 1;
    copy.punches[0] ^= 1;
    copy.baseTag[4] ^= 1;
    assert.is.not(copy.lots[0].amountRial, state.lots[0].amountRial);
    assert.is.not(copy.punches[0], state.punches[0]);
    assert.is.not(copy.baseTag[4], state.baseTag[4]);
  });
  checkProperty(FILE, property, 50);
});

test.run();
