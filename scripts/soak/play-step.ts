/**
 * Plays one step as the people in the shop do: a cashier who types, customers who take their cards
 * away too early, technicians, and an office that fetches journals.
 */
import { Rng } from "../../host-sim/rng";
import type { DoneTap } from "../../oracle/oracle";
import { lastDayOfMonth } from "../../oracle/persian-days";
import { KIND_ENROL } from "../../oracle/tap-rules";
import { Violation } from "../../oracle/violation";
import { ChanceFaults } from "./chance-faults";
import {
  playBlock,
  playGiftLoad,
  playOrder,
  playRenewal,
  playReturn,
  playReward,
  playVoid,
} from "./play-other";
import { playSale } from "./play-sale";
import {
  approve,
  comeToWork,
  playBlockStaff,
  playCloseShift,
  playGrant,
  playLogIn,
} from "./play-staff";
import type { Shop, ShopCard } from "./shop";
import { ATTENTION_HZ, DONE_HZ, REFUSED_HZ, type ShopPad } from "./shop-pad";
import { drawKeys, LOST_CLOCK, type Step, type StepKind } from "./step-kinds";
import type { Swarm } from "./swarm";
import { playPush, playSync } from "./sync-step";

const DAY_SECONDS = 86_400;
const ENROL_KEYS = "C#";
const ENROLMENT: DoneTap = { kind: KIND_ENROL, grossRial: 0n, askedRial: 0n };
/** Among the strangers. */
const MAGIC = 3;
/** No tap takes longer; a pad that says nothing by then is stuck. */
const TAP_LIMIT_US = 20_000_000;
/** A pad that waits for another card, or for one that has gone, says so and waits on. */
const ATTENTION_US = 300_000;
const STEPS_AFTER = 6;
/** Enough to empty any field and to leave any view but those of a bill. */
const CLEAR_KEYS = "*".repeat(13);
/** How the lines of those begin, and of an amount, to which they lead back. */
const BILL_LINES = ["Parts of the bill", "Category, 0 to 15", "Of it with credit", "D 000"];
/** More parts than anybody presses blindly. */
const MOST_BACK = 100;
const TITLES_OF_DONE = ["Done", "Welcome to the club!"];
/** A pad that cannot serve says so at boot; none of this may ever happen. */
const STOPPED = ["No settings yet", "Rules not known here", "Journal unreadable"];
const STOPPED_SILENT = "Card reader is silent";
/** What a pad that waits for a card, or works on one, says in one of its lines. */
const ARMED_LINES = ["Tap the card", "Supervisor's card,", "Working...", "Too short: hold it"];
/** In what order chances are drawn never depends on how the step goes. */
const CHANCES = 24;

export type TapEnd = "done" | "refused" | "waiting" | "powerCut";

export interface StepReport {
  tapCount: number;
  faultCount: number;
  /** What the people saw. */
  seen: string[];
}

export class StepPlayer {
  readonly report: StepReport = { tapCount: 0, faultCount: 0, seen: [] };
  readonly faults: ChanceFaults;
  readonly rng: Rng;
  readonly pad: ShopPad;
  private readonly fromUnixSeconds: number;
  private readonly chances: number[] = [];
  private readonly touched = new Set<ShopCard>();
  private hasShownMagic = false;

  constructor(
    readonly shop: Shop,
    readonly swarm: Swarm,
    readonly step: Step,
    seed: string,
    muted: ReadonlySet<number>,
  ) {
    this.rng = new Rng(`${seed}/${step.number}`);
    this.pad = shop.pads[step.pad];
    const hasCard = () => this.pad.reader.present !== undefined;
    this.faults = new ChanceFaults(this.rng.fork("faults"), swarm, muted, hasCard);
    for (let i = 0; i < CHANCES; i++) this.chances.push(this.rng.fraction());
    shop.clock.advance(step.waitSeconds * 1e6);
    this.fromUnixSeconds = this.pad.unixSeconds();
  }

  async play(): Promise<void> {
    await PLAYERS[this.step.kind](this);
    this.report.faultCount += this.faults.fired.length;
    this.pad.useFaults(undefined);
    this.observe();
  }

  /** The cashier begins something; what is open comes first, or is given up, or is in the way. */
  sell(keys: string, asked: DoneTap | undefined): void {
    const { pad, shop } = this;
    if (!this.power()) return;
    const open = shop.oracle.openCardOf(pad.terminal);
    const card = shop.cards[this.step.card];
    const chance = this.chance(0);
    if (open !== undefined && open !== card.uid && chance < 0.9) {
      if (chance < 0.7) this.finishOpen(open);
      else this.giveUp();
      if (!pad.isPowered) return;
    }
    this.clear();
    if (!comeToWork(this)) return;
    // Where a card is still in the way, the first `#` of a bill may give it up, and the pad then
    // sells the rest of the bill, which the display shows: nobody looks at it here.
    const isInTheWay = () => shop.oracle.openCardOf(pad.terminal) !== undefined;
    const wasInTheWay = isInTheWay();
    this.pressAll(keys);
    this.observe();
    if (!approve(this)) return;
    this.tapUntilOver(card, wasInTheWay || isInTheWay() ? undefined : asked);
    // Who is no member yet becomes one, most of the time.
    if (pad.title !== "Not a member yet" || this.chance(17) > 0.7) return;
    this.pressAll(`*${ENROL_KEYS}`);
    this.tapUntilOver(card, ENROLMENT);
  }

