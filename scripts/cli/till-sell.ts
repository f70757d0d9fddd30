/** What `clubpad till` does: a till that sells to a pad, a simulated one or one at a port. */

import { mkdirSync } from "node:fs";
import path from "node:path";
import { UserError } from "../../back-office/user-error";
import { PadTill, type PosResult, type SaleLine } from "../../pos-client/src/index";
import { openTillPad, type TillPad } from "../sim/till-pad";
import { openSerialLine } from "./serial-line";

export interface TillOptions {
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
  const { key, terminal, total, credit, line: lines, request } = options;
  if (key === undefined || total === undefined) {
    throw new UserError("with --port, say --key (clubpad keys till) and --total, too");
  }
  await withTill(port, options.baud, key, terminal, async (till) => {
    const number = request ?? (await till.nextRequest());
    console.log(`Request ${number}; should this be cut off, ask again with --request ${number}.`);
    const sold = await till.sale({ totalRial: total, creditRial: credit, lines }, number);
    console.log(told(sold, 1, "rial"));
    if (sold.state !== "done") process.exitCode = 1;
  });
}

/** A bill with lines, one paid with credit, a power cut and a repeat, a return. */
async function sellToSimulated({ seed, link, baud }: TillOptions): Promise<void> {
  mkdirSync(path.dirname(link), { recursive: true });
  const pad = await openTillPad(seed, link);
  console.log(`A simulated pad is at ${pad.port}; the till opens it as it would a real one.`);
  const { unitRial, unitName } = pad;
  try {
    await withTill(
      pad.port,
      baud,
      pad.key,
      pad.terminal,
      async (till) => {
        const show = (what: string, result: PosResult) => {
          console.log(`\n${what}\n  ${told(result, unitRial, unitName)}`);
          return result;
        };
        const lines = [{ category: 3, amountRial: 200_000 * unitRial, quantity: 2 }];
        const first = await till.nextRequest();
        const order = { totalRial: 500_000 * unitRial, lines };
        const sold = show(
          "A sale of 500,000, in it 2 pieces of category 3 for 200,000",
          await till.sale(order, first),
        );
        pad.cutPower();
        show(
          "The pad's power fails. The till asks again, same number",
          await till.sale(order, first),
        );
        show("Balance", await till.balance());
        const much = { totalRial: 100_000 * unitRial, creditRial: 50_000 * unitRial };
        show(
          "A sale of 100,000 with the credit just earned, which the rules allow from tomorrow on",
          await till.sale(much),
        );
        const back = { amountRial: 100_000 * unitRial, record: sold.record };
        show(`Goods for 100,000 of record ${sold.record} come back`, await till.refund(back));
      },
      pad,
    );
  } finally {
    pad.close();
  }
}

async function withTill(
  port: string,
  baud: number,
  key: string | Uint8Array,
  terminal: number,
  work: (till: PadTill) => Promise<void>,
  pad?: TillPad,
): Promise<void> {
  const line = await openSerialLine(port, baud);
  const events = {
    write: (bytes: Uint8Array) => line.stream.write(bytes),
    on: (event: "data" | "close" | "error", listener: (what: never) => void) => {
      if (event === "data") line.stream.onData(listener as (bytes: Uint8Array) => void);
      if (event === "close") line.lost.catch(() => (listener as () => void)());
    },
  };
  const onState = ({ state }: PosResult) => {
    if (pad === undefined) console.log(`  ${state}`);
    else if (state === "waiting" || state === "unfinished") pad.tap();
  };
  try {
    await work(new PadTill(events, { key, terminal, onState, pollMs: pad ? 20 : 250 }));
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
