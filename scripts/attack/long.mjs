// host-sim/rng.ts
var WARM_UP_STEPS = 15;
var Rng = class _Rng {
  a;
  b;
  c;
  counter = 1;
  constructor(seed) {
    const text = String(seed);
    this.a = hashText(text, 2654435769);
    this.b = hashText(text, 608135816);
    this.c = hashText(text, 3084996962);
    for (let step = 0; step < WARM_UP_STEPS; step++) this.next();
  }
  /** A uniform unsigned 32-bit number. */
  next() {
    const result = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + result) | 0;
    return result >>> 0;
  }
  /** A uniform integer 0..`limit`-1; `limit` 1..2^32. */
  below(limit) {
    if (!(limit >= 1)) throw new RangeError(`no number is below ${limit}`);
    return Math.floor((this.next() / 2 ** 32) * limit);
  }
  /** A uniform number 0 <= x < 1. */
  fraction() {
    return this.next() / 2 ** 32;
  }
  bytes(lengthBytes) {
    const out = new Uint8Array(lengthBytes);
    for (let index = 0; index < lengthBytes; index++) out[index] = this.next() >>> 24;
    return out;
  }
  /** True with `probability` 0..1; draws one number in every case. */
  chance(probability) {
    return this.fraction() < probability;
  }
  /** An independent generator, so that one part's draws do not shift another's. */
  fork(name) {
    return new _Rng(`${this.next()}:${name}`);
  }
};
function hashText(text, basis) {
  let hash = basis;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 16777619);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 2246822507);
  return (hash ^ (hash >>> 13)) | 0;
}

// card-layout/geometry.ts
var SECTOR_COUNT = 16;
var BLOCKS_PER_SECTOR = 4;
var BLOCK_BYTES = 16;
var IMAGE_BYTES = 1024;
var MAD_SECTOR = 0;
var MAD_FIRST_BLOCK = 1;
var IDENTITY_SECTOR = 1;
var IDENTITY_FIRST_BLOCK = 4;
var NAME_FIRST_BLOCK = 8;
var COUNTER_SECTOR = 3;
var COUNTER_1_BLOCK = 12;
var COUNTER_2_BLOCK = 13;
var STATE_FIRST_SECTOR = 4;
var STATE_SLOT_COUNT = 2;
var STATE_BLOCK_COUNT = 9;
var LOG_FIRST_SECTOR = 10;
var LOG_ENTRY_COUNT = 6;
var FIRST_UNUSED_SECTOR = 12;
var COUNTER_START = 2e6;
function sectorOf(blockIndex) {
  return Math.floor(blockIndex / BLOCKS_PER_SECTOR);
}
function trailerOf(sector) {
  return sector * BLOCKS_PER_SECTOR + BLOCKS_PER_SECTOR - 1;
}
function isTrailer(blockIndex) {
  return blockIndex % BLOCKS_PER_SECTOR === BLOCKS_PER_SECTOR - 1;
}
function slotOfCounter(counter2) {
  return Math.floor(counter2 / 2) % STATE_SLOT_COUNT;
}
function stateBlock(slot, index) {
  return dataBlock(STATE_FIRST_SECTOR + slot * 3, index);
}
function logEntryOfCounter(counter2) {
  return Math.floor(counter2 / 2) % LOG_ENTRY_COUNT;
}
function logBlock(index) {
  return dataBlock(LOG_FIRST_SECTOR, index);
}
function dataBlock(sector, index) {
  return sector * BLOCKS_PER_SECTOR + index + Math.floor(index / 3);
}

// card-layout/bytes.ts
function newBytes(lengthBytes) {
  return new Uint8Array(lengthBytes);
}
function copyBytes(from, fromOffset, out, outOffset, lengthBytes) {
  if (lengthBytes === 0) return;
  const source = from;
  const part = new Uint8Array(source.buffer, source.byteOffset + fromOffset, lengthBytes);
  out.set(part, outOffset);
}
function fillBytes(out, offset, lengthBytes, value) {
  out.fill(value, offset, offset + lengthBytes);
}
function equalBytes(a, aOffset, b, bOffset, lengthBytes) {
  let difference = 0;
  for (let i = 0; i < lengthBytes; i++) difference |= a[aOffset + i] ^ b[bOffset + i];
  return difference === 0;
}
function putUint(out, offset, sizeBytes, value) {
  let rest = value;
  for (let i = 0; i < sizeBytes; i++) {
    const high = Math.floor(rest / 256);
    out[offset + i] = rest - high * 256;
    rest = high;
  }
}
function getUint(from, offset, sizeBytes) {
  let value = 0;
  for (let i = sizeBytes - 1; i >= 0; i--) value = value * 256 + from[offset + i];
  return value;
}

// card-layout/status.ts
function isContentFault(status) {
  return (
    status === 21 /* BadSeal */ || status === 20 /* Malformed */ || status === 22 /* Unsupported */
  );
}

// card-layout/record.ts
var DIGIT_ZERO = 48;
function createRecord(sizes) {
  const record = [];
  for (let i = 0; i < sizes.length; i++) record.push(0);
  return record;
}
function copyRecord(from, to) {
  for (let i = 0; i < from.length; i++) to[i] = from[i];
}
function encodeRecord(sizes, record, out, offset) {
  let at = offset;
  for (let i = 0; i < sizes.length; i++) {
    const sizeBytes = sizes.charCodeAt(i) - DIGIT_ZERO;
    const value = record[i];
    if (!(value >= 0 && value < 256 ** sizeBytes && value % 1 === 0)) return 20 /* Malformed */;
    putUint(out, at, sizeBytes, value);
    at += sizeBytes;
  }
  return 0 /* Ok */;
}
function decodeRecord(sizes, from, offset, record) {
  let at = offset;
  for (let i = 0; i < sizes.length; i++) {
    const sizeBytes = sizes.charCodeAt(i) - DIGIT_ZERO;
    record[i] = getUint(from, at, sizeBytes);
    at += sizeBytes;
  }
}

// card-layout/cmac.ts
var BLOCK_BYTES2 = 16;
var keptKey = newBytes(BLOCK_BYTES2);
var k1 = newBytes(BLOCK_BYTES2);
var k2 = newBytes(BLOCK_BYTES2);
var block = newBytes(BLOCK_BYTES2);
var chain = newBytes(BLOCK_BYTES2);
var isKeyKept = false;
function cmac(aes2, key, message, offset, lengthBytes, out, outOffset) {
  if (!isKeyKept || !equalBytes(keptKey, 0, key, 0, BLOCK_BYTES2)) {
    firstSubkey(aes2, key, k1);
    doubleBlock(k1, k2);
    copyBytes(key, 0, keptKey, 0, BLOCK_BYTES2);
    isKeyKept = true;
  }
  const headBytes = Math.floor(Math.max(lengthBytes - 1, 0) / BLOCK_BYTES2) * BLOCK_BYTES2;
  const tailBytes = lengthBytes - headBytes;
  const mask = tailBytes === BLOCK_BYTES2 ? k1 : k2;
  fillBytes(chain, 0, BLOCK_BYTES2, 0);
  if (headBytes > 0) aes2.cbcMac(key, message, offset, headBytes, chain, 0);
  for (let i = 0; i < BLOCK_BYTES2; i++) {
    const byte = i < tailBytes ? message[offset + headBytes + i] : i === tailBytes ? 128 : 0;
    block[i] = byte ^ chain[i] ^ mask[i];
  }
  aes2.cbcMac(key, block, 0, BLOCK_BYTES2, out, outOffset);
}
function firstSubkey(aes2, key, out) {
  fillBytes(block, 0, BLOCK_BYTES2, 0);
  aes2.cbcMac(key, block, 0, BLOCK_BYTES2, out, 0);
  doubleBlock(out, out);
}
function doubleBlock(from, out) {
  let carry = from[0] >= 128 ? 135 : 0;
  for (let i = BLOCK_BYTES2 - 1; i >= 0; i--) {
    const doubled = from[i] * 2;
    out[i] = (doubled & 255) ^ carry;
    carry = doubled >> 8;
  }
}

// card-layout/siv.ts
var block2 = newBytes(BLOCK_BYTES2);
var chain2 = newBytes(BLOCK_BYTES2);
var syntheticIv = newBytes(BLOCK_BYTES2);
function createSivKey() {
  return {
    macKey: newBytes(BLOCK_BYTES2),
    ctrKey: newBytes(BLOCK_BYTES2),
    macSubkey: newBytes(BLOCK_BYTES2),
    finalMask: newBytes(BLOCK_BYTES2),
  };
}
function prepareSivKey(aes2, key) {
  firstSubkey(aes2, key.macKey, key.macSubkey);
  aes2.cbcMac(key.macKey, key.macSubkey, 0, BLOCK_BYTES2, key.finalMask, 0);
  doubleBlock(key.finalMask, key.finalMask);
  for (let i = 0; i < BLOCK_BYTES2; i++) key.finalMask[i] ^= key.macSubkey[i];
}
function wipeSivKey(key) {
  fillBytes(key.macKey, 0, BLOCK_BYTES2, 0);
  fillBytes(key.ctrKey, 0, BLOCK_BYTES2, 0);
  fillBytes(key.macSubkey, 0, BLOCK_BYTES2, 0);
  fillBytes(key.finalMask, 0, BLOCK_BYTES2, 0);
}
function sivSeal(aes2, key, associatedData2, record, offset, textBytes) {
  stringToVector(aes2, key, associatedData2, record, offset, textBytes);
  copyBytes(syntheticIv, 0, record, offset, BLOCK_BYTES2);
  applyKeyStream(aes2, key, record, offset, textBytes);
}
function sivOpen(aes2, key, associatedData2, record, offset, textBytes) {
  applyKeyStream(aes2, key, record, offset, textBytes);
  stringToVector(aes2, key, associatedData2, record, offset, textBytes);
  if (equalBytes(syntheticIv, 0, record, offset, BLOCK_BYTES2)) return 0 /* Ok */;
  applyKeyStream(aes2, key, record, offset, textBytes);
  return 21 /* BadSeal */;
}
function applyKeyStream(aes2, key, record, offset, textBytes) {
  copyBytes(record, offset, block2, 0, BLOCK_BYTES2);
  block2[8] &= 127;
  block2[12] &= 127;
  aes2.ctr(key.ctrKey, block2, record, offset + BLOCK_BYTES2, textBytes);
}
function stringToVector(aes2, key, associatedData2, record, offset, textBytes) {
  for (let i = 0; i < BLOCK_BYTES2; i++) block2[i] = associatedData2[i] ^ key.macSubkey[i];
  aes2.cbcMac(key.macKey, block2, 0, BLOCK_BYTES2, syntheticIv, 0);
  const headBytes = textBytes - BLOCK_BYTES2;
  fillBytes(chain2, 0, BLOCK_BYTES2, 0);
  if (headBytes > 0) aes2.cbcMac(key.macKey, record, offset + BLOCK_BYTES2, headBytes, chain2, 0);
  for (let i = 0; i < BLOCK_BYTES2; i++) {
    block2[i] = record[offset + textBytes + i] ^ chain2[i] ^ syntheticIv[i] ^ key.finalMask[i];
  }
  aes2.cbcMac(key.macKey, block2, 0, BLOCK_BYTES2, syntheticIv, 0);
}

// card-layout/seal.ts
var LAYOUT_VERSION = 1;
var SEAL_TAG_BYTES = 16;
var ASSOCIATED_DATA_BYTES = 16;
var UID_BYTES = 7;
var LONG_UID_FLAG = 128;
var associatedData = newBytes(ASSOCIATED_DATA_BYTES);
function encodeSealPlace(place, purpose, out) {
  out[0] = LAYOUT_VERSION;
  out[1] = place.uidLengthBytes === UID_BYTES ? purpose + LONG_UID_FLAG : purpose;
  putUint(out, 2, 2, place.clubId);
  copyBytes(place.uid, 0, out, 4, UID_BYTES);
  putUint(out, 11, 4, purpose > 2 /* Name */ ? place.counter : 0);
  out[15] = place.keyEpoch;
}
function sealRecord(aes2, sealKey, place, purpose, record, offset, textBytes) {
  encodeSealPlace(place, purpose, associatedData);
  sivSeal(aes2, sealKey, associatedData, record, offset, textBytes);
}
function openRecord(aes2, sealKey, place, purpose, record, offset, textBytes) {
  encodeSealPlace(place, purpose, associatedData);
  return sivOpen(aes2, sealKey, associatedData, record, offset, textBytes);
}

// card-layout/identity.ts
var IDENTITY_BYTES = 32;
var SEALED_IDENTITY_BYTES = 48;
var IDENTITY_FORMAT = 1;
var SIZES = "12411422211111152";
var LAST_GENDER = 2;
var LAST_LANGUAGE = 2;
var FIRST_BIRTH_YEAR = 1250;
var LAST_BIRTH_YEAR = 1599;
function emptyIdentity() {
  const identity = createRecord(SIZES);
  identity[0 /* Format */] = IDENTITY_FORMAT;
  return identity;
}
function encodeIdentity(identity, out, offset) {
  return isValid(identity) ? encodeRecord(SIZES, identity, out, offset) : 20 /* Malformed */;
}
function decodeIdentity(from, offset, identity) {
  decodeRecord(SIZES, from, offset, identity);
  return isValid(identity) ? 0 /* Ok */ : 20 /* Malformed */;
}
function sealIdentity(aes2, sealKey, place, identity, out, outOffset) {
  if (identity[1 /* ClubId */] !== place.clubId) return 20 /* Malformed */;
  const status = encodeIdentity(identity, out, outOffset + SEAL_TAG_BYTES);
  if (status === 0 /* Ok */)
    sealRecord(aes2, sealKey, place, 1 /* Identity */, out, outOffset, IDENTITY_BYTES);
  return status;
}
function openIdentity(aes2, sealKey, place, sealed, offset, identity) {
  const purpose = 1 /* Identity */;
  let status = openRecord(aes2, sealKey, place, purpose, sealed, offset, IDENTITY_BYTES);
  if (status === 0 /* Ok */) {
    status = decodeIdentity(sealed, offset + SEAL_TAG_BYTES, identity);
    applyKeyStream(aes2, sealKey, sealed, offset, IDENTITY_BYTES);
    if (identity[1 /* ClubId */] !== place.clubId) status = 20 /* Malformed */;
  }
  return status;
}
function isValid(identity) {
  const kind = identity[4 /* Kind */];
  const year = identity[8 /* BirthYear */];
  const month = identity[9 /* BirthMonth */];
  const day2 = identity[10 /* BirthDay */];
  return (
    identity[0 /* Format */] === IDENTITY_FORMAT &&
    identity[15 /* Reserved */] + identity[15 /* Reserved */ + 1] === 0 &&
    (kind <= 5 /* Technician */ ? kind > 0 : kind === 9) /* Test */ &&
    identity[11 /* Gender */] <= LAST_GENDER &&
    identity[12 /* Language */] <= LAST_LANGUAGE &&
    identity[6 /* IssueDay */] <= identity[7 /* ExpiryDay */] &&
    (year >= FIRST_BIRTH_YEAR ? year <= LAST_BIRTH_YEAR : year === 0) &&
    (day2 > 0 && month > 0 ? month <= 12 && day2 <= (month <= 6 ? 31 : 30) : day2 === month)
  );
}

// card-layout/mad.ts
var MAD_BYTES = 32;
var AID_COUNT = 15;
var CRC_POLYNOMIAL = 29;
var CRC_INITIAL = 199;
var CLUB_AID = 28944;
var RESERVED_AID = 2;
var MAD_GENERAL_PURPOSE_BYTE = 193;
var MAD_KEY_A = [160, 161, 162, 163, 164, 165];
function encodeMad(mad, out, offset) {
  out[offset + 1] = mad.publisherSector;
  for (let i = 0; i < AID_COUNT; i++) putUint(out, offset + 2 + 2 * i, 2, mad.aids[i]);
  out[offset] = madCrc8(out, offset + 1, MAD_BYTES - 1);
}
function madCrc8(from, offset, lengthBytes) {
  let crc = CRC_INITIAL;
  for (let i = 0; i < lengthBytes; i++) {
    crc ^= from[offset + i];
    for (let bit = 0; bit < 8; bit++) {
      crc = ((crc << 1) & 255) ^ (crc >= 128 ? CRC_POLYNOMIAL : 0);
    }
  }
  return crc;
}

// card-layout/keys.ts
var KEY_TYPE_A = 96;
var KEY_TYPE_B = 97;
var SECTOR_KEY_BYTES = 6;
var KEY_INPUT_BYTES = 17;
var AES128_CONSTANT = 1;
var SYSTEM = 3231811;
var input = newBytes(KEY_INPUT_BYTES);
var derived = newBytes(16);
var noUid = newBytes(7);
function deriveSectorKey(
  aes2,
  sectorMaster,
  uid,
  uidLengthBytes,
  clubId,
  sector,
  keyType,
  out,
  outOffset,
) {
  if (sector === MAD_SECTOR && keyType === KEY_TYPE_A) {
    for (let i = 0; i < SECTOR_KEY_BYTES; i++) out[outOffset + i] = MAD_KEY_A[i];
    return;
  }
  encodeKeyInput(uid, uidLengthBytes, clubId, 1 /* Sector */, sector, keyType, input);
  cmac(aes2, sectorMaster, input, 0, KEY_INPUT_BYTES, derived, 0);
  copyBytes(derived, 0, out, outOffset, SECTOR_KEY_BYTES);
}
function deriveSealKey(aes2, sealMaster, uid, uidLengthBytes, clubId, keyEpoch, sealKey) {
  encodeKeyInput(uid, uidLengthBytes, clubId, 2 /* SealMac */, keyEpoch, 0, input);
  cmac(aes2, sealMaster, input, 0, KEY_INPUT_BYTES, sealKey.macKey, 0);
  input[11] = 3 /* SealCtr */;
  cmac(aes2, sealMaster, input, 0, KEY_INPUT_BYTES, sealKey.ctrKey, 0);
  prepareSivKey(aes2, sealKey);
}
function deriveTerminalKey(aes2, terminalMaster, terminalId, keyEpoch, purpose, out, outOffset) {
  encodeKeyInput(noUid, 0, terminalId, 16 /* Terminal */ + purpose, keyEpoch, 0, input);
  cmac(aes2, terminalMaster, input, 0, KEY_INPUT_BYTES, out, outOffset);
}
function encodeKeyInput(uid, uidLengthBytes, owner, purpose, selector, keyType, out) {
  out[0] = AES128_CONSTANT;
  copyBytes(uid, 0, out, 1, 7);
  out[8] = uidLengthBytes;
  putUint(out, 9, 2, owner);
  out[11] = purpose;
  out[12] = selector;
  out[13] = keyType;
  putUint(out, 14, 3, SYSTEM);
}

// card-layout/log-ring.ts
var SIZES2 = "122254";
var HEAD_BYTES = 7;
var SECRET_BYTES = 9;
var NONCE_OFFSET = 9;
var DELTA_MODULUS = 4294967296;
var DELTA_SIGN = 2147483648;
var keyStreamBlock = newBytes(16);
function emptyLogEntry() {
  return createRecord(SIZES2);
}
function sealLogEntry(aes2, sealKey, entry2, out, outOffset) {
  const type = entry2[0 /* Type */];
  const delta = entry2[5 /* CreditDeltaRial */];
  if (type === 0 /* Empty */ || type > 8 /* Expiry */) return 20 /* Malformed */;
  if (delta < -DELTA_SIGN || delta >= DELTA_SIGN) return 20 /* Malformed */;
  if (delta < 0) entry2[5 /* CreditDeltaRial */] = delta + DELTA_MODULUS;
  const status = encodeRecord(SIZES2, entry2, out, outOffset);
  entry2[5 /* CreditDeltaRial */] = delta;
  applyLogKeyStream(aes2, sealKey, out, outOffset);
  return status;
}
function openLogEntry(aes2, sealKey, from, offset, entry2) {
  if (from[offset] === 0 /* Empty */) return 25 /* NotFound */;
  if (from[offset] > 8 /* Expiry */) return 22 /* Unsupported */;
  applyLogKeyStream(aes2, sealKey, from, offset);
  decodeRecord(SIZES2, from, offset, entry2);
  if (entry2[5 /* CreditDeltaRial */] >= DELTA_SIGN)
    entry2[5 /* CreditDeltaRial */] -= DELTA_MODULUS;
  applyLogKeyStream(aes2, sealKey, from, offset);
  return 0 /* Ok */;
}
function applyLogKeyStream(aes2, sealKey, entry2, offset) {
  keyStreamBlock[0] = LAYOUT_VERSION;
  keyStreamBlock[1] = 5 /* Log */;
  copyBytes(entry2, offset, keyStreamBlock, NONCE_OFFSET, HEAD_BYTES);
  aes2.ctr(sealKey.ctrKey, keyStreamBlock, entry2, offset + HEAD_BYTES, SECRET_BYTES);
}

// card-layout/name.ts
var NAME_BYTES = 32;
var MAX_NAME_BYTES = 30;
var NAME_FORMAT = 1;
var TEXT_OFFSET = 2;
function emptyName() {
  return { lengthBytes: 0, utf8: newBytes(MAX_NAME_BYTES) };
}
function setName(name, utf8, lengthBytes) {
  name.lengthBytes = utf8PrefixBytes(utf8, 0, lengthBytes, MAX_NAME_BYTES);
  fillBytes(name.utf8, 0, MAX_NAME_BYTES, 0);
  copyBytes(utf8, 0, name.utf8, 0, name.lengthBytes);
}
function sealName(aes2, sealKey, place, name, out, outOffset) {
  const textOffset = outOffset + SEAL_TAG_BYTES;
  if (name.lengthBytes > MAX_NAME_BYTES) return 20 /* Malformed */;
  out[textOffset] = NAME_FORMAT;
  out[textOffset + 1] = name.lengthBytes;
  copyBytes(name.utf8, 0, out, textOffset + TEXT_OFFSET, MAX_NAME_BYTES);
  const status = checkName(out, textOffset);
  if (status !== 0 /* Ok */) return status;
  sealRecord(aes2, sealKey, place, 2 /* Name */, out, outOffset, NAME_BYTES);
  return 0 /* Ok */;
}
function openName(aes2, sealKey, place, sealed, offset, name) {
  const opened = openRecord(aes2, sealKey, place, 2 /* Name */, sealed, offset, NAME_BYTES);
  if (opened !== 0 /* Ok */) return opened;
  const textOffset = offset + SEAL_TAG_BYTES;
  const status = checkName(sealed, textOffset);
  if (status === 0 /* Ok */) {
    name.lengthBytes = sealed[textOffset + 1];
    copyBytes(sealed, textOffset + TEXT_OFFSET, name.utf8, 0, MAX_NAME_BYTES);
  }
  applyKeyStream(aes2, sealKey, sealed, offset, NAME_BYTES);
  return status;
}
function checkName(from, offset) {
  if (from[offset] !== NAME_FORMAT) return 22 /* Unsupported */;
  const lengthBytes = from[offset + 1];
  if (lengthBytes > MAX_NAME_BYTES) return 20 /* Malformed */;
  const text = offset + TEXT_OFFSET;
  if (utf8PrefixBytes(from, text, lengthBytes, MAX_NAME_BYTES) !== lengthBytes) {
    return 20 /* Malformed */;
  }
  for (let i = lengthBytes; i < MAX_NAME_BYTES; i++) {
    if (from[text + i] !== 0) return 20 /* Malformed */;
  }
  return 0 /* Ok */;
}
function utf8PrefixBytes(from, offset, lengthBytes, maxBytes) {
  const limit = Math.min(lengthBytes, maxBytes);
  let prefixBytes = 0;
  while (prefixBytes < limit) {
    const size = codePointBytes(from, offset + prefixBytes, limit - prefixBytes);
    if (size === 0) return prefixBytes;
    prefixBytes += size;
  }
  return prefixBytes;
}
function codePointBytes(from, offset, availableBytes) {
  const lead = from[offset];
  if (lead > 0 && lead < 128) return 1;
  const size = lead < 194 ? 0 : lead < 224 ? 2 : lead < 240 ? 3 : lead < 245 ? 4 : 0;
  if (size === 0 || size > availableBytes) return 0;
  const second = from[offset + 1];
  if (lead === 224 && second < 160) return 0;
  if (lead === 237 && second > 159) return 0;
  if (lead === 240 && second < 144) return 0;
  if (lead === 244 && second > 143) return 0;
  for (let i = 1; i < size; i++) {
    if (from[offset + i] < 128 || from[offset + i] > 191) return 0;
  }
  return size;
}

// card-layout/state.ts
var STATE_BYTES = 128;
var SEALED_STATE_BYTES = 144;
var PUNCH_COUNT = 4;
var BASE_TAG_BYTES = 5;
var DAY_NEVER = 65535;
var SIZES3 = "1122452222245252412211111522115221152211522115221152211000005";
var MINUTES_PER_DAY = 1440;
var ALL_FLAGS = 15;
function emptyState() {
  return createRecord(SIZES3);
}
function encodeState(state, out, offset) {
  return isCanonical(state) ? encodeRecord(SIZES3, state, out, offset) : 20 /* Malformed */;
}
function decodeState(from, offset, state) {
  decodeRecord(SIZES3, from, offset, state);
  return isCanonical(state) ? 0 /* Ok */ : 20 /* Malformed */;
}
function sealState(aes2, sealKey, place, state, out, outOffset) {
  const status = encodeState(state, out, outOffset + SEAL_TAG_BYTES);
  if (status === 0 /* Ok */)
    sealRecord(aes2, sealKey, place, slotPurpose(place), out, outOffset, STATE_BYTES);
  return status;
}
function openState(aes2, sealKey, place, sealed, offset, state) {
  let status = openRecord(aes2, sealKey, place, slotPurpose(place), sealed, offset, STATE_BYTES);
  if (status === 0 /* Ok */) {
    status = decodeState(sealed, offset + SEAL_TAG_BYTES, state);
    applyKeyStream(aes2, sealKey, sealed, offset, STATE_BYTES);
  }
  return status;
}
function slotPurpose(place) {
  return 3 /* StateSlot0 */ + slotOfCounter(place.counter);
}
function isCanonical(state) {
  for (let at = 25 /* Lots */; at < 55 /* Grant */; at += 5 /* Count */) {
    const fromDay = state[at + 1 /* FromDay */];
    const untilDay = state[at + 2 /* UntilDay */];
    const isFine =
      state[at] > 0
        ? fromDay < DAY_NEVER && fromDay <= untilDay
        : fromDay + untilDay + state[at + 3 /* Issuer */] + state[at + 4 /* Kind */] === 0;
    if (!isFine) return false;
  }
  return state[0 /* Flags */] <= ALL_FLAGS && state[9 /* LastMinute */] < MINUTES_PER_DAY;
}

// firmware/core/money.ts
var MAX_RIAL = 1099511627775;
var MAX_U32 = 4294967295;
function mulBps(amount, basisPoints) {
  const quotient = Math.floor(amount / 1e4);
  const rest = amount - quotient * 1e4;
  return quotient * basisPoints + Math.floor((rest * basisPoints) / 1e4);
}

// firmware/core/ruleset-format.ts
var RULESET_MAGIC = 21059;
var RULESET_FORMAT = 1;
var MAX_RULES = 64;
var MAX_CONDITIONS = 6;
var MAX_STACK = 15;
var MAX_EXPONENT = 7;
var CATEGORY_COUNT = 16;
var BIRTHDAY_BIAS = 200;
var ANY_ISSUER = 255;

// firmware/core/ruleset.ts
var ACTIONS_OF_PHASE = [0, 128, 6, 6, 6, 24, 96];
function checkRuleset(ruleset2) {
  if (
    ruleset2.length < 72 /* SizeBytes */ ||
    getUint(ruleset2, 0 /* Magic */, 2) !== RULESET_MAGIC ||
    getUint(ruleset2, 4 /* LengthBytes */, 2) !== ruleset2.length
  ) {
    return 20 /* Malformed */;
  }
  if (!isHeaderKnown(ruleset2)) return 22 /* Unsupported */;
  let offset = rulesOffset(ruleset2);
  let previous = -1;
  for (let i = 0; i < ruleset2[3 /* RuleCount */]; i++) {
    const end = offset + 28 /* SizeBytes */;
    if (end > ruleset2.length || nextRuleOffset(ruleset2, offset) > ruleset2.length) {
      return 20 /* Malformed */;
    }
    const place =
      ((ruleset2[offset + 2 /* Phase */] * 16 + ruleset2[offset + 3 /* Stack */]) * 256 +
        ruleset2[offset + 1 /* Order */]) *
        256 +
      ruleset2[offset + 0 /* Id */];
    if (place <= previous || !isRuleKnown(ruleset2, offset)) return 22 /* Unsupported */;
    previous = place;
    offset = nextRuleOffset(ruleset2, offset);
  }
  return offset === ruleset2.length ? 0 /* Ok */ : 20 /* Malformed */;
}
function acceptsIssuer(ruleset2, acceptor, issuer) {
  const end = rulesOffset(ruleset2);
  let isAccepted = acceptor === issuer;
  for (let pair = 72 /* SizeBytes */; pair < end; pair += 2) {
    isAccepted =
      isAccepted || (isShop(ruleset2[pair], acceptor) && isShop(ruleset2[pair + 1], issuer));
  }
  return isAccepted;
}
function isShop(pattern, shop) {
  return pattern === shop || pattern === ANY_ISSUER;
}
function rulesOffset(ruleset2) {
  return 72 /* SizeBytes */ + ruleset2[66 /* AcceptCount */] * 2;
}
function nextRuleOffset(ruleset2, rule) {
  return rule + 28 /* SizeBytes */ + ruleset2[rule + 6 /* ConditionCount */] * 4 /* SizeBytes */;
}
function stackMode(ruleset2, stack) {
  return (ruleset2[52 /* StackModes */ + (stack >> 2)] >> ((stack & 3) * 2)) & 3;
}
function decimal(ruleset2, mantissaOffset, exponent) {
  let value = getUint(ruleset2, mantissaOffset, 2);
  for (let i = 0; i < exponent; i++) value *= 10;
  return value;
}
function decimalAt(ruleset2, offset) {
  return decimal(ruleset2, offset, ruleset2[offset + 2]);
}
function isHeaderKnown(ruleset2) {
  const limits = [
    [2 /* Format */, 1, RULESET_FORMAT, RULESET_FORMAT],
    [3 /* RuleCount */, 1, 0, MAX_RULES],
    [16 /* CutoffMinute */, 2, 0, 1439],
    [18 /* RoundToRial */, 4, 1, 4294967295],
    [32 /* RedeemUnitRial */, 4, 1, 4294967295],
    [46 /* RedeemMaxBps */, 2, 0, 1e4],
    [56 /* LotWindow */, 1, 1 /* Days */, 3 /* Never */ + 4 /* EndOfMonth */],
    [60 /* DisplayDivisor */, 2, 1, 65535],
    [63 /* Flags */, 1, 0, 3],
    [65 /* PeriodMonths */, 1, 0, 12],
    [67 /* Reserved */, 5, 0, 0],
  ];
  for (let i = 0; i < limits.length; i++) {
    const limit = limits[i];
    const value = getUint(ruleset2, limit[0], limit[1]);
    if (value < limit[2] || value > limit[3]) return false;
  }
  for (let stack = 0; stack <= MAX_STACK; stack++) {
    if (stackMode(ruleset2, stack) > 2 /* Sum */) return false;
  }
  const months = ruleset2[65 /* PeriodMonths */];
  if (months > 0 && 12 % months > 0) return false;
  return ruleset2[56 /* LotWindow */] !== 4 /* EndOfMonth */;
}
function isRuleKnown(ruleset2, rule) {
  const action = ruleset2[rule + 4 /* Action */];
  const base = ruleset2[rule + 5 /* Base */];
  if (
    ruleset2[rule + 2 /* Phase */] > 6 /* Promote */ ||
    ruleset2[rule + 3 /* Stack */] > MAX_STACK ||
    action > 7 /* Refuse */ ||
    base > 16 /* Category */ + 15 ||
    ruleset2[rule + 6 /* ConditionCount */] > MAX_CONDITIONS ||
    ruleset2[rule + 7 /* LotWindow */] > 3 /* Never */ + 4 /* EndOfMonth */ ||
    ruleset2[rule + 7 /* LotWindow */] === 4 /* EndOfMonth */ ||
    ruleset2[rule + 12 /* Argument */ + 2] > MAX_EXPONENT ||
    ruleset2[rule + 15 /* Unit */ + 2] > MAX_EXPONENT ||
    ruleset2[rule + 18 /* Cap */ + 2] > MAX_EXPONENT ||
    ruleset2[rule + 25 /* Flags */] > 1 /* ClaimsBirthday */ ||
    getUint(ruleset2, rule + 26 /* Reserved */, 2) > 0
  ) {
    return false;
  }
  const argument = decimalAt(ruleset2, rule + 12 /* Argument */);
  const unit = decimalAt(ruleset2, rule + 15 /* Unit */);
  if ((ACTIONS_OF_PHASE[ruleset2[rule + 2 /* Phase */]] & (1 << action)) === 0) return false;
  if (base > 1 /* Gross */ && base < 16 /* Category */) return false;
  if (action === 1 /* Bps */ && argument > 1e4) return false;
  if (action === 3 /* PointsPerUnit */ && (unit === 0 || argument > 65535)) return false;
  if (action === 5 /* SetGroup */ && argument > 255) return false;
  if (action === 6 /* IncrementPunch */ && (argument > 3 || unit > 255)) return false;
  const end = nextRuleOffset(ruleset2, rule);
  for (let at = rule + 28 /* SizeBytes */; at < end; at += 4 /* SizeBytes */) {
    const operator = ruleset2[at + 1 /* Operator */];
    if (!isField(ruleset2[at]) || operator % 8 === 0 || operator % 16 > 7 /* Bit */) return false;
    if (operator >= (MAX_EXPONENT + 1) * 16) return false;
  }
  return true;
}
function isField(field) {
  return (
    (field >= 1 /* Gross */ && field < 25) /* EndPlain */ ||
    (field >= 32 /* Day */ && field < 43) /* EndTime */ ||
    (field >= 48 /* CategoryQuantity */ && field < 80) /* End */
  );
}

