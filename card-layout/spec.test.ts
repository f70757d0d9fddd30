/**
 * Keeps SPEC.md true: its tables are parsed, and for every row one field is changed in the encoder's
 * input; exactly the bytes of that row must change. Sector and constant tables are compared directly.
 */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AesEngine } from "./aes-engine";
import { fillBytes } from "./bytes";
import * as geometry from "./geometry";
import * as identityModule from "./identity";
import { encodeKeyInput } from "./keys";
import { sealLogEntry } from "./log-ring";
import * as madModule from "./mad";
import * as nameModule from "./name";
import * as sealModule from "./seal";
import * as stateModule from "./state";
import { Status } from "./status";
import {
  hex,
  SECTOR_MASTER,
  sampleIdentity,
  samplePlace,
  sampleState,
  sealKeyOf,
} from "./testing/support";
import { accessConditionOf, encodeTrailer } from "./trailer";
import { encodeValueBlock } from "./value-block";

interface Row {
  offset: number;
  size: number;
  name: string;
  meaning: string;
}

const SPEC = readFileSync(new URL("./SPEC.md", import.meta.url), "utf8");

/** An engine under which sealed records lie open: a zero key stream and zero tags. */
const transparent: AesEngine = {
  cbcMac: (_key, _message, _offset, _lengthBytes, out, at) => fillBytes(out, at, 16, 0),
  ctr: () => {},
};

