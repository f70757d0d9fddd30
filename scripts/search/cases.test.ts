/** Every kind of tap that the fault searches disturb does, undisturbed, what its row says. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { searchOf } from "./case-search";
import { RETURNS } from "./run-tap";
import { TAP_CASES } from "./tap-case";

for (const tapCase of TAP_CASES) {
  test(`${tapCase.name}, undisturbed`, () => {
    const { quick } = searchOf(tapCase);
    const start = quick.undisturbed([]);
    for (const route of RETURNS) {
      const { violations, visits } = quick.run(route, []);
      assert.equal(violations, [], route);
      assert.is(visits[0].said, tapCase.changes ? "done" : visits[0].said, route);
    }
    const isChanged = Buffer.compare(start, quick.undisturbed([1])) !== 0;
    assert.is(isChanged, tapCase.changes || tapCase.office !== undefined);
  });
}

test.run();
