/**
 * What a pad remembers of its till while nothing comes from there. The link itself (pos-link.ts)
 * exists from the first byte on, and without one while a request of the till is under way: somebody
 * has to see how it ends.
 */
import { newBytes } from "../../card-layout/bytes";
import { lazily } from "../../card-layout/lazily";
import { TapKind } from "../core/evaluate";
import { IntentKey } from "../core/journal-entry";
import { POS_SESSION_BYTES } from "../core/pos-messages";
import type { SerialPort } from "../hal/serial-port";
import { createOnDemand, type OnDemand } from "./on-demand";
import { type PadModel, View } from "./pad-model";
import { createPosLink, type PosBoard, type PosCore, type PosMemory } from "./pos-link";
import { printSlip } from "./slip";
import type { TapRequest } from "./tap-request";
import type { Views } from "./views";

export interface PosOnDemand extends OnDemand {
  /** Prints what is shown, once more as a copy; false when it is a till that has spoken here. */
  print(views: Views, isCopy: boolean): boolean;
  /** How the link has the pad await a card, and stop that. */
  connect(serve: (request: TapRequest) => void, giveUp: () => void): void;
}

export function createPosOnDemand(
  serial: SerialPort,
  board: PosBoard,
  core: PosCore,
  model: PadModel,
): PosOnDemand {
  const memory: PosMemory = {
    session: newBytes(POS_SESSION_BYTES),
    hasSession: false,
    isNoted: false,
    newest: 0,
    current: 0,
    firstSequence: 0,
    isEnded: true,
    endState: 0,
    endReason: 0,
    endFigures: [],
    serve: () => undefined,
    giveUp: () => undefined,
  };
  const { step, drop } = createOnDemand(
    serial,
    () => lazily(createPosLink)(serial, board, core, model, memory),
    () => !memory.isEnded,
  );

  let printedSequence = 0;

  function print(views: Views, isCopy: boolean): boolean {
    if (memory.hasSession) return false;
    // A balance has no record of its own.
    const { kind, sequence } = core.tap.purchase;
    const isRecord = model.view === View.Result && kind !== TapKind.Balance;
    const isAgain = isRecord && sequence === printedSequence;
    if (isRecord) printedSequence = sequence;
    const { clock } = board;
    const { config, identity, tap } = core;
    lazily(printSlip)(serial, { clock, config, identity, tap, model }, views, isCopy || isAgain);
    return true;
  }

  /** An attempt that a power cut left open is the till's again. */
  function resume(): void {
    const { intents } = core;
    const openRequest = intents.isOpen() ? intents.open.values[IntentKey.TillRequest] : 0;
    if (openRequest === 0) return;
    memory.current = openRequest;
    memory.newest = openRequest;
    memory.firstSequence = 1;
    memory.isEnded = false;
  }

  return {
    connect: (serve, giveUp) => {
      memory.serve = serve;
      memory.giveUp = giveUp;
      resume();
    },
    print,
    step,
    drop,
  };
}
