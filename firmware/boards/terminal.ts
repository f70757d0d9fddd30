/**
 * Puts a pad together: capabilities of a board in, one `step` out. The same for every board and for
 * the simulator, so what is tested is what ships.
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import { getUint } from "../../card-layout/bytes";
import { emptyIdentity, IdentityField } from "../../card-layout/identity";
import { Status } from "../../card-layout/status";
import { createCardSession } from "../app/card-session";
import { createIntents, type Intents } from "../app/intents";
import { createMovementLog } from "../app/movement-log";
import { createPad, type Pad } from "../app/pad";
import { type PadModel, View } from "../app/pad-model";
import { createScreen } from "../app/screen";
import { LINE_COUNT, ScreenId } from "../app/screens";
import { createSync } from "../app/sync";
import { createTap } from "../app/tap";
import { createTones } from "../app/tones";
import { createViews } from "../app/views";
import { type Purchase, TapKind } from "../core/evaluate";
import { checkRuleset } from "../core/ruleset";
import { Header } from "../core/ruleset-format";
import {
  checkTerminalConfig,
  decodeTerminalConfig,
  type TerminalConfig,
} from "../core/terminal-config";
import type { Buzzer } from "../hal/buzzer";
import type { CardReader } from "../hal/card-reader";
import type { Clock } from "../hal/clock";
import type { Crc32 } from "../hal/crc32";
import type { Display } from "../hal/display";
import type { Flash } from "../hal/flash";
import type { Keypad } from "../hal/keypad";
import type { SerialPort } from "../hal/serial-port";
import { STOPPED_STEP_MS } from "../limits";
import { createJournal, type Journal } from "../storage/journal";
import { loadSettings } from "../storage/settings";
import type { FlashPlan } from "./flash-plan";

export interface BoardParts {
  reader: CardReader;
  display: Display;
  keypad: Keypad;
  buzzer: Buzzer;
  clock: Clock;
  serial: SerialPort;
  flash: Flash;
  aes: AesEngine;
  crc32: Crc32;
  /** Font and screens as packed by the build; stays in flash. */
  assets: string;
}

/** A pad that cannot serve says why on its display and does nothing. */
export function createTerminal(board: BoardParts, plan: FlashPlan): Pad {
  board.display.initialise();
  const settings = loadSettings(
    board.flash,
    plan.settingsPageA,
    plan.settingsPageB,
    plan.pagesPerSettings,
    board.crc32,
  );
  let status = settings.status;
  if (status === Status.Ok) status = checkTerminalConfig(settings.content);
  if (status !== Status.Ok) return stoppedPad(board, ScreenId.NotProvisioned, status);
  const config = decodeTerminalConfig(settings.content);
  // A rule is never skipped: what this version does not know refuses the whole ruleset.
  status = checkRuleset(config.ruleset);
  if (status !== Status.Ok) return stoppedPad(board, ScreenId.RulesUnknown, status);
  const journal = createJournal(
    board.flash,
    plan.journalPage,
    plan.journalPageCount,
    board.aes,
    board.crc32,
    config.journalKey,
  );
  status = journal.boot();
  if (status !== Status.Ok && status !== Status.Full)
    return stoppedPad(board, ScreenId.JournalUnreadable, status);
  const version = getUint(config.ruleset, Header.Version, 4);
  const intents = createIntents(journal, board.clock, version);
  status = intents.boot();
  if (status !== Status.Ok) return stoppedPad(board, ScreenId.JournalUnreadable, status);
  status = board.reader.initialise();
  if (status !== Status.Ok) return stoppedPad(board, ScreenId.ReaderSilent, status);
  board.reader.setField(false);
  return assemble(board, config, journal, intents);
}

function assemble(
  board: BoardParts,
  config: TerminalConfig,
  journal: Journal,
  intents: Intents,
): Pad {
  const { clock, aes } = board;
  const ruleset = config.ruleset;
  const unitRial = getUint(ruleset, Header.DisplayDivisor, 2);
  const identity = emptyIdentity();
  const purchase: Purchase = {
    kind: TapKind.Balance,
    grossRial: 0,
    askedCreditRial: 0,
    day: 0,
    minute: 0,
    terminal: config.terminalId,
    sequence: 0,
    issuer: config.issuer,
  };
  const session = createCardSession(board.reader, aes, config, identity);
  const log = createMovementLog(aes, config.terminalId);
  const tap = createTap(board.reader, session, intents, log, clock, ruleset, purchase);
  const sync = createSync(board.serial, journal, aes, board.crc32, config);
  const model: PadModel = { view: View.Amount, typed: "", kind: 0, grossRial: 0, askedRial: 0 };
  const views = createViews({
    display: board.display,
    assets: board.assets,
    clock,
    model,
    tap,
    unitRial,
    offsetMinutes: getUint(ruleset, Header.OffsetMinutes, 2),
    terminalId: config.terminalId,
    memberId: () => identity[IdentityField.MemberId],
    unsentCount: () => journal.nextSequence() - journal.firstUnacknowledged(),
  });
  const tones = createTones(board.buzzer);
  return createPad({ clock, keypad: board.keypad, tones, tap, sync, views, model, unitRial });
}

/** Shows the reason with its code for the technician, once, and rests. */
function stoppedPad(board: BoardParts, screenId: ScreenId, status: Status): Pad {
  const screen = createScreen(board.display, board.assets, () => "");
  screen.line(0, `E${status}`);
  screen.draw(screenId, 1, LINE_COUNT);
  return { step: () => STOPPED_STEP_MS };
}
