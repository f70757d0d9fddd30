/**
 * Where a tap of the search is disturbed. Of all exchanges, writes and flash words only those count
 * behind which card or journal are different: before and within each counter write, before and
 * within the first write of a record, before its commit, before the last look, and before each
 * journal record. A card pulled elsewhere leaves what it leaves at the next of these.
 */
import { COUNTER_1_BLOCK, sectorOf, slotOfCounter, stateBlock } from "../../card-layout/geometry";
import { type FaultName, type FaultSource, PlaceKind } from "../../host-sim/quick/faults";
import { Command } from "../../host-sim/quick/quick-card";
import type { QuickReader } from "../../host-sim/quick/quick-reader";

/** The card goes, or the pad's power and with it the card's. */
export type TearMode = "pull" | "cut";

export interface Tear {
  readonly mode: TearMode;
  /** 1 = the first point of the tap. */
  readonly point: number;
}

const FIRST_BLOCKS = [stateBlock(slotOfCounter(0), 0), stateBlock(slotOfCounter(2), 0)];

/** How far a tap got with the newest intent, since that was journaled. */
export const enum Reached {
  Intent,
  /** The card was told to lower its counter. */
  Burn,
  /** Its record was sent to the card. */
  Record,
}

/** Strikes once, at the wanted point; tells afterwards what it struck. */
export class TearSource implements FaultSource {
  /** Points passed. */
  count = 0;
  struck = "";
  reached = Reached.Intent;
  private command: Command = Command.Wupa;
  private block = 0;
  private hasWritten = false;
  private wasFlash = false;

  constructor(
    reader: QuickReader,
    private readonly tear: Tear | undefined,
  ) {
    reader.onExchange = (command, block) => {
      if (command !== Command.WriteData) this.block = block;
      this.command = command;
      if (command === Command.Decrement && this.reached < Reached.Burn) this.reached = Reached.Burn;
      if (command === Command.WriteData) this.reached = Reached.Record;
    };
  }

  take(kind: PlaceKind): FaultName | undefined {
    const place = this.placeOf(kind);
    if (place === "") return undefined;
    this.count++;
    if (this.tear === undefined || this.count !== this.tear.point) return undefined;
    this.struck = place;
    const isCut = this.tear.mode === "cut";
    if (kind === PlaceKind.FlashWord) return isCut ? "nothing" : undefined;
    if (kind === PlaceKind.EepromWrite) return isCut ? "erasedCut" : "erased";
    return isCut ? "cut" : "pull";
  }

  /** In words, "" for a place that makes no difference. */
  private placeOf(kind: PlaceKind): string {
    const wasFlash = this.wasFlash;
    this.wasFlash = kind === PlaceKind.FlashWord;
    if (kind === PlaceKind.FlashWord) {
      this.reached = Reached.Intent;
      return wasFlash || this.tear?.mode === "pull" ? "" : "before a journal record";
    }
    const isCounter = sectorOf(this.block) === sectorOf(COUNTER_1_BLOCK);
    if (kind === PlaceKind.EepromWrite) {
      this.hasWritten = true;
      if (isCounter) return `while ${counterName(this.block)} is written`;
      return FIRST_BLOCKS.includes(this.block) ? "while the record is written" : "";
    }
    if (this.command === Command.Transfer) return `before ${counterName(this.block)} is written`;
    if (this.command === Command.WriteData && FIRST_BLOCKS.includes(this.block)) {
      return "before the record is written";
    }
    return this.command === Command.Wupa && this.hasWritten ? "before the last look" : "";
  }
}

function counterName(block: number): string {
  return block === COUNTER_1_BLOCK ? "c1" : "c2";
}
