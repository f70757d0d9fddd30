import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { blankImage } from "../../host-sim/mfd";
import { runCommand } from "./test-commands";

const test = suite("commands");
const CLI = fileURLToPath(new URL("../clubpad.mjs", import.meta.url));
let folder: string;
let keys: string;

const at = (name: string) => path.join(folder, name);

test.before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "clubpad-cli-"));
  keys = at("club.keys.yaml");
  const made = await runCommand("keys", "new", "--club", "7", "--out", keys);
  assert.is(made.refusal, "");
});
test.after(() => rmSync(folder, { recursive: true }));

interface ProcessResult {
  code: number;
  out: string;
  error: string;
}

function runProcess(...words: string[]): Promise<ProcessResult> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...words], { cwd: folder }, (error, out, errorText) => {
      resolve({ code: Number(error?.code ?? 0), out, error: errorText });
    });
  });
}

test("as a program: one sentence and a code for mistakes, and help with examples", async () => {
  const [refused, unknown, help] = await Promise.all([
    runProcess("ledger", "--db", "none.db"),
    runProcess("frobnicate"),
    runProcess("card", "issue", "--help"),
  ]);
  assert.equal(refused, {
    code: 1,
    out: "",
    error: 'clubpad: none.db: no such database; "clubpad pull" makes one\n',
  });
  assert.is(unknown.code, 1);
  assert.match(unknown.error, /^error: unknown command 'frobnicate'\n/);
  assert.is(help.code, 0);
  assert.match(help.out, /Examples:\n {2}clubpad card issue/);
});

