/**
 * One-time codes for a pad's console. The club's terminal master makes them, so whoever has the key
 * file can tell the next one to a technician; the pad gets a list of them when it is provisioned
 * and uses one up each time it is started in service mode.
 */
import { type ClubKeys, terminalServiceKey } from "../../back-office/keys";
import type { AesEngine } from "../../card-layout/aes-engine";
import { cmac } from "../../card-layout/cmac";
import { CODE_COUNT, CODE_DIGITS } from "./loader-source";

const CMAC_BYTES = 16;

/** Of the `service`-th start in service mode, from 1 on, as the pad announces it. */
export function serviceCode(
  aes: AesEngine,
  keys: ClubKeys,
  terminalId: number,
  service: number,
): string {
  const message = Uint8Array.of(service & 255, service >> 8);
  const mac = new Uint8Array(CMAC_BYTES);
  cmac(aes, terminalServiceKey(aes, keys, terminalId), message, 0, message.length, mac, 0);
  const number = Buffer.from(mac).readUInt32LE() % 10 ** CODE_DIGITS;
  return String(number).padStart(CODE_DIGITS, "0");
}

export function serviceCodes(aes: AesEngine, keys: ClubKeys, terminalId: number): string[] {
  return Array.from({ length: CODE_COUNT }, (_, i) => serviceCode(aes, keys, terminalId, i + 1));
}
