/** `clubpad sim`: the simulated club. */
import type { Command } from "commander";
import { registerSimRun } from "./sim-run";

export function registerSim(program: Command): void {
  const sim = program.command("sim").description("operate the simulated club");
  registerSimRun(sim);
}