// firmware/core/tap-context.ts
var ruleset;
var purchase;
var day;
var after;
var decision;
function startTap(tapRuleset, tapPurchase, tapDay, tapAfter, tapDecision) {
  ruleset = tapRuleset;
  purchase = tapPurchase;
  day = tapDay;
  after = tapAfter;
  decision = tapDecision;
}

// firmware/core/lots.ts
var LAST_LOT = 55 /* Grant */ - 5 /* Count */;
function expireLots() {
  let expiredRial = 0;
  for (let lot = 25 /* Lots */; lot < 55 /* Grant */; lot += 5 /* Count */) {
    if (after[lot + 2 /* UntilDay */] < day) {
      expiredRial += after[lot];
      clearLot(lot);
    }
  }
  return expiredRial;
}
function sumLots(isSpendableOnly) {
  let sumRial = 0;
  for (let lot = 25 /* Lots */; lot < 55 /* Grant */; lot += 5 /* Count */) {
    if (!isSpendableOnly || isSpendable(lot)) sumRial += after[lot];
  }
  return sumRial;
}
function spendLots() {
  let restRial = decision[16 /* UsedRial */];
  while (restRial > 0) {
    let next = 0;
    let nextRank = MAX_RIAL;
    for (let lot = 25 /* Lots */; lot < 55 /* Grant */; lot += 5 /* Count */) {
      const rank = after[lot + 2 /* UntilDay */] * 65536 + after[lot + 1 /* FromDay */];
      if (rank < nextRank && isSpendable(lot)) {
        next = lot;
        nextRank = rank;
      }
    }
    const takenRial = Math.min(restRial, after[next]);
    restRial -= takenRial;
    const issuer = after[next + 3 /* Issuer */];
    const end = 23 /* UsedByIssuer */ + decision[9 /* IssuerCount */] * 2;
    let share = 23 /* UsedByIssuer */;
    while (share < end && decision[share] !== issuer) share += 2;
    if (share === end) {
      decision[9 /* IssuerCount */]++;
      decision[share] = issuer;
      decision[share + 1] = 0;
    }
    decision[share + 1] += takenRial;
    after[next] -= takenRial;
    if (after[next] === 0) clearLot(next);
  }
}
function placeGrant() {
  let place = 0;
  let keep = 0;
  let nearestDays = DAY_NEVER + 1;
  for (let lot = LAST_LOT; lot >= 25 /* Lots */; lot -= 5 /* Count */) {
    if (after[lot] === 0) place = lot;
    else if (isSameLot(lot)) {
      place = lot;
      break;
    }
  }
  for (let a = place > 0 ? 55 /* Grant */ : 25 /* Lots */; a < 55 /* Grant */; a += 5 /* Count */) {
    for (let b = a + 5 /* Count */; b <= 55 /* Grant */; b += 5 /* Count */) {
      const gapDays = Math.abs(after[a + 2 /* UntilDay */] - after[b + 2 /* UntilDay */]);
      if (gapDays < nearestDays && isJoinable(a, b)) {
        nearestDays = gapDays;
        keep = a;
        place = b;
      }
    }
  }
  if (keep > 0) joinLots(keep, place);
  if (place > 0) joinLots(place, 55 /* Grant */);
}
function clearLot(lot) {
  for (let i = 0; i < 5 /* Count */; i++) after[lot + i] = 0;
}
function isSpendable(lot) {
  return (
    after[lot] > 0 &&
    after[lot + 1 /* FromDay */] <= day &&
    after[lot + 2 /* UntilDay */] >= day &&
    acceptsIssuer(ruleset, purchase.issuer, after[lot + 3 /* Issuer */])
  );
}
function isSameLot(lot) {
  const fromDay = after[lot + 1 /* FromDay */];
  return (
    after[lot + 2 /* UntilDay */] === after[55 /* Grant */ + 2 /* UntilDay */] &&
    (fromDay <= day || fromDay === after[55 /* Grant */ + 1 /* FromDay */]) &&
    isJoinable(lot, 55 /* Grant */)
  );
}
function isJoinable(a, b) {
  return (
    after[a + 3 /* Issuer */] === after[b + 3 /* Issuer */] &&
    after[a + 4 /* Kind */] === after[b + 4 /* Kind */] &&
    after[a + 1 /* FromDay */] <= day === after[b + 1 /* FromDay */] <= day
  );
}
function joinLots(into, from) {
  after[into] += after[from];
  for (let i = 1; i < 5 /* Count */; i++) {
    after[into + i] = Math.max(after[into + i], after[from + i]);
  }
  clearLot(from);
}

// firmware/core/calendar.ts
var UNIX_DAYS_TO_EPOCH = 18262;
var CYCLE_YEARS = 33;
var CYCLE_LEAP_YEARS = 8;
var CYCLE_DAYS = 12053;
var CYCLE_PHASE = 21;
var DAYS_TO_EPOCH = 510895;
var FIRST_HALF_DAYS = 186;
function businessDay(unixSeconds, offsetMinutes, cutoffMinute) {
  return Math.floor((unixSeconds / 60 + offsetMinutes - cutoffMinute) / 1440) - UNIX_DAYS_TO_EPOCH;
}
function minuteOfDay(unixSeconds, offsetMinutes) {
  return (Math.floor(unixSeconds / 60) + offsetMinutes) % 1440;
}
function monthOf(day2) {
  const shifted = CYCLE_YEARS * (day2 + DAYS_TO_EPOCH) + (CYCLE_YEARS - 1 - CYCLE_PHASE);
  const firstMonth = Math.floor(shifted / CYCLE_DAYS) * 12;
  const dayOfYear = day2 - monthStart(firstMonth);
  return (
    firstMonth + Math.floor(dayOfYear < FIRST_HALF_DAYS ? dayOfYear / 31 : (dayOfYear - 6) / 30)
  );
}
function monthStart(month) {
  const year = Math.floor(month / 12);
  const monthsPast = month - year * 12;
  const leapYears = Math.floor((year * CYCLE_LEAP_YEARS + CYCLE_PHASE) / CYCLE_YEARS);
  const shortMonths = Math.max(monthsPast - 6, 0);
  return year * 365 + leapYears - DAYS_TO_EPOCH + monthsPast * 31 - shortMonths;
}
function dayInMonth(month, dayOfMonth) {
  return Math.min(monthStart(month) + dayOfMonth, monthStart(month + 1)) - 1;
}
function nearestBirthday(day2, birthMonth, birthDay) {
  const thisMonth = monthOf(day2);
  const month = thisMonth - (thisMonth % 12) + birthMonth - 1;
  const birthday = dayInMonth(month, birthDay);
  if (day2 - birthday > 183) return dayInMonth(month + 12, birthDay);
  return day2 - birthday < -182 ? dayInMonth(month - 12, birthDay) : birthday;
}
function fromJalali(year, month, day2) {
  return dayInMonth(year * 12 + month - 1, day2);
}
function jalaliMonthDays(year, month) {
  return monthStart(year * 12 + month) - monthStart(year * 12 + month - 1);
}

// firmware/core/rule-fields.ts
var values = [];
for (let i = 0; i < 43 /* EndTime */; i++) values.push(0);
var birthdayClaimYear = 0;
function fieldValue(field) {
  const list = purchase.categories;
  if (field < 48 /* CategoryQuantity */) return values[field];
  return list === void 0 ? 0 : list[field - 48 /* CategoryQuantity */];
}
function fillTapFields(identity) {
  const list = purchase.categories;
  let isFine = isAmount(purchase.grossRial) && isAmount(purchase.askedCreditRial);
  let quantity = 0;
  if (list !== void 0) {
    for (let i = 0; i < CATEGORY_COUNT * 2; i++) {
      isFine = isFine && isAmount(list[i]);
      if (i < CATEGORY_COUNT) quantity += list[i];
    }
  }
  const visits = after[6 /* Visits */];
  const sinceLast = day - after[8 /* LastDay */];
  const month = monthOf(day);
  values[1 /* Gross */] = purchase.grossRial;
  values[3 /* Quantity */] = quantity;
  values[4 /* Partner */] = purchase.issuer;
  values[5 /* Terminal */] = purchase.terminal;
  values[7 /* Kind */] = identity[4 /* Kind */];
  values[17 /* Gender */] = identity[11 /* Gender */];
  values[18 /* Attribute1 */] = identity[13 /* Attribute1 */];
  values[19 /* Attribute2 */] = identity[14 /* Attribute2 */];
  values[8 /* Group */] = after[1 /* Group */];
  values[20 /* Offers */] = after[18 /* OffersEntitled */] & ~after[19 /* OffersUsed */];
  values[37 /* NewVisit */] = visits > 0 && sinceLast === 0 ? 0 : 1;
  values[38 /* SinceLast */] = visits > 0 ? sinceLast : 0;
  values[39 /* GroupDays */] = day - after[2 /* GroupSinceDay */];
  values[32 /* Day */] = day;
  values[33 /* Minute */] = purchase.minute;
  values[34 /* DayOfWeek */] = (day + 4) % 7;
  values[35 /* JalaliMonth */] = (month % 12) + 1;
  values[36 /* JalaliDay */] = day - monthStart(month) + 1;
  fillBirthday(identity);
  return isFine;
}
function fillStateFields() {
  const visits = after[6 /* Visits */];
  const lifeDays = after[8 /* LastDay */] - after[7 /* FirstDay */];
  values[9 /* Visits */] = visits;
  values[10 /* Average */] = visits > 0 ? Math.floor(after[12 /* LifeSpendRial */] / visits) : 0;
  values[11 /* Gap */] = visits > 1 ? Math.floor(lifeDays / (visits - 1)) : 0;
  values[12 /* PeriodSpend */] = after[14 /* PeriodSpendRial */];
  values[13 /* PeriodVisits */] = after[15 /* PeriodVisits */];
  values[14 /* Points */] = after[4 /* Points */];
  values[15 /* Credit */] = sumLots(false);
  values[16 /* Debt */] = after[5 /* DebtRial */];
  for (let i = 0; i < PUNCH_COUNT; i++) values[21 /* Punch */ + i] = after[21 /* Punches */ + i];
}
function fillNet(netRial) {
  const average = values[10 /* Average */];
  values[2 /* Net */] = netRial;
  values[6 /* Ratio */] = average > 0 ? Math.floor((netRial * 100) / average) : 0;
}
function isAmount(amount) {
  return amount >= 0 && amount <= MAX_RIAL && amount % 1 === 0;
}
function fillBirthday(identity) {
  const birthMonth = identity[9 /* BirthMonth */];
  const birthYear = identity[8 /* BirthYear */];
  let age = 0;
  let delta = 0;
  let isClaimed = 0;
  birthdayClaimYear = after[20 /* BirthdayClaimYear */];
  if (birthMonth > 0) {
    const birthday = nearestBirthday(day, birthMonth, identity[10 /* BirthDay */]);
    const year = Math.floor(monthOf(birthday) / 12);
    if (birthdayClaimYear === year - 1400) isClaimed = 1;
    if (birthYear > 0) age = Math.max(year - birthYear - (birthday > day ? 1 : 0), 0);
    birthdayClaimYear = year - 1400;
    delta = day - birthday + BIRTHDAY_BIAS;
  }
  values[40 /* Age */] = age;
  values[41 /* BirthdayDelta */] = delta;
  values[42 /* BirthdayClaimed */] = isClaimed;
}

// firmware/core/rule-phase.ts
var NO_LAST_DAY = 65535;
var grantCount = 0;
var grantRules = [];
var grantAmounts = [];
var cursor = 0;
function startPhases() {
  cursor = rulesOffset(ruleset);
}
function runPhase(phase) {
  let sum = 0;
  grantCount = 0;
  while (cursor < ruleset.length && ruleset[cursor + 2 /* Phase */] === phase) {
    const rule = cursor;
    cursor = nextRuleOffset(ruleset, rule);
    if (applies(rule)) sum += addGrant(rule, ruleResult(rule));
  }
  return sum;
}
function applies(rule) {
  const isTimeKnown = decision[8 /* IsClockSuspect */] === 0;
  const firstDay = getUint(ruleset, rule + 21 /* FirstDay */, 2);
  const lastDay = getUint(ruleset, rule + 23 /* LastDay */, 2);
  let isFine =
    day >= firstDay &&
    day <= lastDay &&
    (isTimeKnown || (firstDay === 0 && lastDay === NO_LAST_DAY));
  for (let at = rule + 28 /* SizeBytes */; isFine && at < cursor; at += 4 /* SizeBytes */) {
    const field = ruleset[at];
    isFine =
      (isTimeKnown || field < 32 /* Day */ || field >= 43) /* EndTime */ &&
      holds(at, fieldValue(field));
  }
  return isFine;
}
function holds(condition, value) {
  const packed = ruleset[condition + 1 /* Operator */];
  const operator = packed % 16;
  const limit = decimal(ruleset, condition + 2 /* Mantissa */, Math.floor(packed / 16));
  if (operator === 7 /* Bit */) return Math.floor(value / 2 ** limit) % 2 === 1;
  const relation = value < limit ? 1 /* Less */ : value > limit ? 4 /* Greater */ : 2 /* Equal */;
  return (operator & relation) !== 0;
}
function ruleResult(rule) {
  const action = ruleset[rule + 4 /* Action */];
  const base = ruleset[rule + 5 /* Base */];
  const cap = decimalAt(ruleset, rule + 18 /* Cap */);
  let baseRial = values[base === 1 /* Gross */ ? 1 /* Gross */ : 2 /* Net */];
  if (base >= 16 /* Category */) {
    baseRial = Math.min(baseRial, fieldValue(64 /* CategoryAmount */ - 16 /* Category */ + base));
  }
  let result = decimalAt(ruleset, rule + 12 /* Argument */);
  if (action === 1 /* Bps */) result = mulBps(baseRial, result);
  else if (action === 3 /* PointsPerUnit */) {
    result *= Math.min(Math.floor(baseRial / decimalAt(ruleset, rule + 15 /* Unit */)), MAX_U32);
  } else if (action >= 6 /* IncrementPunch */) result = 1;
  return Math.min(result, cap > 0 ? cap : MAX_RIAL);
}
function addGrant(rule, amount) {
  const stack = ruleset[rule + 3 /* Stack */];
  const mode = stackMode(ruleset, stack);
  const last2 = grantCount - 1;
  let rise = amount;
  if (mode < 2 /* Sum */ && last2 >= 0 && ruleset[grantRules[last2] + 3 /* Stack */] === stack) {
    rise -= grantAmounts[last2];
    if (mode === 0 /* First */ || rise <= 0) return 0;
    grantCount = last2;
  }
  grantRules[grantCount] = rule;
  grantAmounts[grantCount++] = amount;
  return rise;
}

// firmware/core/tap-earn.ts
var MAX_COUNT = 65535;
function earn() {
  const netRial = purchase.grossRial - decision[16 /* UsedRial */];
  fillNet(netRial);
  decision[19 /* DiscountRial */] = rounded(Math.min(runPhase(3 /* Discount */), netRial));
  recordFired();
  decision[2 /* PayableRial */] = netRial - decision[19 /* DiscountRial */];
  fillNet(decision[2 /* PayableRial */]);
  const capRial = getUint(ruleset, 22 /* PerTapCapRial */, 5);
  const maxRial = getUint(ruleset, 27 /* MaxBalanceRial */, 5);
  const roomRial = Math.max((maxRial > 0 ? maxRial : MAX_RIAL) - sumLots(false), 0);
  const earnedRial = Math.min(
    runPhase(4 /* Earn */),
    roomRial + after[5 /* DebtRial */],
    capRial > 0 ? capRial : MAX_RIAL,
  );
  recordFired();
  grantCredit(rounded(earnedRial));
  decision[21 /* PointsEarned */] = Math.min(
    runPhase(5 /* Points */),
    MAX_U32 - after[4 /* Points */],
  );
  recordFired();
  after[4 /* Points */] += decision[21 /* PointsEarned */];
}
function addStatistics() {
  const spendRial = purchase.grossRial - decision[19 /* DiscountRial */];
  if (values[37 /* NewVisit */] > 0) {
    if (after[6 /* Visits */] === 0) after[7 /* FirstDay */] = day;
    raise(6 /* Visits */, 1, MAX_COUNT);
    raise(15 /* PeriodVisits */, 1, MAX_COUNT);
  }
  after[8 /* LastDay */] = day;
  raise(12 /* LifeSpendRial */, spendRial, MAX_RIAL);
  raise(14 /* PeriodSpendRial */, spendRial, MAX_RIAL);
}
function rollPeriod() {
  const months = ruleset[65 /* PeriodMonths */];
  const startMonth = monthOf(after[13 /* PeriodStartDay */]);
  if (months > 0 && Math.floor(startMonth / months) !== Math.floor(monthOf(day) / months)) {
    startPeriod();
  }
}
function startPeriod() {
  after[13 /* PeriodStartDay */] = day;
  after[14 /* PeriodSpendRial */] = 0;
  after[15 /* PeriodVisits */] = 0;
}
function promote() {
  runPhase(6 /* Promote */);
  for (let i = 0; i < grantCount; i++) {
    const rule = grantRules[i];
    const argument = decimalAt(ruleset, rule + 12 /* Argument */);
    if (ruleset[rule + 4 /* Action */] === 6 /* IncrementPunch */) {
      const punch = 21 /* Punches */ + argument;
      raise(punch, 1, 255);
      const size = decimalAt(ruleset, rule + 15 /* Unit */);
      if (size > 0 && after[punch] >= size) after[punch] = 0;
    } else if (argument > after[1 /* Group */]) {
      after[1 /* Group */] = argument;
      after[2 /* GroupSinceDay */] = day;
    } else grantAmounts[i] = 0;
  }
  recordFired();
}
function recordFired() {
  for (let i = 0; i < grantCount; i++) {
    const rule = grantRules[i];
    if (grantAmounts[i] > 0) {
      decision[35 /* FiredRules */ + decision[10 /* FiredCount */]++] = ruleset[rule];
      if (ruleset[rule + 25 /* Flags */] > 0) after[20 /* BirthdayClaimYear */] = birthdayClaimYear;
    }
  }
}
function raise(field, amount, limit) {
  after[field] = Math.min(after[field] + amount, limit);
}
function rounded(amountRial) {
  return amountRial - (amountRial % getUint(ruleset, 18 /* RoundToRial */, 4));
}
function grantCredit(earnedRial) {
  let restRial = earnedRial;
  for (let i = 0; i < grantCount; i++) {
    const shareRial = Math.min(grantAmounts[i], restRial);
    const debtPaidRial = Math.min(shareRial, after[5 /* DebtRial */]);
    restRial -= shareRial;
    after[5 /* DebtRial */] -= debtPaidRial;
    decision[3 /* DebtPaidRial */] += debtPaidRial;
    if (shareRial > debtPaidRial) {
      fillGrant(grantRules[i], shareRial - debtPaidRial);
      placeGrant();
      decision[4 /* DeferredRial */] += after[55 /* Grant */];
      clearLot(55 /* Grant */);
    }
  }
  decision[17 /* EarnedRial */] = earnedRial - decision[4 /* DeferredRial */];
}
function fillGrant(rule, amountRial) {
  const ownMode = ruleset[rule + 7 /* LotWindow */];
  const window = ownMode === 0 /* Default */ ? 56 /* LotWindow */ : rule + 7 /* LotWindow */;
  const mode = ruleset[window];
  const fromDay = day + ruleset[window + 1 /* FromDays */];
  let untilDay = getUint(ruleset, window + 2 /* Until */, 2);
  if (mode % 4 /* EndOfMonth */ === 1 /* Days */) untilDay += day;
  if (untilDay < fromDay) untilDay = fromDay;
  if (mode > 4 /* EndOfMonth */) untilDay = monthStart(monthOf(untilDay) + 1) - 1;
  after[55 /* Grant */] = amountRial;
  after[55 /* Grant */ + 1 /* FromDay */] = fromDay;
  after[55 /* Grant */ + 2 /* UntilDay */] =
    mode % 4 /* EndOfMonth */ === 3 /* Never */ ? DAY_NEVER : Math.min(untilDay, DAY_NEVER - 1);
  after[55 /* Grant */ + 3 /* Issuer */] = purchase.issuer;
  after[55 /* Grant */ + 4 /* Kind */] = ruleset[rule + 11 /* LotKind */];
}

// firmware/core/evaluate.ts
function createDecision() {
  const decision2 = [];
  clearDecision(decision2);
  return decision2;
}
function evaluateTap(ruleset2, state, identity, purchase2, after2, decision2) {
  const lastDay = state[8 /* LastDay */];
  startTap(ruleset2, purchase2, Math.max(purchase2.day, lastDay), after2, decision2);
  copyRecord(state, after2);
  clearDecision(decision2);
  decision2[8 /* IsClockSuspect */] = lastDay > purchase2.day + 1 ? 1 : 0;
  decision2[18 /* ExpiredRial */] = expireLots();
  decision2[0 /* Outcome */] = guardCard(identity);
  if (decision2[0 /* Outcome */] === 0 /* Ok */) {
    if (purchase2.kind === 2 /* Sale */) decision2[0 /* Outcome */] = sell(identity);
    else if (purchase2.kind === 1 /* Enrol */) enrol();
    else if (usageRefusal() === 0 /* Ok */) decision2[1 /* AvailableRial */] = sumLots(true);
  }
  decision2[22 /* Points */] = after2[4 /* Points */];
  decision2[7 /* Group */] = after2[1 /* Group */];
  for (let lot = 25 /* Lots */; lot < 55 /* Grant */; lot += 5 /* Count */) {
    const untilDay = after2[lot + 2 /* UntilDay */];
    decision2[20 /* BalanceRial */] += after2[lot];
    if (after2[lot] > 0 && untilDay < decision2[5 /* NextExpiryDay */]) {
      decision2[5 /* NextExpiryDay */] = untilDay;
      decision2[6 /* NextExpiryRial */] = after2[lot];
    }
  }
  if (decision2[0 /* Outcome */] !== 0 /* Ok */ || purchase2.kind === 3 /* Balance */)
    copyRecord(state, after2);
  else {
    after2[8 /* LastDay */] = day;
    after2[9 /* LastMinute */] = purchase2.minute;
    after2[10 /* LastTerminal */] = purchase2.terminal;
    after2[11 /* LastSequence */] = purchase2.sequence;
  }
}
function clearDecision(decision2) {
  for (let i = 0; i < 23 /* UsedByIssuer */; i++) decision2[i] = 0;
  decision2[5 /* NextExpiryDay */] = DAY_NEVER;
}
function guardCard(identity) {
  const flags = after[0 /* Flags */];
  const cardKind = identity[4 /* Kind */];
  const isGift = cardKind === 2 /* Gift */;
  const isStaff = cardKind > 2 /* Gift */ && cardKind !== 9 /* Test */;
  const isEnrolment = purchase.kind === 1 /* Enrol */;
  if (isStaff || purchase.kind > 3 /* Balance */ || (isGift && isEnrolment)) {
    return 5 /* WrongKind */;
  }
  if ((flags & 2) /* Blocked */ !== 0) return 3 /* Blocked */;
  if (identity[7 /* ExpiryDay */] < day) return 4 /* CardExpired */;
  const isEnrolled = (flags & 1) /* Enrolled */ !== 0;
  if (isEnrolled === isEnrolment) {
    return isEnrolled ? 2 /* AlreadyEnrolled */ : 1 /* NotEnrolled */;
  }
  const isPending = (flags & 4) /* Pending */ !== 0;
  return isPending && purchase.kind === 2 /* Sale */ ? 12 /* Pending */ : 0 /* Ok */;
}
function enrol() {
  after[0 /* Flags */] |= 1 /* Enrolled */;
  if ((ruleset[63 /* Flags */] & 2) /* ClosedClub */ !== 0) {
    after[0 /* Flags */] |= 4 /* Pending */;
  }
  after[1 /* Group */] = ruleset[64 /* EnrolGroup */];
  after[2 /* GroupSinceDay */] = day;
  after[6 /* Visits */] = 0;
  after[7 /* FirstDay */] = 0;
  after[12 /* LifeSpendRial */] = 0;
  after[16 /* DayRedeemRial */] = 0;
  after[20 /* BirthdayClaimYear */] = 0;
  startPeriod();
}
function sell(identity) {
  rollPeriod();
  if (!fillTapFields(identity)) return 7 /* BadAmount */;
  fillStateFields();
  fillNet(purchase.grossRial);
  startPhases();
  runPhase(1 /* Guard */);
  recordFired();
  if (grantCount > 0) return 11 /* RefusedByRule */;
  const refusal = useCredit();
  if (refusal === 0 /* Ok */) {
    earn();
    addStatistics();
    fillStateFields();
    promote();
  }
  return refusal;
}
function useCredit() {
  const askedRial = purchase.askedCreditRial;
  if (after[8 /* LastDay */] !== day) after[16 /* DayRedeemRial */] = 0;
  runPhase(2 /* Redeem */);
  const refusal = usageRefusal();
  if (refusal !== 0 /* Ok */) return askedRial > 0 ? refusal : 0 /* Ok */;
  const creditRial = sumLots(true);
  const limitRial = usageLimit(creditRial);
  const unitRial = getUint(ruleset, 32 /* RedeemUnitRial */, 4);
  const minRial = getUint(ruleset, 36 /* RedeemMinRial */, 5);
  const availableRial = limitRial === creditRial ? limitRial : limitRial - (limitRial % unitRial);
  decision[1 /* AvailableRial */] = availableRial < minRial ? 0 : availableRial;
  if (askedRial === 0) return 0 /* Ok */;
  if (askedRial > decision[1 /* AvailableRial */]) return 6 /* InsufficientCredit */;
  if (askedRial < minRial) return 7 /* BadAmount */;
  if (askedRial !== availableRial && askedRial % unitRial !== 0) return 7 /* BadAmount */;
  decision[16 /* UsedRial */] = askedRial;
  spendLots();
  raise(16 /* DayRedeemRial */, askedRial, MAX_U32);
  return 0 /* Ok */;
}
function usageRefusal() {
  if ((after[0 /* Flags */] & 8) /* EarnOnly */ !== 0) return 8 /* EarnOnly */;
  if (after[5 /* DebtRial */] > 0) return 9 /* DebtOpen */;
  const needsClock = (ruleset[63 /* Flags */] & 1) /* RedeemWhenClockSuspect */ === 0;
  return needsClock && decision[8 /* IsClockSuspect */] > 0 ? 10 /* ClockSuspect */ : 0 /* Ok */;
}
function usageLimit(creditRial) {
  const maxRial = getUint(ruleset, 41 /* RedeemMaxRial */, 5);
  const dayRial = getUint(ruleset, 48 /* RedeemDayRial */, 4);
  const billRial = mulBps(purchase.grossRial, getUint(ruleset, 46 /* RedeemMaxBps */, 2));
  const leftTodayRial = Math.max(dayRial - after[16 /* DayRedeemRial */], 0);
  let limitRial = Math.min(
    billRial,
    creditRial,
    maxRial > 0 ? maxRial : MAX_RIAL,
    dayRial > 0 ? leftTodayRial : MAX_RIAL,
  );
  for (let i = 0; i < grantCount; i++) limitRial = Math.min(limitRial, grantAmounts[i]);
  return limitRial;
}

