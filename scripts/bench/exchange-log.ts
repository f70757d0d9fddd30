/**
 * Listens to the air of one tap and says what every exchange was. The content is encrypted, but the
 * lengths of command and answer give each kind away; only the exchange that follows tells the first
 * half of a write from that of a value operation or from a transfer.
 */
import type { VirtualClock } from "../../host-sim/clock";
import { TYPICAL_TIMING } from "../../host-sim/mifare-card-options";
import { CARD_TO_READER_GAP_US, cardFrameUs, readerFrameUs } from "../../host-sim/rf";
import type { RfField } from "../../host-sim/rf-field";

export const OPERATION_KINDS = [
  ...(["magic probe", "wake-up", "anticollision", "select", "authenticate", "read"] as const),
  ...(["write", "decrement", "transfer"] as const),
];
export type OperationKind = (typeof OPERATION_KINDS)[number];

export interface AirReport {
  exchanges: number;
  bytes: number;
  /** An operation of two exchanges counts once. */
  operations: Map<OperationKind, number>;
  /** From the first command to the last answer, milliseconds. */
  durationMs: number;
  floor: AirFloor;
}

/** What no reader could save with the same exchanges, milliseconds. */
export interface AirFloor {
  /** Bits on the air: 9n + 3 etu to the card, 9n + 2 etu back, 1 etu = 128/fc. */
  framesMs: number;
  /** Frame delay before each answer and 1172/fc after it. */
  delaysMs: number;
  /** EEPROM and value arithmetic, typical of MF1S50yyX_V1. */
  cardMs: number;
  /** Field off and on again before the result is believed. */
  fieldResetMs: number;
  totalMs: number;
}

interface Exchange {
  kind: OperationKind;
  isSecondHalf: boolean;
  bytes: number;
  commandUs: number;
  /** 0 when nothing came back. */
  answerUs: number;
  startUs: number;
  endUs: number;
}

const MAGIC_WAKE_UP = 0x40;
/** ISO/IEC 14443-3, 5: 5 ms off until a card has forgotten, 5 ms on until it is ready. */
const FIELD_RESET_MS = 5 + 5;

/** By the command's data bits; 32 bits are told apart by the answer. */
const KIND_OF_COMMAND: Record<number, OperationKind> = {
  7: "wake-up",
  16: "anticollision",
  72: "select",
  64: "authenticate",
  144: "write",
  48: "decrement",
};
/** By the answer's data bits, for commands of 32 bits; a short answer may still become a write. */
const KIND_OF_ANSWER: Record<number, OperationKind> = {
  32: "authenticate",
  144: "read",
  4: "transfer",
};
const SECOND_HALF_BITS = new Set([64, 144, 48]);

/** After the second half of the operation. */
const CARD_WORK_US: Partial<Record<OperationKind, number>> = {
  read: TYPICAL_TIMING.readUs,
  write: TYPICAL_TIMING.writeUs,
  decrement: TYPICAL_TIMING.valueUs,
  transfer: TYPICAL_TIMING.transferUs,
};

export class ExchangeLog {
  private exchanges: Exchange[] = [];

  constructor(field: RfField, clock: VirtualClock) {
    const transmit = field.transmit.bind(field);
    field.transmit = (frame, listener) => {
      const exchange = this.note(frame.bitCount, frame.bytes[0], clock.nowUs);
      exchange.commandUs = readerFrameUs(frame);
      exchange.bytes = (frame.bitCount + 7) >> 3;
      transmit(frame, {
        transmissionEnded: () => {
          exchange.endUs = clock.nowUs;
          listener.transmissionEnded();
        },
        receptionBegan: () => listener.receptionBegan(),
        received: (answer, collisionBit) => {
          exchange.answerUs = cardFrameUs(answer);
          exchange.bytes += (answer.bitCount + 7) >> 3;
          exchange.endUs = clock.nowUs;
          if (frame.bitCount === 32) exchange.kind = KIND_OF_ANSWER[answer.bitCount];
          listener.received(answer, collisionBit);
        },
      });
    };
  }

  /** Forgets what was heard so far. */
  clear(): void {
    this.exchanges = [];
  }

  /** Everything since `clear`, without the looks for a card that nobody answered. */
  report(): AirReport {
    const heard = this.exchanges.slice(this.firstOfTap());
    const sum = (of: (exchange: Exchange) => number) =>
      heard.reduce((total, exchange) => total + of(exchange), 0);
    const operations = new Map<OperationKind, number>();
    for (const { kind, isSecondHalf } of heard) {
      if (!isSecondHalf) operations.set(kind, (operations.get(kind) ?? 0) + 1);
    }
    const framesMs = sum((exchange) => exchange.commandUs + exchange.answerUs) / 1000;
    const delaysMs = sum(delayUs) / 1000;
    const cardMs = sum(cardWorkUs) / 1000;
    const fieldResetMs = ((operations.get("wake-up") ?? 1) - 1) * FIELD_RESET_MS;
    return {
      exchanges: heard.length,
      bytes: sum((exchange) => exchange.bytes),
      operations,
      durationMs: (heard[heard.length - 1].endUs - heard[0].startUs) / 1000,
      floor: {
        ...{ framesMs, delaysMs, cardMs, fieldResetMs },
        totalMs: framesMs + delaysMs + cardMs + fieldResetMs,
      },
    };
  }

  private note(commandBits: number, firstByte: number, startUs: number): Exchange {
    const isSecondHalf = SECOND_HALF_BITS.has(commandBits);
    let kind = KIND_OF_COMMAND[commandBits] ?? "transfer";
    if (commandBits === 7 && firstByte === MAGIC_WAKE_UP) kind = "magic probe";
    if (isSecondHalf) this.exchanges[this.exchanges.length - 1].kind = kind;
    const times = { commandUs: 0, answerUs: 0, startUs, endUs: startUs };
    const exchange = { kind, isSecondHalf, bytes: 0, ...times };
    this.exchanges.push(exchange);
    return exchange;
  }

  /** The magic probe before the first wake-up that a card answered. */
  private firstOfTap(): number {
    const answered = this.exchanges.findIndex((exchange) => exchange.answerUs > 0);
    const before = this.exchanges.slice(0, answered);
    return before.map((exchange) => exchange.kind).lastIndexOf("magic probe");
  }
}

function delayUs({ answerUs }: Exchange): number {
  return TYPICAL_TIMING.frameDelayUs + (answerUs > 0 ? CARD_TO_READER_GAP_US : 0);
}

/** Reads and transfers have one half, writes and value operations work after the second. */
function cardWorkUs({ kind, isSecondHalf }: Exchange): number {
  const isWorking = isSecondHalf || kind === "read" || kind === "transfer";
  return isWorking ? (CARD_WORK_US[kind] ?? 0) : 0;
}
