/**
 * Keeps the record tables of SPEC.md true: for every row one field is changed in the encoder's
 * input, and exactly the bytes of that row must change.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AesEngine } from "./aes-engine";
import { fillBytes } from "./bytes";
import * as identityModule from "./identity";
import { encodeKeyInput } from "./keys";
import { sealLogEntry } from "./log-ring";
import * as madModule from "./mad";
import * as nameModule from "./name";
import * as sealModule from "./seal";
import * as stateModule from "./state";
import { Status } from "./status";
import {
  FREE_LOT,
  identityOf,
  logEntryOf,
  type NamedState,
  namedIdentity,
  namedState,
  setLot,
  setState,
} from "./testing/named-records";
import { type Row, rowsOf, SPEC } from "./testing/spec-tables";
import {
  hex,
  SECTOR_MASTER,
  sampleIdentity,
  samplePlace,
  sampleState,
  sealKeyOf,
} from "./testing/support";
import { encodeTrailer } from "./trailer";
import { encodeValueBlock } from "./value-block";

/** An engine under which sealed records lie open: a zero key stream and zero tags. */
const transparent: AesEngine = {
  cbcMac: (_key, _message, _offset, _lengthBytes, chain) => fillBytes(chain, 0, 16, 0),
  ctr: () => {},
};

/**
 * Each row's field is set to 0 and to its greatest value; the bytes between must be exactly the
 * row's. `encode` returns the record with the named field set, or undefined for a fixed field.
 */
function checkRows(
  heading: string,
  sizeBytes: number,
  encode: (name: string, isHigh: boolean) => Uint8Array | undefined,
): string[] {
  const fixed: string[] = [];
  for (const row of rowsOf(heading, sizeBytes)) {
    const low = encode(row.name, false);
    const high = encode(row.name, true);
    if (low === undefined || high === undefined) {
      fixed.push(row.name);
      continue;
    }
    assert.is(low.length, sizeBytes);
    const expected = Array.from({ length: row.size }, (_, i) => row.offset + i);
    const changed = [...low.keys()].filter((i) => low[i] !== high[i]);
    assert.equal(changed, expected, `${heading}: ${row.name}`);
  }
  return fixed;
}

/** 0 or the greatest value of a field of `size` bytes, so that all its bytes differ. */
function extreme(rows: Row[], name: string, isHigh: boolean): number {
  const row = rows.find((candidate) => candidate.name === name);
  return isHigh ? 256 ** row!.size - 1 : 0;
}

function sameFields(heading: string, rows: Row[], record: object): void {
  const names = rows.map((row) => row.name).filter((name) => name !== "reserved");
  assert.equal([...names].sort(), Object.keys(record).sort(), `${heading}: field names`);
}

test("state record", () => {
  const rows = rowsOf("State record", stateModule.STATE_BYTES);
  sameFields("State record", rows, namedState(stateModule.emptyState()));
  // Fields whose values are restricted to fewer than their bytes allow, and the lists.
  const full = { amountRial: 2 ** 40 - 1, fromDay: 0xfefe, untilDay: 0xffff };
  const usedLot = { ...full, issuer: 255, kind: 255 };
  const special: Record<string, (isHigh: boolean) => Partial<NamedState>> = {
    flags: (isHigh) => ({ flags: isHigh ? 15 : 0 }),
    lastMinute: (isHigh) => ({ lastMinute: isHigh ? 0x0101 : 0 }),
    punches: (isHigh) => ({ punches: Array(4).fill(isHigh ? 255 : 0) }),
    baseTag: (isHigh) => ({ baseTag: isHigh ? 2 ** 40 - 1 : 0 }),
    lots: (isHigh) => ({ lots: Array(6).fill(isHigh ? usedLot : FREE_LOT) }),
  };
  const fixed = checkRows("State record", 128, (name, isHigh) => {
    const changes = special[name]?.(isHigh) ?? { [name]: extreme(rows, name, isHigh) };
    const state = setState(sampleState(), changes);
    const out = new Uint8Array(128);
    assert.is(stateModule.encodeState(state, out, 0), Status.Ok, name);
    return out;
  });
  assert.equal(fixed, []);
});

