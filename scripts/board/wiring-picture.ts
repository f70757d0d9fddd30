/**
 * The wiring of a board as a picture: every wire from part to pin, and below it where those pins
 * are on the board. Both from the board's profile, so that no picture can show another wiring than
 * the bundle uses.
 */
import type { BoardProfile } from "../../firmware/boards/board-profile";
import { type PartWires, partsOf } from "./parts";

const WIDTH = 900;
const WIRE_STEP = 24;
const PART_GAP = 26;
const HEADING = 34;
const LEFT_PART_END = 250;
const BOARD_START = 385;
const BOARD_END = WIDTH - BOARD_START;
const PIN_STEP = 24;
const FLAG_WIDTH = 190;

/** One part's box, its wires, and the pins they end at. */
interface Placed {
  readonly part: PartWires;
  readonly y: number;
  readonly height: number;
}

export function wiringPicture(profile: BoardProfile): string {
  const parts = partsOf(profile);
  const left = place(parts.filter(({ side }) => side === "left"));
  const right = place(parts.filter(({ side }) => side === "right"));
  const partsEnd = Math.max(...[...left, ...right].map(({ y, height }) => y + height));
  const boardTop = partsEnd + 80;
  const pinCount = Math.max(profile.edges.left.length, profile.edges.right.length);
  const height = boardTop + pinCount * PIN_STEP + 60;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img"`,
    '     aria-labelledby="title description" font-family="sans-serif" font-size="13">',
    `  <title id="title">Wiring of ${escaped(profile.title)}</title>`,
    '  <desc id="description">Every wire from the parts to the pins of the board, and below it',
    "    where these pins are.</desc>",
    `  <rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    label(WIDTH / 2, 28, profile.title, 'font-size="18" font-weight="bold"', "middle"),
    `  <rect x="${BOARD_START}" y="46" width="${BOARD_END - BOARD_START}" ` +
      `height="${partsEnd - 46}" rx="10" fill="#f4f4f4" stroke="#555555" stroke-width="2"/>`,
    ...left.flatMap((placed) => partLines(placed, true)),
    ...right.flatMap((placed) => partLines(placed, false)),
    label(WIDTH / 2, boardTop - 22, "The same pins on the board, seen from above", "", "middle"),
    ...boardLines(profile, parts, boardTop),
    "</svg>",
    "",
  ].join("\n");
}

function place(parts: readonly PartWires[]): Placed[] {
  let y = 46;
  return parts.map((part) => {
    const height = HEADING + part.wires.length * WIRE_STEP + 8;
    const placed = { part, y, height };
    y += height + PART_GAP;
    return placed;
  });
}

function partLines({ part, y, height }: Placed, isLeft: boolean): string[] {
  const boxX = isLeft ? 20 : WIDTH - LEFT_PART_END;
  const width = LEFT_PART_END - 20;
  const lines = [
    `  <rect x="${boxX}" y="${y}" width="${width}" height="${height}" rx="10" fill="#ffffff" ` +
      `stroke="${part.colour}" stroke-width="2"/>`,
    label(
      boxX + width / 2,
      y + 22,
      part.title,
      `font-weight="bold" fill="${part.colour}"`,
      "middle",
    ),
  ];
  part.wires.forEach((wire, index) => {
    const wireY = y + HEADING + (index + 0.5) * WIRE_STEP;
    const from = isLeft ? LEFT_PART_END : BOARD_END;
    const to = isLeft ? BOARD_START : WIDTH - LEFT_PART_END;
    const colour = wire.isPower ? POWER_COLOURS[wire.printed] : part.colour;
    const [inside, outside] = isLeft ? ["end", "start"] : ["start", "end"];
    lines.push(
      `  <line x1="${from}" y1="${wireY}" x2="${to}" y2="${wireY}" stroke="${colour}" ` +
        'stroke-width="3"/>',
      label(isLeft ? from - 10 : to + 10, wireY + 5, wire.signal, "", inside),
      label(isLeft ? to + 10 : from - 10, wireY + 5, wire.printed, 'font-weight="bold"', outside),
    );
  });
  return lines;
}

const POWER_COLOURS: Readonly<Record<string, string>> = { "3.3 V": "#c62828", GND: "#222222" };

function boardLines(profile: BoardProfile, parts: readonly PartWires[], top: number): string[] {
  const { edges } = profile;
  const rows = Math.max(edges.left.length, edges.right.length);
  const x = BOARD_START - 20;
  const end = BOARD_END + 20;
  return [
    `  <rect x="${x}" y="${top}" width="${end - x}" height="${rows * PIN_STEP + 20}" rx="10" ` +
      'fill="#e9f2ea" stroke="#2e5d34" stroke-width="2"/>',
    ...edges.left.flatMap((pin, row) => pinLines(profile, parts, pin, top, row, x, true)),
    ...edges.right.flatMap((pin, row) => pinLines(profile, parts, pin, top, row, end, false)),
  ];
}

function pinLines(
  profile: BoardProfile,
  parts: readonly PartWires[],
  pin: string,
  top: number,
  row: number,
  x: number,
  isLeft: boolean,
): string[] {
  const y = top + 10 + (row + 0.5) * PIN_STEP;
  const inwards = isLeft ? 1 : -1;
  const printed = profile.printed[pin] ?? pin;
  const lines = [
    `  <circle cx="${x + 8 * inwards}" cy="${y}" r="5" fill="#c9a227"/>`,
    label(x + 20 * inwards, y + 5, printed, "", isLeft ? "start" : "end"),
  ];
  for (const part of parts) {
    const wire = part.wires.find((each) => each.pin === pin);
    if (wire === undefined) continue;
    const flagX = isLeft ? x - 20 - FLAG_WIDTH : x + 20;
    const text = `${part.name} ${wire.signal}`;
    lines.push(
      `  <line x1="${x}" y1="${y}" x2="${x - 20 * inwards}" y2="${y}" stroke="${part.colour}" ` +
        'stroke-width="3"/>',
      `  <rect x="${flagX}" y="${y - 10}" width="${FLAG_WIDTH}" height="20" rx="4" ` +
        `fill="${part.colour}"/>`,
      label(flagX + FLAG_WIDTH / 2, y + 5, text, 'fill="#ffffff"', "middle"),
    );
  }
  return lines;
}

function label(x: number, y: number, text: string, attributes: string, anchor: string): string {
  const more = attributes === "" ? "" : ` ${attributes}`;
  return `  <text x="${x}" y="${y}" text-anchor="${anchor}"${more}>${escaped(text)}</text>`;
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
}
