/** The pages of the counter, on boards with room for them. An entry file without it has none. */
import { amountWords } from "../app/amount-words";
import { createCardHistory } from "../app/card-history";
import { createCounterPages } from "../app/counter-pages";
import type { CounterRoom } from "./terminal";

export const COUNTER_ROOM: CounterRoom = {
  createHistory: createCardHistory,
  createPages: createCounterPages,
  wordsOf: amountWords,
};
