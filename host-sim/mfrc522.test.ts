import { test } from "uvu";
import * as assert from "uvu/assert";
import * as register from "./mfrc522-registers";
import { selfTestResponse } from "./mfrc522-self-test";
import { createChipBench, createChipSession, UID4 } from "./test-mfrc522-bench";

test("CRC coprocessor: reference values, presets, and bytes that come later", () => {
  const { library } = createChipBench();
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
    const { library } = createChipBench([UID4], { version });
    library.initialise();
    assert.is(library.readRegister(register.VERSION), version);
    assert.equal(library.selfTest(), [...selfTestResponse(version)!]);
    library.initialise();
    assert.is(library.requestA().status, "ok");
  }
});

test("SoftReset: registers and field are gone; PowerDown reads 1 until the chip is up", () => {
  const { library, field, clock } = createChipSession();
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
  const { library, field, clock } = createChipSession();
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
  const { library, clock } = createChipSession();
  library.clearBits(register.TX_CONTROL, 0x03);
  clock.advance(5_000);
  library.setBits(register.TX_CONTROL, 0x03);
  clock.advance(5_000);
  library.stopCrypto1();
  assert.equal(library.requestA().bytes, [0x04, 0x00], "awake again, not in a session");
});

test("the timer counts down at the prescaled carrier and raises TimerIRq at zero", () => {
  const { library, clock } = createChipBench();
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
  const { library, chip } = createChipBench();
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
  const { library } = createChipBench();
  library.writeRegister(register.COM_IRQ, 0x80 | 0x23);
  assert.is(library.readRegister(register.COM_IRQ), 0x37);
  library.writeRegister(register.COM_IRQ, 0x33);
  assert.is(library.readRegister(register.COM_IRQ), 0x04);
});

test("several registers in one read frame, each answered one byte later", () => {
  const { library } = createChipBench();
  const wanted = [register.VERSION, register.TX_CONTROL, register.MODE];
  assert.equal(library.readRegisters(...wanted), [0x92, 0x80, 0x3f]);
});

test("each SPI byte and frame is charged and counted", () => {
  const { library, chip, clock } = createChipBench();
  const begunUs = clock.nowUs;
  library.readRegisters(register.VERSION, register.MODE);
  assert.is(clock.nowUs - begunUs, 20 + 3 * 2);
  assert.equal(chip.statistics, { frames: 1, bytes: 3 });
});

test("GenRandomID and Mem show ten random bytes in the internal buffer", () => {
  const { library } = createChipBench();
  library.writeRegister(register.COMMAND, 0x02);
  library.writeRegister(register.COMMAND, 0x01);
  assert.is(library.readRegister(register.FIFO_LEVEL), 25);
  const buffer = library.readRegisters(...new Array<number>(25).fill(register.FIFO_DATA));
  assert.ok(buffer.slice(0, 10).some((byte) => byte !== 0));
  assert.equal(buffer.slice(10), new Array(15).fill(0));
});

test.run();
