/** The taps of a pad, measured kind by kind on the virtual clock; the same at every run. */
import type { MifareClassicCard } from "../../host-sim/mifare-card";
import type { BenchClub, MeasuredTap, SyncBytes } from "./bench-club";

export const TAP_KINDS = ["enrol", "sale", "redeem", "balance"] as const;
export type TapKindName = (typeof TAP_KINDS)[number];

export interface TapFigures {
  /** Medians: the odd tap also prepares a page of the journal. */
  taps: Record<TapKindName, MeasuredTap>;
  /** Of the sales alone, per tap. */
  syncPerSale: SyncBytes;
  tapCount: number;
}

/** What the cashier types; `enrol` goes on with the member's number. */
const KEYS: Record<TapKindName, string> = {
  enrol: "C0912000000",
  sale: "300000#",
  redeem: "50000A1000#",
  balance: "B",
};

/** Measures `count` taps of each kind, at most 10. */
export async function measureTaps(club: BenchClub, count: number): Promise<TapFigures> {
  const cards = Array.from({ length: count }, () => club.newCard());
  const enrol = cards.map((card, i) => club.tap(`${KEYS.enrol}${i}#`, card));
  await club.sync();
  const tapAll = (kind: TapKindName) =>
    cards.map((card: MifareClassicCard) => club.tap(KEYS[kind], card));
  const sale = tapAll("sale");
  const synced = await club.sync();
  club.passOneDay();
  const taps = {
    enrol: typical(enrol),
    sale: typical(sale),
    redeem: typical(tapAll("redeem")),
    balance: typical(tapAll("balance")),
  };
  const syncPerSale = { fromPad: synced.fromPad / count, toPad: synced.toPad / count };
  return { taps, syncPerSale, tapCount: count * TAP_KINDS.length };
}

function typical(taps: MeasuredTap[]): MeasuredTap {
  const median = (figure: (tap: MeasuredTap) => number): number =>
    taps.map(figure).sort((a, b) => a - b)[taps.length >> 1];
  const { operations, floor } = taps[0].air;
  return {
    air: {
      ...{ operations, floor },
      exchanges: median((tap) => tap.air.exchanges),
      bytes: median((tap) => tap.air.bytes),
      durationMs: median((tap) => tap.air.durationMs),
    },
    durationMs: median((tap) => tap.durationMs),
    spiFrames: median((tap) => tap.spiFrames),
    spiBytes: median((tap) => tap.spiBytes),
    flashBytes: median((tap) => tap.flashBytes),
  };
}
