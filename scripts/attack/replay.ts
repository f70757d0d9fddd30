/**
 * A path of the search as one line, and back: for each tap the pad, the question, the card's
 * counters and the tag of its record, and where it was disturbed. A path that broke something is
 * made as short as it can be.
 */
import { UserError } from "../../back-office/user-error";
import { GARBAGE } from "./contents";
import type { Asked, CardFace, PadInput, PadStates } from "./pad-states";
import {
  facesOf,
  follow,
  type Limits,
  pathOf,
  questionsTo,
  type SearchState,
  type Step,
  type Violation,
} from "./search";
import type { Tear, TearMode } from "./tears";

interface Move {
  readonly pad: number;
  readonly input: PadInput;
}

/** Does the moves as far as the chip and the pads allow them; what they broke, if anything. */
function replay(
  states: PadStates,
  start: SearchState,
  limits: Limits,
  moves: readonly Move[],
): Violation | undefined {
  let state = start;
  for (const { pad, input } of moves) {
    if (!isAllowed(states, state, limits, pad, input)) return undefined;
    const { state: after, violation } = follow(states, state, limits, pad, input);
    if (violation !== undefined) return violation;
    state = after;
  }
  return undefined;
}

function isAllowed(
  states: PadStates,
  state: SearchState,
  limits: Limits,
  pad: number,
  { card, asked }: PadInput,
): boolean {
  const isFace = facesOf(states, state, limits).some((face) => isSameFace(face, card));
  return isFace && questionsTo(state.isOpen[pad]).includes(asked);
}

function isSameFace(one: CardFace, other: CardFace): boolean {
  return one.first === other.first && one.second === other.second && one.content === other.content;
}

/** The same failure with as few taps and disturbances as possible. */
export function shrink(
  states: PadStates,
  start: SearchState,
  limits: Limits,
  violation: Violation,
): Violation {
  let best = violation;
  let isShorter = true;
  while (isShorter) {
    isShorter = false;
    for (const moves of simpler(pathOf(best.step))) {
      const found = replay(states, start, limits, moves);
      if (found === undefined) continue;
      best = found;
      isShorter = true;
      break;
    }
  }
  return best;
}

function* simpler(path: readonly Step[]): Generator<Move[]> {
  const moves = path.map(({ pad, input }) => ({ pad, input }));
  for (let i = 0; i < moves.length; i++) yield moves.filter((_, index) => index !== i);
  for (let i = 0; i < moves.length; i++) {
    if (moves[i].input.tear === undefined) continue;
    const calm = { ...moves[i], input: { ...moves[i].input, tear: undefined } };
    yield moves.map((move, index) => (index === i ? calm : move));
  }
}

export function lineOf(states: PadStates, step: Step): string {
  return pathOf(step)
    .map(({ pad, input }) => {
      const { card, asked, tear } = input;
      const tag = states.contents.records[card.content].key.split(":")[1] ?? "none";
      const where = tear === undefined ? "" : `@${tear.mode}${tear.point}`;
      return `${pad + 1}.${asked}.${card.first}.${card.second}.${tag}${where}`;
    })
    .join(",");
}

/** Does what a line says; the last step. @throws UserError when it cannot be done. */
export function replayLine(
  states: PadStates,
  start: SearchState,
  limits: Limits,
  line: string,
): { last: Step | undefined; violation: Violation | undefined } {
  let state = start;
  let violation: Violation | undefined;
  for (const [index, word] of line.split(",").entries()) {
    const { pad, input } = readMove(states, word, index + 1);
    if (pad >= state.nodes.length) throw new UserError(`step ${index + 1}: there is no such pad`);
    if (!isAllowed(states, state, limits, pad, input)) {
      throw new UserError(`step ${index + 1}: the card's chip or the pad does not allow it`);
    }
    const after = follow(states, state, limits, pad, input);
    state = after.state;
    violation ??= after.violation;
  }
  return { last: state.step, violation };
}

const MOVE =
  /^([1-9])\.(redeem|small|cancel)\.(-?\d+)\.(-?\d+)\.(none|[0-9a-f]{10})(?:@(pull|cut)(\d+))?$/;

function readMove(states: PadStates, word: string, number: number): Move {
  const found = MOVE.exec(word);
  if (found === null) throw new UserError(`step ${number}: "${word}" is no step of a replay line`);
  const [, pad, asked, first, second, tag, mode, point] = found;
  const content = tag === "none" ? GARBAGE : contentTagged(states, tag, number);
  const tear: Tear | undefined =
    mode === undefined ? undefined : { mode: mode as TearMode, point: Number(point) };
  const card = { first: Number(first), second: Number(second), content };
  return { pad: Number(pad) - 1, input: { card, asked: asked as Asked, tear } };
}

function contentTagged(states: PadStates, tag: string, number: number): number {
  const id = states.contents.records.findIndex(({ key }) => key.endsWith(`:${tag}`));
  if (id < 0) throw new UserError(`step ${number}: no record ${tag} was seen by then`);
  return id;
}
