/** What `clubpad sim pn532` does: a card in front of a reader that other programs open. */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { UserError } from "../../back-office/user-error";
import { VirtualClock } from "../../host-sim/clock";
import { MifareClassicCard } from "../../host-sim/mifare-card";
import { SimPn532 } from "../../host-sim/pn532";
import { Pn532Uart } from "../../host-sim/pn532-uart";
import { openPty, type Pty } from "../../host-sim/pty";
import { RfField } from "../../host-sim/rf-field";
import { Rng } from "../../host-sim/rng";
import { CardFile } from "../sim/card-file";
import { reasonOf } from "./input";

export interface SimPn532Options {
  card: string;
  link: string;
  seed: string;
  new?: boolean;
  magic?: boolean;
}

/** Programs take their own time between two selections: that much virtual time, by chance. */
const PAUSE_LEAST_US = 20_000;
const PAUSE_SPREAD_US = 350_000;
/** Host frames of InListPassiveTarget and InAutoPoll. */
const ACTIVATIONS = [
  [0xd4, 0x4a],
  [0xd4, 0x60],
];

export async function simPn532(options: SimPn532Options): Promise<void> {
  const rng = new Rng(options.seed);
  const file = new CardFile(options.card, options.new === true, rng.fork("uid"));
  const pty = await openPort(options.link);
  const line = createLine(file, rng, options.magic === true);
  let isOurs = true;
  pty.onData((bytes) => {
    const answer = line(bytes);
    isOurs = file.save();
    if (answer.length > 0) void pty.write(answer);
    if (!isOurs) pty.close();
  });
  console.log(
    `A PN532 on ${options.link}, with the card of ${options.card} (UID ${hex(file.uid)}).`,
  );
  console.log(`  LIBNFC_DEVICE=pn532_uart:${path.resolve(options.link)} nfc-list`);
  console.log("What is written to the card goes into the file at once. Ctrl+C ends it.");
  await ended(pty, () => !isOurs);
  if (isOurs) return;
  const advice = `what the card holds now is in ${options.card}.sim`;
  throw new UserError(`another program has changed ${options.card}; ${advice}`);
}

async function openPort(link: string): Promise<Pty> {
  try {
    mkdirSync(path.dirname(link), { recursive: true });
    return await openPty({ link });
  } catch (error) {
    throw new UserError(`${link}: no pseudo-terminal (${reasonOf(error)})`);
  }
}

/**
 * Takes what a program wrote and gives what the reader says to it. Only what is on the air takes
 * virtual time. Were the line charged, the registers that libnfc sets in different numbers between
 * the frames of a nested attack would hide the distance that the attack measures.
 */
function createLine(file: CardFile, rng: Rng, isMagicGen1a: boolean) {
  const clock = new VirtualClock();
  const field = new RfField(clock);
  const chip = new SimPn532({ clock, field, rng: rng.fork("pn532"), stepUs: 0 });
  const uart = new Pn532Uart(clock, chip, 0);
  const { image, uid } = file;
  const uidLengthBytes = uid.length === 7 ? 7 : 4;
  const card = { clock, rng: rng.fork("card"), image, uidLengthBytes, isMagicGen1a } as const;
  field.addCard(new MifareClassicCard(card));
  return (bytes: Uint8Array) => {
    const text = Buffer.from(bytes);
    const isActivation = ACTIVATIONS.some((code) => text.includes(Buffer.from(code)));
    if (isActivation) clock.advance(PAUSE_LEAST_US + rng.below(PAUSE_SPREAD_US));
    return uart.converse(bytes);
  };
}

/** Until a signal, or until the port is closed because of the file. */
async function ended(pty: Pty, isOver: () => boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (isOver()) end();
    }, 100);
    const end = () => {
      clearInterval(timer);
      process.off("SIGINT", end);
      process.off("SIGTERM", end);
      resolve();
    };
    process.on("SIGINT", end);
    process.on("SIGTERM", end);
  });
  pty.close();
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
