import { createCipheriv } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Decoder } from "cbor-x";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPortableAes } from "../../card-layout/aes128";
import {
  COSE_DATA_OFFSET,
  COSE_MESSAGE_OFFSET,
  COSE_TAG_BYTES,
  COSE_WORK_OVERHEAD_BYTES,
  coseOpen,
  coseSeal,
  SealKind,
  setSealNonce,
} from "./cose";

interface CoseJs {
  encrypt: {
    read(message: Buffer, key: Buffer): Promise<Buffer>;
    create(headers: object, payload: Buffer, recipient: object, options: object): Promise<Buffer>;
  };
}

/** A seal as its caller chooses it. */
interface Choice {
  terminalId: number;
  terminalEpoch: number;
  kind: SealKind;
  sequence: number;
  recordCount: number;
}

interface Vector {
  key: string;
  nonce: string;
  aad: string;
  plaintext: string;
  ciphertext: string;
  tag: string;
}

const coseJs = createRequire(import.meta.url)("cose-js") as CoseJs;
const vectorFile = new URL("vectors/cose.json", import.meta.url);
const aes = createPortableAes();
const key = Buffer.from("849b57219dae48de646d07dbb533566e", "hex");
const CHOICES: Choice[] = [
  { terminalId: 1, terminalEpoch: 0, kind: SealKind.Batch, sequence: 0, recordCount: 1 },
  {
    terminalId: 0x1234,
    terminalEpoch: 3,
    kind: SealKind.Acknowledgement,
    sequence: 70000,
    recordCount: 0,
  },
  {
    terminalId: 65535,
    terminalEpoch: 255,
    kind: SealKind.Batch,
    sequence: 4294967295,
    recordCount: 77,
  },
];
/** Around the blocks, around every change of a CBOR head, and a whole batch. */
const LENGTHS = [1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100, 239, 240, 241, 949];
/** Enc_structure of RFC 9052 §5.3: context, protected header, no external data. */
const ENC_STRUCTURE = Buffer.concat([
  Uint8Array.of(0x83, 0x68),
  Buffer.from("Encrypt0"),
  Uint8Array.of(0x44, 0xa1, 0x01, 0x18, 0x1e, 0x40),
]);
const HEADER_BYTES = COSE_DATA_OFFSET - COSE_MESSAGE_OFFSET;

function setNonce(choice: Choice): void {
  setSealNonce(choice, choice.kind, choice.sequence, choice.recordCount);
}

/** The nonce by another hand. */
function nonceOf(choice: Choice): Buffer {
  const nonce = Buffer.alloc(13);
  nonce.writeUInt8(choice.kind, 0);
  nonce.writeUInt8(choice.terminalEpoch, 1);
  nonce.writeUInt16LE(choice.terminalId, 2);
  nonce.writeUInt32LE(choice.sequence, 4);
  nonce.writeUInt8(choice.recordCount, 8);
  return nonce;
}

function plaintextOf(lengthBytes: number): Uint8Array {
  return Uint8Array.from({ length: lengthBytes }, (_, i) => (i * 31) % 256);
}

/** The message as sealed in a buffer that held something else before. */
function seal(choice: Choice, plaintext: Uint8Array): Uint8Array {
  const work = new Uint8Array(COSE_WORK_OVERHEAD_BYTES + plaintext.length).fill(0xee);
  work.set(plaintext, COSE_DATA_OFFSET);
  setNonce(choice);
  coseSeal(aes, key, work, plaintext.length);
  return work.slice(COSE_MESSAGE_OFFSET);
}

function open(choice: Choice, ciphertext: Uint8Array, openKey: Uint8Array = key) {
  const lengthBytes = ciphertext.length - COSE_TAG_BYTES;
  const work = new Uint8Array(COSE_WORK_OVERHEAD_BYTES + lengthBytes).fill(0xdd);
  work.set(ciphertext, COSE_DATA_OFFSET);
  setNonce(choice);
  const isAuthentic = coseOpen(aes, openKey, work, lengthBytes);
  return { isAuthentic, plaintext: work.slice(COSE_DATA_OFFSET, COSE_DATA_OFFSET + lengthBytes) };
}

