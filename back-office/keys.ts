/**
 * The club's key file and everything made from it. Three masters: one seals card records, one
 * makes sector keys, one makes the working keys of terminals. Whoever holds the file can make
 * credit, so it is written for its owner's eyes only and refused when others may read it.
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { parse } from "yaml";
import type { AesEngine } from "../card-layout/aes-engine";
import { deriveTerminalKey, TerminalKeyPurpose } from "../card-layout/keys";
import type { IssuerKeys } from "../card-layout/personalise";
import { posKeyOf } from "../firmware/core/pos-messages";
import { CONFIG_KEY_BYTES, type TerminalConfig } from "../firmware/core/terminal-config";
import type { PadState, TerminalKeys } from "./batch";
import { UserError } from "./user-error";

export interface ClubKeys {
  /** 1..65535. */
  clubId: number;
  /** 0..255; of `sealMaster`. */
  keyEpoch: number;
  /** True for keys made from a seed: anybody can make them again. */
  isSimulation: boolean;
  sealMaster: Uint8Array;
  /** Of the key epoch before, while cards sealed with it are still about. */
  previousSealMaster?: Uint8Array;
  sectorMaster: Uint8Array;
  terminalMaster: Uint8Array;
}

const FILE_FORMAT = "clubpad-keys-1";
const OWNER_ONLY = 0o600;
const OTHERS_MASK = 0o077;
const MASTER_PATTERN = /^[0-9a-f]{32}$/i;
const MASTER_FIELDS = ["cardSeal", "sector", "terminal"] as const;
const KNOWN_FIELDS = new Set<string>([
  ...["format", "club", "keyEpoch", "simulation", "previousCardSeal"],
  ...MASTER_FIELDS,
]);

/** New random masters, or, for simulations only, the same ones for the same seed. */
export function createClubKeys(clubId: number, keyEpoch: number, seed?: string): ClubKeys {
  const master = (name: string): Uint8Array =>
    seed === undefined
      ? randomBytes(CONFIG_KEY_BYTES)
      : createHash("sha256").update(`${seed}/${name}`).digest().subarray(0, CONFIG_KEY_BYTES);
  return {
    clubId,
    keyEpoch,
    isSimulation: seed !== undefined,
    sealMaster: master("cardSeal"),
    sectorMaster: master("sector"),
    terminalMaster: master("terminal"),
  };
}

/** Writes the key file with mode 0600. An existing file is refused unless `isForced`. */
export function writeKeyFile(path: string, keys: ClubKeys, isForced: boolean): void {
  if (existsSync(path) && !isForced) {
    throw new UserError(`${path} exists already; keys that are lost are lost with every card`);
  }
  const flag = isForced ? "w" : "wx";
  writeFileSync(path, formatKeyFile(keys), { mode: OWNER_ONLY, flag });
}

/** Reads and checks a key file; `UserError` names file, field and what to write. */
export function readKeyFile(path: string): ClubKeys {
  if (!existsSync(path)) {
    throw new UserError(`${path}: no such key file; make one with "clubpad keys new"`);
  }
  if (!statSync(path).isFile()) throw new UserError(`${path}: is not a file, so no key file`);
  const keys = parseKeyFile(readFileSync(path, "utf8"), path);
  const isOpen = process.platform !== "win32" && (statSync(path).mode & OTHERS_MASK) !== 0;
  if (isOpen && !keys.isSimulation) {
    throw new UserError(`${path}: others may read these keys; run "chmod 600 ${path}" first`);
  }
  return keys;
}

/** The content of a key file as text. */
export function formatKeyFile(keys: ClubKeys): string {
  const hex = (bytes: Uint8Array) => `"${Buffer.from(bytes).toString("hex")}"`;
  const lines = [
    `# Keys of club ${keys.clubId}. Whoever has this file can make cards and credit of the club.`,
    "# Keep two copies under lock and key: there is no way to get lost keys back.",
    `format: ${FILE_FORMAT}`,
    `club: ${keys.clubId}`,
    `keyEpoch: ${keys.keyEpoch}`,
  ];
  if (keys.isSimulation) {
    lines.push("simulation: true   # made from a seed that anybody can type: never for real cards");
  }
  lines.push("# The masters: 16 bytes each as 32 hexadecimal digits.");
  lines.push(`cardSeal: ${hex(keys.sealMaster)}`);
  if (keys.previousSealMaster !== undefined) {
    lines.push(`previousCardSeal: ${hex(keys.previousSealMaster)}   # of the key epoch before`);
  }
  lines.push(`sector: ${hex(keys.sectorMaster)}`, `terminal: ${hex(keys.terminalMaster)}`);
  return `${lines.join("\n")}\n`;
}

