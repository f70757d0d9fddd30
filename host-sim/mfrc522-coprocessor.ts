/**
 * CalcCRC of the MFRC522 and the digital self-test that hides behind it (data sheet rev 3.9,
 * 10.3.1.4 and 16.1).
 */

import type { CancelEvent } from "./clock";
import { crcPreset, type RadioHost } from "./mfrc522-radio";
import * as register from "./mfrc522-registers";
import { selfTestResponse } from "./mfrc522-self-test";
import { crcStep } from "./rf";

const SELF_TEST_MASK = 0x0f;
const SELF_TEST = 0x09;
const MSB_FIRST = 0x80;

/** Bit by bit at the carrier frequency: an assumption, the sheet is silent. */
const CRC_BYTE_US = 8 / 13.56;
const SELF_TEST_US = 1000;

export class Mfrc522Coprocessor {
  crc = 0;
  private cancelResult: CancelEvent | undefined;

  constructor(private readonly host: RadioHost) {}

  /** CalcCRC begins; `internalBuffer` is what the self-test works on. */
  start(internalBuffer: Uint8Array): void {
    const { registers } = this.host;
    if ((registers[register.MODE] & MSB_FIRST) !== 0) {
      this.host.violate("the CRC with MSBFirst is not simulated");
    }
    this.crc = crcPreset(registers);
    const isSelfTest = (registers[register.AUTO_TEST] & SELF_TEST_MASK) === SELF_TEST;
    if (isSelfTest) this.startSelfTest(internalBuffer);
    else this.run();
  }

  /** Takes what is in the FIFO; goes on until another command, CRCIRq says that all is in. */
  run(): void {
    const { clock, fifo, registers } = this.host;
    const durationUs = fifo.count * CRC_BYTE_US;
    while (fifo.count > 0) this.crc = crcStep(this.crc, fifo.pop());
    this.host.fifoChanged();
    this.stop();
    this.cancelResult = clock.after(durationUs, () => {
      registers[register.CRC_RESULT_HIGH] = this.crc >> 8;
      registers[register.CRC_RESULT_LOW] = this.crc & 0xff;
      registers[register.DIV_IRQ] |= register.DIV_IRQ_CRC;
    });
  }

  stop(): void {
    this.cancelResult?.();
  }

  private startSelfTest(internalBuffer: Uint8Array): void {
    const { clock, fifo, registers } = this.host;
    const response = selfTestResponse(registers[register.VERSION]);
    if (response === undefined || internalBuffer.some((byte) => byte !== 0)) {
      this.host.violate("the self-test is known only for a zero buffer and a known version");
    }
    fifo.clear();
    this.stop();
    this.cancelResult = clock.after(SELF_TEST_US, () => {
      for (const byte of response ?? []) fifo.push(byte);
      registers[register.DIV_IRQ] |= register.DIV_IRQ_CRC;
      this.host.fifoChanged();
    });
  }
}
