import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatKeyFile } from "../../back-office/keys";
import { Step, TEST_KEYS, TestCard, TestPad } from "../../back-office/test-club";
import { createTestSync } from "../../back-office/test-down";
import { nodeAes } from "../../back-office/test-world";
import type { Bytes } from "../../card-layout/bytes";
import { crc32 } from "../../firmware/core/crc32";
import type { TerminalConfig } from "../../firmware/core/terminal-config";
import { createJournal, type Journal } from "../../firmware/storage/journal";
import { NorFlash } from "../../host-sim/nor-flash";
import { openPty, type Pty } from "../../host-sim/pty";
import { runCommand } from "./test-commands";

const test = suite("pull");
const RULES = new URL("../../rulesets/first-shop.yaml", import.meta.url).pathname;
const PAGE_COUNT = 8;
const STEP_MS = 1;

let folder: string;
let keys: string;
let pty: Pty;
let pad: TestPad;
let journal: Journal;
let timer: NodeJS.Timeout;

const at = (name: string) => path.join(folder, name);

/** The journal of the firmware, on simulated flash. */
function flashJournal(config: TerminalConfig): Journal {
  const flash = new NorFlash({ pageSizeBytes: 4096, pageCount: PAGE_COUNT });
  journal = createJournal(flash, 0, PAGE_COUNT, nodeAes, crc32, config.journalKey);
  journal.boot();
  return journal;
}

/** Runs the firmware's side of the link on the pseudo-terminal. */
function startPad(config: TerminalConfig): NodeJS.Timeout {
  const received: number[] = [];
  pty.onData((bytes) => received.push(...bytes));
  const serial = {
    hasWaiting: () => received.length > 0,
    read: (out: Bytes) => {
      const bytes = received.splice(0, out.length);
      for (let i = 0; i < bytes.length; i++) out[i] = bytes[i];
      return bytes.length;
    },
    write: (from: Bytes, lengthBytes: number) => {
      pty.write((from as Uint8Array).subarray(0, lengthBytes));
    },
  };
  const { sync } = createTestSync(serial, journal, config);
  return setInterval(() => {
    while (sync.step());
  }, STEP_MS);
}

test.before.each(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "clubpad-pull-"));
  keys = at("club.keys.yaml");
  writeFileSync(keys, formatKeyFile(TEST_KEYS));
  pty = await openPty();
  pad = new TestPad(3, 0, new Set(), flashJournal);
  timer = startPad(pad.config);
});

test.after.each(() => {
  clearInterval(timer);
  pty.close();
  rmSync(folder, { recursive: true });
});

function pull(...more: string[]) {
  const words = ["--port", pty.path, "--db", at("club.db"), "--keys", keys, "--clock", "off"];
  return runCommand("pull", ...words, ...more);
}

test("a pad's flash journal arrives over the port, once, and the ledger is proven", async () => {
  const cards = [new TestCard("04a1b2c3", 11), new TestCard("04a1b2c3d4e5f6", 12)];
  for (const card of cards) {
    pad.tap(card, { grossRial: 0, askedRial: 0, day: 2100 }, Step.Done);
    for (let i = 0; i < 12; i++) {
      const askedRial = i === 5 ? 100_000 : 0;
      pad.tap(card, { grossRial: 1_000_000, askedRial, day: 2101 + i }, Step.Done);
    }
  }
  const tapRecordCount = journal.nextSequence() - 1;
  const first = await pull("--rules", RULES);
  assert.is(first.refusal, "");
  // Acknowledgements are records too, and some of them come along.
  const newCount = Number(/^pad 3: (\d+) new records; no alarms$/.exec(first.out)?.[1]);
  assert.ok(newCount >= tapRecordCount && newCount < tapRecordCount + 10, first.out);
  assert.ok(journal.firstUnacknowledged() > tapRecordCount);
  const before = await runCommand("verify", "--db", at("club.db"), "--keys", keys);
  assert.is(before.refusal, "");
  assert.not.match(before.out, /FAIL/);

  // The pad wrote down that it was acknowledged; that is all there is to fetch now.
  const second = await pull();
  assert.match(second.out, /^pad 3: [01] new records; no alarms$/);
  const ledger = await runCommand("ledger", "--db", at("club.db"));
  const credit =
    /granted 2,380,000 rial, used 200,000 rial, expired 0 rial, closing 2,180,000 rial/;
  assert.match(ledger.out, credit);
  assert.match(ledger.out, /trial balance 0 rial/);
  const json = JSON.parse((await runCommand("ledger", "--db", at("club.db"), "--json")).out);
  assert.equal(json.members, [
    { member: 11, balanceRial: 1_090_000 },
    { member: 12, balanceRial: 1_090_000 },
  ]);
  const csv = (await runCommand("ledger", "--db", at("club.db"), "--csv")).out.split("\n");
  assert.is(csv[1], "1404-07-10,expense:credit,200000,0");
  assert.is(csv[2], "1404-07-10,liability:members,0,200000");
  const member = await runCommand("ledger", "--db", at("club.db"), "--member", "11");
  assert.match(member.out, /1404-07-15 3\/0\/\d+ committed: gross 1,000,000 rial, used 100,000/);
});

