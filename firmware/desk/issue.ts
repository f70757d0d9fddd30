/**
 * Issuing: turns a blank MIFARE Classic 1K into a club's card.
 *
 * Trailers are frozen for ever the moment they are written, and one that is torn kills its sector.
 * So the order is: look at everything, refuse copies, write and compare all data, power-cycle, and
 * only then, sector by sector, compare the data again and write the trailer. A card that was pulled
 * away is continued by issuing it again with the same image; only a torn trailer is the end of it.
 */
import { DataAccess } from "../../card-layout/access-bits";
import { type Bytes, equalBytes } from "../../card-layout/bytes";
import {
  BLOCK_BYTES,
  BLOCKS_PER_SECTOR,
  COUNTER_START,
  IDENTITY_FIRST_BLOCK,
  SECTOR_COUNT,
  sectorOf,
  slotOfCounter,
  stateBlock,
  trailerOf,
} from "../../card-layout/geometry";
import { Status } from "../../card-layout/status";
import { ACCESS_BITS_OFFSET, accessConditionOf } from "../../card-layout/trailer";
import { type CardReader, KeyType, MIFARE_1K_SAK, type SelectedCard } from "../hal/card-reader";
import type { Clock } from "../hal/clock";
import { ISSUE_AUTHENTICATION_TRIES } from "../limits";
import {
  authenticate,
  compareBlock,
  connect,
  createJob,
  cyclePower,
  type IssueJob,
  IssueKind,
  openSector,
  SectorKind,
  tryOurTrailer,
} from "./issue-session";

export interface IssueResult {
  readonly kind: IssueKind;
  /** The sector being looked at or written when it ended. */
  readonly sector: number;
  /** The reader's last status. */
  readonly status: Status;
}

/** ATQA of a 1K with UID of 4 or 7 bytes (MF1S50yyX_V1, 9.4). */
const ATQA_UID_4 = 0x0004;
const ATQA_UID_7 = 0x0044;

/** Access bits as delivered (MF1S50yyX_V1, 8.6.3). */
const TRANSPORT_ACCESS = 0xff0780;
const ACCESS_BYTES = 3;
/** A block of a sector that dies unused; the last sector gets its trailer last, so this block can
 * be tried on every attempt. */
const SPARE_BLOCK = 62;

/**
 * Issues the card `card` (as `select` filled it in, still in the field) with `image`, 1024 bytes
 * from `personaliseImage` for its UID. Block 0 of the image is not used. Takes some seconds.
 */
export function issueCard(
  reader: CardReader,
  clock: Clock,
  card: SelectedCard,
  image: Bytes,
): IssueResult {
  const job = createJob(reader, clock, card, image);
  let kind = checkChip(job);
  if (kind === IssueKind.Issued) kind = survey(job);
  if (kind === IssueKind.Issued) kind = checkManufacturerBlock(job);
  if (kind === IssueKind.Issued) kind = checkMemoryWithoutPower(job);
  if (kind === IssueKind.Issued) kind = writeData(job);
  if (kind === IssueKind.Issued) kind = cyclePower(job);
  if (kind === IssueKind.Issued) kind = writeTrailers(job);
  return { kind, sector: job.sector, status: job.status };
}

function checkChip(job: IssueJob): IssueKind {
  const connected = connect(job);
  if (connected !== IssueKind.Issued) return connected;
  const atqa = job.seen.atqa;
  const isClassic1k =
    job.seen.sak === MIFARE_1K_SAK && (atqa === ATQA_UID_4 || atqa === ATQA_UID_7);
  if (!isClassic1k) return IssueKind.WrongChip;
  job.status = job.reader.probeMagic();
  if (job.status === Status.MagicCard) return IssueKind.MagicCard;
  return job.status === Status.Ok ? connect(job) : IssueKind.Lost;
}

