/**
 * Every single fault of one tap, in the words of the quick world and in those of the full
 * simulation. An undisturbed run in the quick world tells which places there are.
 */
import type { TapOptions } from "../../host-sim/pad-machine";
import {
  FAULTS_OF_KIND,
  type FaultName,
  FaultPlan,
  PlaceKind,
  type PlannedFault,
} from "../../host-sim/quick/faults";
import type { ExchangeFault } from "../../host-sim/rf-field";
import type { QuickWorld } from "./quick-world";
import type { TapCase } from "./tap-case";

export interface SingleFault {
  readonly planned: PlannedFault;
  /** Undefined: the full simulation cannot order this fault, or not by itself. */
  readonly inFull: TapOptions | undefined;
}

/** The wake-up for copied chips, and the one that the card answers: not counted by a PadMachine. */
const EXCHANGES_UNCOUNTED = 2;
/** While the command is sent: from its end, and from its begin. */
const BEFORE_US = -100;
const BEGUN_US = 50;

export function singleFaults(world: QuickWorld, tapCase: TapCase): SingleFault[] {
  const plan = new FaultPlan([], true);
  world.reset(plan);
  world.tap(0, tapCase.order);
  const counts = new Map<PlaceKind, number>();
  const found: SingleFault[] = [];
  plan.places.forEach(({ kind }, index) => {
    const counted = kind === PlaceKind.Operand ? PlaceKind.Exchange : kind;
    const number = (counts.get(counted) ?? 0) + 1;
    counts.set(counted, number);
    for (const fault of FAULTS_OF_KIND[kind]) {
      const planned = { place: index + 1, fault };
      found.push({ planned, inFull: inFull(counted, number, fault) });
    }
  });
  return found;
}

function inFull(kind: PlaceKind, number: number, fault: FaultName): TapOptions | undefined {
  if (kind === PlaceKind.FlashWord) return { cutAtFlashWord: number, flashTear: fault as "some" };
  if (kind === PlaceKind.EepromWrite) {
    const isOther = fault === "stuck" || fault.endsWith("Cut");
    return isOther ? undefined : { tearAtWrite: number, tear: fault as "old" };
  }
  const exchange = number - EXCHANGES_UNCOUNTED;
  if (kind !== PlaceKind.Exchange || exchange < 1) return undefined;
  // The NAK that looks like an ACK is for the key stream to choose.
  if (fault === "commandLostFalseAck") return undefined;
  if (fault === "cut") return { cutAtExchange: exchange, cutDelayUs: BEGUN_US };
  if (fault === "pull") return { pullAtExchange: exchange, pullDelayUs: BEFORE_US };
  const disturbances: Partial<Record<FaultName, ExchangeFault>> = {
    commandLost: { kind: "loseCommand" },
    answerLost: { kind: "loseAnswer" },
    commandBitError: { kind: "flipCommandBit", bit: 3 },
    answerBitError: { kind: "flipAnswerBit", bit: 1 },
  };
  return { disturbAtExchange: exchange, disturbance: disturbances[fault] };
}
