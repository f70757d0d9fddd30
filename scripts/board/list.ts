/** `clubpad board list`: the boards side by side, for who has to choose one. */
import type { BoardProfile } from "../../firmware/boards/board-profile";

const KB = 1024;

export function boardList(profiles: readonly BoardProfile[]): string {
  return profiles.map(describe).join("\n\n");
}

function describe(profile: BoardProfile): string {
  const { flash, storage } = profile;
  const { plan } = flash;
  const first = flash.regions[flash.regions.length - 1];
  const journalKb = (plan.journalPageCount * plan.pageSizeBytes) / KB;
  const where = flash.storageFile === undefined ? "" : `, inside file ${flash.storageFile.name}`;
  return [
    `${profile.name}: ${profile.title}`,
    `  ${profile.controller}; ${profile.variables} variables; Espruino "${profile.interpreter}"`,
    `  Storage ${storage.sizeBytes / KB} KB at ${hex(storage.address)}`,
    `  journal ${journalKb} KB in ${plan.journalPageCount} pages; raw flash up to ` +
      `${hex(first.address + first.pageCount * first.strideBytes - 1)}${where}`,
    `  AES ${profile.aes}; console: ${profile.console}`,
    ...profile.limits.map((limit) => `  ! ${limit}`),
  ].join("\n");
}

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}
