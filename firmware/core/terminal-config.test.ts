import { Encoder } from "cbor-x";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Status } from "../../card-layout/status";
import {
  CONFIG_BYTES,
  CONFIG_RULESET_BYTES,
  decodeTerminalConfig,
  emptyTerminalConfig,
  encodeTerminalConfig,
  type TerminalConfig,
} from "./terminal-config";

/** Without `mapsAsObjects: false` cbor-x puts its own tag 259 in front of a map. */
const oracle = new Encoder({
  useRecords: false,
  variableMapSize: true,
  tagUint8Array: false,
  mapsAsObjects: false,
});

function secret(seed: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => (seed * 16 + i) % 256);
}

function sample(): TerminalConfig {
  return {
    terminalId: 65535,
    terminalEpoch: 2,
    clubId: 300,
    keyEpoch: 7,
    sealMaster: secret(1),
    previousSealMaster: secret(2),
    sectorMaster: secret(3),
    journalKey: secret(4),
    uplinkKey: secret(5),
    downlinkKey: secret(6),
    issuer: 9,
    ruleset: Uint8Array.from({ length: 700 }, (_, i) => i % 256),
  };
}

/** The same content as a map for cbor-x, to change at will. */
function sampleFields(): Map<unknown, unknown> {
  const config = sample();
  return new Map<unknown, unknown>([
    [0, 1],
    [1, config.terminalId],
    [2, config.terminalEpoch],
    [3, config.clubId],
    [4, config.keyEpoch],
    [5, config.sealMaster],
    [6, config.previousSealMaster],
    [7, config.sectorMaster],
    [8, config.journalKey],
    [9, config.uplinkKey],
    [10, config.downlinkKey],
    [11, config.issuer],
    [12, config.ruleset],
  ]);
}

function encode(config: TerminalConfig): Uint8Array {
  const out = new Uint8Array(CONFIG_BYTES);
  return out.slice(0, encodeTerminalConfig(config, out, 0));
}

function statusOf(bytes: Uint8Array): Status {
  return decodeTerminalConfig(bytes, 0, bytes.length, emptyTerminalConfig());
}

test("comes back whole, with and without the former seal master, from any offset", () => {
  const withoutPrevious = { ...sample(), previousSealMaster: undefined };
  const largest = { ...sample(), ruleset: new Uint8Array(CONFIG_RULESET_BYTES).fill(1) };
  for (const config of [sample(), withoutPrevious, largest]) {
    const bytes = encode(config);
    const shifted = new Uint8Array(bytes.length + 5);
    shifted.set(bytes, 3);
    const decoded = { ...emptyTerminalConfig(), previousSealMaster: secret(200) };
    assert.is(decodeTerminalConfig(shifted, 3, bytes.length, decoded), Status.Ok);
    assert.equal(decoded, config);
  }
});

test("is the CBOR that cbor-x writes", () => {
  const expected = oracle.encode(sampleFields());
  assert.is(Buffer.compare(encode(sample()), expected), 0);
});

test("each field is checked", () => {
  const cases: [string, Status, (fields: Map<unknown, unknown>) => void][] = [
    ["other format", Status.Unsupported, (fields) => fields.set(0, 2)],
    ["terminal id 0", Status.Malformed, (fields) => fields.set(1, 0)],
    ["terminal id too large", Status.Malformed, (fields) => fields.set(1, 65536)],
    ["terminal epoch too large", Status.Malformed, (fields) => fields.set(2, 256)],
    ["negative club", Status.Malformed, (fields) => fields.set(3, -1)],
    ["key epoch as text", Status.Malformed, (fields) => fields.set(4, "7")],
    ["former key of epoch 0", Status.Malformed, (fields) => fields.set(4, 0)],
    ["short key", Status.Malformed, (fields) => fields.set(5, new Uint8Array(15).fill(1))],
    ["long key", Status.Malformed, (fields) => fields.set(7, new Uint8Array(17).fill(1))],
    ["zero key", Status.Malformed, (fields) => fields.set(8, new Uint8Array(16))],
    ["zero former key", Status.Malformed, (fields) => fields.set(6, new Uint8Array(16))],
    ["key as text", Status.Malformed, (fields) => fields.set(9, "sixteen bytes ..")],
    ["issuer too large", Status.Malformed, (fields) => fields.set(11, 256)],
    ["no ruleset", Status.Malformed, (fields) => fields.set(12, new Uint8Array(0))],
    ["long ruleset", Status.Malformed, (fields) => fields.set(12, new Uint8Array(2049))],
    ["unknown field", Status.Unsupported, (fields) => fields.set(13, 1)],
    ["text field", Status.Malformed, (fields) => fields.set("x", 1)],
  ];
  for (const [name, expected, change] of cases) {
    const fields = sampleFields();
    change(fields);
    assert.is(statusOf(oracle.encode(fields)), expected, name);
  }
  for (const key of sampleFields().keys()) {
    const fields = sampleFields();
    fields.delete(key);
    assert.is(statusOf(oracle.encode(fields)), key === 6 ? Status.Ok : Status.Malformed, `${key}`);
  }
});

test("fields from 64 on are passed over, whatever they hold", () => {
  const fields = sampleFields();
  fields.set(64, [1, new Map([[1, "x"]]), new Uint8Array(3)]);
  fields.set(1000, null);
  assert.is(statusOf(oracle.encode(fields)), Status.Ok);
});

test("every truncation and every changed bit is refused or is another valid configuration", () => {
  const bytes = encode({ ...sample(), ruleset: Uint8Array.of(1, 2, 3) });
  for (let lengthBytes = 0; lengthBytes < bytes.length; lengthBytes++) {
    assert.is(statusOf(bytes.slice(0, lengthBytes)), Status.Malformed);
  }
  assert.is(statusOf(Uint8Array.of(...bytes, 0)), Status.Malformed);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Uint8Array.from(bytes);
    changed[bit >> 3] ^= 1 << (bit & 7);
    const config = emptyTerminalConfig();
    const status = decodeTerminalConfig(changed, 0, changed.length, config);
    if (status === Status.Ok) assert.equal(encode(config), changed);
  }
});

test.run();
