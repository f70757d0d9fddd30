/** `clubpad sim`: the simulated club. */
import type { Command } from "commander";

export function registerSim(program: Command): void {
  program.command("sim").description("operate the simulated club");
}
