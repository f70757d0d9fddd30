/** A serial port as the byte stream that the link to a pad runs over. */
import { SerialPort } from "serialport";
import type { ByteStream } from "../../back-office/link";
import { UserError } from "../../back-office/user-error";

export interface SerialLine {
  stream: ByteStream;
  /** Rejects when the port goes away while it is in use. */
  lost: Promise<never>;
  close(): Promise<void>;
}

/** What the system says, and what that means. */
const OPEN_ERRORS: [pattern: RegExp, text: string][] = [
  [/no such file|cannot find|file not found/i, "no such port; is the cable plugged in?"],
  [/permission denied|access denied/i, "no permission; on Linux join the group dialout"],
  [/lock|temporarily unavailable|busy/i, "in use by another program; close that first"],
  [/inappropriate ioctl|not a (?:tty|typewriter)|enotty/i, "this is no serial port"],
  [/no such device|input\/output|i\/o error/i, "the port does not answer; plug the cable in anew"],
];

/** Opens the port with 8 data bits, no parity, no flow control. */
export async function openSerialLine(path: string, baudRate: number): Promise<SerialLine> {
  const port = new SerialPort({ path, baudRate, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error ? reject(new UserError(openText(path, error))) : resolve()));
  });
  let isClosing = false;
  const lost = new Promise<never>((_, reject) => {
    const end = () => {
      if (!isClosing) reject(new UserError(`${path}: the port went away: is the cable out?`));
    };
    port.on("close", end);
    port.on("error", end);
  });
  // It may reject when nobody waits for it any more.
  lost.catch(() => undefined);
  return {
    stream: {
      write: (bytes) => {
        port.write(Buffer.from(bytes));
      },
      onData: (callback) => {
        port.on("data", (bytes: Buffer) => callback(bytes));
      },
    },
    lost,
    close: () => {
      isClosing = true;
      return new Promise((resolve) => {
        if (port.isOpen) port.close(() => resolve());
        else resolve();
      });
    },
  };
}

function openText(path: string, error: Error): string {
  const known = OPEN_ERRORS.find(([pattern]) => pattern.test(error.message));
  return `${path}: ${known?.[1] ?? `cannot be opened (${error.message})`}`;
}
