/**
 * The MFRC522 registers this driver uses, transcribed from the data sheet (MFRC522 rev 3.9,
 * section 9, table 20 and the bit tables behind it). The simulator has its own transcription;
 * a test compares the two, so that one slip of the pen cannot hide in both.
 */

/** SPI address byte that writes a register (8.1.2.3): its number in bits 6..1, bit 7 clear. */
export const enum Register {
  COMMAND = 0x02,
  COM_IRQ = 0x08,
  ERROR = 0x0c,
  STATUS_2 = 0x10,
  FIFO_DATA = 0x12,
  FIFO_LEVEL = 0x14,
  CONTROL = 0x18,
  BIT_FRAMING = 0x1a,
  MODE = 0x22,
  TX_MODE = 0x24,
  RX_MODE = 0x26,
  TX_CONTROL = 0x28,
  TX_ASK = 0x2a,
  VERSION = 0x6e,
}

/** Values of CommandReg bits 3..0 (10.3, table 149). */
export const enum Command {
  IDLE = 0x00,
  TRANSCEIVE = 0x0c,
  MF_AUTHENT = 0x0e,
  SOFT_RESET = 0x0f,
}

export const enum CommandBit {
  /** Reads 1 while the chip wakes up. */
  POWER_DOWN = 0x10,
}

export const enum ComIrqBit {
  /** Write only, reads 0; written as 0 it makes the other bits clear their flags. */
  SET_1 = 0x80,
  TX = 0x40,
  RX = 0x20,
  IDLE = 0x10,
  ERR = 0x02,
}

export const enum ErrorBit {
  COLL = 0x08,
}

export const enum Status2Bit {
  /** Set by a successful MFAuthent only, cleared by software only. */
  MF_CRYPTO_1_ON = 0x08,
}

export const enum FifoLevelBit {
  FLUSH_BUFFER = 0x80,
}

export const enum ControlBits {
  /** Valid bits of the last byte received; 0 = all. */
  RX_LAST_BITS = 0x07,
}

export const enum BitFramingBit {
  /** Write only: starts the transmission of a Transceive command. */
  START_SEND = 0x80,
}

/** TxMode and RxMode have their CRC switch in the same place. */
export const enum FrameModeBit {
  CRC_EN = 0x80,
}

export const enum TxControlBits {
  /** Tx1RFEn and Tx2RFEn. */
  RF_EN = 0x03,
}

export const enum TxAskBit {
  FORCE_100_ASK = 0x40,
}

/** One register as the data sheet prints it. */
export interface RegisterRow {
  readonly name: string;
  readonly number: number;
  /** The address byte the driver sends. */
  readonly writeAddress: number;
  /** -1: the data sheet gives none. */
  readonly resetValue: number;
  /** Bits marked "reserved": written with their reset value only. */
  readonly reservedBits: number;
}

/** All registers the driver uses: name, number, address byte, reset value, reserved bits. */
export const DRIVER_REGISTERS: readonly RegisterRow[] = [
  row("Command", 0x01, Register.COMMAND, 0x20, 0xc0),
  row("ComIrq", 0x04, Register.COM_IRQ, 0x14, 0x00),
  row("Error", 0x06, Register.ERROR, 0x00, 0x20),
  row("Status2", 0x08, Register.STATUS_2, 0x00, 0x30),
  row("FIFOData", 0x09, Register.FIFO_DATA, -1, 0x00),
  row("FIFOLevel", 0x0a, Register.FIFO_LEVEL, 0x00, 0x00),
  row("Control", 0x0c, Register.CONTROL, 0x10, 0x38),
  row("BitFraming", 0x0d, Register.BIT_FRAMING, 0x00, 0x08),
  row("Mode", 0x11, Register.MODE, 0x3f, 0x54),
  row("TxMode", 0x12, Register.TX_MODE, 0x00, 0x07),
  row("RxMode", 0x13, Register.RX_MODE, 0x00, 0x03),
  row("TxControl", 0x14, Register.TX_CONTROL, 0x80, 0x04),
  row("TxASK", 0x15, Register.TX_ASK, 0x00, 0xbf),
  row("Version", 0x37, Register.VERSION, -1, 0x00),
];

function row(
  name: string,
  number: number,
  writeAddress: number,
  resetValue: number,
  reservedBits: number,
): RegisterRow {
  return { name, number, writeAddress, resetValue, reservedBits };
}
