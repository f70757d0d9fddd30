/** The office fetches one pad's journal, over a line and with a server that may fail. */
import type { Rng } from "../../host-sim/rng";
import type { StepPlayer } from "./play-step";
import { SoakLine } from "./soak-line";
import type { ServerFault } from "./soak-office";
import type { Swarm } from "./swarm";

const MOST_BYTES = 20_000;
const MOST_BYTES_DOWN = 2000;
const MOST_BATCHES = 4;
const MOST_STATEMENTS = 60;
const KINDS: ServerFault["kind"][] = [
  "crashBeforeStore",
  "crashInside",
  "crashAfterStore",
  "diskFull",
];

export async function playSync(player: StepPlayer): Promise<void> {
  const { swarm, step, faults } = player;
  player.power();
  const rng = player.rng.fork("sync");
  const isCut = rng.chance(swarm.lineCutChance);
  const bytesUntilCut = rng.below(MOST_BYTES);
  const fault = drawServerFault(rng, swarm.serverChance);
  const pad = player.shop.pads[step.pad];
  pad.useFaults(faults);
  const untilCut = isCut ? bytesUntilCut : Number.POSITIVE_INFINITY;
  await fetchJournal(player, rng, swarm.line, untilCut, fault);
}

/** As a sync, and then down what there is. */
export async function playPush(player: StepPlayer): Promise<void> {
  await playSync(player);
  const { swarm } = player;
  const rng = player.rng.fork("push");
  const isCut = rng.chance(swarm.lineCutChance);
  const bytesUntilCut = rng.below(MOST_BYTES_DOWN);
  player.power();
  await sendDown(player, rng, swarm.line, isCut ? bytesUntilCut : Number.POSITIVE_INFINITY);
}

/** With a good line: what the office has in force is at the pad afterwards. */
export async function sendUndisturbed(player: StepPlayer): Promise<void> {
  player.power();
  await sendDown(player, player.rng.fork("push"), undefined, Number.POSITIVE_INFINITY);
}

async function sendDown(
  player: StepPlayer,
  rng: Rng,
  noise: Swarm["line"] | undefined,
  bytesUntilCut: number,
): Promise<void> {
  const { shop, step, report } = player;
  const pad = shop.pads[step.pad];
  const line = new SoakLine(pad, shop.clock, rng.fork("line"), noise, bytesUntilCut);
  pad.incoming.length = 0;
  const outcome = await shop.office.send(
    line,
    rng.below(65_536),
    () => shop.unixSeconds(),
    (terminal, version, serials) => {
      const all = [...shop.cards, ...shop.staff];
      const uids = all.filter(({ serial }) => serials.includes(serial));
      shop.oracle.addLists(
        terminal,
        version,
        uids.map(({ uid }) => uid),
      );
    },
  );
  report.faultCount += line.faultCount + (Number.isFinite(bytesUntilCut) ? 1 : 0);
  report.seen.push(`push to pad ${pad.terminal}: ${outcome}`);
  player.observe();
}

/** With a good line and a good server. */
export async function fetchUndisturbed(player: StepPlayer): Promise<void> {
  player.power();
  const rng = player.rng.fork("sync");
  await fetchJournal(player, rng, undefined, Number.POSITIVE_INFINITY, undefined);
}

async function fetchJournal(
  player: StepPlayer,
  rng: Rng,
  noise: Swarm["line"] | undefined,
  bytesUntilCut: number,
  fault: ServerFault | undefined,
): Promise<void> {
  const { shop, step, report } = player;
  const { clock, office, oracle, pads } = shop;
  const pad = pads[step.pad];
  const line = new SoakLine(pad, clock, rng.fork("line"), noise, bytesUntilCut);
  const firstRequest = rng.below(65_536);
  pad.incoming.length = 0;
  const { outcome, batchCount } = await office.fetch(line, firstRequest, fault);
  const isServerStruck = outcome === "crash" || outcome === "disk full";
  report.faultCount += line.faultCount + (isServerStruck ? 1 : 0);
  if (Number.isFinite(bytesUntilCut)) report.faultCount++;
  report.seen.push(`sync of pad ${pad.terminal}: ${outcome} after ${batchCount} batches`);
  // The pad may have gone on with a tap meanwhile.
  player.observe();
  oracle.takeStored(office.query);
}

function drawServerFault(rng: Rng, chance: number): ServerFault | undefined {
  const kind = KINDS[rng.below(KINDS.length)];
  const batch = 1 + rng.below(MOST_BATCHES);
  const statement = rng.below(MOST_STATEMENTS);
  return rng.chance(chance) ? { kind, batch, statement } : undefined;
}