// firmware/core/journal-entry.ts
var MAX_ENTRY_BYTES = 160;
var KEY_COUNT = 29;
var FIRST_NUMBER_KEY = 8;
var STRING_BYTES = [0, 7, 36, 15, 0, 0, 0, 0];
var NUMBER_BYTES = 5;
var ISSUER_BYTES = 6;
function createEntry() {
  const entry2 = { values: [], strings: [], lengths: [] };
  for (let key = 0; key < KEY_COUNT; key++) {
    entry2.strings.push(newBytes(key < FIRST_NUMBER_KEY ? STRING_BYTES[key] : 0));
  }
  clearEntry(entry2);
  return entry2;
}
function clearEntry(entry2) {
  for (let key = 0; key < KEY_COUNT; key++) {
    entry2.values[key] = 0;
    entry2.lengths[key] = 0;
  }
}
function setEntryString(entry2, key, from, offset, lengthBytes) {
  copyBytes(from, offset, entry2.strings[key], 0, lengthBytes);
  entry2.lengths[key] = lengthBytes;
}
function fillIntent(entry2, identity, purchase2, decision2, rulesetVersion) {
  const values2 = entry2.values;
  values2[8 /* MemberId */] = identity[5 /* MemberId */];
  values2[9 /* Serial */] = identity[2 /* Serial */];
  values2[10 /* CardNumber */] = identity[3 /* CardNumber */];
  values2[12 /* Kind */] = purchase2.kind;
  values2[13 /* Day */] = purchase2.day;
  values2[14 /* Minute */] = purchase2.minute;
  values2[15 /* GrossRial */] = purchase2.grossRial;
  for (let key = 16 /* UsedRial */; key <= 22 /* PointsAfter */; key++) {
    values2[key] = decision2[key];
  }
  values2[23 /* RulesetVersion */] = rulesetVersion;
  const shares = entry2.strings[2 /* UsedByIssuer */];
  const end = decision2[9 /* IssuerCount */] * ISSUER_BYTES;
  let pair = 23 /* UsedByIssuer */;
  for (let at = 0; at < end; at += ISSUER_BYTES) {
    shares[at] = decision2[pair];
    putUint(shares, at + 1, ISSUER_BYTES - 1, decision2[pair + 1]);
    pair += 2;
  }
  entry2.lengths[2 /* UsedByIssuer */] = end;
}
function encodeEntry(entry2, out) {
  let end = 0;
  for (let key = 1; key < KEY_COUNT; key++) {
    let lengthBytes = entry2.lengths[key];
    if (lengthBytes > 0) copyBytes(entry2.strings[key], 0, out, end + 2, lengthBytes);
    for (let rest = entry2.values[key]; rest > 0; rest = Math.floor(rest / 256)) {
      out[end + 2 + lengthBytes] = rest % 256;
      lengthBytes += 1;
    }
    if (lengthBytes > 0) {
      out[end] = key;
      out[end + 1] = lengthBytes;
      end += 2 + lengthBytes;
    }
  }
  return end;
}
function decodeEntry(from, offset, lengthBytes, entry2) {
  const end = offset + lengthBytes;
  let start = offset;
  let lastKey = 0;
  clearEntry(entry2);
  while (start + 2 < end) {
    const key = from[start];
    const sizeBytes = from[start + 1];
    start += 2;
    if (key >= KEY_COUNT) return 22 /* Unsupported */;
    if (key <= lastKey || sizeBytes === 0 || start + sizeBytes > end) return 20 /* Malformed */;
    lastKey = key;
    if (key < FIRST_NUMBER_KEY) {
      if (sizeBytes > STRING_BYTES[key]) return 20 /* Malformed */;
      setEntryString(entry2, key, from, start, sizeBytes);
    } else {
      if (sizeBytes > NUMBER_BYTES || from[start + sizeBytes - 1] === 0) return 20 /* Malformed */;
      entry2.values[key] = getUint(from, start, sizeBytes);
    }
    start += sizeBytes;
  }
  return start === end ? 0 /* Ok */ : 20 /* Malformed */;
}

// back-office/card-views.ts
var IDENTITY_FIELDS = {
  kind: 4 /* Kind */,
  memberId: 5 /* MemberId */,
  cardNumber: 3 /* CardNumber */,
  serial: 2 /* Serial */,
  issueDay: 6 /* IssueDay */,
  expiryDay: 7 /* ExpiryDay */,
  birthYear: 8 /* BirthYear */,
  birthMonth: 9 /* BirthMonth */,
  birthDay: 10 /* BirthDay */,
};
var LOT_FIELDS = {
  amountRial: 0 /* AmountRial */,
  fromDay: 1 /* FromDay */,
  untilDay: 2 /* UntilDay */,
  issuer: 3 /* Issuer */,
  kind: 4 /* Kind */,
};
var STATE_FIELDS = {
  flags: 0 /* Flags */,
  group: 1 /* Group */,
  groupSinceDay: 2 /* GroupSinceDay */,
  groupReviewDay: 3 /* GroupReviewDay */,
  points: 4 /* Points */,
  debtRial: 5 /* DebtRial */,
  visits: 6 /* Visits */,
  firstDay: 7 /* FirstDay */,
  lastDay: 8 /* LastDay */,
  lastMinute: 9 /* LastMinute */,
  lastTerminal: 10 /* LastTerminal */,
  lastSequence: 11 /* LastSequence */,
  lifeSpendRial: 12 /* LifeSpendRial */,
  periodStartDay: 13 /* PeriodStartDay */,
  periodSpendRial: 14 /* PeriodSpendRial */,
  periodVisits: 15 /* PeriodVisits */,
  dayRedeemRial: 16 /* DayRedeemRial */,
  offerEpoch: 17 /* OfferEpoch */,
  offersEntitled: 18 /* OffersEntitled */,
  offersUsed: 19 /* OffersUsed */,
  birthdayClaimYear: 20 /* BirthdayClaimYear */,
};
var MOVEMENT_FIELDS = {
  type: 0 /* Type */,
  terminal: 1 /* Terminal */,
  sequenceLow: 2 /* SequenceLow */,
  day: 3 /* Day */,
  amountRial: 4 /* AmountRial */,
  creditDeltaRial: 5 /* CreditDeltaRial */,
};
var UNKNOWN_BIRTH = { birthYear: 0, birthMonth: 0, birthDay: 0 };
function fillIdentity(identity, clubId, known) {
  identity[1 /* ClubId */] = clubId;
  for (const [name, field] of entriesOf(IDENTITY_FIELDS)) identity[field] = known[name];
}
function tagText(tag2) {
  const bytes = Buffer.alloc(BASE_TAG_BYTES);
  bytes.writeUIntLE(tag2, 0, BASE_TAG_BYTES);
  return bytes.toString("hex");
}
function entriesOf(fields) {
  return Object.entries(fields);
}

// back-office/journal-records.ts
var entry = createEntry();
function readRecord(type, payload) {
  const isKnown = type >= 1 /* Boot */ && type <= 8 /* Shift */;
  if (!isKnown || decodeEntry(payload, 0, payload.length, entry) !== 0 /* Ok */) {
    return { kind: "unreadable" };
  }
  if (type === 2 /* Intent */) return readIntent();
  if (type >= 3 /* Commit */ && type <= 5 /* InDoubt */) {
    const intentSequence = entry.values[8 /* IntentSequence */];
    return { kind: "outcome", intentSequence, outcome: type };
  }
  if (type !== 6 /* Alarm */) return { kind: "other" };
  const uid = uidOfAlarm(hexOf(1 /* Uid */));
  const { values: values2 } = entry;
  return { kind: "alarm", code: values2[8 /* Code */], uid, counter: values2[9 /* Counter */] };
}
function readIntent() {
  const { values: values2 } = entry;
  const intent = {
    uid: hexOf(1 /* Uid */),
    member: values2[8 /* MemberId */],
    serial: values2[9 /* Serial */],
    cardNumber: values2[10 /* CardNumber */],
    counter: values2[11 /* CounterBefore */],
    baseTag: tagText(values2[26 /* BaseTag */]),
    newTag: tagText(values2[27 /* NewTag */]),
    kind: values2[12 /* Kind */],
    day: values2[13 /* Day */],
    minute: values2[14 /* Minute */],
    grossRial: values2[15 /* GrossRial */],
    askedRial: values2[16 /* UsedRial */],
    usedRial: values2[16 /* UsedRial */],
    earnedRial: values2[17 /* EarnedRial */],
    expiredRial: values2[18 /* ExpiredRial */],
    discountRial: values2[19 /* DiscountRial */],
    balanceAfterRial: values2[20 /* BalanceAfterRial */],
    pointsEarned: values2[21 /* PointsEarned */],
    pointsAfter: values2[22 /* PointsAfter */],
    rulesetVersion: values2[23 /* RulesetVersion */],
    cashier: values2[24 /* Cashier */],
    confirms: values2[28 /* Confirms */],
  };
  const isWhole = /^(?:.{8}|.{14})$/.test(intent.uid) && intent.counter > 0;
  return isWhole ? { kind: "intent", intent } : { kind: "unreadable" };
}
function uidOfAlarm(uid) {
  return uid.length === 14 && uid.endsWith("000000") ? uid.slice(0, 8) : uid;
}
function hexOf(key) {
  return toHex(entry.strings[key], entry.lengths[key]);
}
function toHex(bytes, lengthBytes = bytes.length) {
  let text = "";
  for (let i = 0; i < lengthBytes; i++) text += bytes[i].toString(16).padStart(2, "0");
  return text;
}

// back-office/card-seals.ts
var UID_BYTES2 = 7;
var CardSeals = class {
  /** `uid` is 4 or 7 bytes in hex. */
  constructor(aes2, keys, uid) {
    this.aes = aes2;
    const { clubId, keyEpoch } = keys;
    const uidBytes = new Uint8Array(UID_BYTES2);
    uidBytes.set(Buffer.from(uid, "hex"));
    const uidLengthBytes = uid.length / 2;
    this.place = { uid: uidBytes, uidLengthBytes, clubId, counter: 0, keyEpoch };
    const prepare = (master, epoch) => {
      const sealKey = createSivKey();
      deriveSealKey(aes2, master, uidBytes, uidLengthBytes, clubId, epoch, sealKey);
      this.epochs.push({ keyEpoch: epoch, sealKey });
    };
    prepare(keys.sealMaster, keyEpoch);
    if (keys.previousSealMaster !== void 0) prepare(keys.previousSealMaster, keyEpoch - 1);
  }
  aes;
  epochs = [];
  place;
  /** The 144 bytes of the record of `counter`; undefined when they are not that. */
  openState(sealed, offset, counter2) {
    const state = emptyState();
    this.place.counter = counter2;
    const isOpen = this.tryEpochs((sealKey) =>
      openState(this.aes, sealKey, this.place, sealed, offset, state),
    );
    return isOpen ? state : void 0;
  }
  openIdentity(sealed, offset) {
    const identity = emptyIdentity();
    const isOpen = this.tryEpochs((sealKey) =>
      openIdentity(this.aes, sealKey, this.place, sealed, offset, identity),
    );
    return isOpen ? identity : void 0;
  }
  /** "" for a card without a name. */
  openName(sealed, offset) {
    const name = emptyName();
    const isOpen = this.tryEpochs((sealKey) =>
      openName(this.aes, sealKey, this.place, sealed, offset, name),
    );
    if (!isOpen) return void 0;
    return Buffer.from(name.utf8).subarray(0, name.lengthBytes).toString("utf8");
  }
  /** A movement carries no seal: with the wrong epoch's key it would read as nonsense. */
  openMovement(block3, offset, keyEpoch) {
    const entry2 = emptyLogEntry();
    const epoch = this.epochs.find((held) => held.keyEpoch === keyEpoch) ?? this.epochs[0];
    const status = openLogEntry(this.aes, epoch.sealKey, block3, offset, entry2);
    return status === 0 /* Ok */ ? entry2 : void 0;
  }
  clubId() {
    return this.place.clubId;
  }
  /** Key epoch of the record opened last. */
  keyEpoch() {
    return this.place.keyEpoch;
  }
  /** The sealed record whose tag is `tag`, in whichever epoch; undefined when none is. */
  sealAs(state, counter2, tag2) {
    const sealed = new Uint8Array(SEALED_STATE_BYTES);
    this.place.counter = counter2;
    const isSealed = this.tryEpochs((sealKey) => {
      const status = sealState(this.aes, sealKey, this.place, state, sealed, 0);
      if (status !== 0 /* Ok */) return status;
      return tagOf(sealed) === tag2 ? 0 /* Ok */ : 25 /* NotFound */;
    });
    return isSealed ? sealed : void 0;
  }
  /** The record of a card as issued, when its tag shows that it was issued empty. */
  sealedWhenIssued(tag2) {
    return this.sealAs(emptyState(), COUNTER_START, tag2);
  }
  tryEpochs(attempt) {
    return this.epochs.some(({ keyEpoch, sealKey }) => {
      this.place.keyEpoch = keyEpoch;
      return attempt(sealKey) === 0 /* Ok */;
    });
  }
};
function tagOf(sealed) {
  return toHex(sealed, BASE_TAG_BYTES);
}

// scripts/attack/contents.ts
var GARBAGE = 0;
var TRIED_AROUND = [0, 2, -2, -4, 4, -6];
var Contents = class {
  records = [{ counter: 0, key: "", sealed: new Uint8Array(SEALED_STATE_BYTES).fill(85) }];
  ids = /* @__PURE__ */ new Map();
  bases = /* @__PURE__ */ new Map();
  sales = /* @__PURE__ */ new Map();
  seals;
  constructor(aes2, keys, uid) {
    this.seals = new CardSeals(aes2, keys, toHex(uid));
  }
  /** What lies in a slot of a card whose counter is about `counter`. */
  inSlot(image, slot, counter2) {
    const sealed = readSlot(image, slot);
    const name = Buffer.from(sealed.buffer).toString("latin1");
    const known = this.ids.get(name);
    if (known !== void 0) return known;
    const even = counter2 + (counter2 % 2);
    const found = TRIED_AROUND.map((offset) => even + offset).find(
      (value) => slotOfCounter(value) === slot && this.seals.openState(sealed, 0, value) !== void 0,
    );
    const id = found === void 0 ? GARBAGE : this.records.length;
    this.ids.set(name, id);
    if (found !== void 0) {
      this.records.push({ counter: found, key: keyOf(found, tagOf(sealed)), sealed });
    }
    return id;
  }
  /** Learns from a journaled intent what its record is made of; `name` is the intent's own. */
  note(intent, name) {
    const key = recordKeyOf(intent);
    this.bases.set(key, keyOf(intent.counter, intent.baseTag));
    if (intent.kind !== 15 /* Abandon */ && intent.confirms === 0) this.sales.set(key, name);
  }
  /** The sales whose effect a record holds. */
  salesIn(key) {
    const sales = /* @__PURE__ */ new Set();
    for (let at = key; at !== void 0; at = this.bases.get(at)) {
      const sale = this.sales.get(at);
      if (sale !== void 0) sales.add(sale);
    }
    return sales;
  }
};
function recordKeyOf(intent) {
  return keyOf(intent.counter - 2, intent.newTag);
}
function writeSlot(image, slot, sealed) {
  for (let i = 0; i < STATE_BLOCK_COUNT; i++) {
    const block3 = sealed.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES);
    image.set(block3, stateBlock(slot, i) * BLOCK_BYTES);
  }
}
function readSlot(image, slot) {
  const sealed = new Uint8Array(SEALED_STATE_BYTES);
  for (let i = 0; i < STATE_BLOCK_COUNT; i++) {
    const start = stateBlock(slot, i) * BLOCK_BYTES;
    sealed.set(image.subarray(start, start + BLOCK_BYTES), i * BLOCK_BYTES);
  }
  return sealed;
}
function keyOf(counter2, tag2) {
  return `${counter2}:${tag2}`;
}

// card-layout/value-block.ts
var MODULUS = 4294967296;
var SIGN = 2147483648;
function encodeValueBlock(value, address, out, offset) {
  const unsigned = value < 0 ? value + MODULUS : value;
  putUint(out, offset, 4, unsigned);
  putUint(out, offset + 4, 4, MODULUS - 1 - unsigned);
  putUint(out, offset + 8, 4, unsigned);
  for (let i = 12; i < 16; i += 2) {
    out[offset + i] = address;
    out[offset + i + 1] = 255 - address;
  }
}
function decodeValueBlock(from, offset, block3) {
  const unsigned = getUint(from, offset, 4);
  const address = from[offset + 12];
  const isValid2 =
    getUint(from, offset + 4, 4) === MODULUS - 1 - unsigned &&
    getUint(from, offset + 8, 4) === unsigned &&
    from[offset + 13] === 255 - address &&
    from[offset + 14] === address &&
    from[offset + 15] === 255 - address;
  if (!isValid2) return 20 /* Malformed */;
  block3.value = unsigned >= SIGN ? unsigned - MODULUS : unsigned;
  block3.address = address;
  return 0 /* Ok */;
}

// host-sim/eeprom.ts
var BLOCK_SIZE_BYTES = 16;
var ERASE_BEGIN = 0.15;
var PROGRAM_BEGIN = 0.55;
var PROGRAM_END = 0.95;
var WEAK_BAND = 0.04;
var WEAK_SHARE = 0.25;
var TEAR_MODELS = [
  "old",
  "erased",
  "partlyErased",
  "partlyProgrammed",
  "newUnacknowledged",
  "weakBits",
];
var Eeprom = class {
  /** `cells`: the content, changed in place. `losePower` is called when an armed tear strikes. */
  constructor(cells, clock, rng, losePower) {
    this.cells = cells;
    this.clock = clock;
    this.rng = rng;
    this.losePower = losePower;
    this.weak = new Uint8Array(cells.length);
  }
  cells;
  clock;
  rng;
  losePower;
  /** EEPROM writes begun since the card was made. */
  writeCount = 0;
  /** Asked at each write; a model makes it a torn one, as `armTear` does. */
  onWrite;
  /** Cells that read by chance; a set bit marks one. */
  weak;
  weakBytes = 0;
  incoming = new Uint8Array(BLOCK_SIZE_BYTES);
  incomingBlock = -1;
  beganUs = 0;
  durationUs = 0;
  tearWrite = 0;
  tearModel = "old";
  cancelNext;
  /** Cuts the power in write number `nthWrite` (as `writeCount` will count it). */
  armTear(nthWrite, model) {
    if (nthWrite <= this.writeCount) throw new RangeError(`write ${nthWrite} has been done`);
    this.tearWrite = nthWrite;
    this.tearModel = model;
  }
  disarm() {
    this.tearWrite = 0;
  }
  /** One byte as the sense amplifier sees it now. */
  readByte(address) {
    const weak = this.weak[address];
    if (weak === 0) return this.cells[address];
    return (this.cells[address] & ~weak) | (this.rng.next() & weak);
  }
  readBlock(block3, out, outOffset) {
    const base = block3 * BLOCK_SIZE_BYTES;
    for (let index = 0; index < BLOCK_SIZE_BYTES; index++) {
      const weak = this.weakBytes === 0 ? 0 : this.weak[base + index];
      out[outOffset + index] = weak === 0 ? this.cells[base + index] : this.readByte(base + index);
    }
  }
  hasWeakCells(block3) {
    const base = block3 * BLOCK_SIZE_BYTES;
    for (let index = 0; index < BLOCK_SIZE_BYTES; index++) {
      if (this.weak[base + index] !== 0) return true;
    }
    return false;
  }
  /** Begins to program 16 bytes; they are in the cells `durationUs` from now. */
  beginWrite(block3, from, fromOffset, durationUs) {
    if (this.incomingBlock >= 0) throw new Error("the EEPROM is programming already");
    this.writeCount++;
    for (let index = 0; index < BLOCK_SIZE_BYTES; index++) {
      this.incoming[index] = from[fromOffset + index];
    }
    this.incomingBlock = block3;
    this.beganUs = this.clock.nowUs;
    this.durationUs = durationUs;
    const model = this.onWrite?.();
    if (model !== void 0) this.tearModel = model;
    const isToTear = model !== void 0 || this.writeCount === this.tearWrite;
    this.cancelNext = isToTear
      ? this.clock.after(durationUs / 2, () => this.strike())
      : this.clock.after(durationUs, () => this.complete());
  }
  /** Power is gone now: a write in progress leaves what its progress and the dice say. */
  powerLost() {
    if (this.incomingBlock < 0) return;
    this.tearAt((this.clock.nowUs - this.beganUs) / this.durationUs);
  }
  /** Puts back a whole content, all cells firm; for cards that restore themselves. */
  restore(content) {
    this.cells.set(content);
    this.weak.fill(0);
    this.weakBytes = 0;
  }
  complete() {
    this.settle((index) => this.incoming[index]);
  }
  strike() {
    const apply = {
      old: () => this.tearAt(0),
      erased: () => this.settle(() => 0),
      partlyErased: () => this.tearAt(this.between(ERASE_BEGIN, PROGRAM_BEGIN), true),
      partlyProgrammed: () => this.tearAt(this.between(PROGRAM_BEGIN, PROGRAM_END), true),
      newUnacknowledged: () => this.complete(),
      weakBits: () => this.weaken(),
    };
    apply[this.tearModel]();
    this.tearWrite = 0;
    this.losePower();
  }
  between(begin, end) {
    return begin + (end - begin) * (0.1 + 0.8 * this.rng.fraction());
  }
  /** `isFirm`: no weak cells, for the models that name the mix of old, erased and new alone. */
  tearAt(progress, isFirm = false) {
    if (progress < ERASE_BEGIN) {
      this.forgetWrite();
    } else if (progress < PROGRAM_BEGIN) {
      const reached = (progress - ERASE_BEGIN) / (PROGRAM_BEGIN - ERASE_BEGIN);
      this.tearBits(1 - reached, isFirm, (index) => this.cellOf(index));
    } else if (progress < PROGRAM_END) {
      const reached = (progress - PROGRAM_BEGIN) / (PROGRAM_END - PROGRAM_BEGIN);
      this.tearBits(reached, isFirm, (index) => this.incoming[index]);
    } else {
      this.complete();
    }
  }
  /** Each one of `ones` is there with probability `share`, and weak when its pace is near it. */
  tearBits(share, isFirm, ones) {
    const band = isFirm ? 0 : WEAK_BAND;
    this.settle((index) => {
      let byte = 0;
      let weak = 0;
      for (let bit = 0; bit < 8; bit++) {
        const pace = this.rng.fraction();
        if (((ones(index) >> bit) & 1) === 0) continue;
        if (pace < share) byte |= 1 << bit;
        if (Math.abs(pace - share) < band) weak |= 1 << bit;
      }
      return byte | (weak << 8);
    });
  }
  /** Either the erasure or the programming is all but done, and some ones hang in between. */
  weaken() {
    const isErasing = this.rng.chance(0.5);
    const ones = (index) => (isErasing ? this.cellOf(index) : this.incoming[index]);
    const certain = this.rng.below(BLOCK_SIZE_BYTES);
    this.settle((index) => {
      const candidates = ones(index);
      let weak = index === certain ? candidates : 0;
      for (let bit = 0; bit < 8; bit++) {
        if (this.rng.chance(WEAK_SHARE)) weak |= candidates & (1 << bit);
      }
      return candidates | (weak << 8);
    });
  }
  cellOf(index) {
    return this.cells[this.incomingBlock * BLOCK_SIZE_BYTES + index];
  }
  /** Takes over each byte of `content` (low 8 bits) and its weak cells (bits 8..15). */
  settle(content) {
    const base = this.incomingBlock * BLOCK_SIZE_BYTES;
    for (let index = 0; index < BLOCK_SIZE_BYTES; index++) {
      const value = content(index);
      const weak = value >> 8;
      if ((this.weak[base + index] === 0) !== (weak === 0)) this.weakBytes += weak === 0 ? -1 : 1;
      this.weak[base + index] = weak;
      this.cells[base + index] = value & 255;
    }
    this.forgetWrite();
  }
  forgetWrite() {
    this.cancelNext?.();
    this.cancelNext = void 0;
    this.incomingBlock = -1;
  }
};

// card-layout/access-bits.ts
function encodeAccessBits(block0, block1, block22, trailer, out, offset) {
  const c1 = collect(block0, block1, block22, trailer, 4);
  const c2 = collect(block0, block1, block22, trailer, 2);
  const c3 = collect(block0, block1, block22, trailer, 1);
  out[offset] = (15 - c2) * 16 + (15 - c1);
  out[offset + 1] = c1 * 16 + (15 - c3);
  out[offset + 2] = c3 * 16 + c2;
}
function decodeAccessBits(from, offset, conditions) {
  const c1 = from[offset + 1] >> 4;
  const c2 = from[offset + 2] & 15;
  const c3 = from[offset + 2] >> 4;
  const isConsistent =
    from[offset] === (15 - c2) * 16 + (15 - c1) && (from[offset + 1] & 15) === 15 - c3;
  if (!isConsistent) return 20 /* Malformed */;
  for (let i = 0; i < 4; i++) {
    conditions[i] = ((c1 >> i) & 1) * 4 + ((c2 >> i) & 1) * 2 + ((c3 >> i) & 1);
  }
  return 0 /* Ok */;
}
function collect(b0, b1, b2, b3, mask) {
  return (
    ((b0 & mask) > 0 ? 1 : 0) +
    ((b1 & mask) > 0 ? 2 : 0) +
    ((b2 & mask) > 0 ? 4 : 0) +
    ((b3 & mask) > 0 ? 8 : 0)
  );
}

// card-layout/access-rights.ts
var DATA_RIGHTS = [
  [3 /* Either */, 3 /* Either */, 3 /* Either */, 3 /* Either */],
  [3 /* Either */, 0 /* None */, 0 /* None */, 3 /* Either */],
  [3 /* Either */, 0 /* None */, 0 /* None */, 0 /* None */],
  [2 /* B */, 2 /* B */, 0 /* None */, 0 /* None */],
  [3 /* Either */, 2 /* B */, 0 /* None */, 0 /* None */],
  [2 /* B */, 0 /* None */, 0 /* None */, 0 /* None */],
  [3 /* Either */, 2 /* B */, 2 /* B */, 3 /* Either */],
  [0 /* None */, 0 /* None */, 0 /* None */, 0 /* None */],
];
var TRAILER_RIGHTS = [
  [1 /* A */, 1 /* A */, 0 /* None */, 1 /* A */, 1 /* A */],
  [1 /* A */, 1 /* A */, 1 /* A */, 1 /* A */, 1 /* A */],
  [0 /* None */, 1 /* A */, 0 /* None */, 1 /* A */, 0 /* None */],
  [2 /* B */, 3 /* Either */, 2 /* B */, 0 /* None */, 2 /* B */],
  [2 /* B */, 3 /* Either */, 0 /* None */, 0 /* None */, 2 /* B */],
  [0 /* None */, 3 /* Either */, 2 /* B */, 0 /* None */, 0 /* None */],
  [0 /* None */, 3 /* Either */, 0 /* None */, 0 /* None */, 0 /* None */],
  [0 /* None */, 3 /* Either */, 0 /* None */, 0 /* None */, 0 /* None */],
];
function dataRights(condition, operation) {
  return DATA_RIGHTS[condition][operation];
}
function trailerRights(condition, operation) {
  return TRAILER_RIGHTS[condition][operation];
}
function isKeyBReadable(trailerCondition) {
  return trailerRights(trailerCondition, 3 /* ReadKeyB */) !== 0 /* None */;
}

// host-sim/mifare-memory.ts
var BLOCK_COUNT = 64;
var BLOCKS_PER_SECTOR2 = 4;
var KEY_SIZE_BYTES = 6;
var ACCESS_BITS_OFFSET = 6;
var KEY_B_OFFSET = 10;
var MAX_VALUE = 2 ** 31 - 1;
var MIN_VALUE = -(2 ** 31);
var DECREMENT = 192;
var INCREMENT = 193;
var RESTORE = 194;
var MifareMemory = class {
  constructor(eeprom) {
    this.eeprom = eeprom;
  }
  eeprom;
  /** The transfer buffer holds a value that `transfer` may write. */
  isBufferValid = false;
  sector = -1;
  keys = 0 /* None */;
  conditions = new Uint8Array(BLOCKS_PER_SECTOR2);
  scratch = new Uint8Array(BLOCK_SIZE_BYTES);
  bufferValue = 0;
  bufferAddress = 0;
  operation = 0;
  /** The key that protects `block`, as the cells read now. */
  key(block3, isKeyB) {
    const base = trailerOf2(block3) * BLOCK_SIZE_BYTES + (isKeyB ? KEY_B_OFFSET : 0);
    const key = new Uint8Array(KEY_SIZE_BYTES);
    for (let index = 0; index < KEY_SIZE_BYTES; index++) {
      key[index] = this.eeprom.readByte(base + index);
    }
    return key;
  }
  /** From now on this sector, and no other, is open with this key. */
  open(block3, isKeyB) {
    this.sector = Math.floor(block3 / BLOCKS_PER_SECTOR2);
    this.keys = isKeyB ? 2 /* B */ : 1 /* A */;
  }
  close() {
    this.sector = -1;
    this.keys = 0 /* None */;
  }
  forgetBuffer() {
    this.isBufferValid = false;
  }
  /** Reads 16 bytes with keys masked; false when the access conditions forbid it. */
  read(block3, out) {
    if (!this.loadConditions(block3)) return false;
    if (!isTrailer2(block3) && !this.mayUse(block3, 0 /* Read */)) return false;
    this.eeprom.readBlock(block3, out, 0);
    if (isTrailer2(block3)) this.maskTrailer(out);
    return true;
  }
  mayWrite(block3) {
    if (!this.loadConditions(block3)) return false;
    if (!isTrailer2(block3)) return block3 !== 0 && this.mayUse(block3, 1 /* Write */);
    return (
      this.mayUseTrailer(0 /* WriteKeyA */) ||
      this.mayUseTrailer(2 /* WriteAccessBits */) ||
      this.mayUseTrailer(4 /* WriteKeyB */)
    );
  }
  /** Begins to program what `mayWrite` allowed; parts of a trailer that are closed keep. */
  write(block3, from, durationUs) {
    this.eeprom.readBlock(block3, this.scratch, 0);
    const isData = !isTrailer2(block3);
    const take = (first, end, operation) => {
      if (!isData && !this.mayUseTrailer(operation)) return;
      for (let index = first; index < end; index++) this.scratch[index] = from[index];
    };
    take(0, ACCESS_BITS_OFFSET, 0 /* WriteKeyA */);
    take(ACCESS_BITS_OFFSET, KEY_B_OFFSET, 2 /* WriteAccessBits */);
    take(KEY_B_OFFSET, BLOCK_SIZE_BYTES, 4 /* WriteKeyB */);
    this.eeprom.beginWrite(block3, this.scratch, 0, durationUs);
  }
  /** Part 1 of a value operation: takes a valid value block into the transfer buffer. */
  loadValue(operation, block3) {
    const right = operation === INCREMENT ? 2 /* Increment */ : 3 /* Decrement */;
    if (!this.loadConditions(block3) || isTrailer2(block3) || !this.mayUse(block3, right))
      return false;
    this.eeprom.readBlock(block3, this.scratch, 0);
    if (!isValueBlock(this.scratch)) return false;
    this.operation = operation;
    this.bufferValue = wordAt(this.scratch, 0) | 0;
    this.bufferAddress = this.scratch[12];
    this.isBufferValid = false;
    return true;
  }
  /**
   * Part 2: adds the operand, whose sign bit is ignored. Beyond 32 bits the operation fails and
   * nothing is left to transfer.
   */
  applyOperand(operand) {
    const amount = wordAt(operand, 0) & MAX_VALUE;
    const signed = this.operation === INCREMENT ? amount : -amount;
    const result = this.bufferValue + (this.operation === RESTORE ? 0 : signed);
    this.isBufferValid = result <= MAX_VALUE && result >= MIN_VALUE;
    if (this.isBufferValid) this.bufferValue = result;
    return this.isBufferValid;
  }
  /**
   * Begins to program the transfer buffer. The address byte is that of the block it came from;
   * emulators differ here and the data sheet is silent, so nothing should depend on it.
   */
  transfer(block3, durationUs) {
    if (!this.loadConditions(block3) || isTrailer2(block3) || block3 === 0) return false;
    if (!this.isBufferValid || !this.mayUse(block3, 3 /* Decrement */)) return false;
    putValueBlock(this.bufferValue, this.bufferAddress, this.scratch);
    this.eeprom.beginWrite(block3, this.scratch, 0, durationUs);
    return true;
  }
  /**
   * False when the sector is not the open one, its access bits are inconsistent (the sector is then
   * blocked for ever), or key B is open though it is readable data.
   */
  loadConditions(block3) {
    if (block3 >= BLOCK_COUNT || Math.floor(block3 / BLOCKS_PER_SECTOR2) !== this.sector)
      return false;
    this.eeprom.readBlock(trailerOf2(block3), this.scratch, 0);
    if (decodeAccessBits(this.scratch, ACCESS_BITS_OFFSET, this.conditions) !== 0 /* Ok */) {
      return false;
    }
    return this.keys === 1 /* A */ || !isKeyBReadable(this.conditions[3]);
  }
  mayUse(block3, operation) {
    const condition = this.conditions[block3 % BLOCKS_PER_SECTOR2];
    return (dataRights(condition, operation) & this.keys) !== 0;
  }
  mayUseTrailer(operation) {
    return (trailerRights(this.conditions[3], operation) & this.keys) !== 0;
  }
  maskTrailer(out) {
    out.fill(0, 0, ACCESS_BITS_OFFSET);
    if (!this.mayUseTrailer(1 /* ReadAccessBits */)) {
      out.fill(0, ACCESS_BITS_OFFSET, KEY_B_OFFSET);
    }
    if (!this.mayUseTrailer(3 /* ReadKeyB */)) out.fill(0, KEY_B_OFFSET);
  }
};
function isTrailer2(block3) {
  return block3 % BLOCKS_PER_SECTOR2 === BLOCKS_PER_SECTOR2 - 1;
}
function trailerOf2(block3) {
  return block3 - (block3 % BLOCKS_PER_SECTOR2) + BLOCKS_PER_SECTOR2 - 1;
}
function wordAt(bytes, offset) {
  return (
    bytes[offset] | (bytes[offset + 1] << 8) | (bytes[offset + 2] << 16) | (bytes[offset + 3] << 24)
  );
}
function isValueBlock(block3) {
  const value = wordAt(block3, 0);
  return (
    wordAt(block3, 4) === ~value &&
    wordAt(block3, 8) === value &&
    block3[14] === block3[12] &&
    block3[13] === (block3[12] ^ 255) &&
    block3[15] === (block3[12] ^ 255)
  );
}
function putValueBlock(value, address, out) {
  for (let index = 0; index < 4; index++) {
    const byte = (value >> (8 * index)) & 255;
    out[index] = byte;
    out[index + 4] = byte ^ 255;
    out[index + 8] = byte;
    out[index + 12] = (index & 1) === 0 ? address : address ^ 255;
  }
}

