import { test } from "uvu";
import * as assert from "uvu/assert";
import * as register from "./mfrc522-registers";
import {
  createChipBench,
  createChipSession,
  FACTORY_KEY,
  hexOf,
  UID4,
  UID7,
  WRONG_KEY,
} from "./test-mfrc522-bench";

const VALUE_1000 = "e803000017fcffffe803000005fa05fa";
const VALUE_999 = "e703000018fcffffe703000005fa05fa";

test("reads and writes a block as the Arduino library does", () => {
  const { library, card, chip } = createChipBench();
  library.initialise();
  assert.equal(library.requestA(), { status: "ok", bytes: [0x04, 0x00], lastBits: 0 });
  assert.equal(library.select(), UID4);
  assert.is(library.authenticate(0x60, 4, FACTORY_KEY, UID4), "ok");
  const content = Array.from({ length: 16 }, (_, index) => index * 3);
  assert.is(library.write(4, content), "ok");
  assert.equal(library.read(4).bytes, content);
  assert.is(hexOf(card, 4), Buffer.from(content).toString("hex"));
  assert.is(library.authenticate(0x60, 8, FACTORY_KEY, UID4), "ok", "nested");
  assert.is(library.read(8).status, "ok");
  assert.equal(chip.violations, []);
});

test("selects a 7-byte UID through both cascade levels", () => {
  const { library } = createChipBench([UID7]);
  library.initialise();
  assert.equal(library.requestA().bytes, [0x44, 0x00]);
  assert.equal(library.select(), UID7);
  assert.is(library.authenticate(0x60, 4, FACTORY_KEY, UID7), "ok");
});

test("resolves a collision by CollPos and selects one of two cards", () => {
  const { library } = createChipBench([UID4, [0xde, 0xad, 0xbf, 0x10]]);
  library.initialise();
  library.requestA();
  const collided = library.transceive([0x93, 0x20]);
  assert.is(collided.status, "collision");
  assert.is(library.readRegister(register.COLL), 17, "CollPos counts from 1");
  assert.equal(collided.bytes, [0xde, 0xad, 0, 0, 0], "zeros from the collision on");
  library.requestA();
  library.requestA();
  assert.equal(library.select(), [0xde, 0xad, 0xbf, 0x10], "the one with the 1");
});

test("three cards are found one after the other", () => {
  const uids = [UID4, [0xde, 0xad, 0xbf, 0x10], [0x12, 0x34, 0x56, 0x78]];
  const { library } = createChipBench(uids);
  library.initialise();
  const found: string[] = [];
  for (let round = 0; round < 3; round++) {
    library.requestA();
    found.push(library.select().join());
    library.halt();
  }
  assert.equal(found.sort(), uids.map((uid) => uid.join()).sort());
  assert.is(library.requestA().status, "timeout", "all of them halted");
});

test("decrement, restore and transfer; the operand's silence costs the timer's 25 ms", () => {
  const { library, card, clock } = createChipSession();
  card.image.set(Buffer.from(VALUE_1000, "hex"), 5 * 16);
  const begunUs = clock.nowUs;
  assert.is(library.twoStep(0xc0, 5, 1), "ok");
  assert.ok(clock.nowUs - begunUs > 25_000);
  assert.is(hexOf(card, 5), VALUE_1000);
  assert.is(library.transfer(5), "ok");
  assert.is(hexOf(card, 5), VALUE_999);
  assert.is(library.twoStep(0xc2, 5, 0), "ok");
  assert.is(library.transfer(6), "ok");
  assert.is(hexOf(card, 6), VALUE_999);
});

test("wrong key: silence, TimerIRq after 25 ms, no MFCrypto1On", () => {
  const { library, clock } = createChipBench();
  library.initialise();
  library.requestA();
  library.select();
  const begunUs = clock.nowUs;
  assert.is(library.authenticate(0x60, 4, WRONG_KEY, UID4), "timeout");
  const elapsedUs = clock.nowUs - begunUs;
  assert.ok(elapsedUs > 25_000 && elapsedUs < 29_000, `${elapsedUs} us`);
  assert.is(library.readRegister(register.STATUS_2) & 0x08, 0);
  assert.is(
    library.readRegister(register.COMMAND) & 0x0f,
    0x0e,
    "MFAuthent does not end by itself",
  );
});

test("a card that leaks NAK ends MFAuthent with ProtocolErr", () => {
  // The NAK needs all eight parity bits right by chance: about one attempt in 256.
  const { library } = createChipBench([UID4], { doesLeakNak: true });
  library.initialise();
  const outcomes = new Set<string>();
  for (let attempt = 0; attempt < 3000 && outcomes.size < 2; attempt++) {
    library.requestA();
    library.select();
    outcomes.add(library.authenticate(0x60, 4, WRONG_KEY, UID4));
  }
  assert.equal([...outcomes].sort(), ["error", "timeout"]);
});

