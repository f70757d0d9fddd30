import { test } from "uvu";
import * as assert from "uvu/assert";
import { Status } from "../../card-layout/status";
import {
  CONFIG_BYTES,
  CONFIG_RULESET_BYTES,
  checkTerminalConfig,
  decodeTerminalConfig,
  encodeTerminalConfig,
  type TerminalConfig,
} from "./terminal-config";

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

function encode(config: TerminalConfig): Uint8Array {
  const out = new Uint8Array(CONFIG_BYTES).fill(0xee);
  return out.slice(0, encodeTerminalConfig(config, out));
}

test("comes back whole, with and without the former seal master", () => {
  const withoutPrevious = { ...sample(), previousSealMaster: undefined };
  const largest = { ...sample(), ruleset: new Uint8Array(CONFIG_RULESET_BYTES).fill(1) };
  for (const config of [sample(), withoutPrevious, largest]) {
    const bytes = encode(config);
    assert.is(checkTerminalConfig(bytes), Status.Ok);
    assert.equal(decodeTerminalConfig(bytes), config);
  }
});

test("the bytes are those that the file's head describes", () => {
  const bytes = encode({ ...sample(), ruleset: Uint8Array.of(0xab, 0xcd) });
  assert.is(Buffer.from(bytes.slice(0, 9)).toString("hex"), "01ffff2c0102070906");
  const keys = [1, 3, 4, 5, 6, 2].flatMap((seed) => [...secret(seed)]);
  assert.equal([...bytes.slice(9)], [...keys, 0xab, 0xcd]);
});

test("what provisioning can get wrong is refused", () => {
  const good = encode(sample());
  const cases: [string, Status, (bytes: Uint8Array) => void][] = [
    ["other format", Status.Unsupported, (bytes) => bytes.fill(2, 0, 1)],
    ["terminal id 0", Status.Malformed, (bytes) => bytes.fill(0, 1, 3)],
    ["four keys", Status.Malformed, (bytes) => bytes.fill(4, 8, 9)],
    ["seven keys", Status.Malformed, (bytes) => bytes.fill(7, 8, 9)],
    ["erased flash", Status.Unsupported, (bytes) => bytes.fill(0xff)],
    ["zeros", Status.Unsupported, (bytes) => bytes.fill(0)],
  ];
  for (let key = 0; key < 6; key++) {
    const start = 9 + 16 * key;
    cases.push([`zero key ${key}`, Status.Malformed, (bytes) => bytes.fill(0, start, start + 16)]);
  }
  for (const [name, expected, change] of cases) {
    const bytes = Uint8Array.from(good);
    change(bytes);
    assert.is(checkTerminalConfig(bytes), expected, name);
  }
  assert.is(checkTerminalConfig(good), Status.Ok);
});

test("whatever is cut off before the ruleset's first byte is refused", () => {
  for (const config of [sample(), { ...sample(), previousSealMaster: undefined }]) {
    const bytes = encode(config);
    const rulesetOffset = bytes.length - config.ruleset.length;
    for (let lengthBytes = 0; lengthBytes <= rulesetOffset; lengthBytes++) {
      assert.is.not(checkTerminalConfig(bytes.slice(0, lengthBytes)), Status.Ok);
    }
    assert.is(checkTerminalConfig(bytes.slice(0, rulesetOffset + 1)), Status.Ok);
  }
});

test("every changed bit is refused or is another valid configuration", () => {
  const bytes = encode({ ...sample(), ruleset: Uint8Array.of(1, 2, 3) });
  let acceptedCount = 0;
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Uint8Array.from(bytes);
    changed[bit >> 3] ^= 1 << (bit & 7);
    if (checkTerminalConfig(changed) !== Status.Ok) continue;
    acceptedCount += 1;
    assert.equal(encode(decodeTerminalConfig(changed)), changed);
  }
  assert.ok(acceptedCount > 800);
});

test.run();
