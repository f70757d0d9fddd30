/** A till in virtual time: the same frames in every run, each asked once. */

import { posKeyOf } from "../../firmware/core/pos-messages";
import type { TerminalConfig } from "../../firmware/core/terminal-config";
import { createNativeAes } from "../../host-sim/native-aes";
import type { PadMachine } from "../../host-sim/pad-machine";
import { SerialWire } from "../../host-sim/serial-wire";
import { helloBody } from "../../pos-client/src/orders";
import { type Channel, FrameReader, requestFrame } from "../../pos-client/src/wire";

const BAUD_RATE = 115_200;
const NONCE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const SESSION_BYTES = 8;

export class DayTill {
  private readonly channel: Channel;
  private readonly reader = new FrameReader();
  private readonly wire: SerialWire;

  constructor(pad: PadMachine, { journalKey, terminalId, keyEpoch }: TerminalConfig) {
    const key = posKeyOf(createNativeAes(), journalKey, terminalId, keyEpoch) as Uint8Array;
    this.channel = { key, terminal: terminalId, session: new Uint8Array(SESSION_BYTES) };
    this.wire = new SerialWire(pad, pad.board.till, BAUD_RATE);
  }

  greet(): void {
    this.channel.session = new Uint8Array(SESSION_BYTES);
    this.channel.session = this.ask(0, helloBody(NONCE)).slice(0, SESSION_BYTES);
  }

  /** The content of the pad's answer. */
  ask(request: number, body: Uint8Array): Uint8Array {
    const answer = this.wire.receive(requestFrame(this.channel, request, body));
    const [frame] = this.reader.push(answer);
    if (frame === undefined) throw new Error(`the pad does not answer request ${request}`);
    return frame.content;
  }
}