test("credit lots", () => {
  const state = rowsOf("State record", stateModule.STATE_BYTES);
  const lotsAt = state.find((row) => row.name === "lots")!.offset;
  const lowest = { amountRial: 0x0101010101, fromDay: 0, untilDay: 0x0101, issuer: 0, kind: 0 };
  const highest = {
    amountRial: 2 ** 40 - 1,
    fromDay: 0x0101,
    untilDay: 0xffff,
    issuer: 9,
    kind: 9,
  };
  const rows = rowsOf("Credit lot", stateModule.LOT_BYTES);
  sameFields("Credit lot", rows, lowest);
  for (let index = 0; index < stateModule.LOT_COUNT; index++) {
    const fixed = checkRows("Credit lot", stateModule.LOT_BYTES, (name, isHigh) => {
      const base = { ...lowest, untilDay: 0xfefe };
      const value = (isHigh ? highest : lowest)[name as keyof typeof lowest];
      const changed = stateModule.emptyState();
      setLot(changed, index, { ...base, [name]: value });
      const out = new Uint8Array(128);
      assert.is(stateModule.encodeState(changed, out, 0), Status.Ok, name);
      const at = lotsAt + index * stateModule.LOT_BYTES;
      return out.slice(at, at + stateModule.LOT_BYTES);
    });
    assert.equal(fixed, []);
  }
});

test("identity record", () => {
  const rows = rowsOf("Identity record", identityModule.IDENTITY_BYTES);
  sameFields("Identity record", rows, namedIdentity(sampleIdentity()));
  const values: Record<string, [number, number]> = {
    kind: [1, 9],
    issueDay: [0, 0x0101],
    expiryDay: [0xfefe, 0xffff],
    birthYear: [0, 0x0501],
    birthMonth: [1, 12],
    birthDay: [1, 30],
    gender: [0, 2],
    language: [0, 2],
    pinDigest: [0, 0x0101010101],
  };
  const fixed = checkRows("Identity record", 32, (name, isHigh) => {
    if (name === "format" || name === "reserved") return undefined;
    const [low, high] = values[name] ?? [0, extreme(rows, name, true)];
    const kind = name === "pinDigest" ? { kind: 3 } : {};
    const changes = { expiryDay: 0xffff, ...kind, [name]: isHigh ? high : low };
    const identity = identityOf({ ...namedIdentity(sampleIdentity()), ...changes });
    const out = new Uint8Array(32);
    assert.is(identityModule.encodeIdentity(identity, out, 0), Status.Ok, name);
    return out;
  });
  assert.equal(fixed, ["format", "reserved"]);
  const out = new Uint8Array(32).fill(0xee);
  identityModule.encodeIdentity(sampleIdentity(), out, 0);
  assert.is(out[rows[0].offset], 1);
  assert.is(hex(out.subarray(rows[rows.length - 1].offset)), "00".repeat(2));
});

test("name record", () => {
  const encoded = (text: string) => {
    const name = nameModule.emptyName();
    nameModule.setName(name, Uint8Array.from(Buffer.from(text)), text.length);
    const out = new Uint8Array(48);
    const key = sealKeyOf(samplePlace());
    assert.is(nameModule.sealName(transparent, key, samplePlace(), name, out, 0), Status.Ok);
    return out.slice(16);
  };
  const fixed = checkRows("Name record", nameModule.NAME_BYTES, (name, isHigh) => {
    // The length cannot change without the text, so it is looked at below.
    if (name !== "utf8") return undefined;
    return encoded((isHigh ? "b" : "a").repeat(30));
  });
  assert.equal(fixed, ["format", "lengthBytes"]);
  const rows = rowsOf("Name record", nameModule.NAME_BYTES);
  assert.equal([rows[0].offset, rows[1].offset], [0, 1]);
  assert.is(hex(encoded("hi")), `01026869${"00".repeat(28)}`);
});

test("log entry", () => {
  const rows = rowsOf("Log entry", 16);
  const key = sealKeyOf(samplePlace());
  const fixed = checkRows("Log entry", 16, (name, isHigh) => {
    const base = { type: 1, terminal: 1, sequenceLow: 1, day: 1, amountRial: 1 };
    const entry = { ...base, creditDeltaRial: 1 };
    const restricted: Record<string, number[]> = { type: [1, 8], creditDeltaRial: [0, -1] };
    const values = restricted[name] ?? [0, extreme(rows, name, true)];
    const changed = logEntryOf({ ...entry, [name]: values[isHigh ? 1 : 0] });
    const out = new Uint8Array(16);
    assert.is(sealLogEntry(transparent, key, changed, out, 0), Status.Ok, name);
    return out;
  });
  assert.equal(fixed, []);
});

