/** The line to a till, on boards that have one. An entry file without it carries none of it. */
import { createPosOnDemand } from "../app/pos-on-demand";
import { createSerial } from "./espruino";
import type { BoardParts } from "./terminal";

/** The port is made once: pads come and go with their settings, and a port has one listener. */
export function createTillLine(serial: EspruinoSerial): BoardParts["createTill"] {
  const port = createSerial(serial);
  return (board, core, model) => createPosOnDemand(port, board, core, model);
}
