/**
 * Settings and journal of a pad as text for people, from an image of its raw pages. Keys show as
 * fingerprints only. The journal is read by the second reader (host-sim/journal-verify.ts), which
 * also says what is wrong with it.
 */
import { createHash } from "node:crypto";
import { formatDay } from "../../back-office/dates";
import { type Intent, readRecord, type StaffEvent } from "../../back-office/journal-records";
import { createPortableAes } from "../../card-layout/aes128";
import { getUint } from "../../card-layout/bytes";
import type { BoardProfile } from "../../firmware/boards/board-profile";
import { crc32 } from "../../firmware/core/crc32";
import { TapKind } from "../../firmware/core/evaluate";
import { JournalType } from "../../firmware/core/journal-entry";
import { Header } from "../../firmware/core/ruleset-format";
import type { TerminalConfig } from "../../firmware/core/terminal-config";
import { type JournalRecordView, verifyJournal } from "../../host-sim/journal-verify";
import { RecordedFlash } from "./pad-flash";
import { heldConfig, journalState } from "./pad-state";

export interface DumpOptions {
  /** Newest records shown. */
  count: number;
  /** Of the terminal; undefined: the one in the image's own settings. */
  journalKey: Uint8Array | undefined;
}

const TYPE_NAMES: Record<number, string> = {
  [JournalType.Boot]: "boot",
  [JournalType.Intent]: "intent",
  [JournalType.Commit]: "commit",
  [JournalType.Aborted]: "aborted",
  [JournalType.InDoubt]: "in doubt",
  [JournalType.Alarm]: "alarm",
  [JournalType.Settings]: "settings",
  [JournalType.Shift]: "shift",
};
const KIND_NAMES: Record<number, string> = {
  [TapKind.Enrol]: "enrol",
  [TapKind.Sale]: "sale",
  [TapKind.Balance]: "balance",
  [TapKind.Abandon]: "abandon",
};
const FINGERPRINT_DIGITS = 8;

/** `image`: the pages of the board's plan, one behind the other. */
export function dumpImage(
  image: Uint8Array,
  { flash }: BoardProfile,
  { count, journalKey }: DumpOptions,
): string {
  const { plan } = flash;
  const { version, config } = heldConfig(new RecordedFlash(image.slice(), flash), plan);
  const lines = ["Settings", ...settingsLines(version, config)];
  const key = journalKey ?? (config?.journalKey as Uint8Array | undefined);
  if (key === undefined) {
    lines.push("Journal", "  without settings its key is not known: give --keys and --terminal");
    return lines.join("\n");
  }
  const { isReadable, nextSequence, unsentCount } = journalState(
    new RecordedFlash(image.slice(), flash),
    plan,
    key,
  );
  const { records, problems, remains } = verifyJournal({
    bytes: image.subarray(plan.journalPage * plan.pageSizeBytes),
    pageSizeBytes: plan.pageSizeBytes,
    key,
    aes: createPortableAes(),
    crc32,
  });
  lines.push(
    "Journal",
    isReadable
      ? `  next record ${nextSequence}, ${unsentCount} not sent, ${records.length} held`
      : "  the pad cannot go on with it",
    ...records.slice(-count).map((record) => `  ${recordLine(record)}`),
    ...problems.map((problem) => `  ! ${problem}`),
    ...remains.map((remain) => `  torn: ${remain}`),
  );
  return lines.join("\n");
}

function settingsLines(version: number, config: TerminalConfig | undefined): string[] {
  if (version === 0) return ["  none: the pad is not provisioned"];
  if (config === undefined) return [`  version ${version}, of a format not known here`];
  const { ruleset } = config;
  const keys: [string, TerminalConfig["sealMaster"] | undefined][] = [
    ["seal", config.sealMaster],
    ["seal before", config.previousSealMaster],
    ["sector", config.sectorMaster],
    ["journal", config.journalKey],
    ["uplink", config.uplinkKey],
    ["downlink", config.downlinkKey],
  ];
  const shown = keys.flatMap(([name, key]) =>
    key === undefined ? [] : [`${name} ${fingerprint(key as Uint8Array)}`],
  );
  return [
    `  version ${version}: terminal ${config.terminalId} of club ${config.clubId}, ` +
      `epoch ${config.terminalEpoch}, issuer ${config.issuer}`,
    `  rules: version ${getUint(ruleset, Header.Version, 4)}, ${ruleset.length} bytes`,
    `  keys of epoch ${config.keyEpoch} (fingerprints): ${shown.join(", ")}`,
  ];
}

/** Tells two keys apart and tells nothing about them. */
function fingerprint(key: Uint8Array): string {
  return createHash("sha256").update(key).digest("hex").slice(0, FINGERPRINT_DIGITS);
}

function recordLine({ sequence, type, payload }: JournalRecordView): string {
  const name = TYPE_NAMES[type] ?? `type ${type}`;
  const head = `#${sequence} ${name}`;
  const content = readRecord(type, payload);
  if (content.kind === "unreadable") return `${head}: cannot be read`;
  if (content.kind === "intent") return `${head}: ${intentText(content.intent)}`;
  if (content.kind === "outcome") return `${head} of #${content.intentSequence}`;
  if (content.kind === "other") return head;
  if (content.kind === "shift") return `${head}: shift ${content.shift.number} closed`;
  if (content.kind === "staff") return `${head}: ${staffText(content.event)}`;
  if (content.kind === "rating")
    return `${head}: ${content.score} of 5 for #${content.intentSequence}`;
  if (content.kind === "refund") {
    const { grossRial, originalTerminal, originalSequence } = content.refund;
    const sale = `sale #${originalSequence} of pad ${originalTerminal}`;
    return `${head}: ${grossRial.toLocaleString("en-US")} rial of ${sale}`;
  }
  const card = content.uid === "" ? "" : `, card ${content.uid}, counter ${content.counter}`;
  return `${head}: code ${content.code}${card}`;
}

function staffText({ action, number, serial, tries }: StaffEvent): string {
  const what = ["", "log-in", "log-out", "wrong PIN"][action] ?? `action ${action}`;
  return `${what}, staff ${number}, card ${serial}${tries > 0 ? `, ${tries} in a row` : ""}`;
}

function intentText(intent: Intent): string {
  const hours = String(Math.floor(intent.minute / 60)).padStart(2, "0");
  const minutes = String(intent.minute % 60).padStart(2, "0");
  const parts = [
    `${formatDay(intent.day)} ${hours}:${minutes}`,
    KIND_NAMES[intent.kind] ?? `kind ${intent.kind}`,
    `card ${intent.uid} of member ${intent.member}`,
  ];
  const amounts: [string, number][] = [
    ["gross", intent.grossRial],
    ["used", intent.usedRial],
    ["earned", intent.earnedRial],
    ["expired", intent.expiredRial],
    ["balance", intent.balanceAfterRial],
  ];
  for (const [name, rial] of amounts) {
    if (rial > 0) parts.push(`${name} ${rial.toLocaleString("en-US")} rial`);
  }
  return parts.join(", ");
}
