/**
 * The alphabet of what may go wrong in the quick world, and the one count of places where it may.
 * Every frame on the air, every EEPROM write, every word programmed and every page erased is one
 * place; a plan says at which places what happens. All else is undisturbed, so a run is told by
 * its plan.
 */
import { STUCK, TEAR_MODELS, type TearModel } from "../eeprom";
import type { EraseTear, ProgramTear } from "../nor-flash";

export const enum PlaceKind {
  /** A frame and its answer. */
  Exchange,
  /** The second part of decrement or restore, to which silence is the good answer. */
  Operand,
  EepromWrite,
  FlashWord,
  FlashErase,
}

/**
 * What becomes of one exchange. `pull`: the card leaves; `cut`: the pad loses power. Either happens
 * before the exchange, which is after the one before.
 */
export const EXCHANGE_FAULTS = [
  "commandLost",
  "answerLost",
  "commandBitError",
  "answerBitError",
  "pull",
  "cut",
] as const;
/**
 * After an operand that the card never heard, the NAK to the next command decrypts to any of 16
 * values: `commandLost` draws one that is no ACK, `commandLostFalseAck` is the sixteenth case.
 */
export const OPERAND_FAULTS = [
  "commandLost",
  "commandLostFalseAck",
  "commandBitError",
  "pull",
  "cut",
] as const;

export type ExchangeFaultName = (typeof EXCHANGE_FAULTS)[number] | (typeof OPERAND_FAULTS)[number];

/**
 * The card leaves in the middle of an EEPROM write; with `Cut`, because the pad lost power.
 * `stuck`: it stays and acknowledges, but one cell has not taken it.
 */
export type EepromFaultName = TearModel | `${TearModel}Cut` | typeof STUCK;
export const EEPROM_FAULTS: readonly EepromFaultName[] = [
  STUCK,
  ...TEAR_MODELS,
  ...TEAR_MODELS.map((model): EepromFaultName => `${model}Cut`),
];

export const FLASH_WORD_FAULTS: readonly ProgramTear[] = ["nothing", "some", "all", "weak"];
export const FLASH_ERASE_FAULTS: readonly EraseTear[] = ["before", "half", "unstable"];

export type FaultName = ExchangeFaultName | EepromFaultName | ProgramTear | EraseTear;

/** Index = PlaceKind. */
export const FAULTS_OF_KIND: readonly (readonly FaultName[])[] = [
  EXCHANGE_FAULTS,
  OPERAND_FAULTS,
  EEPROM_FAULTS,
  FLASH_WORD_FAULTS,
  FLASH_ERASE_FAULTS,
];

export interface PlannedFault {
  /** 1 = the first place of the run. */
  readonly place: number;
  readonly fault: FaultName;
}

/** Where faults come from: a plan, or chance. */
export interface FaultSource {
  /**
   * The fault at the next place. `what` and `where` describe it: the command and block of an
   * exchange, nothing and the block of an EEPROM write, the pad and the address in its flash.
   */
  take(kind: PlaceKind, what: number, where: number): FaultName | undefined;
}

export interface Place {
  readonly kind: PlaceKind;
  readonly what: number;
  readonly where: number;
}

/** Counts the places of a run, over all its pads and cards, and hands out what is planned. */
export class FaultPlan implements FaultSource {
  /** Places passed so far. */
  count = 0;
  /** The places passed, index 0 = place 1, when `isRecording`. */
  readonly places: Place[] = [];
  private next = 0;

  /** `faults` in ascending order of their places. */
  constructor(
    readonly faults: readonly PlannedFault[] = [],
    private readonly isRecording = false,
  ) {}

  take(kind: PlaceKind, what: number, where: number): FaultName | undefined {
    this.count++;
    if (this.isRecording) this.places.push({ kind, what, where });
    const planned = this.faults[this.next];
    if (planned === undefined || planned.place !== this.count) return undefined;
    this.next++;
    if (!FAULTS_OF_KIND[kind].includes(planned.fault)) {
      throw new RangeError(`place ${planned.place} is none for ${planned.fault}`);
    }
    return planned.fault;
  }

  /** True when every planned place was reached. */
  get isSpent(): boolean {
    return this.next === this.faults.length;
  }
}
