/** What happens less often than a sale: returns, voids, rewards, renewals, orders of the office. */
import { PatchKind } from "../../firmware/core/card-patch";
import {
  KIND_GIFT_LOAD,
  KIND_REFUND,
  KIND_RENEW,
  KIND_REWARD,
  KIND_VOID,
} from "../../oracle/other-taps";
import type { StepPlayer } from "./play-step";
import type { Shop, ShopCard } from "./shop";
import type { Step } from "./step-kinds";

const RIAL_PER_TOMAN = 10;
const FAR_DAYS = 400;
const EARN_ONLY = 8;
const MOST_POINTS = 500;

/** A part of an earlier sale at this pad, or all of it; now and then of one that it never made. */
export function playReturn(player: StepPlayer): void {
  const { shop, step } = player;
  if (!player.power()) return;
  const pad = shop.pads[step.pad];
  const sales = shop.oracle.salesOf(pad.terminal, shop.cards[step.card].uid);
  const sale = sales[step.amount % Math.max(sales.length, 1)];
  if (sale === undefined) {
    player.sell(`D1${step.amount}#${step.grossToman}#`, undefined);
    return;
  }
  const leftToman = Number(sale.leftRial) / RIAL_PER_TOMAN;
  const isWhole = step.amount % 3 === 0 || leftToman === 0;
  const toman = Math.max(1, isWhole ? leftToman : Math.min(step.grossToman, leftToman));
  const grossRial = BigInt(toman * RIAL_PER_TOMAN);
  const asked = { kind: KIND_REFUND, grossRial, askedRial: 0n };
  player.sell(`D1${sale.sequence}#${toman}#`, asked);
}

/** A gift card is sold, or loaded again where the rules allow it. */
export function playGiftLoad(player: StepPlayer): void {
  const { grossToman } = player.step;
  const grossRial = BigInt(grossToman * RIAL_PER_TOMAN);
  player.sell(`D3${grossToman}#`, { kind: KIND_GIFT_LOAD, grossRial, askedRial: 0n });
}

export function playVoid(player: StepPlayer): void {
  player.sell("D2", { kind: KIND_VOID, grossRial: 0n, askedRial: 0n });
}

export function playReward(player: StepPlayer): void {
  const asked = { kind: KIND_REWARD, grossRial: 0n, askedRial: 0n };
  player.sell(`D4${player.step.amount}#`, asked);
}

export function playRenewal(player: StepPlayer): void {
  player.sell("D5", { kind: KIND_RENEW, grossRial: 0n, askedRial: 0n });
}

/** The office orders; the lists that say so go to the pads with a push. */
export function playOrder({ shop, step }: StepPlayer): void {
  const { kind, argument } = drawnOrder(step);
  orderFor(shop, shop.cards[step.card], kind, argument);
}

/** What changes nothing on most cards, and is a tap all the same. */
export function orderNothing(shop: Shop, card: ShopCard): void {
  orderFor(shop, card, PatchKind.ClearFlags, EARN_ONLY);
}

function orderFor(shop: Shop, card: ShopCard, kind: PatchKind, argument: number): void {
  const day = shop.dayNow();
  const isGrant = kind === PatchKind.Grant;
  const days = isGrant ? { fromDay: day, untilDay: day + FAR_DAYS } : { fromDay: 0, untilDay: 0 };
  const order = { kind, ...days, issuer: isGrant ? shop.issuer : 0 };
  const id = shop.office.order({ serial: card.serial, cardNumber: 0, argument, ...order });
  shop.oracle.addOrder(card.uid, { id, argument: BigInt(argument), ...order });
}

function drawnOrder({ amount, grossToman }: Step): { kind: number; argument: number } {
  const rial = grossToman * RIAL_PER_TOMAN;
  const points = 1 + (grossToman % MOST_POINTS);
  const orders = [
    { kind: PatchKind.Grant, argument: rial },
    { kind: PatchKind.Grant, argument: rial },
    { kind: PatchKind.Claw, argument: rial },
    { kind: PatchKind.WriteOff, argument: rial },
    { kind: PatchKind.AddPoints, argument: points },
    { kind: PatchKind.TakePoints, argument: points },
    { kind: PatchKind.SetFlags, argument: EARN_ONLY },
    { kind: PatchKind.ClearFlags, argument: EARN_ONLY },
    { kind: PatchKind.ClearFlags, argument: EARN_ONLY },
  ];
  return orders[amount % orders.length];
}

export function playBlock({ shop, step }: StepPlayer): void {
  shop.office.block(shop.cards[step.card].serial);
}
