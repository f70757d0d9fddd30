import type { Bytes } from "../../card-layout/bytes";

/**
 * CRC-32 of IEEE 802.3 (reflected, polynomial 0xEDB88320, start and final XOR 0xFFFFFFFF) over
 * `from[offset .. offset+lengthBytes)`, as a number 0..2^32-1. Boards bind the native one when the
 * engine has it; `firmware/core/crc32.ts` is the portable one.
 */
export type Crc32 = (from: Bytes, offset: number, lengthBytes: number) => number;
