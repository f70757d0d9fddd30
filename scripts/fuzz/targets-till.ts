/** What comes over the line between a till and a pad, to either. */
import { createRandom, nodeAes, testConfig, World } from "../../back-office/test-world";
import { emptyIdentity } from "../../card-layout/identity";
import { emptyState } from "../../card-layout/state";
import type { Intents } from "../../firmware/app/intents";
import { createPadModel, View } from "../../firmware/app/pad-model";
import { createPosOnDemand } from "../../firmware/app/pos-on-demand";
import { type Tap, TapOutcome, type TapRequest } from "../../firmware/app/tap-request";
import { crc32 } from "../../firmware/core/crc32";
import { createDecision, createPurchase } from "../../firmware/core/evaluate";
import { createEntry } from "../../firmware/core/journal-entry";
import { posKeyOf } from "../../firmware/core/pos-messages";
import type { Clock } from "../../firmware/hal/clock";
import type { Journal } from "../../firmware/storage/journal";
import { balanceBody, helloBody, refundBody, saleBody } from "../../pos-client/src/orders";
import { readResult } from "../../pos-client/src/results";
import { type Channel, FrameReader, requestFrame } from "../../pos-client/src/wire";
import { type FuzzTarget, promise } from "./fuzz-target";

const STEPS_MAX = 5000;
const MOST_RIAL = 2 ** 40 - 1;
const TOLD_FRAMES = 3;
/** No request of a till is longer than what a frame holds. */
const BODY_BYTES_MAX = 220;
const NONCE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

const config = testConfig();
const key = posKeyOf(nodeAes, config.journalKey, config.terminalId, config.keyEpoch) as Uint8Array;

const lines = [
  { category: 3, amountRial: 20_000, quantity: 2 },
  { category: 15, amountRial: 5_000, quantity: 1 },
];
const bodies = [
  saleBody({ totalRial: 100_000, creditRial: 5_000, lines }),
  refundBody({ amountRial: 7, record: 9, terminal: 3 }),
  balanceBody(),
  Uint8Array.of(1),
];

/** A pad's end of the line without anything behind it. */
class LonePad {
  readonly begun: TapRequest[] = [];
  readonly reader = new FrameReader();
  readonly channel: Channel = { key, terminal: config.terminalId, session: new Uint8Array(8) };
  private incoming: number[] = [];
  private sent: number[] = [];
  private readonly link;

  constructor() {
    const world = new World(createRandom(5));
    const clock = { nowMs: () => 5, unixSeconds: () => 1_795_000_000 } as Clock;
    const tap = {
      outcome: () => TapOutcome.Waiting,
      isOpen: () => false,
      decision: createDecision(),
      after: emptyState(),
      purchase: createPurchase(config.terminalId, 1),
    } as unknown as Tap;
    const intents = { isOpen: () => false, open: createEntry() } as unknown as Intents;
    const model = createPadModel();
    const serial = {
      hasWaiting: () => this.incoming.length > 0,
      read: (out: { [index: number]: number; length: number }) => {
        const bytes = this.incoming.splice(0, out.length);
        bytes.forEach((byte, index) => {
          out[index] = byte;
        });
        return bytes.length;
      },
      write: (from: { [index: number]: number }, lengthBytes: number) => {
        for (let i = 0; i < lengthBytes; i++) this.sent.push(from[i]);
      },
    };
    const journal = world.padJournal as unknown as Journal;
    const core = { config, journal, intents, identity: emptyIdentity(), tap };
    this.link = createPosOnDemand(serial, { aes: nodeAes, crc32, clock }, core, model);
    this.link.connect(
      (request) => {
        this.begun.push(request);
        model.view = View.Armed;
      },
      () => {
        model.view = View.Amount;
      },
    );
  }

  /** Feeds bytes until the pad has nothing more to do; what it answers. */
  feed(bytes: Uint8Array) {
    this.incoming.push(...bytes);
    for (let steps = 0; this.incoming.length > 0; steps++) {
      promise(steps < STEPS_MAX, "the pad takes no more bytes");
      this.link.step();
    }
    for (let i = 0; i < 8; i++) this.link.step();
    return this.reader.push(Uint8Array.from(this.sent.splice(0)));
  }

  greet(): void {
    const [answer] = this.feed(requestFrame(this.channel, 0, helloBody(NONCE)));
    this.channel.session = answer.content.slice(0, 8);
  }
}

const strangers: Channel = { ...new LonePad().channel, key: new Uint8Array(16) };

export const tillLine: FuzzTarget = {
  name: "till-line",
  promise: "any bytes from a till without the key: answered or not, never done",
  seeds: () => [
    ...bodies.map((body) => requestFrame(strangers, 1, body)),
    requestFrame(strangers, 0, helloBody(NONCE)),
    requestFrame({ ...strangers, key }, 0, helloBody(NONCE)),
  ],
  run: (input) => {
    const pad = new LonePad();
    pad.greet();
    const answers = pad.feed(input);
    promise(pad.begun.length === 0, "a tap that nobody with the key asked for");
    return answers.map(({ type, content }) => `${type} ${content[0]}`).join();
  },
};

export const tillRequest: FuzzTarget = {
  name: "till-request",
  promise: "whatever a till asks, what begins is within the bounds of a tap",
  seeds: () => bodies,
  run: (input) => {
    const body = input.length === 0 ? Uint8Array.of(9) : input.subarray(0, BODY_BYTES_MAX);
    const pad = new LonePad();
    pad.greet();
    const [answer] = pad.feed(requestFrame(pad.channel, 1, body));
    promise(answer !== undefined, "no answer");
    const result = answer.type === 9 ? readResult(1, answer.content.slice(0, -8)) : undefined;
    promise(answer.type === 5 || result !== undefined, "an answer that no till can read");
    for (const { kind, grossRial, askedCreditRial, categories } of pad.begun) {
      promise(kind >= 2 && kind <= 5, `kind ${kind}`);
      promise(askedCreditRial <= grossRial && grossRial <= MOST_RIAL, "an amount out of bounds");
      const named = categories?.slice(0, 16).filter((pieces) => pieces > 0) ?? [];
      const sumRial = categories?.slice(16).reduce((sum, rial) => sum + rial, 0) ?? 0;
      promise(named.length <= 7 && sumRial <= grossRial, "lines out of bounds");
    }
    return `${result?.state} ${pad.begun[0]?.kind} ${pad.begun[0]?.categories !== undefined}`;
  },
};

export const tillClient: FuzzTarget = {
  name: "till-client",
  promise: "frames are the same however they come in pieces, and results are whole or none",
  seeds: () => {
    const pad = new LonePad();
    const line = [requestFrame(pad.channel, 0, helloBody(NONCE)), ...bodies];
    return [...line, Uint8Array.from(line.flatMap((bytes) => [...bytes])), new Uint8Array(144)];
  },
  run: (input) => {
    const cut = input.length >> 1;
    const whole = new FrameReader().push(input);
    const reader = new FrameReader();
    const pieces = [...reader.push(input.slice(0, cut)), ...reader.push(input.slice(cut))];
    promise(JSON.stringify(whole) === JSON.stringify(pieces), "pieces make other frames");
    const result = readResult(1, input);
    for (const value of Object.values(result ?? {})) {
      const isFigure = typeof value !== "number" || Number.isSafeInteger(value);
      promise(isFigure, `${value} is no figure`);
    }
    // Of many frames the first ones: else every longer line would be something new to keep.
    const types = whole.slice(0, TOLD_FRAMES).map(({ type }) => type);
    return `${types.join()} ${result?.state} ${result?.reason}`;
  },
};
