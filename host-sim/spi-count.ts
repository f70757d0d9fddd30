/**
 * Counts what the MFRC522 driver sends over SPI, operation by operation, beside what others need.
 * On an interpreter the number of frames is the driver's share of a tap's duration.
 *
 * A wait counts as one status poll however often the chip had to be asked, because the polls depend
 * on the speed of the board; `measureTransaction` has them all, with the time they take.
 */

import { Status } from "../card-layout/status";
import { encodeValueBlock } from "../card-layout/value-block";
import { createMfrc522 } from "../firmware/drivers/mfrc522";
import { KeyType } from "../firmware/hal/card-reader";
import type { SpiBus, SpiDevice } from "../firmware/hal/spi";
import { emptySelection, ReaderBench } from "./reader-bench";

export interface SpiCount {
  readonly frames: number;
  readonly bytes: number;
}

export interface SpiCountRow {
  readonly operation: string;
  readonly ours: SpiCount;
  /** miguelbalboa/rfid at 5db091f3, measured with one poll per wait. */
  readonly arduino: SpiCount;
  /** CRC in software, one status frame: the least without the chip's CRC. Computed by hand. */
  readonly planA: SpiCount;
  /** Chip CRC, IRQ pin, no Command writes: a bound no driver has been run at. Computed by hand. */
  readonly planB: SpiCount | undefined;
}

export interface TransactionMeasurement {
  readonly frames: number;
  readonly bytes: number;
  readonly durationMs: number;
}

const TRANSPORT_KEY = new Uint8Array(6).fill(0xff);
const START_VALUE = 1000;
const COUNTER_BLOCK_1 = 12;
const COUNTER_BLOCK_2 = 13;
/** First blocks of the five sectors that the transaction reads and rewrites. */
const RECORD_BLOCKS = [16, 20, 24, 28, 32];

/** All operations of a tap, then the transaction made of them. Deterministic. */
export function countSpi(): SpiCountRow[] {
  const bench = new CountingBench();
  return [
    bench.row("initialise", () => bench.reader.initialise(), [13, 26], [13, 26], undefined),
    bench.row("wake up and select", () => bench.select(), [66, 154], [23, 71], [17, 55]),
    bench.row("authenticate", () => bench.open(COUNTER_BLOCK_1), [8, 27], [5, 23], [5, 23]),
    bench.row("read block", () => bench.read(COUNTER_BLOCK_1), [31, 98], [7, 37], [4, 28]),
    bench.row("write block", () => bench.writeValue(), [44, 124], [14, 54], [8, 40]),
    bench.row("decrement", () => bench.decrement(COUNTER_BLOCK_1), [40, 92], [13, 40], [8, 27]),
    bench.row("transfer", () => bench.transfer(COUNTER_BLOCK_1), [22, 48], [7, 20], [4, 13]),
    countTransaction(),
  ];
}

/**
 * The transaction of one tap: select; counter sector: read, two decrements with transfer; five
 * sectors with one block read and rewritten. 6 authentications, 6 reads, 5 writes, 2 decrements,
 * 2 transfers. `spiFrameOverheadUs` is what the board spends around each frame.
 */
export function measureTransaction(spiFrameOverheadUs: number): TransactionMeasurement {
  const bench = new CountingBench(spiFrameOverheadUs);
  bench.prepareCounters();
  const { statistics } = bench.board.chip;
  const before = { ...statistics };
  const startUs = bench.board.clock.nowUs;
  bench.transaction();
  return {
    frames: statistics.frames - before.frames,
    bytes: statistics.bytes - before.bytes,
    durationMs: (bench.board.clock.nowUs - startUs) / 1000,
  };
}

function countTransaction(): SpiCountRow {
  const bench = new CountingBench();
  bench.prepareCounters();
  const transaction = () => {
    bench.transaction();
    return Status.Ok;
  };
  return bench.row("whole transaction", transaction, [644, 1804], [205, 821], [136, 646]);
}

type Pair = readonly [frames: number, bytes: number];

class CountingBench {
  readonly board: ReaderBench;
  readonly reader;
  private readonly card = emptySelection();
  private readonly block = new Uint8Array(16);
  private frames = 0;
  private bytes = 0;
  private lastQuery: unknown;

  constructor(spiFrameOverheadUs?: number) {
    this.board = new ReaderBench({ spiFrameOverheadUs });
    this.board.addCard();
    this.reader = createMfrc522(this.counting(this.board.spi), this.board.halClock);
  }

  row(
    operation: string,
    run: () => Status,
    arduino: Pair,
    planA: Pair,
    planB: Pair | undefined,
  ): SpiCountRow {
    this.frames = 0;
    this.bytes = 0;
    expectOk(operation, run());
    const ours = { frames: this.frames, bytes: this.bytes };
    return {
      operation,
      ours,
      arduino: count(arduino),
      planA: count(planA),
      planB: planB === undefined ? undefined : count(planB),
    };
  }

  select(): Status {
    return this.reader.select(this.card);
  }

  open(blockIndex: number): Status {
    return this.reader.authenticate(this.card, blockIndex, KeyType.A, TRANSPORT_KEY, 0);
  }

  read(blockIndex: number): Status {
    return this.reader.readBlock(blockIndex, this.block, 0);
  }

  writeValue(blockIndex = COUNTER_BLOCK_1): Status {
    encodeValueBlock(START_VALUE, blockIndex, this.block, 0);
    return this.reader.writeBlock(blockIndex, this.block, 0);
  }

  decrement(blockIndex: number): Status {
    return this.reader.decrement(blockIndex, 1);
  }

  transfer(blockIndex: number): Status {
    return this.reader.transfer(blockIndex);
  }

  /** Leaves two counters on the card and the card halted, as it comes to a tap. */
  prepareCounters(): void {
    expectOk("initialise", this.reader.initialise());
    expectOk("select", this.select());
    expectOk("authenticate", this.open(COUNTER_BLOCK_1));
    expectOk("write", this.writeValue(COUNTER_BLOCK_1));
    expectOk("write", this.writeValue(COUNTER_BLOCK_2));
    expectOk("halt", this.reader.halt());
  }

  transaction(): void {
    expectOk("select", this.select());
    expectOk("authenticate", this.open(COUNTER_BLOCK_1));
    expectOk("read", this.read(COUNTER_BLOCK_1));
    for (const counter of [COUNTER_BLOCK_1, COUNTER_BLOCK_2]) {
      expectOk("decrement", this.decrement(counter));
      expectOk("transfer", this.transfer(counter));
    }
    for (const record of RECORD_BLOCKS) {
      expectOk("authenticate", this.open(record));
      expectOk("read", this.read(record));
      expectOk("write", this.reader.writeBlock(record, this.block, 0));
    }
  }

  /** The same query twice in a row is a repeated poll. */
  private counting(spi: SpiDevice): SpiDevice {
    const note = (query: unknown, lengthBytes: number) => {
      if (query !== undefined && query === this.lastQuery) return;
      this.lastQuery = query;
      this.frames++;
      this.bytes += lengthBytes;
    };
    const bus: SpiBus = {
      send: (out, select) => {
        note(out, out.length);
        return spi.bus.send(out, select);
      },
      write: (first, second, select) => {
        note(undefined, typeof first === "number" ? 2 : first.length);
        spi.bus.write(first, second, select);
      },
    };
    return { bus, select: spi.select };
  }
}

function count([frames, bytes]: Pair): SpiCount {
  return { frames, bytes };
}

function expectOk(operation: string, status: Status): void {
  if (status !== Status.Ok) throw new Error(`${operation} on the counting bench: ${status}`);
}
