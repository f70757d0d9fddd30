/** A progress bar on the last line of a terminal, and lines above it; elsewhere only the lines. */

const BAR_CELLS = 30;

export class Progress {
  private readonly startMs = performance.now();
  private part = "";
  private partStartMs = 0;
  private isShown = false;

  /** `share` 0..1 of `part`. */
  show(part: string, share: number): void {
    if (!process.stderr.isTTY) return;
    const nowMs = performance.now();
    if (part !== this.part) this.partStartMs = nowMs;
    this.part = part;
    const cells = Math.floor(share * BAR_CELLS);
    const bar = "#".repeat(cells).padEnd(BAR_CELLS, ".");
    const leftMs = share > 0 ? ((nowMs - this.partStartMs) * (1 - share)) / share : undefined;
    const left = leftMs === undefined ? "" : `, ${durationText(leftMs / 1000)} left`;
    process.stderr.write(`\r\u001b[K${part} [${bar}] ${Math.floor(share * 100)} %${left}`);
    this.isShown = true;
  }

  print(line: string): void {
    this.clear();
    console.log(line);
  }

  clear(): void {
    if (this.isShown) process.stderr.write("\r\u001b[K");
    this.isShown = false;
  }

  get seconds(): number {
    return (performance.now() - this.startMs) / 1000;
  }
}

export function durationText(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
