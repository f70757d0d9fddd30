/**
 * `test-peers.ts [WORD]` has tools that others wrote (libnfc, libfreefare, mfoc, as Debian packages
 * them) at the simulated PN532 and our cards, and a pad judge what they did. WORD: only cases with
 * it in their name. The last line is `N passed, N failed[, N skipped]`.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { PEER_CASES, type PeerCase } from "./cases";
import { PeerClub } from "./peer-club";

const PACKAGES = "libnfc-bin libnfc-examples mfoc libfreefare-bin";

async function main(word: string): Promise<number> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let isAdviceDue = false;
  for (const peerCase of PEER_CASES.filter(({ name }) => name.includes(word))) {
    const missing = peerCase.tools.filter((tool) => !isInstalled(tool));
    if (missing.length > 0) {
      counts.skipped++;
      isAdviceDue = true;
      console.log(`- ${peerCase.name}: skipped, there is no ${missing.join(", ")}`);
      continue;
    }
    const refusal = await runCase(peerCase);
    if (refusal === undefined) counts.passed++;
    else counts.failed++;
    console.log(refusal === undefined ? `. ${peerCase.name}` : `x ${peerCase.name}\n${refusal}`);
  }
  if (isAdviceDue) console.log(`The tools are in Debian's packages ${PACKAGES}.`);
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
  console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
  return counts.failed === 0 ? 0 : 1;
}

/** What went wrong, or undefined. */
async function runCase({ run }: PeerCase): Promise<string | undefined> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "clubpad-peers-"));
  try {
    await run(folder, new PeerClub());
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/^/gm, "    ");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isInstalled(tool: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${tool}`]).status === 0;
}

process.exitCode = await main(process.argv[2] ?? "");
