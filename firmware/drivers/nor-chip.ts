/**
 * A NOR flash chip of the 25 series (W25Q16 and the like) on an SPI bus, for boards whose own flash
 * cannot be had page by page. Commands as in Winbond's W25Q16JV data sheet, section 8.
 */
import { type Bytes, copyBytes, fillBytes, newBytes, partOf } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import type { Clock } from "../hal/clock";
import type { Flash } from "../hal/flash";
import type { SpiDevice } from "../hal/spi";
import { NOR_ERASE_MS, NOR_POLL_COUNT_MAX, NOR_PROGRAM_MS } from "../limits";

const enum Command {
  PROGRAM = 0x02,
  READ = 0x03,
  READ_STATUS = 0x05,
  WRITE_ENABLE = 0x06,
  ERASE_4K = 0x20,
}

const BUSY = 0x01;
const HEAD_BYTES = 4;
const SECTOR_BYTES = 4096;
/** Programming wraps round at the end of such a stretch. */
const PROGRAM_STRETCH_BYTES = 256;
/** Bytes moved in one frame. */
const CHUNK_BYTES = 64;

/** The first `pageCount` sectors of the chip. A chip that is not there is a `FlashFault`. */
export function createNorChip(spi: SpiDevice, clock: Clock, pageCount: number): Flash {
  const out = newBytes(HEAD_BYTES + CHUNK_BYTES);
  const { bus, select } = spi;

  function head(command: number, address: number): void {
    const high = Math.floor(address / 65536);
    const middle = Math.floor(address / 256);
    out[0] = command;
    out[1] = high;
    out[2] = middle - high * 256;
    out[3] = address - middle * 256;
  }

  function send(lengthBytes: number): Bytes {
    return bus.send(partOf(out, 0, lengthBytes), select);
  }

  function enableWriting(): void {
    out[0] = Command.WRITE_ENABLE;
    send(1);
  }

  /** The chip says when it is done. A bus that is stuck high looks busy for ever. */
  function awaitDone(timeoutMs: number): Status {
    const deadlineMs = clock.nowMs() + timeoutMs;
    out[0] = Command.READ_STATUS;
    out[1] = 0;
    for (let polls = 0; polls < NOR_POLL_COUNT_MAX; polls++) {
      if ((send(2)[1] & BUSY) === 0) return Status.Ok;
      if (clock.nowMs() > deadlineMs) return Status.FlashFault;
    }
    return Status.FlashFault;
  }

  function read(address: number, into: Bytes, outOffset: number, lengthBytes: number): void {
    for (let done = 0; done < lengthBytes; done += CHUNK_BYTES) {
      const count = Math.min(CHUNK_BYTES, lengthBytes - done);
      head(Command.READ, address + done);
      fillBytes(out, HEAD_BYTES, count, 0);
      const back = send(HEAD_BYTES + count);
      copyBytes(back, HEAD_BYTES, into, outOffset + done, count);
    }
  }

  function program(address: number, from: Bytes, fromOffset: number, lengthBytes: number): Status {
    const isWithin = address + lengthBytes <= SECTOR_BYTES * pageCount;
    if (!isWithin || address % 4 !== 0 || lengthBytes % 4 !== 0) return Status.FlashFault;
    let done = 0;
    while (done < lengthBytes) {
      const at = address + done;
      const room = PROGRAM_STRETCH_BYTES - (at % PROGRAM_STRETCH_BYTES);
      const count = Math.min(CHUNK_BYTES, room, lengthBytes - done);
      enableWriting();
      head(Command.PROGRAM, at);
      copyBytes(from, fromOffset + done, out, HEAD_BYTES, count);
      send(HEAD_BYTES + count);
      if (awaitDone(NOR_PROGRAM_MS) !== Status.Ok) return Status.FlashFault;
      done += count;
    }
    return Status.Ok;
  }

  function erasePage(pageIndex: number): Status {
    if (pageIndex >= pageCount) return Status.FlashFault;
    enableWriting();
    head(Command.ERASE_4K, pageIndex * SECTOR_BYTES);
    send(HEAD_BYTES);
    return awaitDone(NOR_ERASE_MS);
  }

  return { pageSizeBytes: SECTOR_BYTES, pageCount, read, program, erasePage };
}
