/** The lists that go down to pads (firmware/core/lists-format.ts), made from what is in force. */
import {
  BLOCKED_BYTES,
  LISTED_PATCH_BYTES,
  LISTS_FORMAT,
  ListsField,
} from "../firmware/core/lists-format";
import type { Database } from "./database";
import { metaValue, setMetaValue } from "./meta";
import { waitingPatches } from "./patches";
import { UserError } from "./user-error";

export interface HotCard {
  serial: number;
  cardNumber: number;
  /** For people. */
  reason: string;
}

/** What pads do when their lists get old: credit is paid out up to a cap only. */
export interface StalePolicy {
  /** 0 = never. */
  staleAfterHours: number;
  staleCapRial: number;
}

const COUNT_MAX = 0xffff;

export function hotCards(database: Database): HotCard[] {
  const sql = `SELECT serial, card_number AS cardNumber, reason FROM hot_cards
    ORDER BY serial, card_number`;
  return database.all<HotCard>(sql);
}

/** False when it is there already; then only the reason changes. */
export function addHotCard(database: Database, { serial, cardNumber, reason }: HotCard): boolean {
  const known = database.run(
    "UPDATE hot_cards SET reason = ? WHERE serial = ? AND card_number = ?",
    ...[reason, serial, cardNumber],
  );
  if (known > 0) return false;
  database.run("INSERT INTO hot_cards VALUES (?, ?, ?)", serial, cardNumber, reason);
  return true;
}

/** False when it was not there. */
export function removeHotCard(database: Database, serial: number, cardNumber: number): boolean {
  const sql = "DELETE FROM hot_cards WHERE serial = ? AND card_number = ?";
  return database.run(sql, serial, cardNumber) > 0;
}

export function stalePolicy(database: Database): StalePolicy {
  return {
    staleAfterHours: metaValue(database, "lists.staleAfterHours") ?? 0,
    staleCapRial: metaValue(database, "lists.staleCapRial") ?? 0,
  };
}

export function setStalePolicy(database: Database, policy: StalePolicy): void {
  setMetaValue(database, "lists.staleAfterHours", policy.staleAfterHours);
  setMetaValue(database, "lists.staleCapRial", policy.staleCapRial);
}

/** Undefined when there is nothing to tell: no card, no patch, no policy. */
export function encodeLists(database: Database, issuedUnixSeconds: number): Uint8Array | undefined {
  const cards = hotCards(database);
  const patches = waitingPatches(database);
  const { staleAfterHours, staleCapRial } = stalePolicy(database);
  if (cards.length + patches.length + staleAfterHours === 0) return undefined;
  if (cards.length > COUNT_MAX || patches.length > COUNT_MAX) {
    throw new UserError("more blocked cards or patches than lists can hold: 65,535 of each");
  }
  const content = Buffer.alloc(
    ListsField.SizeBytes + cards.length * BLOCKED_BYTES + patches.length * LISTED_PATCH_BYTES,
  );
  content[ListsField.Format] = LISTS_FORMAT;
  content.writeUInt32LE(issuedUnixSeconds, ListsField.IssuedUnixSeconds);
  content.writeUInt16LE(staleAfterHours, ListsField.StaleAfterHours);
  content.writeUIntLE(staleCapRial, ListsField.StaleCapRial, 5);
  content.writeUInt16LE(cards.length, ListsField.BlockedCount);
  content.writeUInt16LE(patches.length, ListsField.PatchCount);
  let end: number = ListsField.SizeBytes;
  for (const { serial, cardNumber } of cards) {
    content.writeUInt32LE(serial, end);
    content.writeUInt8(cardNumber, end + 4);
    end += BLOCKED_BYTES;
  }
  for (const patch of patches) {
    content.set(patch, end);
    end += LISTED_PATCH_BYTES;
  }
  return Uint8Array.from(content);
}
