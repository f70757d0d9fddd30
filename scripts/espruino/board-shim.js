/**
 * Runs inside a real Espruino, in front of the device bundle: hands what the bundle asks of the
 * hardware to the host over two FIFOs, waits for each answer, and lives by the host's virtual time.
 * A request is its length (two bytes), a letter, an argument line, and bytes; an answer is its
 * length and bytes. Everything else, the bundle gets from the interpreter itself. In front of it
 * stand the board's own names (namesOf in install.ts): SPI1, I2C1, officeLine, tillLine.
 */

(() => {
  const toHost = E.openFile("to-host", "w");
  const fromHost = E.openFile("from-host", "r");
  const timers = [];
  let serialListener;
  let tillListener;
  let isSampling = false;
  let peakVariables = 0;
  let isServing = false;

  const ask = (letter, line, octets) => {
    if (isSampling) peakVariables = Math.max(peakVariables, process.memory().usage);
    const request = `${letter + line}\n${octets}`;
    toHost.write(String.fromCharCode(request.length >> 8, request.length & 255) + request);
    const size = fromHost.read(2);
    if (size === undefined) {
      quit();
      throw new Error("the host is gone");
    }
    const lengthBytes = size.charCodeAt(0) * 256 + size.charCodeAt(1);
    return lengthBytes === 0 ? "" : fromHost.read(lengthBytes);
  };
  const fail = (reason) => ask("x", "", reason);

  SPI1.setup = () => {};
  SPI1.send = (data, select) => E.toUint8Array(ask("s", select, E.toString(data)));
  SPI1.write = (first, second, select) => {
    if (select === undefined) ask("s", second, E.toString(first));
    else ask("s", select, String.fromCharCode(first, second));
  };
  I2C1.setup = () => {};
  I2C1.writeTo = (address, octets) => {
    ask("i", address, octets);
  };
  officeLine.setup = () => {};
  officeLine.on = (_event, listener) => {
    serialListener = listener;
  };
  officeLine.write = (data) => {
    ask("u", "", E.toString(data));
  };
  tillLine.setup = () => {};
  tillLine.on = (_event, listener) => {
    tillListener = listener;
  };
  tillLine.write = (data) => {
    ask("U", "", E.toString(data));
  };

  global.pinMode = (pin, mode) => {
    ask("m", pin, mode);
  };
  global.digitalWrite = (pin, value) => {
    if (Array.isArray(pin)) ask("W", `${value},${pin.join(",")}`, "");
    else ask("w", `${value},${pin}`, "");
  };
  global.digitalRead = (pins) => ask("r", pins.join(","), "").charCodeAt(0);
  global.analogWrite = (_pin, _value, options) => {
    ask("a", options.freq, "");
  };
  global.getTime = () => new Float64Array(E.toUint8Array(ask("t", "", "")).buffer)[0];
  // The firmware prints nothing but its own faults.
  global.print = (fault) => fail(`${fault}\n${fault.stack}`);
  global.setTime = (seconds) => {
    ask("S", seconds, "");
  };

  // A module's own code would not see `ask`.
  Modules.addCached("Flash", "");
  const flash = require("Flash");
  flash.read = (lengthBytes, address) => E.toUint8Array(ask("f", `${lengthBytes},${address}`, ""));
  flash.write = (data, address) => {
    ask("p", address, E.toString(data));
  };
  flash.erasePage = (address) => {
    ask("e", address, "");
  };

  // What the host may want between two turns.
  const turns = {
    t: (octets) => {
      const number = parseInt(octets, 10);
      const callback = timers[number];
      timers[number] = undefined;
      callback();
    },
    d: (octets) => serialListener(octets),
    D: (octets) => tillListener(octets),
    s: (octets) => {
      isSampling = octets === "1";
    },
    b: (octets) => {
      global.ballast = new Uint8Array(parseInt(octets, 10));
    },
    v: () => {
      const memory = process.memory();
      const counts = [memory.usage, ownVariables, memory.total, memory.blocksize];
      ask("v", counts.join(), process.env.VERSION);
    },
    o: (octets) => {
      for (let i = parseInt(octets, 10); i > 0; i--) ask("o", "", "");
    },
  };

  const serve = () => {
    for (;;) {
      // An interpreter whose memory can grow says LOW_MEMORY each time before it does.
      const flags = E.getErrorFlags().filter((flag) => flag !== "LOW_MEMORY");
      if (flags.length > 0) fail(`error flags ${flags.join()}`);
      const turn = ask("n", peakVariables, "");
      peakVariables = 0;
      turns[turn[0]](turn.substr(1));
    }
  };

  global.loader = { screens: require("Storage").read("clubpad.screens"), serving: () => {} };

  process.on("uncaughtException", (error) => fail(`${error}\n${error.stack}`));
  // The interval comes back only when something has broken out of `serve`.
  setInterval(() => {
    if (isServing) fail("the turn was interrupted");
    isServing = true;
    serve();
  }, 1);

  global.setTimeout = (callback, delayMs) => {
    let free = timers.indexOf(undefined);
    if (free < 0) free = timers.length;
    timers[free] = callback;
    ask("T", `${free},${delayMs}`, "");
  };
  // The host may answer with what should run before the bundle.
  for (let turn = ask("h", "", ""); turn !== ""; turn = ask("h", "", "")) {
    turns[turn[0]](turn.substr(1));
  }
})();
