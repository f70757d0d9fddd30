/**
 * Puts a pad together: capabilities of a board in, one `step` out. The same for every board and for
 * the simulator, so what is tested is what ships.
 */
import type { AesEngine } from "../../card-layout/aes-engine";
import { type Bytes, getUint } from "../../card-layout/bytes";
import { emptyIdentity, type Identity, IdentityField } from "../../card-layout/identity";
import { lazily } from "../../card-layout/lazily";
import { Status } from "../../card-layout/status";
import type { CardHistory } from "../app/card-history";
import type { CardOrders } from "../app/card-orders";
import { createCardSession } from "../app/card-session";
import type { CounterPages, PageParts } from "../app/counter-pages";
import { type DownSync, emptyBlob } from "../app/down-sync";
import { createIntents, type Intents } from "../app/intents";
import { createMovementLog } from "../app/movement-log";
import { createNotes } from "../app/notes";
import { createOnDemand } from "../app/on-demand";
import { createPad } from "../app/pad";
import { createPadModel, isAtRest, type PadModel } from "../app/pad-model";
import type { Pad } from "../app/pad-parts";
import type { PosBoard, PosCore } from "../app/pos-link";
import type { PosOnDemand } from "../app/pos-on-demand";
import { createScreen } from "../app/screen";
import { LINE_COUNT, ScreenId } from "../app/screens";
import { createStaff, type Staff } from "../app/staff";
import { createSync } from "../app/sync";
import { createTap } from "../app/tap";
import { createTapInputs } from "../app/tap-inputs";
import type { Tap, TapRequest } from "../app/tap-request";
import { createTones } from "../app/tones";
import { createViews } from "../app/views";
import { createWatermarks, recallWatermarks, type Watermarks } from "../app/watermarks";
import { createPurchase } from "../core/evaluate";
import { MAX_RIAL } from "../core/money";
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
import type { Light } from "../hal/light";
import type { SerialPort } from "../hal/serial-port";
import { STOPPED_STEP_MS } from "../limits";
import { type Copies, type CopyStore, createCopies, createCopyStore } from "../storage/copies";
import { createJournal, type Journal } from "../storage/journal";
import { createLists } from "../storage/lists";
import type { FlashPlan } from "./flash-plan";

export interface BoardParts {
  reader: CardReader;
  display: Display;
  keypad: Keypad;
  buzzer: Buzzer;
  /** On boards that have a pin for it. */
  light?: Light;
  clock: Clock;
  serial: SerialPort;
  flash: Flash;
  aes: AesEngine;
  crc32: Crc32;
  /**
   * On an interpreter: brings its free memory together. The start reads much of the flash in small
   * buffers; what is made behind it would lie scattered, with no place left for a larger buffer.
   */
  defragment?: () => void;
  /** Fonts and screens as packed by the build, of one language or more; stays in flash. */
  assets: string;
  /** On boards with a line to a till: what answers it for the pad that is made. */
  createTill?: (board: PosBoard, core: PosCore, model: PadModel) => PosOnDemand;
  /** On boards with room for more than the tap. */
  room?: CounterRoom;
}

/** What boards with room bring along for the counter. */
export interface CounterRoom {
  createHistory(aes: AesEngine): CardHistory;
  createPages(parts: PageParts): CounterPages;
  wordsOf(amount: number, assets: string): string;
}

