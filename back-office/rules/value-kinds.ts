/** What the number of a condition stands for, so that it can be written as people write it. */
import { Field } from "../../firmware/core/ruleset-format";

export type ValueKind =
  | "money"
  | "date"
  | "time"
  | "weekday"
  | "month"
  | "ratio"
  | "cardKind"
  | "gender"
  | "yesNo"
  | "birthday"
  | "count";

const KINDS: Readonly<Record<number, ValueKind>> = {
  [Field.Gross]: "money",
  [Field.Net]: "money",
  [Field.Average]: "money",
  [Field.PeriodSpend]: "money",
  [Field.Credit]: "money",
  [Field.Debt]: "money",
  [Field.Day]: "date",
  [Field.Minute]: "time",
  [Field.DayOfWeek]: "weekday",
  [Field.JalaliMonth]: "month",
  [Field.Ratio]: "ratio",
  [Field.Kind]: "cardKind",
  [Field.Gender]: "gender",
  [Field.NewVisit]: "yesNo",
  [Field.BirthdayClaimed]: "yesNo",
  [Field.BirthdayDelta]: "birthday",
};

export function kindOfValue(field: number): ValueKind {
  if (field >= Field.CategoryAmount && field < Field.End) return "money";
  return KINDS[field] ?? "count";
}
