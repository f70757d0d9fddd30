/**
 * The register table of the MFRC522 (data sheet rev 3.9, section 9.2 and table 20), transcribed
 * for the simulator on its own: the driver has another transcription and a test compares the two.
 */

export interface RegisterDescription {
  /** 6-bit register number, as in bits 6..1 of an SPI address byte. */
  readonly number: number;
  /** Name in the data sheet without "Reg". */
  readonly name: string;
  /** Value after reset; where the sheet shows x, the value this simulator starts with. */
  readonly reset: number;
  /** Bits that software may write. */
  readonly writable: number;
  /** Bits that may be read back but ignore what is written. */
  readonly readOnly: number;
}

export const COMMAND = 0x01;
export const COM_I_EN = 0x02;
export const DIV_I_EN = 0x03;
export const COM_IRQ = 0x04;
export const DIV_IRQ = 0x05;
export const ERROR = 0x06;
export const STATUS_1 = 0x07;
export const STATUS_2 = 0x08;
export const FIFO_DATA = 0x09;
export const FIFO_LEVEL = 0x0a;
export const WATER_LEVEL = 0x0b;
export const CONTROL = 0x0c;
export const BIT_FRAMING = 0x0d;
export const COLL = 0x0e;
export const MODE = 0x11;
export const TX_MODE = 0x12;
export const RX_MODE = 0x13;
export const TX_CONTROL = 0x14;
export const TX_ASK = 0x15;
export const MF_RX = 0x1d;
export const CRC_RESULT_HIGH = 0x21;
export const CRC_RESULT_LOW = 0x22;
export const T_MODE = 0x2a;
export const T_PRESCALER = 0x2b;
export const T_RELOAD_HIGH = 0x2c;
export const T_RELOAD_LOW = 0x2d;
export const T_COUNTER_HIGH = 0x2e;
export const T_COUNTER_LOW = 0x2f;
export const AUTO_TEST = 0x36;
export const VERSION = 0x37;

/** ComIrq bits (9.3.1.5); Error bits (9.3.1.7); DivIrq bit (9.3.1.6). */
export const IRQ_TX = 0x40;
export const IRQ_RX = 0x20;
export const IRQ_IDLE = 0x10;
export const IRQ_HIGH_ALERT = 0x08;
export const IRQ_LOW_ALERT = 0x04;
export const IRQ_ERROR = 0x02;
export const IRQ_TIMER = 0x01;
export const DIV_IRQ_CRC = 0x04;
export const ERROR_WRITE = 0x80;
export const ERROR_TEMPERATURE = 0x40;
export const ERROR_BUFFER_OVERFLOW = 0x10;
export const ERROR_COLLISION = 0x08;
export const ERROR_CRC = 0x04;
export const ERROR_PARITY = 0x02;
export const ERROR_PROTOCOL = 0x01;

/** Columns: number, name, reset, writable bits, read-only bits. All other bits are reserved. */
const ROWS: readonly (readonly [number, string, number, number, number])[] = [
  [COMMAND, "Command", 0x20, 0x3f, 0x00],
  [COM_I_EN, "ComIEn", 0x80, 0xff, 0x00],
  [DIV_I_EN, "DivIEn", 0x00, 0x94, 0x00],
  [COM_IRQ, "ComIrq", 0x14, 0xff, 0x00],
  [DIV_IRQ, "DivIrq", 0x00, 0x94, 0x00],
  [ERROR, "Error", 0x00, 0x00, 0xdf],
  [STATUS_1, "Status1", 0x21, 0x00, 0x7b],
  [STATUS_2, "Status2", 0x00, 0xc8, 0x07],
  [FIFO_DATA, "FIFOData", 0x00, 0xff, 0x00],
  [FIFO_LEVEL, "FIFOLevel", 0x00, 0x80, 0x7f],
  [WATER_LEVEL, "WaterLevel", 0x08, 0x3f, 0x00],
  [CONTROL, "Control", 0x10, 0xc0, 0x07],
  [BIT_FRAMING, "BitFraming", 0x00, 0xf7, 0x00],
  [COLL, "Coll", 0xa0, 0x80, 0x3f],
  [MODE, "Mode", 0x3f, 0xab, 0x00],
  [TX_MODE, "TxMode", 0x00, 0xf8, 0x00],
  [RX_MODE, "RxMode", 0x00, 0xfc, 0x00],
  [TX_CONTROL, "TxControl", 0x80, 0xfb, 0x00],
  [TX_ASK, "TxASK", 0x00, 0x40, 0x00],
  [0x16, "TxSel", 0x10, 0x3f, 0x00],
  [0x17, "RxSel", 0x84, 0xff, 0x00],
  [0x18, "RxThreshold", 0x84, 0xf7, 0x00],
  [0x19, "Demod", 0x4d, 0xff, 0x00],
  [0x1c, "MfTx", 0x62, 0x03, 0x00],
  [MF_RX, "MfRx", 0x00, 0x10, 0x00],
  [0x1f, "SerialSpeed", 0xeb, 0xff, 0x00],
  [CRC_RESULT_HIGH, "CRCResultH", 0xff, 0x00, 0xff],
  [CRC_RESULT_LOW, "CRCResultL", 0xff, 0x00, 0xff],
  [0x24, "ModWidth", 0x26, 0xff, 0x00],
  [0x26, "RFCfg", 0x48, 0x70, 0x00],
  [0x27, "GsN", 0x88, 0xff, 0x00],
  [0x28, "CWGsP", 0x20, 0x3f, 0x00],
  [0x29, "ModGsP", 0x20, 0x3f, 0x00],
  [T_MODE, "TMode", 0x00, 0xff, 0x00],
  [T_PRESCALER, "TPrescaler", 0x00, 0xff, 0x00],
  [T_RELOAD_HIGH, "TReloadH", 0x00, 0xff, 0x00],
  [T_RELOAD_LOW, "TReloadL", 0x00, 0xff, 0x00],
  [T_COUNTER_HIGH, "TCounterValH", 0x00, 0x00, 0xff],
  [T_COUNTER_LOW, "TCounterValL", 0x00, 0x00, 0xff],
  [0x31, "TestSel1", 0x00, 0x07, 0x00],
  [0x32, "TestSel2", 0x00, 0xff, 0x00],
  [0x33, "TestPinEn", 0x80, 0xfe, 0x00],
  [0x34, "TestPinValue", 0x00, 0xfe, 0x00],
  [0x35, "TestBus", 0x00, 0x00, 0xff],
  [AUTO_TEST, "AutoTest", 0x40, 0x4f, 0x00],
  [VERSION, "Version", 0x92, 0x00, 0xff],
  [0x38, "AnalogTest", 0x00, 0xff, 0x00],
  [0x39, "TestDAC1", 0x00, 0x3f, 0x00],
  [0x3a, "TestDAC2", 0x00, 0x3f, 0x00],
  [0x3b, "TestADC", 0x00, 0x00, 0xff],
];

/** Indexed by register number; undefined where the data sheet says reserved. */
export const REGISTERS: readonly (RegisterDescription | undefined)[] = Array.from(
  { length: 64 },
  (_, number) => describe(number),
);

function describe(number: number): RegisterDescription | undefined {
  const row = ROWS.find((candidate) => candidate[0] === number);
  if (row === undefined) return undefined;
  const [, name, reset, writable, readOnly] = row;
  return { number, name, reset, writable, readOnly };
}
