/** What is typed for the steps of a scenario, and how they are told. */
import type { ScenarioCard, TapStep, TapStepKind } from "./scenario";

export const TAP_STEPS: TapStepKind[] = [
  ...(["enrol", "sale", "balance", "return", "void", "giftLoad", "reward", "renew"] as const),
  "tap",
];

/** What the cashier types before the card comes. */
export const KEYS_OF: Record<Exclude<TapStepKind, "tap">, (step: TapStep) => string> = {
  enrol: ({ mobile }) => `C${mobile}#`,
  balance: () => "B",
  sale: ({ amount, credit }) => {
    if (credit === 0) return `${amount}#`;
    return credit === "all" ? `${amount}AA` : `${amount}A${credit}#`;
  },
  return: ({ number, amount }) => `D1${number}#${amount}#`,
  void: () => "D2",
  giftLoad: ({ amount }) => `D3${amount}#`,
  reward: ({ number }) => `D4${number}#`,
  renew: () => "D5",
};

/** A sentence without its end. */
export function tapTitle(step: TapStep, { fullName }: ScenarioCard, unitName: string): string {
  const amount = `${step.amount.toLocaleString("en-US")} ${unitName}`;
  const used = typeof step.credit === "string" ? "all" : step.credit.toLocaleString("en-US");
  const credit = step.credit === 0 ? "" : `, ${used} of it credit`;
  const titles: Record<TapStepKind, string> = {
    enrol: `Enrolment of ${fullName}`,
    sale: `Sale of ${amount} to ${fullName}${credit}`,
    balance: `Balance of ${fullName}`,
    return: `${fullName} brings goods of ${amount} back`,
    void: `The last tap of ${fullName} is undone`,
    giftLoad: `${amount} are loaded on ${fullName}`,
    reward: `Reward ${step.number} for ${fullName}`,
    renew: `The card of ${fullName} is renewed`,
    tap: `The card of ${fullName} is put on`,
  };
  return titles[step.kind] + failureText(step);
}

function failureText(step: TapStep): string {
  if (step.pullAtExchange !== undefined)
    return `; the card is pulled away at exchange ${step.pullAtExchange}`;
  if (step.cutAtExchange !== undefined) return `; power fails at exchange ${step.cutAtExchange}`;
  if (step.cutAtFlashWord !== undefined)
    return `; power fails in flash word ${step.cutAtFlashWord}`;
  return "";
}

export function durationText(seconds: number): string {
  const units: [string, number][] = [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ];
  for (const [name, size] of units) {
    const count = seconds / size;
    if (Number.isInteger(count)) return `${count} ${name}${count === 1 ? "" : "s"}`;
  }
  return `${seconds} seconds`;
}