/** Finds out about every sector before anything is written. */
function survey(job: IssueJob): IssueKind {
  let oursCount = 0;
  let foreignSector = -1;
  for (let sector = 0; sector < SECTOR_COUNT; sector++) {
    job.sector = sector;
    const outcome = classify(job);
    if (outcome !== IssueKind.Issued) return outcome;
    if (job.sectorKinds[sector] === SectorKind.Ours) oursCount++;
    if (job.sectorKinds[sector] === SectorKind.Foreign) foreignSector = sector;
  }
  if (foreignSector < 0) {
    return oursCount === SECTOR_COUNT ? IssueKind.AlreadyIssued : IssueKind.Issued;
  }
  // A card of someone else, or ours with a trailer that was torn? By then it has our data.
  if (oursCount > 0) return refuseTorn(job, foreignSector);
  const firstState = stateBlock(slotOfCounter(COUNTER_START), 0);
  let evidence = compareIfBlank(job, IDENTITY_FIRST_BLOCK);
  if (evidence === IssueKind.NotVerified) evidence = compareIfBlank(job, firstState);
  if (evidence === IssueKind.Issued) return refuseTorn(job, foreignSector);
  job.sector = foreignSector;
  return evidence === IssueKind.NotVerified ? IssueKind.NotBlank : evidence;
}

function refuseTorn(job: IssueJob, sector: number): IssueKind {
  job.sector = sector;
  return IssueKind.TornTrailer;
}

/** `Issued` when the block's sector is blank and the block holds what the image says. */
function compareIfBlank(job: IssueJob, blockIndex: number): IssueKind {
  job.sector = sectorOf(blockIndex);
  if (job.sectorKinds[job.sector] !== SectorKind.Blank) return IssueKind.NotVerified;
  if (!openSector(job)) return IssueKind.Lost;
  return compareBlock(job, blockIndex);
}

/** Sets the kind of `job.sector`. A failed authentication may be a disturbance as well as a wrong
 * key, so a sector counts as foreign only after every key has failed repeatedly. */
function classify(job: IssueJob): IssueKind {
  for (let tries = 0; tries < ISSUE_AUTHENTICATION_TRIES * 2; tries++) {
    const isOurs = tries % 2 === 1;
    job.sectorKinds[job.sector] = isOurs ? SectorKind.Ours : SectorKind.Blank;
    job.status = isOurs ? tryOurTrailer(job) : tryTransportTrailer(job);
    if (job.status === Status.Ok) return IssueKind.Issued;
    const isRefused =
      job.status === Status.AuthFailed ||
      job.status === Status.Nak ||
      job.status === Status.Malformed;
    if (!isRefused) return IssueKind.Lost;
    const connected = connect(job);
    if (connected !== IssueKind.Issued) return connected;
  }
  job.sectorKinds[job.sector] = SectorKind.Foreign;
  return IssueKind.Issued;
}

/** `Malformed` when the key opens the sector but its access bits are not those of delivery. */
function tryTransportTrailer(job: IssueJob): Status {
  const trailer = trailerOf(job.sector);
  let status = authenticate(job, KeyType.A, job.transportKey, 0);
  if (status === Status.Ok) status = job.reader.readBlock(trailer, job.block, 0);
  if (status !== Status.Ok) return status;
  const bits = job.block;
  const access = bits[ACCESS_BITS_OFFSET] * 65536 + bits[ACCESS_BITS_OFFSET + 1] * 256;
  const isTransport = access + bits[ACCESS_BITS_OFFSET + ACCESS_BYTES - 1] === TRANSPORT_ACCESS;
  return isTransport ? Status.Ok : Status.Malformed;
}

/** Writes the manufacturer's block over itself. A genuine chip refuses whatever the access bits
 * say (MF1S50yyX_V1, 8.6.1); a copy that obeys is left as it was. */
function checkManufacturerBlock(job: IssueJob): IssueKind {
  job.sector = 0;
  if (!openSector(job)) return IssueKind.Lost;
  job.status = job.reader.readBlock(0, job.block, 0);
  if (job.status !== Status.Ok) return IssueKind.Lost;
  job.status = job.reader.writeBlock(0, job.block, 0);
  if (job.status === Status.Ok) return IssueKind.MagicCard;
  return job.status === Status.Nak ? connect(job) : IssueKind.Lost;
}

