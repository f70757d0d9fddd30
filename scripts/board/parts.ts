/** The parts of a pad and their wires, as the board's profile connects them. */
import type { BoardProfile } from "../../firmware/boards/board-profile";

export interface Wire {
  /** As printed on the part. */
  readonly signal: string;
  /** The interpreter's name of the pin; undefined for power. */
  readonly pin: string | undefined;
  /** As printed on the board. */
  readonly printed: string;
  readonly isPower: boolean;
}

export interface PartWires {
  /** Short, for a flag at a pin. */
  readonly name: string;
  readonly title: string;
  readonly side: "left" | "right";
  readonly colour: string;
  readonly wires: readonly Wire[];
}

const KEYS_OF_ROWS = ["1 2 3 A", "4 5 6 B", "7 8 9 C", "* 0 # D"];
const KEYS_OF_COLUMNS = ["1 4 7 *", "2 5 8 0", "3 6 9 #", "A B C D"];

export function partsOf(profile: BoardProfile): PartWires[] {
  const { pins, printed } = profile;
  const wire = (signal: string, pin: string): Wire => ({
    signal,
    pin,
    printed: printed[pin] ?? pin,
    isPower: false,
  });
  const power = (signal: string, name: "3.3 V" | "GND"): Wire => ({
    signal,
    pin: undefined,
    printed: name,
    isPower: true,
  });
  return [
    readerOf(profile.reader, pins, wire, power),
    {
      name: "Display",
      title: "Display SSD1306, 128 x 64",
      side: "left",
      colour: "#7a3a99",
      wires: [
        power("VCC", "3.3 V"),
        power("GND", "GND"),
        wire("SCL", pins.scl),
        wire("SDA", pins.sda),
      ],
    },
    {
      name: "Keys",
      title: "Keypad 4 x 4",
      side: "right",
      colour: "#b3541e",
      wires: [
        ...pins.keyRows.map((pin, row) => wire(`row ${row + 1} (${KEYS_OF_ROWS[row]})`, pin)),
        ...pins.keyColumns.map((pin, i) => wire(`column ${i + 1} (${KEYS_OF_COLUMNS[i]})`, pin)),
      ],
    },
    {
      name: "Buzzer",
      title: "Passive buzzer",
      side: "right",
      colour: "#8a6d00",
      wires: [wire("+", pins.buzzer), power("-", "GND")],
    },
    {
      name: "Light",
      title: "LED with 1 kΩ",
      side: "right",
      colour: "#c2185b",
      wires: [wire("+", pins.light), power("-", "GND")],
    },
    {
      name: "Office",
      title: "Line to the back office",
      side: "left",
      colour: "#1b7a5a",
      wires: [
        wire("TX of the adapter", pins.rx),
        wire("RX of the adapter", pins.tx),
        power("GND", "GND"),
      ],
    },
    ...tillOf(pins, wire, power),
  ];
}

function tillOf(
  { tillRx, tillTx }: BoardProfile["pins"],
  wire: (signal: string, pin: string) => Wire,
  power: (signal: string, name: "3.3 V" | "GND") => Wire,
): PartWires[] {
  if (tillRx === undefined || tillTx === undefined) return [];
  return [
    {
      name: "Till",
      title: "Line to a till, if there is one",
      side: "right",
      colour: "#5b5b5b",
      wires: [
        wire("TX of the adapter", tillRx),
        wire("RX of the adapter", tillTx),
        power("GND", "GND"),
      ],
    },
  ];
}

function readerOf(
  chip: BoardProfile["reader"],
  pins: BoardProfile["pins"],
  wire: (signal: string, pin: string) => Wire,
  power: (signal: string, name: "3.3 V" | "GND") => Wire,
): PartWires {
  const isPn532 = chip === "pn532";
  return {
    name: "Reader",
    title: isPn532 ? "Reader PN532, its switches at SPI" : "Reader MFRC522",
    side: "left",
    colour: "#1f5fa8",
    wires: [
      power(isPn532 ? "VCC" : "3.3V", "3.3 V"),
      ...(isPn532 ? [] : [power("RST", "3.3 V")]),
      power("GND", "GND"),
      wire("SCK", pins.sck),
      wire("MISO", pins.miso),
      wire("MOSI", pins.mosi),
      wire(isPn532 ? "SS" : "SDA (select)", pins.readerSelect),
    ],
  };
}
