/**
 * A simulated SSD1306 on I2C: command decoder, page addressing, display RAM. Commands outside the
 * data sheet's tables (revision 1.1, tables 9 and charge pump application note) are errors.
 */
const COLUMNS = 128;
const PAGES = 8;
const ROWS = 64;
const CONTROL_COMMANDS = 0x00;
const CONTROL_DATA = 0x40;

/** First command code, last command code, argument count. */
const COMMANDS: readonly (readonly [number, number, number])[] = [
  [0x00, 0x1f, 0], // column start, low and high nibble
  [0x20, 0x20, 1], // memory addressing mode
  [0x40, 0x7f, 0], // start line
  [0x81, 0x81, 1], // contrast
  [0x8d, 0x8d, 1], // charge pump
  [0xa0, 0xa1, 0], // segment remap
  [0xa4, 0xa7, 0], // entire display on, inverse
  [0xa8, 0xa8, 1], // multiplex ratio
  [0xae, 0xaf, 0], // display off, on
  [0xb0, 0xb7, 0], // page start
  [0xc0, 0xc0, 0], // COM scan direction
  [0xc8, 0xc8, 0],
  [0xd3, 0xd3, 1], // offset
  [0xd5, 0xd5, 1], // clock
  [0xd9, 0xd9, 1], // precharge
  [0xda, 0xda, 1], // COM pins
  [0xdb, 0xdb, 1], // VCOMH
  [0xe3, 0xe3, 0], // NOP
];
const PAGE_ADDRESSING = 2;

export class SimSsd1306 {
  /** Display RAM, page by page; bit 0 is a page's top row. */
  readonly memory = new Uint8Array(PAGES * COLUMNS);
  isOn = false;
  /** Counts every write, so that a viewer knows when to redraw. */
  revision = 0;
  #page = 0;
  #column = 0;
  #mode = PAGE_ADDRESSING;

  /** Power-up: display off, RAM undefined (here: cleared). */
  powerOn(): void {
    this.memory.fill(0);
    this.isOn = false;
    this.revision++;
  }

  /** One I2C write after the address byte. */
  write(octets: Uint8Array): void {
    if (octets[0] === CONTROL_COMMANDS) this.#commands(octets.subarray(1));
    else if (octets[0] === CONTROL_DATA) this.#data(octets.subarray(1));
    else throw new Error(`SSD1306: control byte 0x${octets[0].toString(16)} is not 00h or 40h`);
    this.revision++;
  }

  /** True when the point is lit. */
  point(x: number, y: number): boolean {
    return this.isOn && ((this.memory[(y >> 3) * COLUMNS + x] >> (y & 7)) & 1) === 1;
  }

  static readonly widthPoints = COLUMNS;
  static readonly heightPoints = ROWS;

  #commands(codes: Uint8Array): void {
    for (let i = 0; i < codes.length; ) {
      const code = codes[i];
      const row = COMMANDS.find(([first, last]) => code >= first && code <= last);
      if (row === undefined) throw new Error(`SSD1306: unknown command 0x${code.toString(16)}`);
      if (i + row[2] >= codes.length) throw new Error("SSD1306: argument missing");
      this.#command(code, codes[i + 1]);
      i += 1 + row[2];
    }
  }

  #command(code: number, argument: number): void {
    if (code < 0x10) this.#column = (this.#column & 0xf0) | code;
    else if (code < 0x20) this.#column = (this.#column & 0x0f) | ((code & 0x07) << 4);
    else if (code === 0x20) this.#mode = argument;
    else if (code >= 0xb0 && code <= 0xb7) this.#page = code & 7;
    else if (code >= 0xae && code <= 0xaf) this.isOn = code === 0xaf;
  }

  #data(columns: Uint8Array): void {
    if (this.#mode !== PAGE_ADDRESSING)
      throw new Error("SSD1306: only page addressing is simulated");
    for (const bits of columns) {
      this.memory[this.#page * COLUMNS + this.#column] = bits;
      this.#column = (this.#column + 1) % COLUMNS;
    }
  }
}
