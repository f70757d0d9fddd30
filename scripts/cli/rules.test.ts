import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { compileRuleset } from "../../back-office/rules/compile";
import { runCommand } from "./test-commands";

const test = suite("rules");
const SHOP = "rulesets/first-shop.yaml";
const folder = mkdtempSync(path.join(tmpdir(), "clubpad-rules-"));
test.after(() => rmSync(folder, { recursive: true }));

const at = (name: string) => path.join(folder, name);

function write(name: string, text: string): string {
  writeFileSync(at(name), text);
  return at(name);
}

test("check: a line for what is right, all problems of all files for what is not", async () => {
  const right = await runCommand("rules", "check", SHOP);
  assert.is(right.refusal, "");
  assert.match(right.out, /first-shop\.yaml: right; club 1, version 1, .* 2 rules, \d+ bytes/);
  const shop = readFileSync(SHOP, "utf8");
  const one = write("one.yaml", shop.replace("phase: earn", "phase: earning"));
  const two = write(
    "two.yaml",
    shop.replace("give: 10 %", "give: 10").replace("club: 1", "club: x"),
  );
  const { refusal, out } = await runCommand("rules", "check", one, SHOP, two, at("none.yaml"));
  assert.match(out, /first-shop\.yaml: right/);
  const lines = refusal.split("\n");
  assert.is(lines[0], "4 problems");
  assert.match(lines[1], /one\.yaml:\d+:\d+: "phase: earning" is not known; did you mean "earn"\?/);
  assert.match(lines[2], /two\.yaml:\d+:\d+: "club: x" must be a whole number from 1/);
  assert.match(lines[3], /two\.yaml:\d+:\d+: "give: 10" is not a share; write it like "10 %"/);
  assert.match(lines[4], /none\.yaml: cannot be read \(no such file or directory\)/);
});

test("compile and show: there and back, never over a file without --force", async () => {
  const out = at("shop.bin");
  const first = await runCommand("rules", "compile", SHOP, "--out", out);
  assert.match(first.out, /shop\.bin: club 1, version 1/);
  const { bytes } = compileRuleset(readFileSync(SHOP, "utf8"), SHOP);
  assert.equal(new Uint8Array(readFileSync(out)), bytes);
  assert.match((await runCommand("rules", "compile", SHOP, "--out", out)).refusal, /--force/);
  assert.is((await runCommand("rules", "compile", SHOP, "--out", out, "--force")).refusal, "");
  const shown = await runCommand("rules", "show", out);
  assert.equal(compileRuleset(shown.out, "shown").bytes, bytes);
  assert.match((await runCommand("rules", "check", out)).out, /shop\.bin: right; club 1/);
});

test("bytes that are cut, foreign or of a later version say so", async () => {
  const { bytes } = compileRuleset(readFileSync(SHOP, "utf8"), SHOP);
  writeFileSync(at("cut.bin"), bytes.subarray(0, 100));
  const later = Uint8Array.from(bytes);
  later[2]++;
  writeFileSync(at("later.bin"), later);
  const cut = await runCommand("rules", "show", at("cut.bin"));
  assert.match(cut.refusal, /cut\.bin: not a compiled ruleset, or a part of one/);
  const { refusal } = await runCommand("rules", "show", at("later.bin"));
  assert.match(refusal, /later\.bin: a compiled ruleset of a later version/);
});

const CARD = `{"identity": {"birth": "1370-07-10", "gender": "female"}, "state": {"group": 2,
  "visits": 5, "firstDate": "1403-11-01", "lastDate": "1404-06-20", "lifeSpendRial": 9000000,
  "lots": [{"amountRial": 300000, "from": "1404-07-01", "until": "1404-09-30"}]}}`;
const SALE = `{"date": "1404-07-06", "time": "10:30", "grossRial": 3000000,
  "askedCreditRial": 100000, "categories": {"3": {"rial": 1000000, "pieces": 2}}}`;
const EXAMPLES = "rulesets/vectors/examples.yaml";

async function evaluate(card: string, sale: string, ...more: string[]) {
  const files = ["--card", write("card.json", card), "--sale", write("sale.json", sale)];
  return await runCommand("rules", "eval", "--rules", EXAMPLES, ...files, ...more);
}

test("explain: sentences in English and Persian, and as JSON", async () => {
  const english = await runCommand("rules", "explain", SHOP);
  assert.match(english.out, /Rule 1, "ten per cent back": Always, the customer gets 10 % of/);
  const persian = await runCommand("rules", "explain", SHOP, "--language", "fa");
  assert.match(persian.out, /قانون ۱، «ten per cent back»: همیشه، مشتری ۱۰٪ از مبلغ پرداختی/);
  const json = JSON.parse((await runCommand("rules", "explain", SHOP, "--json")).out);
  assert.equal(
    json.rules.map(({ id }: { id: number }) => id),
    [1, 2],
  );
});