  /** The customer holds the card on again when the pad asks for it, most of the time. */
  tapUntilOver(card: ShopCard, asked: DoneTap | undefined): void {
    let wanted = asked;
    for (let i = 1; i <= 4; i++) {
      const end = this.tap(card, wanted);
      if (end === "powerCut" || this.chance(i) > 0.75) return;
      if (end === "refused" && this.pad.title === "Not enough credit") {
        const isAgreed = this.pad.lines.some((line) => line.startsWith("# use this"));
        if (!isAgreed) return;
        this.pressAll("#");
        if (!approve(this)) return;
        wanted = asked && { ...asked, askedRial: "all" };
      } else if (end !== "waiting") return;
    }
  }

  /** One presentation of a card, from putting it on to taking it off. */
  tap(card: ShopCard, asked: DoneTap | undefined): TapEnd {
    const { pad, shop, report } = this;
    report.tapCount++;
    this.touched.add(card);
    if (card === shop.strangers[MAGIC]) this.hasShownMagic = true;
    shop.oracle.staffOf(pad.terminal).show(card.serial);
    pad.heard.length = 0;
    pad.useFaults(this.faults);
    pad.reader.addCard(card.chip);
    const end = this.awaitSound();
    pad.reader.removeCard();
    pad.useFaults(undefined);
    const title = pad.title;
    // The hand is away before the pad has noticed.
    for (let i = 0; i < STEPS_AFTER; i++) pad.step();
    report.seen.push(`${card.name}: ${end}${title === "" ? "" : `, "${title}"`}`);
    this.observe();
    if (end === "done" && TITLES_OF_DONE.includes(title)) {
      const isTold = this.step.kind !== "keys" && this.chance(20) >= this.swarm.keysChance;
      const told = isTold ? asked : undefined;
      const creditRial = shop.oracle.checkDone(pad.terminal, card.uid, told);
      if (title === "Done") this.checkShown(creditRial);
    }
    return end;
  }

  /** Presses keys, unless the pad has no power. */
  pressAll(keys: string): void {
    this.pad.useFaults(this.faults);
    if (this.pad.isPowered) this.pad.press(keys);
    this.pad.useFaults(undefined);
  }

  /** Takes back what somebody has typed. */
  clear(): void {
    const isBill = (line: string) => BILL_LINES.some((begin) => line.startsWith(begin));
    this.pressAll(CLEAR_KEYS);
    for (let i = 0; i < MOST_BACK && this.pad.lines.some(isBill); i++) this.pressAll("*");
  }

  giveUp(): void {
    this.report.seen.push("given up");
    this.pressAll(`${CLEAR_KEYS}#${CLEAR_KEYS}`);
    this.observe();
  }

  finishOpen(uid: string): void {
    const all = [...this.shop.cards, ...this.shop.staff];
    const card = all.find((one) => one.uid === uid) as ShopCard;
    for (let i = 0; i < 2 && this.shop.oracle.openCardOf(this.pad.terminal) === uid; i++) {
      if (this.tap(card, undefined) === "powerCut") return;
    }
  }

  /** Power comes back, and may fail again while the pad starts; true when it stays. */
  power(): boolean {
    const { pad } = this;
    if (pad.isPowered) return true;
    pad.useFaults(this.faults);
    if (this.chance(18) < 0.8) pad.powerOn();
    if (!pad.isPowered && this.chance(19) < 0.5) pad.powerOn();
    pad.useFaults(undefined);
    if (!pad.isPowered) pad.powerOn();
    const { title } = pad;
    if (STOPPED.includes(title) || title === STOPPED_SILENT) {
      throw new Violation("I5", `pad ${pad.terminal} does not start: "${title}"`);
    }
    this.report.seen.push(`power is back: "${title}"`);
    this.observe();
    return true;
  }

  /** The oracle looks at the pad and at every card that was shown. */
  observe(): void {
    const { pad, shop } = this;
    // The clock may have been set, also backwards.
    const seconds = [this.fromUnixSeconds, pad.unixSeconds()];
    const span = { fromUnixSeconds: Math.min(...seconds), toUnixSeconds: Math.max(...seconds) };
    const weak = pad.isPowered ? undefined : pad.ringWeakness();
    shop.oracle.observePad(pad.terminal, { bytes: pad.ring(), weak }, span, this.hasShownMagic);
    for (const card of this.touched) {
      if (card.original === undefined) shop.oracle.observeCard(card.uid, card.bytes);
      else if (!card.original.equals(card.bytes.image)) {
        throw new Violation("I3", `${card.name} was written to`);
      }
    }
  }