// host-sim/quick/quick-card.ts
var WRITE_US = 3100;
var TRANSFER_US = 3900;
var QuickCard = class {
  constructor(options) {
    this.options = options;
    this.image = options.image;
    this.eeprom = new Eeprom(this.image, options.clock, options.rng, () => this.leaveField?.());
    this.memory = new MifareMemory(this.eeprom);
    if (options.isShadowMode === true) this.shadow = this.image.slice();
  }
  options;
  image;
  eeprom;
  memory;
  /** What `Read` found. */
  block = new Uint8Array(BLOCK_SIZE_BYTES);
  /** How long the EEPROM works on the last command, before the answer. */
  busyUs = 0;
  state = 0 /* Off */;
  isFromHalt = false;
  levelsLeft = 0;
  awaited = 48 /* Read */;
  addressedBlock = 0;
  isKeyB = false;
  leaveField;
  shadow;
  get uidLengthBytes() {
    return this.options.uidLengthBytes ?? 4;
  }
  get cascadeLevels() {
    return this.uidLengthBytes > 4 ? 2 : 1;
  }
  get sak() {
    return this.options.sak ?? 8;
  }
  powerOn(leaveField) {
    this.leaveField = leaveField;
    this.state = 1 /* Idle */;
    this.isFromHalt = false;
    this.endSession();
  }
  powerOff() {
    this.leaveField = void 0;
    this.state = 0 /* Off */;
    this.endSession();
    this.eeprom.powerLost();
    if (this.shadow !== void 0) this.eeprom.restore(this.shadow);
  }
  /** A frame that does not decode: disturbed on its way, or encrypted out of step. */
  receiveBroken() {
    const wasOpen = this.state === 6 /* Open */;
    if (this.state === 0 /* Off */ || this.state === 1 /* Idle */ || this.state === 2 /* Halt */) {
      return 0 /* Silence */;
    }
    this.giveUp();
    return wasOpen ? 2 /* Nak */ : 0 /* Silence */;
  }
  /** `block` and, for `WriteData`, `Operand` and `ReaderAnswer` (the key), `data` from `offset`. */
  receive(command, block3, data, offset) {
    this.busyUs = 0;
    switch (this.state) {
      case 0 /* Off */:
        return 0 /* Silence */;
      case 1 /* Idle */:
      case 2 /* Halt */:
        return this.wake(command);
      case 3 /* Ready */:
        return this.anticollide(command);
      case 5 /* Challenged */:
        return this.verifyReader(command, data, offset);
      case 4 /* Active */:
        return this.receivePlain(command, block3);
      default:
        return this.receiveEncrypted(command, block3, data, offset);
    }
  }
  wake(command) {
    if (command === 64 /* MagicWakeUp */ && this.options.isMagicGen1a === true) return 1 /* Fine */;
    if (command !== 82 /* Wupa */) return 0 /* Silence */;
    this.isFromHalt = this.state === 2 /* Halt */;
    this.state = 3 /* Ready */;
    this.levelsLeft = this.cascadeLevels;
    return 1 /* Fine */;
  }
  anticollide(command) {
    if (command === 147 /* Anticollision */) return 1 /* Fine */;
    if (command !== 148 /* Select */) return this.giveUp();
    this.levelsLeft--;
    if (this.levelsLeft === 0) this.state = 4 /* Active */;
    return 1 /* Fine */;
  }
  receivePlain(command, block3) {
    if (command === 80 /* Halt */) return this.halt();
    if (command === 96 /* AuthenticateA */ || command === 97 /* AuthenticateB */) {
      return this.challenge(command, block3);
    }
    if (command === 82 /* Wupa */ || command === 64 /* MagicWakeUp */) return this.giveUp();
    this.giveUp();
    return 2 /* Nak */;
  }
  receiveEncrypted(command, block3, data, offset) {
    if (command === 82 /* Wupa */ || command === 64 /* MagicWakeUp */) return this.giveUp();
    if (this.awaited !== 48 /* Read */) {
      return command === this.awaited ? this.takeData(data, offset) : this.refuse();
    }
    switch (command) {
      case 96 /* AuthenticateA */:
      case 97 /* AuthenticateB */:
        return this.challenge(command, block3);
      case 48 /* Read */:
        return this.memory.read(block3, this.block) ? 1 /* Fine */ : this.refuse();
      case 160 /* Write */:
        return this.expect(2 /* WriteData */, block3, this.memory.mayWrite(block3));
      case 192 /* Decrement */:
        return this.expect(3 /* Operand */, block3, this.memory.loadValue(DECREMENT, block3));
      case 193 /* Increment */:
        return this.expect(3 /* Operand */, block3, this.memory.loadValue(INCREMENT, block3));
      case 194 /* Restore */:
        return this.expect(3 /* Operand */, block3, this.memory.loadValue(RESTORE, block3));
      case 176 /* Transfer */:
        return this.memory.transfer(block3, TRANSFER_US) ? this.work(TRANSFER_US) : this.refuse();
      case 80 /* Halt */:
        return this.halt();
      default:
        return this.refuse();
    }
  }
  challenge(command, block3) {
    if (block3 >= BLOCK_COUNT) return this.refuse();
    const isNested = this.state === 6 /* Open */;
    if (isNested && this.options.doesBufferSurviveNested === false) this.memory.forgetBuffer();
    this.isKeyB = command === 97 /* AuthenticateB */;
    this.addressedBlock = block3;
    this.memory.close();
    this.state = 5 /* Challenged */;
    return 1 /* Fine */;
  }
  verifyReader(command, key, offset) {
    if (command !== 1 /* ReaderAnswer */) return this.giveUp();
    const stored = this.memory.key(this.addressedBlock, this.isKeyB);
    for (let i = 0; i < stored.length; i++) if (stored[i] !== key[offset + i]) return this.giveUp();
    this.memory.open(this.addressedBlock, this.isKeyB);
    this.awaited = 48 /* Read */;
    this.state = 6 /* Open */;
    return 1 /* Fine */;
  }
  expect(awaited, block3, isAllowed) {
    if (!isAllowed) return this.refuse();
    this.awaited = awaited;
    this.addressedBlock = block3;
    return 1 /* Fine */;
  }
  takeData(data, offset) {
    const isOperand = this.awaited === 3 /* Operand */;
    this.awaited = 48 /* Read */;
    const bytes = new Uint8Array(BLOCK_SIZE_BYTES);
    for (let i = 0; i < bytes.length; i++) bytes[i] = data[offset + i] ?? 0;
    if (isOperand) return this.memory.applyOperand(bytes) ? 0 /* Silence */ : this.refuse();
    this.memory.write(this.addressedBlock, bytes, WRITE_US);
    return this.work(WRITE_US);
  }
  work(durationUs) {
    this.busyUs = durationUs;
    return 1 /* Fine */;
  }
  halt() {
    this.endSession();
    this.state = 2 /* Halt */;
    return 0 /* Silence */;
  }
  refuse() {
    this.giveUp();
    return 2 /* Nak */;
  }
  giveUp() {
    this.endSession();
    this.state = this.isFromHalt ? 2 /* Halt */ : 1 /* Idle */;
    return 0 /* Silence */;
  }
  endSession() {
    this.awaited = 48 /* Read */;
    this.memory.close();
    this.memory.forgetBuffer();
  }
};

// host-sim/quick/faults.ts
var EEPROM_FAULTS = [...TEAR_MODELS, ...TEAR_MODELS.map((model) => `${model}Cut`)];

// scripts/attack/tears.ts
var FIRST_BLOCKS = [stateBlock(slotOfCounter(0), 0), stateBlock(slotOfCounter(2), 0)];
var TearSource = class {
  constructor(reader, tear) {
    this.tear = tear;
    reader.onExchange = (command, block3) => {
      if (command !== 2 /* WriteData */) this.block = block3;
      this.command = command;
      if (command === 192 /* Decrement */ && this.reached < 1 /* Burn */)
        this.reached = 1 /* Burn */;
      if (command === 2 /* WriteData */) this.reached = 2 /* Record */;
    };
  }
  tear;
  /** Points passed. */
  count = 0;
  struck = "";
  reached = 0 /* Intent */;
  command = 82 /* Wupa */;
  block = 0;
  hasWritten = false;
  wasFlash = false;
  take(kind) {
    const place = this.placeOf(kind);
    if (place === "") return void 0;
    this.count++;
    if (this.tear === void 0 || this.count !== this.tear.point) return void 0;
    this.struck = place;
    const isCut = this.tear.mode === "cut";
    if (kind === 3 /* FlashWord */) return isCut ? "nothing" : void 0;
    if (kind === 2 /* EepromWrite */) return isCut ? "erasedCut" : "erased";
    return isCut ? "cut" : "pull";
  }
  /** In words, "" for a place that makes no difference. */
  placeOf(kind) {
    const wasFlash = this.wasFlash;
    this.wasFlash = kind === 3 /* FlashWord */;
    if (kind === 3 /* FlashWord */) {
      this.reached = 0 /* Intent */;
      return wasFlash || this.tear?.mode === "pull" ? "" : "before a journal record";
    }
    const isCounter = sectorOf(this.block) === sectorOf(COUNTER_1_BLOCK);
    if (kind === 2 /* EepromWrite */) {
      this.hasWritten = true;
      if (isCounter) return `while ${counterName(this.block)} is written`;
      return FIRST_BLOCKS.includes(this.block) ? "while the record is written" : "";
    }
    if (this.command === 176 /* Transfer */) return `before ${counterName(this.block)} is written`;
    if (this.command === 2 /* WriteData */ && FIRST_BLOCKS.includes(this.block)) {
      return "before the record is written";
    }
    return this.command === 82 /* Wupa */ && this.hasWritten ? "before the last look" : "";
  }
};
function counterName(block3) {
  return block3 === COUNTER_1_BLOCK ? "c1" : "c2";
}

// scripts/attack/pad-states.ts
var TORN = -1;
var PadStates = class {
  constructor(pads, image, contents, creditRial) {
    this.pads = pads;
    this.image = image;
    this.contents = contents;
    this.creditRial = creditRial;
    for (const [index, pad] of pads.entries()) {
      pad.powerOn();
      const nextSequence = pad.core?.journal.nextSequence() ?? 0;
      pad.cutPower();
      const memory = { ...EMPTY_MEMORY, nextSequence };
      this.add({ terminal: index + 1, flash: atRest(pad), inputs: [], memory });
    }
  }
  pads;
  image;
  contents;
  creditRial;
  /** Taps that the firmware really ran, without those to bring a pad into its state. */
  runCount = 0;
  nodes = [];
  /** Where each pad stands now, by terminal. */
  standing = [];
  ids = /* @__PURE__ */ new Map();
  results = /* @__PURE__ */ new Map();
  tap(node, input2) {
    const key = `${node} ${nameOf(input2)}`;
    let result = this.results.get(key);
    if (result === void 0) {
      result = this.compute(node, input2);
      this.results.set(key, result);
    }
    return result;
  }
  compute(id, input2) {
    const node = this.nodes[id];
    const pad = this.pads[node.terminal - 1];
    if (this.standing[node.terminal] !== id) this.bring(pad, node);
    const from = pad.core?.journal.nextSequence() ?? 0;
    const { image, source, outcome } = this.run(pad, input2);
    this.runCount++;
    const isCut = pad.core === void 0;
    const cutFlash = isCut ? atRest(pad) : void 0;
    if (isCut) pad.powerOn();
    const records = readSince(pad, from);
    const { memory, released } = this.follow(node, input2, source.reached, records, isCut);
    const inputs = isCut ? [] : [...node.inputs, input2];
    const flash = cutFlash ?? node.flash;
    const next = this.add({ terminal: node.terminal, flash, inputs, memory });
    this.standing[node.terminal] = next;
    const [first, second] = [COUNTER_1_BLOCK, COUNTER_2_BLOCK].map((block3) =>
      counterIn(image, block3),
    );
    const seen = [0, 1]
      .map((slot) => this.contents.inSlot(image, slot, Math.max(first, second)))
      .filter((content) => content !== GARBAGE);
    const most = Math.max(first, second);
    const newest = seen.find((id2) => this.contents.records[id2].counter === most + (most % 2));
    return {
      first,
      second,
      seen,
      next,
      isOpen: memory.open !== void 0,
      outcome,
      released,
      newest: newest === void 0 ? void 0 : this.contents.records[newest].key,
      records: records.map(({ content }) => content),
      struck: source.struck,
    };
  }
  /** Starts a pad and does again what was done with it. */
  bring(pad, { flash, inputs }) {
    pad.restore(flash);
    pad.powerOn();
    for (const input2 of inputs) this.run(pad, input2);
  }
  run(pad, { card, asked, tear }) {
    const image = Uint8Array.from(this.image);
    putCounter(image, COUNTER_1_BLOCK, card.first);
    putCounter(image, COUNTER_2_BLOCK, card.second);
    const newest = Math.max(card.first, card.second);
    for (const slot of [0, 1]) {
      const isNewest = slot === slotOfCounter(newest + (newest % 2));
      writeSlot(image, slot, this.contents.records[isNewest ? card.content : GARBAGE].sealed);
    }
    const source = new TearSource(pad.reader, tear);
    pad.useFaults(source);
    let outcome;
    if (asked === "cancel") pad.cancel();
    else {
      pad.begin(requestOf(asked, this.creditRial));
      outcome = pad.present(new QuickCard({ clock: pad.clock, rng: new Rng(1), image }));
    }
    pad.useFaults(void 0);
    return { image, source, outcome };
  }
  /** What the new records make of the pad's memory. */
  follow(node, { asked }, reached, records, isCut) {
    let { open, watermark } = node.memory;
    const released = [];
    for (const { content, sequence } of records) {
      if (content.kind === "intent") {
        this.contents.note(content.intent, `${node.terminal}/${sequence}`);
        open = { intent: content.intent, sequence };
      } else if (content.kind === "outcome" && open !== void 0) {
        const isCommit = content.outcome === 3 /* Commit */;
        if (isCommit) watermark = recordKeyOf(open.intent);
        if (isCommit && open.intent.kind !== 15 /* Abandon */) {
          const { confirms } = open.intent;
          released.push(`${node.terminal}/${confirms > 0 ? confirms : open.sequence}`);
        }
        open = void 0;
      }
    }
    const nextSequence = node.memory.nextSequence + records.length;
    const isNew = records.some(({ content }) => content.kind === "intent");
    const memory =
      open === void 0
        ? { ...EMPTY_MEMORY, nextSequence, watermark: isCut ? void 0 : watermark }
        : {
            nextSequence,
            open,
            isRestarted: isCut || (node.memory.isRestarted && !isNew),
            reached: isCut
              ? 0 /* Intent */
              : isNew
                ? reached
                : farther(reached, node.memory.reached),
            asked: isCut ? void 0 : (node.memory.asked ?? asked),
            watermark: isCut ? void 0 : watermark,
          };
    return { memory, released };
  }
  add(node) {
    const key = `${node.terminal} ${JSON.stringify(node.memory)}`;
    let id = this.ids.get(key);
    if (id === void 0) {
      id = this.nodes.length;
      this.nodes.push(node);
      this.ids.set(key, id);
    }
    return id;
  }
};
var EMPTY_MEMORY = {
  nextSequence: 0,
  open: void 0,
  isRestarted: true,
  reached: 0 /* Intent */,
  asked: void 0,
  watermark: void 0,
};
function farther(one, other) {
  return one > other ? one : other;
}
function atRest(pad) {
  return { ...pad.save(), nowUs: 0 };
}
var HEADER_BYTES = 8;
var MOST_RECORD_BYTES = 256;
function readSince(pad, from) {
  const journal = pad.core?.journal;
  if (journal === void 0) throw new Error("the pad does not start again");
  const bytes = new Uint8Array(MOST_RECORD_BYTES);
  const records = [];
  for (let sequence = from; sequence < journal.nextSequence(); sequence++) {
    if (journal.read(sequence, bytes, 0) !== 0 /* Ok */) throw new Error("an unreadable journal");
    const end = HEADER_BYTES + journal.readLengthBytes();
    records.push({ sequence, content: readRecord(bytes[2], bytes.slice(HEADER_BYTES, end)) });
  }
  return records;
}
function requestOf(asked, creditRial) {
  const isRedeeming = asked === "redeem";
  const grossRial = isRedeeming ? creditRial : 5e4;
  const askedCreditRial = isRedeeming ? creditRial : 0;
  return { kind: 2 /* Sale */, grossRial, askedCreditRial, mobile: "" };
}
function counterIn(image, block3) {
  const value = { value: 0, address: 0 };
  const isValid2 = decodeValueBlock(image, block3 * 16, value) === 0 /* Ok */;
  return isValid2 ? value.value : TORN;
}
function putCounter(image, block3, value) {
  if (value === TORN) image.fill(0, block3 * 16, block3 * 16 + 16);
  else encodeValueBlock(value, block3, image, block3 * 16);
}
function nameOf({ card, asked, tear }) {
  const where = tear === void 0 ? "" : `${tear.mode}${tear.point}`;
  return `${card.first},${card.second},${card.content},${asked},${where}`;
}

// scripts/attack/search.ts
function startState(face2, padCount) {
  const nodes = Array.from({ length: padCount }, (_, pad) => pad);
  return {
    first: face2.first,
    second: face2.second,
    known: [face2.content],
    nodes,
    isOpen: nodes.map(() => false),
    released: [],
    taps: 0,
    tears: 0,
    step: void 0,
  };
}
function facesOf(states2, state, limits) {
  const { first, second } = state;
  const most = Math.max(first, second);
  const pairs = [[first, second]];
  if (first !== second) pairs.push([most, most]);
  for (let by = 1; by <= MOST_LOWERED; by++) pairs.push([most - by, most - by]);
  pairs.push([most - 2, most - 1]);
  if (limits.hasClone) for (const by of [2, 4]) pairs.push([most + by, most + by]);
  return pairs.flatMap(([c1, c2]) => {
    const newest = Math.max(c1, c2) + (Math.max(c1, c2) % 2);
    const fitting = state.known.filter((id) => states2.contents.records[id].counter === newest);
    return [...fitting, GARBAGE].map((content) => ({ first: c1, second: c2, content }));
  });
}
var MOST_LOWERED = 3;
function questionsTo(isOpen) {
  return isOpen ? ["redeem", "cancel"] : ["redeem", "small"];
}
var TEAR_MODES = ["pull", "cut"];
function follow(states2, before, pad, input2) {
  const result = states2.tap(before.nodes[pad], input2);
  const step = { before, pad, input: input2, result };
  const most = Math.max(result.first, result.second);
  const state = {
    first: result.first,
    second: result.second,
    known: knownAfter(states2, before, result, most),
    nodes: replaced(before.nodes, pad, result.next),
    isOpen: replaced(before.isOpen, pad, result.isOpen),
    released: [...before.released, ...result.released].sort(),
    taps: before.taps + (input2.asked === "cancel" ? 0 : 1),
    tears: before.tears + (result.struck === "" ? 0 : 1),
    step,
  };
  const text = brokenBy(states2, before.released, result);
  return { state, violation: text === void 0 ? void 0 : { text, step } };
}
function knownAfter(states2, before, { seen }, most) {
  const isUseful = (id) => states2.contents.records[id].counter <= most + 1;
  const fresh = seen.filter((id) => !before.known.includes(id));
  const kept = before.known.every(isUseful) ? before.known : before.known.filter(isUseful);
  return fresh.length === 0 ? kept : [...kept, ...fresh.filter(isUseful)].sort((a, b) => a - b);
}
function brokenBy(states2, before, { released, newest }) {
  if (released.length === 0) return void 0;
  const onCard = newest === void 0 ? /* @__PURE__ */ new Set() : states2.contents.salesIn(newest);
  const twice = released.find((sale) => before.includes(sale));
  if (twice !== void 0) return `sale ${twice} was released twice`;
  const missing = released.find((sale) => !onCard.has(sale));
  if (missing !== void 0) return `sale ${missing} was released and is not on the card`;
  const lost = before.find((sale) => !onCard.has(sale));
  if (lost === void 0) return void 0;
  return `sale ${released[0]} was released from a record that knows nothing of sale ${lost}`;
}
function replaced(list, index, value) {
  if (list[index] === value) return list;
  const copy = [...list];
  copy[index] = value;
  return copy;
}
function keyOf2(state) {
  const { first, second, known, nodes, released, tears: tears2 } = state;
  return `${first},${second};${known.join()};${nodes.join()};${released.join()};${tears2}`;
}
function searchAll(states2, start, limits, rng, mayGoOn) {
  const progress = { tapRuns: 0, states: 1, violation: void 0, isComplete: false };
  const seen = /* @__PURE__ */ new Set([keyOf2(start)]);
  const frontier = new Frontier(rng);
  frontier.add(start, 0);
  for (let state = frontier.take(); state !== void 0; state = frontier.take()) {
    for (const { after: after2, violation } of successors(states2, state, limits)) {
      progress.tapRuns++;
      if (violation !== void 0) return { ...progress, violation };
      if (after2.taps >= limits.taps) continue;
      const key = keyOf2(after2);
      if (seen.has(key)) continue;
      seen.add(key);
      frontier.add(after2, promiseOf(states2, after2));
    }
    progress.states = seen.size;
    if (!mayGoOn(progress)) return progress;
  }
  return { ...progress, isComplete: true };
}
var MOST_PROMISE = 7;
var TURNS = 3;
function promiseOf(states2, { known, released, isOpen }) {
  const counters = new Set(known.map((id) => states2.contents.records[id].counter));
  const rivals = known.length - counters.size;
  const open = isOpen.filter((is) => is).length;
  return Math.min(MOST_PROMISE, 2 * rivals + released.length + Math.min(open, 1));
}
var Frontier = class {
  constructor(rng) {
    this.rng = rng;
  }
  rng;
  buckets = Array.from({ length: MOST_PROMISE + 1 }, () => []);
  taken = /* @__PURE__ */ new WeakSet();
  queue = [];
  next = 0;
  turn = 0;
  add(state, promise) {
    this.buckets[promise].push(state);
    this.queue.push(state);
  }
  take() {
    this.turn++;
    const isPromising = this.turn % TURNS === 0;
    let state = isPromising ? this.mostPromising() : this.oldest();
    while (state !== void 0 && this.taken.has(state)) {
      state = isPromising ? this.mostPromising() : this.oldest();
    }
    if (state !== void 0) this.taken.add(state);
    return state;
  }
  oldest() {
    const state = this.queue[this.next++];
    if (this.next > 1e5) {
      this.queue = this.queue.slice(this.next);
      this.next = 0;
    }
    return state;
  }
  mostPromising() {
    const filled = this.buckets.filter(({ length }) => length > 0);
    if (filled.length === 0) return void 0;
    const bucket = filled[filled.length - 1];
    const index = this.rng.below(bucket.length);
    const state = bucket[index];
    bucket[index] = bucket[bucket.length - 1];
    bucket.pop();
    return state;
  }
};
function* successors(states2, state, limits) {
  for (const card of facesOf(states2, state, limits)) {
    for (let pad = 0; pad < state.nodes.length; pad++) {
      for (const asked of questionsTo(state.isOpen[pad])) {
        const undisturbed = follow(states2, state, pad, { card, asked, tear: void 0 });
        yield { after: undisturbed.state, violation: undisturbed.violation };
        if (asked === "cancel" || state.tears >= limits.tears) continue;
        for (const mode of TEAR_MODES) {
          for (let point = 1; ; point++) {
            const torn = follow(states2, state, pad, { card, asked, tear: { mode, point } });
            if (torn.state.step?.result.struck === "") break;
            yield { after: torn.state, violation: torn.violation };
          }
        }
      }
    }
  }
}

// scripts/attack/world.ts
import { readFileSync } from "node:fs";

// card-layout/trailer.ts
var ACCESS_BITS_OFFSET2 = 6;
var GENERAL_PURPOSE_OFFSET = 9;
var KEY_B_OFFSET2 = 10;
function accessConditionOf(blockIndex) {
  const sector = sectorOf(blockIndex);
  if (isTrailer(blockIndex)) return 6 /* Frozen */;
  if (sector >= FIRST_UNUSED_SECTOR) return 7 /* Dead */;
  if (sector !== COUNTER_SECTOR) return 4 /* Record */;
  return blockIndex % 4 === 2 ? 7 /* Dead */ : 1 /* DecrementOnly */;
}
function encodeTrailer(aes2, sectorMaster, uid, uidLengthBytes, clubId, sector, out, offset) {
  const first = sector * 4;
  const keyBOffset = offset + KEY_B_OFFSET2;
  deriveSectorKey(aes2, sectorMaster, uid, uidLengthBytes, clubId, sector, KEY_TYPE_A, out, offset);
  encodeAccessBits(
    accessConditionOf(first),
    accessConditionOf(first + 1),
    accessConditionOf(first + 2),
    accessConditionOf(first + 3),
    out,
    offset + ACCESS_BITS_OFFSET2,
  );
  out[offset + GENERAL_PURPOSE_OFFSET] = sector === MAD_SECTOR ? MAD_GENERAL_PURPOSE_BYTE : 0;
  deriveSectorKey(
    aes2,
    sectorMaster,
    uid,
    uidLengthBytes,
    clubId,
    sector,
    KEY_TYPE_B,
    out,
    keyBOffset,
  );
}

// card-layout/personalise.ts
function personaliseImage(aes2, issuer, uid, uidLengthBytes, identity, name, image) {
  const clubId = issuer.clubId;
  const keyEpoch = issuer.keyEpoch;
  const place = { uid, uidLengthBytes, clubId, counter: COUNTER_START, keyEpoch };
  const sealKey = createSivKey();
  const draft = newBytes(IMAGE_BYTES);
  deriveSealKey(aes2, issuer.sealMaster, uid, uidLengthBytes, clubId, keyEpoch, sealKey);
  const identityAt = IDENTITY_FIRST_BLOCK * BLOCK_BYTES;
  const nameAt = NAME_FIRST_BLOCK * BLOCK_BYTES;
  let status = sealIdentity(aes2, sealKey, place, identity, draft, identityAt);
  if (status === 0 /* Ok */) {
    const cardName = name === void 0 ? emptyName() : name;
    status = sealName(aes2, sealKey, place, cardName, draft, nameAt);
  }
  if (status === 0 /* Ok */) {
    placeState(aes2, sealKey, place, draft);
    placeDirectory(draft);
    placeCounter(COUNTER_1_BLOCK, draft);
    placeCounter(COUNTER_2_BLOCK, draft);
    placeTrailers(aes2, issuer, uid, uidLengthBytes, draft);
    copyBytes(draft, BLOCK_BYTES, image, BLOCK_BYTES, IMAGE_BYTES - BLOCK_BYTES);
  }
  wipeSivKey(sealKey);
  fillBytes(draft, 0, IMAGE_BYTES, 0);
  return status;
}
function placeState(aes2, sealKey, place, image) {
  const slot = slotOfCounter(place.counter);
  const sealed = newBytes(SEALED_STATE_BYTES);
  sealState(aes2, sealKey, place, emptyState(), sealed, 0);
  for (let i = 0; i < STATE_BLOCK_COUNT; i++) {
    const at = stateBlock(slot, i) * BLOCK_BYTES;
    copyBytes(sealed, i * BLOCK_BYTES, image, at, BLOCK_BYTES);
  }
}
function placeDirectory(image) {
  const aids = [];
  for (let sector = 1; sector < SECTOR_COUNT; sector++) {
    aids.push(sector < FIRST_UNUSED_SECTOR ? CLUB_AID : RESERVED_AID);
  }
  encodeMad({ publisherSector: IDENTITY_SECTOR, aids }, image, MAD_FIRST_BLOCK * BLOCK_BYTES);
}
function placeCounter(blockIndex, image) {
  encodeValueBlock(COUNTER_START, blockIndex, image, blockIndex * BLOCK_BYTES);
}
function placeTrailers(aes2, issuer, uid, uidLengthBytes, image) {
  const master = issuer.sectorMaster;
  for (let sector = 0; sector < SECTOR_COUNT; sector++) {
    const at = trailerOf(sector) * BLOCK_BYTES;
    encodeTrailer(aes2, master, uid, uidLengthBytes, issuer.clubId, sector, image, at);
  }
}

// back-office/keys.ts
import { createHash, randomBytes } from "node:crypto";
import { parse } from "yaml";

