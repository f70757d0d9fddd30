// The device bundle, when something goes wrong in it that must not: it goes on by itself.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createClubKeys, terminalConfigFor } from "../../back-office/keys";
import { compileRuleset } from "../../back-office/rules/compile";
import { createPortableAes } from "../../card-layout/aes128";
import { PLAN_16_PAGES } from "../../firmware/boards/flash-plan";
import { SimBoard } from "../../host-sim/board";
import { ContextEngine } from "../../host-sim/context-engine";
import { packAssets } from "../../host-sim/device-assets";
import { EspruinoRuntime } from "../../host-sim/espruino-runtime";
import { PadMachine } from "../../host-sim/pad-machine";
import { readText } from "../cli/input";
import { PROJECT_ROOT } from "./club";
import { freshBundle } from "./fresh-bundle";

const { code } = await freshBundle(PROJECT_ROOT, "esp32");
const START_UNIX_SECONDS = 1_759_000_000;

function newPad(onFault?: (fault: unknown) => void) {
  const { pageSizeBytes, pageCount } = PLAN_16_PAGES;
  const board = new SimBoard({
    ...{ seed: 1, pageSizeBytes, pageCount, startUnixSeconds: START_UNIX_SECONDS },
  });
  const engine = new ContextEngine(code, { "clubpad.screens": packAssets("en") }, {}, onFault);
  const pad = new PadMachine(board, new EspruinoRuntime(board, engine));
  const rulesPath = `${PROJECT_ROOT}rulesets/first-shop.yaml`;
  const rules = compileRuleset(readText(rulesPath), rulesPath);
  const keys = createClubKeys(rules.club, 0, "pad-fault");
  const config = terminalConfigFor(createPortableAes(), keys, 1, 1, 1, rules.bytes);
  pad.provision(config, PLAN_16_PAGES);
  pad.powerOn();
  return { board, pad };
}

/** The display's bus fails once. */
function failOnce(board: SimBoard): void {
  const { display } = board;
  const write = display.write;
  display.write = () => {
    display.write = write;
    throw new Error("the bus is stuck");
  };
}

test("a fault is shown, and the pad begins again by itself", () => {
  const faults: string[] = [];
  const { board, pad } = newPad((fault) => faults.push((fault as Error).message));
  pad.press("12");
  assert.match(pad.screen().join("|"), /12/);
  failOnce(board);
  pad.press("3");
  assert.equal(faults, ["the bus is stuck"]);
  assert.match(pad.screen().join("|"), /Pad fault, it starts/);
  pad.runMs(3500);
  assert.match(pad.screen().join("|"), /Amount, toman/);
  pad.press("5");
  assert.match(pad.screen().join("|"), /5/);
});

test("a simulation does not pass over a fault of the firmware", () => {
  const { board, pad } = newPad();
  failOnce(board);
  assert.throws(() => pad.press("3"), /the bus is stuck/);
});

test("a power cut is no fault, wherever it comes", () => {
  const { board, pad } = newPad();
  board.clock.after(30_000, () => pad.cutPower());
  pad.press("3");
  assert.not(pad.isPowered);
  pad.powerOn();
  assert.match(pad.screen().join("|"), /Amount, toman/);
});

test.run();
