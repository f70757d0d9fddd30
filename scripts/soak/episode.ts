/**
 * One episode of a soak: a club that opens, many days with faults, then a phase without any in
 * which everything must come to rest. Played again from its seed it is the same to the byte.
 */
import { createHash } from "node:crypto";
import { Rng } from "../../host-sim/rng";
import { Violation } from "../../oracle/violation";
import { bringToRest } from "./at-rest";
import { StepPlayer } from "./play-step";
import { openShop, type Shop } from "./shop";
import { STEP_KINDS, type Step } from "./step-kinds";
import { StepPlan } from "./step-plan";
import { drawSwarm, type Swarm } from "./swarm";

export interface EpisodeOptions {
  seed: string;
  /** Steps are played until so many cards were presented. */
  taps: number;
  /** At most; each episode draws how many. */
  terminals: number;
  cards: number;
  hasFaults: boolean;
  /** Only enrolments, sales and balances; nothing comes down. */
  isSalesOnly?: boolean;
  /** No gift cards. */
  isMembersOnly?: boolean;
  /** Nobody logs in, nothing is approved. */
  isWithoutStaff?: boolean;
  /** No bill is split by category. */
  isWithoutBills?: boolean;
  /** Only these steps are played; undefined = all. */
  kept?: ReadonlySet<number>;
  /** Places, by step, where the fault is left out. */
  muted?: ReadonlyMap<number, ReadonlySet<number>>;
  /** For tests: breaks something before the doors open. */
  sabotage?(shop: Shop, swarm: Swarm): void;
}

export interface PlayedStep {
  step: Step;
  text: string;
  seen: string[];
  faults: { place: number; text: string }[];
}

export interface Failure {
  invariant: string;
  message: string;
  /** 0: when all was to be at rest. */
  step: number;
}

export interface EpisodeResult {
  taps: number;
  faults: number;
  steps: number;
  /** SHA-256 over all events, in hex. */
  hash: string;
  failure: Failure | undefined;
  played: PlayedStep[];
}

const CHECK_EVERY_STEPS = 100;
const NO_PLACES: ReadonlySet<number> = new Set();

export async function runEpisode(options: EpisodeOptions): Promise<EpisodeResult> {
  const rng = new Rng(options.seed);
  const swarm = drawSwarm(rng.fork("swarm"), options);
  const shop = openShop(rng.fork("shop"), swarm);
  options.sabotage?.(shop, swarm);
  try {
    return await new Episode(options, swarm, shop, rng).run();
  } finally {
    shop.office.close();
  }
}

class Episode {
  private readonly plan: StepPlan;
  private readonly hash = createHash("sha256");
  private readonly result: EpisodeResult = {
    ...{ taps: 0, faults: 0, steps: 0, hash: "", failure: undefined, played: [] },
  };

  constructor(
    private readonly options: EpisodeOptions,
    private readonly swarm: Swarm,
    private readonly shop: Shop,
    rng: Rng,
  ) {
    this.plan = new StepPlan(rng.fork("plan"), swarm);
  }

  async run(): Promise<EpisodeResult> {
    const { options, shop, result } = this;
    const { kept } = options;
    const lastStep = kept === undefined ? Number.POSITIVE_INFINITY : Math.max(0, ...kept);
    for (const pad of shop.pads) pad.powerOn();
    let step = this.plan.next();
    const isOver = () => result.taps >= options.taps || result.failure !== undefined;
    for (; !isOver() && step.number <= lastStep; step = this.plan.next()) {
      if (kept?.has(step.number) ?? true) await this.play(step);
    }
    if (result.failure === undefined) await this.rest(step.number);
    for (const pad of shop.pads) this.hash.update(pad.ring());
    for (const card of shop.cards) this.hash.update(card.bytes.image);
    result.hash = this.hash.digest("hex");
    return result;
  }

  private async play(step: Step): Promise<void> {
    const { options, swarm, shop, result } = this;
    const muted = options.muted?.get(step.number) ?? NO_PLACES;
    const player = new StepPlayer(shop, swarm, step, options.seed, muted);
    result.steps++;
    await this.guarded(step.number, async () => {
      await player.play();
      if (step.number % CHECK_EVERY_STEPS === 0) this.checkJournals();
    });
    const { tapCount, faultCount, seen } = player.report;
    const faults = player.faults.fired;
    result.taps += tapCount;
    result.faults += faultCount;
    this.hash.update(`${step.number} ${step.kind} ${shop.clock.nowUs} ${seen.join()}\n`);
    for (const { text } of faults) this.hash.update(`${text}\n`);
    result.played.push({ step, text: STEP_KINDS[step.kind].text(step), seen, faults });
  }

  private async rest(firstNumber: number): Promise<void> {
    const { shop, swarm, options, result } = this;
    await this.guarded(0, async () => {
      const { tapCount, seen } = await bringToRest(shop, swarm, options.seed, firstNumber);
      result.taps += tapCount;
      this.hash.update(seen.join("\n"));
      this.checkJournals();
    });
  }

  private checkJournals(): void {
    for (const pad of this.shop.pads) {
      if (!pad.isPowered) continue;
      this.shop.oracle.checkJournal(pad.terminal, { bytes: pad.ring(), weak: undefined });
    }
  }

  /** Whatever is thrown ends the episode; nothing may ever be. */
  private async guarded(step: number, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const isJudged = error instanceof Violation;
      const message = error instanceof Error ? error.message : String(error);
      const stack = !isJudged && error instanceof Error ? `\n${error.stack ?? ""}` : "";
      const invariant = isJudged ? error.invariant : "I12";
      this.result.failure = { invariant, message: `${message}${stack}`, step };
    }
  }
}
