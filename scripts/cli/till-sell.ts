/** What `clubpad till` does: a till that sells to a pad, a simulated one or one at a port. */

import { mkdirSync } from "node:fs";
import path from "node:path";
import { UserError } from "../../back-office/user-error";
import {
  PadTill,
  type TillOptions as PadTillOptions,
  type PosResult,
  type SaleLine,
} from "../../pos-client/src/index";
import { openTillPad } from "../sim/till-pad";
import { openSerialLine } from "./serial-line";
import { printSale, type TillPrinter } from "./till-receipt";

export interface TillOptions extends TillPrinter {
  port?: string;
  key?: string;
  terminal: number;
  baud: number;
  total?: number;
  credit: number;
  line: SaleLine[];
  request?: number;
  seed: string;
  link: string;
}

export async function runTill(options: TillOptions): Promise<void> {
  if (options.port === undefined) await sellToSimulated(options);
  else await sellAt(options.port, options);
}

/** One bill to a real pad. */
async function sellAt(port: string, options: TillOptions): Promise<void> {
  const { baud, key, terminal, total, credit, line: lines, request } = options;
  if (key === undefined || total === undefined) {
    throw new UserError("with --port, say --key (clubpad keys till) and --total, too");
  }
  // Without having waited for a card it was done before, and asked again.
  let isCopy = true;
  const onState = ({ state }: PosResult) => {
    console.log(`  ${state}`);
    if (state === "waiting" || state === "working") isCopy = false;
  };
  await withTill({ port, baud, key, terminal, onState, pollMs: 250 }, async (till) => {
    const number = request ?? (await till.nextRequest());
    console.log(`Request ${number}; should this be cut off, ask again with --request ${number}.`);
    const sold = await till.sale({ totalRial: total, creditRial: credit, lines }, number);
    console.log(told(sold, 1, "rial"));
    printSale(options, sold, isCopy);
    if (sold.state !== "done") process.exitCode = 1;
  });
}

/** A bill with lines, a power cut and a repeat, one to be paid with credit, a return. */
async function sellToSimulated(options: TillOptions): Promise<void> {
  const { seed, link, baud } = options;
  mkdirSync(path.dirname(link), { recursive: true });
  const pad = await openTillPad(seed, link);
  console.log(`A simulated pad is at ${pad.port}; the till opens it as it would a real one.`);
  const { port, key, terminal, unitRial, unitName } = pad;
  const onState = ({ state }: PosResult) => {
    if (state === "waiting" || state === "unfinished") pad.tap();
  };
  const show = (what: string, result: PosResult) => {
    console.log(`\n${what}\n  ${told(result, unitRial, unitName)}`);
    return result;
  };
  const toman = (amount: number) => amount * unitRial;
  const lines = [{ category: 3, amountRial: toman(200_000), quantity: 2 }];
  const order = { totalRial: toman(500_000), lines };
  try {
    await withTill({ port, baud, key, terminal, onState, pollMs: 20 }, async (till) => {
      const first = await till.nextRequest();
      const sold = show(
        "A sale of 500,000, in it 2 pieces of category 3 for 200,000",
        await till.sale(order, first),
      );
      printSale(options, sold, false);
      pad.cutPower();
      const again = await till.sale(order, first);
      show("The pad's power fails. The till asks again, same number", again);
      printSale(options, again, true);
      show("Balance", await till.balance());
      const much = { totalRial: toman(100_000), creditRial: toman(50_000) };
      show(
        "A sale of 100,000 with the credit just earned, which the rules allow from tomorrow on",
        await till.sale(much),
      );
      const back = { amountRial: toman(100_000), record: sold.record };
      show(`Goods for 100,000 of record ${sold.record} come back`, await till.refund(back));
    });
  } finally {
    pad.close();
  }
}

/** A till at a serial port, for as long as `work` goes on. */
async function withTill(
  { port, baud, ...options }: PadTillOptions & { port: string; baud: number },
  work: (till: PadTill) => Promise<void>,
): Promise<void> {
  const line = await openSerialLine(port, baud);
  const stream = {
    write: (bytes: Uint8Array) => line.stream.write(bytes),
    on: (event: "data" | "close" | "error", listener: (what: never) => void) => {
      if (event === "data") line.stream.onData(listener as (bytes: Uint8Array) => void);
      if (event === "close") line.lost.catch(() => (listener as () => void)());
    },
  };
  try {
    await work(new PadTill(stream, options));
  } finally {
    await line.close();
  }
}

/** One result in one line. */
function told(result: PosResult, unitRial: number, unitName: string): string {
  const money = (rial: number) => (rial / unitRial).toLocaleString("en-US");
  const { state, reason, record, request } = result;
  const parts = [`request ${request}: ${reason === "" ? state : `${state}, ${reason}`}`];
  if (record > 0) parts.push(`record ${record}`);
  if (state === "refused") parts.push(`available ${money(result.availableRial)}`);
  if (state === "done") {
    parts.push(
      `old ${money(result.oldBalanceRial)}, used ${money(result.usedRial)}`,
      `earned ${money(result.earnedRial)}, taken back ${money(result.clawedRial)}`,
      `new ${money(result.balanceRial)}, to pay ${money(result.payableRial)} ${unitName}`,
    );
  }
  return parts.join("; ");
}
