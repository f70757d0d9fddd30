import { test } from "uvu";
import * as assert from "uvu/assert";
import * as register from "./mfrc522-registers";
import { createChipBench, UID4 } from "./test-mfrc522-bench";
import type { Mfrc522Library } from "./test-mfrc522-library";

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
    const { library, chip } = createChipBench();
    library.initialise();
    assert.throws(() => act(library), message);
    assert.is(chip.violations.length, 1);
  });
}

test("a lenient chip records what a strict one throws, and sets its error bits", () => {
  const { library, chip } = createChipBench([UID4], { isLenient: true });
  library.initialise();
  library.writeRegister(register.FIFO_DATA, ...new Array<number>(65).fill(0));
  assert.is(library.readRegister(register.ERROR), register.ERROR_BUFFER_OVERFLOW);
  library.writeRegister(register.FIFO_LEVEL, 0x80);
  assert.is(library.readRegister(register.ERROR), 0);
  assert.is(library.readRegister(0x0f), 0);
  assert.is(chip.violations.length, 2);
});

test.run();
