/** What staff does at a pad: logs in and out, approves, grants, closes the shift. */
import { KIND_GRANT } from "../../oracle/other-taps";
import type { StepPlayer } from "./play-step";

const RIAL_PER_TOMAN = 10n;
const LOG_IN_KEYS = "D7";
const SHIFT_KEYS = "D8";
const SHIFT_TITLE = "Shift";
const REASON = 3;
/** A pad sums up two records in a step. */
const SUM_STEPS = 2000;
const PIN_LINE = "Supervisor's PIN";
const WRONG_PIN_TITLE = "Wrong PIN";
const SUPERVISOR_LINE = "Supervisor's card,";
const STAFF_TITLE = "Staff card";
const WRONG_PIN = "1111";
const TRIES = 7;
/** The first two cards are never lost, so that the shop can go on. */
const SAFE_CARDS = 2;

/** Where the club wants it, somebody logs in first; false when power failed meanwhile. */
export function comeToWork(player: StepPlayer): boolean {
  const { pad, shop } = player;
  if (pad.title !== STAFF_TITLE || shop.staff.length === 0) return true;
  if (player.errs(5)) return true;
  const some = player.errs(14) ? shop.staff.length : SAFE_CARDS;
  player.tap(shop.staff[Math.floor(player.chance(6) * some)], undefined);
  player.pressAll("*");
  return pad.isPowered;
}

/** A supervisor approves, if the pad wants that; false when power failed, or it was not done. */
export function approve(player: StepPlayer): boolean {
  const { pad, shop } = player;
  const isWanted = () => pad.lines.includes(SUPERVISOR_LINE);
  if (!isWanted() || shop.staff.length === 0) return true;
  for (let i = 0; i < TRIES; i++) {
    const index = player.errs(7) ? Math.floor(player.chance(8) * shop.staff.length) : 1;
    if (isWanted()) player.tap(shop.staff[index], undefined);
    if (!pad.lines.includes(PIN_LINE)) continue;
    const { pin } = shop.staff[index];
    const typed = player.errs(9 + (i % 4)) ? WRONG_PIN : pin;
    // The oracle knows before the pad does.
    if (typed === pin) shop.oracle.staffOf(pad.terminal).approve();
    player.pressAll(`${typed}#`);
    player.observe();
    if (pad.title !== WRONG_PIN_TITLE) return pad.isPowered;
    player.pressAll("#");
  }
  return pad.isPowered;
}

export function playLogIn(player: StepPlayer): void {
  const { pad } = player;
  if (!player.power()) return;
  if (pad.title !== STAFF_TITLE) player.pressAll(LOG_IN_KEYS);
  player.tap(player.shop.staff[player.step.amount], undefined);
  player.observe();
  // With the own card nobody buys anything.
  if (player.errs(10)) player.pressAll("*1000#");
  if (player.errs(11)) player.pressAll("*C#");
  if (player.errs(12)) player.tap(player.shop.staff[player.step.amount], undefined);
}

export function playGrant(player: StepPlayer): void {
  const { grossToman } = player.step;
  const grossRial = BigInt(grossToman) * RIAL_PER_TOMAN;
  const asked = { kind: KIND_GRANT, grossRial, askedRial: 0n };
  player.sell(`D6${REASON}#${grossToman}#`, asked);
}

/** Somebody looks at the totals, and mostly closes the shift. */
export function playCloseShift(player: StepPlayer): void {
  const { pad } = player;
  if (!player.power() || !comeToWork(player)) return;
  player.pressAll(`*${SHIFT_KEYS}`);
  for (let i = 0; i < SUM_STEPS && pad.lines.includes("Working..."); i++) pad.step();
  const isShown = pad.title.startsWith(SHIFT_TITLE);
  player.pressAll(isShown && player.chance(13) < 0.8 ? "#" : "*");
  player.observe();
}

export function playBlockStaff({ shop, step }: StepPlayer): void {
  if (step.amount >= SAFE_CARDS) shop.office.block(shop.staff[step.amount].serial);
}
