import { createRequire } from "node:module";
import { Decoder } from "cbor-x";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPortableAes } from "../../card-layout/aes128";
import { Status } from "../../card-layout/status";
import {
  COSE_DATA_OFFSET,
  COSE_WORK_OVERHEAD_BYTES,
  type CoseContext,
  coseMessageOffset,
  coseOpen,
  cosePlaintextBytes,
  coseSeal,
  SYNC_PROTOCOL_VERSION,
  SyncDirection,
} from "./cose";

interface CoseJs {
  encrypt: {
    read(message: Buffer, key: Buffer, options: object): Promise<Buffer>;
    create(headers: object, payload: Buffer, recipient: object, options: object): Promise<Buffer>;
  };
}

const coseJs = createRequire(import.meta.url)("cose-js") as CoseJs;
const aes = createPortableAes();
const key = Buffer.from("849b57219dae48de646d07dbb533566e", "hex");
const nonce = Uint8Array.from({ length: 13 }, (_, i) => i + 1);
const CONTEXTS: CoseContext[] = [
  { terminalId: 1, keyEpoch: 0, direction: SyncDirection.Up, terminalEpoch: 0 },
  { terminalId: 0x1234, keyEpoch: 9, direction: SyncDirection.Down, terminalEpoch: 255 },
  { terminalId: 65535, keyEpoch: 255, direction: SyncDirection.Up, terminalEpoch: 65535 },
];
/** Around every change of the ciphertext's head, and a whole batch. */
const LENGTHS = [1, 6, 7, 8, 9, 16, 17, 100, 238, 239, 240, 241, 1040];

function seal(context: CoseContext, lengthBytes: number) {
  const work = new Uint8Array(COSE_WORK_OVERHEAD_BYTES + lengthBytes).fill(0xee);
  const plaintext = Uint8Array.from({ length: lengthBytes }, (_, i) => (i * 31) % 256);
  work.set(plaintext, COSE_DATA_OFFSET);
  const start = coseSeal(aes, key, context, nonce, work, lengthBytes);
  return { plaintext, start, message: work.slice(start) };
}

function open(context: CoseContext, message: Uint8Array) {
  const work = new Uint8Array(COSE_WORK_OVERHEAD_BYTES + message.length);
  const nonceOut = new Uint8Array(13);
  work.set(message, coseMessageOffset(message.length));
  const status = coseOpen(aes, key, context, nonceOut, work, message.length);
  const end = COSE_DATA_OFFSET + Math.max(0, cosePlaintextBytes(message.length));
  return { status, nonceOut, plaintext: work.slice(COSE_DATA_OFFSET, end) };
}

/** CBOR by hand, so that the oracle's associated data owes nothing to the code under test. */
function externalAad(context: CoseContext): Buffer {
  const head = (value: number): number[] => {
    if (value < 24) return [value];
    return value < 256 ? [0x18, value] : [0x19, value >> 8, value & 255];
  };
  const { terminalId, direction, terminalEpoch } = context;
  const numbers = [SYNC_PROTOCOL_VERSION, terminalId, direction, terminalEpoch];
  return Buffer.from([0x84, ...numbers.flatMap(head)]);
}

test("opens what it sealed, where the message stands", () => {
  for (const context of CONTEXTS) {
    for (const lengthBytes of LENGTHS) {
      const { plaintext, start, message } = seal(context, lengthBytes);
      assert.is(coseMessageOffset(message.length), start);
      const opened = open(context, message);
      assert.is(opened.status, Status.Ok);
      assert.equal(opened.plaintext, plaintext);
      assert.equal(opened.nonceOut, nonce);
    }
  }
});

test("cose-js reads it, with kid, nonce and external associated data", async () => {
  const decoder = new Decoder({ mapsAsObjects: false, useRecords: false });
  for (const context of CONTEXTS) {
    for (const lengthBytes of LENGTHS) {
      const { plaintext, message } = seal(context, lengthBytes);
      const options = { externalAAD: externalAad(context) };
      const read = await coseJs.encrypt.read(Buffer.from(message), key, options);
      assert.is(Buffer.compare(read, plaintext), 0);
      const [, unprotectedHeader] = decoder.decode(message).value;
      const kid = [context.terminalId & 255, context.terminalId >> 8, context.keyEpoch];
      assert.equal([...unprotectedHeader.get(4)], kid);
      assert.equal([...unprotectedHeader.get(5)], [...nonce]);
    }
  }
});

test("opens what cose-js made, bit by bit the same message", async () => {
  for (const context of CONTEXTS) {
    const { plaintext, message } = seal(context, 100);
    const kid = Buffer.from([context.terminalId & 255, context.terminalId >> 8, context.keyEpoch]);
    const headers = { p: { alg: "AES-CCM-16-128-128" }, u: { kid } };
    const options = { externalAAD: externalAad(context), randomSource: () => Buffer.from(nonce) };
    const payload = Buffer.from(plaintext);
    const made = await coseJs.encrypt.create(headers, payload, { key }, options);
    assert.is(made.toString("hex"), Buffer.from(message).toString("hex"));
    assert.is(open(context, made).status, Status.Ok);
  }
});

test("a changed bit, another context, or any other length is refused", () => {
  const [, context] = CONTEXTS;
  const { message } = seal(context, 40);
  for (let bit = 0; bit < message.length * 8; bit++) {
    const changed = Uint8Array.from(message);
    changed[bit >> 3] ^= 1 << (bit & 7);
    assert.is.not(open(context, changed).status, Status.Ok);
  }
  for (let lengthBytes = 0; lengthBytes < message.length; lengthBytes++) {
    assert.is.not(open(context, message.subarray(0, lengthBytes)).status, Status.Ok);
  }
  const others: CoseContext[] = [
    { ...context, terminalId: 0x1235 },
    { ...context, keyEpoch: 8 },
    { ...context, direction: SyncDirection.Up },
    { ...context, terminalEpoch: 254 },
  ];
  for (const other of others) assert.is.not(open(other, message).status, Status.Ok);
  // Same kid, so only the associated data can tell these two apart.
  assert.is(open({ ...context, direction: SyncDirection.Up }, message).status, Status.BadSeal);
  assert.is(open({ ...context, terminalEpoch: 254 }, message).status, Status.BadSeal);
});

test.run();
