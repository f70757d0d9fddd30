/** The steps of an episode, drawn one after the other from its seed and from nothing else. */
import type { Rng } from "../../host-sim/rng";
import { STEP_KINDS, type Step, type StepKind } from "./step-kinds";
import type { Swarm } from "./swarm";

const LONGEST_WAIT_SECONDS = 300;

export class StepPlan {
  private last: Step | undefined;
  private readonly kinds: [kind: StepKind, weight: number][];
  private readonly weightSum: number;

  constructor(
    private readonly rng: Rng,
    private readonly swarm: Swarm,
  ) {
    this.kinds = Object.entries(swarm.weights) as [StepKind, number][];
    this.weightSum = this.kinds.reduce((sum, [, weight]) => sum + weight, 0);
  }

  next(): Step {
    const { rng, swarm, last } = this;
    const isSamePad = last !== undefined && rng.chance(swarm.samePad);
    const isSameCard = last !== undefined && rng.chance(swarm.sameCard);
    const step: Step = {
      number: (last?.number ?? 0) + 1,
      kind: this.drawKind(),
      pad: isSamePad ? last.pad : rng.below(swarm.terminals),
      card: isSameCard ? last.card : rng.below(swarm.cards + swarm.giftCards),
      waitSeconds: rng.below(LONGEST_WAIT_SECONDS),
      grossToman: 0,
      creditToman: 0,
      keys: "",
      amount: 0,
    };
    STEP_KINDS[step.kind].draw?.(rng.fork("step"), step, swarm);
    this.last = step;
    return step;
  }

  private drawKind(): StepKind {
    let at = this.rng.fraction() * this.weightSum;
    for (const [kind, weight] of this.kinds) {
      at -= weight;
      if (at < 0) return kind;
    }
    return "sale";
  }
}
