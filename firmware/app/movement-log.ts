/** The last six movements on the card, for the customer to look at; nothing is decided by them. */
import type { AesEngine } from "../../card-layout/aes-engine";
import { newBytes } from "../../card-layout/bytes";
import { BLOCK_BYTES, logBlock, logEntryOfCounter } from "../../card-layout/geometry";
import { emptyLogEntry, LogField, LogType, sealLogEntry } from "../../card-layout/log-ring";
import { Status } from "../../card-layout/status";
import { TapKind } from "../core/evaluate";
import { IntentKey, type JournalEntry } from "../core/journal-entry";
import type { CardSession } from "./card-session";

export interface MovementLog {
  /** Writes the movement of `intent`; a card that has left keeps its older entry. */
  add(session: CardSession, intent: JournalEntry, sequence: number, counter: number): void;
}

export function createMovementLog(aes: AesEngine, terminalId: number): MovementLog {
  const entry = emptyLogEntry();
  const block = newBytes(BLOCK_BYTES);

  return {
    add: (session, intent, sequence, counter) => {
      const values = intent.values;
      const isEnrolment = values[IntentKey.Kind] === TapKind.Enrol;
      entry[LogField.Type] = isEnrolment ? LogType.Enrolment : LogType.Purchase;
      entry[LogField.Terminal] = terminalId;
      entry[LogField.SequenceLow] = sequence % 65536;
      entry[LogField.Day] = values[IntentKey.Day];
      entry[LogField.AmountRial] = values[IntentKey.GrossRial];
      entry[LogField.CreditDeltaRial] =
        values[IntentKey.EarnedRial] - values[IntentKey.UsedRial] - values[IntentKey.ExpiredRial];
      if (sealLogEntry(aes, session.sealKey, entry, block, 0) === Status.Ok)
        session.writeBlock(logBlock(logEntryOfCounter(counter)), block);
    },
  };
}
