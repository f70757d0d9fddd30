/**
 * Runs in a real Espruino before the loader, for tests: the parts of a pad that Linux has not, as
 * far as a technician's commands and a starting pad touch them. The console is on a serial line,
 * raw flash in a file.
 */
Serial1.setup(115200, { path: "console" });
E.setConsole("Serial1", { force: true });

// Only `var` puts these before the interpreter's own objects.
var SPI1 = {};
var I2C1 = {};
var Serial2 = {};
var Serial3 = {};
// Interpreters for Linux have the pins up to D32.
// biome-ignore lint/correctness/noUnusedVariables: the bundle uses it
var D33 = "D33";
// biome-ignore lint/correctness/noUnusedVariables: the bundle uses it
var D34 = "D34";

(() => {
  // biome-ignore lint/style/useNodejsImportProtocol: this is the interpreter's module.
  const fs = require("fs");
  const BASE = 0x310000;
  const event = (text) => fs.appendFileSync("events", `${text}\n`);

  // An MFRC522 that is there and sees no card.
  const VERSION_REGISTER = 0x37;
  const COMMAND_REGISTER = 0x01;
  const CALCULATE_CRC = 3;
  const FIFO_DATA_REGISTER = 0x09;
  const FIFO_LEVEL_REGISTER = 0x0a;
  let registers = {};
  let fifo = [];
  const readRegister = (register) => {
    if (register === VERSION_REGISTER) return 0x92;
    if (register === FIFO_LEVEL_REGISTER) return fifo.length;
    if (register === FIFO_DATA_REGISTER) return fifo.length > 0 ? fifo.shift() : 0;
    return registers[register] || 0;
  };
  const calculateCrc = () => {
    let crc = 0x6363;
    for (const octet of fifo) {
      let folded = (octet ^ crc) & 255;
      folded = (folded ^ (folded << 4)) & 255;
      crc = (crc >> 8) ^ (folded << 8) ^ (folded << 3) ^ (folded >> 4);
    }
    registers[0x21] = (crc >> 8) & 255;
    registers[0x22] = crc & 255;
    registers[0x05] = 4;
  };
  const writeRegister = (register, value) => {
    if (register === FIFO_DATA_REGISTER) fifo.push(value);
    else if (register === FIFO_LEVEL_REGISTER) fifo = value & 0x80 ? [] : fifo;
    else registers[register] = value;
    // Resetting takes no time, and no command runs for long.
    if (register === COMMAND_REGISTER) registers[register] = value & 0x20;
    if (register === COMMAND_REGISTER && (value & 15) === 15) registers = {};
    if (register === COMMAND_REGISTER && (value & 15) === CALCULATE_CRC) calculateCrc();
  };
  SPI1.setup = () => {};
  SPI1.send = (data) => {
    const back = new Uint8Array(data.length);
    if (data[0] & 0x80) {
      for (let i = 0; i + 1 < data.length; i++) back[i + 1] = readRegister((data[i] >> 1) & 63);
    } else for (let i = 1; i < data.length; i++) writeRegister((data[0] >> 1) & 63, data[i]);
    return back;
  };
  SPI1.write = (first, second, select) => {
    if (select === undefined) SPI1.send(first);
    else SPI1.send([first, second]);
  };
  I2C1.setup = () => {};
  I2C1.writeTo = () => {};
  for (const line of [Serial2, Serial3]) {
    line.setup = () => {};
    line.on = () => {};
    line.write = () => {};
  }

  // Four digits: which columns are pressed in each row.
  const held = () => fs.readFileSync("keys-held");
  let driven = 0;
  global.pinMode = () => {};
  global.digitalWrite = (pin, value) => {
    if (Array.isArray(pin)) driven = [14, 13, 11, 7].indexOf(value);
  };
  // One pin is the loader asking for the service key, a list somebody looking at the columns.
  global.digitalRead = (pins) => {
    if (!Array.isArray(pins)) return held()[3] === "8" ? 0 : 1;
    return driven < 0 ? 15 : 15 - parseInt(held()[driven], 16);
  };
  global.analogWrite = () => event("tone");

  Modules.addCached("Flash", "");
  const flash = require("Flash");
  // Opened anew each time: what was written must be there when the power goes.
  const withFile = (address, work) => {
    if (address < BASE || address >= BASE + 65536) throw new Error("no flash there");
    const file = E.openFile("flash.bin", "r+");
    file.seek(address - BASE);
    const result = work(file);
    file.close();
    return result;
  };
  flash.read = (lengthBytes, address) =>
    E.toUint8Array(withFile(address, (file) => file.read(lengthBytes)));
  flash.write = (data, address) => {
    const before = flash.read(data.length, address);
    const after = data.map((octet, i) => octet & before[i]);
    withFile(address, (file) => file.write(E.toString(after)));
  };
  flash.erasePage = (address) => {
    const blank = E.toString(new Uint8Array(256).fill(255));
    withFile(address, (file) => {
      for (let i = 0; i < 16; i++) file.write(blank);
    });
  };
})();
