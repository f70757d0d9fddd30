/** `clubpad board`: what a technician does with a board. A command's work is loaded when used. */
import { type Command, Option } from "commander";
import { BOARD_PROFILES } from "../../firmware/boards/board-profiles";
import { registerBoardTools } from "./board-tools";

const NAMES = BOARD_PROFILES.map(({ name }) => name);

export function registerBoard(program: Command): void {
  const board = program
    .command("board")
    .description("boards: what there is, build, flash, provision, test, read, update");
  board
    .command("list")
    .description("show the boards that pads can be built from, and what they are short of")
    .addHelpText("after", "\nExample:\n  clubpad board list")
    .action(async () => {
      const { boardList } = await import("../board/list");
      console.log(boardList(BOARD_PROFILES));
    });
  board
    .command("build")
    .description("build the bundle of a board into build/<board>")
    .addOption(new Option("--board <name>", "board").choices(NAMES).default("esp32"))
    .option("--sizes", "show the bytes of each source file")
    .addHelpText("after", "\nExample:\n  clubpad board build --board pico2")
    .action(build);
  registerBoardTools(board, NAMES);
}

async function build(options: { board: string; sizes?: boolean }): Promise<void> {
  const { boardNamed, buildBoard } = await import("../build/build-board");
  const { PROJECT_ROOT } = await import("../sim/club");
  const profile = boardNamed(options.board);
  const { lines, isWithinBudget } = await buildBoard(PROJECT_ROOT, profile, options.sizes === true);
  console.log(lines.join("\n"));
  if (!isWithinBudget) process.exitCode = 1;
}
