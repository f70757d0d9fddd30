/** For tests of the simulated card: a field, one card with a blank image, a frame-level reader. */

import { encodeAccessBits } from "../card-layout/access-bits";
import { VirtualClock } from "./clock";
import { blankImage } from "./mfd";
import { MifareClassicCard } from "./mifare-card";
import type { MifareCardOptions } from "./mifare-card-options";
import { RfField } from "./rf-field";
import { Rng } from "./rng";
import { TestReader } from "./test-reader";

export const FACTORY_KEY = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
export const KEY_A = [0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5];
export const KEY_B = [0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5];
export const UID4 = [0xde, 0xad, 0xbe, 0xef];
export const UID7 = [0x04, 0x5a, 0x9c, 0x8a, 0xa0, 0x5b, 0x80];
export const ACK = 0x0a;
export const NAK_NO_BUFFER = 0x04;
export const NAK_GARBLED_NO_BUFFER = 0x05;

export type CardOptions = Partial<MifareCardOptions>;

export function createCardBench(options: CardOptions = {}, uid = UID4) {
  const clock = new VirtualClock();
  const field = new RfField(clock);
  const image = blankImage(Uint8Array.from(uid));
  const card = new MifareClassicCard({
    clock,
    rng: new Rng("card"),
    image,
    uidLengthBytes: uid.length === 7 ? 7 : 4,
    ...options,
  });
  field.addCard(card);
  const reader = new TestReader(clock, field);
  reader.powerUp();
  return { clock, field, card, reader, image };
}

/** Conditions as the data sheet writes them, C1C2C3 read as a binary number. */
export function setSector(image: Uint8Array, sector: number, conditions: number[]): void {
  const [block0, block1, block2, trailer] = conditions;
  const base = sector * 64 + 48;
  image.set(KEY_A, base);
  encodeAccessBits(block0, block1, block2, trailer, image, base + 6);
  image.set(KEY_B, base + 10);
}

export function valueBlock(value: number, address = 0x11): number[] {
  const bytes = [0, 8, 16, 24].map((shift) => (value >> shift) & 0xff);
  const inverse = bytes.map((byte) => byte ^ 0xff);
  return [...bytes, ...inverse, ...bytes, address, address ^ 0xff, address, address ^ 0xff];
}

export function blockOf(image: Uint8Array, index: number): number[] {
  return [...image.subarray(index * 16, index * 16 + 16)];
}