// firmware/core/terminal-config.ts
var CONFIG_KEY_BYTES = 16;
var CONFIG_RULESET_BYTES = 2048;
var FORMAT = 1;
var KEYS_OFFSET = 9;
var LEAST_KEYS = 5;
var MOST_KEYS = 6;
var CONFIG_BYTES = KEYS_OFFSET + MOST_KEYS * CONFIG_KEY_BYTES + CONFIG_RULESET_BYTES;
function encodeTerminalConfig(config, out) {
  const keys = [
    config.sealMaster,
    config.sectorMaster,
    config.journalKey,
    config.uplinkKey,
    config.downlinkKey,
  ];
  if (config.previousSealMaster !== void 0) keys.push(config.previousSealMaster);
  out[0] = FORMAT;
  putUint(out, 1, 2, config.terminalId);
  putUint(out, 3, 2, config.clubId);
  out[5] = config.terminalEpoch;
  out[6] = config.keyEpoch;
  out[7] = config.issuer;
  out[8] = keys.length;
  let end = KEYS_OFFSET;
  for (let i = 0; i < keys.length; i++) {
    copyBytes(keys[i], 0, out, end, CONFIG_KEY_BYTES);
    end += CONFIG_KEY_BYTES;
  }
  copyBytes(config.ruleset, 0, out, end, config.ruleset.length);
  return end + config.ruleset.length;
}
function checkTerminalConfig(from) {
  if (from[0] !== FORMAT) return 22 /* Unsupported */;
  const keyCount = from.length > KEYS_OFFSET ? from[8] : 0;
  const keysEnd = KEYS_OFFSET + keyCount * CONFIG_KEY_BYTES;
  if (keyCount < LEAST_KEYS || keyCount > MOST_KEYS || from.length <= keysEnd) {
    return 20 /* Malformed */;
  }
  let isMissing = getUint(from, 1, 2) === 0;
  for (let key = KEYS_OFFSET; key < keysEnd; key += CONFIG_KEY_BYTES) {
    let sum = 0;
    for (let i = 0; i < CONFIG_KEY_BYTES; i++) sum += from[key + i];
    if (sum === 0) isMissing = true;
  }
  return isMissing ? 20 /* Malformed */ : 0 /* Ok */;
}
function decodeTerminalConfig(from) {
  const keys = [];
  let start = KEYS_OFFSET;
  function take(lengthBytes) {
    const part = newBytes(lengthBytes);
    copyBytes(from, start, part, 0, lengthBytes);
    start += lengthBytes;
    return part;
  }
  for (let i = 0; i < from[8]; i++) keys.push(take(CONFIG_KEY_BYTES));
  return {
    terminalId: getUint(from, 1, 2),
    clubId: getUint(from, 3, 2),
    terminalEpoch: from[5],
    keyEpoch: from[6],
    issuer: from[7],
    sealMaster: keys[0],
    sectorMaster: keys[1],
    journalKey: keys[2],
    uplinkKey: keys[3],
    downlinkKey: keys[4],
    previousSealMaster: keys[5],
    ruleset: take(from.length - start),
  };
}

// back-office/user-error.ts
var UserError = class extends Error {};

// back-office/keys.ts
var MASTER_FIELDS = ["cardSeal", "sector", "terminal"];
var KNOWN_FIELDS = /* @__PURE__ */ new Set([
  ...["format", "club", "keyEpoch", "simulation", "previousCardSeal"],
  ...MASTER_FIELDS,
]);
function createClubKeys(clubId, keyEpoch, seed) {
  const master = (name) =>
    seed === void 0
      ? randomBytes(CONFIG_KEY_BYTES)
      : createHash("sha256").update(`${seed}/${name}`).digest().subarray(0, CONFIG_KEY_BYTES);
  return {
    clubId,
    keyEpoch,
    isSimulation: seed !== void 0,
    sealMaster: master("cardSeal"),
    sectorMaster: master("sector"),
    terminalMaster: master("terminal"),
  };
}
function issuerKeysOf(keys) {
  const { sectorMaster, sealMaster, clubId, keyEpoch } = keys;
  return { sectorMaster, sealMaster, clubId, keyEpoch };
}
function terminalKeysOf(aes2, keys, terminalId, keyEpoch) {
  const derive = (purpose) => {
    const key = new Uint8Array(CONFIG_KEY_BYTES);
    deriveTerminalKey(aes2, keys.terminalMaster, terminalId, keyEpoch, purpose, key, 0);
    return key;
  };
  return {
    journalKey: derive(1 /* Journal */),
    uplinkKey: derive(2 /* Uplink */),
    downlinkKey: derive(3 /* Downlink */),
  };
}
function terminalConfigFor(aes2, keys, terminalId, terminalEpoch, issuer, ruleset2) {
  return {
    terminalId,
    terminalEpoch,
    clubId: keys.clubId,
    keyEpoch: keys.keyEpoch,
    sealMaster: keys.sealMaster,
    previousSealMaster: keys.previousSealMaster,
    sectorMaster: keys.sectorMaster,
    ...terminalKeysOf(aes2, keys, terminalId, keys.keyEpoch),
    issuer,
    ruleset: ruleset2,
  };
}

// back-office/issue-image.ts
function issueImage(aes2, keys, blank, uid, member) {
  const image = blank.slice();
  const padded = new Uint8Array(7);
  padded.set(uid);
  const utf8 = new TextEncoder().encode(member.name);
  const name = emptyName();
  setName(name, utf8, utf8.length);
  const identity = identityOf(keys, member);
  const issuer = issuerKeysOf(keys);
  const status = personaliseImage(aes2, issuer, padded, uid.length, identity, name, image);
  if (status !== 0 /* Ok */) {
    throw new UserError(
      `the card layout refuses these fields (status ${status}): check the birth date`,
    );
  }
  const identityAt = IDENTITY_FIRST_BLOCK * BLOCK_BYTES;
  const stateAt = stateBlock(slotOfCounter(COUNTER_START), 0) * BLOCK_BYTES;
  const card = {
    uid: Buffer.from(uid).toString("hex"),
    member: member.member,
    serial: member.serial,
    cardNumber: member.cardNumber,
    sealedIdentity: image.slice(identityAt, identityAt + SEALED_IDENTITY_BYTES),
    issuedTag: image.slice(stateAt, stateAt + BASE_TAG_BYTES),
  };
  return { image, card, isNameWhole: utf8.length <= MAX_NAME_BYTES };
}
function identityOf(keys, member) {
  const identity = emptyIdentity();
  const { birth } = member;
  fillIdentity(identity, keys.clubId, {
    kind: 1 /* Member */,
    memberId: member.member,
    serial: member.serial,
    cardNumber: member.cardNumber,
    issueDay: member.issueDay,
    expiryDay: DAY_NEVER,
    ...(birth === void 0
      ? UNKNOWN_BIRTH
      : { birthYear: birth.year, birthMonth: birth.month, birthDay: birth.day }),
  });
  return identity;
}

// back-office/did-you-mean.ts
function didYouMean(word, known, all = "known") {
  const distances = known.map((candidate) => distance(word.toLowerCase(), candidate.toLowerCase()));
  const best = Math.min(...distances);
  const isClose = best <= Math.max(1, Math.floor(word.length / 2));
  if (!isClose) return `; ${all}: ${known.join(", ")}`;
  const nearest = known.filter((_, index) => distances[index] === best);
  const likely = nearest.find((candidate) => candidate[0] === word[0]) ?? nearest[0];
  return `; did you mean "${likely}"?`;
}
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let k = 0; k < b.length; k++) {
      const replaced2 = row[k] + (a[i] === b[k] ? 0 : 1);
      next.push(Math.min(replaced2, row[k + 1] + 1, next[k] + 1));
    }
    row = next;
  }
  return row[b.length];
}

