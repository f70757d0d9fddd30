/** The one way in which storage writes: program, read back, compare. */
import type { Bytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import type { Crc32 } from "../hal/crc32";
import type { Flash } from "../hal/flash";

/**
 * Programs `bytes[offset ..]` at a flash address (whole words) and reads them back into the same
 * place. True when what reads back has the same CRC-32.
 */
export type CheckedProgram = (
  address: number,
  bytes: Bytes,
  offset: number,
  lengthBytes: number,
) => boolean;

export function createCheckedProgram(flash: Flash, crc32: Crc32): CheckedProgram {
  return (address, bytes, offset, lengthBytes) => {
    const crc = crc32(bytes, offset, lengthBytes);
    const status = flash.program(address, bytes, offset, lengthBytes);
    flash.read(address, bytes, offset, lengthBytes);
    return status === Status.Ok && crc32(bytes, offset, lengthBytes) === crc;
  };
}
