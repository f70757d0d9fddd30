/**
 * A 4 x 4 key matrix, scanned row by row. A key counts when two scans in a row see it alone; two
 * keys at once count as none, because a matrix without diodes cannot tell them from three.
 */
import { type Keypad, NO_KEY } from "../hal/keypad";
import type { MatrixPins } from "../hal/matrix-pins";
import { KEY_SCAN_MS } from "../limits";

/** As printed on the common membrane pad, row by row. */
const LEGEND = "123A456B789C*0#D";

export function createMatrixKeypad(pins: MatrixPins): Keypad {
  let nextScanMs = 0;
  let seen = NO_KEY;
  let reported = NO_KEY;
  return {
    poll: (nowMs) => {
      if (nowMs < nextScanMs) return NO_KEY;
      nextScanMs = nowMs + KEY_SCAN_MS;
      let key = NO_KEY;
      let pressedCount = 0;
      for (let row = 0; row < 4; row++) {
        pins.driveRows(1 << row);
        let columns = pins.readColumns();
        for (let column = 0; columns > 0; column++) {
          if (columns % 2 === 1) {
            pressedCount++;
            key = pressedCount === 1 ? LEGEND.charCodeAt(row * 4 + column) : NO_KEY;
          }
          columns >>= 1;
        }
      }
      pins.driveRows(0);
      const isSteady = key === seen;
      seen = key;
      if (!isSteady || key === reported) return NO_KEY;
      reported = key;
      return key;
    },
  };
}
