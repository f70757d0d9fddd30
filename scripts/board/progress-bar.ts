/** Progress of long work on one line that is written over; only its end where nobody watches. */
import type { Progress } from "./board-console";

const CELLS = 30;

/** Names the work; the last call, when all is done, ends the line. */
export function progressBar(text: string): Progress {
  const { stderr } = process;
  let isOver = false;
  let shown = "";
  return (done, all) => {
    const share = all === 0 ? 1 : Math.min(done / all, 1);
    const cells = Math.round(share * CELLS);
    const bar = "#".repeat(cells) + "-".repeat(CELLS - cells);
    const line = `${text.padEnd(26)} [${bar}] ${String(Math.floor(100 * share)).padStart(3)} %`;
    const isEnd = share === 1;
    if (isOver || line === shown || (!stderr.isTTY && !isEnd)) return;
    shown = line;
    isOver = isEnd;
    stderr.write(`${stderr.isTTY ? "\r" : ""}${line}${isEnd ? "\n" : ""}`);
  };
}
