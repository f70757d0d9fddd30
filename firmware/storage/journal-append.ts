/** Writing one record: durable and read back when it answers Ok. */
import { type Bytes, copyBytes, putUint } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import {
  JournalLimit,
  OwnRecordType,
  RecordField,
  RecordTail,
  recordSizeBytes,
} from "./journal-format";
import {
  freePageCount,
  openPage,
  pageAddress,
  preparePage,
  programChecked,
  programEnd,
} from "./journal-page";
import { macOfWorkRecord } from "./journal-scan";
import { type JournalState, WorkBuffer } from "./journal-state";

/**
 * Appends without asking for the reserve. `Full`: nothing was written. `FlashFault`: the record
 * does not count and the journal refuses everything until the next boot, which settles what stands.
 */
export function appendRecord(
  state: JournalState,
  type: number,
  payload: Bytes,
  lengthBytes: number,
): Status {
  const sizeBytes = recordSizeBytes(lengthBytes);
  let status = roomInPageBytes(state) < sizeBytes ? openPage(state) : Status.Ok;
  if (status === Status.Ok) {
    buildRecord(state, type, payload, lengthBytes);
    status = programRecord(state, sizeBytes);
  }
  if (status === Status.FlashFault) state.isUsable = false;
  if (status !== Status.Ok) return status;
  const macAt = WorkBuffer.Record + sizeBytes - RecordTail.Mac;
  copyBytes(state.work, macAt, state.chainMac, 0, JournalLimit.MacBytes);
  if (type < OwnRecordType.Acknowledged) state.newestEntry = state.nextSequence;
  state.nextSequence++;
  state.position += sizeBytes;
  // Erase ahead while nothing waits for the room. A refusal is met again when the room is needed.
  preparePage(state);
  return Status.Ok;
}

/**
 * Whether a tap may begin: its intent fits without the last free page, which is kept for what
 * finishes a tap, for acknowledgements and for records torn on the way.
 */
export function hasRoomToBegin(state: JournalState): boolean {
  if (!state.isUsable) return false;
  const free = freePageCount(state);
  return free > 1 || (free === 1 && roomInPageBytes(state) >= JournalLimit.MaxRecordBytes);
}

/** Share of the room for new taps that is used, 0..100; 100 when no tap may begin. */
export function measureFillPercent(state: JournalState): number {
  if (!hasRoomToBegin(state)) return 100;
  const pageSizeBytes = state.flash.pageSizeBytes;
  const roomBytes = (freePageCount(state) - 1) * pageSizeBytes + roomInPageBytes(state);
  return 100 - Math.ceil((100 * roomBytes) / ((state.pageCount - 1) * pageSizeBytes));
}

/** Bytes left in the page being written. */
export function roomInPageBytes(state: JournalState): number {
  return state.currentPage < 0 ? 0 : state.flash.pageSizeBytes - state.position;
}

/** Lays the record out in `state.work`, all but its CRC and END. */
function buildRecord(state: JournalState, type: number, payload: Bytes, lengthBytes: number): void {
  const work = state.work;
  const record = WorkBuffer.Record;
  putUint(work, record + RecordField.Length, 2, lengthBytes);
  work[record + RecordField.Type] = type;
  work[record + RecordField.Version] = JournalLimit.RecordVersion;
  putUint(work, record + RecordField.Sequence, 4, state.nextSequence);
  copyBytes(payload, 0, work, record + RecordField.Payload, lengthBytes);
  macOfWorkRecord(state, state.chainMac, 0);
  const macAt = record + recordSizeBytes(lengthBytes) - RecordTail.Mac;
  for (let i = record + RecordField.Payload + lengthBytes; i < macAt; i++) work[i] = 0;
  copyBytes(state.fullMac, 0, work, macAt, JournalLimit.MacBytes);
}

function programRecord(state: JournalState, sizeBytes: number): Status {
  const record = WorkBuffer.Record;
  const base = pageAddress(state, state.currentPage) + state.position - record;
  const crcAt = record + sizeBytes - RecordTail.Crc;
  const status = programChecked(state, state.work, record, crcAt, record, base);
  if (status !== Status.Ok) return status;
  const endAt = record + sizeBytes - RecordTail.End;
  return programEnd(state, state.work, endAt, base, state.nextSequence);
}
