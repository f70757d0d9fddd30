/** A ruleset as people keep it: the YAML file, or the bytes that were made of it. */

import { compileRuleset } from "../../back-office/rules/compile";
import { NO_TERMS, type OfficeTerms } from "../../back-office/rules/office-terms";
import { type RulesetView, readRuleset } from "../../back-office/rules/read-ruleset";
import { UserError } from "../../back-office/user-error";
import { readBinary } from "./input";

export interface LoadedRules {
  fileName: string;
  bytes: Uint8Array;
  view: RulesetView;
  /** Bytes, not a file that people write. */
  isCompiled: boolean;
  /** What only the office knows of the file; nothing of bytes. */
  terms: OfficeTerms;
}

/** "CR", the first bytes of everything compiled. No YAML file has a key that begins so. */
const MAGIC = "CR";

/** Throws `RulesetError` with all problems of a file, or `UserError`. */
export function loadRules(fileName: string): LoadedRules {
  const content = readBinary(fileName);
  const text = Buffer.from(content).toString("utf8");
  if (!text.startsWith(MAGIC)) {
    const { bytes, terms } = compileRuleset(text, fileName);
    return { fileName, bytes, view: readRuleset(bytes, terms), isCompiled: false, terms };
  }
  try {
    const view = readRuleset(content);
    return { fileName, bytes: content, view, isCompiled: true, terms: NO_TERMS };
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${fileName}: ${error.message}`);
    throw error;
  }
}