test("is AES-CCM by node:crypto over the Enc_structure of RFC 9052, and opens again", () => {
  for (const choice of CHOICES) {
    for (const lengthBytes of LENGTHS) {
      const plaintext = plaintextOf(lengthBytes);
      const cipher = createCipheriv("aes-128-ccm", key, nonceOf(choice), { authTagLength: 16 });
      cipher.setAAD(ENC_STRUCTURE, { plaintextLength: lengthBytes });
      const expected = Buffer.concat([
        cipher.update(plaintext),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      const ciphertext = seal(choice, plaintext).slice(HEADER_BYTES);
      assert.is(Buffer.from(ciphertext).toString("hex"), expected.toString("hex"));
      const opened = open(choice, ciphertext);
      assert.ok(opened.isAuthentic);
      assert.equal(opened.plaintext, plaintext);
    }
  }
});

test("cose-js reads it without being told anything but the key", async () => {
  const decoder = new Decoder({ mapsAsObjects: false, useRecords: false });
  for (const choice of CHOICES) {
    for (const lengthBytes of LENGTHS) {
      const plaintext = plaintextOf(lengthBytes);
      const message = seal(choice, plaintext);
      const read = await coseJs.encrypt.read(Buffer.from(message), key);
      assert.is(Buffer.compare(read, plaintext), 0);
      const { tag, value } = decoder.decode(message);
      assert.is(tag, 16);
      assert.equal([...value[0]], [0xa1, 0x01, 0x18, 0x1e]);
      assert.equal([...value[1].keys()], [5]);
      assert.equal([...value[1].get(5)], [...nonceOf(choice)]);
      assert.is(value[2].length, lengthBytes + COSE_TAG_BYTES);
    }
  }
});

test("opens what cose-js made under the same nonce", async () => {
  for (const choice of CHOICES) {
    const plaintext = plaintextOf(100);
    const options = { randomSource: () => nonceOf(choice) };
    const headers = { p: { alg: "AES-CCM-16-128-128" } };
    const made = await coseJs.encrypt.create(headers, Buffer.from(plaintext), { key }, options);
    const ciphertext = Uint8Array.from(made.subarray(-100 - COSE_TAG_BYTES));
    assert.equal(ciphertext, seal(choice, plaintext).slice(HEADER_BYTES));
    assert.equal(open(choice, ciphertext).plaintext, plaintext);
  }
});

test("the associated data is that of the COSE working group's example", () => {
  const vector: Vector = JSON.parse(readFileSync(vectorFile, "utf8"));
  assert.is(ENC_STRUCTURE.toString("hex"), vector.aad);
  const bytes = (hex: string) => Buffer.from(hex, "hex");
  const options = { authTagLength: 16 };
  const cipher = createCipheriv("aes-128-ccm", bytes(vector.key), bytes(vector.nonce), options);
  cipher.setAAD(ENC_STRUCTURE, { plaintextLength: vector.plaintext.length / 2 });
  const ciphertext = cipher.update(vector.plaintext, "hex", "hex") + cipher.final("hex");
  assert.is(ciphertext, vector.ciphertext);
  assert.is(cipher.getAuthTag().toString("hex"), vector.tag);
});

test("a changed bit, another key or any other nonce is refused, and the data is wiped", () => {
  const [, choice] = CHOICES;
  const good = seal(choice, plaintextOf(40)).slice(HEADER_BYTES);
  const refuse = (name: string, opened: ReturnType<typeof open>) => {
    assert.not(opened.isAuthentic, name);
    assert.ok(
      opened.plaintext.every((byte) => byte === 0),
      name,
    );
  };
  for (let bit = 0; bit < good.length * 8; bit++) {
    const changed = Uint8Array.from(good);
    changed[bit >> 3] ^= 1 << (bit & 7);
    refuse(`bit ${bit}`, open(choice, changed));
  }
  for (let bit = 0; bit < 128; bit += 5) {
    const changed = Uint8Array.from(key);
    changed[bit >> 3] ^= 1 << (bit & 7);
    refuse(`key bit ${bit}`, open(choice, good, changed));
  }
  for (const lengthBytes of [COSE_TAG_BYTES + 1, good.length - 1]) {
    refuse(`length ${lengthBytes}`, open(choice, good.slice(0, lengthBytes)));
  }
  refuse("terminal", open({ ...choice, terminalId: 0x1235 }, good));
  refuse("epoch", open({ ...choice, terminalEpoch: 4 }, good));
  refuse("kind", open({ ...choice, kind: SealKind.Batch }, good));
  refuse("sequence", open({ ...choice, sequence: 70001 }, good));
  refuse("count", open({ ...choice, recordCount: 1 }, good));
});

test("no two choices share a nonce", () => {
  const nonces = new Set<string>();
  let choiceCount = 0;
  for (const terminalId of [0, 1, 256, 65535]) {
    for (const terminalEpoch of [0, 1, 255]) {
      for (const kind of [SealKind.Batch, SealKind.Acknowledgement]) {
        for (const sequence of [0, 1, 256, 65536, 16777216, 4294967295]) {
          for (const recordCount of [0, 1, 77]) {
            const choice = { terminalId, terminalEpoch, kind, sequence, recordCount };
            const message = seal(choice, plaintextOf(1));
            nonces.add(Buffer.from(message.slice(10, 23)).toString("hex"));
            choiceCount += 1;
          }
        }
      }
    }
  }
  assert.is(nonces.size, choiceCount);
});

test.run();
