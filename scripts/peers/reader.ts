/** A simulated reader in a process of its own, as `clubpad sim pn532` makes it, and tools at it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

export interface ToolResult {
  code: number | null;
  /** All that the tool printed. */
  text: string;
}

const COMMAND = new URL("../clubpad.mjs", import.meta.url).pathname;
const START_LIMIT_MS = 60_000;
const TOOL_LIMIT_MS = 150_000;

export class PeerReader {
  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
    private readonly link: string,
  ) {}

  /** A card with the content of `cardPath` on a reader; `more` are words for the command. */
  static async start(folder: string, cardPath: string, more: string[] = []): Promise<PeerReader> {
    const link = path.join(folder, "port");
    const words = ["sim", "pn532", "--card", cardPath, "--link", link, ...more];
    const child = spawn(process.execPath, [COMMAND, ...words], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let errors = "";
    child.stderr.on("data", (bytes: Buffer) => {
      errors += bytes.toString();
    });
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), START_LIMIT_MS);
    try {
      const { signal } = limit;
      await Promise.race([
        once(child.stdout, "data", { signal }),
        once(child, "close", { signal }).then(() => Promise.reject(new Error(errors))),
      ]);
    } catch (error) {
      child.kill();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    return new PeerReader(child, folder, link);
  }

  /** Runs a tool in the test's folder; output that takes too long ends it. */
  async run(tool: string, ...words: string[]): Promise<ToolResult> {
    const device = `pn532_uart:${this.link}`;
    const child = spawn(tool, words, {
      cwd: this.folder,
      env: { ...process.env, LIBNFC_DEVICE: device, LIBNFC_DEFAULT_DEVICE: device },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: TOOL_LIMIT_MS,
    });
    let text = "";
    const note = (bytes: Buffer) => {
      text += bytes.toString("latin1");
    };
    child.stdout.on("data", note);
    child.stderr.on("data", note);
    const [code] = await once(child, "close");
    return { code: code as number | null, text };
  }

  async stop(): Promise<void> {
    const closed = once(this.process, "close");
    this.process.kill();
    await closed;
  }
}
