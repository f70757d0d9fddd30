/** The MFRC522 driver on the simulated chip: every operation, every refusal. */
import { test } from "uvu";
import { startedBench } from "./reader-bench";
import { READER_CONTRACT } from "./test-reader-contract";

for (const [name, check] of READER_CONTRACT) test(name, () => check(startedBench));

test.run();
