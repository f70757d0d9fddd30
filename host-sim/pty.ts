/**
 * A pseudo-terminal: a serial port with no wire, so that programs which open a port by its path
 * meet the simulated pad. It needs only what every Debian has: /dev/ptmx, `stty` and perl, which
 * makes the two ioctl calls that Node cannot. The slave side is raw and 8-bit clean.
 */
import { spawn } from "node:child_process";
import { closeSync, constants, openSync, rmSync, symlinkSync, writeSync } from "node:fs";
import { ReadStream } from "node:tty";

export interface Pty {
  /** What others open as a serial port: /dev/pts/N, or the link when one was asked for. */
  readonly path: string;
  /** Bytes that others wrote to the port. One callback. */
  onData(callback: (bytes: Uint8Array) => void): void;
  /** Bytes for others to read. Kept until there is room; resolves when the kernel has them. */
  write(bytes: Uint8Array): Promise<void>;
  /** Removes the link too. The process can end afterwards. */
  close(): void;
}

export interface PtyOptions {
  /** A symbolic link to make, so that the port has a name that does not change. */
  link?: string;
}

const MASTER_PATH = "/dev/ptmx";
/** The kernel holds about 4 KB each way; after this it is asked again whether there is room. */
const RETRY_MS = 1;
/**
 * TIOCSPTLCK (unlock) and TIOCGPTN (which number) as in asm-generic/ioctls.h: x86, ARM and RISC-V.
 * Descriptor 3 is the master.
 */
const UNLOCK_AND_NAME = `
  open(my $master, "+<&=", 3) or die "descriptor: $!";
  my $unlocked = pack("i", 0);
  ioctl($master, 0x40045431, $unlocked) or die "unlock: $!";
  my $number = pack("I", 0);
  ioctl($master, 0x80045430, $number) or die "number: $!";
  print unpack("I", $number);
`;

/** Opens a new pseudo-terminal. Rejects where there is none (no Linux, no perl, no /dev/pts). */
export async function openPty({ link }: PtyOptions = {}): Promise<Pty> {
  const flags = constants.O_RDWR | constants.O_NOCTTY;
  // A blocking write would stop the whole process while nobody reads.
  const master = openSync(MASTER_PATH, flags | constants.O_NONBLOCK);
  let slave: number | undefined;
  try {
    const slavePath = `/dev/pts/${await run("perl", ["-e", UNLOCK_AND_NAME], master)}`;
    await run("stty", ["-F", slavePath, "raw", "-echo"]);
    // While one descriptor of the slave is open, the master never reads EIO between two users.
    slave = openSync(slavePath, flags);
    if (link !== undefined) {
      rmSync(link, { force: true });
      symlinkSync(slavePath, link);
    }
    return createPty(master, slave, slavePath, link);
  } catch (error) {
    closeSync(master);
    if (slave !== undefined) closeSync(slave);
    throw error;
  }
}

function createPty(master: number, slave: number, slavePath: string, link?: string): Pty {
  const stream = new ReadStream(master);
  let lastWrite = Promise.resolve();
  let isClosed = false;
  stream.on("error", () => close());

  function close(): void {
    if (isClosed) return;
    isClosed = true;
    stream.destroy();
    closeSync(slave);
    if (link !== undefined) rmSync(link, { force: true });
  }

  async function writeAll(bytes: Uint8Array): Promise<void> {
    for (let offset = 0; offset < bytes.length && !isClosed; ) {
      const writtenBytes = writeSome(master, bytes.subarray(offset));
      offset += writtenBytes;
      if (writtenBytes === 0) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  return {
    path: link ?? slavePath,
    onData: (callback) => {
      stream.on("data", (bytes: Buffer) => callback(new Uint8Array(bytes)));
    },
    write: (bytes) => {
      // A copy: it may have to wait, long after the caller has used the buffer again.
      const copy = Uint8Array.from(bytes);
      lastWrite = lastWrite.then(() => writeAll(copy));
      return lastWrite;
    },
    close,
  };
}

/** Writes what there is room for; 0 when there is none. */
function writeSome(descriptor: number, bytes: Uint8Array): number {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return 0;
    throw error;
  }
}

/** Runs a program, with `descriptor` as its descriptor 3, and returns what it prints. */
function run(program: string, words: string[], descriptor?: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe", descriptor] });
    const out: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout?.on("data", (bytes: Buffer) => out.push(bytes));
    child.stderr?.on("data", (bytes: Buffer) => errors.push(bytes));
    child.on("error", reject);
    child.on("close", (code) => {
      const complaint = Buffer.concat(errors).toString().trim();
      if (code === 0) resolve(Buffer.concat(out).toString().trim());
      else reject(new Error(`${program} failed: ${complaint}`));
    });
  });
}
