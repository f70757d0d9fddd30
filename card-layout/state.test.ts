/** The state record: round trips, limits, refusals, and that a seal opens at its own place only. */

import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AesEngine } from "./aes-engine";
import { copyNumbers } from "./bytes";
import type { SealPlace } from "./seal";
import {
  type CardState,
  decodeState,
  emptyState,
  encodeState,
  LotField,
  openState,
  StateField,
  sealState,
} from "./state";
import { Status } from "./status";
import { lotIndex, setLot } from "./testing/named-records";
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

function sealed(state: CardState): Uint8Array {
  const out = new Uint8Array(144);
  assert.is(sealState(aes, sealKey, place, state, out, 0), Status.Ok);
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
    assert.is(sealState(aes, sealKey, place, state, buffer, offset), Status.Ok);
    const before = hex(buffer);
    assert.is(before.slice(0, 2 * offset), "ee".repeat(offset));
    assert.is(before.slice(2 * (offset + 144)), "ee".repeat(26 - offset));
    const found = emptyState();
    assert.is(openState(aes, sealKey, place, buffer, offset, found), Status.Ok);
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
  sealState(counting, sealKey, place, sampleState(), new Uint8Array(144), 0);
  assert.equal(calls, ["cbcMac", "cbcMac", "cbcMac", "ctr"]);
});

test("every single flipped bit is refused and neither buffer nor state changes", () => {
  const bytes = sealed(sampleState());
  const state = emptyState();
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    bytes[bit >> 3] ^= 1 << (bit & 7);
    const before = hex(bytes);
    assert.is(openState(aes, sealKey, place, bytes, 0, state), Status.BadSeal, `bit ${bit}`);
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
    ["other slot", (moved) => (moved.counter += 2)],
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
    assert.is(openState(aes, sealKey, moved, bytes, 0, state), Status.BadSeal, name);
    assert.equal(state, emptyState(), name);
  }
});

test("a key derived for another card, club or epoch opens nothing", () => {
  const bytes = sealed(sampleState());
  const others = [samplePlace(), samplePlace(), samplePlace(), samplePlace()];
  others[0].uid[0] ^= 0x80;
  others[1].clubId += 1;
  others[2].keyEpoch += 1;
  others[3].uidLengthBytes = 7;
  for (const other of others) {
    const status = openState(aes, sealKeyOf(other), place, bytes, 0, emptyState());
    assert.is(status, Status.BadSeal);
  }
});

test("values at the limit of their size are kept exactly", () => {
  const state = sampleState();
  state[StateField.DebtRial] = 2 ** 40 - 1;
  state[StateField.LifeSpendRial] = 2 ** 40 - 1;
  state[StateField.Points] = 2 ** 32 - 1;
  state[StateField.LastSequence] = 2 ** 32 - 1;
  state[StateField.GroupReviewDay] = 0xffff;
  const lot = { amountRial: 2 ** 40 - 1, fromDay: 0xfffe, untilDay: 0xffff };
  setLot(state, 5, { ...lot, issuer: 255, kind: 255 });
  const found = emptyState();
  assert.is(openState(aes, sealKey, place, sealed(state), 0, found), Status.Ok);
  assert.equal(found, state);
});

test("values beyond their size, negative or broken are never sealed", () => {
  const changes: [string, (state: CardState) => void][] = [
    ["debt 2^40", (state) => (state[StateField.DebtRial] = 2 ** 40)],
    ["lot 2^40", (state) => (state[lotIndex(0) + LotField.AmountRial] = 2 ** 40)],
    ["points 2^32", (state) => (state[StateField.Points] = 2 ** 32)],
    ["negative points", (state) => (state[StateField.Points] = -1)],
    ["half a rial", (state) => (state[StateField.LifeSpendRial] = 0.5)],
    ["not a number", (state) => (state[StateField.PeriodSpendRial] = Number.NaN)],
    ["visits 2^16", (state) => (state[StateField.Visits] = 65536)],
    ["minute 1440", (state) => (state[StateField.LastMinute] = 1440)],
    ["free lot with a day", (state) => (state[lotIndex(2) + LotField.AmountRial] = 0)],
    ["lot that starts never", (state) => (state[lotIndex(3) + LotField.FromDay] = 0xffff)],
    ["unknown flag", (state) => (state[StateField.Flags] = 16)],
    ["grant without a place", (state) => (state[StateField.Grant] = 1)],
  ];
  for (const [name, change] of changes) {
    assert.is(refusesToEncode(change), Status.Malformed, name);
  }
});

test("a lot may not end before it begins", () => {
  const endsTooEarly = (state: CardState) => {
    state[lotIndex(1) + LotField.FromDay] = 101;
    state[lotIndex(1) + LotField.UntilDay] = 100;
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
      assert.is(status, Status.Malformed);
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
    copyNumbers(state, copy);
    assert.equal(copy, state);
    copy[StateField.Visits] += 1;
    assert.is.not(copy[StateField.Visits], state[StateField.Visits]);
  });
  checkProperty(FILE, property, 50);
});

test.run();
