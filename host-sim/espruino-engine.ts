/** What executes the JavaScript of a simulated board that carries Espruino. */
import type { EspruinoHardware } from "./espruino-hardware";

/** What running JavaScript asks to be called for. */
export interface EspruinoEvents {
  setTimeout(callback: () => void, delayMs: number): void;
  /** Starts the board anew when the present turn is over. */
  reboot(): void;
  /** Replaces the listener before; data comes as one character a byte. */
  onSerialData(callback: (octets: string) => void): void;
  /** The same of the line to a till. */
  onTillData(callback: (octets: string) => void): void;
}

/** An interpreter, and what it is put in front of. */
export interface DeviceEngine<Hardware> {
  /** Runs the firmware from its beginning; `PowerCut` of the hardware passes through. */
  start(hardware: Hardware, events: EspruinoEvents): void;
  /** Forgets all that runs. */
  stop(): void;
}

export type EspruinoEngine = DeviceEngine<EspruinoHardware>;
