/** A technician's session: the port, the pad behind it, and the code that opens it. */

import { type ClubKeys, readKeyFile } from "../../back-office/keys";
import type { ByteStream } from "../../back-office/link";
import { UserError } from "../../back-office/user-error";
import { createPortableAes } from "../../card-layout/aes128";
import type { BoardProfile } from "../../firmware/boards/board-profile";
import { BOARD_PROFILES } from "../../firmware/boards/board-profiles";
import { openSerialLine } from "../cli/serial-line";
import { BoardConsole } from "./board-console";
import { serviceCode } from "./service-code";

export interface SessionOptions {
  port: string;
  baud: number;
  /** Undefined: whichever the interpreter says it is. */
  board?: string;
  /** The one-time code, where the pad wants one. */
  code?: string;
  /** Key file, from which the code can be made. */
  keys?: string;
}

export interface Session {
  board: BoardConsole;
  profile: BoardProfile;
  keys: ClubKeys | undefined;
}

interface Interpreter {
  board: string;
  version: string;
}

const LEAST_VERSION = 2.25;
const NO_ANSWER =
  "nothing answers. A pad in use keeps its console closed: switch it off, hold the key D while " +
  "switching it on until it hums, and try again. A new board: is Espruino on it, is the speed " +
  "right?";

/** Opens the port, does the work, and closes it whatever comes of it. */
export async function withSession<T>(
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const keys = options.keys === undefined ? undefined : readKeyFile(options.keys);
  const line = await openSerialLine(options.port, options.baud);
  try {
    const working = openBoard(line.stream, options, keys).then(work);
    return await Promise.race([working, line.lost]);
  } finally {
    await line.close();
  }
}

/** Gets through to the interpreter and makes sure which board it is. */
export async function openBoard(
  stream: ByteStream,
  options: SessionOptions,
  keys: ClubKeys | undefined,
): Promise<Session> {
  const board = new BoardConsole(stream);
  await open(board, options, keys);
  const interpreter = await board.evaluate<Interpreter>(
    "{board:process.env.BOARD,version:process.env.VERSION}",
  );
  return { board, profile: profileOf(interpreter, options.board), keys };
}

async function open(
  board: BoardConsole,
  { port, code }: SessionOptions,
  keys: ClubKeys | undefined,
): Promise<void> {
  const pad = (await board.knock()) ?? (await board.knock());
  if (pad === "open") return;
  if (pad === undefined) throw new UserError(`${port}: ${NO_ANSWER}`);
  const { terminalId, service } = pad;
  const given = code ?? codeFrom(keys, terminalId, service);
  const who = `terminal ${terminalId} asks for the code of service ${service}`;
  if (given === undefined) {
    throw new UserError(
      `${who}: give it with --code (the office has it: clubpad board code --keys FILE ` +
        `--terminal ${terminalId} --service ${service}), or give the key file with --keys`,
    );
  }
  if (!(await board.unlock(given))) throw new UserError(`${who}, and it is not this one`);
}

function codeFrom(
  keys: ClubKeys | undefined,
  terminalId: number,
  service: number,
): string | undefined {
  if (keys === undefined || service === 0) return undefined;
  return serviceCode(createPortableAes(), keys, terminalId, service);
}

function profileOf(interpreter: Interpreter, name: string | undefined): BoardProfile {
  const { board, version } = interpreter;
  const number = Number(version.replace("v", ".").split(".").slice(0, 2).join("."));
  if (number < LEAST_VERSION) {
    throw new UserError(`Espruino ${version} is too old; put 2v29 or a newer one on the board`);
  }
  const found = BOARD_PROFILES.find((profile) => profile.interpreter === board);
  const named = BOARD_PROFILES.find((profile) => profile.name === name);
  if (named === undefined) {
    if (found !== undefined) return found;
    throw new UserError(`this interpreter calls itself ${board}: say what it is with --board`);
  }
  // A build of one's own may have another name, but never that of another board.
  if (found === undefined || named.interpreter === board) return named;
  throw new UserError(`this is a ${found.name} (${board}), not a ${named.name}`);
}
