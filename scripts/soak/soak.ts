/** Episode after episode, until so many taps are played or a promise is broken. */
import { createHash } from "node:crypto";
import { type EpisodeOptions, type EpisodeResult, runEpisode } from "./episode";

export interface SoakOptions extends Omit<EpisodeOptions, "kept" | "muted"> {
  /** All episodes together; the last one may be shorter. */
  taps: number;
  /** Stop before an episode that would begin later than this; undefined = never. */
  secondsAtMost?: number;
}

export interface SoakReport {
  seed: string;
  episodes: number;
  taps: number;
  faults: number;
  steps: number;
  seconds: number;
  /** Computing time, which does not depend on what else the machine does. */
  coreSeconds: number;
  /** SHA-256 over the episodes' trace hashes, in hex. */
  hash: string;
  failed: { options: EpisodeOptions; result: EpisodeResult } | undefined;
}

/** Taps of one episode: enough for a pad's journal to go round, few enough to play again. */
const EPISODE_TAPS = 1000;

export async function runSoak(
  options: SoakOptions,
  onProgress: (report: SoakReport) => void,
): Promise<SoakReport> {
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  const secondsNow = () => (performance.now() - startMs) / 1000;
  const { seed, secondsAtMost = Number.POSITIVE_INFINITY } = options;
  const hash = createHash("sha256");
  const report: SoakReport = {
    ...{ seed, episodes: 0, taps: 0, faults: 0, steps: 0, seconds: 0, coreSeconds: 0, hash: "" },
    failed: undefined,
  };
  while (report.taps < options.taps && secondsNow() < secondsAtMost) {
    const taps = Math.min(EPISODE_TAPS, options.taps - report.taps);
    const episode: EpisodeOptions = { ...options, seed: `${seed}.${report.episodes}`, taps };
    const result = await runEpisode(episode);
    report.episodes++;
    report.taps += result.taps;
    report.faults += result.faults;
    report.steps += result.steps;
    report.seconds = secondsNow();
    hash.update(result.hash);
    onProgress(report);
    if (result.failure === undefined) continue;
    report.failed = { options: episode, result };
    break;
  }
  report.seconds = secondsNow();
  const { user, system } = process.cpuUsage(startCpu);
  report.coreSeconds = (user + system) / 1e6;
  report.hash = hash.digest("hex");
  return report;
}
