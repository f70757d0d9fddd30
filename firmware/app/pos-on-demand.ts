/**
 * What a pad remembers of its till while nothing comes from there. The link itself (pos-link.ts)
 * exists from the first byte on, and without one while a request of the till is under way: somebody
 * has to see how it ends.
 */
import { newBytes } from "../../card-layout/bytes";
import { lazily } from "../../card-layout/lazily";
import { IntentKey } from "../core/journal-entry";
import { POS_SESSION_BYTES } from "../core/pos-messages";
import type { SerialPort } from "../hal/serial-port";
import { createOnDemand, type OnDemand } from "./on-demand";
import type { PadModel } from "./pad-model";
import { createPosLink, type PosBoard, type PosCore, type PosMemory } from "./pos-link";
import type { TapRequest } from "./tap-request";

export interface PosOnDemand extends OnDemand {
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
    step,
    drop,
  };
}
