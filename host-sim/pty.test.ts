import { spawn } from "node:child_process";
import { lstatSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { SerialPort } from "serialport";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openPty, type Pty } from "./pty";

const test = suite("pty");
const LARGE_BYTES = 100 * 1024;

let pty: Pty;
let port: SerialPort;

test.before.each(async () => {
  pty = await openPty();
  port = await openPort(pty.path);
});

test.after.each(async () => {
  if (port.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()));
  pty.close();
});

function openPort(portPath: string): Promise<SerialPort> {
  return new Promise((resolve, reject) => {
    const opened = new SerialPort({ path: portPath, baudRate: 115200 }, (error) =>
      error ? reject(error) : resolve(opened),
    );
  });
}

/** Collects until `lengthBytes` have come. */
function collect(
  onData: (callback: (bytes: Uint8Array) => void) => void,
  lengthBytes: number,
): Promise<Buffer> {
  return new Promise((resolve) => {
    const parts: Uint8Array[] = [];
    let receivedBytes = 0;
    onData((bytes) => {
      parts.push(bytes);
      receivedBytes += bytes.length;
      if (receivedBytes >= lengthBytes) resolve(Buffer.concat(parts));
    });
  });
}

function pattern(lengthBytes: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: lengthBytes }, (_, i) => (i * 7 + (i >> 8)) % 256));
}

async function exchange(lengthBytes: number, content: Buffer): Promise<void> {
  const atPad = collect(pty.onData, lengthBytes);
  const atPort = collect((callback) => port.on("data", callback), lengthBytes);
  port.write(content);
  const written = pty.write(content);
  assert.is(Buffer.compare(await atPad, content), 0, "to the pad");
  assert.is(Buffer.compare(await atPort, content), 0, "to the port");
  await written;
}

test("every byte value passes both ways", async () => {
  await exchange(256, Buffer.from(Uint8Array.from({ length: 256 }, (_, i) => i)));
});

test("100 KB pass both ways at once", async () => {
  await exchange(LARGE_BYTES, pattern(LARGE_BYTES));
});

test("a written buffer may be used again at once", async () => {
  const buffer = Buffer.from("first");
  const received = collect((callback) => port.on("data", callback), 5);
  const written = pty.write(buffer);
  buffer.fill(0);
  assert.is((await received).toString(), "first");
  await written;
});

test("the port may be closed and opened again, as a program that runs twice does", async () => {
  await new Promise<void>((resolve) => port.close(() => resolve()));
  port = await openPort(pty.path);
  await exchange(256, pattern(256));
});

test("a link names the port and goes with it", async () => {
  const link = path.join(tmpdir(), `pty-test-${process.pid}`);
  const linked = await openPty({ link });
  assert.is(linked.path, link);
  assert.match(readlinkSync(link), /^\/dev\/pts\/\d+$/);
  linked.close();
  assert.throws(() => lstatSync(link), /ENOENT/);
});

test("the process ends by itself after close", async () => {
  const program = `import { openPty } from "./host-sim/pty";
    const pty = await openPty(); pty.onData(() => {}); await pty.write(new Uint8Array(3));
    pty.close(); console.log("closed");`;
  const words = ["--import", "tsx", "--input-type=module", "-e", program];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  const out: Buffer[] = [];
  child.stdout.on("data", (bytes: Buffer) => out.push(bytes));
  const code = await new Promise((resolve) => child.on("close", resolve));
  assert.is(code, 0);
  assert.is(Buffer.concat(out).toString(), "closed\n");
});

test.run();