/** Parses a key file's text; `path` is only for messages. */
export function parseKeyFile(text: string, path: string): ClubKeys {
  const fields = parseFields(text, path);
  if (fields.format !== FILE_FORMAT) {
    throw new UserError(
      `${path}: this is no key file; its first field is "format: ${FILE_FORMAT}"`,
    );
  }
  for (const name of Object.keys(fields)) {
    if (!KNOWN_FIELDS.has(name)) throw new UserError(`${path}: ${name}: no such field; remove it`);
  }
  const [sealMaster, sectorMaster, terminalMaster] = MASTER_FIELDS.map((name) =>
    masterOf(fields, name, path),
  );
  const keyEpoch = integerOf(fields, "keyEpoch", 0, 255, path);
  const keys: ClubKeys = {
    clubId: integerOf(fields, "club", 1, 65535, path),
    keyEpoch,
    isSimulation: fields.simulation === true,
    sealMaster,
    sectorMaster,
    terminalMaster,
  };
  if (fields.previousCardSeal !== undefined) {
    if (keyEpoch === 0) {
      throw new UserError(`${path}: previousCardSeal: key epoch 0 has none before; remove it`);
    }
    keys.previousSealMaster = masterOf(fields, "previousCardSeal", path);
  }
  return keys;
}

/** What the issuing functions of card-layout take. */
export function issuerKeysOf(keys: ClubKeys): IssuerKeys {
  const { sectorMaster, sealMaster, clubId, keyEpoch } = keys;
  return { sectorMaster, sealMaster, clubId, keyEpoch };
}

/** The working keys of one terminal in one key epoch. */
export function terminalKeysOf(
  aes: AesEngine,
  keys: ClubKeys,
  terminalId: number,
  keyEpoch: number,
): TerminalKeys {
  const derive = (purpose: TerminalKeyPurpose): Uint8Array => {
    const key = new Uint8Array(CONFIG_KEY_BYTES);
    deriveTerminalKey(aes, keys.terminalMaster, terminalId, keyEpoch, purpose, key, 0);
    return key;
  };
  return {
    journalKey: derive(TerminalKeyPurpose.Journal),
    uplinkKey: derive(TerminalKeyPurpose.Uplink),
    downlinkKey: derive(TerminalKeyPurpose.Downlink),
  };
}

/** Of the codes that open a pad's console. */
export function terminalServiceKey(aes: AesEngine, keys: ClubKeys, terminalId: number): Uint8Array {
  const key = new Uint8Array(CONFIG_KEY_BYTES);
  const purpose = TerminalKeyPurpose.Service;
  deriveTerminalKey(aes, keys.terminalMaster, terminalId, keys.keyEpoch, purpose, key, 0);
  return key;
}

/** Between a pad and its till; the pad derives the same. */
export function tillKeyOf(aes: AesEngine, keys: ClubKeys, terminalId: number): Uint8Array {
  const { journalKey } = terminalKeysOf(aes, keys, terminalId, keys.keyEpoch);
  return posKeyOf(aes, journalKey, terminalId, keys.keyEpoch) as Uint8Array;
}

/** The keys for a pad that says who it is; undefined for another club or a key epoch not held. */
export function keysForPad(
  aes: AesEngine,
  keys: ClubKeys,
  pad: Pick<PadState, "clubId" | "keyEpoch" | "terminalId">,
): TerminalKeys | undefined {
  const isEpochHeld = pad.keyEpoch === keys.keyEpoch || pad.keyEpoch === keys.keyEpoch - 1;
  if (pad.clubId !== keys.clubId || !isEpochHeld) return undefined;
  return terminalKeysOf(aes, keys, pad.terminalId, pad.keyEpoch);
}

/** The whole configuration with which a pad is provisioned. */
export function terminalConfigFor(
  aes: AesEngine,
  keys: ClubKeys,
  terminalId: number,
  terminalEpoch: number,
  issuer: number,
  ruleset: Uint8Array,
): TerminalConfig {
  return {
    terminalId,
    terminalEpoch,
    clubId: keys.clubId,
    keyEpoch: keys.keyEpoch,
    sealMaster: keys.sealMaster,
    previousSealMaster: keys.previousSealMaster,
    sectorMaster: keys.sectorMaster,
    ...terminalKeysOf(aes, keys, terminalId, keys.keyEpoch),
    issuer,
    ruleset,
  };
}

function parseFields(text: string, path: string): Record<string, unknown> {
  let content: unknown;
  try {
    // Its warnings would show lines of the file, and so keys, on a terminal or in a log.
    content = parse(text, { logLevel: "error" });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new UserError(`${path}: not YAML: ${reason}`);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new UserError(
      `${path}: this is no key file; its first field is "format: ${FILE_FORMAT}"`,
    );
  }
  return content as Record<string, unknown>;
}

function integerOf(
  fields: Record<string, unknown>,
  name: string,
  minimum: number,
  maximum: number,
  path: string,
): number {
  const value = fields[name];
  if (typeof value === "number" && Number.isInteger(value)) {
    if (value >= minimum && value <= maximum) return value;
  }
  throw new UserError(`${path}: ${name}: write a whole number from ${minimum} to ${maximum}`);
}

function masterOf(fields: Record<string, unknown>, name: string, path: string): Uint8Array {
  const value = fields[name];
  if (typeof value !== "string" || !MASTER_PATTERN.test(value)) {
    throw new UserError(`${path}: ${name}: write 32 hexadecimal digits in quotes (16 bytes)`);
  }
  if (/^0+$/.test(value)) throw new UserError(`${path}: ${name}: all zero is no key`);
  return Uint8Array.from(Buffer.from(value, "hex"));
}
