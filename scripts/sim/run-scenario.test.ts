/** The product's main job, from new keys to the ledger, with the firmware that would be flashed. */
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { inspectCard } from "../../back-office/card-inspection";
import { Database } from "../../back-office/database";
import { readKeyFile } from "../../back-office/keys";
import { verifyDatabase } from "../../back-office/verify";
import { readMfd } from "../../host-sim/mfd";
import { createNativeAes } from "../../host-sim/native-aes";
import { runText, type TestFolder, testFolder } from "./test-run";

const test = suite("simulated runs");
const HEAD = `title: Test
start: 1404-07-05 09:00
ruleset: ../rulesets/first-shop.yaml
cards:
  sara: {member: 1, name: Sara Ahmadi}
  seven: {member: 2, name: Reza, uid: 04a1b2c3d4e5f6}
steps:
  - issue: sara
  - enrol: sara
`;

let folder: TestFolder;
test.before.each(() => {
  folder = testFolder();
});
test.after.each(() => folder.remove());

test("the first day: ledger and cards agree to the rial; the database proves itself", async () => {
  const report = await runText("first-day", folder);
  assert.equal(report.problems, []);
  const accounts = report.accounts.map(({ name, creditRial, ledgerRial, points, verdict }) => {
    return [name, creditRial, ledgerRial, points, verdict];
  });
  assert.equal(accounts, [
    ["sara", 130_000, 130_000, 430, "ours"],
    ["reza", 200_000, 200_000, 200, "ours"],
    ["blank", 0, undefined, 0, "blank"],
    ["foreign", 0, undefined, 0, "foreign"],
  ]);
  const { credit, sales, unsettled, alarms } = report.ledger;
  assert.equal(
    [credit.grantedRial, credit.usedRial, credit.closingRial],
    [630_000, 300_000, 330_000],
  );
  assert.equal([sales.count, unsettled.length, alarms.length], [4, 0, 0]);
  assert.ok(report.serial.batches >= 1);
  assert.is(report.radio.hastyCommands, 0);

  const keys = readKeyFile(folder.at("club.keys.yaml"));
  const database = Database.open(folder.at("club.db"));
  const violations = verifyDatabase(database, keys).flatMap(({ problems }) => problems);
  database.close();
  assert.equal(violations, []);
  const { image, uid } = readMfd(new Uint8Array(readFileSync(folder.at("cards/sara.mfd"))));
  assert.is(inspectCard(createNativeAes(), keys, image, uid).name, "Sara Ahmadi");
});

test("orders and rules: blocked, granted once, new rules from one day to the next", async () => {
  const report = await runText("orders-and-rules", folder);
  assert.equal(report.problems, []);
  const credits = report.accounts.map(({ creditRial, ledgerRial }) => [creditRial, ledgerRial]);
  assert.equal(credits, [
    [450_000, 450_000],
    [100_000, 100_000],
  ]);
});

test("returns, a void, gifts, a reward, a renewal: cards and ledger agree", async () => {
  const report = await runText("refunds-and-gifts", folder);
  assert.equal(report.problems, []);
  const [sara, voucher] = report.accounts;
  assert.equal([sara.creditRial, sara.ledgerRial, sara.points], [1_200_000, 1_200_000, 100]);
  assert.is(voucher.creditRial, 2_600_000);
  const { gifts, alarms } = report.ledger;
  assert.equal(
    [gifts?.grantedRial, gifts?.usedRial, gifts?.closingRial],
    [5_000_000, 2_400_000, 2_600_000],
  );
  assert.equal(alarms, []);
});

test("a bill by category: the office computes what the keys named", async () => {
  const report = await runText("by-category", folder);
  assert.equal(report.problems, []);
  const [{ creditRial, ledgerRial }] = report.accounts;
  assert.equal([creditRial, ledgerRial], [164_000, 164_000]);
  assert.equal(report.ledger.alarms, []);
});

test("power cuts: nothing lost, nothing twice", async () => {
  const report = await runText("power-cuts", folder);
  assert.equal(report.problems, []);
  const { creditRial, ledgerRial } = report.accounts[0];
  assert.equal([creditRial, ledgerRial], [650_000, 650_000]);
});

test("a card with a long UID works, too", async () => {
  const text = `${HEAD}  - issue: seven\n  - enrol: seven\n  - sale: {card: seven, amount: 100}\n`;
  const report = await runText(text, folder);
  assert.equal(report.problems, []);
  assert.is(report.accounts[1].ledgerRial, 100);
});

test("the same seed gives the same run, another seed another one", async () => {
  const issueOnly = HEAD.split("  - enrol")[0];
  const hashes: string[] = [];
  for (const seed of ["one", "one", "two"]) {
    hashes.push((await runText(issueOnly, folder, seed)).traceHash);
    folder.remove();
    folder = testFolder();
  }
  assert.is(hashes[1], hashes[0]);
  assert.is.not(hashes[2], hashes[0]);
});

test("cards and ledger of one day go on the next day", async () => {
  await runText(`${HEAD}  - sale: {card: sara, amount: 1_000}\n`, folder);
  const next = HEAD.replace("07-05", "07-06").split("  - enrol")[0];
  const report = await runText(`${next}  - sale: {card: sara, amount: 500}\n`, folder);
  assert.equal(report.problems, []);
  assert.match(report.steps[0].outcome, /has all its keys already/);
  assert.equal([report.accounts[0].creditRial, report.accounts[0].ledgerRial], [1500, 1500]);
});

test("what is not as expected is a problem with its line, and ends the story there", async () => {
  const wrong: [step: string, problem: RegExp][] = [
    ["expect: {card: sara, credit: 1}", /test\.yaml:10: step 3 \(expect\): credit .* is 0, not 1/],
    ["expect: {screen: Nonsense}", /the display does not say "Nonsense", it says: Welcome/],
    ["enrol: sara", /the pad came to "refused" \(A member already/],
    ["tap: sara", /the pad came to "silent"/],
    ["enrol: seven", /the pad came to "refused" \(Blank card/],
  ];
  for (const [step, problem] of wrong) {
    const report = await runText(`${HEAD}  - ${step}\n  - balance: sara\n`, folder);
    assert.match(report.problems.join(), problem);
    assert.is(report.steps.length, 2);
    folder.remove();
    folder = testFolder();
  }
});

test.run();
