/** Numbers, times and lists in English. */

export function number(value: number): string {
  return inDecimals(value, 0);
}

/** With so many decimals at least. */
export function inDecimals(value: number, minimumFractionDigits: number): string {
  return value.toLocaleString("en-US", { minimumFractionDigits });
}

export function clock(minute: number): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

export function count(amount: number, noun: string): string {
  return `${number(amount)} ${noun}${amount === 1 ? "" : "s"}`;
}

export function list(items: string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
