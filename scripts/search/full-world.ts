/**
 * Two pads and one card in the full simulation: the whole firmware with display and keys in front
 * of the reader chip, the field and the card's frames. One tap of the first pad is disturbed, at
 * one place.
 */
import { PLAN_16_PAGES } from "../../firmware/boards/flash-plan";
import { SimBoard } from "../../host-sim/board";
import { VirtualClock } from "../../host-sim/clock";
import { packAssets } from "../../host-sim/device-assets";
import { MifareClassicCard } from "../../host-sim/mifare-card";
import { NativeRuntime } from "../../host-sim/native-runtime";
import { PadMachine, type TapOptions } from "../../host-sim/pad-machine";
import { Rng } from "../../host-sim/rng";
import type { PreparedCard } from "./quick-world";
import { type SearchClub, START_UNIX_SECONDS } from "./search-club";
import type { Order } from "./tap-case";
import type { PadIndex, Said, TapWorld } from "./tap-world";

const ASSETS = packAssets("en");
const FAILS = /damaged|manipulated|Blank card|memory is full|Pad fault/;
const WAITS = /Tap the card|SAME card|Too short|another card/;

export class FullWorld implements TapWorld {
  readonly image: Uint8Array;
  private readonly pads: readonly PadMachine[];
  private readonly card: MifareClassicCard;
  private disturbance: TapOptions;

  constructor(club: SearchClub, prepared: PreparedCard, disturbance: TapOptions, seed: string) {
    const clock = new VirtualClock();
    const image = prepared.image.slice();
    this.image = image;
    this.disturbance = disturbance;
    this.card = new MifareClassicCard({ clock, rng: new Rng(`${seed}/card`), image });
    this.pads = [1, 2].map((terminal) => {
      const { pageSizeBytes, pageCount } = PLAN_16_PAGES;
      const options = { pageSizeBytes, pageCount, startUnixSeconds: START_UNIX_SECONDS, clock };
      const board = new SimBoard({ ...options, seed: `${seed}/${terminal}` });
      const pad = new PadMachine(board, new NativeRuntime(board, PLAN_16_PAGES, ASSETS));
      pad.provision(club.config(terminal), PLAN_16_PAGES);
      pad.powerOn();
      return pad;
    });
  }

  tap(index: PadIndex, order: Order): Said {
    if (order.keys === undefined) throw new RangeError("no keys for this kind of tap");
    this.pads[index].press(order.keys);
    return this.present(index);
  }

  present(index: PadIndex): Said {
    const disturbance = this.disturbance;
    this.disturbance = {};
    const pad = this.pads[index];
    const { result } = pad.tap(this.card, disturbance);
    if (result === "silent" || result === "unfinished") return "unfinished";
    if (result === "powerCut") return result;
    const screen = pad.screen().join();
    pad.press("*");
    if (screen.includes("Not our card")) return "foreign";
    return FAILS.test(screen) ? "failed" : result;
  }

  isPowered(index: PadIndex): boolean {
    return this.pads[index].isPowered;
  }

  powerOn(index: PadIndex): boolean {
    this.pads[index].powerOn();
    return this.isPowered(index);
  }

  isWaiting(index: PadIndex): boolean {
    return WAITS.test(this.pads[index].screen().join());
  }

  isOpen(index: PadIndex): boolean {
    return this.pads[index].screen().join().includes("SAME card");
  }

  giveUp(index: PadIndex): void {
    this.pads[index].press(this.isOpen(index) ? "*#" : "*");
  }

  journal(index: PadIndex): Uint8Array {
    const { pageSizeBytes, journalPage } = PLAN_16_PAGES;
    return this.pads[index].board.flash.saveImage().slice(journalPage * pageSizeBytes);
  }
}
