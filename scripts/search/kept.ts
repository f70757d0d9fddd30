/**
 * Runs in which the search once found something, told so that they outlive changes of the firmware:
 * a fault strikes the n-th time that something happens, not at the n-th place of the run.
 *
 *     eeprom 12 #1 stuck          the first write of block 12 on the card
 *     exchange 48.16 #2 pull      the second READ (30h) of block 16
 *     operand 0.12 #1 cut         the first operand of a value command (Command.Operand)
 *     word 1 #7 some              the seventh word programmed at terminal 1
 *     erase 2 #1 half             the first page erased there
 */
import { UserError } from "../../back-office/user-error";
import {
  type FaultName,
  FaultPlan,
  type Place,
  PlaceKind,
  type PlannedFault,
} from "../../host-sim/quick/faults";
import { searchOf } from "./case-search";
import { type Point, parsePoint } from "./point";

export interface KeptRun {
  /** What was wrong. */
  readonly title: string;
  /** World, case and route, as in a replay line. */
  readonly run: string;
  readonly faults: readonly string[];
}

/** Index = PlaceKind. */
const KINDS = ["exchange", "operand", "eeprom", "word", "erase"];

/** The entry for regressions.json of a run that should be kept. */
export function keptOf(point: Point, title: string): KeptRun {
  const { world, tapCase, route, faults } = point;
  const texts = faults.map(({ place, fault }, index) => {
    const places = placesAfter(point, faults.slice(0, index));
    const name = nameOf(places[place - 1]);
    const number = places.slice(0, place).filter((each) => nameOf(each) === name).length;
    return `${name} #${number} ${fault}`;
  });
  return { title, run: `${world}/${tapCase.name}/${route}`, faults: texts };
}

/** The run of an entry. @throws UserError when a fault's place is never reached. */
export function pointOf({ title, run, faults }: KeptRun): Point {
  const point = parsePoint(`${run}/`);
  const found: PlannedFault[] = [];
  for (const text of faults) {
    const [, name, number, fault] = /^(\w+ [\d.]+) #(\d+) (\w+)$/.exec(text) ?? [];
    let left = Number(number);
    const isIt = (place: Place) => nameOf(place) === name && --left === 0;
    const index = placesAfter(point, found).findIndex(isIt);
    if (index < 0) throw new UserError(`"${title}": "${text}" is never reached`);
    found.push({ place: index + 1, fault: fault as FaultName });
  }
  return { ...point, faults: found };
}

function placesAfter({ tapCase, route }: Point, faults: readonly PlannedFault[]) {
  return searchOf(tapCase).quick.runPlan(route, new FaultPlan(faults, true)).places;
}

function nameOf({ kind, what, where }: Place): string {
  const isFlash = kind === PlaceKind.FlashWord || kind === PlaceKind.FlashErase;
  const number = kind === PlaceKind.EepromWrite ? where : isFlash ? what : `${what}.${where}`;
  return `${KINDS[kind]} ${number}`;
}
