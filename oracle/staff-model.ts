/**
 * Staff as the oracle knows it: whose cards there are, who stands at which pad, who has typed the
 * right PIN there, and what nobody may do alone (rulesets/FORMAT.md, `staff`).
 */
import type { IntentContent, ShiftContent } from "./journal-content";
import { ACTION_LOG_IN, ACTION_LOG_OUT, ACTION_WRONG_PIN } from "./journal-content";
import {
  KIND_BLOCK,
  KIND_GIFT_LOAD,
  KIND_GRANT,
  KIND_PATCH,
  KIND_REFUND,
  KIND_RENEW,
  KIND_REWARD,
  KIND_VOID,
} from "./other-taps";
import { KIND_SALE } from "./tap-rules";
import { Violation } from "./violation";

/** What the shop wants of its staff. */
export interface StaffRules {
  isLoginRequired: boolean;
  /** Kinds of taps, from return to renewal, that need a supervisor. */
  supervisedKinds: readonly number[];
  /** 0 = no limit. */
  approveAboveRial: number;
}

export interface StaffMember {
  uid: string;
  /** As the journal names who is logged in. */
  number: number;
  serial: number;
  isSupervisor: boolean;
}

export const SUPERVISABLE: Readonly<Record<string, number>> = {
  return: KIND_REFUND,
  void: KIND_VOID,
  giftLoad: KIND_GIFT_LOAD,
  reward: KIND_REWARD,
  renew: KIND_RENEW,
};

/** Wrong PINs in a row that a card may have at a pad on one day. */
const MOST_TRIES = 5;
/** So many records back a pad looks for them. */
const SCANNED_RECORDS = 200;

interface Tries {
  day: number;
  count: number;
  sequence: number;
}

/** One pad's staff. */
export class PadStaff {
  /** The card that was put on last, and the supervisor who typed the right PIN last. */
  private shown: StaffMember | undefined;
  private approved: StaffMember | undefined;
  private cashier: StaffMember | undefined;
  /** Power was cut since somebody logged in: perhaps nobody is any more. */
  private isPerhapsNobody = true;
  /** It was cut since the journal was looked at. */
  private isCutUnseen = false;
  private readonly tries = new Map<number, Tries>();

  constructor(
    private readonly terminal: number,
    private readonly rules: StaffRules,
    private readonly members: ReadonlyMap<number, StaffMember>,
  ) {}

  memberOf(serial: number): StaffMember | undefined {
    return this.members.get(serial);
  }

  /** A card was put on the pad. */
  show(serial: number): void {
    this.shown = this.members.get(serial);
  }

  /** The PIN of the card that was put on last was typed, right. */
  approve(): void {
    this.approved = this.shown;
  }

  losePower(): void {
    this.isCutUnseen = true;
    this.isPerhapsNobody = true;
  }

  /** All that the journal told was taken: what comes now comes after a power cut. */
  settle(): void {
    this.isPerhapsNobody ||= this.isCutUnseen;
    this.isCutUnseen = false;
  }

  takeShift(sequence: number, shift: ShiftContent, acknowledged: number): void {
    const { action, serial, staff } = shift;
    const name = `${this.terminal}/${sequence}`;
    if (action === ACTION_LOG_IN) {
      if (this.shown?.serial !== serial || this.shown.number !== staff) {
        throw new Violation("I3", `${name} logs in ${staff}, whose card was not put on`);
      }
      this.cashier = this.shown;
      this.isPerhapsNobody = this.isCutUnseen;
    } else if (action === ACTION_LOG_OUT) {
      if (this.cashier?.number !== staff) {
        throw new Violation("I3", `${name} logs out ${staff}, who was not logged in`);
      }
      this.cashier = undefined;
    } else if (action === ACTION_WRONG_PIN) {
      this.takeWrongPin(name, sequence, shift, acknowledged);
    }
  }

  private takeWrongPin(
    name: string,
    sequence: number,
    { serial, day, tries }: ShiftContent,
    acknowledged: number,
  ): void {
    if (this.shown?.serial !== serial) {
      throw new Violation("I3", `${name}: a PIN for a card that was not put on`);
    }
    const before = this.triesOf(serial, day);
    // What is acknowledged may be erased, and what is far back is not looked for.
    const isOut = before.sequence <= acknowledged || sequence - before.sequence > SCANNED_RECORDS;
    const isRight = tries === before.count + 1 || (isOut && tries === 1);
    if (!isRight || tries > MOST_TRIES) {
      throw new Violation("I3", `${name}: wrong PIN ${tries} behind ${before.count} of that day`);
    }
    this.tries.set(serial, { day, count: tries, sequence });
  }

  private triesOf(serial: number, day: number): Tries {
    const tries = this.tries.get(serial);
    return tries?.day === day ? tries : { day, count: 0, sequence: 0 };
  }

  /** An attempt that is not a copy. */
  takeIntent(name: string, sequence: number, intent: IntentContent, acknowledged: number): void {
    const { cashier, approver, kind } = intent;
    if (cashier === 0 && this.isPerhapsNobody) this.cashier = undefined;
    if (cashier !== (this.cashier?.number ?? 0)) {
      const text = `names cashier ${cashier}, logged in is ${this.cashier?.number ?? "nobody"}`;
      throw new Violation("I3", `${name} ${text}`);
    }
    // An attempt that a power cut left open is ended, or made afresh, before anybody logs in.
    const isOffices = kind === KIND_PATCH || kind === KIND_BLOCK;
    const isLoginNeeded = this.rules.isLoginRequired && !isOffices;
    if (cashier === 0 && isLoginNeeded && !this.isPerhapsNobody) {
      throw new Violation("I3", `${name} was begun with nobody logged in`);
    }
    if (this.members.has(intent.serial) && !isOffices) {
      throw new Violation("I3", `${name} serves a staff card`);
    }
    if (approver === 0 && !this.needsApproval(intent)) return;
    const supervisor = this.members.get(approver);
    if (supervisor?.isSupervisor !== true || supervisor !== this.approved) {
      throw new Violation("I3", `${name} is not approved by who it says (${approver})`);
    }
    if (this.isAboveLimit(intent) && supervisor.number === cashier) {
      throw new Violation("I3", `${name}: ${cashier} approved what nobody may do alone`);
    }
    const { count, sequence: at } = this.triesOf(approver, intent.day);
    const isOut = at <= acknowledged || sequence - at > SCANNED_RECORDS;
    if (count >= MOST_TRIES && !isOut) {
      throw new Violation("I3", `${name} is approved with a PIN that is locked`);
    }
    this.tries.delete(approver);
  }

  /** One approval is for one tap. */
  takeCommit({ approver }: IntentContent): void {
    if (approver !== 0) this.approved = undefined;
  }

  private needsApproval(intent: IntentContent): boolean {
    const { kind } = intent;
    if (kind === KIND_GRANT || this.isAboveLimit(intent)) return true;
    return this.rules.supervisedKinds.includes(kind);
  }

  private isAboveLimit({ kind, usedRial, grossRial }: IntentContent): boolean {
    const limitRial = BigInt(this.rules.approveAboveRial);
    return limitRial > 0n && (kind === KIND_SALE ? usedRial : grossRial) > limitRial;
  }
}
