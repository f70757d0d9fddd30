/** Journal records that change no card: returns for the back office to settle, and ratings. */
import { IdentityField } from "../../card-layout/identity";
import { Status } from "../../card-layout/status";
import type { Purchase } from "../core/evaluate";
import { createEntry, JournalType, RefundKey, setEntryString } from "../core/journal-entry";
import { RatingKey } from "../core/rating-record";
import type { Clock } from "../hal/clock";
import type { Journal } from "../storage/journal";
import { appendEntry } from "./append-entry";
import type { CardSession } from "./card-session";
import type { TapRequest } from "./tap-request";

export interface Notes {
  /**
   * A return whose sale this pad does not have; `session` when the card is there. `Full`: send the
   * journal to the back office first.
   */
  deferRefund(request: TapRequest, purchase: Purchase, session: CardSession | undefined): Status;
  /** What the customer thinks (1..5) of the tap of this sequence, once; 0 = of none. */
  rate(score: number, intentSequence: number): Status;
}

/** They are rare: an entry lives only while it is written. */
export function createNotes(journal: Journal, clock: Clock): Notes {
  let ratedSequence = 0;

  return {
    deferRefund: (request, purchase, session) => {
      const entry = createEntry();
      const values = entry.values;
      if (session !== undefined) {
        const card = session.card;
        setEntryString(entry, RefundKey.Uid, card.uid, 0, card.uidLengthBytes);
        values[RefundKey.MemberId] = session.identity[IdentityField.MemberId];
        values[RefundKey.Serial] = session.identity[IdentityField.Serial];
        values[RefundKey.CardNumber] = session.identity[IdentityField.CardNumber];
      }
      values[RefundKey.Day] = purchase.day;
      values[RefundKey.Minute] = purchase.minute;
      values[RefundKey.GrossRial] = request.grossRial;
      values[RefundKey.UnixSeconds] = clock.unixSeconds();
      const terminal = request.originalTerminal;
      values[RefundKey.OriginalTerminal] = terminal === 0 ? purchase.terminal : terminal;
      values[RefundKey.Reference] = request.reference;
      values[RefundKey.Approver] = request.approver;
      values[RefundKey.Cashier] = purchase.cashier;
      values[RefundKey.TillRequest] = request.tillRequest;
      return appendEntry(journal, JournalType.DeferredRefund, entry);
    },
    rate: (score, intentSequence) => {
      const entry = createEntry();
      if (intentSequence === ratedSequence || !(score >= 1 && score <= 5)) return Status.NotFound;
      entry.values[RatingKey.Score] = score;
      entry.values[RatingKey.IntentSequence] = intentSequence;
      const status = appendEntry(journal, JournalType.Rating, entry);
      if (status === Status.Ok) ratedSequence = intentSequence;
      return status;
    },
  };
}
