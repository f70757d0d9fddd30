/**
 * The PN532 on an SPI bus (UM0701-02, 6.2.5): mode 0 like every `SpiDevice`, but least significant
 * bit first, which is the board's business to set, and 5 MHz at most.
 */
import { copyBytes, fillBytes, newBytes, partOf } from "../../card-layout/bytes";
import type { CardReader } from "../hal/card-reader";
import type { Clock } from "../hal/clock";
import type { SpiDevice } from "../hal/spi";
import { PN532_WAKE_UP_MS } from "../limits";
import { createPn532 } from "./pn532";
import type { Pn532Link } from "./pn532-exchange";

/** First byte of a bus frame: what it is for. */
const WRITE = 0x01;
const READ_STATUS = 0x02;
const READ = 0x03;
const READY = 0x01;
const LARGEST_FRAME_BYTES = 48;

export function createPn532OnSpi(spi: SpiDevice, clock: Clock): CardReader {
  return createPn532(createPn532Spi(spi, clock), clock);
}

export function createPn532Spi(spi: SpiDevice, clock: Clock): Pn532Link {
  const { bus, select } = spi;
  const out = newBytes(LARGEST_FRAME_BYTES);
  const statusQuery = newBytes(2);
  statusQuery[0] = READ_STATUS;
  return {
    wakeUp: () => {
      bus.write(statusQuery, select);
      clock.waitMs(PN532_WAKE_UP_MS);
    },
    send: (frame, lengthBytes) => {
      out[0] = WRITE;
      copyBytes(frame, 0, out, 1, lengthBytes);
      bus.write(partOf(out, 0, lengthBytes + 1), select);
    },
    receive: (into, offset, lengthBytes) => {
      const status = bus.send(statusQuery, select)[1];
      // A bus that is stuck high is not ready either.
      if ((status & (READY + 2)) !== READY) return 0;
      out[0] = READ;
      fillBytes(out, 1, lengthBytes, 0);
      const back = bus.send(partOf(out, 0, lengthBytes + 1), select);
      copyBytes(back, 1, into, offset, lengthBytes);
      return lengthBytes;
    },
  };
}