/** Some copies take writes into RAM and forget them without power ("shadow mode"). */
function checkMemoryWithoutPower(job: IssueJob): IssueKind {
  job.sector = sectorOf(SPARE_BLOCK);
  if (job.sectorKinds[job.sector] !== SectorKind.Blank) return IssueKind.Issued;
  if (!openSector(job)) return IssueKind.Lost;
  job.status = job.reader.readBlock(SPARE_BLOCK, job.block, 0);
  if (job.status !== Status.Ok) return IssueKind.Lost;
  for (let i = 0; i < BLOCK_BYTES; i++) job.expected[i] = 255 - job.block[i];
  job.status = job.reader.writeBlock(SPARE_BLOCK, job.expected, 0);
  if (job.status !== Status.Ok) return IssueKind.Lost;
  const connected = cyclePower(job);
  if (connected !== IssueKind.Issued) return connected;
  if (!openSector(job)) return IssueKind.Lost;
  job.status = job.reader.readBlock(SPARE_BLOCK, job.block, 0);
  if (job.status !== Status.Ok) return IssueKind.Lost;
  const isKept = equalBytes(job.block, 0, job.expected, 0, BLOCK_BYTES);
  return isKept ? IssueKind.Issued : IssueKind.MagicCard;
}

/** Writes every data block of blank sectors, even where it reads right already: a write torn in an
 * earlier attempt may have left cells that read well once. */
function writeData(job: IssueJob): IssueKind {
  for (let sector = 0; sector < SECTOR_COUNT; sector++) {
    job.sector = sector;
    if (!openSector(job)) return IssueKind.Lost;
    const first = sector * BLOCKS_PER_SECTOR;
    for (let blockIndex = first; blockIndex < trailerOf(sector); blockIndex++) {
      const outcome = isWritable(job, blockIndex) ? writeBlock(job, blockIndex) : IssueKind.Issued;
      if (outcome !== IssueKind.Issued) return outcome;
    }
  }
  return IssueKind.Issued;
}

/** Blocks of a sector that has our trailer are frozen, but for ordinary records. */
function isWritable(job: IssueJob, blockIndex: number): boolean {
  if (blockIndex === 0) return false;
  const isBlank = job.sectorKinds[job.sector] === SectorKind.Blank;
  return isBlank || accessConditionOf(blockIndex) === DataAccess.Record;
}

function writeBlock(job: IssueJob, blockIndex: number): IssueKind {
  if (job.sectorKinds[job.sector] === SectorKind.Ours) {
    const outcome = compareBlock(job, blockIndex);
    if (outcome !== IssueKind.NotVerified) return outcome;
  }
  job.status = job.reader.writeBlock(blockIndex, job.image, blockIndex * BLOCK_BYTES);
  return job.status === Status.Ok ? IssueKind.Issued : IssueKind.Lost;
}

function writeTrailers(job: IssueJob): IssueKind {
  for (let sector = 0; sector < SECTOR_COUNT; sector++) {
    job.sector = sector;
    let outcome = verifySector(job);
    const isBlank = job.sectorKinds[sector] === SectorKind.Blank;
    if (outcome === IssueKind.Issued && isBlank) outcome = writeTrailer(job);
    if (outcome !== IssueKind.Issued) return outcome;
  }
  return IssueKind.Issued;
}

function verifySector(job: IssueJob): IssueKind {
  if (!openSector(job)) return IssueKind.Lost;
  const first = job.sector * BLOCKS_PER_SECTOR;
  for (let blockIndex = first; blockIndex < trailerOf(job.sector); blockIndex++) {
    const outcome = isWritable(job, blockIndex) ? compareBlock(job, blockIndex) : IssueKind.Issued;
    if (outcome !== IssueKind.Issued) return outcome;
  }
  return IssueKind.Issued;
}

function writeTrailer(job: IssueJob): IssueKind {
  const trailer = trailerOf(job.sector);
  job.status = job.reader.writeBlock(trailer, job.image, trailer * BLOCK_BYTES);
  if (job.status !== Status.Ok) return IssueKind.Lost;
  job.status = tryOurTrailer(job);
  if (job.status === Status.Malformed) return IssueKind.TornTrailer;
  // A key that fails here may be a disturbance; the next attempt's survey decides.
  return job.status === Status.Ok ? IssueKind.Issued : IssueKind.Lost;
}
