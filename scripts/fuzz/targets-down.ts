/** What comes down to a pad, rightly sealed, yet anything: blobs, lists in flash, card patches. */
import type { TerminalKeys } from "../../back-office/batch";
import { LinkError } from "../../back-office/link";
import { pushBlob } from "../../back-office/push";
import { createRamFlash, createRandom, nodeAes, World } from "../../back-office/test-world";
import { Status } from "../../card-layout/status";
import { createPatch, decodePatch, encodePatch, PATCH_BYTES } from "../../firmware/core/card-patch";
import { crc32 } from "../../firmware/core/crc32";
import { checkLists, LISTED_PATCH_BYTES, ListsField } from "../../firmware/core/lists-format";
import { MAX_RIAL } from "../../firmware/core/money";
import { BlobKind } from "../../firmware/core/sync-messages";
import {
  CONFIG_BYTES,
  checkSettings,
  encodeTerminalConfig,
} from "../../firmware/core/terminal-config";
import { createCopies, createCopyStore } from "../../firmware/storage/copies";
import { createLists } from "../../firmware/storage/lists";
import { createSettingsStore } from "../../firmware/storage/settings-store";
import { type FuzzTarget, promise } from "./fuzz-target";

const VERSION = 2;
const PAGE_BYTES = 4096;
/** Halving a full list takes twelve; the head is read once more. */
const READS_MAX = 20;

/** Two blocked cards and two patches. */
function someLists(): Uint8Array {
  const content = new Uint8Array(ListsField.SizeBytes + 2 * 5 + 2 * LISTED_PATCH_BYTES);
  const view = new DataView(content.buffer);
  content[ListsField.Format] = 1;
  view.setUint16(ListsField.StaleAfterHours, 48, true);
  view.setUint16(ListsField.BlockedCount, 2, true);
  view.setUint16(ListsField.PatchCount, 2, true);
  content.set([1, 0, 0, 0, 0, 9, 0, 0, 0, 1], ListsField.SizeBytes);
  const patch = [7, 0, 0, 0, 0, 1, 0, 4, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  content.set(patch, ListsField.SizeBytes + 10);
  patch[5] = 2;
  content.set(patch, ListsField.SizeBytes + 10 + LISTED_PATCH_BYTES);
  return content;
}

function someSettings(): Uint8Array {
  const out = new Uint8Array(CONFIG_BYTES);
  return out.slice(0, encodeTerminalConfig(new World(createRandom(7)).config, out));
}

export const downBlob: FuzzTarget = {
  name: "down-blob",
  promise: "whatever the office seals: a pad takes the whole of it as it is, or keeps what it had",
  // The first byte says what the rest is.
  seeds: () => [
    Uint8Array.of(BlobKind.Settings, ...someSettings()),
    Uint8Array.of(BlobKind.Lists, ...someLists()),
  ],
  run: async (input) => {
    const kind = (input[0] ?? 0) % 2 === 0 ? BlobKind.Settings : BlobKind.Lists;
    const content = input.slice(1);
    const world = new World(createRandom(7));
    const copies = kind === BlobKind.Settings ? world.down.settings : world.down.lists;
    const link = world.createLink();
    const keys = world.config as unknown as TerminalKeys;
    const pad = await world.run(link.hello());
    let refusal = 0;
    try {
      const blob = { kind, version: VERSION, content };
      await world.run(pushBlob(link, keys, pad, blob, undefined, nodeAes));
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      refusal = error.status ?? -1;
    }
    const isTaken = copies.version === VERSION;
    const judged =
      kind === BlobKind.Settings ? checkSettings(content) : checkLists(content, content.length);
    promise(isTaken || copies.version === 0, `version ${copies.version} came of it`);
    promise(!isTaken || judged === Status.Ok, "taken, and not understood");
    if (isTaken) {
      const held = Uint8Array.from(world.down.store.content(copies) as Uint8Array);
      promise(Buffer.compare(held, content) === 0, "other content is held than was sent");
    }
    return `${kind} ${isTaken} ${refusal}`;
  },
};

export const listsFlash: FuzzTarget = {
  name: "lists-flash",
  promise: "whatever the lists hold, a card is looked up soon, and a patch found is that card's",
  seeds: () => [someLists()],
  run: (input) => {
    // The pad stores no others.
    const judged =
      input.length < ListsField.SizeBytes ? Status.Malformed : checkLists(input, input.length);
    if (judged !== Status.Ok) return `refused ${judged}`;
    const plain = createRamFlash(PAGE_BYTES, 2);
    const status = createSettingsStore(plain, 0, 1, 1, crc32).store(1, input, input.length);
    if (status !== Status.Ok) return `status ${status}`;
    let reads = 0;
    const read = plain.read.bind(plain);
    const flash = {
      ...plain,
      read: (...words: Parameters<typeof read>) => {
        promise(++reads < READS_MAX, "reads without end");
        const [address, , , lengthBytes] = words;
        promise(address + lengthBytes <= 2 * PAGE_BYTES, "reads outside of the flash");
        read(...words);
      },
    };
    const copies = createCopies(0, 1, 1);
    createCopyStore(plain, crc32).load(copies);
    const lists = createLists(flash, copies);
    const soon = <T>(look: () => T): T => {
      reads = 0;
      return look();
    };
    const capRial = soon(() => lists.capRial(1_760_000_000));
    promise(capRial >= 0 && capRial <= MAX_RIAL, `a cap of ${capRial} rial`);
    const patch = new Uint8Array(LISTED_PATCH_BYTES);
    const found = [1, 7, 9].map((serial) => {
      const isThere = soon(() => lists.readPatch(serial, 1, patch));
      const names = new DataView(patch.buffer).getUint32(0, true) === serial && patch[5] === 1;
      promise(!isThere || names, "another card's patch");
      return `${isThere}${soon(() => lists.isBlocked(serial, 0))}`;
    });
    return `${found} ${capRial === MAX_RIAL}`;
  },
};

export const cardPatch: FuzzTarget = {
  name: "card-patch",
  promise: "a patch is refused, or has exactly this form",
  seeds: () => [someLists().slice(-PATCH_BYTES)],
  run: (input) => {
    const bytes = new Uint8Array(PATCH_BYTES);
    bytes.set(input.subarray(0, PATCH_BYTES));
    const patch = createPatch();
    const status = decodePatch(bytes, 0, patch);
    if (status !== Status.Ok) return String(status);
    const out = new Uint8Array(PATCH_BYTES);
    promise(encodePatch(patch, out, 0) === Status.Ok, "read, and cannot be written");
    promise(Buffer.compare(out, bytes) === 0, "two forms");
    return `kind ${patch[3]}`;
  },
};