test("diff: nothing for the same rules in another order, else what changes", async () => {
  const shop = readFileSync(SHOP, "utf8");
  const [head, first, second] = shop.split(/(?=^ {2}- id)/m);
  const turned = write("turned.yaml", `${head}${second}\n${first}`);
  const same = await runCommand("rules", "diff", SHOP, turned);
  assert.is(same.out, "Both rulesets say the same.");
  const bytes = path.join(folder, "same.bin");
  await runCommand("rules", "compile", SHOP, "--out", bytes);
  const compiled = await runCommand("rules", "diff", bytes, SHOP);
  assert.is(compiled.out, "Both rulesets say the same.", "bytes have no names");
  const more = write("more.yaml", shop.replace("give: 10 %", "give: 12 %"));
  const json = JSON.parse((await runCommand("rules", "diff", SHOP, more, "--json")).out);
  assert.is(json.isSame, false);
  assert.equal(
    json.rules[0].changes.map(({ key }: { key: string }) => key),
    ["gives"],
  );
});

test("eval: the result, the rules that counted, and why the others did not", async () => {
  const { out, refusal } = await evaluate(CARD, SALE);
  assert.is(refusal, "");
  assert.match(out, /^Sale: done\n/);
  assert.match(out, /credit used +10,000 toman\n +to pay +290,000 toman\n +credit earned +63,000/);
  assert.match(out, /expires next +20,000 toman after 1404-09-30/);
  assert.match(
    out,
    /Rule 1, "a tenth": would give 29,000 toman; rule 4 of its stack counts instead/,
  );
  assert.match(out, /Rule 2, .*category 5 is at least 2: 0\n/);
  assert.match(
    out,
    /Rule 5, .*from 3 days before .* to 7 days after it: 4 days before the birthday/,
  );
  const json = JSON.parse((await evaluate(CARD, SALE, "--json")).out);
  assert.is(json.outcome, "ok");
  assert.is(json.result.earnedRial, 630_000);
  assert.equal(json.firedRules, [4, 7]);
  const two = json.rules.find(({ id }: { id: number }) => id === 2);
  assert.is(two.verdict, "conditions");
  assert.equal(
    two.conditions.filter(({ holds }: { holds: boolean }) => !holds),
    [
      {
        ...{ text: "the number of pieces of category 5 is at least 2", field: "qty5" },
        ...{ limit: 2, actual: 0, holds: false },
      },
    ],
  );
  const refused = await evaluate(CARD, SALE.replace("100000", "500000"));
  assert.match(refused.out, /^Sale: refused: more credit asked than may be used/);
  assert.match(refused.out, /Rule 1, "a tenth": was not reached/);
});

test("eval: mistakes in card and sale come with line, column and what to write", async () => {
  const cases: [card: string, sale: string, expected: RegExp][] = [
    [
      CARD.replace("group", "gruop"),
      SALE,
      /card\.json:1:\d+: unknown key "gruop"; did you mean "group"/,
    ],
    [CARD.replace('"lastDate": "1404-06-20", ', ""), SALE, /say when: add "lastDate"/],
    [CARD.replace("1404-09-30", "1404-06-30"), SALE, /no card can hold this state/],
    [CARD.replace("1370-07-10", "12 May"), SALE, /"birth: 12 May": write a Jalali date/],
    [CARD, SALE.replace('"date": "1404-07-06", ', ""), /"date" is missing; add "date: \.\.\."/],
    [CARD, SALE.replace("3000000", "-5"), /"grossRial: -5" must be a whole number from 0/],
    [CARD, SALE.replace('"3":', '"16":'), /"16: 16" must be a whole number from 0 to 15/],
    [CARD, SALE.replace("10:30", "25:00"), /"time: 25:00": write a time like 10:30/],
    [CARD, "[", /sale\.json:1:\d+: /],
  ];
  for (const [card, sale, expected] of cases) {
    assert.match((await evaluate(card, sale)).refusal, expected);
  }
});

test("eval: a card as `card show --json` prints it is a card", async () => {
  const keys = at("club.keys.yaml");
  await runCommand("keys", "new", "--club", "7", "--out", keys);
  const issue = ["card", "issue", "--keys", keys, "--member", "42", "--birth", "1370-07-10"];
  await runCommand(...issue, "--out", at("card.mfd"), "--uid", "04A1B2C3", "--db", at("club.db"));
  const shown = await runCommand("card", "show", at("card.mfd"), "--keys", keys, "--json");
  assert.is(shown.refusal, "");
  const enrol = await evaluate(shown.out, '{"kind": "enrol", "date": "1404-07-06"}');
  assert.match(enrol.out, /^Enrolment: done/);
  assert.match((await evaluate(shown.out, SALE)).out, /^Sale: refused: the card is nobody's yet/);
});

test.run();
