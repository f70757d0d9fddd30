// Staff has its place in the soak: what it does in some episodes is what it can do at all.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ACTION_LOG_IN, ACTION_LOG_OUT, ACTION_WRONG_PIN } from "../../oracle/journal-content";
import { KIND_GRANT } from "../../oracle/other-taps";
import { runEpisode } from "./episode";
import { storyOf } from "./replay";
import type { Shop } from "./shop";

const COUNTS = {
  logIns: `SELECT count(*) FROM staff_events WHERE action = ${ACTION_LOG_IN}`,
  logOuts: `SELECT count(*) FROM staff_events WHERE action = ${ACTION_LOG_OUT}`,
  wrongPins: `SELECT max(tries) FROM staff_events WHERE action = ${ACTION_WRONG_PIN}`,
  grants: `SELECT count(*) FROM transactions WHERE kind = ${KIND_GRANT} AND status = 'committed'`,
  approvals: `SELECT count(*) FROM transactions
    WHERE kind != ${KIND_GRANT} AND approver > 0 AND status = 'committed'`,
  shifts: "SELECT count(*) FROM shifts",
};

type Counts = Record<keyof typeof COUNTS, number>;

/** What an episode's office has in its books at the end. */
async function countsOf(seed: string): Promise<Counts> {
  const counts = {} as Counts;
  const watch = ({ office }: Shop) => {
    const close = office.close.bind(office);
    office.close = () => {
      for (const [name, sql] of Object.entries(COUNTS)) {
        counts[name as keyof Counts] = Number(Object.values(office.query(sql)[0])[0]);
      }
      close();
    };
  };
  const size = { taps: 500, terminals: 2, cards: 8 };
  const result = await runEpisode({ seed, ...size, hasFaults: true, sabotage: watch });
  assert.is(result.failure?.message, undefined, storyOf(result).slice(-30).join("\n"));
  return counts;
}

test("who must log in does, supervisors approve, and a PIN is locked (staff.19)", async () => {
  const { logIns, wrongPins, grants, approvals } = await countsOf("staff.19");
  assert.ok(logIns > 5, `${logIns} log-ins`);
  assert.is(wrongPins, 5);
  assert.ok(grants > 0 && approvals > 0, `${grants} grants, ${approvals} other approvals`);
});

test("shifts are closed with the figures of what was done (staff.25)", async () => {
  const { shifts, logIns } = await countsOf("staff.25");
  assert.ok(shifts > 2 && logIns > 0, `${shifts} shifts, ${logIns} log-ins`);
});

test("staff logs out, too, and approves many taps (staff.14)", async () => {
  const { logOuts, grants, approvals } = await countsOf("staff.14");
  assert.ok(logOuts > 2 && grants > 5 && approvals > 2, `${logOuts}, ${grants}, ${approvals}`);
});

test.run();
