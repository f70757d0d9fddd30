/**
 * Builds one sealed batch of journal records in small steps: one record a step, then the seal. The
 * batch stays in its buffer until another one is begun, so its parts can be asked for in any order
 * and as often as the line needs.
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import type { Bytes } from "../../card-layout/bytes";
import { copyBytes, newBytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import { CCM_NONCE_BYTES, CCM_TAG_BYTES } from "../core/ccm";
import {
  COSE_DATA_OFFSET,
  COSE_WORK_OVERHEAD_BYTES,
  type CoseContext,
  coseSeal,
  type SyncDirection,
} from "../core/cose";
import {
  CHAIN_MAC_BYTES,
  finishBatch,
  finishBatchRecord,
  putSyncNonce,
  RECORD_HEADER_BYTES,
  SYNC_BATCH_BYTES,
  SYNC_BATCH_TARGET_BYTES,
  SYNC_RECORD_BYTES,
  SyncClass,
  startBatch,
} from "../core/sync-batch";
import { SYNC_BATCH_RECORDS } from "../core/sync-messages";
import type { TerminalConfig } from "../core/terminal-config";
import type { Journal } from "../storage/journal";

/** The batch in the builder's buffer. */
export interface SealedBatch {
  firstSequence: number;
  recordCount: number;
  work: Bytes;
  /** Where the sealed message begins in `work`. */
  offset: number;
  /** Of the sealed message; 0 while there is none. */
  totalBytes: number;
}

export interface BatchBuilder {
  readonly batch: SealedBatch;
  /**
   * Begins a batch of `recordCount` records, or of as many as one batch takes if that is 0.
   * `NotFound`: the journal does not hold them.
   */
  begin(firstSequence: number, recordCount: number): Status;
  /**
   * Does the next piece; the batch is ready when `totalBytes` is not 0. `TooLong`: so many records
   * do not go into one batch. Any other refusal is the journal's.
   */
  step(): Status;
}

export function createBatchBuilder(
  journal: Journal,
  aes: AesEngine,
  config: TerminalConfig,
  context: CoseContext,
): BatchBuilder {
  const work = newBytes(COSE_WORK_OVERHEAD_BYTES + SYNC_BATCH_BYTES);
  const nonce = newBytes(CCM_NONCE_BYTES);
  const previousMac = newBytes(CHAIN_MAC_BYTES);
  const batch: SealedBatch = { firstSequence: 0, recordCount: 0, work, offset: 0, totalBytes: 0 };
  let wantedCount = 0;
  let isLinked = false;
  let isComplete = false;
  let recordsOffset = 0;
  let end = 0;

  function begin(firstSequence: number, recordCount: number): Status {
    const lastWanted = firstSequence + (recordCount > 0 ? recordCount - 1 : 0);
    if (lastWanted >= journal.nextSequence()) return Status.NotFound;
    batch.totalBytes = 0;
    const before =
      firstSequence > 0 ? journal.read(firstSequence - 1, work, COSE_DATA_OFFSET) : Status.NotFound;
    isLinked = before === Status.Ok;
    if (isLinked) copyBytes(journal.readMac(), 0, previousMac, 0, CHAIN_MAC_BYTES);
    else if (before !== Status.NotFound) return before;
    batch.firstSequence = firstSequence;
    batch.recordCount = 0;
    wantedCount = recordCount;
    isComplete = false;
    recordsOffset = startBatch(work, COSE_DATA_OFFSET, context, firstSequence, isLinked);
    end = recordsOffset;
    return Status.Ok;
  }

  function addRecord(): Status {
    const sequence = batch.firstSequence + batch.recordCount;
    const isNewest = sequence + 1 === journal.nextSequence();
    const status = journal.read(sequence, work, end + 2);
    if (status !== Status.Ok) return status;
    const lengthBytes = RECORD_HEADER_BYTES + journal.readLengthBytes();
    if (lengthBytes > SYNC_RECORD_BYTES) return Status.TooLong;
    end = finishBatchRecord(work, end, lengthBytes);
    batch.recordCount += 1;
    const isFull =
      end - COSE_DATA_OFFSET >= SYNC_BATCH_TARGET_BYTES || batch.recordCount === SYNC_BATCH_RECORDS;
    isComplete = wantedCount > 0 ? batch.recordCount === wantedCount : isFull || isNewest;
    if (isComplete) complete();
    else if (isFull) return Status.TooLong;
    return Status.Ok;
  }

  function complete(): void {
    const mac = isLinked ? previousMac : undefined;
    end = finishBatch(work, recordsOffset, end, batch.recordCount, mac, journal.readMac());
  }

  function seal(): Status {
    const contentClass = isLinked ? SyncClass.Journal : SyncClass.JournalUnlinked;
    const { firstSequence, recordCount } = batch;
    putSyncNonce(nonce, context, firstSequence, recordCount, contentClass);
    batch.offset = coseSeal(aes, config.uplinkKey, context, nonce, work, end - COSE_DATA_OFFSET);
    batch.totalBytes = end + CCM_TAG_BYTES - batch.offset;
    return Status.Ok;
  }

  return { batch, begin, step: () => (isComplete ? seal() : addRecord()) };
}

/** Who speaks and in which direction, as the seals need it. */
export function createContext(config: TerminalConfig, direction: SyncDirection): CoseContext {
  return {
    terminalId: config.terminalId,
    keyEpoch: config.keyEpoch,
    direction,
    terminalEpoch: config.terminalEpoch,
  };
}
