/** The simulated PN532, frame by frame, as a host on a serial line meets it. */
import { beginReaderAuthentication } from "mifare-classic-crypto1";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { VirtualClock } from "./clock";
import { blankImage } from "./mfd";
import { MifareClassicCard } from "./mifare-card";
import type { MifareCardOptions } from "./mifare-card-options";
import { type Pn532Options, SimPn532 } from "./pn532";
import { HostFrameParser } from "./pn532-frames";
import { Pn532Uart } from "./pn532-uart";
import { RfField } from "./rf-field";
import { Rng } from "./rng";

const WAKE_UP = "5555000000000000000000000000";
const ACK = "0000ff00ff00";
const ERROR = "0000ff01ff7f8100";
const UID_4 = "deadbeef";
const UID_7 = "04782e21801d80";
const KEY = "ffffffffffff";

function createBench(uids: string[], options: Partial<Pn532Options & MifareCardOptions> = {}) {
  const clock = new VirtualClock();
  const field = new RfField(clock);
  const chip = new SimPn532({ clock, field, rng: new Rng(1), ...options });
  const uart = new Pn532Uart(clock, chip);
  const cards = uids.map((text) => {
    const uid = Buffer.from(text, "hex");
    const uidLengthBytes = uid.length === 7 ? 7 : 4;
    const image = blankImage(uid);
    const card = { clock, rng: new Rng(2), image, uidLengthBytes, ...options } as const;
    return new MifareClassicCard(card);
  });
  for (const card of cards) field.addCard(card);
  const send = (hex: string) => Buffer.from(uart.converse(Buffer.from(hex, "hex"))).toString("hex");
  /** The answer's data behind its code; the whole of what came when it is no plain answer. */
  const run = (hex: string): string => {
    const heard = send(commandFrame(hex));
    const answer = heard.startsWith(ACK) ? heard.slice(ACK.length) : heard;
    return answer.startsWith("0000ff") && answer.slice(10, 12) === "d5"
      ? answer.slice(14, -4)
      : answer;
  };
  send(WAKE_UP);
  return { send, run, cards, field, clock };
}

function commandFrame(hex: string): string {
  const body = Buffer.from(`d4${hex}`, "hex");
  const check = -body.reduce((sum, byte) => sum + byte, 0);
  return Buffer.of(0, 0, 0xff, body.length, -body.length, ...body, check, 0).toString("hex");
}

test("a frame after any preamble, a short one and an extended one", () => {
  const parser = new HostFrameParser();
  const push = (hex: string) => [...Buffer.from(hex, "hex")].map((byte) => parser.push(byte));
  assert.equal(push("550102000000ff02fed4022a").at(-1), {
    ...{ kind: "command", code: 2, data: new Uint8Array(0) },
  });
  assert.equal(push("000000ff00ff").at(-1), { kind: "ack" });
  assert.equal(push("0000ffff00").at(-1), { kind: "nack" });
  const extended = push("00ffffff0003fdd40201").slice(0, -1).concat(push("29"));
  assert.equal(extended.at(-1), { kind: "command", code: 2, data: Uint8Array.of(1) });
  assert.equal(push("00ff02ffd4022a")[3], { kind: "broken" }, "length");
  assert.equal(push("00ff02fed4022b").at(-1), { kind: "broken" }, "checksum");
});

test("asleep until woken, then it tells its version; NACK brings the answer again", () => {
  const { send } = createBench([]);
  const version = "0000ff06fad50332010607e800";
  assert.is(send(commandFrame("02")), ACK + version);
  assert.is(send("0000ffff0000"), version);
  assert.is(send(commandFrame("16f0")), `${ACK}0000ff03fdd517001400`);
  assert.is(send(commandFrame("02")), "", "asleep");
  assert.is(send(WAKE_UP + commandFrame("02")), ACK + version);
});

test("what it does not know is an error frame, what came broken is ignored", () => {
  const { send, run } = createBench([]);
  assert.is(run("ee"), ERROR);
  assert.is(run("4a"), ERROR);
  assert.is(run("0663"), ERROR);
  assert.is(send("0000ff02fed4022b00"), "");
  assert.is(run("0000aa55"), "00aa55", "echo");
});

for (const [uid, described] of [
  [UID_4, `0100040804${UID_4}`],
  [UID_7, `0100440807${UID_7}`],
]) {
  test(`lists ${uid}, opens it with its key, reads, writes, refuses`, () => {
    const { run, cards } = createBench([uid]);
    assert.is(run("4a0100"), `01${described}`);
    const tail = uid.slice(-8);
    assert.is(run(`40016004a0a1a2a3a4a5${tail}`), "14");
    assert.is(run("40013004"), "01", "gone after a wrong key");
    assert.is(run("4a0100"), `01${described}`);
    assert.is(run(`40016004${KEY}${tail}`), "00");
    const content = "00112233445566778899aabbccddeeff";
    assert.is(run(`4001a005${content}`), "00");
    assert.is(run("40013005"), `00${content}`);
    assert.is(Buffer.from(cards[0].image.subarray(80, 96)).toString("hex"), content);
    assert.is(run(`40016108${KEY}${tail}`), "00", "nested");
    assert.is(run("4001300c"), "13", "another sector");
    assert.is(run("420000"), "01");
  });
}

