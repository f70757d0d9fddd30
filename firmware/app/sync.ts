/**
 * The pad's side of the serial link (`docs/sync-protocol.md`): answers requests of the back office,
 * one frame for one frame, and forgets them. All state that matters is in the journal, so a reset,
 * a pulled cable or another back office in the middle of anything needs no recovery here.
 *
 * `step` does one small piece of work (at most 64 received bytes, one record, one seal or one
 * frame) and returns, so a card put on the pad never waits for the line.
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import { copyBytes, equalBytes, newBytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import { CCM_NONCE_BYTES } from "../core/ccm";
import {
  COSE_DATA_OFFSET,
  COSE_WORK_OVERHEAD_BYTES,
  coseMessageOffset,
  coseOpen,
  cosePlaintextBytes,
  SyncDirection,
} from "../core/cose";
import {
  type Acknowledgement,
  CHAIN_MAC_BYTES,
  putSyncNonce,
  readAcknowledgement,
  SyncClass,
} from "../core/sync-batch";
import {
  createSyncMessage,
  ERROR_FIELD_STATUS,
  PartField,
  StateField,
  SYNC_ACK_BYTES,
  SYNC_FRAME_BYTES,
  SYNC_PART_BYTES,
  SyncType,
  syncDecodeFrame,
  syncFinishFrame,
  syncPutMessage,
} from "../core/sync-messages";
import type { TerminalConfig } from "../core/terminal-config";
import type { Clock } from "../hal/clock";
import type { SerialPort } from "../hal/serial-port";
import type { Journal } from "../storage/journal";
import { createBatchBuilder, createContext } from "./batch-builder";

export interface Sync {
  /** One bounded piece of work; false when there was nothing to do. */
  step(): boolean;
  /** True while a request is being answered. */
  isBusy(): boolean;
  /** When an acknowledgement last moved the journal on, Unix seconds; 0 = not since power-up. */
  lastSyncUnixSeconds(): number;
}

/** What the next step does. */
const enum Phase {
  Receive = 0,
  BuildBatch = 1,
  PutAnswer = 2,
  SendAnswer = 3,
}

interface RequestRow {
  type: SyncType;
  /** Prepares the answer, or names why there is none but an error. */
  handle: () => Status;
}

const RECEIVE_BYTES = 64;

