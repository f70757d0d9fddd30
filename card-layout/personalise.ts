/** The whole content of a new card. The desk writes data first, counters next, trailers last. */
import type { AesEngine } from "./aes-engine";
import { type Bytes, copyBytes, fillBytes, newBytes } from "./bytes";
import {
  BLOCK_BYTES,
  COUNTER_1_BLOCK,
  COUNTER_2_BLOCK,
  COUNTER_START,
  FIRST_UNUSED_SECTOR,
  IDENTITY_FIRST_BLOCK,
  IDENTITY_SECTOR,
  IMAGE_BYTES,
  MAD_FIRST_BLOCK,
  NAME_FIRST_BLOCK,
  SECTOR_COUNT,
  STATE_BLOCK_COUNT,
  slotOfCounter,
  stateBlock,
  trailerOf,
} from "./geometry";
import { type Identity, sealIdentity } from "./identity";
import { deriveSealKey } from "./keys";
import { CLUB_AID, encodeMad, RESERVED_AID } from "./mad";
import { type CardName, emptyName, sealName } from "./name";
import type { SealPlace } from "./seal";
import { createSivKey, type SivKey, wipeSivKey } from "./siv";
import { emptyState, SEALED_STATE_BYTES, sealState } from "./state";
import { Status } from "./status";
import { encodeTrailer } from "./trailer";
import { encodeValueBlock } from "./value-block";

/** The issuing club's masters (16 bytes each) and numbers. */
export interface IssuerKeys {
  readonly sectorMaster: Bytes;
  readonly sealMaster: Bytes;
  readonly clubId: number;
  readonly keyEpoch: number;
}

/**
 * Fills `image` (1024 bytes, in card order) for the chip `uid` (7 bytes, zero padded). Block 0, the
 * manufacturer's, is kept. The state is empty at counter 2,000,000; without a name the name record
 * says so. `Malformed` or `Unsupported` (the identity or name) leaves `image` untouched.
 */
export function personaliseImage(
  aes: AesEngine,
  issuer: IssuerKeys,
  uid: Bytes,
  uidLengthBytes: number,
  identity: Identity,
  name: CardName | undefined,
  image: Bytes,
): Status {
  const clubId = issuer.clubId;
  const keyEpoch = issuer.keyEpoch;
  const place: SealPlace = { uid, uidLengthBytes, clubId, counter: COUNTER_START, keyEpoch };
  const sealKey = createSivKey();
  const draft = newBytes(IMAGE_BYTES);
  deriveSealKey(aes, issuer.sealMaster, uid, uidLengthBytes, clubId, keyEpoch, sealKey);

  const identityAt = IDENTITY_FIRST_BLOCK * BLOCK_BYTES;
  const nameAt = NAME_FIRST_BLOCK * BLOCK_BYTES;
  let status = sealIdentity(aes, sealKey, place, identity, draft, identityAt);
  if (status === Status.Ok) {
    const cardName = name === undefined ? emptyName() : name;
    status = sealName(aes, sealKey, place, cardName, draft, nameAt);
  }
  if (status === Status.Ok) {
    placeState(aes, sealKey, place, draft);
    placeDirectory(draft);
    placeCounter(COUNTER_1_BLOCK, draft);
    placeCounter(COUNTER_2_BLOCK, draft);
    placeTrailers(aes, issuer, uid, uidLengthBytes, draft);
    copyBytes(draft, BLOCK_BYTES, image, BLOCK_BYTES, IMAGE_BYTES - BLOCK_BYTES);
  }
  wipeSivKey(sealKey);
  fillBytes(draft, 0, IMAGE_BYTES, 0);
  return status;
}

function placeState(aes: AesEngine, sealKey: SivKey, place: SealPlace, image: Bytes): void {
  const slot = slotOfCounter(place.counter);
  const sealed = newBytes(SEALED_STATE_BYTES);
  sealState(aes, sealKey, place, emptyState(), sealed, 0);
  for (let i = 0; i < STATE_BLOCK_COUNT; i++) {
    const at = stateBlock(slot, i) * BLOCK_BYTES;
    copyBytes(sealed, i * BLOCK_BYTES, image, at, BLOCK_BYTES);
  }
}

/** Sectors 1..11 are the club's; the dead ones are "reserved", since nobody can use them either. */
function placeDirectory(image: Bytes): void {
  const aids: number[] = [];
  for (let sector = 1; sector < SECTOR_COUNT; sector++) {
    aids.push(sector < FIRST_UNUSED_SECTOR ? CLUB_AID : RESERVED_AID);
  }
  encodeMad({ publisherSector: IDENTITY_SECTOR, aids }, image, MAD_FIRST_BLOCK * BLOCK_BYTES);
}

function placeCounter(blockIndex: number, image: Bytes): void {
  encodeValueBlock(COUNTER_START, blockIndex, image, blockIndex * BLOCK_BYTES);
}

function placeTrailers(
  aes: AesEngine,
  issuer: IssuerKeys,
  uid: Bytes,
  uidLengthBytes: number,
  image: Bytes,
): void {
  const master = issuer.sectorMaster;
  for (let sector = 0; sector < SECTOR_COUNT; sector++) {
    const at = trailerOf(sector) * BLOCK_BYTES;
    encodeTrailer(aes, master, uid, uidLengthBytes, issuer.clubId, sector, image, at);
  }
}
