/** `clubpad sim`: the simulated club. */
import type { Command } from "commander";
import { registerSimPad } from "./sim-pad";
import { registerSimRun } from "./sim-run";

export function registerSim(program: Command): void {
  const sim = program.command("sim").description("operate the simulated club");
  registerSimRun(sim);
  registerSimPad(sim);
}
