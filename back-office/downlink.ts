/**
 * What each pad should hold, and what it holds. Under one version there is never other content, so
 * every version that was made is noted with its digest; the content itself can be made again, and
 * keys stay out of the database.
 */
import { createHash } from "node:crypto";
import type { AesEngine } from "../card-layout/aes-engine";
import { getUint } from "../card-layout/bytes";
import { Header } from "../firmware/core/ruleset-format";
import { BlobKind } from "../firmware/core/sync-messages";
import { CONFIG_BYTES, encodeTerminalConfig } from "../firmware/core/terminal-config";
import type { PadState } from "./batch";
import type { Database } from "./database";
import { encodeLists } from "./down-lists";
import type { DownBlob } from "./down-seals";
import type { Ingest } from "./ingest";
import { type ClubKeys, terminalConfigFor } from "./keys";
import { metaValue, setMetaValue } from "./meta";
import { noteListed } from "./patches";
import { UserError } from "./user-error";

/** One pad, as it was when it was last on the line, and what waits for it. */
export interface TerminalStatus {
  terminal: number;
  epoch: number;
  /** The shop it stands in. */
  issuer: number;
  /** Records stored. */
  recordCount: number;
  /** All of the following undefined: nothing has been heard of it since this is noted. */
  seenUnixSeconds: number | undefined;
  /** Its clock minus ours before it was set. */
  driftSeconds: number | undefined;
  keyEpoch: number | undefined;
  settingsVersion: number | undefined;
  rulesetVersion: number | undefined;
  listsVersion: number | undefined;
  /** When the lists it holds were made. */
  listsUnixSeconds: number | undefined;
  unsentCount: number | undefined;
  /** What it refused the last time; "" = nothing. */
  refusal: string | undefined;
}

interface BlobRow {
  version: number;
  digest: string;
  issued_unix: number;
}

const LIVE_RULES = "rules.live";
/** Lists that have not changed are made anew when they are older: pads see them as fresh. */
const LISTS_REFRESH_SECONDS = 3600;

export class Downlink {
  constructor(
    private readonly database: Database,
    private readonly keys: ClubKeys,
    private readonly aes: AesEngine,
  ) {}

  /** From now on every pad gets these rules. An older version than the live one is refused. */
  publishRules(ingest: Ingest, bytes: Uint8Array): void {
    const version = getUint(bytes, Header.Version, 4);
    const live = metaValue(this.database, LIVE_RULES) ?? 0;
    if (version < live) {
      throw new UserError(
        `rules version ${live} is live; to go back, give the old rules a version above it`,
      );
    }
    ingest.addRuleset(bytes);
    setMetaValue(this.database, LIVE_RULES, version);
  }

  /** The settings that the pad should hold; undefined when it holds them, or none are published. */
  settingsFor(pad: PadState): DownBlob | undefined {
    const { database, keys } = this;
    const live = metaValue(database, LIVE_RULES);
    const version = Math.max(live ?? 0, pad.rulesetVersion);
    const isNewEpoch = pad.keyEpoch < keys.keyEpoch;
    if (version === pad.rulesetVersion && !isNewEpoch && !this.isUnderWay(pad)) return undefined;
    const sql = "SELECT bytes FROM rulesets WHERE version = ?";
    const ruleset = database.get<{ bytes: Uint8Array }>(sql, version)?.bytes;
    if (ruleset === undefined) {
      throw new UserError(
        `pad ${pad.terminalId} works by rules version ${version}, which are not here: add --rules`,
      );
    }
    const issuer = this.issuerOf(pad);
    const { terminalId, terminalEpoch } = pad;
    const config = terminalConfigFor(this.aes, keys, terminalId, terminalEpoch, issuer, ruleset);
    const encoded = new Uint8Array(CONFIG_BYTES);
    const content = encoded.slice(0, encodeTerminalConfig(config, encoded));
    return this.versioned(pad, BlobKind.Settings, content, content, 0);
  }

  /** The lists that the pad should hold; undefined when it holds them or there are none. */
  listsFor(pad: PadState, nowUnixSeconds: number): DownBlob | undefined {
    const last = this.lastBlob(pad, BlobKind.Lists);
    const substance = encodeLists(this.database, 0);
    if (substance === undefined && last === undefined) return undefined;
    const bare = substance ?? emptyLists();
    const isSame = last !== undefined && last.digest === digestOf(bare);
    const ageSeconds = nowUnixSeconds - (last?.issued_unix ?? 0);
    // Empty ones have no age.
    const isFresh = substance === undefined || ageSeconds < LISTS_REFRESH_SECONDS;
    const issued = isSame && isFresh ? last.issued_unix : nowUnixSeconds;
    const content = encodeLists(this.database, issued) ?? emptyLists();
    return this.versioned(pad, BlobKind.Lists, content, bare, issued);
  }

