/** Derived keys: the documented formula, and that no two uses share a key. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  deriveSectorKey,
  deriveTerminalKey,
  encodeSectorInput,
  KEY_INPUT_BYTES,
  KEY_TYPE_A,
  KEY_TYPE_B,
} from "./keys";
import { slowCmac } from "./testing/slow-siv";
import {
  aes,
  hex,
  SEAL_MASTER,
  SECTOR_MASTER,
  samplePlace,
  sealKeyOf,
  unhex,
} from "./testing/support";

const UID4 = unhex("deadbeef000000");
const UID7 = unhex("04112233445566");

function sectorKey(
  uid: Uint8Array,
  uidLengthBytes: number,
  club: number,
  sector: number,
  type: number,
) {
  const out = new Uint8Array(8);
  const input = new Uint8Array(KEY_INPUT_BYTES);
  encodeSectorInput(uid, uidLengthBytes, club, input);
  deriveSectorKey(aes, SECTOR_MASTER, input, sector, type, out, 1);
  assert.is(out[0] + out[7], 0, "six bytes are written");
  return hex(out.subarray(1, 7));
}

/** AN10922 equals CMAC here, because the input with its constant has 17 bytes. */
function expectedKey(master: Uint8Array, input: string): string {
  return hex(slowCmac(master, unhex(`01${input}`)));
}

test("sector keys follow the documented input", () => {
  const input = "deadbeef000000" + "04" + "3412" + "01" + "0b" + "61" + "435031";
  const expected = expectedKey(SECTOR_MASTER, input).slice(0, 12);
  assert.is(sectorKey(UID4, 4, 0x1234, 11, KEY_TYPE_B), expected);
});

test("seal keys follow the documented input", () => {
  const sealKey = sealKeyOf(samplePlace());
  const head = "deadbeef000000" + "04" + "3412";
  const tail = "0300435031";
  assert.is(hex(sealKey.macKey as Uint8Array), expectedKey(SEAL_MASTER, `${head}02${tail}`));
  assert.is(hex(sealKey.ctrKey as Uint8Array), expectedKey(SEAL_MASTER, `${head}03${tail}`));
});

test("terminal keys follow the documented input and differ by purpose, epoch and terminal", () => {
  const derive = (terminal: number, epoch: number, purpose: number) => {
    const out = new Uint8Array(16);
    deriveTerminalKey(aes, SEAL_MASTER, terminal, epoch, purpose, out, 0);
    return hex(out);
  };
  const input = "00000000000000" + "00" + "0201" + "12" + "05" + "00" + "435031";
  assert.is(derive(0x0102, 5, 2), expectedKey(SEAL_MASTER, input));
  const keys = [
    derive(1, 5, 1),
    derive(1, 5, 2),
    derive(1, 5, 3),
    derive(1, 6, 1),
    derive(2, 5, 1),
  ];
  assert.is(new Set(keys).size, keys.length);
});

test("sector keys differ by card, UID length, club, sector and key type", () => {
  const keys = new Set<string>();
  let count = 0;
  for (const uid of [UID4, UID7]) {
    for (const uidLengthBytes of [4, 7]) {
      for (const club of [1, 256]) {
        for (let sector = 1; sector < 16; sector++) {
          keys.add(sectorKey(uid, uidLengthBytes, club, sector, KEY_TYPE_A));
          keys.add(sectorKey(uid, uidLengthBytes, club, sector, KEY_TYPE_B));
          count += 2;
        }
      }
    }
  }
  assert.is(keys.size, count);
});

test("key A of the directory is public, its key B is not", () => {
  assert.is(sectorKey(UID4, 4, 1, 0, KEY_TYPE_A), "a0a1a2a3a4a5");
  assert.is.not(sectorKey(UID4, 4, 1, 0, KEY_TYPE_B), "a0a1a2a3a4a5");
  assert.is.not(sectorKey(UID4, 4, 1, 0, KEY_TYPE_B), sectorKey(UID7, 7, 1, 0, KEY_TYPE_B));
});

test.run();