function cellsUnder(heading: string): string[][] {
  const section = SPEC.split(/^#{2,3} /m).find((part) => part.startsWith(`${heading}\n`));
  assert.ok(section !== undefined, `SPEC.md has no heading ${heading}`);
  const lines = section!.split("\n").filter((line) => line.startsWith("|"));
  const cells = lines.slice(2).map((line) => line.split("|").slice(1, -1));
  return cells.map((row) => row.map((cell) => cell.trim().replace(/`/g, "")));
}

/** The rows of an offset table, checked to lie end to end over `sizeBytes`. */
function rowsOf(heading: string, sizeBytes: number): Row[] {
  let end = 0;
  const rows = cellsUnder(heading).map(([offset, size, name, meaning]) => {
    assert.is(Number(offset), end, `${heading}: ${name} does not follow the row above`);
    end += Number(size);
    return { offset: Number(offset), size: Number(size), name, meaning };
  });
  assert.is(end, sizeBytes, `${heading} is not ${sizeBytes} bytes`);
  return rows;
}

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
  sameFields("State record", rows, stateModule.emptyState());
  // Fields whose values are restricted to fewer than their bytes allow, and the lists.
  const special: Record<string, (state: stateModule.CardState, isHigh: boolean) => void> = {
    flags: (state, isHigh) => (state.flags = isHigh ? 15 : 0),
    lastMinute: (state, isHigh) => (state.lastMinute = isHigh ? 0x0101 : 0),
    punches: (state, isHigh) => fillBytes(state.punches, 0, 4, isHigh ? 255 : 0),
    baseTag: (state, isHigh) => fillBytes(state.baseTag, 0, 5, isHigh ? 255 : 0),
    lots: (state, isHigh) => {
      const lot = { amountRial: 0, fromDay: 0, untilDay: 0, issuer: 0, kind: 0 };
      const full = { amountRial: 2 ** 40 - 1, fromDay: 0xfefe, untilDay: 0xffff };
      const used = { ...full, issuer: 255, kind: 255 };
      for (let i = 0; i < 6; i++) stateModule.copyLot(isHigh ? used : lot, state.lots[i]);
    },
  };
  const fixed = checkRows("State record", 128, (name, isHigh) => {
    const state = sampleState();
    if (special[name] !== undefined) special[name](state, isHigh);
    else Object.assign(state, { [name]: extreme(rows, name, isHigh) });
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
      stateModule.copyLot({ ...base, [name]: value }, changed.lots[index]);
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
  sameFields("Identity record", rows, sampleIdentity());
  const values: Record<string, [number, number]> = {
    kind: [1, 9],
    issueDay: [0, 0x0101],
    expiryDay: [0xfefe, 0xffff],
    birthYear: [0, 0x0501],
    birthMonth: [1, 12],
    birthDay: [1, 30],
    gender: [0, 2],
    language: [0, 2],
  };
  const fixed = checkRows("Identity record", 32, (name, isHigh) => {
    if (name === "format" || name === "reserved") return undefined;
    const identity = sampleIdentity();
    const [low, high] = values[name] ?? [0, extreme(rows, name, true)];
    Object.assign(identity, { expiryDay: 0xffff, [name]: isHigh ? high : low });
    const out = new Uint8Array(32);
    assert.is(identityModule.encodeIdentity(identity, out, 0), Status.Ok, name);
    return out;
  });
  assert.equal(fixed, ["format", "reserved"]);
  const out = new Uint8Array(32).fill(0xee);
  identityModule.encodeIdentity(sampleIdentity(), out, 0);
  assert.is(out[rows[0].offset], 1);
  assert.is(hex(out.subarray(rows[rows.length - 1].offset)), "00".repeat(7));
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
    Object.assign(entry, { [name]: values[isHigh ? 1 : 0] });
    const out = new Uint8Array(16);
    assert.is(sealLogEntry(transparent, key, entry, out, 0), Status.Ok, name);
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
  const entry = { ...head, amountRial: 9, creditDeltaRial: 9 };
  sealLogEntry(recording, sealKeyOf(samplePlace()), entry, new Uint8Array(16), 0);
  assert.equal(seen, [`0105${"00".repeat(7)}01020304050607`, "7+9"]);
  assert.match(SPEC, "01 05, seven zero bytes and the first 7 bytes of the entry");
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
    const out = new Uint8Array(16);
    encodeKeyInput(uid, values[0], values[1], values[2], values[3], values[4], out);
    assert.is(Buffer.from(out).toString("latin1", 13), "CP1");
    return out;
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

test("sectors: block ranges, places and access conditions", () => {
  const rows = cellsUnder("Sectors");
  assert.is(rows.length, geometry.SECTOR_COUNT);
  rows.forEach(([number, blocks, content, conditions, trailer], sector) => {
    assert.is(Number(number), sector);
    assert.is(blocks, `${4 * sector}-${4 * sector + 2}`);
    const bits = [0, 1, 2].map((i) => accessConditionOf(4 * sector + i));
    assert.is(conditions, bits.map((code) => code.toString(2).padStart(3, "0")).join(" "));
    assert.is(trailer, accessConditionOf(geometry.trailerOf(sector)).toString(2));
    const state = content.match(/^state slot (\d), bytes (\d+)-(\d+)$/);
    if (state === null) return;
    const first = geometry.stateBlock(Number(state[1]), Number(state[2]) / 16);
    const last = geometry.stateBlock(Number(state[1]), (Number(state[3]) - 15) / 16);
    assert.equal([first, last], [4 * sector, 4 * sector + 2]);
  });
});

test("sectors: log entries and counters", () => {
  const rows = cellsUnder("Sectors");
  for (let i = 0; i < geometry.LOG_ENTRY_COUNT; i++) {
    const sector = geometry.sectorOf(geometry.logBlock(i));
    const first = i < 3 ? 0 : 3;
    assert.is(rows[sector][2], `log entries ${first}-${first + 2}`);
    assert.is(geometry.logBlock(i), 4 * sector + (i % 3));
  }
  assert.is(geometry.logEntryOfCounter(geometry.COUNTER_START), 1_000_000 % 6);
  assert.equal([2_000_000, 1_999_998, 1_999_996].map(geometry.slotOfCounter), [0, 1, 0]);
  assert.match(rows[3][2], "counter c1 in block 12, c2 in block 13; block 14 is dead");
});

test("constants", () => {
  const exported: Record<string, unknown> = {
    ...geometry,
    ...identityModule,
    ...madModule,
    ...nameModule,
    ...sealModule,
    ...stateModule,
  };
  const rows = cellsUnder("Numbers");
  assert.ok(rows.length > 10);
  for (const [name, value] of rows) assert.is(exported[name], Number(value), name);
});

test("the records fill their sectors", () => {
  const slotBytes = geometry.STATE_BLOCK_COUNT * geometry.BLOCK_BYTES;
  assert.is(stateModule.SEALED_STATE_BYTES, slotBytes);
  assert.is(stateModule.STATE_BYTES + sealModule.SEAL_TAG_BYTES, slotBytes);
  const used = new Set<number>();
  for (let slot = 0; slot < 2; slot++) {
    for (let i = 0; i < 9; i++) used.add(geometry.stateBlock(slot, i));
  }
  for (let i = 0; i < 6; i++) used.add(geometry.logBlock(i));
  assert.is(used.size, 24, "no block serves two purposes");
  assert.not([...used].some(geometry.isTrailer));
});

test.run();
