/** What `clubpad sim screens` does: pictures of all screens, as documents and tests use them. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { LANGUAGES, type Language } from "../../host-sim/device-assets";
import { drawScreens } from "../../host-sim/screen-gallery";
import { screenPng } from "../../host-sim/screen-png";

export interface SimScreensOptions {
  out: string;
  language?: Language;
}

export function simScreens(options: SimScreensOptions): void {
  for (const language of options.language === undefined ? LANGUAGES : [options.language]) {
    const folder = path.join(options.out, language);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const pictures = drawScreens(language);
    for (const { name, display } of pictures) {
      writeFileSync(path.join(folder, `${name}.png`), screenPng(display));
    }
    console.log(`${folder}: ${pictures.length} screens`);
  }
}
