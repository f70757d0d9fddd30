/**
 * What makes a pad one certain pad of one certain club: its numbers, keys and ruleset, written once
 * at provisioning and changed only as a whole.
 *
 *     {0: format 1, 1: terminal id, 2: terminal epoch, 3: club id, 4: key epoch, 5: seal master,
 *      ? 6: seal master of the key epoch before, 7: sector master, 8: journal key, 9: uplink key,
 *      10: downlink key, 11: issuer, 12: ruleset}
 *
 * Keys of the map from 64 on may be added later and are passed over; others are refused.
 */
import type { Bytes } from "../../card-layout/bytes";
import { copyBytes, newBytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import {
  type CborReader,
  CborType,
  cborEnd,
  cborExpect,
  cborExpectKey,
  cborPutBytes,
  cborPutUint,
  cborSkip,
  cborStart,
  cborTakeString,
  createCborReader,
} from "./cbor";

/** Bytes of every key in the configuration. */
export const CONFIG_KEY_BYTES = 16;
/** The longest ruleset a pad takes. */
export const CONFIG_RULESET_BYTES = 2048;
/** No encoded configuration is longer (numbers, heads and seven keys need less than 192). */
export const CONFIG_BYTES = 192 + CONFIG_RULESET_BYTES;

export interface TerminalConfig {
  /** 1..65535. */
  terminalId: number;
  /** 0..255; issued by the back office, one more for every new start of the journal. */
  terminalEpoch: number;
  /** 0..65535. */
  clubId: number;
  /** 0..255; of `sealMaster`. */
  keyEpoch: number;
  sealMaster: Bytes;
  /** Of `keyEpoch - 1`, to read cards not yet sealed anew; never with key epoch 0. */
  previousSealMaster?: Bytes;
  sectorMaster: Bytes;
  journalKey: Bytes;
  uplinkKey: Bytes;
  downlinkKey: Bytes;
  /** 0..255; who issues the credit this pad grants. */
  issuer: number;
  /** Encoded by the rules part; at least one byte. */
  ruleset: Bytes;
}

/** The record of one map key: exactly one of `limit` (a number's) and `maximumBytes` is not 0. */
interface ConfigRow {
  limit: number;
  minimumBytes: number;
  maximumBytes: number;
}

const FORMAT = 1;
const FIRST_KEY_TO_PASS_OVER = 64;
const KEY_PREVIOUS_SEAL_MASTER = 6;
const KEY_RULESET = 12;

const NUMBER_8: ConfigRow = { limit: 255, minimumBytes: 0, maximumBytes: 0 };
const NUMBER_16: ConfigRow = { limit: 65535, minimumBytes: 0, maximumBytes: 0 };
const SECRET: ConfigRow = {
  limit: 0,
  minimumBytes: CONFIG_KEY_BYTES,
  maximumBytes: CONFIG_KEY_BYTES,
};
const RULESET: ConfigRow = { limit: 0, minimumBytes: 1, maximumBytes: CONFIG_RULESET_BYTES };

/** Index = map key. */
const ROWS: ConfigRow[] = [
  NUMBER_8,
  NUMBER_16,
  NUMBER_8,
  NUMBER_16,
  NUMBER_8,
  SECRET,
  SECRET,
  SECRET,
  SECRET,
  SECRET,
  SECRET,
  NUMBER_8,
  RULESET,
];
const ABSENT = -1;

const reader: CborReader = createCborReader([]);

/** A configuration to decode into: zeros, with room for every key. */
export function emptyTerminalConfig(): TerminalConfig {
  return {
    terminalId: 0,
    terminalEpoch: 0,
    clubId: 0,
    keyEpoch: 0,
    sealMaster: newBytes(CONFIG_KEY_BYTES),
    previousSealMaster: undefined,
    sectorMaster: newBytes(CONFIG_KEY_BYTES),
    journalKey: newBytes(CONFIG_KEY_BYTES),
    uplinkKey: newBytes(CONFIG_KEY_BYTES),
    downlinkKey: newBytes(CONFIG_KEY_BYTES),
    issuer: 0,
    ruleset: newBytes(0),
  };
}

/** Writes the configuration into a buffer of CONFIG_BYTES; returns the offset behind it. */
export function encodeTerminalConfig(config: TerminalConfig, out: Bytes, start: number): number {
  const previous = config.previousSealMaster;
  let offset = cborPutUint(out, start, CborType.Map, previous === undefined ? 12 : 13);
  offset = putNumber(out, offset, 0, FORMAT);
  offset = putNumber(out, offset, 1, config.terminalId);
  offset = putNumber(out, offset, 2, config.terminalEpoch);
  offset = putNumber(out, offset, 3, config.clubId);
  offset = putNumber(out, offset, 4, config.keyEpoch);
  offset = putString(out, offset, 5, config.sealMaster);
  if (previous !== undefined) offset = putString(out, offset, KEY_PREVIOUS_SEAL_MASTER, previous);
  offset = putString(out, offset, 7, config.sectorMaster);
  offset = putString(out, offset, 8, config.journalKey);
  offset = putString(out, offset, 9, config.uplinkKey);
  offset = putString(out, offset, 10, config.downlinkKey);
  offset = putNumber(out, offset, 11, config.issuer);
  return putString(out, offset, KEY_RULESET, config.ruleset);
}

/**
 * Decodes into `config`. `Malformed` when a field is missing, out of range, twice or followed by
 * more, or a key is all zero (as in unprovisioned flash); `Unsupported` for another format or an
 * unknown field below 64. Unless `Ok`, `config` is left exactly as it was.
 */
export function decodeTerminalConfig(
  from: Bytes,
  offset: number,
  lengthBytes: number,
  config: TerminalConfig,
): Status {
  const values: number[] = [];
  const lengths: number[] = [];
  for (let i = 0; i < ROWS.length; i++) {
    values.push(ABSENT);
    lengths.push(0);
  }
  cborStart(reader, from, offset, lengthBytes);
  const status = readFields(values, lengths);
  if (status !== Status.Ok) return status;
  if (!isComplete(from, values)) return Status.Malformed;
  takeOver(from, values, lengths, config);
  return Status.Ok;
}

/** Reads numbers, and the offsets and lengths of strings, by map key. */
function readFields(values: number[], lengths: number[]): Status {
  const fieldCount = cborExpect(reader, CborType.Map, 255);
  let key = -1;
  for (let i = 0; i < fieldCount; i++) {
    key = cborExpectKey(reader, key);
    if (reader.status !== Status.Ok) return reader.status;
    if (key >= FIRST_KEY_TO_PASS_OVER) {
      if (cborSkip(reader) !== Status.Ok) return reader.status;
    } else if (key >= ROWS.length) {
      return Status.Unsupported;
    } else {
      const row = ROWS[key];
      if (row.limit > 0) values[key] = cborExpect(reader, CborType.Uint, row.limit);
      else {
        values[key] = cborTakeString(reader, CborType.Bytes, row.minimumBytes, row.maximumBytes);
        lengths[key] = reader.value;
      }
      if (reader.status !== Status.Ok) return reader.status;
      if (key === 0 && values[0] !== FORMAT) return Status.Unsupported;
    }
  }
  return cborEnd(reader);
}

/** All fields there but the optional one, terminal id not 0, no key all zero. */
function isComplete(from: Bytes, values: number[]): boolean {
  for (let key = 0; key < ROWS.length; key++) {
    if (values[key] === ABSENT && key !== KEY_PREVIOUS_SEAL_MASTER) return false;
    const isKept = ROWS[key].maximumBytes === CONFIG_KEY_BYTES && values[key] !== ABSENT;
    if (isKept && isZero(from, values[key])) return false;
  }
  if (values[1] === 0) return false;
  return values[KEY_PREVIOUS_SEAL_MASTER] === ABSENT || values[4] > 0;
}

function takeOver(from: Bytes, values: number[], lengths: number[], config: TerminalConfig): void {
  config.terminalId = values[1];
  config.terminalEpoch = values[2];
  config.clubId = values[3];
  config.keyEpoch = values[4];
  config.issuer = values[11];
  copyBytes(from, values[5], config.sealMaster, 0, CONFIG_KEY_BYTES);
  copyBytes(from, values[7], config.sectorMaster, 0, CONFIG_KEY_BYTES);
  copyBytes(from, values[8], config.journalKey, 0, CONFIG_KEY_BYTES);
  copyBytes(from, values[9], config.uplinkKey, 0, CONFIG_KEY_BYTES);
  copyBytes(from, values[10], config.downlinkKey, 0, CONFIG_KEY_BYTES);
  config.previousSealMaster = undefined;
  if (values[KEY_PREVIOUS_SEAL_MASTER] !== ABSENT) {
    const previous = newBytes(CONFIG_KEY_BYTES);
    copyBytes(from, values[KEY_PREVIOUS_SEAL_MASTER], previous, 0, CONFIG_KEY_BYTES);
    config.previousSealMaster = previous;
  }
  const ruleset = newBytes(lengths[KEY_RULESET]);
  copyBytes(from, values[KEY_RULESET], ruleset, 0, lengths[KEY_RULESET]);
  config.ruleset = ruleset;
}

function isZero(from: Bytes, offset: number): boolean {
  for (let i = 0; i < CONFIG_KEY_BYTES; i++) {
    if (from[offset + i] !== 0) return false;
  }
  return true;
}

function putNumber(out: Bytes, offset: number, key: number, value: number): number {
  return cborPutUint(out, cborPutUint(out, offset, CborType.Uint, key), CborType.Uint, value);
}

function putString(out: Bytes, offset: number, key: number, from: Bytes): number {
  const start = cborPutUint(out, offset, CborType.Uint, key);
  return cborPutBytes(out, start, from, 0, from.length);
}