// back-office/rules/ruleset-layout.ts
var HEADER_LAYOUT = [
  ["magic", 0 /* Magic */, 2],
  ["format", 2 /* Format */, 1],
  ["ruleCount", 3 /* RuleCount */, 1],
  ["lengthBytes", 4 /* LengthBytes */, 2],
  ["club", 6 /* Club */, 2],
  ["version", 8 /* Version */, 4],
  ["validFromDay", 12 /* ValidFromDay */, 2],
  ["offsetMinutes", 14 /* OffsetMinutes */, 2],
  ["cutoffMinute", 16 /* CutoffMinute */, 2],
  ["roundToRial", 18 /* RoundToRial */, 4],
  ["perTapCapRial", 22 /* PerTapCapRial */, 5],
  ["maxBalanceRial", 27 /* MaxBalanceRial */, 5],
  ["redeemUnitRial", 32 /* RedeemUnitRial */, 4],
  ["redeemMinRial", 36 /* RedeemMinRial */, 5],
  ["redeemMaxRial", 41 /* RedeemMaxRial */, 5],
  ["redeemMaxBps", 46 /* RedeemMaxBps */, 2],
  ["redeemDayRial", 48 /* RedeemDayRial */, 4],
  ["stackModes", 52 /* StackModes */, 4],
  ["lotWindow", 56 /* LotWindow */, 4],
  ["displayDivisor", 60 /* DisplayDivisor */, 2],
  ["displayDecimals", 62 /* DisplayDecimals */, 1],
  ["flags", 63 /* Flags */, 1],
  ["enrolGroup", 64 /* EnrolGroup */, 1],
  ["periodMonths", 65 /* PeriodMonths */, 1],
  ["acceptCount", 66 /* AcceptCount */, 1],
  ["reserved", 67 /* Reserved */, 5],
];
var RULE_LAYOUT = [
  ["id", 0 /* Id */, 1],
  ["order", 1 /* Order */, 1],
  ["phase", 2 /* Phase */, 1],
  ["stack", 3 /* Stack */, 1],
  ["action", 4 /* Action */, 1],
  ["base", 5 /* Base */, 1],
  ["conditionCount", 6 /* ConditionCount */, 1],
  ["lotWindow", 7 /* LotWindow */, 4],
  ["lotKind", 11 /* LotKind */, 1],
  ["argument", 12 /* Argument */, 3],
  ["unit", 15 /* Unit */, 3],
  ["cap", 18 /* Cap */, 3],
  ["firstDay", 21 /* FirstDay */, 2],
  ["lastDay", 23 /* LastDay */, 2],
  ["flags", 25 /* Flags */, 1],
  ["reserved", 26 /* Reserved */, 2],
];
var CONDITION_LAYOUT = [
  ["field", 0 /* Field */, 1],
  ["operator", 1 /* Operator */, 1],
  ["mantissa", 2 /* Mantissa */, 2],
];
var PHASES = {
  guard: 1 /* Guard */,
  redeem: 2 /* Redeem */,
  discount: 3 /* Discount */,
  earn: 4 /* Earn */,
  points: 5 /* Points */,
  promote: 6 /* Promote */,
};
var ACTIONS = {
  percent: 1 /* Bps */,
  rial: 2 /* Fixed */,
  pointsPerUnit: 3 /* PointsPerUnit */,
  points: 4 /* PointsFixed */,
  setGroup: 5 /* SetGroup */,
  punch: 6 /* IncrementPunch */,
  refuse: 7 /* Refuse */,
};
var STACK_MODES = {
  first: 0 /* First */,
  max: 1 /* Max */,
  sum: 2 /* Sum */,
};
var WINDOW_MODES = {
  default: 0 /* Default */,
  days: 1 /* Days */,
  fixedDay: 2 /* FixedDay */,
  never: 3 /* Never */,
};
var BASES = {
  net: 0 /* Net */,
  gross: 1 /* Gross */,
  ...keyed("category", 16, 16 /* Category */),
};
var OPERATORS = {
  "<": 1 /* Less */,
  "=": 2 /* Equal */,
  "<=": 3 /* AtMost */,
  ">": 4 /* Greater */,
  "!=": 5 /* NotEqual */,
  ">=": 6 /* AtLeast */,
  bit: 7 /* Bit */,
};
var FIELDS = {
  gross: 1 /* Gross */,
  net: 2 /* Net */,
  qty: 3 /* Quantity */,
  partner: 4 /* Partner */,
  terminal: 5 /* Terminal */,
  ratio: 6 /* Ratio */,
  kind: 7 /* Kind */,
  group: 8 /* Group */,
  visits: 9 /* Visits */,
  avg: 10 /* Average */,
  gap: 11 /* Gap */,
  pSpend: 12 /* PeriodSpend */,
  pVisits: 13 /* PeriodVisits */,
  points: 14 /* Points */,
  credit: 15 /* Credit */,
  debt: 16 /* Debt */,
  gender: 17 /* Gender */,
  attr1: 18 /* Attribute1 */,
  attr2: 19 /* Attribute2 */,
  offers: 20 /* Offers */,
  ...keyed("punch", 4, 21 /* Punch */),
  day: 32 /* Day */,
  minute: 33 /* Minute */,
  dow: 34 /* DayOfWeek */,
  jm: 35 /* JalaliMonth */,
  jd: 36 /* JalaliDay */,
  newVisit: 37 /* NewVisit */,
  sinceLast: 38 /* SinceLast */,
  groupDays: 39 /* GroupDays */,
  age: 40 /* Age */,
  bdelta: 41 /* BirthdayDelta */,
  bclaim: 42 /* BirthdayClaimed */,
  ...keyed("qty", 16, 48 /* CategoryQuantity */),
  ...keyed("amt", 16, 64 /* CategoryAmount */),
};
var YES_NO = { no: 0, yes: 1, false: 0, true: 1 };
var WEEK = ["saturday", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday"];
var NAMED_VALUES = {
  [7 /* Kind */]: { member: 1, gift: 2, test: 9 },
  [17 /* Gender */]: { unknown: 0, female: 1, male: 2 },
  [34 /* DayOfWeek */]: Object.fromEntries(WEEK.map((name, index) => [name, index])),
  [37 /* NewVisit */]: YES_NO,
  [42 /* BirthdayClaimed */]: YES_NO,
};
function encodeBlock(layout, values2) {
  const last2 = layout[layout.length - 1];
  const block3 = new Uint8Array(last2[1] + last2[2]);
  for (const [name, value] of Object.entries(values2)) {
    const row = layout.find((candidate) => candidate[0] === name);
    if (row === void 0) throw new Error(`no field ${name} in this layout`);
    if (typeof value === "number") putUint(block3, row[1], row[2], value);
    else block3.set(value.subarray(0, row[2]), row[1]);
  }
  return block3;
}
function splitDecimal(value) {
  let mantissa = value;
  let exponent = 0;
  while (mantissa > 65535 && mantissa % 10 === 0) {
    mantissa /= 10;
    exponent += 1;
  }
  return mantissa <= 65535 && exponent <= MAX_EXPONENT ? { mantissa, exponent } : void 0;
}
function keyed(name, count, firstCode) {
  const codes = {};
  for (let key = 0; key < count; key++) codes[`${name}${key}`] = firstCode + key;
  return codes;
}

// back-office/rules/parse-conditions.ts
var OTHER_OPERATORS = {
  "==": "=",
  "=>": ">=",
  "=<": "<=",
  "<>": "!=",
  "\u2265": ">=",
  "\u2264": "<=",
  "\u2260": "!=",
  is: "=",
  not: "!=",
  has: "bit",
};
function parseConditions(rule, phase) {
  const conditions = [];
  for (const { text, node } of rule.texts("when"))
    conditions.push(...parseCondition(rule, text, node));
  const isForMembers = phase >= 3 /* Discount */;
  if (isForMembers && !conditions.some((condition) => condition.field === 7 /* Kind */)) {
    conditions.unshift({ field: 7 /* Kind */, operator: 2 /* Equal */, value: 1 });
  }
  if (conditions.length > MAX_CONDITIONS) {
    const why = `at most ${MAX_CONDITIONS} conditions ("in" is two, kind = member is added)`;
    rule.complain("when", `${why}; split the rule in two`);
  }
  return conditions;
}
function parseCondition(rule, text, node) {
  const parts =
    /^(\w+)\s+(in)\s+(\S+?)\.\.(\S+)$/.exec(text) ??
    /^(\w+)\s+(in|bit|is|not|has)\s+(\S+)$/.exec(text) ??
    /^(\w+)\s*([^\w\s:.-]+)\s*(\S+)$/.exec(text);
  if (parts === null) {
    rule.problems.add(node, `cannot read "${text}"; write it like "visits >= 3" or "jd in 1..7"`);
    return [];
  }
  const [, name, sign, first, last2] = parts;
  const field = knownField(rule, name, node);
  if (last2 !== void 0) {
    if (field === void 0) return [];
    const low = parseValue(rule, field, first, node);
    const high = parseValue(rule, field, last2, node);
    if (low > high) rule.problems.add(node, `"${text}": the smaller end comes first`);
    return [
      { field, operator: 6 /* AtLeast */, value: low, node },
      { field, operator: 3 /* AtMost */, value: high, node },
    ];
  }
  if (!Object.hasOwn(OPERATORS, sign)) {
    rule.problems.add(node, `unknown operator "${sign}"${operatorHint(sign)}`);
    return [];
  }
  if (field === void 0) return [];
  const operator = OPERATORS[sign];
  if (field === 41 /* BirthdayDelta */ && operator !== 2 /* Equal */) {
    rule.problems.add(node, `give both ends of bdelta: "bdelta in -3..7"`);
    return [];
  }
  return [{ field, operator, value: parseValue(rule, field, first, node), node }];
}
function knownField(rule, name, node) {
  if (Object.hasOwn(FIELDS, name)) return FIELDS[name];
  rule.problems.add(node, `unknown field "${name}"${didYouMean(name, Object.keys(FIELDS))}`);
  return void 0;
}
function operatorHint(sign) {
  if (Object.hasOwn(OTHER_OPERATORS, sign)) return `; write "${OTHER_OPERATORS[sign]}"`;
  if (sign === "in") return `; both ends are needed: "jd in 1..7"`;
  return `; known: ${Object.keys(OPERATORS).join(", ")}, in`;
}
function parseValue(rule, field, text, node) {
  const names = NAMED_VALUES[field] ?? {};
  if (Object.hasOwn(names, text)) return names[text];
  const clock = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (field === 33 /* Minute */ && clock !== null) return Number(clock[1]) * 60 + Number(clock[2]);
  if (field === 32 /* Day */) {
    const day2 = jalaliDay(text);
    if (day2 !== void 0) return day2;
  }
  const bias = field === 41 /* BirthdayDelta */ ? BIRTHDAY_BIAS : 0;
  const value = /^-?\d[\d_]*$/.test(text) ? Number(text.replaceAll("_", "")) + bias : -1;
  if (value >= 0 && value <= MAX_RIAL) return value;
  rule.problems.add(node, `"${text}" must be a whole number, zero or more${alsoFits(field)}`);
  return 0;
}
function alsoFits(field) {
  const names = Object.keys(NAMED_VALUES[field] ?? {});
  if (names.length > 0) return ` or one of: ${names.join(", ")}`;
  if (field === 32 /* Day */) return ", or a Jalali date like 1405-01-31";
  return field === 33 /* Minute */ ? `, or a time like 14:30` : "";
}
function jalaliDay(text) {
  const match = /^(1[34]\d\d)-(\d\d)-(\d\d)$/.exec(text);
  if (match === null) return void 0;
  const [year, month, day2] = match.slice(1).map(Number);
  if (month < 1 || month > 12 || day2 < 1 || day2 > jalaliMonthDays(year, month)) return void 0;
  const dayNumber = fromJalali(year, month, day2);
  return dayNumber >= 0 ? dayNumber : void 0;
}

// back-office/rules/compile-rule.ts
var ANY_DAY = 65535;
var MAX_AMOUNT = 65535 * 10 ** MAX_EXPONENT;
var ACTION_PHASES = {
  give: [2 /* Redeem */, 3 /* Discount */, 4 /* Earn */],
  giveRial: [2 /* Redeem */, 3 /* Discount */, 4 /* Earn */],
  points: [5 /* Points */],
  setGroup: [6 /* Promote */],
  punch: [6 /* Promote */],
  refuse: [1 /* Guard */],
};
function compileRule(rule) {
  const id = rule.integer("id", 1, 255);
  const name = rule.text("name") ?? "";
  const phase = rule.choice("phase", PHASES);
  const order = rule.integer("order", 0, 255);
  const stack = rule.integer("stack", 0, MAX_STACK, 0);
  const action = parseAction(rule, phase);
  const conditions = parseConditions(rule, phase);
  const days = rule.section("days");
  const claimsBirthday = conditions.some(
    (condition) => condition.field === 42 /* BirthdayClaimed */,
  );
  const block3 = encodeBlock(RULE_LAYOUT, {
    id,
    order,
    phase,
    stack,
    action: action.action,
    base: rule.choice("of", BASES, "net"),
    conditionCount: conditions.length,
    lotWindow: rule.has("credit") ? parseWindow(rule.section("credit")) : new Uint8Array(4),
    lotKind: rule.integer("purse", 0, 255, 0),
    argument: encodeAmount(rule, action.argument, rule.nodeOf(action.key)),
    unit: encodeAmount(rule, action.unit, rule.nodeOf(action.key)),
    cap: encodeAmount(rule, rule.limit("max", MAX_RIAL), rule.nodeOf("max")),
    firstDay: days.has("first") ? parseDay(days, "first") : 0,
    lastDay: days.has("last") ? parseDay(days, "last") : ANY_DAY,
    flags: claimsBirthday ? 1 /* ClaimsBirthday */ : 0,
  });
  days.finish();
  rule.finish();
  const encoded = conditions.map((condition) => encodeCondition(rule, condition));
  const place = ((phase * 16 + stack) * 256 + order) * 256 + id;
  return { id, name, place, bytes: Buffer.concat([block3, ...encoded]) };
}
function parseWindow(section) {
  const fromDays = section.integer("fromDays", 0, 255, 0);
  const text = section.text("until") ?? "never";
  const monthEnd = section.choice("toMonthEnd", YES_NO, "no") * 4 /* EndOfMonth */;
  section.finish();
  const days = /^(\d+) days$/.exec(text);
  let mode = 3 /* Never */;
  let until = 0;
  if (days !== null) {
    mode = 1 /* Days */;
    until = section.parseInteger("until", days[1], 0, 36500);
  } else if (text !== "never") {
    mode = 2 /* FixedDay */;
    until = parseDay(section, "until");
  }
  return Uint8Array.of(mode + monthEnd, fromDays, until % 256, Math.floor(until / 256));
}
function parseDay(section, key) {
  const text = section.text(key);
  const day2 = jalaliDay(text ?? "");
  if (day2 !== void 0) return day2;
  if (text === void 0) return 0;
  section.complain(key, `"${key}: ${text}" is not a Jalali date; write it like 1405-01-31`);
  return 0;
}
function parsePercent(section, key, text) {
  const match = /^(\d+)(?:\.(\d{1,2}))? ?%$/.exec(text);
  const bps = match ? Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0")) : -1;
  if (bps >= 0 && bps <= 1e4) return bps;
  section.complain(key, `"${key}: ${text}" is not a share; write it like "10 %", at most "100 %"`);
  return 0;
}
function parseAction(rule, phase) {
  const keys = Object.keys(ACTION_PHASES).filter((key2) => rule.has(key2));
  if (keys.length !== 1) {
    const names = Object.keys(ACTION_PHASES).filter((key2) => ACTION_PHASES[key2].includes(phase));
    rule.complain(void 0, `a rule gives exactly one thing; here write one of: ${names.join(", ")}`);
    return { action: 2 /* Fixed */, argument: 0, unit: 0 };
  }
  const key = keys[0];
  const isPhaseKnown = Object.hasOwn(PHASES, rule.text("phase", "") ?? "");
  if (isPhaseKnown && !ACTION_PHASES[key].includes(phase)) {
    const phases = Object.keys(PHASES).filter((name) => ACTION_PHASES[key].includes(PHASES[name]));
    rule.complain(key, `"${key}" belongs to phase ${phases.join(" or ")}`);
  }
  return { key, ...ACTION_PARSERS[key](rule, rule.text(key) ?? "") };
}
var ACTION_PARSERS = {
  give: (rule, text) => simple(1 /* Bps */, parsePercent(rule, "give", text)),
  giveRial: (rule, text) => simple(2 /* Fixed */, rule.parseInteger("giveRial", text, 1, MAX_RIAL)),
  setGroup: (rule, text) => simple(5 /* SetGroup */, rule.parseInteger("setGroup", text, 1, 255)),
  refuse: (rule) => simple(7 /* Refuse */, rule.choice("refuse", { yes: 0 })),
  points: parsePoints,
  punch: parsePunch,
};
function simple(action, argument) {
  return { action, argument, unit: 0 };
}
function parsePoints(rule, text) {
  const match = /^(\d+) per ([\d_]+) rial$/.exec(text);
  if (match === null && /^\d+$/.test(text)) {
    return simple(4 /* PointsFixed */, rule.parseInteger("points", text, 1, 65535));
  }
  if (match === null) {
    rule.complain("points", `write "points: 5" or "points: 1 per 10_000 rial"`);
    return simple(4 /* PointsFixed */, 0);
  }
  return {
    action: 3 /* PointsPerUnit */,
    argument: rule.parseInteger("points", match[1], 1, 65535),
    unit: rule.parseInteger("points", match[2], 1, MAX_RIAL),
  };
}
function parsePunch(rule, text) {
  const match = /^([0-3]) of (\d+)$/.exec(text);
  if (match === null) {
    rule.complain("punch", `write which of the punches 0..3 and its length: "punch: 0 of 10"`);
    return simple(6 /* IncrementPunch */, 0);
  }
  const unit = rule.parseInteger("punch", match[2], 2, 255);
  return { action: 6 /* IncrementPunch */, argument: Number(match[1]), unit };
}
function encodeCondition(rule, condition) {
  const [low, high, exponent] = encodeAmount(rule, condition.value, condition.node);
  return encodeBlock(CONDITION_LAYOUT, {
    field: condition.field,
    operator: condition.operator + exponent * 16,
    mantissa: Uint8Array.of(low, high),
  });
}
function encodeAmount(rule, value, node = rule.nodeOf(void 0)) {
  const split = splitDecimal(value);
  if (split !== void 0) {
    return Uint8Array.of(split.mantissa % 256, Math.floor(split.mantissa / 256), split.exponent);
  }
  if (value > MAX_AMOUNT) {
    rule.problems.add(node, `${value} is more than a rule can hold; write at most ${MAX_AMOUNT}`);
    return new Uint8Array(3);
  }
  let step = 1;
  while (Math.floor(value / step) > 65535) step *= 10;
  const near = Math.floor(value / step) * step;
  rule.problems.add(node, `${value} has too many digits; write ${near} or ${near + step}`);
  return new Uint8Array(3);
}

// back-office/rules/yaml-section.ts
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";

var RulesetError = class extends Error {
  constructor(problems) {
    super(problems.join("\n"));
    this.problems = problems;
    this.name = "RulesetError";
  }
  problems;
};
var Problems = class {
  constructor(fileName, lines) {
    this.fileName = fileName;
    this.lines = lines;
  }
  fileName;
  lines;
  found = [];
  add(node, what) {
    this.addAt(node?.range?.[0] ?? 0, what);
  }
  /** `offset` counts the characters before the place. */
  addAt(offset, what) {
    const { line, col } = this.lines.linePos(offset);
    const text = `${this.fileName}:${Math.max(line, 1)}:${Math.max(col, 1)}: ${what}`;
    if (!this.found.some((one) => one.text === text)) this.found.push({ offset, text });
  }
  /** In the order of the file. */
  throwIfAny() {
    if (this.found.length === 0) return;
    const sorted = [...this.found].sort((a, b) => a.offset - b.offset);
    throw new RulesetError(sorted.map(({ text }) => text));
  }
};
var Section = class _Section {
  constructor(node, problems, name = "") {
    this.node = node;
    this.problems = problems;
    this.name = name;
  }
  node;
  problems;
  name;
  known = /* @__PURE__ */ new Set();
  has(key) {
    return this.valueOf(key) !== void 0;
  }
  /** The text of a scalar as written, so `007`, `yes` and `1405-01-01` arrive unchanged. */
  text(key, fallback) {
    const node = this.valueOf(key);
    if (node === void 0) {
      if (fallback === void 0) {
        const place = this.name === "" ? "" : ` under "${this.name}"`;
        this.complain(void 0, `"${key}" is missing${place}; add "${key}: ..."`);
      }
      return fallback;
    }
    if (isScalar(node)) return String(node.source ?? node.value);
    this.complain(key, `"${key}" must be a single value`);
    return fallback;
  }
  /** A whole number in `min..max`; underscores may group digits. */
  integer(key, min, max, fallback) {
    const text = this.text(key, fallback === void 0 ? void 0 : String(fallback));
    return text === void 0 ? min : this.parseInteger(key, text, min, max);
  }
  parseInteger(key, text, min, max) {
    const value = /^-?\d[\d_]*$/.test(text) ? Number(text.replaceAll("_", "")) : Number.NaN;
    if (value >= min && value <= max) return value;
    this.complain(key, `"${key}: ${text}" must be a whole number from ${min} to ${max}`);
    return min;
  }
  /** As `integer` from 1, or `none`, which is 0. */
  limit(key, max) {
    const text = this.text(key, "none");
    return text === void 0 || text === "none" ? 0 : this.parseInteger(key, text, 1, max);
  }
  /** One of the table's names; returns its value. */
  choice(key, table2, fallback) {
    const names = Object.keys(table2);
    const text = this.text(key, fallback) ?? names[0];
    if (Object.hasOwn(table2, text)) return table2[text];
    const meant = didYouMean(text, names, "write one of");
    this.complain(key, `"${key}: ${text}" is not known${meant}`);
    return table2[names[0]];
  }
  /** A mapping inside this one; empty when the key is missing. */
  section(key) {
    const node = this.valueOf(key);
    if (node !== void 0 && !isMap(node)) this.complain(key, `"${key}" must have keys of its own`);
    return new _Section(isMap(node) ? node : void 0, this.problems, key);
  }
  /** The items of a list of mappings. */
  sections(key) {
    const sections = [];
    for (const item of this.items(key)) {
      if (isMap(item)) sections.push(new _Section(item, this.problems));
      else this.problems.add(item, `every item of "${key}" must have keys, such as "- id: 1"`);
    }
    return sections;
  }
  /** The items of a list of single values. */
  texts(key) {
    const texts = [];
    for (const item of this.items(key)) {
      if (isScalar(item)) texts.push({ text: String(item.source ?? item.value), node: item });
      else this.problems.add(item, `every item of "${key}" must be a single value`);
    }
    return texts;
  }
  /** The keys as written, for mappings whose keys are data; all of them count as known. */
  keys() {
    const keys = (this.node?.items ?? []).map((pair) => String(pair.key));
    for (const key of keys) this.known.add(key);
    return keys;
  }
  /** Notes a problem at a key of this section, or at the section itself. */
  complain(key, what) {
    this.problems.add(this.nodeOf(key), what);
  }
  /** Where the value of a key stands in the file, or this section when there is none. */
  nodeOf(key) {
    return (key === void 0 ? void 0 : this.valueOf(key)) ?? this.node;
  }
  /** Reports every key that nobody has read. */
  finish() {
    for (const pair of this.node?.items ?? []) {
      const key = String(pair.key);
      if (!this.known.has(key)) {
        const meant = didYouMean(key, [...this.known], "known here");
        this.problems.add(pair.key, `unknown key "${key}"${meant}`);
      }
    }
  }
  items(key) {
    const node = this.valueOf(key);
    if (node === void 0) return [];
    if (isSeq(node)) return node.items;
    this.complain(key, `"${key}" must be a list`);
    return [];
  }
  valueOf(key) {
    this.known.add(key);
    const pair = this.node?.items.find((candidate) => String(candidate.key) === key);
    return pair?.value === null ? void 0 : pair?.value;
  }
};
function parseSections(source, fileName) {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  const problems = new Problems(fileName, lines);
  for (const error of document.errors) problems.addAt(error.pos[0], error.message);
  if (document.errors.some(({ code }) => code !== "DUPLICATE_KEY")) problems.throwIfAny();
  const top = document.contents;
  if (!isMap(top)) problems.add(void 0, "no keys in this file");
  if (!isMap(top)) problems.throwIfAny();
  return new Section(top, problems);
}

// back-office/rules/compile.ts
var U32_MAX = 4294967295;
var PERIOD_MONTHS = { none: 0, month: 1, season: 3, half: 6, year: 12 };
var DISPLAY_UNITS = {
  rial: { displayDivisor: 1, displayDecimals: 0 },
  toman: { displayDivisor: 10, displayDecimals: 0 },
  newRial: { displayDivisor: 1e4, displayDecimals: 2 },
};
function compileRuleset(source, fileName) {
  const top = parseSections(source, fileName);
  const club = top.integer("club", 1, 65535);
  const version = top.integer("version", 1, U32_MAX);
  const rules = compileRules(top);
  const pairs = compileAcceptance(top);
  const header = {
    magic: RULESET_MAGIC,
    format: RULESET_FORMAT,
    ruleCount: rules.length,
    club,
    version,
    validFromDay: parseDay(top, "validFrom"),
    roundToRial: top.integer("roundToRial", 1, U32_MAX, 1),
    stackModes: compileStacks(top.section("stacks")),
    lotWindow: parseWindow(top.section("credit")),
    periodMonths: top.choice("period", PERIOD_MONTHS, "none"),
    acceptCount: pairs.length / 2,
    ...top.choice("display", DISPLAY_UNITS, "toman"),
    ...compileClock(top.section("clock")),
    ...compileLimits(top.section("limits")),
    ...compileRedeem(top.section("redeem")),
    ...compileEnrol(top.section("enrol")),
    flags: compileFlags(top),
  };
  top.finish();
  top.problems.throwIfAny();
  const ruleBytes = rules.map((rule) => rule.bytes);
  const bytes = Buffer.concat([encodeBlock(HEADER_LAYOUT, header), pairs, ...ruleBytes]);
  bytes.writeUInt16LE(bytes.length, 4 /* LengthBytes */);
  if (checkRuleset(bytes) !== 0 /* Ok */) throw new Error(`${fileName}: compiled to refused bytes`);
  const ruleNames = new Map(rules.map((rule) => [rule.id, rule.name]));
  return { bytes: Uint8Array.from(bytes), club, version, ruleNames };
}
function compileRules(top) {
  const rules = [];
  for (const section of top.sections("rules")) {
    const rule = compileRule(section);
    if (rules.some((other) => other.id === rule.id)) {
      section.complain("id", `rule id ${rule.id} is used twice; every rule needs its own`);
    }
    rules.push(rule);
  }
  if (rules.length > MAX_RULES) top.complain("rules", `at most ${MAX_RULES} rules`);
  return rules.sort((a, b) => a.place - b.place);
}
function compileClock(clock) {
  const offsetMinutes = clock.integer("offsetMinutes", 0, 840, 210);
  const text = clock.text("dayStartsAt", "00:00") ?? "";
  const match = /^"?([01]\d|2[0-3]):([0-5]\d)"?$/.exec(text);
  if (match === null) clock.complain("dayStartsAt", `write the time like "04:00"`);
  clock.finish();
  return { offsetMinutes, cutoffMinute: match ? Number(match[1]) * 60 + Number(match[2]) : 0 };
}
function compileLimits(limits) {
  const perTapCapRial = limits.limit("earnPerTapRial", MAX_RIAL);
  const maxBalanceRial = limits.limit("balanceRial", MAX_RIAL);
  limits.finish();
  return { perTapCapRial, maxBalanceRial };
}
function compileRedeem(redeem) {
  const values2 = {
    redeemUnitRial: redeem.integer("unitRial", 1, U32_MAX, 1),
    redeemMinRial: redeem.integer("minRial", 0, MAX_RIAL, 0),
    redeemMaxRial: redeem.limit("maxRial", MAX_RIAL),
    redeemMaxBps: parsePercent(redeem, "maxOfBill", redeem.text("maxOfBill", "100 %") ?? ""),
    redeemDayRial: redeem.limit("perDayRial", U32_MAX),
  };
  redeem.choice("whenClockIsSuspect", YES_NO, "no");
  redeem.finish();
  return values2;
}
function compileEnrol(enrol2) {
  const enrolGroup = enrol2.integer("group", 0, 255, 1);
  enrol2.choice("needsApproval", YES_NO, "no");
  enrol2.finish();
  return { enrolGroup };
}
function compileFlags(top) {
  const isSuspectFine = top.section("redeem").choice("whenClockIsSuspect", YES_NO, "no") === 1;
  const isClosed = top.section("enrol").choice("needsApproval", YES_NO, "no") === 1;
  return (isSuspectFine ? 1 /* RedeemWhenClockSuspect */ : 0) + (isClosed ? 2 /* ClosedClub */ : 0);
}
function compileStacks(stacks) {
  const packed = new Uint8Array(4);
  for (const key of stacks.keys()) {
    const stack = stacks.parseInteger(key, key, 0, MAX_STACK);
    packed[Math.floor(stack / 4)] |= stacks.choice(key, STACK_MODES) << ((stack % 4) * 2);
  }
  return packed;
}
function compileAcceptance(top) {
  const pairs = [];
  for (const section of top.sections("accept")) {
    for (const key of ["shop", "creditOf"]) {
      const text = section.text(key);
      const isAny = text === void 0 || text === "any";
      pairs.push(isAny ? ANY_ISSUER : section.parseInteger(key, text, 1, ANY_ISSUER - 1));
    }
    section.finish();
  }
  if (pairs.length > 2 * 255) top.complain("accept", `at most 255 lines; use "shop: any"`);
  return Uint8Array.from(pairs);
}

// host-sim/mfd.ts
var IMAGE_SIZE_BYTES = 1024;
var BLOCK_SIZE_BYTES2 = 16;
var BLOCKS_PER_SECTOR3 = 4;
var TRANSPORT_TRAILER = "ffffffffffffff078069ffffffffffff";
var SAK_1K = 8;
var ATQA_LOW = { 4: 4, 7: 68 };
function blankImage(uid) {
  if (uid.length !== 4 && uid.length !== 7) {
    throw new RangeError(`a UID has 4 or 7 bytes, not ${uid.length}`);
  }
  const image = new Uint8Array(IMAGE_SIZE_BYTES);
  const trailer = Buffer.from(TRANSPORT_TRAILER, "hex");
  for (let block3 = 3; block3 * BLOCK_SIZE_BYTES2 < image.length; block3 += BLOCKS_PER_SECTOR3) {
    image.set(trailer, block3 * BLOCK_SIZE_BYTES2);
  }
  const check = uid.length === 4 ? [checkByte(uid)] : [];
  image.set([...uid, ...check, SAK_1K, ATQA_LOW[uid.length], 0]);
  return image;
}
function checkByte(uid) {
  return uid[0] ^ uid[1] ^ uid[2] ^ uid[3];
}

// firmware/hal/card-reader.ts
var MIFARE_1K_SAK = 8;

// firmware/app/card-session.ts
var IDENTITY_BLOCK_COUNT = 3;
var BLOCKS_WRITTEN_TOGETHER = 3;
var NONE = -1;
function createCardSession(reader, aes2, config, identity) {
  const card = { uid: newBytes(UID_BYTES), uidLengthBytes: 4, atqa: 0, sak: 0 };
  const knownUid = newBytes(UID_BYTES);
  const sectorKeys = newBytes(SECTOR_COUNT * SECTOR_KEY_BYTES);
  const isDerived = newBytes(SECTOR_COUNT);
  const sealKey = createSivKey();
  const value = { value: 0, address: 0 };
  const block3 = newBytes(BLOCK_BYTES);
  const sealed = newBytes(SEALED_STATE_BYTES);
  const place = placeOf(card, config);
  let sealKeyEpoch = NONE;
  let openSector = NONE;
  function isOk(status) {
    if (status === 0 /* Ok */) return true;
    session.status = status;
    openSector = NONE;
    return false;
  }
  function select() {
    openSector = NONE;
    if (!isOk(reader.select(card))) return false;
    const isSameLength = place.uidLengthBytes === card.uidLengthBytes;
    if (!isSameLength || !equalBytes(knownUid, 0, card.uid, 0, UID_BYTES)) {
      fillBytes(isDerived, 0, SECTOR_COUNT, 0);
      sealKeyEpoch = NONE;
      copyBytes(card.uid, 0, knownUid, 0, UID_BYTES);
      place.uidLengthBytes = card.uidLengthBytes;
    }
    return true;
  }
  function open(blockIndex) {
    const sector = sectorOf(blockIndex);
    if (sector === openSector) return true;
    const at = sector * SECTOR_KEY_BYTES;
    if (isDerived[sector] === 0) {
      isDerived[sector] = 1;
      deriveSectorKey(
        aes2,
        config.sectorMaster,
        card.uid,
        card.uidLengthBytes,
        config.clubId,
        sector,
        97 /* B */,
        sectorKeys,
        at,
      );
    }
    if (!isOk(reader.authenticate(card, blockIndex, 97 /* B */, sectorKeys, at))) return false;
    openSector = sector;
    return true;
  }
  function read(blockIndex, out, outOffset) {
    return open(blockIndex) && isOk(reader.readBlock(blockIndex, out, outOffset));
  }
  function write(blockIndex, from, fromOffset) {
    return open(blockIndex) && isOk(reader.writeBlock(blockIndex, from, fromOffset));
  }
  function readCounter(blockIndex) {
    if (!read(blockIndex, block3, 0)) return false;
    if (decodeValueBlock(block3, 0, value) !== 0 /* Ok */ || value.value < 0) value.value = TORN2;
    return true;
  }
  function readCounters() {
    if (!readCounter(COUNTER_1_BLOCK)) return false;
    const first = value.value;
    if (!readCounter(COUNTER_2_BLOCK)) return false;
    session.counterState = judgeCounters(first, value.value);
    session.counter = first === TORN2 ? value.value : first;
    return true;
  }
  function mendCounters() {
    const isFirstTorn = session.counterState === 1 /* FirstTorn */;
    return (
      open(COUNTER_1_BLOCK) &&
      isOk(reader.restore(isFirstTorn ? COUNTER_2_BLOCK : COUNTER_1_BLOCK)) &&
      isOk(reader.transfer(isFirstTorn ? COUNTER_1_BLOCK : COUNTER_2_BLOCK))
    );
  }
  function lower(blockIndex) {
    return (
      open(blockIndex) && isOk(reader.decrement(blockIndex, 1)) && isOk(reader.transfer(blockIndex))
    );
  }
  function useEpoch(epochsBack) {
    const master = epochsBack === 0 ? config.sealMaster : config.previousSealMaster;
    if (master === void 0) return false;
    place.keyEpoch = config.keyEpoch - epochsBack;
    if (sealKeyEpoch !== place.keyEpoch) {
      sealKeyEpoch = place.keyEpoch;
      deriveSealKey(
        aes2,
        master,
        card.uid,
        card.uidLengthBytes,
        config.clubId,
        sealKeyEpoch,
        sealKey,
      );
    }
    return true;
  }
  function readSealed(firstBlock, blockCount, attempt) {
    for (let i = 0; i < blockCount; i++) {
      if (!read(blockAfter(firstBlock, i), sealed, i * BLOCK_BYTES)) return false;
    }
    session.tag = getUint(sealed, 0, BASE_TAG_BYTES);
    useEpoch(0);
    let status = attempt();
    if (status === 21 /* BadSeal */ && useEpoch(1)) status = attempt();
    session.status = status;
    return status === 0 /* Ok */;
  }
  function readIdentity() {
    return readSealed(IDENTITY_FIRST_BLOCK, IDENTITY_BLOCK_COUNT, () =>
      openIdentity(aes2, sealKey, place, sealed, 0, identity),
    );
  }
  function readRecord2(counter2, into) {
    const slot = slotOfCounter(counter2);
    place.counter = counter2;
    return readSealed(stateBlock(slot, 0), STATE_BLOCK_COUNT, () =>
      openState(aes2, sealKey, place, sealed, 0, into),
    );
  }
  function sealRecord2(counter2, from) {
    useEpoch(0);
    place.counter = counter2;
    const status = sealState(aes2, sealKey, place, from, sealed, 0);
    session.tag = getUint(sealed, 0, BASE_TAG_BYTES);
    return status === 0 /* Ok */;
  }
  function readBack(blockIndex, sealedOffset) {
    if (!read(blockIndex, block3, 0)) return false;
    const isSame2 = equalBytes(block3, 0, sealed, sealedOffset, BLOCK_BYTES);
    return isOk(isSame2 ? 0 /* Ok */ : 4 /* BadAnswer */);
  }
  function writeRecord(counter2) {
    const firstBlock = stateBlock(slotOfCounter(counter2), 0);
    for (let first = 0; first < STATE_BLOCK_COUNT; first += BLOCKS_WRITTEN_TOGETHER) {
      for (let k = 0; k < 2 * BLOCKS_WRITTEN_TOGETHER; k++) {
        const i = first + (k % BLOCKS_WRITTEN_TOGETHER);
        const blockIndex = blockAfter(firstBlock, i);
        const at = i * BLOCK_BYTES;
        const isWrite = k < BLOCKS_WRITTEN_TOGETHER;
        if (!(isWrite ? write(blockIndex, sealed, at) : readBack(blockIndex, at))) return false;
      }
    }
    return true;
  }
  function isBlank() {
    fillBytes(block3, 0, SECTOR_KEY_BYTES, 255);
    return select() && isOk(reader.authenticate(card, COUNTER_1_BLOCK, 96 /* A */, block3, 0));
  }
  const session = {
    card,
    identity,
    sealKey,
    tag: 0,
    status: 0 /* Ok */,
    counterState: 0 /* Equal */,
    counter: 0,
    select,
    readCounters,
    mendCounters,
    lowerCounters: () => lower(COUNTER_1_BLOCK) && lower(COUNTER_2_BLOCK),
    readIdentity,
    readRecord: readRecord2,
    sealRecord: sealRecord2,
    writeRecord,
    checkRecord: (counter2) => readBack(stateBlock(slotOfCounter(counter2), 0), 0),
    writeBlock: (blockIndex, from) => write(blockIndex, from, 0),
    isBlank,
  };
  return session;
}
function placeOf(card, config) {
  const { clubId, keyEpoch } = config;
  return { uid: card.uid, uidLengthBytes: card.uidLengthBytes, clubId, counter: 0, keyEpoch };
}
var TORN2 = -1;
function judgeCounters(first, second) {
  if (first === TORN2) return second === TORN2 ? 4 /* Lost */ : 1 /* FirstTorn */;
  if (second === TORN2) return 2 /* SecondTorn */;
  if (first === second) return 0 /* Equal */;
  return first === second - 1 ? 3 /* Between */ : 5 /* Manipulated */;
}
function blockAfter(firstBlock, index) {
  return firstBlock + index + Math.floor(index / 3);
}

// firmware/limits.ts
var FIELD_OFF_MS = 6;
var FIELD_READY_MS = 6;
var CARD_WRITE_TRIES = 5;
var CARD_POLL_MS = 40;
var BOOT_SCAN_RECORDS = 64;

// firmware/app/intents.ts
function createIntents(journal, clock, rulesetVersion) {
  const open = createEntry();
  const note = createEntry();
  const payload = newBytes(MAX_ENTRY_BYTES);
  const record = newBytes(MAX_ENTRY_BYTES + RECORD_HEADER_BYTES);
  let openSequence = 0;
  let isTouched = false;
  function append(type, entry2) {
    return journal.append(type, payload, encodeEntry(entry2, payload));
  }
  function close(type, detailKey, detail) {
    clearEntry(note);
    note.values[8 /* IntentSequence */] = openSequence;
    note.values[detailKey] = detail;
    const status = append(type, note);
    if (status === 0 /* Ok */) openSequence = 0;
    return status;
  }
  function doubt() {
    return close(5 /* InDoubt */, 9 /* Reason */, 0);
  }
  function begin(session, purchase2, decision2, mobile, after2, counter2) {
    if (!journal.hasRoomForTap()) return 41 /* Full */;
    clearEntry(open);
    fillIntent(open, session.identity, purchase2, decision2, rulesetVersion);
    setEntryString(open, 1 /* Uid */, session.card.uid, 0, session.card.uidLengthBytes);
    for (let i = 0; i < mobile.length; i++) {
      open.strings[3 /* Mobile */][i] = mobile.charCodeAt(i);
    }
    open.lengths[3 /* Mobile */] = mobile.length;
    isTouched = false;
    return write(session, after2, counter2);
  }
  function write(session, after2, counter2) {
    if (!session.sealRecord(counter2 - 2, after2)) return 20 /* Malformed */;
    open.values[26 /* BaseTag */] = after2[60 /* BaseTag */];
    open.values[27 /* NewTag */] = session.tag;
    open.values[11 /* CounterBefore */] = counter2;
    open.values[25 /* UnixSeconds */] = isConfirming() ? 0 : clock.unixSeconds();
    const status = append(2 /* Intent */, open);
    if (status === 0 /* Ok */) openSequence = journal.nextSequence() - 1;
    return status;
  }
  function confirm(session, after2, counter2) {
    if (!journal.hasRoomForTap()) return 41 /* Full */;
    open.values[28 /* Confirms */] = sequence();
    isTouched = true;
    const status = write(session, after2, counter2);
    return status === 0 /* Ok */ || boot() === 0 /* Ok */ ? status : 40 /* FlashFault */;
  }
  function isConfirming() {
    return open.values[28 /* Confirms */] > 0;
  }
  function sequence() {
    return isConfirming() ? open.values[28 /* Confirms */] : openSequence;
  }
  function boot() {
    let sequence2 = journal.nextSequence() - 1;
    for (let i = 0; i < BOOT_SCAN_RECORDS && sequence2 > 0; i++) {
      const status = journal.read(sequence2, record, 0);
      if (status === 25 /* NotFound */) return 0 /* Ok */;
      if (status !== 0 /* Ok */) return status;
      const type = record[RECORD_TYPE_OFFSET];
      if (type >= 3 /* Commit */ && type <= 5 /* InDoubt */) return 0 /* Ok */;
      if (type === 2 /* Intent */) return reopen(sequence2);
      sequence2--;
    }
    return 0 /* Ok */;
  }
  function reopen(sequence2) {
    const lengthBytes = journal.readLengthBytes();
    const status = decodeEntry(record, RECORD_HEADER_BYTES, lengthBytes, open);
    if (status !== 0 /* Ok */) return status;
    openSequence = sequence2;
    isTouched = true;
    return 0 /* Ok */;
  }
  function request() {
    const values2 = open.values;
    let mobile = "";
    for (let i = 0; i < open.lengths[3 /* Mobile */]; i++)
      mobile += String.fromCharCode(open.strings[3 /* Mobile */][i]);
    return {
      kind: values2[12 /* Kind */],
      grossRial: values2[15 /* GrossRial */],
      askedCreditRial: values2[16 /* UsedRial */],
      mobile,
    };
  }
  function restore(purchase2, decision2) {
    const values2 = open.values;
    purchase2.kind = values2[12 /* Kind */];
    purchase2.grossRial = values2[15 /* GrossRial */];
    purchase2.askedCreditRial = values2[16 /* UsedRial */];
    purchase2.day = values2[13 /* Day */];
    purchase2.minute = values2[14 /* Minute */];
    purchase2.sequence = sequence();
    for (let key = 16 /* UsedRial */; key <= 22 /* PointsAfter */; key++) {
      decision2[key] = values2[key];
    }
    decision2[2 /* PayableRial */] =
      purchase2.grossRial - decision2[16 /* UsedRial */] - decision2[19 /* DiscountRial */];
  }
  function alarm(code, uid, counter2) {
    clearEntry(note);
    note.values[8 /* Code */] = code;
    note.values[9 /* Counter */] = counter2;
    setEntryString(note, 1 /* Uid */, uid, 0, UID_BYTES);
    if (journal.hasRoomForTap()) append(6 /* Alarm */, note);
  }
  return {
    open,
    isOpen: () => openSequence > 0,
    sequence,
    nextSequence: journal.nextSequence,
    boot,
    begin,
    confirm,
    isConfirming,
    touch: () => {
      isTouched = true;
    },
    commit: (counterAfter) => close(3 /* Commit */, 9 /* CounterAfter */, counterAfter),
    abort: (reason) => close(4 /* Aborted */, 9 /* Reason */, reason),
    doubt,
    giveUp: () => {
      if (openSequence === 0) return 0 /* Ok */;
      return isTouched ? doubt() : close(4 /* Aborted */, 9 /* Reason */, 2 /* CardLost */);
    },
    alarm,
    isOpenFor: (card) =>
      openSequence > 0 &&
      open.lengths[1 /* Uid */] === card.uidLengthBytes &&
      equalBytes(open.strings[1 /* Uid */], 0, card.uid, 0, card.uidLengthBytes),
    request,
    restore,
  };
}
var RECORD_HEADER_BYTES = 8;
var RECORD_TYPE_OFFSET = 2;

// firmware/app/movement-log.ts
function createMovementLog(aes2, terminalId) {
  const entry2 = emptyLogEntry();
  const block3 = newBytes(BLOCK_BYTES);
  return {
    add: (session, intent, sequence, counter2) => {
      const values2 = intent.values;
      const isEnrolment = values2[12 /* Kind */] === 1 /* Enrol */;
      entry2[0 /* Type */] = isEnrolment ? 4 /* Enrolment */ : 1 /* Purchase */;
      entry2[1 /* Terminal */] = terminalId;
      entry2[2 /* SequenceLow */] = sequence % 65536;
      entry2[3 /* Day */] = values2[13 /* Day */];
      entry2[4 /* AmountRial */] = values2[15 /* GrossRial */];
      entry2[5 /* CreditDeltaRial */] =
        values2[17 /* EarnedRial */] - values2[16 /* UsedRial */] - values2[18 /* ExpiredRial */];
      if (sealLogEntry(aes2, session.sealKey, entry2, block3, 0) === 0 /* Ok */)
        session.writeBlock(logBlock(logEntryOfCounter(counter2)), block3);
    },
  };
}

// firmware/hal/keypad.ts
var NO_KEY = 0;

// firmware/app/font-format.ts
var FONT_COLUMNS = 5;
var FONT_FIRST = 32;
var FONT_LAST = 126;
var FONT_BYTES = (FONT_LAST - FONT_FIRST + 1) * FONT_COLUMNS;

// firmware/app/screen.ts
var DISPLAY_COLUMNS = 128;
var BLANK = "\0";
while (BLANK.length < DISPLAY_COLUMNS) BLANK += BLANK;

// firmware/core/cose.ts
var COSE_DATA_OFFSET = 48;
var COSE_TAG_BYTES = 16;
var COSE_WORK_OVERHEAD_BYTES = COSE_DATA_OFFSET + COSE_TAG_BYTES;
var ASSOCIATED = bytesOf([
  0, 16, 131, 104, 69, 110, 99, 114, 121, 112, 116, 48, 68, 161, 1, 24, 30, 64,
]);
var HEADER = bytesOf([208, 131, 68, 161, 1, 24, 30, 161, 5, 77]);
var counter = newBytes(16);
var tag = newBytes(COSE_TAG_BYTES);
var received = newBytes(COSE_TAG_BYTES);
function bytesOf(values2) {
  const out = newBytes(values2.length);
  for (let i = 0; i < values2.length; i++) out[i] = values2[i];
  return out;
}

// firmware/core/sync-messages.ts
var BATCH_HEAD_BYTES = 2;
var CHAIN_MAC_BYTES = 8;
var BATCH_RECORD_BYTES = 168;
var BATCH_TARGET_BYTES = 768;
var BATCH_BYTES =
  BATCH_HEAD_BYTES +
  BATCH_TARGET_BYTES +
  BATCH_HEAD_BYTES +
  BATCH_RECORD_BYTES +
  1 +
  CHAIN_MAC_BYTES;

// firmware/app/date-purchase.ts
function datePurchase(purchase2, ruleset2, unixSeconds) {
  const offsetMinutes = getUint(ruleset2, 14 /* OffsetMinutes */, 2);
  const cutoffMinute = getUint(ruleset2, 16 /* CutoffMinute */, 2);
  purchase2.day = businessDay(unixSeconds, offsetMinutes, cutoffMinute);
  purchase2.minute = minuteOfDay(unixSeconds, offsetMinutes);
}

// firmware/app/watermarks.ts
var CAPACITY = 64;
function createWatermarks() {
  const cards = [];
  const counters = [];
  const tags = [];
  let next = 0;
  return {
    isPlausible: (uid, counter2, tag2) => {
      const i = cards.indexOf(numberOf(uid));
      return i < 0 || counter2 < counters[i] || (counter2 === counters[i] && tag2 === tags[i]);
    },
    note: (uid, counter2, tag2) => {
      const card = numberOf(uid);
      let i = cards.indexOf(card);
      if (i < 0) {
        i = next;
        next = (next + 1) % CAPACITY;
        cards[i] = card;
      }
      counters[i] = counter2;
      tags[i] = tag2;
    },
  };
}
function numberOf(uid) {
  return getUint(uid, 1, 6) + uid[0] * 16777216;
}

// firmware/app/tap.ts
function createTap(reader, session, intents, log, clock, ruleset2, purchase2) {
  const decision2 = createDecision();
  const watermarks = createWatermarks();
  const base = emptyState();
  const after2 = emptyState();
  const validFromDay = getUint(ruleset2, 12 /* ValidFromDay */, 2);
  let request = { kind: 15 /* Abandon */, grossRial: 0, askedCreditRial: 0, mobile: "" };
  let phase = 11 /* Idle */;
  let outcome = 0 /* Waiting */;
  let baseCounter = 0;
  let triesLeft = 0;
  let stage = 0 /* Restarted */;
  let isBurnt = false;
  function finish(result) {
    outcome = result;
    reader.setField(false);
    return 11 /* Idle */;
  }
  function refuse(result) {
    outcome = result;
    return 0 /* Detect */;
  }
  function failed() {
    const status = session.status;
    if (status === 7 /* ReaderFault */) return finish(15 /* Fault */);
    if (isContentFault(status)) return finish(10 /* Damaged */);
    return refuse(intents.isOpen() ? 3 /* Lost */ : 2 /* LeftEarly */);
  }
  function manipulated(code) {
    intents.alarm(code, session.card.uid, session.counter);
    if (intents.isOpenFor(session.card)) intents.doubt();
    return finish(11 /* Manipulated */);
  }
  function detect() {
    isBurnt = false;
    if (reader.probeMagic() === 8 /* MagicCard */) {
      if (!session.select()) fillBytes(session.card.uid, 0, UID_BYTES, 0);
      session.counter = 0;
      return manipulated(6 /* MagicCard */);
    }
    if (!session.select()) {
      if (session.status === 1 /* NoCard */) return 0 /* Detect */;
      return session.status === 5 /* Collision */ ? refuse(5 /* TwoCards */) : failed();
    }
    if (intents.isOpen() && !intents.isOpenFor(session.card)) return refuse(4 /* OtherCard */);
    if (session.card.sak !== MIFARE_1K_SAK) return finish(9 /* Foreign */);
    outcome = 1 /* Working */;
    return 1 /* Counter */;
  }
  function readCounter() {
    if (!session.readCounters()) {
      const isStranger = session.status === 6 /* AuthFailed */ && !intents.isOpen();
      return isStranger ? diagnoseStranger() : failed();
    }
    const state = session.counterState;
    if (state === 4 /* Lost */) return finish(10 /* Damaged */);
    if (state === 5 /* Manipulated */) return manipulated(1 /* Counter */);
    if (state === 0 /* Equal */ || request.kind === 3 /* Balance */) return 2 /* Identity */;
    if (!mayTry()) return finish(10 /* Damaged */);
    return session.mendCounters() ? 1 /* Counter */ : failed();
  }
  function diagnoseStranger() {
    if (session.isBlank()) return finish(8 /* Blank */);
    return session.select() ? finish(9 /* Foreign */) : failed();
  }
  function readIdentity() {
    if (!session.readIdentity()) return failed();
    return intents.isOpen() ? 4 /* Resume */ : 3 /* Record */;
  }
  function readRecord2() {
    const counter2 = session.counter;
    const isOdd = counter2 % 2 === 1;
    baseCounter = isOdd ? counter2 + 1 : counter2;
    if (!session.readRecord(baseCounter, base)) return failed();
    if (!watermarks.isPlausible(session.card.uid, baseCounter, session.tag))
      return manipulated(2 /* Watermark */);
    if (!isOdd || request.kind === 3 /* Balance */) return 5 /* Decide */;
    copyRecord(base, after2);
    fillPurchase(15 /* Abandon */, 0, 0);
    return beginAttempt(createDecision(), "", 7 /* Expose */);
  }
  function decide() {
    fillPurchase(request.kind, request.grossRial, request.askedCreditRial);
    evaluateTap(ruleset2, base, session.identity, purchase2, after2, decision2);
    if (purchase2.day < validFromDay && request.kind !== 3 /* Balance */)
      decision2[0 /* Outcome */] = 10 /* ClockSuspect */;
    if (decision2[0 /* Outcome */] !== 0 /* Ok */) return finish(7 /* Refused */);
    if (request.kind === 3 /* Balance */) return finish(6 /* Done */);
    return beginAttempt(decision2, request.mobile, 6 /* Burn */);
  }
  function beginAttempt(figures, mobile, next) {
    after2[60 /* BaseTag */] = session.tag;
    stage = 1 /* Begun */;
    return begun(intents.begin(session, purchase2, figures, mobile, after2, baseCounter), next);
  }
  function begun(status, next) {
    if (status === 0 /* Ok */) return next;
    return finish(status === 41 /* Full */ ? 14 /* JournalFull */ : 15 /* Fault */);
  }
  function resume() {
    baseCounter = intents.open.values[11 /* CounterBefore */];
    const lowered = baseCounter - session.counter;
    if (lowered < 0) return manipulated(3 /* Rollback */);
    if (lowered === 1 && !intents.isConfirming()) return startOver();
    intents.restore(purchase2, decision2);
    if (lowered > 1) return lookBack(lowered);
    if (!session.readRecord(baseCounter, base)) return failed();
    if (session.tag !== intents.open.values[26 /* BaseTag */]) return manipulated(4 /* BaseTag */);
    if (!rebuild()) return giveUp(!intents.isConfirming(), 12 /* Superseded */);
    return lowered === 0 ? 6 /* Burn */ : 7 /* Expose */;
  }
  function startOver() {
    if (stage === 0 /* Restarted */) request = intents.request();
    const status = stage === 1 /* Begun */ ? intents.abort(24 /* Stale */) : intents.doubt();
    return status === 0 /* Ok */ ? 3 /* Record */ : finish(15 /* Fault */);
  }
  function rebuild() {
    if (isAbandon() || intents.isConfirming()) copyRecord(base, after2);
    else evaluateTap(ruleset2, base, session.identity, purchase2, after2, decision2);
    after2[60 /* BaseTag */] = session.tag;
    return session.sealRecord(baseCounter - 2, after2) && session.tag === newTag();
  }
  function lookBack(lowered) {
    const newest = session.counter + (session.counter % 2);
    if (lowered > 5 || !session.readRecord(newest, after2)) {
      const isGone = lowered > 5 || isContentFault(session.status);
      return isGone ? giveUp(false, 13 /* InDoubt */) : failed();
    }
    const isBase = intents.isConfirming() && lowered < 4;
    const tag2 = isBase || lowered > 3 ? after2[60 /* BaseTag */] : session.tag;
    if (tag2 !== intents.open.values[isBase ? 26 /* BaseTag */ : 27 /* NewTag */])
      return giveUp(!intents.isConfirming(), 12 /* Superseded */);
    if (isAbandon()) return lowered === 2 ? 9 /* Ratify */ : 10 /* Close */;
    return confirm(newest);
  }
  function confirm(newest) {
    baseCounter = newest;
    after2[60 /* BaseTag */] = session.tag;
    const next = session.counter === newest ? 6 /* Burn */ : 7 /* Expose */;
    return begun(intents.confirm(session, after2, newest), next);
  }
  function burn() {
    intents.touch();
    if (!session.lowerCounters() || !session.readCounters()) return failed();
    isBurnt = isEqualAt(baseCounter - 1);
    return isBurnt ? 7 /* Expose */ : 0 /* Detect */;
  }
  function isEqualAt(counter2) {
    return session.counterState === 0 /* Equal */ && session.counter === counter2;
  }
  function expose() {
    if (!mayTry()) return finish(10 /* Damaged */);
    stage = 2 /* Exposed */;
    intents.touch();
    return session.writeRecord(baseCounter - 2) ? 8 /* Commit */ : failed();
  }
  function mayTry() {
    triesLeft--;
    return triesLeft >= 0;
  }
  function commit() {
    return session.lowerCounters() ? 9 /* Ratify */ : failed();
  }
  function ratify() {
    reader.setField(false);
    clock.waitMs(FIELD_OFF_MS);
    reader.setField(true);
    clock.waitMs(FIELD_READY_MS);
    if (!session.select()) return failed();
    if (!intents.isOpenFor(session.card)) return refuse(4 /* OtherCard */);
    if (!session.readCounters()) return failed();
    if (session.counter > baseCounter - 1) return manipulated(5 /* ShadowCard */);
    if (!isEqualAt(baseCounter - 2)) return 0 /* Detect */;
    return session.checkRecord(baseCounter - 2) ? 10 /* Close */ : failed();
  }
  function close() {
    if (!isBurnt && !isAbandon()) return 4 /* Resume */;
    const counter2 = baseCounter - 2;
    const sequence = intents.sequence();
    watermarks.note(session.card.uid, counter2, newTag());
    if (intents.commit(counter2) !== 0 /* Ok */) return finish(15 /* Fault */);
    if (isAbandon())
      return request.kind === 15 /* Abandon */ ? finish(12 /* Superseded */) : 1 /* Counter */;
    log.add(session, intents.open, sequence, counter2);
    return finish(6 /* Done */);
  }
  function giveUp(isCertain, result) {
    const status = isCertain ? intents.abort(24 /* Stale */) : intents.doubt();
    return finish(status === 0 /* Ok */ ? result : 15 /* Fault */);
  }
  function newTag() {
    return intents.open.values[27 /* NewTag */];
  }
  function isAbandon() {
    return intents.open.values[12 /* Kind */] === 15 /* Abandon */;
  }
  function fillPurchase(kind, grossRial, askedRial) {
    purchase2.kind = kind;
    purchase2.grossRial = grossRial;
    purchase2.askedCreditRial = askedRial;
    datePurchase(purchase2, ruleset2, clock.unixSeconds());
    purchase2.sequence = intents.nextSequence();
  }
  const handlers = [
    detect,
    readCounter,
    readIdentity,
    readRecord2,
    resume,
    decide,
    burn,
    expose,
    commit,
    ratify,
    close,
  ];
  function begin(wanted) {
    if (!intents.isOpen()) request = wanted;
    outcome = 0 /* Waiting */;
    phase = 0 /* Detect */;
    triesLeft = CARD_WRITE_TRIES;
    reader.setField(true);
  }
  function step() {
    if (phase === 11 /* Idle */) return false;
    phase = handlers[phase]();
    return phase !== 0 /* Detect */ && phase !== 11 /* Idle */;
  }
  function cancel() {
    phase = 11 /* Idle */;
    reader.setField(false);
    return intents.giveUp();
  }
  const { isOpen } = intents;
  return {
    begin,
    step,
    outcome: () => outcome,
    cancel,
    isOpen,
    decision: decision2,
    purchase: purchase2,
  };
}

// firmware/storage/checked-program.ts
function createCheckedProgram(flash, crc32) {
  return (address, bytes, offset, lengthBytes) => {
    const crc = crc32(bytes, offset, lengthBytes);
    const status = flash.program(address, bytes, offset, lengthBytes);
    flash.read(address, bytes, offset, lengthBytes);
    return status === 0 /* Ok */ && crc32(bytes, offset, lengthBytes) === crc;
  };
}

// firmware/storage/journal-format.ts
function recordSizeBytes(payloadLengthBytes) {
  return 24 /* OverheadBytes */ + Math.floor((payloadLengthBytes + 3) / 4) * 4;
}

// firmware/storage/journal-reader.ts
function createJournalReader(flash, firstPage, pageCount, crc32) {
  const pageSizeBytes = flash.pageSizeBytes;
  const work = newBytes(192 /* SizeBytes */);
  const mark = newBytes(24 /* SizeBytes */);
  const mac = newBytes(8 /* MacBytes */);
  const reader = {
    work,
    mark,
    mac,
    pageSequence: -1,
    places: [],
    firstSequence: 0,
    recordCount: 0,
    chainEnd: 0,
    acknowledged: 0,
    markCount: 0,
    addressOf,
    readMark,
    readFirstMark,
    scan,
    recall,
    hasRecordBehind,
  };
  function addressOf(pageSequence) {
    return (firstPage + (pageSequence % pageCount)) * pageSizeBytes;
  }
  function readMark(address) {
    flash.read(address, mark, 0, 24 /* SizeBytes */);
    return getUint(mark, 20 /* Crc */, 4) === crc32(mark, 0, 20 /* Crc */);
  }
  function readFirstMark(pageSequence) {
    return (
      readMark(addressOf(pageSequence) + 8 /* FirstMark */) &&
      getUint(mark, 0 /* PageSequence */, 4) === pageSequence
    );
  }
  function loadRecord(address) {
    flash.read(address, work, 8 /* Record */, 8 /* Payload */);
    const sizeBytes = recordSizeBytes(getUint(work, 8 /* Record */, 2));
    const roomBytes = pageSizeBytes - (address % pageSizeBytes);
    if (sizeBytes > Math.min(roomBytes, 184 /* MaxRecordBytes */)) return 0;
    if (work[8 /* Record */ + 3 /* Version */] !== 1 /* RecordVersion */) return 0;
    flash.read(address, work, 8 /* Record */, sizeBytes);
    const coveredBytes = sizeBytes - 8 /* Crc */;
    const crc = crc32(work, 8 /* Record */, coveredBytes);
    return getUint(work, 8 /* Record */ + coveredBytes, 4) === crc ? sizeBytes : 0;
  }
  function isEnded(sizeBytes) {
    const endAt = 8 /* Record */ + sizeBytes - 4 /* End */;
    return equalBytes(work, endAt, work, endAt - 4, 4);
  }
  function recall(count) {
    if (count === 0) {
      flash.read(
        addressOf(reader.pageSequence) + 8 /* FirstMark */ + 12 /* Mac */,
        mac,
        0,
        8 /* MacBytes */,
      );
      return true;
    }
    const address = reader.places[count - 1];
    const sizeBytes = address === void 0 ? 0 : loadRecord(address);
    if (sizeBytes === 0) return false;
    copyBytes(work, 8 /* Record */ + sizeBytes - 16 /* Mac */, mac, 0, 8 /* MacBytes */);
    return true;
  }
  function scan(pageSequence) {
    let address = addressOf(pageSequence) + 32 /* Content */;
    const pageEnd = address + pageSizeBytes - 32 /* Content */;
    let count = 0;
    let isDirect = true;
    reader.places = [];
    reader.pageSequence = pageSequence;
    if (!readFirstMark(pageSequence)) return false;
    reader.firstSequence = getUint(mark, 4 /* NextSequence */, 4);
    adoptMark(address);
    reader.markCount = 0;
    while (address <= pageEnd - 24 /* SizeBytes */) {
      const sizeBytes = isDirect ? loadRecord(address) : 0;
      if (sizeBytes > 0 && getUint(work, 12 /* Sequence */, 4) === reader.firstSequence + count) {
        reader.places[count] = address;
        reader.markCount = 0;
        address += sizeBytes;
        count++;
        if (isEnded(sizeBytes)) {
          reader.recordCount = count;
          reader.chainEnd = address;
        }
      } else {
        isDirect = readMark(address) && isOfChain();
        if (isDirect) {
          address += 24 /* SizeBytes */;
          count = adoptMark(address);
        } else {
          if (getUint(mark, 0, 4) !== 4294967295 /* ErasedWord */) reader.markCount = 0;
          address += 64 /* AlignmentBytes */ - (address % 64) /* AlignmentBytes */;
        }
      }
    }
    return true;
  }
  function isOfChain() {
    return (
      recall(getUint(mark, 4 /* NextSequence */, 4) - reader.firstSequence) &&
      equalBytes(mark, 12 /* Mac */, mac, 0, 8 /* MacBytes */)
    );
  }
  function adoptMark(end) {
    reader.recordCount = getUint(mark, 4 /* NextSequence */, 4) - reader.firstSequence;
    reader.acknowledged = getUint(mark, 8 /* Acknowledged */, 4);
    reader.chainEnd = end;
    reader.markCount++;
    return reader.recordCount;
  }
  function hasRecordBehind(pageSequence, address, sequence) {
    const last2 = addressOf(pageSequence) + pageSizeBytes - 24 /* OverheadBytes */;
    let at = address + 4;
    while (at <= Math.min(last2, address + 272 /* DamageSpanBytes */)) {
      const sizeBytes = loadRecord(at);
      if (sizeBytes > 0 && isEnded(sizeBytes) && getUint(work, 12 /* Sequence */, 4) >= sequence) {
        return true;
      }
      at += 4;
    }
    return false;
  }
  return reader;
}

// firmware/storage/journal.ts
function createJournal(flash, firstPage, pageCount, aes2, crc32, journalKey) {
  const pageSizeBytes = flash.pageSizeBytes;
  const program = createCheckedProgram(flash, crc32);
  const reader = createJournalReader(flash, firstPage, pageCount, crc32);
  const work = reader.work;
  const mark = reader.mark;
  const chainMac = newBytes(16);
  let isUsable = false;
  let currentPage = -1;
  let oldestPage = 0;
  let position = pageSizeBytes;
  let isMarked = false;
  let isNextPrepared = false;
  let nextSequence = 1 /* FirstSequence */;
  let acknowledged = 0;
  let limitSequence = 0;
  function boot() {
    if (pageCount < 3 /* MinPageCount */) return 22 /* Unsupported */;
    if (pageSizeBytes < 512 /* MinPageSizeBytes */) return 22 /* Unsupported */;
    if (pageSizeBytes % 64 /* AlignmentBytes */ > 0) return 22 /* Unsupported */;
    isUsable = findNewestPage() && findOldestPage() && findNextPage();
    if (!isUsable) return 40 /* FlashFault */;
    const isSettled = currentPage >= 0 && reader.markCount >= 3 /* MarksInRow */;
    const status = isSettled ? 0 /* Ok */ : makeRoom(0);
    prepareNextPage();
    return status;
  }
  function findNewestPage() {
    let newest = -1;
    for (let slot = 0; slot < pageCount; slot++) {
      if (reader.readMark(reader.addressOf(slot) + 8 /* FirstMark */)) {
        newest = Math.max(newest, getUint(mark, 0 /* PageSequence */, 4));
      }
    }
    for (let page = newest; page >= 0 && page > newest - 2 && currentPage < 0; page--) {
      if (reader.scan(page)) {
        nextSequence = reader.firstSequence + reader.recordCount;
        if (reader.hasRecordBehind(page, reader.chainEnd, nextSequence)) return false;
        if (reader.chainEnd > reader.addressOf(page) + 32 /* Content */) currentPage = page;
      }
    }
    if (currentPage < 0) return newest < 1;
    acknowledged = reader.acknowledged;
    limitSequence = nextSequence;
    position = usedBytes(currentPage);
    if (!reader.recall(reader.recordCount)) return false;
    copyBytes(reader.mac, 0, chainMac, 0, 8 /* MacBytes */);
    return true;
  }
  function findOldestPage() {
    let page = currentPage;
    let isThere = page >= 0 && reader.readFirstMark(page);
    while (isThere) {
      oldestPage = page;
      const first = getUint(mark, 4 /* NextSequence */, 4);
      if (first <= acknowledged + 1) return true;
      page--;
      isThere = page >= 0 && reader.readFirstMark(page);
      if (!isThere) acknowledged = first - 1;
    }
    return oldestPage === currentPage + 2 - pageCount || currentPage < 0;
  }
  function findNextPage() {
    const next = currentPage + 1;
    const address = reader.addressOf(next);
    flash.read(address, mark, 0, 8 /* FirstMark */ + 4);
    isNextPrepared =
      getUint(mark, 0 /* PageSequence */, 4) === next &&
      getUint(mark, 4 /* Erased */, 4) === 843731011 /* Magic */ &&
      getUint(mark, 8 /* FirstMark */, 4) === 4294967295 /* ErasedWord */;
    const content = address + 32 /* Content */;
    return isNextPrepared || !reader.hasRecordBehind(next, content, nextSequence);
  }
  function usedBytes(pageSequence) {
    const address = reader.addressOf(pageSequence) - 64 /* AlignmentBytes */;
    let used = pageSizeBytes;
    while (used > 0 && isBlank(address + used) && isBlank(address + used)) {
      used -= 64 /* AlignmentBytes */;
    }
    return used;
  }
  function isBlank(address) {
    flash.read(address, work, 0, 64 /* AlignmentBytes */);
    return crc32(work, 0, 64 /* AlignmentBytes */) === 258049978 /* BlankCrc */;
  }
  function freePageCount() {
    return pageCount - 1 - currentPage + oldestPage;
  }
  function hasRoomForTap() {
    const needed = position + 24 /* SizeBytes */ + 184 /* MaxRecordBytes */;
    return isUsable && freePageCount() > (needed > pageSizeBytes ? 1 : 0);
  }
  function prepareNextPage() {
    const next = currentPage + 1;
    const address = reader.addressOf(next);
    putUint(mark, 0 /* PageSequence */, 4, next);
    putUint(mark, 4 /* Erased */, 4, 843731011 /* Magic */);
    isNextPrepared =
      isNextPrepared ||
      (freePageCount() > 0 &&
        flash.erasePage(address / pageSizeBytes) === 0 /* Ok */ &&
        usedBytes(next) === 0 &&
        program(address, mark, 0, 8 /* FirstMark */));
    return isNextPrepared;
  }
  function makeRoom(sizeBytes) {
    if (position + 24 /* SizeBytes */ + sizeBytes > pageSizeBytes) {
      if (freePageCount() === 0) return 41 /* Full */;
      isMarked = false;
      isUsable = openNextPage();
    }
    if (!isMarked) isUsable = isMarked = isUsable && putMark();
    return isUsable ? 0 /* Ok */ : 40 /* FlashFault */;
  }
  function openNextPage() {
    if (!prepareNextPage()) return false;
    isNextPrepared = false;
    currentPage++;
    position = 8 /* FirstMark */;
    return putMark();
  }
  function putMark() {
    putUint(mark, 0 /* PageSequence */, 4, currentPage);
    putUint(mark, 4 /* NextSequence */, 4, nextSequence);
    putUint(mark, 8 /* Acknowledged */, 4, acknowledged);
    copyBytes(chainMac, 0, mark, 12 /* Mac */, 8 /* MacBytes */);
    putUint(mark, 20 /* Crc */, 4, crc32(mark, 0, 20 /* Crc */));
    return put(mark, 0, 24 /* SizeBytes */);
  }
  function put(bytes, offset, lengthBytes) {
    const address = reader.addressOf(currentPage) + position;
    position += lengthBytes;
    return program(address, bytes, offset, lengthBytes);
  }
  function append(type, payload, lengthBytes) {
    if (lengthBytes > 160 /* MaxPayloadBytes */) return 23 /* TooLong */;
    if (!isUsable) return 40 /* FlashFault */;
    const isClosing = type >= 3 /* First */ && type <= 5 /* Last */;
    if (!isClosing && !hasRoomForTap()) return 41 /* Full */;
    const sizeBytes = recordSizeBytes(lengthBytes);
    const status = makeRoom(sizeBytes);
    if (status !== 0 /* Ok */) return status;
    const place = reader.addressOf(currentPage) + position;
    buildRecord(type, payload, lengthBytes);
    isUsable =
      put(work, 8 /* Record */, sizeBytes - 4 /* End */) &&
      put(work, 8 /* Record */ + sizeBytes - 8 /* Crc */, 4);
    if (!isUsable) return 40 /* FlashFault */;
    const isInPageScanned = reader.pageSequence === currentPage;
    if (isInPageScanned) reader.places[nextSequence - reader.firstSequence] = place;
    nextSequence++;
    if (isInPageScanned) limitSequence = nextSequence;
    prepareNextPage();
    return 0 /* Ok */;
  }
  function buildRecord(type, payload, lengthBytes) {
    const crcAt = 8 /* Record */ + recordSizeBytes(lengthBytes) - 8 /* Crc */;
    fillBytes(work, 0, 192 /* SizeBytes */, 0);
    copyBytes(chainMac, 0, work, 0, 8 /* MacBytes */);
    work[8 /* Record */ + 0 /* Length */] = lengthBytes;
    work[8 /* Record */ + 2 /* Type */] = type;
    work[8 /* Record */ + 3 /* Version */] = 1 /* RecordVersion */;
    putUint(work, 12 /* Sequence */, 4, nextSequence);
    copyBytes(payload, 0, work, 16 /* Payload */, lengthBytes);
    cmac(aes2, journalKey, work, 0, 16 /* Payload */ + lengthBytes, chainMac, 0);
    copyBytes(chainMac, 0, work, crcAt - 8 /* MacBytes */, 8 /* MacBytes */);
    putUint(work, crcAt, 4, crc32(work, 8 /* Record */, crcAt - 8 /* Record */));
  }
  function locate(sequence) {
    if (sequence >= nextSequence) return 25 /* NotFound */;
    if (sequence < reader.firstSequence || sequence >= limitSequence) {
      let page = currentPage;
      let limit = nextSequence;
      const oldestHeld = Math.min(oldestPage, Math.max(0, currentPage + 2 - pageCount));
      while (page >= oldestHeld && reader.readFirstMark(page)) {
        const first = getUint(mark, 4 /* NextSequence */, 4);
        if (first <= sequence) break;
        limit = first;
        page--;
      }
      if (page < oldestHeld) return 25 /* NotFound */;
      limitSequence = reader.scan(page) ? limit : 0;
    }
    const count = sequence - reader.firstSequence + 1;
    return limitSequence > 0 && reader.recall(count) ? 0 /* Ok */ : 40 /* FlashFault */;
  }
  function read(sequence, out, outOffset) {
    const status = locate(sequence);
    const sizeBytes = 8 /* Payload */ + readLengthBytes();
    if (status === 0 /* Ok */) copyBytes(work, 8 /* Record */, out, outOffset, sizeBytes);
    return status;
  }
  function readLengthBytes() {
    return work[8 /* Record */ + 0 /* Length */];
  }
  function acknowledge(sequence, given) {
    if (sequence <= acknowledged) return 24 /* Stale */;
    if (!isUsable) return 40 /* FlashFault */;
    let status = locate(sequence);
    if (status !== 0 /* Ok */) return status;
    if (!equalBytes(given, 0, reader.mac, 0, 8 /* MacBytes */)) return 21 /* BadSeal */;
    acknowledged = sequence;
    findOldestPage();
    isMarked = false;
    status = makeRoom(0);
    prepareNextPage();
    return status;
  }
  return {
    boot,
    nextSequence: () => nextSequence,
    firstUnacknowledged: () => acknowledged + 1,
    append,
    read,
    readLengthBytes,
    readMac: () => reader.mac,
    acknowledge,
    hasRoomForTap,
  };
}

// firmware/storage/settings.ts
function loadSettings(flash, pageA, pageB, pagesPerCopy, crc32) {
  const work = newBytes(24 /* Content */ + 4);
  const mostBytes = pagesPerCopy * flash.pageSizeBytes - 24 /* Content */;
  const held = { status: 25 /* NotFound */, version: 0, address: -1, content: work };
  let heldCheck = 0;
  function consider(address) {
    flash.read(address, work, 0, 24 /* Content */);
    const version = getUint(work, 16 /* Version */, 4);
    const lengthBytes = getUint(work, 20 /* Length */, 4);
    if (version <= held.version || lengthBytes > mostBytes) return;
    const content = newBytes(lengthBytes);
    flash.read(address + 24 /* Content */, content, 0, lengthBytes);
    const check = checkWord(crc32, work, content);
    for (let i = 0; i < 4 /* EndWords */; i++) {
      if (getUint(work, 0 /* Ends */ + 4 * i, 4) === check) {
        held.version = version;
        held.address = address;
        held.content = content;
        heldCheck = check;
      }
    }
  }
  function addEndWords() {
    let goodEnds = 0;
    for (let i = 0; i < 4 /* EndWords */; i++) {
      const address = held.address + 0 /* Ends */ + 4 * i;
      flash.read(address, work, 0, 4);
      if (getUint(work, 0, 4) === 4294967295 /* ErasedWord */ && goodEnds < 3 /* WantedEnds */) {
        putUint(work, 0, 4, heldCheck);
        flash.program(address, work, 0, 4);
        flash.read(address, work, 0, 4);
      }
      if (getUint(work, 0, 4) === heldCheck) goodEnds++;
    }
    return goodEnds > 0 ? 0 /* Ok */ : 40 /* FlashFault */;
  }
  consider(pageA * flash.pageSizeBytes);
  consider(pageB * flash.pageSizeBytes);
  if (held.version > 0) held.status = addEndWords();
  return held;
}
function checkWord(crc32, header, content) {
  putUint(header, 24 /* Content */, 4, crc32(content, 0, content.length));
  return crc32(header, 16 /* Version */, 24 /* Content */ + 4 - 16 /* Version */);
}

// firmware/boards/terminal.ts
function createCore(board, plan, reason) {
  function isFine(status, screenId) {
    reason.status = status;
    reason.screenId = screenId;
    return status === 0 /* Ok */;
  }
  const { aes: aes2, clock, crc32, reader } = board;
  const settings = loadSettings(
    board.flash,
    plan.settingsPageA,
    plan.settingsPageB,
    plan.pagesPerSettings,
    crc32,
  );
  if (!isFine(settings.status, 38 /* NotProvisioned */)) return void 0;
  if (!isFine(checkTerminalConfig(settings.content), 38 /* NotProvisioned */)) return void 0;
  const config = decodeTerminalConfig(settings.content);
  const ruleset2 = config.ruleset;
  if (!isFine(checkRuleset(ruleset2), 39 /* RulesUnknown */)) return void 0;
  const journal = createJournal(
    board.flash,
    plan.journalPage,
    plan.journalPageCount,
    aes2,
    crc32,
    config.journalKey,
  );
  const journalStatus = journal.boot();
  if (journalStatus !== 41 /* Full */ && !isFine(journalStatus, 40 /* JournalUnreadable */))
    return void 0;
  const intents = createIntents(journal, clock, getUint(ruleset2, 8 /* Version */, 4));
  if (!isFine(intents.boot(), 40 /* JournalUnreadable */)) return void 0;
  if (!isFine(reader.initialise(), 41 /* ReaderSilent */)) return void 0;
  reader.setField(false);
  const identity = emptyIdentity();
  const session = createCardSession(reader, aes2, config, identity);
  const log = createMovementLog(aes2, config.terminalId);
  const purchase2 = emptyPurchase(config);
  const tap = createTap(reader, session, intents, log, clock, ruleset2, purchase2);
  return { config, journal, identity, tap };
}
function emptyPurchase(config) {
  return {
    kind: 3 /* Balance */,
    grossRial: 0,
    askedCreditRial: 0,
    day: 0,
    minute: 0,
    terminal: config.terminalId,
    sequence: 0,
    issuer: config.issuer,
  };
}

// firmware/storage/settings-store.ts
function createSettingsStore(flash, pageA, pageB, pagesPerCopy, crc32) {
  const program = createCheckedProgram(flash, crc32);
  const load = () => loadSettings(flash, pageA, pageB, pagesPerCopy, crc32);
  let held = load();
  function eraseCopy(firstPage) {
    let isErased = true;
    for (let i = 0; i < pagesPerCopy && isErased; i++) {
      isErased = flash.erasePage(firstPage + i) === 0 /* Ok */;
    }
    return isErased;
  }
  function programCopy(address, version, content) {
    const paddedBytes = Math.floor((content.length + 3) / 4) * 4;
    const copy = newBytes(24 /* Content */ + Math.max(paddedBytes, 4));
    putUint(copy, 16 /* Version */, 4, version);
    putUint(copy, 20 /* Length */, 4, content.length);
    putUint(copy, 0 /* Ends */, 4, checkWord(crc32, copy, content));
    fillBytes(copy, 24 /* Content */, 4, 0);
    copyBytes(content, 0, copy, 24 /* Content */, content.length);
    const bodyBytes = 24 /* Content */ + paddedBytes - 16 /* Version */;
    return (
      program(address + 16 /* Version */, copy, 16 /* Version */, bodyBytes) &&
      program(address + 0 /* Ends */, copy, 0 /* Ends */, 4)
    );
  }
  return {
    held: () => held,
    store: (version, from, lengthBytes) => {
      if (version <= held.version) return 24 /* Stale */;
      const mostBytes = pagesPerCopy * flash.pageSizeBytes - 24 /* Content */;
      if (lengthBytes > mostBytes) return 23 /* TooLong */;
      const content = newBytes(lengthBytes);
      copyBytes(from, 0, content, 0, lengthBytes);
      const firstPage = held.address === pageA * flash.pageSizeBytes ? pageB : pageA;
      const isProgrammed =
        eraseCopy(firstPage) && programCopy(firstPage * flash.pageSizeBytes, version, content);
      const found = isProgrammed ? load() : held;
      if (found.status !== 0 /* Ok */ || found.version !== version) return 40 /* FlashFault */;
      held = found;
      return 0 /* Ok */;
    },
  };
}

// host-sim/clock.ts
var VirtualClock = class {
  /** Microseconds since the start of the simulation; may have a fraction. */
  nowUs = 0;
  /** Sorted, the next event last, because few events wait at any time and the next is popped. */
  waiting = [];
  nextOrder = 0;
  isRunningEvent = false;
  /** Lets `durationUs` pass and runs what falls due. An event may schedule, but not advance. */
  advance(durationUs) {
    if (!(durationUs >= 0)) throw new RangeError(`time cannot pass by ${durationUs} us`);
    if (this.isRunningEvent) throw new Error("an event tried to advance the clock that runs it");
    const targetUs = this.nowUs + durationUs;
    while (this.waiting.length > 0 && this.waiting[this.waiting.length - 1].timeUs <= targetUs) {
      this.runNext();
    }
    this.nowUs = targetUs;
  }
  /** Runs `callback` at `timeUs`; a time that has passed means as soon as time moves again. */
  at(timeUs, callback) {
    if (Number.isNaN(timeUs)) throw new RangeError("an event needs a time");
    const event = {
      timeUs: Math.max(timeUs, this.nowUs),
      order: this.nextOrder++,
      callback,
    };
    this.insert(event);
    return () => this.cancel(event);
  }
  /** Runs `callback` after `delayUs`. */
  after(delayUs, callback) {
    return this.at(this.nowUs + delayUs, callback);
  }
  /** Time of the next event, or undefined when none waits. */
  nextEventUs() {
    return this.waiting.length === 0 ? void 0 : this.waiting[this.waiting.length - 1].timeUs;
  }
  insert(event) {
    let place = this.waiting.length;
    while (place > 0 && isDueBefore(this.waiting[place - 1], event)) place--;
    this.waiting.splice(place, 0, event);
  }
  cancel(event) {
    if (event.callback === void 0) return;
    event.callback = void 0;
    this.waiting.splice(this.waiting.indexOf(event), 1);
  }
  runNext() {
    const event = this.waiting.pop();
    const callback = event.callback;
    event.callback = void 0;
    this.nowUs = event.timeUs;
    this.isRunningEvent = true;
    try {
      callback();
    } finally {
      this.isRunningEvent = false;
    }
  }
};
function isDueBefore(waiting, added) {
  if (waiting.timeUs !== added.timeUs) return waiting.timeUs < added.timeUs;
  return waiting.order < added.order;
}

// host-sim/nor-flash.ts
var WORD_SIZE_BYTES = 4;
var ERASED = 255;
var WEAK_BITS_PER_ERASE = 4;
var PowerCut = class extends Error {
  name = "PowerCut";
};
var NorFlash = class {
  constructor(options) {
    this.options = options;
    this.pageSizeBytes = options.pageSizeBytes;
    this.pageCount = options.pageCount;
    const sizeBytes = options.pageSizeBytes * options.pageCount;
    this.cells = new Uint8Array(sizeBytes).fill(ERASED);
    this.weak = new Uint8Array(sizeBytes);
    this.isProgrammed = new Uint8Array(sizeBytes / WORD_SIZE_BYTES);
    this.isEraseUnfinished = new Uint8Array(options.pageCount);
    this.eraseCounts = new Uint32Array(options.pageCount);
  }
  options;
  pageSizeBytes;
  pageCount;
  statistics = emptyStatistics();
  /** Words programmed and pages erased so far, attempts that were cut included. */
  mutationCount = 0;
  /** Asked at each mutation; a plan cuts the power there and then, whatever its `atMutation`. */
  onMutation;
  cells;
  weak;
  isProgrammed;
  isEraseUnfinished;
  eraseCounts;
  cut;
  fault;
  armedAtMutation = 0;
  isPowered = true;
  word = new Uint8Array(WORD_SIZE_BYTES);
  rng = new Rng("nor-flash");
  read(address, out, outOffset, lengthBytes) {
    this.requirePower();
    this.requireRange(address, lengthBytes);
    this.statistics.readCalls++;
    this.statistics.readBytes += lengthBytes;
    for (let i = 0; i < lengthBytes; i++) {
      const weak = this.weak[address + i];
      out[outOffset + i] = weak === 0 ? this.cells[address + i] : this.readByte(address + i);
    }
  }
  program(address, from, fromOffset, lengthBytes) {
    this.requirePower();
    this.requireRange(address, lengthBytes);
    if (address % WORD_SIZE_BYTES !== 0 || lengthBytes % WORD_SIZE_BYTES !== 0) {
      throw new Error(`unaligned program: ${lengthBytes} bytes at ${address}`);
    }
    this.statistics.programCalls++;
    for (let i = 0; i < lengthBytes; i += WORD_SIZE_BYTES) {
      for (let k = 0; k < WORD_SIZE_BYTES; k++) this.word[k] = from[fromOffset + i + k];
      if (!this.programWord(address + i, this.word)) return 40 /* FlashFault */;
    }
    return 0 /* Ok */;
  }
  erasePage(pageIndex) {
    this.requirePower();
    this.requireRange(pageIndex * this.pageSizeBytes, this.pageSizeBytes);
    this.options.charge?.(this.options.erasePageUs ?? 0);
    this.statistics.erasedPages++;
    this.eraseCounts[pageIndex]++;
    const event = this.nextMutation(true);
    if (event === "cut") this.tearErase(pageIndex, this.cut);
    if (event === "refused") return 40 /* FlashFault */;
    const start = pageIndex * this.pageSizeBytes;
    const stuckByte = this.cells[start];
    this.cells.fill(ERASED, start, start + this.pageSizeBytes);
    this.weak.fill(0, start, start + this.pageSizeBytes);
    this.setProgrammed(pageIndex, 0);
    this.isEraseUnfinished[pageIndex] = 0;
    if (event === "stuck") this.cells[start] = stuckByte;
    return 0 /* Ok */;
  }
  /** Cuts power at a mutation to come; replaces an earlier plan. The seed fixes the damage. */
  armCut(plan) {
    this.cut = plan;
    this.armedAtMutation = this.mutationCount;
    this.rng = new Rng(plan.seed);
  }
  armFault(plan) {
    this.fault = plan;
    this.armedAtMutation = this.mutationCount;
  }
  /** Power is back (or a plan that did not strike is dropped). */
  powerUp() {
    this.isPowered = true;
    this.cut = void 0;
    this.fault = void 0;
  }
  eraseCount(pageIndex) {
    return this.eraseCounts[pageIndex];
  }
  resetStatistics() {
    this.statistics = emptyStatistics();
  }
  /** The bytes as last stored, weak bits as 1; a copy. */
  saveImage() {
    return this.cells.slice();
  }
  /** Takes a whole image over as good, stable cells; wear counters stay. */
  loadImage(image) {
    if (image.length !== this.cells.length) throw new Error(`image of ${image.length} bytes`);
    this.cells.set(image);
    this.weak.fill(0);
    this.isEraseUnfinished.fill(0);
    for (let word = 0; word < this.isProgrammed.length; word++) {
      const bytes = image.subarray(word * WORD_SIZE_BYTES, (word + 1) * WORD_SIZE_BYTES);
      this.isProgrammed[word] = bytes.every((byte) => byte === ERASED) ? 0 : 1;
    }
  }
  saveState() {
    return {
      cells: this.cells.slice(),
      weak: this.weak.slice(),
      isProgrammed: this.isProgrammed.slice(),
      isEraseUnfinished: this.isEraseUnfinished.slice(),
      eraseCounts: this.eraseCounts.slice(),
    };
  }
  /** Back to a saved moment, powered, with no plan armed. */
  restoreState(state) {
    this.cells.set(state.cells);
    this.weak.set(state.weak);
    this.isProgrammed.set(state.isProgrammed);
    this.isEraseUnfinished.set(state.isEraseUnfinished);
    this.eraseCounts.set(state.eraseCounts);
    this.powerUp();
  }
  requirePower() {
    if (!this.isPowered) throw new PowerCut("the flash has no power");
  }
  requireRange(address, lengthBytes) {
    if (address < 0 || lengthBytes < 0 || address + lengthBytes > this.cells.length) {
      throw new Error(`${lengthBytes} bytes at ${address} are outside the flash`);
    }
  }
  readByte(address) {
    const weak = this.weak[address];
    if (weak === 0) return this.cells[address];
    return (this.cells[address] & ~weak) | (this.rng.next() & weak);
  }
  /** Counts one mutation and says what is planned for it. */
  nextMutation(isErase) {
    this.mutationCount++;
    const plan = this.onMutation?.(isErase);
    if (plan !== void 0) {
      this.armCut(plan);
      this.isPowered = false;
      return "cut";
    }
    const number = this.mutationCount - this.armedAtMutation;
    if (this.cut !== void 0 && this.cut.atMutation === number) {
      this.isPowered = false;
      return "cut";
    }
    if (this.fault !== void 0 && this.fault.atMutation === number) return this.fault.fault;
    return "good";
  }
  programWord(address, word) {
    this.options.charge?.(this.options.programWordUs ?? 0);
    this.requireProgrammable(address);
    const event = this.nextMutation(false);
    if (event === "cut") this.tearWord(address, word, this.cut);
    if (event === "refused") return false;
    this.clearBits(address, word);
    if (event === "stuck") this.stickOneBit(address, word);
    this.statistics.programmedWords++;
    return true;
  }
  requireProgrammable(address) {
    if (this.isProgrammed[address / WORD_SIZE_BYTES] !== 0) {
      throw new Error(`the word at ${address} is programmed twice without an erase`);
    }
    if (this.isEraseUnfinished[Math.floor(address / this.pageSizeBytes)] !== 0) {
      throw new Error(`the page of ${address} is programmed after an erase that was cut`);
    }
  }
  clearBits(address, word) {
    for (let i = 0; i < WORD_SIZE_BYTES; i++) this.cells[address + i] &= word[i];
    if (word.some((byte) => byte !== ERASED)) this.isProgrammed[address / WORD_SIZE_BYTES] = 1;
  }
  stickOneBit(address, word) {
    const at = word.findIndex((byte) => byte !== ERASED);
    if (at >= 0) this.cells[address + at] |= ~word[at] & -~word[at] & ERASED;
  }
  tearWord(address, word, plan) {
    const landed = word.slice();
    const bits = clearedBits(word);
    if (plan.program === "nothing") landed.fill(ERASED);
    if (plan.program === "some") {
      for (const bit of bits) if (this.rng.chance(0.5)) landed[bit >> 3] |= 1 << (bit & 7);
    }
    this.clearBits(address, landed);
    if (plan.program === "weak") {
      for (let i = 0; i < 2 && bits.length > 0; i++) {
        const bit = bits[this.rng.below(bits.length)];
        this.weak[address + (bit >> 3)] |= 1 << (bit & 7);
      }
    }
    throw new PowerCut(`cut while programming the word at ${address} (${plan.program})`);
  }
  tearErase(pageIndex, plan) {
    const start = pageIndex * this.pageSizeBytes;
    if (plan.erase !== "before") {
      this.isEraseUnfinished[pageIndex] = 1;
      this.setProgrammed(pageIndex, 0);
    }
    for (let i = 0; plan.erase === "half" && i < this.pageSizeBytes; i++) {
      const zeros = ~this.cells[start + i] & ERASED;
      this.cells[start + i] |= zeros & this.rng.next();
      this.weak[start + i] |= zeros & this.rng.next() & this.rng.next() & this.rng.next();
    }
    if (plan.erase === "unstable") {
      this.cells.fill(ERASED, start, start + this.pageSizeBytes);
      this.weak.fill(0, start, start + this.pageSizeBytes);
      for (let i = 0; i < WEAK_BITS_PER_ERASE; i++) {
        this.weak[start + this.rng.below(this.pageSizeBytes)] |= 1 << this.rng.below(8);
      }
    }
    throw new PowerCut(`cut while erasing page ${pageIndex} (${plan.erase})`);
  }
  setProgrammed(pageIndex, value) {
    const words = this.pageSizeBytes / WORD_SIZE_BYTES;
    this.isProgrammed.fill(value, pageIndex * words, (pageIndex + 1) * words);
  }
};
function clearedBits(word) {
  const bits = [];
  for (let bit = 0; bit < 8 * WORD_SIZE_BYTES; bit++) {
    if ((word[bit >> 3] & (1 << (bit & 7))) === 0) bits.push(bit);
  }
  return bits;
}
function emptyStatistics() {
  return { readCalls: 0, readBytes: 0, programCalls: 0, programmedWords: 0, erasedPages: 0 };
}

// host-sim/quick/quick-reader.ts
var EXCHANGE_US = 1500;
var SILENCE_US = 7e3;
var ACK = 10;
var NO_BYTES = new Uint8Array(0);
var QuickReader = class {
  constructor(clock, rng) {
    this.clock = clock;
    this.rng = rng;
  }
  clock;
  rng;
  /** Where the next faults come from; may be replaced at any time. */
  faults;
  /** Exchanges so far. */
  exchangeCount = 0;
  /** Called before each exchange, for whoever acts between two commands. */
  onExchange;
  card;
  /** The card of the last answer, which may have left since. */
  answering;
  isFieldOn = false;
  isCardAwake = false;
  /** The key streams of reader and card agree. */
  isInStep = true;
  isCutToFollow = false;
  willNakLookFine = false;
  /** The card in the field, if any. */
  get present() {
    return this.card;
  }
  addCard(card) {
    if (this.card !== void 0) throw new Error("the quick reader has room for one card");
    this.card = card;
    card.eeprom.onWrite = () => this.tearOfWrite();
    if (this.isFieldOn) this.power();
  }
  removeCard() {
    const card = this.card;
    this.card = void 0;
    if (this.isFieldOn) card?.powerOff();
  }
  /** The pad lost power, and the card its field. */
  powerOff() {
    this.setField(false);
    this.isInStep = true;
  }
  initialise() {
    this.setField(false);
    return this.setField(true);
  }
  setField(isOn) {
    this.isCardAwake = this.isCardAwake && isOn;
    if (isOn === this.isFieldOn) return 0 /* Ok */;
    this.isFieldOn = isOn;
    if (isOn) this.power();
    else this.card?.powerOff();
    return 0 /* Ok */;
  }
  select(card) {
    const woken = this.wakeUp(82 /* Wupa */);
    if (woken !== 0 /* Ok */) return woken;
    const found = this.answering;
    for (let level = 0; level < found.cascadeLevels; level++) {
      let heard = this.exchange(147 /* Anticollision */, 0, NO_BYTES, 0);
      if (heard === 1 /* Fine */) heard = this.exchange(148 /* Select */, 0, NO_BYTES, 0);
      if (heard !== 1 /* Fine */) return failureOf(heard);
    }
    const { uidLengthBytes } = found;
    for (let i = 0; i < card.uid.length; i++) card.uid[i] = i < uidLengthBytes ? found.image[i] : 0;
    card.uidLengthBytes = uidLengthBytes;
    card.atqa = uidLengthBytes === 4 ? 4 : 68;
    card.sak = found.sak;
    return 0 /* Ok */;
  }
  authenticate(_card, blockIndex, keyType, key, keyOffset) {
    const command = keyType === 96 /* A */ ? 96 /* AuthenticateA */ : 97 /* AuthenticateB */;
    let heard = this.exchange(command, blockIndex, NO_BYTES, 0);
    if (heard === 1 /* Fine */) heard = this.exchange(1 /* ReaderAnswer */, 0, key, keyOffset);
    if (heard !== 1 /* Fine */) return 6 /* AuthFailed */;
    this.isInStep = true;
    return 0 /* Ok */;
  }
  readBlock(blockIndex, out, outOffset) {
    const heard = this.exchange(48 /* Read */, blockIndex, NO_BYTES, 0);
    if (heard !== 1 /* Fine */) return failureOf(heard);
    const { block: block3 } = this.answering;
    for (let i = 0; i < block3.length; i++) out[outOffset + i] = block3[i];
    return 0 /* Ok */;
  }
  writeBlock(blockIndex, from, fromOffset) {
    let heard = this.exchange(160 /* Write */, blockIndex, NO_BYTES, 0);
    if (heard === 1 /* Fine */) heard = this.exchange(2 /* WriteData */, 0, from, fromOffset);
    return statusOf(heard);
  }
  decrement(blockIndex, amount) {
    return this.changeValue(192 /* Decrement */, blockIndex, amount);
  }
  /** Not of the pad's interface: what somebody with the keys and a reader of his own can do. */
  increment(blockIndex, amount) {
    return this.changeValue(193 /* Increment */, blockIndex, amount);
  }
  restore(blockIndex) {
    return this.changeValue(194 /* Restore */, blockIndex, 0);
  }
  transfer(blockIndex) {
    return statusOf(this.exchange(176 /* Transfer */, blockIndex, NO_BYTES, 0));
  }
  halt() {
    const heard = this.exchange(80 /* Halt */, 0, NO_BYTES, 0);
    this.isCardAwake = heard !== 0 /* Silence */;
    return heard === 0 /* Silence */ ? 0 /* Ok */ : refusalOf(heard);
  }
  probeMagic() {
    const woken = this.wakeUp(64 /* MagicWakeUp */);
    if (woken === 1 /* NoCard */) return 0 /* Ok */;
    return woken === 0 /* Ok */ ? 8 /* MagicCard */ : woken;
  }
  power() {
    this.card?.powerOn(() => this.removeCard());
  }
  wakeUp(command) {
    if (this.isCardAwake) this.halt();
    this.isInStep = true;
    const heard = this.exchange(command, 0, NO_BYTES, 0);
    this.isCardAwake = heard !== 0 /* Silence */;
    if (heard === 1 /* Fine */) return 0 /* Ok */;
    return heard === 0 /* Silence */ ? 1 /* NoCard */ : 4 /* BadAnswer */;
  }
  changeValue(command, blockIndex, amount) {
    const heard = this.exchange(command, blockIndex, NO_BYTES, 0);
    if (heard !== 1 /* Fine */) return failureOf(heard);
    const operand = [amount & 255, (amount >> 8) & 255, (amount >> 16) & 255, (amount >> 24) & 255];
    const answer = this.exchange(3 /* Operand */, blockIndex, operand, 0);
    return answer === 0 /* Silence */ ? 0 /* Ok */ : refusalOf(answer);
  }
  /** One frame out, and what comes back. */
  exchange(command, block3, data, offset) {
    this.exchangeCount++;
    this.onExchange?.(command, block3);
    const isOperand = command === 3 /* Operand */;
    const kind = isOperand ? 1 /* Operand */ : 0 /* Exchange */;
    const fault = this.faults?.take(kind);
    this.clock.advance(EXCHANGE_US);
    if (fault === "cut") throw new PowerCut("cut before an exchange");
    if (fault === "pull") this.removeCard();
    if (fault === "commandLostFalseAck") this.willNakLookFine = true;
    const isLost = fault === "commandLost" || fault === "commandLostFalseAck";
    const isHeard = this.card !== void 0 && this.isFieldOn && !isLost;
    let heard = isHeard
      ? this.ask(command, block3, data, offset, fault === "commandBitError")
      : 0 /* Silence */;
    if (isLost) this.isInStep = false;
    if (fault === "answerBitError" && heard === 1 /* Fine */) heard = 3 /* Broken */;
    if (fault === "answerLost") {
      this.isInStep = false;
      heard = 0 /* Silence */;
    }
    if (heard === 0 /* Silence */) this.clock.advance(isOperand ? EXCHANGE_US : SILENCE_US);
    return heard;
  }
  ask(command, block3, data, offset, isBroken) {
    const card = this.card;
    this.answering = card;
    const isOutOfStep = !this.isInStep;
    if (isBroken || isOutOfStep) {
      const reply2 = card.receiveBroken();
      if (reply2 === 0 /* Silence */) return 0 /* Silence */;
      return isOutOfStep ? this.guessNibble(command) : 2 /* Nak */;
    }
    const reply = card.receive(command, block3, data, offset);
    if (card.busyUs > 0) this.awaitEeprom(card.busyUs);
    if (this.card !== card) return 0 /* Silence */;
    if (reply === 0 /* Silence */) return 0 /* Silence */;
    return reply === 1 /* Fine */ ? 1 /* Fine */ : 2 /* Nak */;
  }
  tearOfWrite() {
    const fault = this.faults?.take(2 /* EepromWrite */);
    if (fault === void 0) return void 0;
    this.isCutToFollow = fault.endsWith("Cut");
    return this.isCutToFollow ? fault.slice(0, -"Cut".length) : fault;
  }
  awaitEeprom(durationUs) {
    this.clock.advance(durationUs);
    if (!this.isCutToFollow) return;
    this.isCutToFollow = false;
    throw new PowerCut("cut while a card was written");
  }
  /**
   * Out of step the card's NAK decrypts to any of 16 values, one of which is the ACK. A data block
   * was wanted: four bits are none, so they count as NAK.
   */
  guessNibble(command) {
    const nibble = this.willNakLookFine ? ACK : this.rng.below(16);
    this.willNakLookFine = false;
    if (command === 48 /* Read */) return 2 /* Nak */;
    if (nibble === ACK) return 1 /* Fine */;
    return (nibble & ACK) === 0 ? 2 /* Nak */ : 3 /* Broken */;
  }
};
function statusOf(heard) {
  return heard === 1 /* Fine */ ? 0 /* Ok */ : failureOf(heard);
}
function failureOf(heard) {
  return heard === 0 /* Silence */ ? 2 /* CardLost */ : refusalOf(heard);
}
function refusalOf(heard) {
  return heard === 2 /* Nak */ ? 3 /* Nak */ : 4 /* BadAnswer */;
}

// host-sim/quick/table-aes.ts
var WORDS_PER_SCHEDULE = 44;
var LAST_ROUND_WORD = 40;
var KEPT_KEYS = 64;
var { sbox, tables } = makeTables();
function createTableAes() {
  const kept = new Array(KEPT_KEYS).fill(void 0);
  const state = new Uint32Array(4);
  const stream = new Uint8Array(16);
  function scheduleOf(key) {
    let hash = 0;
    for (let i = 0; i < 16; i++) hash = (hash * 31 + key[i]) & 65535;
    const found = kept[hash % KEPT_KEYS];
    if (found !== void 0 && isSame(found.key, key)) return found.schedule;
    const copy = Uint8Array.from({ length: 16 }, (_, i) => key[i]);
    const schedule = expandKey(copy);
    kept[hash % KEPT_KEYS] = { key: copy, schedule };
    return schedule;
  }
  return {
    cbcMac(key, message, offset, lengthBytes, out, outOffset) {
      const schedule = scheduleOf(key);
      state.fill(0);
      for (let at = offset; at < offset + lengthBytes; at += 16) {
        for (let i = 0; i < 4; i++) state[i] ^= wordAt2(message, at + 4 * i);
        encrypt(state, schedule);
      }
      for (let i = 0; i < 16; i++) out[outOffset + i] = state[i >> 2] >>> (24 - 8 * (i & 3));
    },
    ctr(key, counter2, data, offset, lengthBytes) {
      const schedule = scheduleOf(key);
      for (let at = 0; at < lengthBytes; at += 16) {
        for (let i = 0; i < 4; i++) state[i] = wordAt2(counter2, 4 * i);
        state[3] += at >> 4;
        encrypt(state, schedule);
        for (let i = 0; i < 16; i++) stream[i] = state[i >> 2] >>> (24 - 8 * (i & 3));
        const end = Math.min(16, lengthBytes - at);
        for (let i = 0; i < end; i++) data[offset + at + i] ^= stream[i];
      }
    },
  };
}
function isSame(a, b) {
  for (let i = 0; i < 16; i++) if (a[i] !== b[i]) return false;
  return true;
}
function wordAt2(bytes, at) {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}
function encrypt(state, schedule) {
  const [t02, t1, t2, t3] = tables;
  let a = state[0] ^ schedule[0];
  let b = state[1] ^ schedule[1];
  let c = state[2] ^ schedule[2];
  let d = state[3] ^ schedule[3];
  for (let k = 4; k < LAST_ROUND_WORD; k += 4) {
    const e = t02[a >>> 24] ^ t1[(b >> 16) & 255] ^ t2[(c >> 8) & 255] ^ t3[d & 255] ^ schedule[k];
    const f =
      t02[b >>> 24] ^ t1[(c >> 16) & 255] ^ t2[(d >> 8) & 255] ^ t3[a & 255] ^ schedule[k + 1];
    const g =
      t02[c >>> 24] ^ t1[(d >> 16) & 255] ^ t2[(a >> 8) & 255] ^ t3[b & 255] ^ schedule[k + 2];
    d = t02[d >>> 24] ^ t1[(a >> 16) & 255] ^ t2[(b >> 8) & 255] ^ t3[c & 255] ^ schedule[k + 3];
    a = e;
    b = f;
    c = g;
  }
  state[0] = lastColumn(a, b, c, d) ^ schedule[LAST_ROUND_WORD];
  state[1] = lastColumn(b, c, d, a) ^ schedule[LAST_ROUND_WORD + 1];
  state[2] = lastColumn(c, d, a, b) ^ schedule[LAST_ROUND_WORD + 2];
  state[3] = lastColumn(d, a, b, c) ^ schedule[LAST_ROUND_WORD + 3];
}
function lastColumn(a, b, c, d) {
  return (
    (sbox[a >>> 24] << 24) |
    (sbox[(b >> 16) & 255] << 16) |
    (sbox[(c >> 8) & 255] << 8) |
    sbox[d & 255]
  );
}
function expandKey(key) {
  const schedule = new Uint32Array(WORDS_PER_SCHEDULE);
  for (let i = 0; i < 4; i++) schedule[i] = wordAt2(key, 4 * i);
  let roundConstant = 1;
  for (let i = 4; i < WORDS_PER_SCHEDULE; i++) {
    let word = schedule[i - 1];
    if (i % 4 === 0) {
      word = (word << 8) | (word >>> 24);
      word = lastColumn(word, word, word, word) ^ (roundConstant << 24);
      roundConstant = double(roundConstant);
    }
    schedule[i] = schedule[i - 4] ^ word;
  }
  return schedule;
}
function double(value) {
  return (value << 1) ^ (value >= 128 ? 283 : 0);
}
function makeTables() {
  const box = new Uint8Array(256);
  const columns = [0, 1, 2, 3].map(() => new Uint32Array(256));
  let power = 1;
  let inverse = 1;
  for (let i = 0; i < 255; i++) {
    box[power] = affine(inverse);
    power ^= double(power);
    inverse ^= inverse << 1;
    inverse ^= inverse << 2;
    inverse ^= inverse << 4;
    inverse &= 255;
    if ((inverse & 128) !== 0) inverse ^= 9;
  }
  box[0] = 99;
  for (let i = 0; i < 256; i++) {
    const s = box[i];
    const twice = double(s);
    const word = (twice << 24) | (s << 16) | (s << 8) | (twice ^ s);
    for (let k = 0; k < 4; k++) {
      columns[k][i] = k === 0 ? word : (word >>> (8 * k)) | (word << (32 - 8 * k));
    }
  }
  return { sbox: box, tables: columns };
}
function affine(value) {
  let sum = value;
  for (let turns = 1; turns <= 4; turns++) sum ^= (value << turns) | (value >> (8 - turns));
  return (sum & 255) ^ 99;
}

// host-sim/quick/table-crc32.ts
var POLYNOMIAL = 3988292384;
var table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ ((value & 1) === 0 ? 0 : POLYNOMIAL);
  return value;
});
var tableCrc32 = (from, offset, lengthBytes) => {
  let crc = 4294967295;
  for (let i = offset; i < offset + lengthBytes; i++) {
    crc = (crc >>> 8) ^ table[(crc ^ from[i]) & 255];
  }
  return (crc ^ 4294967295) >>> 0;
};

