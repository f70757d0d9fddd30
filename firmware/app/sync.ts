/**
 * The pad's side of the serial link (`docs/sync-protocol.md`): answers requests of the back office,
 * one frame for one frame, and forgets them. All state that matters is in the journal, so a reset,
 * a pulled cable or another back office in the middle of anything needs no recovery here.
 *
 * `step` does one small piece of work (at most 64 received bytes, one record, one seal or one
 * frame, or erases one page) and returns, so a card put on the pad never waits for the line.
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import { copyBytes, getUint, newBytes } from "../../card-layout/bytes";
import { lazily } from "../../card-layout/lazily";
import { Status } from "../../card-layout/status";
import {
  COSE_DATA_OFFSET,
  COSE_MESSAGE_OFFSET,
  COSE_TAG_BYTES,
  COSE_WORK_OVERHEAD_BYTES,
  coseSeal,
  SealKind,
  setSealNonce,
} from "../core/cose";
import { Header } from "../core/ruleset-format";
import {
  BATCH_ARRAY_HEAD,
  BATCH_BYTES,
  BATCH_HEAD_BYTES,
  BATCH_MAC_HEAD,
  BATCH_RECORD_HEAD,
  BATCH_TARGET_BYTES,
  CHAIN_MAC_BYTES,
  decodeSyncFrame,
  encodeSyncFrame,
  PartField,
  RECORD_HEADER_BYTES,
  REQUEST_FIELD,
  SYNC_FRAME_BYTES,
  SYNC_PART_BYTES,
  type SyncMessage,
  SyncType,
} from "../core/sync-messages";
import type { TerminalConfig } from "../core/terminal-config";
import type { Clock } from "../hal/clock";
import type { Crc32 } from "../hal/crc32";
import type { SerialPort } from "../hal/serial-port";
import type { Journal } from "../storage/journal";
import { acknowledgeDown, type DownSync, putDown, setTimeDown } from "./down-sync";
import type { LineWork } from "./on-demand";

const RECEIVE_BYTES = 64;

/** All buffers (1.4 KB) are allocated here, once. */
export function createSync(
  serial: SerialPort,
  journal: Journal,
  aes: AesEngine,
  crc32: Crc32,
  config: TerminalConfig,
  clock: Clock,
  down: DownSync,
): LineWork {
  const received = newBytes(RECEIVE_BYTES);
  const frame = newBytes(SYNC_FRAME_BYTES);
  /** The batch, until another one is begun or an acknowledgement needs the room. */
  const work = newBytes(COSE_WORK_OVERHEAD_BYTES + BATCH_BYTES);
  const message: SyncMessage = {
    type: SyncType.Hello,
    fields: [],
    contentOffset: 0,
    contentLengthBytes: 0,
  };
  /** By `SyncType`. Answers have none: on a line that echoes, the pad must not answer itself. */
  const handlers: (() => void)[] = [answerState, pull];
  handlers[SyncType.Ack] = () => settle(lazily(acknowledgeDown)(down, message, frame, work));
  handlers[SyncType.Put] = () => settle(lazily(putDown)(down, message, frame, work));
  handlers[SyncType.Time] = () => settle(lazily(setTimeDown)(down, message, frame, work));
  let next: () => void = receive;
  let hasWorked = false;
  let frameBytes = 0;
  let firstSequence = 0;
  let recordCount = 0;
  let wantedCount = 0;
  let end = 0;
  /** Of the sealed batch in `work`; 0 while there is none. */
  let totalBytes = 0;

  /** What has come behind a whole frame is a repetition of it, and dropped. */
  function receive(): void {
    const count = serial.read(received);
    hasWorked = count > 0;
    for (let i = 0; i < count && next === receive; i++) {
      if (received[i] === 0) takeFrame();
      else {
        frame[frameBytes] = received[i];
        // The last place of the buffer is the delimiter's; what is too long ends there.
        if (frameBytes < SYNC_FRAME_BYTES - 1) frameBytes += 1;
      }
    }
  }

  function takeFrame(): void {
    const status = decodeSyncFrame(crc32, frame, frameBytes, message);
    const handle = handlers[message.type];
    frameBytes = 0;
    if (status === Status.Unsupported) refuse(status);
    else if (status === Status.Ok && handle !== undefined) handle();
  }

  function reply(type: SyncType, fields: number[]): void {
    message.type = type;
    message.fields = fields;
    message.contentLengthBytes = 0;
    next = answer;
  }

  function answer(): void {
    serial.write(frame, encodeSyncFrame(crc32, message, work, frame));
    next = receive;
  }

  function refuse(status: Status): void {
    reply(SyncType.Error, [message.fields[REQUEST_FIELD], status]);
  }

  function answerState(): void {
    reply(SyncType.State, [
      message.fields[REQUEST_FIELD],
      config.terminalId,
      config.clubId,
      config.keyEpoch,
      config.terminalEpoch,
      journal.firstUnacknowledged(),
      journal.nextSequence(),
      clock.unixSeconds(),
      down.settings.version,
      getUint(config.ruleset, Header.Version, 4),
      down.lists.version,
      down.staged.check,
      down.staged.writtenBytes,
    ]);
  }

  /** Something authentic came down, or was refused; `work` was needed for it. */
  function settle(status: Status): void {
    totalBytes = 0;
    if (status === Status.Ok) {
      down.syncedUnixSeconds = clock.unixSeconds();
      answerState();
    } else refuse(status);
  }

  /** A repeated or following pull finds its batch still sealed: same range, same bytes. */
  function pull(): void {
    const first = message.fields[PartField.FirstSequence];
    wantedCount = message.fields[PartField.RecordCount];
    if (
      totalBytes > 0 &&
      first === firstSequence &&
      (wantedCount === 0 || wantedCount === recordCount)
    ) {
      answerPart();
    } else {
      firstSequence = first;
      recordCount = 0;
      totalBytes = 0;
      end = COSE_DATA_OFFSET + BATCH_HEAD_BYTES;
      next = addRecord;
    }
  }

  /** With the MAC behind the record: if it was the last one, that is where the MAC belongs. */
  function addRecord(): void {
    const status = journal.read(firstSequence + recordCount, work, end + BATCH_HEAD_BYTES);
    if (status !== Status.Ok) {
      refuse(status);
      return;
    }
    const lengthBytes = RECORD_HEADER_BYTES + journal.readLengthBytes();
    work[end] = BATCH_RECORD_HEAD;
    work[end + 1] = lengthBytes;
    end += BATCH_HEAD_BYTES + lengthBytes;
    work[end] = BATCH_MAC_HEAD;
    copyBytes(journal.readMac(), 0, work, end + 1, CHAIN_MAC_BYTES);
    recordCount += 1;
    if (
      recordCount === wantedCount ||
      end >= COSE_DATA_OFFSET + BATCH_HEAD_BYTES + BATCH_TARGET_BYTES ||
      firstSequence + recordCount === journal.nextSequence()
    ) {
      next = seal;
    }
  }

  function seal(): void {
    work[COSE_DATA_OFFSET] = BATCH_ARRAY_HEAD;
    work[COSE_DATA_OFFSET + 1] = recordCount + 1;
    const lengthBytes = end + 1 + CHAIN_MAC_BYTES - COSE_DATA_OFFSET;
    setSealNonce(config, SealKind.Batch, firstSequence, recordCount);
    coseSeal(aes, config.uplinkKey, work, lengthBytes);
    totalBytes = COSE_DATA_OFFSET - COSE_MESSAGE_OFFSET + lengthBytes + COSE_TAG_BYTES;
    answerPart();
  }

  function answerPart(): void {
    const offset = message.fields[PartField.OffsetBytes];
    if (offset >= totalBytes) {
      refuse(Status.NotFound);
      return;
    }
    const request = message.fields[REQUEST_FIELD];
    reply(SyncType.Part, [request, firstSequence, recordCount, offset, totalBytes]);
    message.contentOffset = COSE_MESSAGE_OFFSET + offset;
    message.contentLengthBytes = Math.min(SYNC_PART_BYTES, totalBytes - offset);
  }

  return {
    step: () => {
      hasWorked = true;
      next();
      return hasWorked;
    },
  };
}
