/** Log entries: round trip, what is hidden, refusals. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { emptyLogEntry, type LogEntry, openLogEntry, sealLogEntry } from "./log-ring";
import { Status } from "./status";
import { logEntryOf, type NamedLogEntry } from "./testing/named-records";
import { aes, checkProperty, hex, samplePlace, sealKeyOf } from "./testing/support";

const FILE = "log-ring.test.ts";
const sealKey = sealKeyOf(samplePlace());
const u16 = fc.integer({ min: 0, max: 0xffff });
const anyEntry: fc.Arbitrary<LogEntry> = fc
  .record({
    type: fc.integer({ min: 1, max: 8 }),
    terminal: u16,
    sequenceLow: u16,
    day: u16,
    amountRial: fc.integer({ min: 0, max: 2 ** 40 - 1 }),
    creditDeltaRial: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  })
  .map(logEntryOf);

function sealed(entry: LogEntry): Uint8Array {
  const out = new Uint8Array(16);
  assert.is(sealLogEntry(aes, sealKey, entry, out, 0), Status.Ok);
  return out;
}

function sample(changes: Partial<NamedLogEntry> = {}): LogEntry {
  const head = { type: 1, terminal: 7, sequenceLow: 0x1234, day: 2301 };
  return logEntryOf({ ...head, amountRial: 3_000_000, creditDeltaRial: -300_000, ...changes });
}

test("every entry survives, and reading leaves the bytes", () => {
  const property = fc.property(anyEntry, (entry) => {
    const bytes = sealed(entry);
    const before = hex(bytes);
    const found = emptyLogEntry();
    assert.is(openLogEntry(aes, sealKey, bytes, 0, found), Status.Ok);
    assert.equal(found, entry);
    assert.is(hex(bytes), before);
  });
  checkProperty(FILE, property);
});

test("amounts are hidden differently under another sequence, day, terminal or card", () => {
  const secrets = new Set<string>();
  const add = (bytes: Uint8Array) => secrets.add(hex(bytes.subarray(7)));
  add(sealed(sample()));
  add(sealed(sample({ sequenceLow: 0x1235 })));
  add(sealed(sample({ day: 2302 })));
  add(sealed(sample({ terminal: 8 })));
  const otherCard = samplePlace();
  otherCard.uid[0] ^= 1;
  const out = new Uint8Array(16);
  sealLogEntry(aes, sealKeyOf(otherCard), sample(), out, 0);
  add(out);
  secrets.add("c0c62d00006c6cfbff");
  assert.is(secrets.size, 6, "the last one is the plaintext");
});

test("an entry never written is not found, an unknown type unsupported", () => {
  const found = sample();
  assert.is(openLogEntry(aes, sealKey, new Uint8Array(16), 0, found), Status.NotFound);
  assert.is(openLogEntry(aes, sealKey, new Uint8Array(16).fill(9), 0, found), Status.Unsupported);
  assert.equal(found, sample());
});

test("values out of range are refused", () => {
  const changes: Partial<NamedLogEntry>[] = [
    { type: 0 },
    { type: 9 },
    { terminal: 65536 },
    { amountRial: 2 ** 40 },
    { amountRial: -1 },
    { creditDeltaRial: 2 ** 31 },
    { creditDeltaRial: -(2 ** 31) - 1 },
    { creditDeltaRial: 0.5 },
  ];
  for (const change of changes) {
    const status = sealLogEntry(aes, sealKey, sample(change), new Uint8Array(16), 0);
    assert.is(status, Status.Malformed, JSON.stringify(change));
  }
});

test.run();
