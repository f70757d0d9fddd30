/**
 * What the display shows, on a receipt printer (ESC/POS) at the line of a till. Lines come as bit
 * images: both scripts stand on the paper as on the display, and no printer has to know letters.
 * In front of them, in the printer's own, is what a slip needs and a cashier does not.
 */
import { type Bytes, getUint, newBytes } from "../../card-layout/bytes";
import { type Identity, IdentityField } from "../../card-layout/identity";
import { businessDay, type JalaliDate, minuteOfDay, toJalali } from "../core/calendar";
import { TapKind } from "../core/evaluate";
import { Header } from "../core/ruleset-format";
import type { TerminalConfig } from "../core/terminal-config";
import type { Clock } from "../hal/clock";
import type { SerialPort } from "../hal/serial-port";
import { twoDigits } from "./money-text";
import { type PadModel, View } from "./pad-model";
import { ScreenId } from "./screens";
import type { Tap } from "./tap-request";
import type { Views } from "./views";

/** Of what is shown. */
export interface SlipParts {
  clock: Clock;
  config: TerminalConfig;
  identity: Identity;
  tap: Tap;
  model: PadModel;
}

/** ESC @: as after power-up. */
const INITIALISE = "\x1b@";
/** ESC 3: so many points from line to line, as high as a line's image. */
const IMAGE_LINES = "\x1b3\x18";
/** ESC *, mode 0: columns of 8 dots, each three points high and two wide; then their number. */
const IMAGE_HEAD = "\x1b*\x00";
const IMAGE_HEAD_BYTES = 5;
/** ESC 2, ESC d, GS V: lines as before, paper up to where it is torn off, and cut. */
const END = "\x1b2\x1bd\x04\x1dV\x01";
const LINE_FEED = 10;
/** Character n has the four bits of n the other way round. */
const REVERSED = "\x00\x08\x04\x0c\x02\x0a\x06\x0e\x01\x09\x05\x0d\x03\x0b\x07\x0f";
/** Of a member's number: who finds the slip shall not know whose it was. */
const SHORT_MEMBER = 10000;

/** `isCopy`: this was printed before, or is a tap done earlier. */
export function printSlip(
  serial: SerialPort,
  parts: SlipParts,
  views: Views,
  isCopy: boolean,
): void {
  write(serial, `${INITIALISE}${headOf(parts, isCopy)}${IMAGE_LINES}`);
  views.copyTo({
    initialise: () => undefined,
    drawColumns: (page, _column, columns) => {
      // The top line is about the pad.
      const image = imageOf(columns);
      if (page > 0) serial.write(image, image.length);
    },
  });
  write(serial, END);
}

function write(serial: SerialPort, octets: string): void {
  const bytes = newBytes(octets.length);
  for (let i = 0; i < octets.length; i++) bytes[i] = octets.charCodeAt(i);
  serial.write(bytes, bytes.length);
}

/** A line of the display: bit 0 of a column is its top there, and its bottom on paper. */
function imageOf(columns: string): Bytes {
  const end = IMAGE_HEAD_BYTES + columns.length;
  const image = newBytes(end + 1);
  for (let i = 0; i < IMAGE_HEAD.length; i++) image[i] = IMAGE_HEAD.charCodeAt(i);
  image[IMAGE_HEAD.length] = columns.length % 256;
  for (let i = 0; i < columns.length; i++) {
    const bits = columns.charCodeAt(i);
    const low = bits % 16;
    image[IMAGE_HEAD_BYTES + i] =
      REVERSED.charCodeAt(low) * 16 + REVERSED.charCodeAt((bits - low) / 16);
  }
  image[end] = LINE_FEED;
  return image;
}

function headOf({ clock, config, identity, tap, model }: SlipParts, isCopy: boolean): string {
  const offsetMinutes = getUint(config.ruleset, Header.OffsetMinutes, 2);
  const minute = minuteOfDay(clock.unixSeconds(), offsetMinutes);
  const date: JalaliDate = { year: 0, month: 0, day: 0 };
  toJalali(businessDay(clock.unixSeconds(), offsetMinutes, 0), date);
  const { kind, sequence, cashier } = tap.purchase;
  const isTap = model.view === View.Result;
  const hasMember = isTap || model.page === ScreenId.Lots || model.page === ScreenId.Movements;
  let head = `Terminal ${config.terminalId}`;
  if (isTap && kind !== TapKind.Balance) head += `  No. ${sequence}`;
  head += `\n${date.year}/${twoDigits(date.month)}/${twoDigits(date.day)}`;
  head += ` ${twoDigits(Math.floor(minute / 60))}:${twoDigits(minute % 60)}`;
  if (hasMember) {
    const member = identity[IdentityField.MemberId] % SHORT_MEMBER;
    head += `\nMember ${twoDigits(Math.floor(member / 100))}${twoDigits(member % 100)}`;
    if (cashier > 0) head += `  Staff ${cashier}`;
  }
  return `${head}\n${isCopy ? "*** COPY ***\n" : ""}`;
}