test("two targets are told apart, and each is selected when it is spoken to", () => {
  const { run } = createBench([UID_4, UID_7]);
  const both = run("4a0200");
  assert.is(both.slice(0, 2), "02");
  assert.ok(both.includes(`04${UID_4}`) && both.includes(`07${UID_7}`), both);
  const first = both.slice(2, 4) === "01" && both.slice(12, 20) === UID_4 ? 1 : 2;
  assert.is(run(`400${first}6004${KEY}${UID_4}`), "00");
  assert.is(run(`400${3 - first}6004${KEY}${UID_7.slice(-8)}`), "00");
  assert.is(run("40033004"), "27", "no third");
  assert.is(run("4400"), "00");
});

test("halted by InDeselect it comes back by its UID; without, as the chip's switch says", () => {
  const { run, clock } = createBench([UID_4]);
  run("3205000000");
  run("320101");
  clock.advance(6000);
  run("4a0100");
  assert.is(run("4401"), "00");
  assert.is(run("4a0100"), "00");
  assert.is(run(`4a0100${UID_4}`).slice(0, 4), "0101");
  const other = createBench([UID_4], { doesListWakeHalted: true });
  other.run("4a0100");
  other.run("4401");
  assert.is(other.run("4a0100").slice(0, 4), "0101");
});

test("InAutoPoll finds a card, or ends without one", () => {
  assert.is(createBench([UID_4]).run("6002011003"), `0110090100040804${UID_4}`);
  assert.is(createBench([]).run("60020110"), "00");
});

test("the back door of a copied chip opens with raw frames of seven and eight bits", () => {
  for (const isMagicGen1a of [true, false]) {
    const { run } = createBench([UID_4], { isMagicGen1a });
    run("320101");
    run("4a0100");
    run("4400");
    run("08630200630300633d07");
    assert.is(run("4240"), isMagicGen1a ? "000a" : "01");
    if (!isMagicGen1a) continue;
    assert.is(run("06633c"), "04", "four bits");
    run("08633d00");
    assert.is(run("4243"), "000a");
    run("08630280630380");
    assert.is(run("423003"), `00${KEY}ff078069${KEY}`);
  }
});

test("with parity by the host, a handshake made outside the chip opens the card", () => {
  const { run } = createBench([UID_4]);
  run("4a0100");
  run("08630200630300");
  const nonce = run("426004d13d");
  assert.is(nonce.length, 10);
  const session = beginReaderAuthentication(Buffer.from(KEY, "hex"), 0xdeadbeef, 7, false);
  const bytes = Buffer.from(nonce.slice(2), "hex");
  const parity = Uint8Array.from(bytes, (byte) => (bitCount(byte) + 1) & 1);
  const reply = session.answerNonce(bytes, parity);
  if (reply.kind !== "ok") throw new Error("the nonce's parity");
  run("08630d10633d00");
  const packed = pack(reply.frame.bytes, reply.frame.parity);
  const proof = Buffer.from(run(`42${packed}`).slice(2), "hex");
  assert.is(run("06633c"), "04", "36 bits");
  const answer = unpack(proof, 4);
  assert.is(session.verify(answer.bytes, answer.parity).kind, "ok");
});

function bitCount(byte: number): number {
  return [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, bit) => sum + ((byte >> bit) & 1), 0);
}

/** Nine bits a byte, lowest first. */
function pack(bytes: Uint8Array, parity: Uint8Array): string {
  const out = Buffer.alloc(Math.ceil((bytes.length * 9) / 8));
  bytes.forEach((byte, index) => {
    const nine = byte | (parity[index] << 8);
    for (let bit = 0; bit < 9; bit++) {
      const place = index * 9 + bit;
      out[place >> 3] |= ((nine >> bit) & 1) << (place & 7);
    }
  });
  return out.toString("hex");
}

function unpack(packed: Uint8Array, count: number): { bytes: Uint8Array; parity: Uint8Array } {
  const bytes = new Uint8Array(count);
  const parity = new Uint8Array(count);
  for (let place = 0; place < count * 9; place++) {
    const bit = (packed[place >> 3] >> (place & 7)) & 1;
    const index = Math.floor(place / 9);
    if (place % 9 === 8) parity[index] = bit;
    else bytes[index] |= bit << (place % 9);
  }
  return { bytes, parity };
}

test.run();
