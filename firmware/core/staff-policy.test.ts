/** What needs a supervisor, by kind and by amount, and what a staff card may be used for. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CardKind } from "../../card-layout/identity";
import { StateFlag } from "../../card-layout/state";
import { Outcome, TapKind } from "./evaluate";
import { isAboveLimit, isLoginRequired, isUnapproved } from "./staff-policy";
import { CREDIT, compile, memberState, TENTH, tap, withCredit } from "./test-taps";

const FREE = compile(CREDIT, TENTH);
const STRICT = compile(
  CREDIT,
  "staff: {login: yes, supervisorFor: [return, giftLoad], approveAboveRial: 10_000}\n",
  TENTH,
);

test("by the ruleset: login, kinds, and what lies above the limit", () => {
  assert.equal([FREE, STRICT].map(isLoginRequired), [false, true]);
  const named = [TapKind.Refund, TapKind.GiftLoad];
  for (let kind = TapKind.Staff as number; kind <= TapKind.Block; kind++) {
    const of = (rial: number, approver = 0) => ({
      ...{ kind, approver },
      ...(kind === TapKind.Sale
        ? { grossRial: 99_999, askedCreditRial: rial }
        : { grossRial: rial, askedCreditRial: 0 }),
    });
    const isGrant = kind === TapKind.Grant;
    assert.is(isUnapproved(FREE, of(2 ** 40 - 1)), isGrant, `free, kind ${kind}`);
    assert.is(isUnapproved(STRICT, of(10_000)), isGrant || named.includes(kind), `kind ${kind}`);
    assert.is(isUnapproved(STRICT, of(10_001)), true, `above, kind ${kind}`);
    assert.is(isUnapproved(STRICT, of(10_001, 5)), false, `approved, kind ${kind}`);
    assert.equal(
      [10_000, 10_001].map((rial) => isAboveLimit(STRICT, of(rial))),
      [false, true],
    );
  }
});

test("a tap without the approval that it needs is refused, with it it goes on", () => {
  const state = withCredit(memberState(), 50_000);
  const sale = { kind: TapKind.Sale, grossRial: 90_000 };
  const outcome = (more: object) => tap(STRICT, state, { ...sale, ...more }).outcome;
  assert.is(outcome({}), Outcome.Ok, "the bill itself has no limit");
  assert.is(outcome({ askedCreditRial: 10_000 }), Outcome.Ok);
  assert.is(outcome({ askedCreditRial: 10_010 }), Outcome.NeedsApproval);
  assert.is(outcome({ askedCreditRial: 10_010, approver: 5 }), Outcome.Ok);
  const refund = { kind: TapKind.Refund, grossRial: 100 };
  assert.is(outcome(refund), Outcome.NeedsApproval);
  assert.is(outcome({ ...refund, approver: 5 }), Outcome.NotFound);
});

test("what the card is comes before who must approve", () => {
  const blocked = memberState({ flags: StateFlag.Enrolled | StateFlag.Blocked });
  const asked = { kind: TapKind.GiftLoad, grossRial: 100 };
  assert.is(tap(STRICT, blocked, asked).outcome, Outcome.WrongKind);
  const gift = { kind: CardKind.Gift };
  assert.is(tap(STRICT, blocked, asked, gift).outcome, Outcome.Blocked);
  assert.is(tap(STRICT, memberState(), asked, gift).outcome, Outcome.NeedsApproval);
});

test("a staff card is read and blocked, nothing else; members' cards are no staff cards", () => {
  for (const kind of [CardKind.Cashier, CardKind.Supervisor]) {
    const of = (asked: TapKind, flags = 0) =>
      tap(FREE, memberState({ flags }), { kind: asked, grossRial: 100 }, { kind }).outcome;
    assert.is(of(TapKind.Staff), Outcome.Ok);
    assert.is(of(TapKind.Staff, StateFlag.Blocked), Outcome.Blocked);
    assert.is(of(TapKind.Block), Outcome.Ok);
    for (const other of [TapKind.Enrol, TapKind.Sale, TapKind.Balance, TapKind.GiftLoad]) {
      assert.is(of(other), Outcome.WrongKind, `kind ${other}`);
    }
  }
  for (const kind of [CardKind.Member, CardKind.Gift, CardKind.Test]) {
    const asked = { kind: TapKind.Staff, grossRial: 0 };
    assert.is(tap(FREE, memberState(), asked, { kind }).outcome, Outcome.WrongKind);
  }
  const expired = { kind: CardKind.Cashier, expiryDay: 10 };
  const asked = { kind: TapKind.Staff, grossRial: 0 };
  assert.is(tap(FREE, memberState(), asked, expired).outcome, Outcome.CardExpired);
});

test.run();
