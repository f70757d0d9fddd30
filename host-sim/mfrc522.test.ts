import { test } from "uvu";
import * as assert from "uvu/assert";
import { VirtualClock } from "./clock";
import { blankImage } from "./mfd";
import { SimMfrc522 } from "./mfrc522";
import * as register from "./mfrc522-registers";
import { selfTestResponse } from "./mfrc522-self-test";
import { MifareClassicCard } from "./mifare-card";
import { RfField } from "./rf-field";
import { Rng } from "./rng";
import { Mfrc522Library } from "./test-mfrc522-library";

const FACTORY_KEY = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
const WRONG_KEY = [1, 2, 3, 4, 5, 6];
const UID4 = [0xde, 0xad, 0xbe, 0xef];
const UID7 = [0x04, 0x5a, 0x9c, 0x8a, 0xa0, 0x5b, 0x80];
const VALUE_1000 = "e803000017fcffffe803000005fa05fa";
const VALUE_999 = "e703000018fcffffe703000005fa05fa";

interface BenchOptions {
  isLenient?: boolean;
  version?: number;
  doesLeakNak?: boolean;
}

function createBench(uids: number[][] = [UID4], options: BenchOptions = {}) {
  const clock = new VirtualClock();
  const field = new RfField(clock);
  const rng = new Rng(1);
  const chip = new SimMfrc522({ clock, field, rng, ...options });
  const cards = uids.map((uid) => {
    const image = blankImage(Uint8Array.from(uid));
    const uidLengthBytes = uid.length === 7 ? 7 : 4;
    return new MifareClassicCard({ clock, rng, image, uidLengthBytes, ...options });
  });
  for (const card of cards) field.addCard(card);
  const library = new Mfrc522Library(chip, (durationMs) => clock.advance(durationMs * 1000));
  return { clock, field, card: cards[0], chip, library };
}

function createSession(options: BenchOptions = {}) {
  const bench = createBench([UID4], options);
  bench.library.initialise();
  bench.library.requestA();
  bench.library.select();
  assert.is(bench.library.authenticate(0x60, 4, FACTORY_KEY, UID4), "ok");
  return bench;
}

function hexOf(card: MifareClassicCard, block: number): string {
  return Buffer.from(card.image.subarray(block * 16, block * 16 + 16)).toString("hex");
}

test("reads and writes a block as the Arduino library does", () => {
  const { library, card, chip } = createBench();
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
  const { library } = createBench([UID7]);
  library.initialise();
  assert.equal(library.requestA().bytes, [0x44, 0x00]);
  assert.equal(library.select(), UID7);
  assert.is(library.authenticate(0x60, 4, FACTORY_KEY, UID7), "ok");
});

test("resolves a collision by CollPos and selects one of two cards", () => {
  const { library } = createBench([UID4, [0xde, 0xad, 0xbf, 0x10]]);
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
  const { library } = createBench(uids);
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
  const { library, card, clock } = createSession();
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
  const { library, clock } = createBench();
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
  const { library } = createBench([UID4], { doesLeakNak: true });
  library.initialise();
  const outcomes = new Set<string>();
  for (let attempt = 0; attempt < 3000 && outcomes.size < 2; attempt++) {
    library.requestA();
    library.select();
    outcomes.add(library.authenticate(0x60, 4, WRONG_KEY, UID4));
  }
  assert.equal([...outcomes].sort(), ["error", "timeout"]);
});

test("MFCrypto1On lives until software clears it, also after a failed nested authentication", () => {
  const { library } = createSession();
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
  const { library } = createSession();
  const answer = library.transceive(library.withCrc([0xa0, 8]));
  assert.equal(answer, { status: "ok", bytes: [0x04], lastBits: 4 });
});

test("hardware CRC: the FIFO holds neither the CRC sent nor the CRC received", () => {
  const { library } = createSession();
  library.writeRegister(register.TX_MODE, 0x80);
  library.writeRegister(register.RX_MODE, 0x80);
  const answer = library.transceive([0x30, 4]);
  assert.equal(answer, { status: "ok", bytes: new Array(16).fill(0), lastBits: 0 });
  assert.is(library.readRegister(register.ERROR), 0);
});

