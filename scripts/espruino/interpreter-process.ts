/**
 * An interpreter for Linux as a child process that asks and waits, and whose requests are read as
 * they come, without Node's event loop: a simulation runs as one chain of calls, interpreter
 * included. board-shim.js is the other end.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import path from "node:path";

export interface Request {
  letter: string;
  /** Its parts, as they stand between commas. */
  words: string[];
  octets: Uint8Array;
}

/** The shell's own request, when the interpreter has ended. */
const ENDED = "!";
/** A run of the interpreter that takes more processor time hangs. */
const LONGEST_SECONDS = 600;
const BUFFER_BYTES = 1 << 17;
const LOG_TAIL_CHARACTERS = 1500;

/**
 * Standard input must stay open, or the interpreter floods its console; FIFOs opened for both
 * directions never block. The last line says that nothing more will come.
 */
const SCRIPT = `ulimit -t ${LONGEST_SECONDS}
"$0" "$@" 0<>console >log 2>&1
printf '\\000\\002${ENDED}\\n' 1<>to-host`;

export class InterpreterProcess {
  private readonly child: ChildProcess;
  private readonly requests: number;
  private readonly answers: number;
  private readonly buffer = Buffer.alloc(BUFFER_BYTES);
  private filledBytes = 0;

  /** `folder` holds the interpreter's flash (install.ts) and takes the FIFOs and its output. */
  constructor(
    binary: string,
    private readonly folder: string,
    words: readonly string[] = ["-e", ""],
  ) {
    const names = ["to-host", "from-host", "console"];
    const { status } = spawnSync(
      "sh",
      ["-c", `rm -f ${names.join(" ")}; mkfifo "$@"`, "", ...names],
      {
        cwd: folder,
      },
    );
    if (status !== 0) throw new Error("mkfifo does not work here");
    this.requests = openSync(path.join(folder, "to-host"), "r+");
    this.answers = openSync(path.join(folder, "from-host"), "r+");
    // A group of its own, so that the shell and the interpreter can be ended together.
    this.child = spawn("sh", ["-c", SCRIPT, binary, ...words], {
      cwd: folder,
      stdio: "ignore",
      detached: true,
    });
    this.child.unref();
  }

  /** The next request; waits for it. Throws when the interpreter has ended. */
  receive(): Request {
    while (this.filledBytes < 2 || this.filledBytes < 2 + this.buffer.readUInt16BE(0)) {
      const room = this.buffer.length - this.filledBytes;
      this.filledBytes += readSync(this.requests, this.buffer, this.filledBytes, room, null);
    }
    const endBytes = 2 + this.buffer.readUInt16BE(0);
    const message = Buffer.from(this.buffer.subarray(2, endBytes));
    this.buffer.copyWithin(0, endBytes, this.filledBytes);
    this.filledBytes -= endBytes;
    const lineEnd = message.indexOf("\n");
    const letter = message.toString("latin1", 0, 1);
    if (letter === ENDED) throw new Error(`the interpreter has ended:\n${this.output()}`);
    const words = message.toString("latin1", 1, lineEnd).split(",");
    return { letter, words, octets: new Uint8Array(message.subarray(lineEnd + 1)) };
  }

  answer(octets: Uint8Array): void {
    const message = Buffer.alloc(2 + octets.length);
    message.writeUInt16BE(octets.length);
    message.set(octets, 2);
    writeSync(this.answers, message);
  }

  /** The end of what the interpreter has printed. */
  output(): string {
    return readFileSync(path.join(this.folder, "log"), "latin1").slice(-LOG_TAIL_CHARACTERS);
  }

  kill(): void {
    if (this.child.pid !== undefined) process.kill(-this.child.pid, "SIGKILL");
    closeSync(this.requests);
    closeSync(this.answers);
  }
}
