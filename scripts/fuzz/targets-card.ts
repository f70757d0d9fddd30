/** What comes from a card: whole images as dumps are, and the plain bytes of each record. */
import { inspectCard } from "../../back-office/card-inspection";
import { issueImage } from "../../back-office/issue-image";
import { createClubKeys } from "../../back-office/keys";
import { decodeIdentity, emptyIdentity, encodeIdentity } from "../../card-layout/identity";
import { emptyLogEntry, openLogEntry } from "../../card-layout/log-ring";
import { decodeMad, encodeMad } from "../../card-layout/mad";
import { createSivKey } from "../../card-layout/siv";
import { decodeState, emptyState, encodeState } from "../../card-layout/state";
import { Status } from "../../card-layout/status";
import { decodeValueBlock, encodeValueBlock } from "../../card-layout/value-block";
import { blankImage, readMfd } from "../../host-sim/mfd";
import { createNativeAes } from "../../host-sim/native-aes";
import { type FuzzTarget, promise } from "./fuzz-target";

const UID = Uint8Array.from([0xde, 0xad, 0xbe, 0xef]);
const DOUBLE_UID = Uint8Array.from([4, 1, 2, 3, 4, 5, 6]);

const aes = createNativeAes();
const keys = createClubKeys(7, 1, "fuzz");

/** A member card of the fuzzers' club as the desk issues it. */
export function issuedImage(uid = UID): Uint8Array {
  const member = { member: 100001, serial: 100001, cardNumber: 0, name: "Sara" };
  const birth = { year: 1370, month: 12, day: 30 };
  return issueImage(aes, keys, blankImage(uid), uid, { ...member, birth, issueDay: 2000 }).image;
}

/** A sealed part of a card opens unchanged or not at all. */
export const cardImage: FuzzTarget = {
  name: "card-image",
  promise: "a dump of any content is judged; what opens on it is what the club once sealed",
  seeds: () => [issuedImage(), issuedImage(DOUBLE_UID), blankImage(UID)],
  run: (input) => {
    let content: ReturnType<typeof readMfd>;
    try {
      content = readMfd(input);
    } catch (error) {
      promise((error as Error).constructor === Error, `${error} is no sentence for a person`);
      return (error as Error).message.replace(/[\da-f]{2,}/g, "#");
    }
    const view = inspectCard(aes, keys, content.image, content.uid);
    const current = view.slots.find(({ role }) => role === "current");
    promise(
      view.identity === undefined || view.identity.memberId === 100001,
      "an identity that nobody sealed",
    );
    if (current?.state) promise(current.state.lots.length === 0, "credit that nobody sealed");
    return `${view.verdict} ${view.counterCondition} ${view.slots.map(({ role }) => role).join()}`;
  },
};

type Decoder = (input: Uint8Array) => string;

/** By the first byte of the input; the rest is what is decoded, padded with zeros. */
const DECODERS: Decoder[] = [decodeStateBytes, decodeIdentityBytes, decodeMadBytes, decodeValue];
const RECORD_BYTES = 160;

/** Decoding and encoding are each other's inverse wherever decoding says Ok. */
export const cardRecords: FuzzTarget = {
  name: "card-records",
  promise: "every content of a record is refused, or has this one form of bytes",
  seeds: () => {
    const state = new Uint8Array(RECORD_BYTES);
    encodeState(emptyState(), state, 1);
    const value = new Uint8Array(17);
    value[0] = 3;
    encodeValueBlock(2_000_000, 12, value, 1);
    const mad = new Uint8Array(33);
    mad[0] = 2;
    encodeMad({ publisherSector: 1, aids: Array.from({ length: 15 }, () => 0x7100) }, mad, 1);
    return [state, value, mad, Uint8Array.of(1, 1), Uint8Array.of(4, 2, 1)];
  },
  run: (input) => {
    const bytes = new Uint8Array(RECORD_BYTES);
    bytes.set(input.subarray(1, 1 + RECORD_BYTES));
    const index = (input[0] ?? 0) % (DECODERS.length + 1);
    return `${index} ${(DECODERS[index] ?? decodeLogEntry)(bytes)}`;
  },
};

function decodeStateBytes(bytes: Uint8Array): string {
  const state = emptyState();
  const status = decodeState(bytes, 0, state);
  const again = new Uint8Array(RECORD_BYTES);
  if (status === Status.Ok) promise(encodeState(state, again, 0) === Status.Ok, "not encodable");
  return checked(status, bytes, again, 128);
}

function decodeIdentityBytes(bytes: Uint8Array): string {
  const identity = emptyIdentity();
  const status = decodeIdentity(bytes, 0, identity);
  const again = new Uint8Array(RECORD_BYTES);
  if (status === Status.Ok)
    promise(encodeIdentity(identity, again, 0) === Status.Ok, "not encodable");
  return checked(status, bytes, again, 32);
}

function decodeMadBytes(bytes: Uint8Array): string {
  const mad = { publisherSector: 99, aids: [] };
  const status = decodeMad(bytes, 0, mad);
  const again = new Uint8Array(RECORD_BYTES);
  if (status === Status.Ok) encodeMad(mad, again, 0);
  else promise(mad.publisherSector === 99, "a refused directory changed something");
  return checked(status, bytes, again, 32);
}

function decodeValue(bytes: Uint8Array): string {
  const block = { value: -7, address: 99 };
  const status = decodeValueBlock(bytes, 0, block);
  const again = new Uint8Array(RECORD_BYTES);
  if (status === Status.Ok) encodeValueBlock(block.value, block.address, again, 0);
  else promise(block.value === -7, "a refused value block changed something");
  return checked(status, bytes, again, 16);
}

function decodeLogEntry(bytes: Uint8Array): string {
  const before = bytes.slice();
  const status = openLogEntry(aes, createSivKey(), bytes, 0, emptyLogEntry());
  promise(Buffer.compare(bytes, before) === 0, "reading a movement changed its bytes");
  return String(status);
}

function checked(status: Status, bytes: Uint8Array, again: Uint8Array, length: number): string {
  const isSame = Buffer.compare(bytes.subarray(0, length), again.subarray(0, length)) === 0;
  if (status === Status.Ok) promise(isSame, "decoded and encoded again it has other bytes");
  return String(status);
}
