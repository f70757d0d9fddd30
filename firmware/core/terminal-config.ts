/**
 * What makes a pad one certain pad of one certain club: its numbers, keys and ruleset, written once
 * at provisioning and changed only as a whole.
 *
 *     {0: format 1, 1: terminal id, 2: terminal epoch, 3: club id, 4: key epoch, 5: seal master,
 *      ? 6: seal master of the key epoch before, 7: sector master, 8: journal key, 9: uplink key,
 *      10: downlink key, 11: issuer, 12: ruleset}
 *
 * Keys from 64 on may be added later and are passed over; other unknown ones are refused.
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
  cborRefuse,
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

const UINT8 = 255;
const UINT16 = 65535;
const FORMAT = 1;
const FIRST_KEY_TO_PASS_OVER = 64;
const FIELD_COUNT = 12;

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
  if (previous !== undefined) offset = putString(out, offset, 6, previous);
  offset = putString(out, offset, 7, config.sectorMaster);
  offset = putString(out, offset, 8, config.journalKey);
  offset = putString(out, offset, 9, config.uplinkKey);
  offset = putString(out, offset, 10, config.downlinkKey);
  offset = putNumber(out, offset, 11, config.issuer);
  return putString(out, offset, 12, config.ruleset);
}

/**
 * Decodes into `config`. `Malformed` when a field is missing, out of range, twice or followed by
 * more, or a key is all zero (as in unprovisioned flash); `Unsupported` for another format or an
 * unknown field. Unless `Ok`, the content of `config` must not be used.
 */
export function decodeTerminalConfig(
  from: Bytes,
  offset: number,
  lengthBytes: number,
  config: TerminalConfig,
): Status {
  cborStart(reader, from, offset, lengthBytes);
  const fieldCount = cborExpect(reader, CborType.Map, UINT8);
  const format = takeNumber(0, UINT8);
  if (reader.status === Status.Ok && format !== FORMAT) return Status.Unsupported;
  config.terminalId = takeNumber(1, UINT16);
  config.terminalEpoch = takeNumber(2, UINT8);
  config.clubId = takeNumber(3, UINT16);
  config.keyEpoch = takeNumber(4, UINT8);
  takeSecret(5, config.sealMaster);
  config.previousSealMaster = undefined;
  const hasPrevious = fieldCount > FIELD_COUNT && nextByte() === 6;
  if (hasPrevious) {
    config.previousSealMaster = newBytes(CONFIG_KEY_BYTES);
    takeSecret(6, config.previousSealMaster);
  }
  takeSecret(7, config.sectorMaster);
  takeSecret(8, config.journalKey);
  takeSecret(9, config.uplinkKey);
  takeSecret(10, config.downlinkKey);
  config.issuer = takeNumber(11, UINT8);
  config.ruleset = takeRuleset(12);
  if (config.terminalId === 0 || (hasPrevious && config.keyEpoch === 0)) cborRefuse(reader);
  return passOver(fieldCount - FIELD_COUNT - (hasPrevious ? 1 : 0));
}

/** Steps over fields of later versions and ends the input. */
function passOver(fieldCount: number): Status {
  let key = 12;
  if (fieldCount < 0) cborRefuse(reader);
  for (let i = 0; i < fieldCount; i++) {
    key = cborExpectKey(reader, key);
    if (reader.status === Status.Ok && key < FIRST_KEY_TO_PASS_OVER) return Status.Unsupported;
    cborSkip(reader);
  }
  return cborEnd(reader);
}

/** The next byte of the input: all of a small key. */
function nextByte(): number {
  return reader.offset < reader.end ? reader.from[reader.offset] : 0;
}

function takeNumber(key: number, maximum: number): number {
  takeKey(key);
  return cborExpect(reader, CborType.Uint, maximum);
}

function takeSecret(key: number, out: Bytes): void {
  takeKey(key);
  const start = cborTakeString(reader, CborType.Bytes, CONFIG_KEY_BYTES, CONFIG_KEY_BYTES);
  let sum = 0;
  if (reader.status === Status.Ok) {
    for (let i = 0; i < CONFIG_KEY_BYTES; i++) {
      out[i] = reader.from[start + i];
      sum += out[i];
    }
  }
  if (sum === 0) cborRefuse(reader);
}

function takeRuleset(key: number): Bytes {
  takeKey(key);
  const start = cborTakeString(reader, CborType.Bytes, 1, CONFIG_RULESET_BYTES);
  const ruleset = newBytes(reader.value);
  copyBytes(reader.from, start, ruleset, 0, reader.value);
  return ruleset;
}

function takeKey(key: number): void {
  if (cborExpect(reader, CborType.Uint, key) !== key) cborRefuse(reader);
}

function putNumber(out: Bytes, offset: number, key: number, value: number): number {
  return cborPutUint(out, cborPutUint(out, offset, CborType.Uint, key), CborType.Uint, value);
}

function putString(out: Bytes, offset: number, key: number, from: Bytes): number {
  const start = cborPutUint(out, offset, CborType.Uint, key);
  return cborPutBytes(out, start, from, 0, from.length);
}
