/** A card whose content is a `.mfd` file: what happens to the card is soon in the file. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { UserError } from "../../back-office/user-error";
import { blankImage } from "../../host-sim/mfd";
import type { Rng } from "../../host-sim/rng";
import { readBinary, readCardImage } from "../cli/input";

/** NXP's, first byte of their 7-byte UIDs; here of a 4-byte one, as non-unique IDs may be. */
const UID_FIRST = 0x04;

export class CardFile {
  readonly image: Uint8Array;
  readonly uid: Uint8Array;
  private stored: Uint8Array;

  /** Reads the file; `isNew` makes it, a blank card by chance. */
  constructor(
    readonly path: string,
    isNew: boolean,
    rng: Rng,
  ) {
    if (isNew) {
      if (existsSync(path))
        throw new UserError(`${path} exists already; leave --new away to use it`);
      replaceFile(path, blankImage(Uint8Array.of(UID_FIRST, ...rng.bytes(3))));
    } else if (!existsSync(path)) {
      throw new UserError(`${path}: no such file; add --new to make a blank card`);
    }
    const { image, uid } = readCardImage(path);
    this.image = image;
    this.uid = uid;
    this.stored = image.slice();
  }

  /**
   * Writes the card's content if it has changed. The file is replaced as a whole, so that it holds
   * the old or the new content whatever happens. False when another program has written it in the
   * meantime: then the content goes to `<path>.sim`.
   */
  save(): boolean {
    if (isEqual(this.image, this.stored)) return true;
    const isOurs = existsSync(this.path) && isEqual(readBinary(this.path), this.stored);
    replaceFile(isOurs ? this.path : `${this.path}.sim`, this.image);
    if (isOurs) this.stored = this.image.slice();
    return isOurs;
  }
}

function replaceFile(path: string, content: Uint8Array): void {
  const temporary = `${path}.part`;
  const descriptor = openSync(temporary, "w");
  writeSync(descriptor, content);
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(temporary, path);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
