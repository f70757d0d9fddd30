/** Makes a run that shows a violation as short as it can be while it still shows one. */
import { UserError } from "../../back-office/user-error";
import type { FaultName, PlannedFault } from "../../host-sim/quick/faults";
import { searchOf } from "./case-search";
import type { Point } from "./point";

/** What is told more easily takes the place of what is told less easily. */
const PLAINER: Partial<Record<FaultName, readonly FaultName[]>> = {
  commandLostFalseAck: ["pull", "commandLost"],
  commandLost: ["pull"],
  answerLost: ["pull"],
  commandBitError: ["pull"],
  answerBitError: ["pull"],
  weakBits: ["erased", "newUnacknowledged", "old"],
  partlyErased: ["erased"],
  partlyProgrammed: ["erased"],
  weakBitsCut: ["erasedCut", "newUnacknowledgedCut", "oldCut"],
  partlyErasedCut: ["erasedCut"],
  partlyProgrammedCut: ["erasedCut"],
  some: ["nothing", "all"],
  weak: ["nothing", "all"],
  half: ["before"],
  unstable: ["before"],
};

export function shrink(point: Point): Point {
  let shortest = point;
  for (let i = point.faults.length - 1; i >= 0; i--) {
    const without = { ...shortest, faults: shortest.faults.filter((_, index) => index !== i) };
    if (isViolated(without)) shortest = without;
  }
  const same = { ...shortest, route: "same" } as const;
  if (shortest.world === "quick" && isViolated(same)) shortest = same;
  shortest.faults.forEach((fault, index) => {
    for (const plainer of PLAINER[fault.fault] ?? []) {
      const faults: PlannedFault[] = [...shortest.faults];
      faults[index] = { place: fault.place, fault: plainer };
      if (!isViolated({ ...shortest, faults })) continue;
      shortest = { ...shortest, faults };
      return;
    }
  });
  return shortest;
}

function isViolated(point: Point): boolean {
  try {
    return searchOf(point.tapCase).run(point).violations.length > 0;
  } catch (error) {
    // The full simulation cannot order every fault.
    if (error instanceof UserError) return false;
    throw error;
  }
}
