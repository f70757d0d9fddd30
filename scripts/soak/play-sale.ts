/** A sale as a cashier types it, now and then with a bill that is split by category. */
import type { Rng } from "../../host-sim/rng";
import { KIND_SALE } from "../../oracle/tap-rules";
import type { StepPlayer } from "./play-step";

const RIAL_PER_TOMAN = 10;
/** Of the step's chances. */
const BILL_CHANCE = 21;
const MOST_PARTS = 6;
const CATEGORIES = 16;

export function playSale(player: StepPlayer, credit: "none" | "some" | "all"): void {
  const { grossToman, creditToman } = player.step;
  const isSplit = player.chance(BILL_CHANCE) < player.swarm.billChance;
  const { keys, categories } = isSplit
    ? drawBill(player.rng.fork("bill"), grossToman)
    : { keys: `${grossToman}`, categories: "" };
  const rialOf = (toman: number) => BigInt(toman * RIAL_PER_TOMAN);
  const asked = { kind: KIND_SALE, grossRial: rialOf(grossToman), askedRial: 0n, categories };
  if (credit === "none") player.sell(`${keys}#`, asked);
  else if (credit === "all") {
    player.sell(`${keys}AA`, { ...asked, askedRial: asked.grossRial });
  } else {
    const askedToman = Math.min(creditToman, grossToman);
    player.sell(`${keys}A${askedToman}#`, { ...asked, askedRial: rialOf(askedToman) });
  }
}

/** Parts that add up, some after a slip; and in hex what the journal must say of them. */
function drawBill(rng: Rng, grossToman: number): { keys: string; categories: string } {
  const named = new Map<number, { pieces: number; rial: number }>();
  let leftToman = grossToman;
  let keys = "";
  for (let count = 1 + rng.below(MOST_PARTS); count > 0 && leftToman > 0; count--) {
    const toman = rng.chance(0.2) ? leftToman : 1 + rng.below(leftToman);
    const category = rng.below(CATEGORIES);
    if (rng.chance(0.2)) keys += SLIPS[rng.below(SLIPS.length)];
    keys += `${toman}B${category}#`;
    const { pieces, rial } = named.get(category) ?? { pieces: 0, rial: 0 };
    named.set(category, { pieces: pieces + 1, rial: rial + toman * RIAL_PER_TOMAN });
    leftToman -= toman;
  }
  const parts = [...named].sort(([a], [b]) => a - b);
  const texts = parts.map(([category, { pieces, rial }]) => {
    const bytes = Buffer.from([category, pieces, 0, 0, 0, 0]);
    bytes.writeUInt32LE(rial, 2);
    return bytes.toString("hex");
  });
  return { keys: keys + (leftToman > 0 ? leftToman : ""), categories: texts.join("") };
}

/** Each leaves the bill as it was. */
const SLIPS = ["7B3#*", "12B***", "5B1***", "9*", "88B16*#***", "9C*"];
