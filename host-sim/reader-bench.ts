/**
 * The firmware's reader drivers on simulated chips and a field: the smallest bench on which a
 * `CardReader` meets simulated cards.
 */
import { Status } from "../card-layout/status";
import { createMfrc522 } from "../firmware/drivers/mfrc522";
import { type CardReader, KeyType, type SelectedCard } from "../firmware/hal/card-reader";
import type { Clock } from "../firmware/hal/clock";
import type { SpiDevice } from "../firmware/hal/spi";
import { FIELD_READY_MS } from "../firmware/limits";
import { VirtualClock } from "./clock";
import { blankImage } from "./mfd";
import { SimMfrc522 } from "./mfrc522";
import { MifareClassicCard } from "./mifare-card";
import type { MifareCardOptions } from "./mifare-card-options";
import { RfField } from "./rf-field";
import { Rng } from "./rng";
import { createSpiDevice } from "./spi-device";

export const TRANSPORT_KEY = new Uint8Array(6).fill(0xff);
export const UID_4 = Uint8Array.of(0xde, 0xad, 0xbe, 0xef);
export const UID_7 = Uint8Array.of(0x04, 0x78, 0x2e, 0x21, 0x80, 0x1d, 0x80);

export interface ReaderBenchOptions {
  seed?: number;
  /** Time around each SPI frame; `INTERPRETED_FRAME_OVERHEAD_US` for an interpreter. */
  spiFrameOverheadUs?: number;
  /** The chip records violations of its data sheet without throwing. */
  isLenient?: boolean;
}

/** Cards and a field; what reads them is up to who extends it. */
export abstract class CardBench {
  readonly clock = new VirtualClock();
  readonly field = new RfField(this.clock);
  readonly halClock: Clock = halClockOf(this.clock);
  readonly rng: Rng;
  abstract readonly reader: CardReader;

  constructor(seed = 0) {
    this.rng = new Rng(seed);
  }

  /** Puts a card into the field, a blank one unless the options say otherwise. */
  addCard(options: Partial<MifareCardOptions> & { uid?: Uint8Array } = {}): MifareClassicCard {
    const uid = options.uid ?? UID_4;
    const card = new MifareClassicCard({
      clock: this.clock,
      rng: this.rng,
      image: blankImage(uid),
      uidLengthBytes: uid.length === 7 ? 7 : 4,
      ...options,
    });
    this.field.addCard(card);
    return card;
  }

  /** The same, some milliseconds later: the card is ready for its first command. */
  placeCard(options: Partial<MifareCardOptions> & { uid?: Uint8Array } = {}): MifareClassicCard {
    const card = this.addCard(options);
    this.halClock.waitMs(FIELD_READY_MS);
    return card;
  }

  /** Opens a sector of the selected card with the key it was delivered with. */
  authenticate(selected: SelectedCard, blockIndex: number): Status {
    return this.reader.authenticate(selected, blockIndex, KeyType.A, TRANSPORT_KEY, 0);
  }

  /** `select` and `authenticate`; throws unless both succeed. */
  open(selected: SelectedCard, blockIndex: number): void {
    const status = this.reader.select(selected) || this.authenticate(selected, blockIndex);
    if (status !== Status.Ok) throw new Error(`block ${blockIndex} cannot be opened: ${status}`);
  }
}

/** The MFRC522 on SPI. */
export class ReaderBench extends CardBench {
  readonly chip: SimMfrc522;
  readonly spi: SpiDevice;
  readonly reader: CardReader;

  constructor({ seed, spiFrameOverheadUs, isLenient }: ReaderBenchOptions = {}) {
    super(seed);
    const { clock, field, rng } = this;
    this.chip = new SimMfrc522({ clock, field, rng, spiFrameOverheadUs, isLenient });
    this.spi = createSpiDevice(this.chip);
    this.reader = createMfrc522(this.spi, this.halClock);
  }
}

export function startedBench(options: ReaderBenchOptions = {}): ReaderBench {
  return started(new ReaderBench(options));
}

/** Initialises the reader. */
export function started<Bench extends CardBench>(bench: Bench): Bench {
  const status = bench.reader.initialise();
  if (status !== Status.Ok) throw new Error(`the reader does not start: ${status}`);
  return bench;
}

export function halClockOf(clock: VirtualClock): Clock {
  return {
    nowMs: () => clock.nowUs / 1000,
    unixSeconds: () => Math.floor(clock.nowUs / 1_000_000),
    setUnixSeconds: () => undefined,
    waitMs: (durationMs) => clock.advance(durationMs * 1000),
  };
}

export function emptySelection(): SelectedCard {
  return { uid: new Uint8Array(7), uidLengthBytes: 0, atqa: 0, sak: 0 };
}
