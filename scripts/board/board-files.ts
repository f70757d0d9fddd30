/** What stands in the tree but is made from the board profiles; a test compares the two. */
import { BOARD_PROFILES } from "../../firmware/boards/board-profiles";
import { entrySource } from "./entry-source";
import { wiringPicture } from "./wiring-picture";

/** File name, relative to the project -> content. */
export function boardFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const profile of BOARD_PROFILES) {
    files.set(`firmware/boards/${profile.name}.ts`, entrySource(profile));
    files.set(`docs/pictures/wiring-${profile.name}.svg`, wiringPicture(profile));
  }
  return files;
}
