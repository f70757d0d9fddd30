/** What a ruleset says of everything but sales, in plain English. */
import type { Words } from "./other-kinds";

const KINDS: Readonly<Record<string, string>> = {
  return: "returns",
  void: "voids",
  giftLoad: "gift loads",
  reward: "rewards",
  renew: "renewals",
};

export const ENGLISH_OTHERS: Words = {
  padBudget: (most) => `Most credit that one pad gives on purchases in a day: ${most}.`,
  noLimit: "no limit",
  debt: (may) => `While a card owes something, its credit ${may ? "may" : "may not"} be used.`,
  grace: (days) =>
    "When goods come back, the card keeps of what they earned the share of what was kept. Credit " +
    "used for them comes back with its own last day" +
    (days === "0" ? "." : `, or lives ${days} days more where that is past.`),
  gift: (window, hasTopUp) =>
    `A gift card's credit is ${window}; a loaded card ` +
    `${hasTopUp ? "may" : "may not"} be loaded again.`,
  grants: (most) => `A supervisor may grant at once: ${most}.`,
  grantsPerDay: (most) =>
    `The office reports a supervisor who grants more than ${most} in a day, at all pads together.`,
  programme: (name, ruleIds, budget) =>
    `Programme "${name}": ${ruleIds.length === 1 ? "rule" : "rules"} ${ruleIds.join(", ")}` +
    (budget === "" ? "." : `; the office reports when all pads together gave more than ${budget}.`),
  login: (isRequired) =>
    isRequired
      ? "Nobody uses the pad before a staff card was shown."
      : "The pad may be used without a staff card.",
  supervised: (kinds) =>
    `A supervisor's card and PIN are needed for grants${kinds
      .map((kind) => `, ${KINDS[kind]}`)
      .join("")}.`,
  approval: (above) =>
    above === "no limit"
      ? "No amount by itself needs a supervisor."
      : `More than ${above} that comes back, is loaded, granted or paid with credit needs a ` +
        "supervisor who is not the cashier.",
  renewal: (months) =>
    months === "0"
      ? "Cards are not renewed at the pad."
      : `A card is renewed at the pad to the end of the month ${months} months ahead.`,
  reward: (id, points, credit) =>
    `Reward ${id} costs ${points} points and is ` +
    (credit === "" ? "handed out at the counter." : `${credit} of credit.`),
};
