/** Every parser of something from outside, in one table. */
import type { FuzzTarget } from "./fuzz-target";
import { cardImage, cardRecords } from "./targets-card";
import { cardPatch, downBlob, listsFlash } from "./targets-down";
import { keyFile, recordId, rulesBytes, rulesFile, scenarioFile } from "./targets-files";
import { journalFlash, journalForged, settingsFlash, terminalConfig } from "./targets-flash";
import { batch, cose, journalEntry, officeLine, padLine, syncFrame } from "./targets-line";
import { radioDriver, tapResults } from "./targets-radio";
import { tillClient, tillLine, tillRequest } from "./targets-till";

export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  ...[cardImage, cardRecords],
  ...[padLine, officeLine, syncFrame, batch, cose, journalEntry],
  ...[tillLine, tillRequest, tillClient],
  ...[journalFlash, journalForged, settingsFlash, terminalConfig, rulesBytes],
  ...[downBlob, listsFlash, cardPatch],
  ...[radioDriver, tapResults],
  ...[rulesFile, scenarioFile, keyFile, recordId],
];
