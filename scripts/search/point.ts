/** The name of one run, by which anybody can have it again: world, case, route and faults. */
import { UserError } from "../../back-office/user-error";
import { FAULTS_OF_KIND, type FaultName, type PlannedFault } from "../../host-sim/quick/faults";
import { RETURNS, type Return } from "./run-tap";
import { TAP_CASES, type TapCase } from "./tap-case";

export const WORLDS = ["quick", "full"] as const;
export type WorldName = (typeof WORLDS)[number];

export interface Point {
  readonly world: WorldName;
  readonly tapCase: TapCase;
  readonly route: Return;
  /** In ascending order of their places. */
  readonly faults: readonly PlannedFault[];
}

const FAULT_NAMES = new Set<string>(FAULTS_OF_KIND.flat());

/** `quick/sale/same/104:erased,151:cut`. */
export function pointText({ world, tapCase, route, faults }: Point): string {
  const list = faults.map(({ place, fault }) => `${place}:${fault}`).join(",");
  return [world, tapCase.name, route, list].join("/");
}

/** Refuses with a sentence what `pointText` never writes. */
export function parsePoint(text: string): Point {
  const [world, caseName, route, list = ""] = text.split("/");
  const tapCase = TAP_CASES.find(({ name }) => name === caseName);
  if (tapCase === undefined) throw refusal(text, `kinds of tap are ${caseNames()}`);
  if (!isOneOf(WORLDS, world)) throw refusal(text, `worlds are ${WORLDS.join(", ")}`);
  if (!isOneOf(RETURNS, route)) throw refusal(text, `cards return ${RETURNS.join(", ")}`);
  const faults = list === "" ? [] : list.split(",").map((each) => parseFault(text, each));
  return { world, tapCase, route, faults };
}

export function caseNames(): string {
  return TAP_CASES.map(({ name }) => name).join(", ");
}

function parseFault(text: string, each: string): PlannedFault {
  const [, place, fault] = /^(\d+):(\w+)$/.exec(each) ?? [];
  if (fault === undefined || !FAULT_NAMES.has(fault)) {
    throw refusal(text, `"${each}" is no fault; write a place and a name, as in 104:erased`);
  }
  return { place: Number(place), fault: fault as FaultName };
}

function refusal(text: string, reason: string): UserError {
  return new UserError(`"${text}" names no run: ${reason}`);
}

function isOneOf<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}
