/**
 * The issuing desk beside the pad: a reader of its own, with its own field, on the same clock, and
 * the firmware's issuing code on it.
 */
import { Status } from "../card-layout/status";
import { issueCard } from "../firmware/desk/issue";
import type { IssueKind } from "../firmware/desk/issue-session";
import { createMfrc522 } from "../firmware/drivers/mfrc522";
import type { CardReader } from "../firmware/hal/card-reader";
import type { Clock } from "../firmware/hal/clock";
import { FIELD_READY_MS } from "../firmware/limits";
import type { VirtualClock } from "./clock";
import { SimMfrc522 } from "./mfrc522";
import type { MifareClassicCard } from "./mifare-card";
import { emptySelection, halClockOf } from "./reader-bench";
import { RfField } from "./rf-field";
import type { Rng } from "./rng";
import { createSpiDevice } from "./spi-device";

export interface DeskReport {
  kind: IssueKind;
  /** Where it ended, as issueCard says. */
  sector: number;
  status: Status;
  durationMs: number;
  exchanges: number;
}

export class SimDesk {
  private readonly field: RfField;
  private readonly reader: CardReader;
  private readonly clock: Clock;

  constructor(clock: VirtualClock, rng: Rng) {
    this.field = new RfField(clock);
    this.clock = halClockOf(clock);
    const chip = new SimMfrc522({ clock, field: this.field, rng });
    this.reader = createMfrc522(createSpiDevice(chip), this.clock);
    const status = this.reader.initialise();
    if (status !== Status.Ok) throw new Error(`the desk's reader does not start (${status})`);
  }

  /** Issues a card with the 1024 bytes that `personalise` makes once the card's UID is known. */
  issue(card: MifareClassicCard, personalise: (uid: Uint8Array) => Uint8Array): DeskReport {
    const startMs = this.clock.nowMs();
    const exchangesBefore = this.field.statistics.exchanges;
    this.field.addCard(card);
    this.reader.setField(true);
    this.clock.waitMs(FIELD_READY_MS);
    const selected = emptySelection();
    const status = this.reader.select(selected);
    if (status !== Status.Ok) throw new Error(`no card answers on the desk (status ${status})`);
    const uid = (selected.uid as Uint8Array).slice(0, selected.uidLengthBytes);
    const issued = issueCard(this.reader, this.clock, selected, personalise(uid));
    this.reader.setField(false);
    this.field.removeCard(card);
    return {
      ...issued,
      durationMs: this.clock.nowMs() - startMs,
      exchanges: this.field.statistics.exchanges - exchangesBefore,
    };
  }
}
