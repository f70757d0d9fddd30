import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Database } from "./database";
import { Ingest } from "./ingest";
import { RULESET, Step, TEST_KEYS, TestClub } from "./test-club";
import { nodeAes } from "./test-world";
import { ledgerHash, verifyDatabase } from "./verify";

const test = suite("database");
let folder: string;

const at = (name: string) => path.join(folder, name);
const ALL = { clubId: TEST_KEYS.clubId, mayCreate: true };

test.before.each(() => {
  folder = mkdtempSync(path.join(tmpdir(), "clubpad-db-"));
});
test.after.each(() => rmSync(folder, { recursive: true }));

/** Two pads with a settled, an in-doubt and an abandoned tap. */
function story(): TestClub {
  const club = new TestClub(2, 2);
  const [first, second] = club.pads;
  const [card, other] = club.cards;
  first.tap(card, { grossRial: 0, askedRial: 0, day: 2100 }, Step.Done);
  first.tap(card, { grossRial: 3_000_000, askedRial: 0, day: 2100 }, Step.Done);
  first.tap(card, { grossRial: 1_000_000, askedRial: 0, day: 2105 }, Step.Expose);
  first.giveUp();
  second.tap(card, { grossRial: 2_000_000, askedRial: 100_000, day: 2106 }, Step.Done);
  second.tap(other, { grossRial: 0, askedRial: 0, day: 2106 }, Step.Ratify);
  return club;
}

function fill(database: Database): Ingest {
  const ingest = new Ingest(database, TEST_KEYS, nodeAes);
  ingest.addRuleset(RULESET.bytes);
  for (const pad of story().pads) ingest.storeBatch(pad.batch(1, pad.journal.records.length));
  return ingest;
}

function failures(database: Database, hasKeys = true): string[] {
  const found = verifyDatabase(database, hasKeys ? TEST_KEYS : undefined, nodeAes);
  return found.filter(({ problems }) => problems.length > 0).map(({ name }) => name);
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return "no refusal";
}

test("a commit is on disk before it returns: WAL, synchronous FULL, foreign keys", () => {
  const database = Database.open(at("a.db"), ALL);
  const pragma = (name: string) => database.get(`PRAGMA ${name}`)?.[name];
  assert.is(pragma("journal_mode"), "wal");
  assert.is(pragma("synchronous"), 2);
  assert.is(pragma("foreign_keys"), 1);
  fill(database);
  // Another process sees all of it at once.
  const reader = Database.open(at("a.db"));
  assert.is(ledgerHash(reader), ledgerHash(database));
  assert.is(reader.clubId(), TEST_KEYS.clubId);
  reader.close();
  database.close();
});

test("stopped at any statement nothing of the batch is there; the next delivery is whole", () => {
  const expected = Database.open(":memory:", ALL);
  fill(expected);
  const { pads } = story();
  const batches = pads.map((pad) => pad.batch(1, pad.journal.records.length));
  for (let stopAt = 1; ; stopAt++) {
    const database = Database.open(":memory:", ALL);
    const ingest = new Ingest(database, TEST_KEYS, nodeAes);
    ingest.addRuleset(RULESET.bytes);
    ingest.storeBatch(batches[0]);
    const before = ledgerHash(database);
    const wholeRun = database.run;
    let statementCount = 0;
    database.run = (sql, ...values) => {
      if (++statementCount === stopAt) throw new Error("power lost");
      return wholeRun.call(database, sql, ...values);
    };
    const stopped = refusal(() => ingest.storeBatch(batches[1]));
    database.run = wholeRun;
    if (stopped !== "power lost") {
      assert.ok(stopAt > 20, "the test reaches the statements");
      break;
    }
    assert.is(ledgerHash(database), before);
    assert.is(ingest.storeBatch(batches[1]).kind, "stored");
    assert.is(ledgerHash(database), ledgerHash(expected), `statement ${stopAt}`);
    database.close();
  }
});

test("verify is silent about a sound database and names what was changed in another", () => {
  const amount = "UPDATE entries SET amount_rial = amount_rial + 1 WHERE account LIKE 'expense%'";
  const chain = "every record is in the pad's MAC chain";
  const rebuilt = "the ledger follows from the records";
  const hole = "no journal has a hole";
  const sums = "debits equal credits in every transaction";
  const cases: [sql: string, failing: string[]][] = [
    ["SELECT 1", []],
    [amount, [sums, rebuilt]],
    ["UPDATE records SET payload = x'a10102' WHERE sequence = 4", [chain, rebuilt]],
    ["UPDATE terminals SET next_sequence = 90 WHERE terminal = 1", [hole, rebuilt]],
    ["UPDATE terminals SET chain_mac = zeroblob(8) WHERE terminal = 2", [chain, rebuilt]],
    ["UPDATE transactions SET status = 'aborted' WHERE status = 'open'", [rebuilt]],
    [
      "UPDATE transactions SET balance_after_rial = 5 WHERE terminal = 2 AND kind = 2",
      ["cards and ledger agree", rebuilt],
    ],
    ["UPDATE cards SET counter = 12", [rebuilt]],
  ];
  for (const [sql, failing] of cases) {
    const database = Database.open(":memory:", ALL);
    fill(database);
    database.run(sql.startsWith("SELECT") ? "UPDATE meta SET value = value" : sql);
    assert.equal(failures(database), failing, sql);
    const withoutKeys = failing.filter((name) => name !== chain && name !== rebuilt);
    assert.equal(failures(database, false), withoutKeys, sql);
    database.close();
  }
});

test("a journal whose beginning is gone is taken from where it starts, with an alarm", () => {
  const database = Database.open(":memory:", ALL);
  const ingest = new Ingest(database, TEST_KEYS, nodeAes);
  const [pad] = story().pads;
  const total = pad.journal.records.length;
  assert.equal(ingest.storeBatch(pad.batch(2, total - 1)), { kind: "stored", newCount: total - 1 });
  const alarms = database.all("SELECT place FROM alarms WHERE kind = 'journal' ORDER BY place");
  // The commit of the intent that is missing is named too.
  assert.equal(
    alarms.map(({ place }) => place),
    ["beginning", "record 2"],
  );
  assert.equal(failures(database), []);
});

test("what is no database of ours is refused and left as it is", () => {
  assert.match(
    refusal(() => Database.open(at("none.db"))),
    /no such database/,
  );
  assert.match(
    refusal(() => Database.open(path.join(folder, "no", "x.db"), ALL)),
    /folder exist/,
  );
  writeFileSync(at("text.db"), "some text that is longer than a header of a database ".repeat(9));
  assert.match(
    refusal(() => Database.open(at("text.db"), ALL)),
    /no ClubPad database/,
  );
  Database.open(at("mine.db"), ALL).close();
  assert.match(
    refusal(() => Database.open(at("mine.db"), { clubId: 9 })),
    /club 7.*club 9/,
  );
  const newer = Database.open(at("newer.db"), ALL);
  newer.all("PRAGMA user_version = 99");
  newer.close();
  assert.match(
    refusal(() => Database.open(at("newer.db"))),
    /newer version/,
  );
});

test.run();