/** A pad without its display and keys: all that moves value. */
export interface TerminalCore {
  config: TerminalConfig;
  journal: Journal;
  intents: Intents;
  identity: Identity;
  tap: Tap;
  /** What came down from the back office, and how more of it is stored. */
  store: CopyStore;
  settings: Copies;
  lists: Copies;
  /** What the lists say about cards. */
  orders: CardOrders;
  history?: CardHistory;
  staff: Staff;
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

/**
 * A pad that cannot serve says why on its display and does nothing. One that has got new settings
 * is made anew from what is in flash, as after a power cut, so there is one way to begin.
 */
export function createTerminal(board: BoardParts, plan: FlashPlan): Pad {
  let pad = startTerminal(board, plan);
  return {
    isServing: pad.isServing,
    step: () => {
      const restMs = pad.step();
      if (restMs >= 0) return restMs;
      // Two pads at once would not fit into memory.
      pad = stoppedPad;
      pad = startTerminal(board, plan);
      return 0;
    },
  };
}

const stoppedPad: Pad = { isServing: false, step: () => STOPPED_STEP_MS };

function startTerminal(board: BoardParts, plan: FlashPlan): Pad {
  board.display.initialise();
  const reason: StopReason = { screenId: ScreenId.NotProvisioned, status: Status.Ok };
  const core = createCore(board, plan, reason);
  if (core !== undefined) return assemble(board, core);
  showStop(board, reason);
  return stoppedPad;
}

/**
 * Reads settings, lists and journal, starts the reader. Undefined: `reason` is filled. Orders for
 * cards are those of the lists, unless others are `given`.
 */
export function createCore(
  board: BoardParts,
  plan: FlashPlan,
  reason: StopReason,
  given?: CardOrders,
): TerminalCore | undefined {
  function isFine(status: Status, screenId: ScreenId): boolean {
    reason.status = status;
    reason.screenId = screenId;
    return status === Status.Ok;
  }

  const { aes, clock, crc32, reader, room } = board;
  const store = createCopyStore(board.flash, crc32);
  const settings = createCopies(plan.settingsPageA, plan.settingsPageB, plan.pagesPerSettings);
  store.load(settings);
  if (!isFine(settings.status, ScreenId.NotProvisioned)) return undefined;
  const config = takeConfig(store.content(settings), isFine);
  if (config === undefined) return undefined;
  const { ruleset } = config;
  const lists = createCopies(plan.listsPageA, plan.listsPageB, plan.pagesPerLists);
  store.load(lists);
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
  const marks = recalled(board, journal);
  const identity = emptyIdentity();
  const session = createCardSession(reader, aes, config, identity);
  const log = createMovementLog(aes, config.terminalId);
  const purchase = createPurchase(config.terminalId, config.issuer);
  const notes = createNotes(journal, clock);
  const orders = given ?? createLists(board.flash, lists);
  const history = room?.createHistory(aes);
  const sources = { session, intents, journal, notes, orders, history };
  const inputs = createTapInputs(sources, clock, ruleset, purchase);
  const tap = createTap(reader, session, intents, inputs, log, marks, clock, ruleset, purchase);
  return {
    config,
    journal,
    intents,
    identity,
    tap,
    store,
    settings,
    lists,
    orders,
    history,
    deferRefund: (request) => inputs.defer(request, false),
    staff: createStaff({ identity, card: session.card, journal, aes, config, clock, purchase }),
    rate: (score) => notes.rate(score, intents.lastSequence()),
  };
}

/** What this pad saw last of the cards here; the last that a start reads in the journal. */
function recalled(board: BoardParts, journal: Journal): Watermarks {
  const marks = createWatermarks();
  lazily(recallWatermarks)(journal, marks);
  if (board.defragment !== undefined) board.defragment();
  return marks;
}

/** A rule is never skipped: what this version does not know refuses the whole ruleset. */
function takeConfig(
  content: Bytes,
  isFine: (status: Status, screenId: ScreenId) => boolean,
): TerminalConfig | undefined {
  if (!isFine(lazily(checkTerminalConfig)(content), ScreenId.NotProvisioned)) return undefined;
  const config = decodeTerminalConfig(content);
  return isFine(lazily(checkRuleset)(config.ruleset), ScreenId.RulesUnknown) ? config : undefined;
}

function assemble(board: BoardParts, core: TerminalCore): Pad {
  const { clock } = board;
  const { config, journal, identity, tap } = core;
  const ruleset = config.ruleset;
  const parts = ruleset[Header.DisplayDecimals] > 0 ? 100 : 1;
  const unitRial = Math.floor(getUint(ruleset, Header.DisplayDivisor, 2) / parts);
  const model = createPadModel();
  const isIdle = () => isAtRest(model) && !tap.isOpen();
  const down = downSync(board, core, isIdle);
  const sync = createOnDemand(
    board.serial,
    () => lazily(createSync)(board.serial, journal, board.aes, board.crc32, config, clock, down),
    () => false,
  );
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
    fillPercent: journal.fillPercent,
    syncedUnixSeconds: () => down.syncedUnixSeconds,
    isStale: () => core.orders.capRial(clock.unixSeconds()) < MAX_RIAL,
    // Of hundredths nobody speaks.
    room: parts > 1 ? undefined : board.room,
  });
  return createPad({
    clock,
    keypad: board.keypad,
    tones: createTones(board.buzzer, board.light),
    tap,
    sync,
    views,
    model,
    unitRial,
    tidyUp: journal.eraseAhead,
    rate: core.rate,
    staff: core.staff,
    pages: pagesOf(board, core, model, unitRial, views.assets),
    mustRestart: () => down.isRestartWanted && isIdle(),
    till: board.createTill?.(board, core, model),
  });
}

function downSync(board: BoardParts, core: TerminalCore, isIdle: () => boolean): DownSync {
  return {
    aes: board.aes,
    clock: board.clock,
    flash: board.flash,
    journal: core.journal,
    intents: core.intents,
    config: core.config,
    store: core.store,
    settings: core.settings,
    lists: core.lists,
    staged: emptyBlob(),
    isIdle,
    isRestartWanted: false,
    syncedUnixSeconds: 0,
  };
}

function pagesOf(
  { room, clock }: BoardParts,
  { history, journal, tap }: TerminalCore,
  model: PadModel,
  unitRial: number,
  assets: () => string,
): CounterPages | undefined {
  if (room === undefined || history === undefined) return undefined;
  const purchase = tap.purchase;
  return room.createPages({ model, journal, clock, purchase, history, unitRial, assets });
}

/** Shows the reason with its code for the technician. */
export function showStop(board: BoardParts, reason: StopReason): void {
  const screen = createScreen(board.display, board.assets, () => "");
  screen.line(0, `E${reason.status}`);
  screen.draw(reason.screenId, 1, LINE_COUNT);
  screen.finish();
}