  /** Notes how a sync ended. */
  noteState(
    pad: PadState,
    nowUnixSeconds: number,
    driftSeconds: number | undefined,
    refusal: string,
  ): void {
    const { terminalId, terminalEpoch, keyEpoch, settingsVersion, rulesetVersion } = pad;
    const unsentCount = pad.nextSequence - pad.firstUnacknowledged;
    this.database.run(
      `INSERT INTO pad_states VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (terminal, epoch) DO UPDATE SET seen_unix = excluded.seen_unix,
         drift_seconds = coalesce(excluded.drift_seconds, drift_seconds),
         key_epoch = excluded.key_epoch, settings_version = excluded.settings_version,
         ruleset_version = excluded.ruleset_version, lists_version = excluded.lists_version,
         unsent = excluded.unsent, refusal = excluded.refusal`,
      ...[terminalId, terminalEpoch, nowUnixSeconds, driftSeconds ?? null, keyEpoch],
      ...[settingsVersion, rulesetVersion, pad.listsVersion, unsentCount, refusal],
    );
  }

  /** Settings that were made are sent to their end, also when their rules run already. */
  private isUnderWay(pad: PadState): boolean {
    return (this.lastBlob(pad, BlobKind.Settings)?.version ?? 0) > pad.settingsVersion;
  }

  private issuerOf({ terminalId }: PadState): number {
    const sql = "SELECT issuer FROM terminals WHERE terminal = ? ORDER BY epoch DESC LIMIT 1";
    return this.database.get<{ issuer: number }>(sql, terminalId)?.issuer ?? 1;
  }

  private lastBlob(pad: PadState, kind: BlobKind): BlobRow | undefined {
    return this.database.get<BlobRow>(
      `SELECT version, digest, issued_unix FROM down_blobs
       WHERE terminal = ? AND epoch = ? AND kind = ? ORDER BY version DESC LIMIT 1`,
      ...[pad.terminalId, pad.terminalEpoch, kind],
    );
  }

  /** The last version again while its content is the same, else a new one, noted durably first. */
  private versioned(
    pad: PadState,
    kind: BlobKind,
    content: Uint8Array,
    substance: Uint8Array,
    issuedUnixSeconds: number,
  ): DownBlob | undefined {
    const held = kind === BlobKind.Settings ? pad.settingsVersion : pad.listsVersion;
    const last = this.lastBlob(pad, kind);
    const digest = digestOf(substance);
    const isSame = last?.digest === digest && last.issued_unix === issuedUnixSeconds;
    if (last !== undefined && isSame && last.version >= held) {
      return last.version === held ? undefined : { kind, version: last.version, content };
    }
    const version = Math.max(last?.version ?? 0, held) + 1;
    if (kind === BlobKind.Lists) noteListed(this.database);
    this.database.run(
      "INSERT INTO down_blobs VALUES (?, ?, ?, ?, ?, ?)",
      ...[pad.terminalId, pad.terminalEpoch, kind, version, digest, issuedUnixSeconds],
    );
    return { kind, version, content };
  }
}

/** All pads of which anything is known, by number. */
export function terminalStatuses(database: Database): TerminalStatus[] {
  return database
    .all<Record<keyof TerminalStatus, number | string | null>>(
      `SELECT t.terminal, t.epoch, t.issuer, next_sequence - first_sequence AS recordCount,
         seen_unix AS seenUnixSeconds, drift_seconds AS driftSeconds, key_epoch AS keyEpoch,
         settings_version AS settingsVersion, ruleset_version AS rulesetVersion,
         lists_version AS listsVersion, b.issued_unix AS listsUnixSeconds, unsent AS unsentCount,
         refusal
       FROM terminals t LEFT JOIN pad_states s USING (terminal, epoch)
       LEFT JOIN down_blobs b ON b.terminal = t.terminal AND b.epoch = t.epoch
         AND b.kind = ${BlobKind.Lists} AND b.version = s.lists_version
       ORDER BY t.terminal, t.epoch`,
    )
    .map((row) => {
      const entries = Object.entries(row).map(([name, value]) => [name, value ?? undefined]);
      return Object.fromEntries(entries) as TerminalStatus;
    });
}

/** Version of the rules that every pad should work by; undefined while none are published. */
export function liveRulesVersion(database: Database): number | undefined {
  return metaValue(database, LIVE_RULES);
}

/** What pads hold when the last entry was taken away. */
function emptyLists(): Uint8Array {
  const content = new Uint8Array(16);
  content[0] = 1;
  return content;
}

function digestOf(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
