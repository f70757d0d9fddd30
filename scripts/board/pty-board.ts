/**
 * For tests: a board that is a real Espruino for Linux, with its console on a pseudo-terminal. What
 * Linux has not (reader, display, keys, raw flash) is played by a script in front of the loader;
 * JavaScript, Storage, console, packets and password are the interpreter's own.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { openPty, type Pty } from "../../host-sim/pty";
import { installFiles } from "../espruino/install";

const SHIM = new URL("pty-board-shim.js", import.meta.url);
const FLASH_BYTES = 65536;
const NO_KEYS = "0000";
const SERVICE_KEY = "0008";
const LONGEST_SECONDS = 300;

export class PtyBoard {
  /** How often the interpreter has started by itself or by power. */
  startCount = 0;
  private child: ChildProcess | undefined;

  private constructor(
    private readonly binary: string,
    private readonly folder: string,
    private readonly pty: Pty,
    private readonly bridge: Pty,
  ) {}

  /** A new board: nothing in Storage but what plays the hardware, nothing in flash. */
  static async open(binary: string): Promise<PtyBoard> {
    const folder = mkdtempSync(path.join(os.tmpdir(), "clubpad-board-"));
    const pty = await openPty({ link: path.join(folder, "port") });
    const bridge = await openPty({ link: path.join(folder, "console") });
    pty.onData((bytes) => void bridge.write(bytes));
    bridge.onData((bytes) => void pty.write(bytes));
    writeFileSync(path.join(folder, "flash.bin"), new Uint8Array(FLASH_BYTES).fill(0xff));
    writeFileSync(path.join(folder, "keys-held"), NO_KEYS);
    installFiles(binary, folder, { ".boot0": readFileSync(SHIM, "utf8") });
    const board = new PtyBoard(binary, folder, pty, bridge);
    board.powerOn();
    return board;
  }

  /** What a technician's commands open. */
  get port(): string {
    return this.pty.path;
  }

  get flash(): Uint8Array {
    return new Uint8Array(readFileSync(path.join(this.folder, "flash.bin")));
  }

  set flash(image: Uint8Array) {
    writeFileSync(path.join(this.folder, "flash.bin"), image);
  }

  /** What the pad has said to whoever watches it from inside. */
  get events(): string {
    return readFileSync(path.join(this.folder, "events"), "latin1");
  }

  powerOn({ isServiceKeyHeld = false } = {}): void {
    this.powerOff();
    this.holdKeys(isServiceKeyHeld ? SERVICE_KEY : NO_KEYS);
    writeFileSync(path.join(this.folder, "events"), "");
    this.start();
  }

  private start(): void {
    this.startCount++;
    const script = `ulimit -t ${LONGEST_SECONDS}; exec "$0" 0<>keys >log 2>&1`;
    const child = spawn("sh", ["-c", script, this.binary], { cwd: this.folder, stdio: "ignore" });
    this.child = child;
    // `E.reboot()` ends an interpreter for Linux.
    child.on("exit", () => {
      if (this.child === child) this.start();
    });
  }

  /** The pressed columns of each row as one digit, bit 0 the first. */
  holdKeys(columns: string): void {
    writeFileSync(path.join(this.folder, "keys-held"), columns);
  }

  powerOff(): void {
    const { child } = this;
    this.child = undefined;
    child?.kill("SIGKILL");
  }

  close(): void {
    this.powerOff();
    this.pty.close();
    this.bridge.close();
    rmSync(this.folder, { recursive: true });
  }
}