/** `clock` only dates `lastSyncUnixSeconds`. All buffers (1.6 KB) are allocated here, once. */
export function createSync(
  serial: SerialPort,
  journal: Journal,
  aes: AesEngine,
  config: TerminalConfig,
  clock: Clock,
): Sync {
  const received = newBytes(RECEIVE_BYTES);
  const frame = newBytes(SYNC_FRAME_BYTES);
  const work = newBytes(COSE_WORK_OVERHEAD_BYTES + SYNC_ACK_BYTES);
  const nonce = newBytes(CCM_NONCE_BYTES);
  const expectedNonce = newBytes(CCM_NONCE_BYTES);
  const mac = newBytes(CHAIN_MAC_BYTES);
  const message = createSyncMessage();
  const acknowledgement: Acknowledgement = { sequence: 0, macOffset: 0 };
  const downlink = createContext(config, SyncDirection.Down);
  const uplink = createContext(config, SyncDirection.Up);
  const builder = createBatchBuilder(journal, aes, config, uplink);
  const batch = builder.batch;
  const requests: RequestRow[] = [
    { type: SyncType.Hello, handle: answerState },
    { type: SyncType.Pull, handle: handlePull },
    { type: SyncType.Ack, handle: handleAck },
  ];
  const steps: (() => boolean)[] = [receive, buildBatch, putAnswer, sendAnswer];
  let phase = Phase.Receive;
  let receivedBytes = 0;
  let receivedOffset = 0;
  let frameBytes = 0;
  let answerBytes = 0;
  let lastSyncUnixSeconds = 0;

  /** Collects bytes until a frame is whole. More than a frame's worth without a zero is noise. */
  function receive(): boolean {
    if (receivedOffset === receivedBytes) {
      receivedOffset = 0;
      receivedBytes = serial.read(received);
      if (receivedBytes === 0) return false;
    }
    while (receivedOffset < receivedBytes) {
      const byte = received[receivedOffset];
      receivedOffset += 1;
      if (byte === 0) {
        handleFrame();
        return true;
      }
      if (frameBytes < SYNC_FRAME_BYTES) {
        frame[frameBytes] = byte;
        frameBytes += 1;
      }
    }
    return true;
  }

  function handleFrame(): void {
    const lengthBytes = frameBytes;
    frameBytes = 0;
    if (lengthBytes === SYNC_FRAME_BYTES) return;
    const status = syncDecodeFrame(frame, lengthBytes, message);
    if (status === Status.Unsupported) answerError(status);
    if (status !== Status.Ok) return;
    // Answers are not in the table: on a line that echoes, the pad must not answer itself.
    for (let i = 0; i < requests.length; i++) {
      if (requests[i].type === message.type) {
        const refusal = requests[i].handle();
        if (refusal !== Status.Ok) answerError(refusal);
        return;
      }
    }
  }

  function answerState(): Status {
    message.type = SyncType.State;
    message.fields[StateField.TerminalId] = config.terminalId;
    message.fields[StateField.ClubId] = config.clubId;
    message.fields[StateField.KeyEpoch] = config.keyEpoch;
    message.fields[StateField.TerminalEpoch] = config.terminalEpoch;
    message.fields[StateField.FirstUnacknowledged] = journal.firstUnacknowledged();
    message.fields[StateField.NextSequence] = journal.nextSequence();
    phase = Phase.PutAnswer;
    return Status.Ok;
  }

  function answerError(status: Status): void {
    message.type = SyncType.Error;
    message.fields[ERROR_FIELD_STATUS] = status;
    phase = Phase.PutAnswer;
  }

  function handlePull(): Status {
    const first = message.fields[PartField.FirstSequence];
    const count = message.fields[PartField.RecordCount];
    // A repeated or following pull finds its batch still sealed; the same range is the same bytes.
    const isHeld = batch.totalBytes > 0 && batch.firstSequence === first;
    if (isHeld && (count === 0 || count === batch.recordCount)) return answerPart();
    phase = Phase.BuildBatch;
    return builder.begin(first, count);
  }

  function buildBatch(): boolean {
    let status = builder.step();
    if (status === Status.Ok && batch.totalBytes > 0) status = answerPart();
    if (status !== Status.Ok) answerError(status);
    return true;
  }

  function answerPart(): Status {
    const offset = message.fields[PartField.OffsetBytes];
    if (offset >= batch.totalBytes) return Status.Malformed;
    message.type = SyncType.Part;
    message.fields[PartField.FirstSequence] = batch.firstSequence;
    message.fields[PartField.RecordCount] = batch.recordCount;
    message.fields[PartField.TotalBytes] = batch.totalBytes;
    message.contentOffset = batch.offset + offset;
    message.contentLengthBytes = Math.min(SYNC_PART_BYTES, batch.totalBytes - offset);
    phase = Phase.PutAnswer;
    return Status.Ok;
  }

  /** A forged acknowledgement is refused; an old one changes nothing and is told the state. */
  function handleAck(): Status {
    const lengthBytes = message.contentLengthBytes;
    copyBytes(frame, message.contentOffset, work, coseMessageOffset(lengthBytes), lengthBytes);
    let status = openAcknowledgement(lengthBytes);
    if (status !== Status.Ok) return status;
    if (acknowledgement.sequence >= journal.firstUnacknowledged()) {
      copyBytes(work, acknowledgement.macOffset, mac, 0, CHAIN_MAC_BYTES);
      status = journal.acknowledge(acknowledgement.sequence, mac);
      // Authentic, but of a journal that is not this one: told apart from a seal of other keys.
      if (status === Status.BadSeal) return Status.NotFound;
      if (status !== Status.Ok) return status;
      lastSyncUnixSeconds = clock.unixSeconds();
    }
    return answerState();
  }

  function openAcknowledgement(messageLengthBytes: number): Status {
    const key = config.downlinkKey;
    const status = coseOpen(aes, key, downlink, nonce, work, messageLengthBytes);
    if (status !== Status.Ok) return status;
    const lengthBytes = cosePlaintextBytes(messageLengthBytes);
    const read = readAcknowledgement(work, COSE_DATA_OFFSET, lengthBytes, acknowledgement);
    if (read !== Status.Ok) return read;
    putSyncNonce(expectedNonce, downlink, acknowledgement.sequence, 0, SyncClass.Journal);
    // Other content sealed for this pad has another class and must never pass for this one.
    const isSame = equalBytes(nonce, 0, expectedNonce, 0, CCM_NONCE_BYTES);
    return isSame ? Status.Ok : Status.BadSeal;
  }

  function putAnswer(): boolean {
    answerBytes = syncPutMessage(frame, message, batch.work);
    phase = Phase.SendAnswer;
    return true;
  }

  function sendAnswer(): boolean {
    serial.write(frame, syncFinishFrame(frame, answerBytes));
    phase = Phase.Receive;
    return true;
  }

  return {
    step: () => steps[phase](),
    isBusy: () => phase !== Phase.Receive,
    lastSyncUnixSeconds: () => lastSyncUnixSeconds,
  };
}
