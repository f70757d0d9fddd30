/**
 * Two pads and one card in the quick world, put back to the same moment for every run. All chance
 * is seeded anew then, so a run is told by its case, its plan of faults and what is done.
 */
import { requestOf, TapOutcome, type TapRequest } from "../../firmware/app/tap-request";
import { TapKind } from "../../firmware/core/evaluate";
import { VirtualClock } from "../../host-sim/clock";
import { FaultPlan, type FaultSource } from "../../host-sim/quick/faults";
import { QuickCard } from "../../host-sim/quick/quick-card";
import { QuickPad, type QuickPadOptions, type QuickPadState } from "../../host-sim/quick/quick-pad";
import { Rng } from "../../host-sim/rng";
import { officeOrders } from "./office-orders";
import { DAY_SECONDS, type SearchClub, START_UNIX_SECONDS } from "./search-club";
import type { Order, TapCase } from "./tap-case";
import type { PadIndex, Said, TapWorld } from "./tap-world";

export const SEARCH_UID = Uint8Array.from([0xde, 0xad, 0xbe, 0xef]);
const MEMBER = 100001;
/** The pads at which the card has its past. */
const EARLIER_TERMINAL = 9;
const UNFINISHED_TERMINAL = 8;
/** Last words that find no fault with card or pad. */
const REFUSALS = [
  ...[TapOutcome.Refused, TapOutcome.Superseded, TapOutcome.InDoubt, TapOutcome.Deferred],
];
/** What a pad is armed with that only has to finish something. */
const NOTHING: TapRequest = requestOf(TapKind.Balance, 0, 0);

export class QuickWorld implements TapWorld {
  readonly clock = new VirtualClock();
  readonly pads: readonly QuickPad[];
  readonly image: Uint8Array;
  private card: QuickCard;
  private readonly startImage: Uint8Array;
  private readonly startPads: readonly QuickPadState[];

  constructor(
    club: SearchClub,
    prepared: PreparedCard,
    tapCase: TapCase,
    private readonly seed: string,
  ) {
    this.image = prepared.image.slice();
    const place = { clock: this.clock, startUnixSeconds: START_UNIX_SECONDS };
    const orders = officeOrders(tapCase.office, MEMBER);
    this.pads = [1, 2].map((terminal) => makePad(club, terminal, seed, { ...place, orders }));
    this.card = this.newCard();
    playPast(this.pads[0], this.card, tapCase.here ?? [], tapCase.name);
    this.startImage = this.image.slice();
    this.startPads = this.pads.map((pad) => pad.save());
  }

  /** Back to the beginning; `faults` strike from now on, at both pads. */
  reset(faults: FaultSource | undefined): void {
    this.image.set(this.startImage);
    this.card = this.newCard();
    for (let i = 0; i < this.pads.length; i++) {
      this.pads[i].useFaults(undefined);
      this.pads[i].restore(this.startPads[i]);
      this.pads[i].powerOn();
    }
    for (const pad of this.pads) pad.useFaults(faults);
  }

  tap(index: PadIndex, order: Order): Said {
    this.pads[index].begin(order.request);
    return this.present(index);
  }

  present(index: PadIndex): Said {
    const pad = this.pads[index];
    const outcome = pad.present(this.card);
    if (outcome === undefined) return "powerCut";
    if (outcome < TapOutcome.Done) return "unfinished";
    if (this.isOpen(index)) pad.begin(NOTHING);
    const isOffice = pad.saidKind >= TapKind.Patch;
    if (outcome === TapOutcome.Done) return isOffice ? "ordered" : "done";
    if (outcome === TapOutcome.Foreign) return "foreign";
    return REFUSALS.includes(outcome) ? "refused" : "failed";
  }

  isPowered(index: PadIndex): boolean {
    return this.pads[index].isPowered;
  }

  /** As the whole pad does: an attempt left open is armed at once. */
  powerOn(index: PadIndex): boolean {
    if (!this.pads[index].powerOn()) return false;
    if (this.isOpen(index)) this.pads[index].begin(NOTHING);
    return true;
  }

  isWaiting(index: PadIndex): boolean {
    return this.pads[index].isWaiting;
  }

  isOpen(index: PadIndex): boolean {
    return this.pads[index].core?.tap.isOpen() ?? false;
  }

  giveUp(index: PadIndex): void {
    this.pads[index].cancel();
  }

  journal(index: PadIndex): Uint8Array {
    return this.pads[index].journalImage();
  }

  private newCard(): QuickCard {
    const rng = new Rng(`${this.seed}/card`);
    return new QuickCard({ clock: this.clock, rng, image: this.image });
  }
}

export interface PreparedCard {
  readonly image: Uint8Array;
  /** Journals of the pads at which the card was before. */
  readonly journals: readonly Uint8Array[];
}

/** The card as the case wants it. */
export function prepareCard(club: SearchClub, tapCase: TapCase): PreparedCard {
  const clock = new VirtualClock();
  const image = club.issue(SEARCH_UID, MEMBER, tapCase.card);
  const card = new QuickCard({ clock, rng: new Rng("past"), image });
  const yesterday = START_UNIX_SECONDS - DAY_SECONDS;
  const place = { clock, startUnixSeconds: yesterday };
  const pads = [makePad(club, EARLIER_TERMINAL, "past", place)];
  playPast(pads[0], card, tapCase.before, tapCase.name);
  if (tapCase.unfinished !== undefined) {
    const now = { clock, startUnixSeconds: START_UNIX_SECONDS };
    const pad = makePad(club, UNFINISHED_TERMINAL, "past", now);
    pad.useFaults(new FaultPlan([tapCase.unfinished.fault]));
    pad.begin(tapCase.unfinished.order.request);
    pad.present(card);
    if (pad.core?.tap.isOpen() !== true) throw new Error(`${tapCase.name}: nothing is unfinished`);
    pads.push(pad);
  }
  return { image, journals: pads.map((pad) => pad.journalImage()) };
}

function playPast(pad: QuickPad, card: QuickCard, orders: readonly Order[], name: string): void {
  for (const { request } of orders) {
    pad.begin(request);
    if (pad.present(card) !== TapOutcome.Done) throw new Error(`${name}: no past`);
  }
}

function makePad(
  club: SearchClub,
  terminal: number,
  seed: string,
  place: Pick<QuickPadOptions, "clock" | "startUnixSeconds" | "orders">,
): QuickPad {
  const options = { ...place, config: club.config(terminal), number: terminal };
  const pad = new QuickPad({ ...options, seed: `${seed}/${terminal}` });
  if (!pad.powerOn()) throw new Error(`pad ${terminal} does not start`);
  return pad;
}
