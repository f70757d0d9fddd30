/**
 * SSD1306 display controller, 128 x 64, over I2C in page addressing mode (Solomon Systech SSD1306
 * data sheet, revision 1.1; table and section numbers below).
 */
import type { Display } from "../hal/display";
import type { I2cDevice } from "../hal/i2c";

/** Control byte before commands and before display data (8.1.5.2, Co = 0). */
const COMMANDS = "\x00";
const DATA = "\x40";

/**
 * Start-up sequence, table 9 and application note figure 2: display off; clock 80h; multiplex 64;
 * offset 0; start line 0; charge pump on; page addressing; columns and rows mirrored, as modules
 * are built; COM pins alternative; contrast; precharge; VCOMH; show RAM; not inverted; display on.
 */
const START_UP =
  "\xae\xd5\x80\xa8\x3f\xd3\x00\x40\x8d\x14\x20\x02\xa1" +
  "\xc8\xda\x12\x81\xcf\xd9\xf1\xdb\x40\xa4\xa6\xaf";

/** Commands B0h + page, 00h + low nibble, 10h + high nibble of the column (10.1.1 to 10.1.13). */
const SET_PAGE = 0xb0;
const SET_COLUMN_HIGH = 0x10;

export function createSsd1306(bus: I2cDevice): Display {
  return {
    initialise: () => bus.write(COMMANDS + START_UP),
    drawColumns: (pageIndex, columnIndex, columns) => {
      const high = Math.floor(columnIndex / 16);
      bus.write(
        COMMANDS +
          String.fromCharCode(SET_PAGE + pageIndex, columnIndex % 16, SET_COLUMN_HIGH + high),
      );
      bus.write(DATA + columns);
    },
  };
}
