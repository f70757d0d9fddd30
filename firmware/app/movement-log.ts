/** The last six movements on the card, for the customer to look at; nothing is decided by them. */
import type { AesEngine } from "../../card-layout/aes-engine";
import { newBytes } from "../../card-layout/bytes";
import { BLOCK_BYTES, logBlock, logEntryOfCounter } from "../../card-layout/geometry";
import { emptyLogEntry, LogField, sealLogEntry } from "../../card-layout/log-ring";
import { Status } from "../../card-layout/status";
import { IntentKey, type JournalEntry } from "../core/journal-entry";
import type { CardSession } from "./card-session";

/** `LogType` by `TapKind`; a reward counts as granted, what the office does as a patch. */
const LOG_TYPES = "041023755666";
const DIGIT_ZERO = 48;

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
      entry[LogField.Type] = LOG_TYPES.charCodeAt(values[IntentKey.Kind]) - DIGIT_ZERO;
      entry[LogField.Terminal] = terminalId;
      entry[LogField.SequenceLow] = sequence % 65536;
      entry[LogField.Day] = values[IntentKey.Day];
      entry[LogField.AmountRial] = values[IntentKey.GrossRial];
      entry[LogField.CreditDeltaRial] =
        values[IntentKey.EarnedRial] -
        values[IntentKey.DebtPaidRial] -
        values[IntentKey.UsedRial] -
        values[IntentKey.ExpiredRial] +
        values[IntentKey.RestoredRial] -
        values[IntentKey.ClawedRial] +
        values[IntentKey.DebtAddedRial];
      if (sealLogEntry(aes, session.sealKey, entry, block, 0) === Status.Ok)
        session.writeBlock(logBlock(logEntryOfCounter(counter)), block);
    },
  };
}
