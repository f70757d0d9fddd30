/**
 * A program in the device language that prints what the shared code computes. It runs as
 * TypeScript, as a device bundle and as Lua, and must print the same lines everywhere.
 */
import { createPortableAes } from "../../card-layout/aes128";
import { type Bytes, newBytes, partOf } from "../../card-layout/bytes";
import { cmac } from "../../card-layout/cmac";
import { crcA } from "../../card-layout/crc-a";
import { createSivKey, prepareSivKey, sivOpen, sivSeal } from "../../card-layout/siv";
import { encodeValueBlock } from "../../card-layout/value-block";
import { businessDay, type JalaliDate, toJalali } from "../../firmware/core/calendar";
import { coseOpen, coseSeal, SealKind, setSealNonce } from "../../firmware/core/cose";
import { crc32 } from "../../firmware/core/crc32";
import {
  createEntry,
  decodeEntry,
  encodeEntry,
  IntentKey,
  setEntryString,
} from "../../firmware/core/journal-entry";
import { mulBps } from "../../firmware/core/money";
import { decodeSyncFrame, encodeSyncFrame, SyncType } from "../../firmware/core/sync-messages";

declare function print(this: void, line: string): void;

const HEX = "0123456789abcdef";
const aes = createPortableAes();
const message = newBytes(64);
const key = newBytes(16);
const out = newBytes(64);

for (let i = 0; i < 64; i++) message[i] = (i * 37 + 11) % 256;
for (let i = 0; i < 16; i++) key[i] = 255 - i * 16;

ciphers();
sums();
numbers();
messages();

function ciphers(): void {
  aes.cbcMac(key, message, 0, 64, out);
  show("cbc-mac", out, 16);
  const counter = newBytes(16);
  for (let i = 0; i < 16; i++) counter[i] = 255;
  const stream = newBytes(64);
  aes.ctr(key, counter, stream, 0, 40);
  show("ctr", stream, 40);
  for (let length = 0; length <= 33; length += 11) {
    cmac(aes, key, message, 0, length, out, 0);
    show(`cmac ${length}`, out, 16);
  }
  const siv = createSivKey();
  for (let i = 0; i < 16; i++) {
    siv.macKey[i] = i;
    siv.ctrKey[i] = 128 + i;
  }
  prepareSivKey(aes, siv);
  const sealed = newBytes(48);
  const place = partOf(message, 0, 16);
  sivSeal(aes, siv, place, sealed, 0, 32);
  show("siv", sealed, 48);
  print(`siv opens ${sivOpen(aes, siv, place, sealed, 0, 32)}`);
  sealed[3] = 255 - sealed[3];
  print(`siv refuses ${sivOpen(aes, siv, place, sealed, 0, 32)}`);
}

function sums(): void {
  print(`crc-a ${crcA(message, 0, 64)}`);
  print(`crc-32 ${crc32(message, 0, 64)}`);
  encodeValueBlock(-2000000, 13, out, 0);
  show("value block", out, 16);
}

function numbers(): void {
  print(`bps ${mulBps(1099511627775, 725)}`);
  const date: JalaliDate = { year: 0, month: 0, day: 0 };
  toJalali(businessDay(1774000000, 210, 240), date);
  print(`jalali ${date.year}-${date.month}-${date.day}`);
}

function messages(): void {
  const work = newBytes(100);
  for (let i = 0; i < 20; i++) work[48 + i] = i % 4;
  setSealNonce({ terminalId: 4660, terminalEpoch: 3 }, SealKind.Batch, 3000000000, 2);
  coseSeal(aes, key, work, 20);
  show("cose", work, 84);
  print(`cose opens ${coseOpen(aes, key, work, 20)}`);
  const frame = newBytes(255);
  const sent = {
    type: SyncType.Part,
    fields: [1, 0, 4294967295, 256, 7],
    contentOffset: 48,
    contentLengthBytes: 20,
  };
  const frameBytes = encodeSyncFrame(crc32, sent, work, frame);
  show("frame", frame, frameBytes);
  print(`frame ${decodeSyncFrame(crc32, frame, frameBytes - 1, sent)} ${sent.fields[2]}`);
  const entry = createEntry();
  entry.values[IntentKey.GrossRial] = 1099511627775;
  entry.values[IntentKey.Day] = 256;
  setEntryString(entry, IntentKey.Uid, message, 0, 7);
  const entryBytes = encodeEntry(entry, frame);
  show("entry", frame, entryBytes);
  print(`entry ${decodeEntry(frame, 0, entryBytes, entry)} ${entry.values[IntentKey.GrossRial]}`);
}

function show(name: string, bytes: Bytes, lengthBytes: number): void {
  let text = `${name} `;
  for (let i = 0; i < lengthBytes; i++) {
    const high = Math.floor(bytes[i] / 16);
    const low = bytes[i] - high * 16;
    text += HEX.substring(high, high + 1) + HEX.substring(low, low + 1);
  }
  print(text);
}
