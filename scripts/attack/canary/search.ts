/** The search of one genuine card as a program, for firmware that was changed by `register.mjs`. */
import { DEFAULT_LIMITS, runSearch } from "../run-search";

const [tapRuns, seed] = process.argv.slice(2);
const options = { ...DEFAULT_LIMITS, tapRuns: Number(tapRuns), seed };
process.stdout.write(JSON.stringify(runSearch("one genuine card", options, false)));
