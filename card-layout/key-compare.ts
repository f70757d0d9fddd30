/** Finding a key in a cache of prepared keys. */
import type { Bytes } from "./bytes";

/** Stops at the first difference, unlike `equalBytes`: keys in a cache differ in their first byte
 * and each step of a loop costs time on the pad. Both keys are the pad's own, so timing tells
 * nobody anything. */
export function isSameKey(a: Bytes, b: Bytes): boolean {
  for (let i = 0; i < 16; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}
