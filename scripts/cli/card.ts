/** `clubpad card`: card images, read for people and made for new cards. */
import type { Command } from "commander";
import { registerCardIssue } from "./card-issue";
import { registerCardReissue } from "./card-reissue";
import { registerCardShow } from "./card-show";

export function registerCard(program: Command): void {
  const card = program.command("card").description("show and issue card images (.mfd)");
  registerCardShow(card);
  registerCardIssue(card);
  registerCardReissue(card);
}