  /** Where there are only sales, nobody finds the menu behind D. */
  blindKeys(keys: string): string {
    return this.swarm.isSalesOnly ? keys.replaceAll("D", "") : keys;
  }

  /** The i-th of the step's chances, 0..1. */
  chance(i: number): number {
    return this.chances[i];
  }

  /** Whether staff does the wrong thing, by the i-th of the step's chances. */
  errs(i: number): boolean {
    return this.chance(i) < this.swarm.staffErrorChance;
  }

  private awaitSound(): TapEnd {
    const { pad, shop, swarm, rng } = this;
    const { clock } = shop;
    const limitUs = clock.nowUs + TAP_LIMIT_US;
    const hasKeys = this.chance(20) < swarm.keysChance;
    let attentionUs = 0;
    while (clock.nowUs < limitUs) {
      if (!pad.isPowered) return "powerCut";
      pad.step();
      if (pad.heard.includes(DONE_HZ)) return "done";
      if (pad.heard.includes(REFUSED_HZ) && !hasKeys) return "refused";
      const isServed = pad.lines.some((line) => ARMED_LINES.includes(line));
      const isCardGone = pad.reader.present === undefined;
      if (pad.heard.includes(ATTENTION_HZ) || isCardGone || hasKeys || !isServed) {
        attentionUs = attentionUs === 0 ? clock.nowUs : attentionUs;
        if (clock.nowUs - attentionUs > ATTENTION_US) return "waiting";
      }
      if (hasKeys && rng.chance(0.1)) pad.pressLater(this.blindKeys(drawKeys(rng, 1)));
    }
    throw new Violation("I12", `pad ${pad.terminal} says nothing: "${pad.lines.join("|")}"`);
  }

  /** What the display says is left on the card. */
  private checkShown(creditRial: bigint): void {
    const { pad } = this;
    const line = pad.lines.find((text) => text.startsWith("New "));
    const [, toman, rest = "0"] = /^New +([\d,]+)(?:\+(\d)r)?$/.exec(line ?? "") ?? [];
    const shown = toman === undefined ? "" : `${toman.replaceAll(",", "")}${rest}`;
    if (shown !== "" && BigInt(shown) === creditRial) return;
    throw new Violation("I1", `the display says "${line}", left are ${creditRial} rial`);
  }
}

function passTime({ shop }: StepPlayer, seconds: number): void {
  shop.clock.advance(seconds * 1e6);
}

/** To the first morning of the next Jalali month. */
function endMonth(player: StepPlayer): void {
  const { shop, swarm } = player;
  const seconds = shop.startUnixSeconds + shop.clock.nowUs / 1e6 + swarm.rules.offsetMinutes * 60;
  const day = Math.floor(seconds / DAY_SECONDS) - 18_262;
  const days = lastDayOfMonth(day) - day;
  passTime(player, days * DAY_SECONDS + (DAY_SECONDS - (seconds % DAY_SECONDS)));
}

const PLAYERS: Record<StepKind, (player: StepPlayer) => void | Promise<void>> = {
  enrol: (player) => player.sell(ENROL_KEYS, ENROLMENT),
  sale: (player) => playSale(player, "none"),
  creditSale: (player) => playSale(player, "some"),
  allCreditSale: (player) => playSale(player, "all"),
  balance: (player) => player.sell("B", undefined),
  cardAgain: (player) => {
    if (player.power()) player.tap(player.shop.cards[player.step.card], undefined);
  },
  strangeCard: (player) => {
    if (!player.power()) return;
    player.clear();
    player.pressAll("B");
    player.tap(player.shop.strangers[player.step.amount], undefined);
  },
  keys: (player) => {
    if (!player.power()) return;
    player.pressAll(player.blindKeys(player.step.keys));
    player.tap(player.shop.cards[player.step.card], undefined);
  },
  giveUp: (player) => {
    if (player.power()) player.giveUp();
  },
  powerCut: (player) => player.shop.pads[player.step.pad].cutPower(),
  minutes: (player) => passTime(player, player.step.amount),
  nextDay: (player) => passTime(player, player.step.amount),
  season: (player) => passTime(player, player.step.amount),
  monthEnd: endMonth,
  clockJump: ({ shop, step }) => {
    const pad = shop.pads[step.pad];
    const isLost = step.amount === LOST_CLOCK;
    pad.clockErrorSeconds = isLost ? -Math.floor(shop.clock.nowUs / 1e6) - 1.5e8 : step.amount;
  },
  clockSet: ({ shop, step }) => {
    shop.pads[step.pad].clockErrorSeconds = 0;
  },
  sync: playSync,
  push: playPush,
  return: playReturn,
  void: playVoid,
  reward: playReward,
  renewal: playRenewal,
  order: playOrder,
  block: playBlock,
  giftLoad: playGiftLoad,
  logIn: playLogIn,
  grant: playGrant,
  closeShift: playCloseShift,
  blockStaff: playBlockStaff,
};
