/**
 * What makes a pad one certain pad of one certain club: its numbers, keys and ruleset, written once
 * at provisioning and changed only as a whole. Numbers are little-endian.
 *
 *     format 1 | terminal id 2 | club id 2 | terminal epoch 1 | key epoch 1 | issuer 1 |
 *     key count 1 | keys 16 each | ruleset, the rest
 *
 * The keys: seal master, sector master, journal, uplink and downlink key and, as a sixth, the seal
 * master of the key epoch before.
 */
import { type Bytes, copyBytes, getUint, newBytes, putUint } from "../../card-layout/bytes";
import { lazily } from "../../card-layout/lazily";
import { Status } from "../../card-layout/status";
import { checkRuleset } from "./ruleset";

/** Bytes of every key in the configuration. */
export const CONFIG_KEY_BYTES = 16;
/** The longest ruleset a pad takes. */
export const CONFIG_RULESET_BYTES = 2048;

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

const FORMAT = 1;
export const CONFIG_KEY_EPOCH_OFFSET = 6;
const KEYS_OFFSET = 9;
const LEAST_KEYS = 5;
const MOST_KEYS = 6;
/** No encoded configuration is longer. */
export const CONFIG_BYTES = KEYS_OFFSET + MOST_KEYS * CONFIG_KEY_BYTES + CONFIG_RULESET_BYTES;

/** Writes the configuration into a buffer of CONFIG_BYTES; returns its length. */
export function encodeTerminalConfig(config: TerminalConfig, out: Bytes): number {
  const keys = [
    config.sealMaster,
    config.sectorMaster,
    config.journalKey,
    config.uplinkKey,
    config.downlinkKey,
  ];
  if (config.previousSealMaster !== undefined) keys.push(config.previousSealMaster);
  out[0] = FORMAT;
  putUint(out, 1, 2, config.terminalId);
  putUint(out, 3, 2, config.clubId);
  out[5] = config.terminalEpoch;
  out[6] = config.keyEpoch;
  out[7] = config.issuer;
  out[8] = keys.length;
  let end = KEYS_OFFSET;
  for (let i = 0; i < keys.length; i++) {
    copyBytes(keys[i], 0, out, end, CONFIG_KEY_BYTES);
    end += CONFIG_KEY_BYTES;
  }
  copyBytes(config.ruleset, 0, out, end, config.ruleset.length);
  return end + config.ruleset.length;
}

/**
 * Whether `decodeTerminalConfig` may be called. `Malformed` when something is missing, the terminal
 * id is 0 or a key is all zero (as in unprovisioned flash); `Unsupported` for another format. The
 * settings' CRC has passed, so only what provisioning could do wrong is looked for.
 */
export function checkTerminalConfig(from: Bytes): Status {
  if (from[0] !== FORMAT) return Status.Unsupported;
  const keyCount = from.length > KEYS_OFFSET ? from[8] : 0;
  const keysEnd = KEYS_OFFSET + keyCount * CONFIG_KEY_BYTES;
  if (keyCount < LEAST_KEYS || keyCount > MOST_KEYS || from.length <= keysEnd) {
    return Status.Malformed;
  }
  let isMissing = getUint(from, 1, 2) === 0;
  for (let key = KEYS_OFFSET; key < keysEnd; key += CONFIG_KEY_BYTES) {
    let sum = 0;
    for (let i = 0; i < CONFIG_KEY_BYTES; i++) sum += from[key + i];
    if (sum === 0) isMissing = true;
  }
  return isMissing ? Status.Malformed : Status.Ok;
}

/**
 * Whether a pad works with these settings. A rule is never skipped: what this version does not know
 * refuses the whole ruleset, and the settings with it.
 */
export function checkSettings(from: Bytes): Status {
  const status = lazily(checkTerminalConfig)(from);
  return status === Status.Ok ? lazily(checkRuleset)(decodeTerminalConfig(from).ruleset) : status;
}

/** Unpacks what `checkTerminalConfig` called `Ok`. */
export function decodeTerminalConfig(from: Bytes): TerminalConfig {
  const keys: Bytes[] = [];
  let start = KEYS_OFFSET;
  function take(lengthBytes: number): Bytes {
    const part = newBytes(lengthBytes);
    copyBytes(from, start, part, 0, lengthBytes);
    start += lengthBytes;
    return part;
  }
  for (let i = 0; i < from[8]; i++) keys.push(take(CONFIG_KEY_BYTES));
  return {
    terminalId: getUint(from, 1, 2),
    clubId: getUint(from, 3, 2),
    terminalEpoch: from[5],
    keyEpoch: from[6],
    issuer: from[7],
    sealMaster: keys[0],
    sectorMaster: keys[1],
    journalKey: keys[2],
    uplinkKey: keys[3],
    downlinkKey: keys[4],
    previousSealMaster: keys[5],
    ruleset: take(from.length - start),
  };
}
