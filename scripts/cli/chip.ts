/** The blank chip that a card is made of, and the day it is made on. */
import { randomBytes } from "node:crypto";
import { inspectCard } from "../../back-office/card-inspection";
import type { ClubKeys } from "../../back-office/keys";
import { UserError } from "../../back-office/user-error";
import type { AesEngine } from "../../card-layout/aes-engine";
import { businessDay } from "../../firmware/core/calendar";
import { blankImage, type CardImage } from "../../host-sim/mfd";
import { readCardImage } from "./input";

export interface ChipOptions {
  /** Hex, of a simulated chip. */
  uid?: string;
  /** Image file of a real one. */
  blank?: string;
}

/** Iran, all year round. */
const UTC_OFFSET_MINUTES = 210;

/** The blank chip: from a file, or simulated with the UID given or a random one. */
export function chipOf(aes: AesEngine, keys: ClubKeys, { blank, uid }: ChipOptions): CardImage {
  if (blank !== undefined) {
    if (uid !== undefined) throw new UserError("--blank has a UID already; leave --uid out");
    const chip = readCardImage(blank);
    const { verdict, explanation } = inspectCard(aes, keys, chip.image, chip.uid);
    if (verdict === "blank") return chip;
    throw new UserError(`${blank} is not a blank card: ${explanation}`);
  }
  if (uid !== undefined && !/^(?:[0-9a-f]{8}|[0-9a-f]{14})$/i.test(uid)) {
    throw new UserError("--uid: write 8 or 14 hexadecimal digits");
  }
  const bytes = uid === undefined ? randomUid() : Uint8Array.from(Buffer.from(uid, "hex"));
  return { image: blankImage(bytes), uid: bytes };
}

/** A fixed first byte: 08h would mean a random UID, 88h a longer one (ISO 14443-3, 6.5.4). */
function randomUid(): Uint8Array {
  return Uint8Array.of(0x04, ...randomBytes(3));
}

export function today(): number {
  return businessDay(Math.floor(Date.now() / 1000), UTC_OFFSET_MINUTES, 0);
}
