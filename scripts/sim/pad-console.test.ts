import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type OperatedPad, openOperatedPad } from "./operated-pad";
import { commandsOf, PadConsole } from "./pad-console";
import { type TestFolder, testFolder } from "./test-run";

const test = suite("pad console");
const START_UNIX_SECONDS = 1_790_000_000;

test("keys of the computer are keys of the pad, cards, power and the end", () => {
  const key = (name: string) => ({ kind: "key", key: name });
  assert.equal(commandsOf("07"), [key("0"), key("7")]);
  assert.equal(commandsOf("aBcD"), [key("A"), key("B"), key("C"), key("D")]);
  assert.equal(commandsOf("\r#"), [key("#"), key("#")]);
  assert.equal(commandsOf("\x7f\b*"), [key("*"), key("*"), key("*")]);
  const cards = [0, 1, 2, 3].map((index) => ({ kind: "card", index }));
  assert.equal(commandsOf("qwer"), cards);
  assert.equal(commandsOf("p"), [{ kind: "power" }]);
  for (const quit of ["x", "\x03", "\x04"]) assert.equal(commandsOf(quit), [{ kind: "quit" }]);
});

test("other keys, and function keys with letters in their sequences, mean nothing", () => {
  for (const input of ["z", " ", "é", "\x1bOP", "\x1b[A", "\x1b[15~"]) {
    assert.equal(commandsOf(input), [], JSON.stringify(input));
  }
});

let folder: TestFolder;
let opened: OperatedPad[] = [];
test.before.each(() => {
  folder = testFolder();
});
test.after.each(() => {
  // An open port would keep the process alive.
  for (const pad of opened) pad.close();
  opened = [];
  folder.remove();
});

async function open(unixSeconds: number): Promise<OperatedPad> {
  const pad = await openOperatedPad(folder.at("pad"), "t", unixSeconds);
  opened.push(pad);
  return pad;
}

function consoleOf({ club }: OperatedPad): PadConsole {
  const cards = [...club.cards].map(([name, card]) => ({ name, card }));
  return new PadConsole(club.machine, cards, "the hint");
}

/** As real time does it: in small pieces. */
function wait(pad: PadConsole, durationMs: number): string {
  for (let passedMs = 0; passedMs < durationMs; passedMs += 40) pad.advance(40);
  return pad.picture().join("\n");
}

test("an enrolment by hand is on the card and in the flash the next time", async () => {
  const first = await open(START_UNIX_SECONDS);
  const pad = consoleOf(first);
  assert.match(wait(pad, 200), /Amount, toman/);
  pad.type("c0912");
  assert.match(wait(pad, 1000), / 0912\n/);
  pad.type("\r");
  wait(pad, 500);
  pad.type("q");
  const welcome = wait(pad, 1500);
  assert.match(welcome, /Welcome to the club!/);
  assert.match(welcome, /q \[sara ON THE PAD\] {3}w reza/);
  assert.match(welcome, /sound {2}done/);
  pad.type("qp");
  assert.match(wait(pad, 100), /ClubPad \(no power\)/);
  pad.type("p");
  assert.match(wait(pad, 500), /Amount, toman/);
  pad.type("x");
  assert.ok(pad.isOver);
  first.close();

  const next = consoleOf(await open(START_UNIX_SECONDS + 3600));
  next.type("b");
  wait(next, 500);
  next.type("q");
  assert.match(wait(next, 1500), /Member {14}1/);
});

test.run();
