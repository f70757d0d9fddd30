/**
 * The boards as data: what is wired where, which flash pages hold what, and what a board is short
 * of. The entry files beside this one are written from it (scripts/board/entry-source.ts), and so
 * are the technician's tables and pictures. Nothing of it goes into a bundle.
 */
import type { FlashPlan } from "./flash-plan";

/** Pins by the names that the interpreter gives them. First row and first column first. */
export interface BoardPins {
  readonly sck: string;
  readonly miso: string;
  readonly mosi: string;
  readonly readerSelect: string;
  readonly scl: string;
  readonly sda: string;
  readonly keyRows: readonly string[];
  readonly keyColumns: readonly string[];
  readonly buzzer: string;
  readonly light: string;
  readonly rx: string;
  readonly tx: string;
  /** Of the line to a till, on boards that have one. */
  readonly tillRx?: string;
  readonly tillTx?: string;
}

/** Pages that lie one behind the other. */
export interface FlashRegion {
  /** Of the first page, as `require("Flash")` counts. */
  readonly address: number;
  readonly pageCount: number;
  /** From one page to the next; less than the plan's page where only settings have to fit. */
  readonly strideBytes: number;
  /** False: written once, and blank again only when all of Storage is erased. */
  readonly isErasable: boolean;
}

/** Raw NOR pages outside the interpreter's files, pinned: `Flash.getFree()` cannot be trusted. */
export interface BoardFlash {
  /** Name of the plan in flash-plan.ts. */
  readonly planName: string;
  readonly plan: FlashPlan;
  /** The plan's pages in order. */
  readonly regions: readonly FlashRegion[];
  /**
   * Where pages lie inside Storage: the file around them, which must be the first one there. It is
   * made once and never written as a file.
   */
  readonly storageFile?: { readonly name: string; readonly sizeBytes: number };
}

/** What the interpreter's files lie in. */
export interface BoardStorage {
  readonly address: number;
  readonly sizeBytes: number;
}

export interface BoardProfile {
  /** Of the entry file, the folder in build/ and on the command line. */
  readonly name: string;
  readonly title: string;
  readonly controller: string;
  /** `process.env.BOARD` of its interpreter. */
  readonly interpreter: string;
  /** Of 12 to 16 bytes; the bundle may have 60 % of them. */
  readonly variables: number;
  /** The bundle is no longer; a ratchet, moved with a reason in the profile. */
  readonly bundleBytes: number;
  readonly storage: BoardStorage;
  readonly flash: BoardFlash;
  /** `portable`: the interpreter has no AES, so the bundle brings its own, which is slow. */
  readonly aes: "native" | "portable";
  /** Chip behind the reader's SPI bus. */
  readonly reader: "mfrc522" | "pn532";
  readonly buses: {
    readonly spi: string;
    readonly i2c: string;
    /** To the back office. */
    readonly serial: string;
    /** To a till (docs/pos-link.md); a board without one carries nothing of the link. */
    readonly till?: string;
  };
  readonly pins: BoardPins;
  /** How the console is reached, for people. */
  readonly console: string;
  /** The pins as they stand on the board seen from above, for the picture: left and right edge. */
  readonly edges: { readonly left: readonly string[]; readonly right: readonly string[] };
  /** What is printed on the board beside a pin, where that is not its name. */
  readonly printed: Readonly<Record<string, string>>;
  /** What a technician has to know before buying it. */
  readonly limits: readonly string[];
}
