/**
 * What a pad's interpreter runs first: it chooses between two versions of the bundle, takes
 * a version back that does not come to serve, and keeps the console closed or under a code. Names
 * in capitals are filled in for each board (loader-source.ts).
 */
var loader = {};
(() => {
  var storage = require("Storage");
  var boots = storage.read("BOOTS_FILE");
  var lock = storage.read("LOCK_FILE");
  var end = boots.indexOf("\xff");
  var slot = "a";
  var before;
  var isTrial = false;
  var starts = 0;
  var used;
  var i;
  if (end < 0) end = boots.length;
  for (i = 0; i < end; i++) {
    if (boots[i] === ".") starts++;
    else if (boots[i] === "!") isTrial = false;
    else {
      if (boots[i] !== slot) before = slot;
      slot = boots[i];
      isTrial = true;
      starts = 0;
    }
  }
  function note(letters) {
    if (end + letters.length > boots.length) return;
    storage.write("BOOTS_FILE", letters, end, boots.length);
    end += letters.length;
  }
  function announce() {
    print(`ClubPad terminal ${Number(lock.substr(0, TERMINAL_DIGITS))}, service ${used + 1}`);
  }
  /** A code for each start in service mode; when all are used up the last one stays. */
  function lockConsole() {
    used = lock.indexOf("\xff", MARKS_OFFSET);
    used = used < 0 ? CODE_COUNT : used - MARKS_OFFSET;
    if (used < CODE_COUNT) storage.write("LOCK_FILE", "x", MARKS_OFFSET + used, lock.length);
    else used = CODE_COUNT - 1;
    E.setPassword(lock.substr(TERMINAL_DIGITS + used * CODE_DIGITS, CODE_DIGITS));
    E.lockConsole();
    setInterval(announce, SERVICE_LINE_MS);
  }
  pinMode(SERVICE_ROW, "opendrain");
  digitalWrite(SERVICE_ROW, 0);
  pinMode(SERVICE_COLUMN, "input_pullup");
  if (!digitalRead(SERVICE_COLUMN)) {
    analogWrite(BUZZER, 0.5, { freq: SERVICE_TONE_HZ });
    setTimeout(() => {
      digitalWrite(BUZZER, 0);
    }, SERVICE_TONE_MS);
    if (lock !== undefined) lockConsole();
    return;
  }
  digitalWrite(SERVICE_ROW, 1);
  if (isTrial && starts >= TRIAL_STARTS && before && storage.read(`CODE_FILE${before}`)) {
    slot = before;
    isTrial = false;
    note(`${slot}!`);
  }
  if (isTrial && starts < TRIAL_STARTS) note(".");
  loader.file = `CODE_FILE${slot}`;
  loader.screens = storage.read(`${loader.file}SCREENS_SUFFIX`);
  loader.serving = () => {
    if (!isTrial) return;
    setTimeout(() => {
      note("!");
    }, SERVED_MS);
  };
  if (lock === undefined) return;
  E.setConsole(null, { force: true });
  process.on("uncaughtException", () => {
    E.reboot();
  });
  E.enableWatchdog(WATCHDOG_SECONDS, true);
})();
if (loader.file) {
  try {
    // biome-ignore lint/security/noGlobalEval: the only way to run code that stays in flash
    eval(require("Storage").read(loader.file));
  } catch (error) {
    // With an open console it can be looked at; otherwise the next start may take the version back.
    if (require("Storage").read("LOCK_FILE")) E.reboot();
    else print(error);
  }
}