test("hardware CRC: a 4-bit answer sets CRCErr and is in the FIFO", () => {
  const { library, card } = createSession();
  library.writeRegister(register.TX_MODE, 0x80);
  library.writeRegister(register.RX_MODE, 0x80);
  assert.equal(library.transceive([0xa0, 4]), { status: "ok", bytes: [0x0a], lastBits: 4 });
  assert.is(library.readRegister(register.ERROR), register.ERROR_CRC);
  assert.is(library.readRegister(register.COM_IRQ) & register.IRQ_ERROR, register.IRQ_ERROR);
  assert.equal(library.transceive(new Array(16).fill(7)).bytes, [0x0a]);
  assert.is(hexOf(card, 4), "07".repeat(16));
});

test("a damaged answer is a parity error, a damaged CRC a CRC error", () => {
  const { library, field } = createSession();
  field.onExchange = () => ({ kind: "flipAnswerBit", bit: 3 });
  assert.is(library.transceive(library.withCrc([0x30, 4])).status, "error");
  assert.is(library.readRegister(register.ERROR), register.ERROR_PARITY);
});

test("StartSend again without a new command sends the next frame", () => {
  const { library, clock } = createSession();
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

test("CRC coprocessor: reference values, presets, and bytes that come later", () => {
  const { library } = createBench();
  library.initialise();
  assert.equal(library.calculateCrc([0x50, 0x00]), [0x57, 0xcd]);
  assert.equal(library.calculateCrc([0x93, 0x70, 0xde, 0xad, 0xbe, 0xef, 0x22]), [0xb9, 0x9c]);
  library.writeRegister(register.COMMAND, 0x03);
  for (const byte of [0x50, 0x00]) library.writeRegister(register.FIFO_DATA, byte);
  library.writeRegister(register.COMMAND, 0x00);
  assert.is(library.readRegister(register.CRC_RESULT_LOW), 0x57);
  library.writeRegister(register.MODE, 0x3f);
  const check = [...Buffer.from("123456789")];
  assert.equal(library.calculateCrc(check), [0x91, 0x6f], "preset FFFFh: CRC-16/MCRF4XX");
});

test("self-test: the response of each version, and a live chip afterwards", () => {
  for (const version of [0x88, 0x90, 0x91, 0x92]) {
    const { library } = createBench([UID4], { version });
    library.initialise();
    assert.is(library.readRegister(register.VERSION), version);
    assert.equal(library.selfTest(), [...selfTestResponse(version)!]);
    library.initialise();
    assert.is(library.requestA().status, "ok");
  }
});

test("SoftReset: registers, field and session are gone; PowerDown reads 1 until the chip is up", () => {
  const { library, field, clock } = createSession();
  library.writeRegister(register.COMMAND, 0x0f);
  assert.is(library.readRegister(register.COMMAND) & 0x10, 0x10);
  assert.is(field.isOn, false);
  clock.advance(1_000);
  assert.is(library.readRegister(register.COMMAND), 0x20);
  const undefinedAfterReset = [register.FIFO_DATA, register.T_COUNTER_HIGH, register.T_COUNTER_LOW];
  for (const description of register.REGISTERS) {
    if (description === undefined || undefinedAfterReset.includes(description.number)) continue;
    const value = library.readRegister(description.number);
    const expected = description.number === register.COM_IRQ ? 0x14 : description.reset;
    assert.is(value, expected, description.name);
  }
});

test("soft power-down keeps the registers and takes the field", () => {
  const { library, field, clock } = createSession();
  library.writeRegister(register.COMMAND, 0x10);
  assert.is(field.isOn, false);
  clock.advance(10_000);
  library.writeRegister(register.COMMAND, 0x00);
  assert.is(library.readRegister(register.COMMAND) & 0x10, 0x10);
  clock.advance(6_000);
  assert.is(library.readRegister(register.T_RELOAD_LOW), 0xe8);
  assert.is(field.isOn, true);
  library.stopCrypto1();
  assert.is(library.requestA().status, "ok");
});

test("TxControl switches the field and with it the cards", () => {
  const { library, clock } = createSession();
  library.clearBits(register.TX_CONTROL, 0x03);
  clock.advance(5_000);
  library.setBits(register.TX_CONTROL, 0x03);
  clock.advance(5_000);
  library.stopCrypto1();
  assert.equal(library.requestA().bytes, [0x04, 0x00], "awake again, not in a session");
});

test("the timer counts down at the prescaled carrier and raises TimerIRq at zero", () => {
  const { library, clock } = createBench();
  library.writeRegister(register.T_MODE, 0x00);
  library.writeRegister(register.T_PRESCALER, 0xa9);
  library.writeRegister(register.T_RELOAD_LOW, 40);
  library.writeRegister(register.COM_IRQ, 0x7f);
  library.writeRegister(register.CONTROL, 0x40);
  clock.advance(500);
  assert.is(library.readRegister(register.STATUS_1) & 0x08, 0x08, "TRunning");
  const count = library.readRegister(register.T_COUNTER_LOW);
  assert.ok(count > 15 && count < 21, `${count} ticks of 25 us left`);
  assert.is(library.readRegister(register.COM_IRQ) & 0x01, 0);
  clock.advance(600);
  assert.is(library.readRegister(register.COM_IRQ) & 0x01, 0x01);
  library.writeRegister(register.CONTROL, 0x40);
  library.writeRegister(register.CONTROL, 0x80);
  library.writeRegister(register.COM_IRQ, 0x7f);
  clock.advance(5_000);
  assert.is(library.readRegister(register.COM_IRQ) & 0x01, 0, "stopped");
});

test("the IRQ pin follows the enabled flags, inverted or not", () => {
  const { library, chip } = createBench();
  library.initialise();
  library.writeRegister(register.COM_I_EN, 0xa0);
  library.writeRegister(register.COM_IRQ, 0x7f);
  assert.is(chip.irqPin, true, "active low and idle");
  library.requestA();
  assert.is(chip.irqPin, false);
  library.writeRegister(register.COM_I_EN, 0x20);
  assert.is(chip.irqPin, true);
  library.writeRegister(register.COM_IRQ, 0x20);
  assert.is(chip.irqPin, false);
});

test("interrupt flags: bit 7 says whether the written bits are set or cleared", () => {
  const { library } = createBench();
  library.writeRegister(register.COM_IRQ, 0x80 | 0x23);
  assert.is(library.readRegister(register.COM_IRQ), 0x37);
  library.writeRegister(register.COM_IRQ, 0x33);
  assert.is(library.readRegister(register.COM_IRQ), 0x04);
});

test("several registers in one read frame, each answered one byte later", () => {
  const { library } = createBench();
  const wanted = [register.VERSION, register.TX_CONTROL, register.MODE];
  assert.equal(library.readRegisters(...wanted), [0x92, 0x80, 0x3f]);
});

test("each SPI byte and frame is charged and counted", () => {
  const { library, chip, clock } = createBench();
  const begunUs = clock.nowUs;
  library.readRegisters(register.VERSION, register.MODE);
  assert.is(clock.nowUs - begunUs, 20 + 3 * 2);
  assert.equal(chip.statistics, { frames: 1, bytes: 3 });
});

test("GenRandomID and Mem show ten random bytes in the internal buffer", () => {
  const { library } = createBench();
  library.writeRegister(register.COMMAND, 0x02);
  library.writeRegister(register.COMMAND, 0x01);
  assert.is(library.readRegister(register.FIFO_LEVEL), 25);
  const buffer = library.readRegisters(...new Array<number>(25).fill(register.FIFO_DATA));
  assert.ok(buffer.slice(0, 10).some((byte) => byte !== 0));
  assert.equal(buffer.slice(10), new Array(15).fill(0));
});

test("Transmit then Receive: the answer comes in although two commands were used", () => {
  const { library, clock } = createBench();
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

const HOSTILE: [string, RegExp, (library: Mfrc522Library) => void][] = [
  ["a reserved register is read", /reserved register 0Fh/, (library) => library.readRegister(0x0f)],
  [
    "a reserved register is written",
    /reserved register 20h/,
    (library) => library.writeRegister(0x20, 0),
  ],
  [
    "a reserved bit is set",
    /reserved bits of TxASK.*80h/,
    (library) => library.writeRegister(register.TX_ASK, 0xc0),
  ],
  [
    "a read-only register is written",
    /read-only register Error/,
    (library) => library.writeRegister(register.ERROR, 0),
  ],
  ["an empty FIFO is read", /underrun/, (library) => library.readRegister(register.FIFO_DATA)],
  [
    "a full FIFO is written",
    /overflow/,
    (library) => library.writeRegister(register.FIFO_DATA, ...new Array<number>(65).fill(0)),
  ],
  [
    "an unknown command is written",
    /reserved command 5/,
    (library) => library.writeRegister(register.COMMAND, 0x05),
  ],
  [
    "StartSend comes without Transceive",
    /StartSend without/,
    (library) => library.writeRegister(register.BIT_FRAMING, 0x80),
  ],
  [
    "an empty FIFO is sent",
    /empty FIFO/,
    (library) => {
      library.writeRegister(register.COMMAND, 0x0c);
      library.writeRegister(register.BIT_FRAMING, 0x80);
    },
  ],
  [
    "MFAuthent lacks its 12 bytes",
    /MFAuthent with 0 bytes/,
    (library) => library.writeRegister(register.COMMAND, 0x0e),
  ],
  [
    "Mem lacks its 25 bytes",
    /Mem with 1 bytes/,
    (library) => {
      library.writeRegister(register.FIFO_DATA, 0);
      library.writeRegister(register.COMMAND, 0x01);
    },
  ],
  [
    "hardware CRC meets a short frame",
    /frame of odd bits/,
    (library) => {
      library.writeRegister(register.TX_MODE, 0x80);
      library.requestA();
    },
  ],
  [
    "the field is modulated by less than 100 %",
    /Force100ASK/,
    (library) => {
      library.writeRegister(register.TX_ASK, 0x00);
      library.requestA();
    },
  ],
  [
    "the chip is used before its oscillator runs",
    /PowerDown reads 1/,
    (library) => {
      library.writeRegister(register.COMMAND, 0x0f);
      library.readRegister(register.VERSION);
    },
  ],
  [
    "the FIFO is touched during MFAuthent",
    /while MFAuthent/,
    (library) => {
      library.writeRegister(register.FIFO_DATA, 0x60, ...new Array<number>(11).fill(0));
      library.writeRegister(register.COMMAND, 0x0e);
      library.writeRegister(register.FIFO_DATA, 0);
    },
  ],
  [
    "an address byte stands alone",
    /without a data byte/,
    ({ chip }) => {
      chip.beginFrame();
      chip.exchange(0x02);
      chip.endFrame();
    },
  ],
  [
    "bit 0 of an address is 1",
    /bit 0 of SPI address/,
    ({ chip }) => {
      chip.beginFrame();
      chip.exchange(0x03);
    },
  ],
  [
    "a byte comes outside a frame",
    /outside a frame/,
    ({ chip }) => {
      chip.exchange(0x02);
    },
  ],
];
for (const [name, message, act] of HOSTILE) {
  test(`throws when ${name}`, () => {
    const { library, chip } = createBench();
    library.initialise();
    assert.throws(() => act(library), message);
    assert.is(chip.violations.length, 1);
  });
}

test("a lenient chip records what a strict one throws, and sets its error bits", () => {
  const { library, chip } = createBench([UID4], { isLenient: true });
  library.initialise();
  library.writeRegister(register.FIFO_DATA, ...new Array<number>(65).fill(0));
  assert.is(library.readRegister(register.ERROR), register.ERROR_BUFFER_OVERFLOW);
  library.writeRegister(register.FIFO_LEVEL, 0x80);
  assert.is(library.readRegister(register.ERROR), 0);
  assert.is(library.readRegister(0x0f), 0);
  assert.is(chip.violations.length, 2);
});

test.run();
