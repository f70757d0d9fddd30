import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runCommand } from "./test-commands";

const test = suite("rules simulate");
const TRADES = ["boutique", "restaurant", "beauty-salon", "supermarket"];
const folder = mkdtempSync(path.join(tmpdir(), "clubpad-what-if-"));
test.after(() => rmSync(folder, { recursive: true }));

const at = (name: string) => path.join(folder, name);

for (const trade of TRADES) {
  const file = `rulesets/${trade}.yaml`;
  test(`${trade}: the simulated month is the one on file`, async () => {
    const month = ["rules", "simulate", file, "--months", "1", "--members", "300"];
    const { out, refusal } = await runCommand(...month);
    assert.is(refusal, "");
    const golden = `rulesets/vectors/${trade}.month.txt`;
    const again = `npx clubpad ${month.join(" ")} > ${golden}`;
    assert.is(`${out}\n`, readFileSync(golden, "utf8"), `if this is meant: ${again}`);
  });

  test(`${trade}: the chart of a year is the one in the manual`, async () => {
    const year = ["rules", "simulate", file, "--members", "100"];
    const { refusal } = await runCommand(...year, "--svg", at(`${trade}.svg`));
    assert.is(refusal, "");
    const picture = `docs/pictures/rules-${trade}.svg`;
    const again = `npx clubpad ${year.join(" ")} --force --svg ${picture}`;
    const drawn = readFileSync(at(`${trade}.svg`), "utf8");
    assert.ok(drawn === readFileSync(picture, "utf8"), `if this is meant: ${again}`);
  });
}

test("the Persian manual's chart is the one that is drawn", async () => {
  const picture = "docs/pictures/rules-boutique.fa.svg";
  const year = ["rules", "simulate", "rulesets/boutique.yaml", "--members", "100"];
  const persian = [...year, "--language", "fa"];
  assert.is((await runCommand(...persian, "--svg", at("year.fa.svg"))).refusal, "");
  const again = `npx clubpad ${persian.join(" ")} --force --svg ${picture}`;
  const isSame = readFileSync(at("year.fa.svg"), "utf8") === readFileSync(picture, "utf8");
  assert.ok(isSame, `if this is meant: ${again}`);
});

test("a second ruleset meets the same customers; JSON has all figures", async () => {
  const small = ["--months", "2", "--members", "40"];
  const compared = await runCommand(
    ...["rules", "simulate", "rulesets/boutique.yaml", ...small],
    ...["--against", "rulesets/first-shop.yaml", "--json"],
  );
  const { months, sum, against, assumptions } = JSON.parse(compared.out);
  assert.is(months.length, 2);
  assert.is(against.totals.sum.grossRial, sum.grossRial);
  assert.is.not(against.totals.sum.grantedRial, sum.grantedRial);
  assert.is(assumptions.members, 40);
  const alone = await runCommand(
    ...["rules", "simulate", "rulesets/first-shop.yaml", ...small, "--json"],
    ...["--population", "rulesets/boutique.population.yaml"],
  );
  assert.is.not(JSON.parse(alone.out).sum.grossRial, sum.grossRial, "its own months");
  const text = await runCommand(
    ...["rules", "simulate", "rulesets/boutique.yaml", ...small],
    ...["--against", "rulesets/first-shop.yaml"],
  );
  assert.match(text.out, /The same customers by both rulesets\n +boutique\.yaml +first-shop\.yaml/);
});

test("a Persian chart reads from right to left; a chart is not overwritten unasked", async () => {
  const words = ["rules", "simulate", "rulesets/boutique.yaml", "--months", "2", "--members", "30"];
  const svg = ["--svg", at("fa.svg"), "--language", "fa"];
  assert.is((await runCommand(...words, ...svg)).refusal, "");
  const drawn = readFileSync(at("fa.svg"), "utf8");
  assert.match(drawn, /فروردین/);
  const place = (month: string) => {
    const found = new RegExp(`translate\\((\\d+)[^>]*>${month}<`).exec(drawn);
    return Number(found?.[1]);
  };
  assert.ok(place("فروردین") > place("اردیبهشت"), "the first month is the rightmost");
  assert.match((await runCommand(...words, ...svg)).refusal, /exists already; add --force/);
  const none = await runCommand(...words, "--population", at("none.yaml"));
  assert.match(none.refusal, /none\.yaml: cannot be read/);
});

test.run();
