import { test } from "uvu";
import * as assert from "uvu/assert";
import { DRIVER_REGISTERS } from "../firmware/drivers/mfrc522-registers";
import { REGISTERS } from "./mfrc522-registers";

for (const row of DRIVER_REGISTERS) {
  test(`${row.name}: driver and simulator agree`, () => {
    const described = REGISTERS[row.number];
    if (described === undefined) throw new Error("the simulator says reserved");
    assert.is(described.name, row.name);
    assert.is(row.writeAddress, row.number << 1, "address byte of 8.1.2.3");
    const reserved = 0xff & ~(described.writable | described.readOnly);
    assert.is(reserved, row.reservedBits, "reserved bits");
    if (row.resetValue >= 0) assert.is(described.reset, row.resetValue, "reset value");
  });
}

test("no register is listed twice", () => {
  assert.is(new Set(DRIVER_REGISTERS.map((row) => row.number)).size, DRIVER_REGISTERS.length);
});

test.run();
