/** The PN532 on a serial line of 115,200 baud, 8N1 (UM0701-02, 6.2.3). */
import { type Bytes, copyBytes, fillBytes, newBytes } from "../../card-layout/bytes";
import type { SerialPort } from "../hal/serial-port";
import type { Pn532Link } from "./pn532-exchange";

/** 55 55 and zeros: longer than the chip's oscillator needs to start at this speed. */
const WAKE_UP_BYTES = 16;

/** `serial.read` must take time and hand over what has come without a turn of an event loop. */
export function createPn532Uart(serial: SerialPort): Pn532Link {
  const received = newBytes(64);
  /** Of `received`, what nobody has taken yet. */
  let first = 0;
  let after = 0;

  function send(frame: Bytes, lengthBytes: number): void {
    while (serial.read(received) > 0) after = 0;
    first = after;
    serial.write(frame, lengthBytes);
  }

  return {
    wakeUp: () => {
      fillBytes(received, 0, WAKE_UP_BYTES, 0);
      received[0] = 0x55;
      received[1] = 0x55;
      serial.write(received, WAKE_UP_BYTES);
    },
    send,
    receive: (out, offset, lengthBytes) => {
      if (first === after) {
        first = 0;
        after = serial.read(received);
      }
      const count = Math.min(lengthBytes, after - first);
      copyBytes(received, first, out, offset, count);
      first += count;
      return count;
    },
  };
}
