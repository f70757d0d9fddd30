/**
 * The phase without faults: clocks are right, power stays, lines are good. Every open attempt gets
 * its card, every card is used once more, every journal is fetched: then nothing may be open, and
 * cards, journals and ledger must tell the same story.
 */
import { KIND_ENROL, KIND_SALE } from "../../oracle/tap-rules";
import { Violation } from "../../oracle/violation";
import { orderNothing } from "./play-other";
import { StepPlayer } from "./play-step";
import type { Shop } from "./shop";
import type { Step } from "./step-kinds";
import type { Swarm } from "./swarm";
import { fetchUndisturbed, sendUndisturbed } from "./sync-step";

const DAY_US = 86_400e6;
const TRIES = 5;
const CLOSING_SALE_TOMAN = 1000;
const GIVE_UP_TITLE = "Give up this tap?";

export async function bringToRest(shop: Shop, swarm: Swarm, seed: string, firstNumber: number) {
  const calm: Swarm = { ...swarm, faultChance: 0, keysChance: 0, staffErrorChance: 0 };
  const seen: string[] = [];
  let tapCount = 0;
  let number = firstNumber;
  const play = async (pad: number, card: number, act: (player: StepPlayer) => unknown) => {
    const player = new StepPlayer(shop, calm, quietStep(number++, pad, card), seed, new Set());
    await act(player);
    player.observe();
    tapCount += player.report.tapCount;
    seen.push(...player.report.seen);
  };
  // Perhaps it is empty and must not be loaded again: what the office orders is a tap on any card.
  for (const card of shop.cards) if (card.isGift) orderNothing(shop, card);
  for (const [index, pad] of shop.pads.entries()) {
    pad.clockErrorSeconds = 0;
    await play(index, 0, fetchUndisturbed);
    await play(index, 0, (player) => closeOpen(shop, index, player));
    if (!swarm.isSalesOnly) await play(index, 0, sendUndisturbed);
  }
  // Whose PIN is locked today approves again tomorrow, by the clocks as they are set now.
  if (swarm.staff.length > 0) shop.clock.advance(DAY_US);
  for (const [index] of shop.cards.entries()) {
    const pad = index % shop.pads.length;
    if (index >= shop.pads.length) await play(pad, 0, fetchUndisturbed);
    await play(pad, index, (player) => useOnceMore(shop, player));
  }
  for (const index of shop.pads.keys()) await play(index, 0, fetchUndisturbed);
  shop.oracle.checkAtRest(shop.office.query);
  if (!swarm.isSalesOnly) {
    const hot = shop.office.hotSerials();
    const listed = shop.cards.filter(({ serial }) => hot.includes(serial));
    shop.oracle.checkOrdersDone(listed.map(({ uid }) => uid));
  }
  for (const pad of shop.pads) {
    shop.oracle.checkWear(pad.terminal, pad.eraseCounts(), pad.powerCutCount);
  }
  const problems = shop.office.problems();
  if (problems.length > 0) throw new Violation("I1", `clubpad verify: ${problems.join("; ")}`);
  return { seen, tapCount };
}

function closeOpen(shop: Shop, index: number, player: StepPlayer): void {
  const { terminal } = shop.pads[index];
  for (let i = 0; i < TRIES; i++) {
    const open = shop.oracle.openCardOf(terminal);
    if (open === undefined) return;
    // A question that somebody left unanswered: no, the card is here.
    if (shop.pads[index].title === GIVE_UP_TITLE) player.pressAll("*");
    player.finishOpen(open);
  }
  throw new Violation("I11", `pad ${terminal} does not come to an end with its card`);
}

/** The next tap of each card tells what became of those before. */
function useOnceMore(shop: Shop, player: StepPlayer): void {
  const { step } = player;
  const card = shop.cards[step.card];
  const pad = shop.pads[step.pad];
  if (card.isGift) {
    player.sell(`D3${CLOSING_SALE_TOMAN}#`, undefined);
    return;
  }
  const isEnrolled = shop.oracle.isEnrolled(card.uid);
  const grossRial = isEnrolled ? BigInt(CLOSING_SALE_TOMAN) * 10n : 0n;
  const kind = isEnrolled ? KIND_SALE : KIND_ENROL;
  const keys = isEnrolled ? `${CLOSING_SALE_TOMAN}#` : "C#";
  player.sell(keys, { kind, grossRial, askedRial: 0n });
  if (pad.title === "Done" || pad.title === "Welcome to the club!") return;
  // All pads have the newest list by now.
  if (pad.title === "Card is blocked" && shop.oracle.isBlocked(card.uid)) return;
  throw new Violation("I11", `${card.name} cannot be used any more: "${pad.title}"`);
}

function quietStep(number: number, pad: number, card: number): Step {
  return {
    ...{ number, kind: "sale", pad, card, waitSeconds: 60 },
    ...{ grossToman: 0, creditToman: 0, keys: "", amount: 0 },
  };
}
