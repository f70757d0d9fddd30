/** The last movements of the card at hand, newest first, as the customer may see them. */
import type { AesEngine } from "../../card-layout/aes-engine";
import { newBytes } from "../../card-layout/bytes";
import {
  BLOCK_BYTES,
  LOG_ENTRY_COUNT,
  logBlock,
  logEntryOfCounter,
} from "../../card-layout/geometry";
import { emptyLogEntry, LogField, openLogEntry } from "../../card-layout/log-ring";
import { Status } from "../../card-layout/status";
import type { CardSession } from "./card-session";

export interface CardHistory {
  /** Day and change of credit in rial of each movement, alternating, as read last. */
  movements: number[];
  /** Reads them from the card of the session; a card that leaves keeps the rest to itself. */
  read(session: CardSession): void;
}

export function createCardHistory(aes: AesEngine): CardHistory {
  const history: CardHistory = { movements: [], read };

  function read(session: CardSession): void {
    const entry = emptyLogEntry();
    const block = newBytes(BLOCK_BYTES);
    const newest = logEntryOfCounter(session.counter) + LOG_ENTRY_COUNT;
    history.movements = [];
    for (let age = 0; age < LOG_ENTRY_COUNT; age++) {
      // The counter goes down by two for each movement.
      const index = (newest + age) % LOG_ENTRY_COUNT;
      if (!session.readBlock(logBlock(index), block)) return;
      if (openLogEntry(aes, session.sealKey, block, 0, entry) === Status.Ok) {
        history.movements.push(entry[LogField.Day]);
        history.movements.push(entry[LogField.CreditDeltaRial]);
      }
    }
  }

  return history;
}