test("other keys are refused, and nothing is stored or acknowledged", async () => {
  pad.tap(new TestCard("04a1b2c3", 11), { grossRial: 0, askedRial: 0, day: 2100 }, Step.Done);
  writeFileSync(at("other.yaml"), formatKeyFile({ ...TEST_KEYS, clubId: 9 }));
  const before = journal.firstUnacknowledged();
  const words = ["--port", pty.path, "--db", at("other.db"), "--keys", at("other.yaml")];
  const refused = await runCommand("pull", ...words);
  assert.match(refused.refusal, /belongs to another club or was given other keys/);
  assert.is(journal.firstUnacknowledged(), before);
});

test("a port that is missing, in use or none is said to be so", async () => {
  const tryPort = async (port: string) => {
    const words = ["--port", port, "--db", at("club.db"), "--keys", keys];
    return (await runCommand("pull", ...words)).refusal;
  };
  assert.match(await tryPort(at("none")), /none: no such port; is the cable plugged in\?/);
  assert.match(await tryPort("/dev/null"), /\/dev\/null: this is no serial port/);
  const busy = pull();
  assert.match(await tryPort(pty.path), /in use by another program/);
  await busy;
});

test("a pad put back to an older journal is refused and leaves an alarm", async () => {
  const card = new TestCard("04a1b2c3", 11);
  pad.tap(card, { grossRial: 0, askedRial: 0, day: 2100 }, Step.Done);
  pad.tap(card, { grossRial: 1_000_000, askedRial: 0, day: 2100 }, Step.Done);
  await pull();
  clearInterval(timer);
  pad = new TestPad(3, 0, new Set(), flashJournal);
  timer = startPad(pad.config);
  assert.match((await pull()).refusal, /the pad's journal does not continue/);
  const ledger = await runCommand("ledger", "--db", at("club.db"));
  assert.match(ledger.out, /journal: terminal 3\/0/);
});

test("rules, blocked cards and the time go down in the same session; terminals tells", async () => {
  pad.tap(new TestCard("04a1b2c3", 11), { grossRial: 0, askedRial: 0, day: 2100 }, Step.Done);
  await pull("--rules", RULES, "--issuer", String(pad.config.issuer));
  const words = ["--port", pty.path, "--db", at("club.db"), "--keys", keys];
  const next = at("next.yaml");
  writeFileSync(next, readFileSync(RULES, "utf8").replace("version: 1", "version: 2"));
  const blocked = await runCommand("hotlist", "add", "--db", at("club.db"), "--member", "11");
  assert.match(blocked.out, /is blocked; 1 card is on the list/);
  const push = await runCommand("push", ...words, "--rules", next);
  assert.is(push.refusal, "");
  assert.match(push.out, /clock set by \d+ s; settings 1 sent; lists 1 sent$/);
  const db = ["--db", at("club.db")];
  const terminals = (await runCommand("terminals", ...db)).out;
  assert.match(terminals, /rules 2 are live/);
  // The pad of this test stays in the middle of a sale.
  assert.match(terminals, /pad 3\/0 in shop \d+: seen 0 min ago; rules 1 \(BEHIND/);
  assert.match(terminals, /lists 1, 0 min old/);
  assert.match(terminals, /3 unsent; clock was \d+ s behind \(CHECK its battery\)/);
  const json = JSON.parse((await runCommand("terminals", ...db, "--json")).out);
  assert.is(json.liveRulesVersion, 2);
  assert.is(json.terminals[0].listsVersion, 1);
  const again = await runCommand("push", ...words);
  assert.match(again.out, /^pad 3: 3 new records; no alarms$/, "all is there, and was journaled");

  const older = await runCommand("push", ...words, "--rules", RULES);
  assert.match(older.refusal, /rules version 2 is live; to go back/);
  await runCommand("hotlist", "remove", ...db, "--member", "11");
  assert.match((await runCommand("push", ...words)).out, /lists 2 sent$/);
  const twice = await runCommand("hotlist", "remove", ...db, "--member", "11");
  assert.match(twice.refusal, /is not on the list/);
});

test("each sync says when a programme is over its budget, by the file that came last", async () => {
  const card = new TestCard("04a1b2c3", 11);
  pad.tap(card, { grossRial: 0, askedRial: 0, day: 2100 }, Step.Done);
  pad.tap(card, { grossRial: 3_000_000, askedRial: 0, day: 2100 }, Step.Done);
  const rules = (budgetRial: number) => {
    const programme = `programmes: [{name: all, rules: [1, 2], budgetRial: ${budgetRial}}]\n`;
    writeFileSync(at("watched.yaml"), readFileSync(RULES, "utf8") + programme);
    return at("watched.yaml");
  };
  const over = await pull("--rules", rules(1_000));
  assert.is(over.refusal, "");
  assert.match(over.out, 'programme "all" is over its budget: clubpad report programmes');
  assert.match((await pull()).out, "is over its budget");
  const richer = await pull("--rules", rules(1_000_000));
  assert.not.match(richer.out, "is over its budget", "the version is the same, its bytes are");
});

test.run();
