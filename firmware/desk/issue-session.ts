/**
 * What the steps of issuing share: the card that is being issued, what is known about its sectors,
 * and the ways to reach and compare them.
 */
import { type Bytes, equalBytes, fillBytes, newBytes } from "../../card-layout/bytes";
import { BLOCK_BYTES, SECTOR_COUNT, trailerOf } from "../../card-layout/geometry";
import { Status } from "../../card-layout/status";
import { ACCESS_BITS_OFFSET, KEY_B_OFFSET } from "../../card-layout/trailer";
import { type CardReader, KeyType, type SelectedCard } from "../hal/card-reader";
import type { Clock } from "../hal/clock";
import { FIELD_OFF_MS, FIELD_READY_MS, SELECT_TRIES } from "../limits";

/** How issuing ended. After every kind but `Issued` the card is worth no more than before. */
export const enum IssueKind {
  /** All data compared after a power cycle, all trailers in place and tried. */
  Issued = 0,
  /** All sectors carry our trailers already; nothing was written. */
  AlreadyIssued = 1,
  /** Some sector has neither the transport key nor ours; nothing was written. Take another card. */
  NotBlank = 2,
  /** Not a MIFARE Classic 1K by SAK and ATQA; nothing was written. */
  WrongChip = 3,
  /** A copy: answers the back door, lets block 0 be written, or forgets without power. */
  MagicCard = 4,
  /** A trailer was torn by an earlier attempt, or does not hold: the sector is dead. Destroy it. */
  TornTrailer = 5,
  /** Data does not read back as written. That sector got no trailer. Issue again, once. */
  NotVerified = 6,
  /** The card or an answer was lost; `status` says how. Issue the same card again: it continues. */
  Lost = 7,
  /** Another card than the one the image was made for; nothing was written. */
  OtherCard = 8,
}

/** As delivered (MF1S50yyX_V1, 8.6.3). */
const TRANSPORT_KEY_BYTE = 0xff;
const KEY_BYTES = 6;

/** Access bits and the general purpose byte, all that can be read back of a frozen trailer. */
const READABLE_TRAILER_BYTES = 4;

export const enum SectorKind {
  Blank = 0,
  Ours = 1,
  Foreign = 2,
}

export interface IssueJob {
  readonly reader: CardReader;
  readonly clock: Clock;
  /** The card that was selected when the image was made. */
  readonly card: SelectedCard;
  readonly image: Bytes;
  /** What `select` finds now. */
  readonly seen: SelectedCard;
  readonly transportKey: Bytes;
  readonly block: Bytes;
  readonly expected: Bytes;
  readonly sectorKinds: Bytes;
  sector: number;
  status: Status;
}

export function createJob(
  reader: CardReader,
  clock: Clock,
  card: SelectedCard,
  image: Bytes,
): IssueJob {
  const transportKey = newBytes(KEY_BYTES);
  fillBytes(transportKey, 0, KEY_BYTES, TRANSPORT_KEY_BYTE);
  return {
    reader,
    clock,
    card,
    image,
    seen: { uid: newBytes(7), uidLengthBytes: 0, atqa: 0, sak: 0 },
    transportKey,
    block: newBytes(BLOCK_BYTES),
    expected: newBytes(BLOCK_BYTES),
    sectorKinds: newBytes(SECTOR_COUNT),
    sector: 0,
    status: Status.Ok,
  };
}

/** Selects the card of the image. After a lost answer a card may need another call to wake up. */
export function connect(job: IssueJob): IssueKind {
  job.status = Status.NoCard;
  for (let tries = 0; tries < SELECT_TRIES && job.status !== Status.Ok; tries++) {
    job.status = job.reader.select(job.seen);
  }
  if (job.status !== Status.Ok) return IssueKind.Lost;
  const isSameCard =
    job.seen.uidLengthBytes === job.card.uidLengthBytes &&
    equalBytes(job.seen.uid, 0, job.card.uid, 0, job.seen.uidLengthBytes);
  return isSameCard ? IssueKind.Issued : IssueKind.OtherCard;
}

export function cyclePower(job: IssueJob): IssueKind {
  job.reader.setField(false);
  job.clock.waitMs(FIELD_OFF_MS);
  job.reader.setField(true);
  job.clock.waitMs(FIELD_READY_MS);
  return connect(job);
}

/** Both keys of the image open the sector and its access bits and byte 9 are the image's. */
export function tryOurTrailer(job: IssueJob): Status {
  const trailer = trailerOf(job.sector);
  const at = trailer * BLOCK_BYTES;
  let status = authenticate(job, KeyType.A, job.image, at);
  if (status === Status.Ok) status = authenticate(job, KeyType.B, job.image, at + KEY_B_OFFSET);
  if (status === Status.Ok) status = job.reader.readBlock(trailer, job.block, 0);
  if (status !== Status.Ok) return status;
  const bitsAt = at + ACCESS_BITS_OFFSET;
  const isOurs = equalBytes(
    job.block,
    ACCESS_BITS_OFFSET,
    job.image,
    bitsAt,
    READABLE_TRAILER_BYTES,
  );
  return isOurs ? Status.Ok : Status.Malformed;
}

export function authenticate(
  job: IssueJob,
  keyType: KeyType,
  key: Bytes,
  keyOffset: number,
): Status {
  return job.reader.authenticate(job.seen, trailerOf(job.sector), keyType, key, keyOffset);
}

/** Opens `job.sector` with a key that may write its data. */
export function openSector(job: IssueJob): boolean {
  const isOurs = job.sectorKinds[job.sector] === SectorKind.Ours;
  const ourKeyB = trailerOf(job.sector) * BLOCK_BYTES + KEY_B_OFFSET;
  job.status = isOurs
    ? authenticate(job, KeyType.B, job.image, ourKeyB)
    : authenticate(job, KeyType.A, job.transportKey, 0);
  return job.status === Status.Ok;
}

/** `Issued` when the block holds what the image says, `NotVerified` when it does not. */
export function compareBlock(job: IssueJob, blockIndex: number): IssueKind {
  job.status = job.reader.readBlock(blockIndex, job.block, 0);
  if (job.status !== Status.Ok) return IssueKind.Lost;
  const isEqual = equalBytes(job.block, 0, job.image, blockIndex * BLOCK_BYTES, BLOCK_BYTES);
  return isEqual ? IssueKind.Issued : IssueKind.NotVerified;
}