test("issue and show a card, with and without a blank and a database", async () => {
  const image = at("sara.mfd");
  const words = ["card", "issue", "--keys", keys, "--member", "42", "--out", image];
  const more = ["--name", "Sara Ahmadi", "--birth", "1370-5-12", "--db", at("club.db")];
  const issued = await runCommand(...words, ...more, "--uid", "04A1B2C3", "--date", "1404-07-01");
  assert.is(issued.refusal, "");
  assert.match(issued.out, /card 04a1b2c3 of member 42, serial 1$/);
  const shown = await runCommand("card", "show", image, "--keys", keys);
  assert.is(shown.exitCode, 0);
  assert.match(shown.out, /member 42, card 0, serial 1, issued 1404-07-01, expires never/);
  assert.match(shown.out, /name: Sara Ahmadi; born: 1370-05-12/);
  const json = JSON.parse((await runCommand("card", "show", image, "--keys", keys, "--json")).out);
  assert.is(json.identity.birth, "1370-05-12");

  const again = await runCommand(...words, ...more, "--uid", "04A1B2C3", "--force");
  assert.match(again.refusal, /card 04a1b2c3 is in the database already, as member 42's/);
  assert.match((await runCommand(...words)).refusal, /exists already; add --force/);

  const blank = at("blank.mfd");
  writeFileSync(blank, blankImage(Uint8Array.of(4, 1, 2, 3, 4, 5, 6)));
  const second = ["card", "issue", "--keys", keys, "--member", "42", "--db", at("club.db")];
  const next = await runCommand(...second, "--blank", blank, "--out", at("second.mfd"));
  assert.match(next.out, /card 04010203040506 of member 42, serial 2$/);
  const view = await runCommand("card", "show", at("second.mfd"), "--keys", keys);
  assert.match(view.out, /member 42, card 1, serial 2/);
  const used = await runCommand(...second, "--blank", image, "--out", at("third.mfd"));
  assert.match(used.refusal, /sara\.mfd is not a blank card: a card of this club/);
});

test("a gift card has a serial of its own and no member", async () => {
  const words = ["card", "issue", "--keys", keys, "--gift", "--out", at("gift.mfd")];
  const issued = await runCommand(...words, "--db", at("gift.db"), "--uid", "04AABBCC");
  assert.match(issued.out, /card 04aabbcc a gift card, serial 1$/);
  const shown = await runCommand("card", "show", at("gift.mfd"), "--keys", keys);
  assert.match(shown.out, /gift/);
  assert.match((await runCommand(...words)).refusal, /number: --serial, or --db/);
  const both = await runCommand(...words, "--member", "3");
  assert.match(both.refusal, /either --member, or --gift/);
});

test("a lost card is replaced once, and blocked", async () => {
  const words = ["card", "issue", "--keys", keys, "--db", at("lost.db"), "--member", "42"];
  await runCommand(...words, "--uid", "04A1B2C3", "--out", at("lost.mfd"));
  const again = ["card", "reissue", "--keys", keys, "--db", at("lost.db")];
  const out = ["--out", at("new.mfd")];
  const made = await runCommand(...again, "--member", "42", "--uid", "04D4E5F6", ...out);
  assert.is(made.refusal, "");
  assert.match(made.out, /card 04d4e5f6, card 1\/1 of member 42\n {2}with 0 rial of credit/);
  assert.match(made.out, /card 1\/0 \(04a1b2c3\) is blocked: send the list to all pads/);
  const shown = await runCommand("card", "show", at("new.mfd"), "--keys", keys);
  assert.match(shown.out, /member 42, card 1, serial 1/);
  const listed = await runCommand("hotlist", "list", "--db", at("lost.db"));
  assert.match(listed.out, /1\/0.*lost/);
  const twice = await runCommand(...again, "--serial", "1", "--card", "0", "--out", at("b.mfd"));
  assert.match(twice.refusal, /card 1\/0 was replaced by card 04d4e5f6 already/);
  assert.not(existsSync(at("b.mfd")), "no image of a card that is not entered");
  const unknown = await runCommand(...again, "--member", "77", "--out", at("b.mfd"));
  assert.match(unknown.refusal, /no card of member 77 is known here/);
});

test("what is no card of the club exits with 2 and says what it is", async () => {
  const blank = at("empty.mfd");
  writeFileSync(blank, blankImage(Uint8Array.of(4, 9, 9, 9)));
  const shown = await runCommand("card", "show", blank, "--keys", keys);
  assert.is(shown.exitCode, 2);
  assert.match(shown.out, /^card 04090909: a blank card/);
  writeFileSync(at("short.mfd"), new Uint8Array(1000));
  const short = await runCommand("card", "show", at("short.mfd"), "--keys", keys);
  assert.match(short.refusal, /short\.mfd: a 1K card image has 1024 bytes, this file has 1000/);
  const none = await runCommand("card", "show", at("none.mfd"), "--keys", keys);
  assert.match(none.refusal, /none\.mfd: cannot be read \(no such file or directory\)/);
});

test("mistaken options are refused by name", async () => {
  const words = ["card", "issue", "--keys", keys, "--member", "1", "--out", at("x.mfd")];
  const cases: [more: string[], refusal: RegExp][] = [
    [["--birth", "1370-13-01"], /--birth: write a Jalali date like 1404-01-31, not 1370-13-01/],
    [["--birth", "1404-12-30"], /--birth: write a Jalali date/],
    [["--uid", "0x04"], /--uid: write 8 or 14 hexadecimal digits/],
  ];
  for (const [more, refusal] of cases) {
    assert.match((await runCommand(...words, ...more)).refusal, refusal);
  }
  chmodSync(keys, 0o644);
  assert.match((await runCommand(...words)).refusal, /others may read these keys/);
  chmodSync(keys, 0o600);
  const keyAsDatabase = await runCommand("verify", "--db", keys);
  assert.match(keyAsDatabase.refusal, /this is no ClubPad database/);
  assert.ok(readFileSync(keys, "utf8").startsWith("# Keys of club 7"));
});

test("a database belongs to one club", async () => {
  const others = at("others.keys.yaml");
  await runCommand("keys", "new", "--club", "8", "--out", others);
  const words = ["card", "issue", "--member", "1", "--db", at("one.db")];
  await runCommand(...words, "--keys", keys, "--out", at("one.mfd"));
  const mixed = await runCommand(...words, "--keys", others, "--out", at("two.mfd"));
  assert.match(mixed.refusal, /belongs to club 7, the key file to club 8/);
});

test.run();
