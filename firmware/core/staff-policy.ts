/** What the ruleset says of staff: who must log in, and what needs a supervisor's approval. */
import type { Bytes } from "../../card-layout/bytes";
import { type Purchase, TapKind } from "./evaluate";
import { decimalAt } from "./ruleset";
import { Header, StaffFlag } from "./ruleset-format";

/** What is asked for, before the card is known or after. */
type Asked = Pick<Purchase, "kind" | "grossRial" | "askedCreditRial" | "approver">;

/** Nobody uses the pad before a staff card was shown. */
export function isLoginRequired(ruleset: Bytes): boolean {
  return ruleset[Header.Staff] % 2 === StaffFlag.LoginRequired;
}

/** It needs a supervisor's approval, and has none. */
export function isUnapproved(ruleset: Bytes, asked: Asked): boolean {
  const kind = asked.kind;
  if (asked.approver !== 0) return false;
  if (kind === TapKind.Grant || isAboveLimit(ruleset, asked)) return true;
  const isListed = kind >= TapKind.Refund && kind <= TapKind.Renew;
  return isListed && Math.floor(ruleset[Header.Staff] / KIND_BITS[kind]) % 2 === 1;
}

/** More than a cashier may do alone comes back, is loaded, granted, or paid with credit. */
export function isAboveLimit(ruleset: Bytes, asked: Asked): boolean {
  const limitRial = decimalAt(ruleset, Header.ApproveAbove);
  const amountRial = asked.kind === TapKind.Sale ? asked.askedCreditRial : asked.grossRial;
  return limitRial > 0 && amountRial > limitRial;
}

/** The bits of `StaffFlag` by `TapKind`, from `Refund` to `Renew`. */
const KIND_BITS = [0, 0, 0, 0, 2, 4, 8, 16, 32, 64];
