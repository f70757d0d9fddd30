import { type Bytes, getUint } from "../../card-layout/bytes";
import { businessDay, minuteOfDay } from "../core/calendar";
import type { Purchase } from "../core/evaluate";
import { Header } from "../core/ruleset-format";

/** Sets day and minute by the local time and the business day that the ruleset asks for. */
export function datePurchase(purchase: Purchase, ruleset: Bytes, unixSeconds: number): void {
  const offsetMinutes = getUint(ruleset, Header.OffsetMinutes, 2);
  const cutoffMinute = getUint(ruleset, Header.CutoffMinute, 2);
  purchase.day = businessDay(unixSeconds, offsetMinutes, cutoffMinute);
  purchase.minute = minuteOfDay(unixSeconds, offsetMinutes);
}