// host-sim/quick/quick-pad.ts
var QUICK_PLAN = {
  pageSizeBytes: 1024,
  pageCount: 8,
  settingsPageA: 0,
  settingsPageB: 1,
  pagesPerSettings: 1,
  journalPage: 2,
  journalPageCount: 6,
};
var MOST_STEPS = 600;
var POLLS_HELD = 12;
var aes = createTableAes();
var QuickPad = class {
  clock;
  flash;
  reader;
  plan;
  /** While powered; undefined before `powerOn`, after a cut, and when the pad cannot serve. */
  core;
  stopReason = { screenId: 0, status: 0 /* Ok */ };
  faults;
  flashSeed = 0;
  isArmed = false;
  startUnixSeconds;
  constructor(options) {
    this.clock = options.clock ?? new VirtualClock();
    this.plan = options.plan ?? QUICK_PLAN;
    this.startUnixSeconds = options.startUnixSeconds;
    const { pageSizeBytes, pageCount } = this.plan;
    this.flash = new NorFlash({ pageSizeBytes, pageCount });
    this.flash.onMutation = (isErase) => this.cutOfFlash(isErase);
    this.reader = new QuickReader(this.clock, new Rng(options.seed));
    this.provision(options.config);
  }
  /** Where faults on the air, in the card and in the flash come from from now on. */
  useFaults(faults) {
    this.faults = faults;
    this.reader.faults = faults;
  }
  /** Everything that survives without power. */
  save() {
    return { flash: this.flash.saveState(), nowUs: this.clock.nowUs };
  }
  /** Back to a saved moment, without power. */
  restore(state) {
    this.reader.removeCard();
    this.cutPower();
    this.flash.restoreState(state.flash);
    this.clock.nowUs = state.nowUs;
    this.flashSeed = 0;
  }
  get isPowered() {
    return this.core !== void 0;
  }
  /** Armed, and the last word not spoken. */
  get isWaiting() {
    return this.core !== void 0 && this.isArmed && this.core.tap.outcome() < 6 /* Done */;
  }
  /** False when power failed again, or the pad cannot serve (`stopReason`). */
  powerOn() {
    this.cutPower();
    this.flash.powerUp();
    this.untilPowerFails(() => {
      this.core = createCore(this.parts(), this.plan, this.stopReason);
    });
    return this.core !== void 0;
  }
  cutPower() {
    this.core = void 0;
    this.isArmed = false;
    this.reader.powerOff();
  }
  /** Arms the pad; while an attempt is open, for that one. */
  begin(request) {
    this.isArmed = true;
    this.untilPowerFails(() => this.core?.tap.begin(request));
  }
  /**
   * Puts the card on a pad that is armed, and takes it off when the pad has said its last word,
   * asks for something else, or lost power (undefined).
   */
  present(card) {
    this.reader.addCard(card);
    this.run();
    this.reader.removeCard();
    return this.core?.tap.outcome();
  }
  /** Gives up what is open, as a cashier does. */
  cancel() {
    let status;
    this.isArmed = false;
    this.untilPowerFails(() => {
      status = this.core?.tap.cancel();
    });
    return status;
  }
  /** The bytes of the journal's pages. */
  journalImage() {
    const { pageSizeBytes, journalPage, journalPageCount } = this.plan;
    const first = journalPage * pageSizeBytes;
    return this.flash.saveImage().subarray(first, first + journalPageCount * pageSizeBytes);
  }
  unixSeconds() {
    return Math.floor(this.startUnixSeconds + this.clock.nowUs / 1e6);
  }
  run() {
    let polls = 0;
    for (let steps = 0; this.core !== void 0; steps++) {
      if (steps > MOST_STEPS) throw new Error("the tap does not come to an end");
      let isBusy = false;
      this.untilPowerFails(() => {
        isBusy = this.core?.tap.step() ?? false;
      });
      if (this.core === void 0 || this.core.tap.outcome() >= 6 /* Done */) return;
      if (isBusy) continue;
      polls++;
      if (this.reader.present === void 0 || polls > POLLS_HELD) return;
      this.clock.advance(CARD_POLL_MS * 1e3);
    }
  }
  untilPowerFails(work) {
    try {
      work();
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      this.cutPower();
    }
  }
  provision(config) {
    const { settingsPageA, settingsPageB, pagesPerSettings } = this.plan;
    const store = createSettingsStore(
      this.flash,
      settingsPageA,
      settingsPageB,
      pagesPerSettings,
      tableCrc32,
    );
    const encoded = new Uint8Array(CONFIG_BYTES);
    const status = store.store(1, encoded, encodeTerminalConfig(config, encoded));
    if (status !== 0 /* Ok */) throw new Error(`settings could not be stored (status ${status})`);
  }
  cutOfFlash(isErase) {
    const fault = this.faults?.take(isErase ? 4 /* FlashErase */ : 3 /* FlashWord */);
    if (fault === void 0) return void 0;
    this.flashSeed++;
    return {
      atMutation: 1,
      program: fault,
      erase: fault,
      seed: this.flashSeed,
    };
  }
  /** Display, keys, buzzer and serial line of a core are never asked. */
  parts() {
    return {
      reader: this.reader,
      display: { initialise: () => {}, drawColumns: () => {} },
      keypad: { poll: () => NO_KEY },
      buzzer: { tone: () => {} },
      clock: this.halClock(),
      serial: { read: () => 0, write: () => {} },
      flash: this.flash,
      aes,
      crc32: tableCrc32,
      assets: "",
    };
  }
  halClock() {
    return {
      nowMs: () => this.clock.nowUs / 1e3,
      unixSeconds: () => this.unixSeconds(),
      waitMs: (durationMs) => this.clock.advance(durationMs * 1e3),
    };
  }
};

