/** What the back office finds when the journals of all pads have come in. */
import { type ChainIntent, type ChainProblem, judgeChain } from "../../back-office/card-chain";
import { TapKind } from "../../firmware/core/evaluate";
import { pathOf, type Step } from "./search";

/** True when two records for one counter value show that there are two cards. */
export function isForkSeen(last: Step): boolean {
  return problemsAfter(last).some(({ kind }) => kind === "cardFork");
}

export function problemsAfter(last: Step): ChainProblem[] {
  const intents = new Map<string, ChainIntent>();
  const confirmed = new Map<string, string>();
  for (const { pad, result } of pathOf(last)) {
    for (const { content, sequence } of result.records) {
      if (content.kind === "intent") {
        const { intent } = content;
        const isCopy = intent.confirms > 0;
        const kind = isCopy ? TapKind.Abandon : intent.kind;
        intents.set(`${pad}/${sequence}`, { ...intent, kind, outcome: undefined });
        if (isCopy) confirmed.set(`${pad}/${sequence}`, `${pad}/${intent.confirms}`);
      } else if (content.kind === "outcome") {
        const name = `${pad}/${content.intentSequence}`;
        for (const closed of [name, confirmed.get(name)]) {
          const intent = closed === undefined ? undefined : intents.get(closed);
          if (intent !== undefined) intent.outcome = content.outcome;
        }
      }
    }
  }
  return judgeChain([...intents.values()], undefined).problems;
}