test("MFCrypto1On outlives a failed nested authentication, until software clears it", () => {
  const { library } = createChipSession();
  assert.is(library.readRegister(register.STATUS_2) & 0x08, 0x08);
  assert.is.not(library.authenticate(0x60, 8, WRONG_KEY, UID4), "ok");
  assert.is(library.readRegister(register.STATUS_2) & 0x08, 0x08);
  assert.is(library.requestA().status, "timeout", "an encrypted REQA says nothing to a card");
  library.stopCrypto1();
  assert.is(library.requestA().status, "ok");
  library.writeRegister(register.STATUS_2, 0x08);
  assert.is(library.readRegister(register.STATUS_2) & 0x08, 0, "software cannot set it");
});

test("a forbidden command is answered by a 4-bit NAK with RxLastBits 4", () => {
  const { library } = createChipSession();
  const answer = library.transceive(library.withCrc([0xa0, 8]));
  assert.equal(answer, { status: "ok", bytes: [0x04], lastBits: 4 });
});

test("hardware CRC: the FIFO holds neither the CRC sent nor the CRC received", () => {
  const { library } = createChipSession();
  library.writeRegister(register.TX_MODE, 0x80);
  library.writeRegister(register.RX_MODE, 0x80);
  const answer = library.transceive([0x30, 4]);
  assert.equal(answer, { status: "ok", bytes: new Array(16).fill(0), lastBits: 0 });
  assert.is(library.readRegister(register.ERROR), 0);
});

test("hardware CRC: a 4-bit answer sets CRCErr and is in the FIFO", () => {
  const { library, card } = createChipSession();
  library.writeRegister(register.TX_MODE, 0x80);
  library.writeRegister(register.RX_MODE, 0x80);
  assert.equal(library.transceive([0xa0, 4]), { status: "ok", bytes: [0x0a], lastBits: 4 });
  assert.is(library.readRegister(register.ERROR), register.ERROR_CRC);
  assert.is(library.readRegister(register.COM_IRQ) & register.IRQ_ERROR, register.IRQ_ERROR);
  assert.equal(library.transceive(new Array(16).fill(7)).bytes, [0x0a]);
  assert.is(hexOf(card, 4), "07".repeat(16));
});

test("a damaged answer is a parity error, a damaged CRC a CRC error", () => {
  const { library, field } = createChipSession();
  field.onExchange = () => ({ kind: "flipAnswerBit", bit: 3 });
  assert.is(library.transceive(library.withCrc([0x30, 4])).status, "error");
  assert.is(library.readRegister(register.ERROR), register.ERROR_PARITY);
});

test("StartSend again without a new command sends the next frame", () => {
  const { library, clock } = createChipSession();
  library.writeRegister(register.TX_MODE, 0x80);
  library.writeRegister(register.RX_MODE, 0x80);
  library.transceive([0xa0, 4]);
  library.writeRegister(register.COM_IRQ, 0x7f);
  library.writeRegister(register.FIFO_DATA, ...new Array(16).fill(9));
  library.writeRegister(register.BIT_FRAMING, 0x80);
  clock.advance(10_000);
  const [irq, , count] = library.readRegisters(
    register.COM_IRQ,
    register.ERROR,
    register.FIFO_LEVEL,
  );
  assert.is(irq & (register.IRQ_RX | register.IRQ_TX), register.IRQ_RX | register.IRQ_TX);
  assert.is(count, 1);
  assert.is(library.readRegister(register.FIFO_DATA), 0x0a);
});

test("Transmit then Receive: the answer comes in although two commands were used", () => {
  const { library, clock } = createChipBench();
  library.initialise();
  library.writeRegister(register.FIFO_LEVEL, 0x80);
  library.writeRegister(register.BIT_FRAMING, 0x07);
  library.writeRegister(register.FIFO_DATA, 0x26);
  library.writeRegister(register.COMMAND, 0x04);
  clock.advance(60);
  library.writeRegister(register.BIT_FRAMING, 0x00);
  assert.is(library.readRegister(register.COMMAND) & 0x0f, 0, "Transmit ends by itself");
  library.writeRegister(register.COMMAND, 0x08);
  clock.advance(1_000);
  assert.equal(library.readRegisters(register.FIFO_DATA, register.FIFO_DATA), [0x04, 0x00]);
});

test.run();