// scripts/attack/world.ts
var START_UNIX_SECONDS = 1795e6;
var DAY_SECONDS = 86400;
var UID = Uint8Array.from([222, 173, 190, 239]);
var RULES = new URL("../../rulesets/first-shop.yaml", import.meta.url);
var CREDIT_RIAL = 3e5;
function makeSearchWorld(padCount) {
  const aes2 = createTableAes();
  const keys = createClubKeys(7, 1, "attack search");
  const ruleset2 = compileRuleset(readFileSync(RULES, "utf8"), "first-shop.yaml").bytes;
  const makePad = (terminal, startUnixSeconds) => {
    const config = terminalConfigFor(aes2, keys, terminal, 1, 1, ruleset2);
    return new QuickPad({ config, seed: terminal, startUnixSeconds });
  };
  const card = { member: 100001, serial: 100001, cardNumber: 0, name: "Sara" };
  const issued = issueImage(aes2, keys, blankImage(UID), UID, {
    ...card,
    birth: void 0,
    issueDay: 2e3,
  });
  const image = Uint8Array.from(issued.image);
  const yesterday = makePad(padCount + 1, START_UNIX_SECONDS - DAY_SECONDS);
  serve(yesterday, image, 1 /* Enrol */, 0);
  serve(yesterday, image, 2 /* Sale */, 10 * CREDIT_RIAL);
  const contents = new Contents(aes2, keys, UID);
  const counter2 = counterIn(image, 12);
  const content = contents.inSlot(image, slotOfCounter(counter2), counter2);
  const pads = Array.from({ length: padCount }, (_, i) => makePad(i + 1, START_UNIX_SECONDS));
  const states2 = new PadStates(pads, image, contents, CREDIT_RIAL);
  return { states: states2, face: { first: counter2, second: counter2, content } };
}
function serve(pad, image, kind, grossRial) {
  pad.powerOn();
  pad.begin({ kind, grossRial, askedCreditRial: 0, mobile: "" });
  const outcome = pad.present(new QuickCard({ clock: pad.clock, rng: new Rng(1), image }));
  if (outcome !== 6 /* Done */) throw new Error(`the card cannot be prepared (${outcome})`);
}

// scripts/attack/zz.ts
Error.stackTraceLimit = 0;
var [taps, tears, seconds] = process.argv.slice(2).map(Number);
var { states, face } = makeSearchWorld(2);
var t0 = process.cpuUsage();
var cpu = () => {
  const u = process.cpuUsage(t0);
  return (u.user + u.system) / 1e6;
};
var last = 0;
var p = searchAll(
  states,
  startState(face, 2),
  { taps, tears, hasClone: false },
  new Rng(process.argv[5] ?? "x"),
  (p2) => {
    if (p2.tapRuns - last > 25e4) {
      last = p2.tapRuns;
      console.log(cpu().toFixed(1), p2.tapRuns, p2.states, states.runCount, states.nodes.length);
    }
    return p2.tapRuns < seconds * 1e3;
  },
);
console.log(
  cpu().toFixed(1),
  p.tapRuns,
  p.states,
  states.runCount,
  p.isComplete,
  p.violation?.text,
);
