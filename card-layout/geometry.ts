/** Where everything lies on a MIFARE Classic 1K card; SPEC.md gives the reasons. */

export const SECTOR_COUNT = 16;
export const BLOCKS_PER_SECTOR = 4;
export const BLOCK_COUNT = 64;
export const BLOCK_BYTES = 16;
export const IMAGE_BYTES = 1024;

export const MAD_SECTOR = 0;
export const MAD_FIRST_BLOCK = 1;
export const IDENTITY_SECTOR = 1;
export const IDENTITY_FIRST_BLOCK = 4;
export const NAME_FIRST_BLOCK = 8;
export const COUNTER_SECTOR = 3;
export const COUNTER_1_BLOCK = 12;
export const COUNTER_2_BLOCK = 13;
export const STATE_FIRST_SECTOR = 4;
export const STATE_SLOT_COUNT = 2;
export const STATE_BLOCK_COUNT = 9;
export const LOG_FIRST_SECTOR = 10;
export const LOG_ENTRY_COUNT = 6;
export const FIRST_UNUSED_SECTOR = 12;

/** Both counters of a new card: a million taps. */
export const COUNTER_START = 2000000;

export function sectorOf(blockIndex: number): number {
  return Math.floor(blockIndex / BLOCKS_PER_SECTOR);
}

export function trailerOf(sector: number): number {
  return sector * BLOCKS_PER_SECTOR + BLOCKS_PER_SECTOR - 1;
}

export function isTrailer(blockIndex: number): boolean {
  return blockIndex % BLOCKS_PER_SECTOR === BLOCKS_PER_SECTOR - 1;
}

/** The slot of the record that belongs to the even counter value `counter`. */
export function slotOfCounter(counter: number): number {
  return Math.floor(counter / 2) % STATE_SLOT_COUNT;
}

/** Block of part `index` (0..8) of the state record in `slot` (0 or 1). */
export function stateBlock(slot: number, index: number): number {
  return dataBlock(STATE_FIRST_SECTOR + slot * 3, index);
}

/** The log entry that the record of the even counter value `counter` writes; older ones follow at
 * the entries of counter + 2, counter + 4, ... */
export function logEntryOfCounter(counter: number): number {
  return Math.floor(counter / 2) % LOG_ENTRY_COUNT;
}

/** Block of log entry `index` (0..5). */
export function logBlock(index: number): number {
  return dataBlock(LOG_FIRST_SECTOR, index);
}

/** The `index`-th data block from `sector` on, stepping over trailers. */
function dataBlock(sector: number, index: number): number {
  return sector * BLOCKS_PER_SECTOR + index + Math.floor(index / 3);
}
