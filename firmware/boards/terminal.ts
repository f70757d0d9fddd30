/**
 * Puts a pad together: capabilities of a board in, one `step` out. The same for every board and for
 * the simulator, so what is tested is what ships.
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import { getUint } from "../../card-layout/bytes";
import { emptyIdentity, type Identity, IdentityField } from "../../card-layout/identity";
import { Status } from "../../card-layout/status";
import { type CardOrders, NO_ORDERS } from "../app/card-orders";
import { createCardSession } from "../app/card-session";
import { createIntents } from "../app/intents";
import { createMovementLog } from "../app/movement-log";
import { createNotes } from "../app/notes";
import { createOriginals } from "../app/originals";
import { createPad, type Pad } from "../app/pad";
import { type PadModel, View } from "../app/pad-model";
import { createScreen } from "../app/screen";
import { LINE_COUNT, ScreenId } from "../app/screens";
import { createSync } from "../app/sync";
import { createTap } from "../app/tap";
import { createTapInputs } from "../app/tap-inputs";
import type { Tap, TapRequest } from "../app/tap-request";
import { createTones } from "../app/tones";
import { createViews } from "../app/views";
import { createPurchase } from "../core/evaluate";
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

/** A pad without its display and keys: all that moves value. */
export interface TerminalCore {
  config: TerminalConfig;
  journal: Journal;
  identity: Identity;
  tap: Tap;
  /** Journals a return without the card; the back office settles it. */
  deferRefund(request: TapRequest): Status;
  /** Journals what the customer thinks (1..5) of the tap done last. `NotFound`: none was done. */
  rate(score: number): Status;
}

/** Why there is no core: the screen that says so, and the code for the technician. */
export interface StopReason {
  screenId: ScreenId;
  status: Status;
}

/** A pad that cannot serve says why on its display and does nothing. */
export function createTerminal(board: BoardParts, plan: FlashPlan): Pad {
  board.display.initialise();
  const reason: StopReason = { screenId: ScreenId.NotProvisioned, status: Status.Ok };
  const core = createCore(board, plan, reason);
  return core === undefined ? stoppedPad(board, reason) : assemble(board, core);
}

/** Reads settings and journal, starts the reader. Undefined: `reason` is filled. */
export function createCore(
  board: BoardParts,
  plan: FlashPlan,
  reason: StopReason,
  orders: CardOrders = NO_ORDERS,
): TerminalCore | undefined {
  function isFine(status: Status, screenId: ScreenId): boolean {
    reason.status = status;
    reason.screenId = screenId;
    return status === Status.Ok;
  }

  const { aes, clock, crc32, reader } = board;
  const settings = loadSettings(
    board.flash,
    plan.settingsPageA,
    plan.settingsPageB,
    plan.pagesPerSettings,
    crc32,
  );
  if (!isFine(settings.status, ScreenId.NotProvisioned)) return undefined;
  if (!isFine(checkTerminalConfig(settings.content), ScreenId.NotProvisioned)) return undefined;
  const config = decodeTerminalConfig(settings.content);
  const ruleset = config.ruleset;
  // A rule is never skipped: what this version does not know refuses the whole ruleset.
  if (!isFine(checkRuleset(ruleset), ScreenId.RulesUnknown)) return undefined;
  const journal = createJournal(
    board.flash,
    plan.journalPage,
    plan.journalPageCount,
    aes,
    crc32,
    config.journalKey,
  );
  const journalStatus = journal.boot();
  if (journalStatus !== Status.Full && !isFine(journalStatus, ScreenId.JournalUnreadable))
    return undefined;
  const intents = createIntents(journal, clock, getUint(ruleset, Header.Version, 4));
  if (!isFine(intents.boot(), ScreenId.JournalUnreadable)) return undefined;
  if (!isFine(reader.initialise(), ScreenId.ReaderSilent)) return undefined;
  reader.setField(false);
  const identity = emptyIdentity();
  const session = createCardSession(reader, aes, config, identity);
  const log = createMovementLog(aes, config.terminalId);
  const purchase = createPurchase(config.terminalId, config.issuer);
  const originals = createOriginals(journal);
  const notes = createNotes(journal, clock);
  const sources = { session, intents, originals, notes, orders };
  const inputs = createTapInputs(sources, clock, ruleset, purchase);
  const tap = createTap(reader, session, intents, inputs, log, clock, ruleset, purchase);
  return {
    config,
    journal,
    identity,
    tap,
    deferRefund: (request) => inputs.defer(request, false),
    rate: (score) => notes.rate(score, intents.lastSequence()),
  };
}

function assemble(board: BoardParts, core: TerminalCore): Pad {
  const { clock } = board;
  const { config, journal, identity, tap } = core;
  const ruleset = config.ruleset;
  const unitRial = getUint(ruleset, Header.DisplayDivisor, 2);
  const sync = createSync(board.serial, journal, board.aes, board.crc32, config);
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
function stoppedPad(board: BoardParts, reason: StopReason): Pad {
  const screen = createScreen(board.display, board.assets, () => "");
  screen.line(0, `E${reason.status}`);
  screen.draw(reason.screenId, 1, LINE_COUNT);
  return { isServing: false, step: () => STOPPED_STEP_MS };
}
