/** For tests of the simulated MFRC522: cards, field, chip and the Arduino library's steps. */

import { VirtualClock } from "./clock";
import { blankImage } from "./mfd";
import { SimMfrc522 } from "./mfrc522";
import { MifareClassicCard } from "./mifare-card";
import { RfField } from "./rf-field";
import { Rng } from "./rng";
import { Mfrc522Library } from "./test-mfrc522-library";

export const FACTORY_KEY = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
export const WRONG_KEY = [1, 2, 3, 4, 5, 6];
export const UID4 = [0xde, 0xad, 0xbe, 0xef];
export const UID7 = [0x04, 0x5a, 0x9c, 0x8a, 0xa0, 0x5b, 0x80];

export interface ChipBenchOptions {
  isLenient?: boolean;
  version?: number;
  doesLeakNak?: boolean;
}

export function createChipBench(uids: number[][] = [UID4], options: ChipBenchOptions = {}) {
  const clock = new VirtualClock();
  const field = new RfField(clock);
  const rng = new Rng(1);
  const chip = new SimMfrc522({ clock, field, rng, ...options });
  const cards = uids.map((uid) => {
    const image = blankImage(Uint8Array.from(uid));
    const uidLengthBytes = uid.length === 7 ? 7 : 4;
    return new MifareClassicCard({ clock, rng, image, uidLengthBytes, ...options });
  });
  for (const card of cards) field.addCard(card);
  const library = new Mfrc522Library(chip, (durationMs) => clock.advance(durationMs * 1000));
  return { clock, field, card: cards[0], chip, library };
}

export function createChipSession(options: ChipBenchOptions = {}) {
  const bench = createChipBench([UID4], options);
  bench.library.initialise();
  bench.library.requestA();
  bench.library.select();
  const status = bench.library.authenticate(0x60, 4, FACTORY_KEY, UID4);
  if (status !== "ok") throw new Error(`authentication: ${status}`);
  return bench;
}

export function hexOf(card: MifareClassicCard, block: number): string {
  return Buffer.from(card.image.subarray(block * 16, block * 16 + 16)).toString("hex");
}
