/**
 * One simulated pad under somebody's fingers: what the computer's keys mean, and the picture that
 * goes to the terminal. It knows no terminal and no real time; both are fed to it.
 */
import type { MifareClassicCard } from "../../host-sim/mifare-card";
import type { PadMachine } from "../../host-sim/pad-machine";
import { readScreen } from "../../host-sim/screen-reader";
import { displayLines, framedDisplay } from "../../host-sim/text-art";

export interface ConsoleCard {
  name: string;
  card: MifareClassicCard;
}

export type ConsoleCommand =
  | { kind: "key"; key: string }
  /** Puts the card on the pad, or takes it off. */
  | { kind: "card"; index: number }
  | { kind: "power" }
  | { kind: "quit" };

/** Letters beside each other on every Latin keyboard; none is a key of the pad. */
const CARD_KEYS = "qwer";
const COMMANDS: Record<string, ConsoleCommand> = {
  ...Object.fromEntries([..."0123456789*#"].map((key) => [key, { kind: "key", key }])),
  ...Object.fromEntries([..."abcd"].map((key) => [key, { kind: "key", key: key.toUpperCase() }])),
  ...Object.fromEntries([...CARD_KEYS].map((key, index) => [key, { kind: "card", index }])),
  "\r": { kind: "key", key: "#" },
  "\n": { kind: "key", key: "#" },
  "\x7f": { kind: "key", key: "*" },
  "\b": { kind: "key", key: "*" },
  p: { kind: "power" },
  x: { kind: "quit" },
  "\x03": { kind: "quit" },
  "\x04": { kind: "quit" },
};
const ESCAPE = "\x1b";
/** As long as a finger: the firmware looks twice, and may be drawing in between. */
const KEY_DOWN_MS = 80;
const KEY_UP_MS = 80;
/** The first note of each sound (firmware/app/tones.ts). */
const SOUNDS: Record<number, string> = { 2700: "done", 900: "refused", 1500: "attention" };

/** What the typed characters mean; unknown ones and whole escape sequences mean nothing. */
export function commandsOf(input: string): ConsoleCommand[] {
  // A terminal sends a function or arrow key as one chunk that begins with an escape.
  if (input.startsWith(ESCAPE)) return [];
  return [...input.toLowerCase()].flatMap((character) => COMMANDS[character] ?? []);
}

export class PadConsole {
  isOver = false;
  private readonly waitingKeys: string[] = [];
  /** Since the first waiting key was touched. */
  private fingerMs = 0;
  private heardCount = 0;
  private lastSound = "";

  constructor(
    private readonly machine: PadMachine,
    private readonly cards: readonly ConsoleCard[],
    private readonly hint: string,
  ) {}

  type(input: string): void {
    for (const command of commandsOf(input)) this.perform(command);
  }

  /** Lets `durationMs` of the pad's time pass, with the keys that are being pressed. */
  advance(durationMs: number): void {
    for (let leftMs = durationMs; leftMs > 0; ) {
      const partMs = Math.min(leftMs, this.moveFinger());
      this.machine.runMs(partMs);
      this.fingerMs += partMs;
      leftMs -= partMs;
    }
    this.listen();
  }

  /** The picture: display, keys, cards. */
  picture(): string[] {
    const { display } = this.machine.board;
    const title = this.machine.isPowered ? "ClubPad" : "ClubPad (no power)";
    return [
      ...framedDisplay(title, displayLines(display), readScreen(display)),
      "keys   0-9  a b c d  Enter = #  Backspace = *     p power     x save the cards and quit",
      `cards  ${this.cards.map((card, index) => this.cardText(card, index)).join("   ")}`,
      `sound  ${this.lastSound}`,
      this.hint,
    ];
  }

  private perform(command: ConsoleCommand): void {
    this.lastSound = "";
    if (command.kind === "key") this.touch(command.key);
    else if (command.kind === "card") this.toggleCard(command.index);
    else if (command.kind === "power") this.togglePower();
    else this.isOver = true;
  }

  private touch(key: string): void {
    if (this.waitingKeys.length === 0) this.fingerMs = 0;
    this.waitingKeys.push(key);
  }

  private toggleCard(index: number): void {
    const { field } = this.machine.board;
    const card = this.cards[index]?.card;
    if (card === undefined) return;
    if (field.cards.includes(card)) field.removeCard(card);
    else field.addCard(card);
  }

  private togglePower(): void {
    this.waitingKeys.length = 0;
    this.machine.board.keypad.release();
    if (this.machine.isPowered) this.machine.cutPower();
    else this.machine.powerOn();
  }

  /** Presses and releases the first waiting key; returns how long the finger stays so. */
  private moveFinger(): number {
    const { keypad } = this.machine.board;
    if (this.fingerMs >= KEY_DOWN_MS + KEY_UP_MS) {
      this.waitingKeys.shift();
      this.fingerMs = 0;
    }
    const isDown = this.waitingKeys.length > 0 && this.fingerMs < KEY_DOWN_MS;
    if (isDown) keypad.press(this.waitingKeys[0]);
    else keypad.release();
    if (this.waitingKeys.length === 0) return Number.POSITIVE_INFINITY;
    return (isDown ? KEY_DOWN_MS : KEY_DOWN_MS + KEY_UP_MS) - this.fingerMs;
  }

  private listen(): void {
    const { heard } = this.machine.board.buzzer;
    for (const { frequencyHz } of heard.slice(this.heardCount)) {
      this.lastSound = SOUNDS[frequencyHz] ?? this.lastSound;
    }
    this.heardCount = heard.length;
  }

  private cardText({ name, card }: ConsoleCard, index: number): string {
    const isOn = this.machine.board.field.cards.includes(card);
    return `${CARD_KEYS[index]} ${isOn ? `[${name} ON THE PAD]` : name}`;
  }
}