test("log entry: nonce and secret bytes are as written", () => {
  const seen: string[] = [];
  const recording: AesEngine = {
    ...transparent,
    ctr: (_key, counter, _data, offset, lengthBytes) =>
      seen.push(hex(counter as Uint8Array), `${offset}+${lengthBytes}`),
  };
  const head = { type: 1, terminal: 0x0302, sequenceLow: 0x0504, day: 0x0706 };
  const entry = logEntryOf({ ...head, amountRial: 9, creditDeltaRial: 9 });
  sealLogEntry(recording, sealKeyOf(samplePlace()), entry, new Uint8Array(16), 0);
  assert.equal(seen, [`0105${"00".repeat(7)}01020304050607`, "7+9"]);
  const prose = SPEC.replace(/\s+/g, " ");
  assert.match(prose, "01 05, seven zero bytes and the first 7 bytes of the entry");
});

test("associated data", () => {
  const rows = rowsOf("Associated data", sealModule.ASSOCIATED_DATA_BYTES);
  const fixed = checkRows("Associated data", 16, (name, isHigh) => {
    if (name === "version") return undefined;
    const place = samplePlace();
    if (name === "uid") fillBytes(place.uid, 0, 7, isHigh ? 255 : 0);
    else if (name !== "purpose") Object.assign(place, { [name]: extreme(rows, name, isHigh) });
    if (name === "purpose" && isHigh) place.uidLengthBytes = 7;
    const out = new Uint8Array(16);
    sealModule.encodeSealPlace(place, 3, out);
    assert.is(out[1], place.uidLengthBytes === 7 ? 0x83 : 3);
    return out;
  });
  assert.equal(fixed, ["version"]);
});

test("diversification input", () => {
  const fixed = checkRows("Diversification input", 16, (name, isHigh) => {
    if (name === "system") return undefined;
    const names = ["uidLengthBytes", "owner", "purpose", "selector", "keyType"];
    const values: number[] = names.map((other) => (other === name && isHigh ? 1 : 0));
    if (name === "owner") values[1] = isHigh ? 0xffff : 0;
    const uid = new Uint8Array(7).fill(name === "uid" && isHigh ? 255 : 0);
    const out = new Uint8Array(17);
    encodeKeyInput(uid, values[0], values[1], values[2], values[3], values[4], out);
    assert.is(out[0], 1);
    assert.is(Buffer.from(out).toString("latin1", 14), "CP1");
    return out.subarray(1);
  });
  assert.equal(fixed, ["system"]);
});

test("value block", () => {
  const block = (value: number, address: number) => {
    const out = new Uint8Array(16);
    encodeValueBlock(value, address, out, 0);
    return out;
  };
  const rows = rowsOf("Value block", 16);
  const none = block(0, 0);
  for (const row of rows) {
    const part = (bytes: Uint8Array) => hex(bytes.subarray(row.offset, row.offset + row.size));
    const isComplement = row.name.includes("Complement");
    const isAddress = row.name.startsWith("address");
    assert.is(part(none), (isComplement ? "ff" : "00").repeat(row.size), row.name);
    const all = isAddress ? block(0, 255) : block(-1, 0);
    assert.is(part(all), (isComplement ? "00" : "ff").repeat(row.size), row.name);
  }
});

test("MAD", () => {
  const encoded = (publisherSector: number, aid: number) => {
    const out = new Uint8Array(32);
    madModule.encodeMad({ publisherSector, aids: Array(15).fill(aid) }, out, 0);
    out[0] = 0;
    return out;
  };
  const fixed = checkRows("MAD", madModule.MAD_BYTES, (name, isHigh) => {
    if (name === "crc") return undefined;
    return name === "aids" ? encoded(0, isHigh ? 0xffff : 0) : encoded(isHigh ? 1 : 0, 0);
  });
  assert.equal(fixed, ["crc"]);
});

test("trailer", () => {
  const rows = rowsOf("Trailer", 16);
  assert.equal(
    rows.map((row) => row.name),
    ["keyA", "accessBits", "generalPurposeByte", "keyB"],
  );
  const accessBits = rows[1].meaning.match(/[0-9A-F]{2} [0-9A-F]{2} [0-9A-F]{2}/g);
  const expected = [1, 3, 15].map((sector) => {
    const out = new Uint8Array(16);
    encodeTrailer(transparent, SECTOR_MASTER, new Uint8Array(7), 4, 1, sector, out, 0);
    return Buffer.from(out.subarray(6, 9)).toString("hex").toUpperCase();
  });
  assert.equal(
    accessBits?.map((text) => text.replaceAll(" ", "")),
    expected,
  );
});

test.run();
