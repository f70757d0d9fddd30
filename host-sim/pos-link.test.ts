/** A till on the second serial line: client package, whole firmware, and all that can go wrong. */
import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { issueImage } from "../back-office/issue-image";
import { createClubKeys, terminalConfigFor } from "../back-office/keys";
import { compileRuleset } from "../back-office/rules/compile";
import { PLAN_16_PAGES } from "../firmware/boards/flash-plan";
import { crc32 } from "../firmware/core/crc32";
import { posKeyOf } from "../firmware/core/pos-messages";
import { createJournal } from "../firmware/storage/journal";
import {
  balanceBody,
  helloBody,
  refundBody,
  type SaleOrder,
  saleBody,
} from "../pos-client/src/orders";
import { PadTill, type TillOptions } from "../pos-client/src/pad-till";
import { PosError } from "../pos-client/src/pos-error";
import { type PosResult, readResult } from "../pos-client/src/results";
import { type Channel, FrameReader, requestFrame } from "../pos-client/src/wire";
import { SimBoard } from "./board";
import { packAssets } from "./device-assets";
import { blankImage } from "./mfd";
import { MifareClassicCard } from "./mifare-card";
import { createNativeAes } from "./native-aes";
import { NativeRuntime } from "./native-runtime";
import { NorFlash } from "./nor-flash";
import { PadMachine, type TapOptions } from "./pad-machine";
import { SerialWire } from "./serial-wire";

const RULES = "rulesets/boutique.yaml";
const START = 1_795_000_000;
const TERMINAL = 7;
const BAUD_RATE = 115_200;
const ANSWER_LIMIT_MS = 8000;

const aes = createNativeAes();
const keys = createClubKeys(7, 1, "pos-link");
const ruleset = compileRuleset(readFileSync(RULES, "utf8"), RULES).bytes;
const assets = packAssets("en");
const config = terminalConfigFor(aes, keys, TERMINAL, 1, 1, ruleset);
const key = posKeyOf(aes, config.journalKey, TERMINAL, config.keyEpoch) as Uint8Array;

function startedPad(): PadMachine {
  const { pageSizeBytes, pageCount } = PLAN_16_PAGES;
  const startUnixSeconds = START;
  const board = new SimBoard({ seed: "pos-link", pageSizeBytes, pageCount, startUnixSeconds });
  const pad = new PadMachine(board, new NativeRuntime(board, PLAN_16_PAGES, assets));
  pad.provision(config, PLAN_16_PAGES);
  pad.powerOn();
  return pad;
}

function memberCard(pad: PadMachine, member = 100001): MifareClassicCard {
  const uid = Uint8Array.from([0xde, 0xad, 0xbe, member % 256]);
  const card = { member, serial: member, cardNumber: 0, name: "", birth: undefined };
  const { image } = issueImage(aes, keys, blankImage(uid), uid, { ...card, issueDay: 2000 });
  const { clock, rng } = pad.board;
  return new MifareClassicCard({ clock, rng: rng.fork(`card ${member}`), image });
}

function enrolled(pad: PadMachine): MifareClassicCard {
  const card = memberCard(pad);
  pad.press("C#");
  assert.is(pad.tap(card).result, "done");
  pad.press("*");
  return card;
}

/** The pad at the other end of the till's stream; a card comes when the till is told to wait. */
function tillAt(
  pad: PadMachine,
  onWaiting?: () => void,
  more: Partial<TillOptions> = {},
  delaysMs: number[] = [],
): PadTill {
  const wire = new SerialWire(pad, pad.board.till, BAUD_RATE);
  const events = new EventEmitter();
  const stream = Object.assign(events, {
    write: (bytes: Uint8Array) => {
      const answer = wire.receive(bytes);
      if (answer.length > 0) setTimeout(() => events.emit("data", answer), delaysMs.shift() ?? 0);
    },
  });
  const onState = ({ state }: PosResult) => {
    if (state === "waiting" || state === "unfinished") onWaiting?.();
  };
  return new PadTill(stream, {
    key,
    terminal: TERMINAL,
    pollMs: 1,
    answerMs: 50,
    onState,
    ...more,
  });
}

/** Records in the pad's journal, counted in a copy of its flash. */
function recordCount(pad: PadMachine): number {
  const { journalPage, journalPageCount, pageSizeBytes, pageCount } = PLAN_16_PAGES;
  const flash = new NorFlash({ pageSizeBytes, pageCount });
  flash.loadImage(pad.board.flash.saveImage());
  const journal = createJournal(
    flash,
    journalPage,
    journalPageCount,
    aes,
    crc32,
    config.journalKey,
  );
  assert.is(journal.boot(), 0);
  return journal.nextSequence() - 1;
}

/** A till without the client: frames as they are, one session, answers as results. */
class BareTill {
  readonly channel: Channel = { key, terminal: TERMINAL, session: new Uint8Array(8) };
  private readonly reader = new FrameReader();

  constructor(private readonly pad: PadMachine) {}

  greet(nonce = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)): void {
    this.channel.session = new Uint8Array(8);
    this.send(requestFrame(this.channel, 0, helloBody(nonce)));
    const answer = this.await();
    assert.is(answer?.content.length, 20);
    this.channel.session = answer!.content.slice(0, 8);
  }

  frame(request: number, body: Uint8Array): Uint8Array {
    return requestFrame(this.channel, request, body);
  }

  send(bytes: Uint8Array): void {
    this.pad.board.till.send(bytes);
  }

  await() {
    for (let waitedMs = 0; waitedMs < ANSWER_LIMIT_MS; waitedMs += 5) {
      this.pad.runMs(5);
      const [frame] = this.reader.push(this.pad.board.till.takeSent());
      if (frame !== undefined) return frame;
    }
    return undefined;
  }

  ask(request: number, body: Uint8Array): PosResult {
    this.send(this.frame(request, body));
    let frame = this.await();
    if (frame?.type === 5) {
      // The session is over: greet again and repeat, as every till does.
      this.greet();
      this.send(this.frame(request, body));
      frame = this.await();
    }
    const result = frame && readResult(request, frame.content.slice(0, -8));
    assert.ok(result, `no answer but ${frame?.content}`);
    return result;
  }
}

const BILL: SaleOrder = { totalRial: 10_000_000 };

test("late answers to the greeting are not taken for a wrong key", async () => {
  const pad = startedPad();
  const card = enrolled(pad);
  const onWaiting = () => assert.is(pad.tap(card).result, "done");
  const till = tillAt(pad, onWaiting, {}, [80, 80, 80, 80]);
  assert.is((await till.sale(BILL)).state, "done");
});

test("a sale with lines: the pad waits for the card and tells what it did", async () => {
  const pad = startedPad();
  const card = enrolled(pad);
  const till = tillAt(pad, () => assert.is(pad.tap(card).result, "done"));
  const lines = [
    { category: 3, amountRial: 3_000_000, quantity: 1 },
    { category: 3, amountRial: 1_000_000, quantity: 2 },
    { category: 5, amountRial: 2_000_000, quantity: 1 },
  ];
  const sold = await till.sale({ ...BILL, lines });
  assert.is(sold.state, "done");
  assert.is(sold.request, 1);
  assert.is(sold.terminal, TERMINAL);
  assert.is(sold.member, 100001);
  assert.is(sold.oldBalanceRial, 0);
  assert.ok(sold.earnedRial > 0);
  assert.is(sold.balanceRial, sold.earnedRial);
  assert.is(sold.payableRial, BILL.totalRial - sold.discountRial);
  assert.match(pad.screen().join("\n"), new RegExp(`No\\. +${sold.record}\n`));
});

test("categories of the lines count as they do in the rules", async () => {
  const earnedWith = async (lines: SaleOrder["lines"]) => {
    const pad = startedPad();
    const card = enrolled(pad);
    const { earnedRial } = await tillAt(pad, () => pad.tap(card)).sale({ ...BILL, lines });
    return earnedRial;
  };
  const plain = await earnedWith([]);
  const shares = await Promise.all(
    Array.from({ length: 16 }, (_, category) =>
      earnedWith([{ category, amountRial: 4_000_000, quantity: 1 }]),
    ),
  );
  assert.ok(
    shares.some((earned) => earned !== plain),
    "no category of the rules was seen",
  );
});

test("credit, and more of it than there is", async () => {
  const pad = startedPad();
  const card = enrolled(pad);
  const till = tillAt(pad, () => pad.tap(card));
  const { balanceRial } = await till.sale(BILL);
  pad.board.setUnixSeconds(START + 40 * 86_400);
  const much = await till.sale({ totalRial: 20_000_000, creditRial: balanceRial + 10 });
  assert.is(much.state, "refused");
  assert.is(much.reason, "insufficientCredit");
  assert.is(much.availableRial, balanceRial);
  assert.match(pad.screen().join("\n"), "credit");
  const sold = await till.sale({ totalRial: 20_000_000, creditRial: balanceRial });
  assert.is(sold.state, "done");
  assert.is(sold.usedRial, balanceRial);
  assert.is(sold.oldBalanceRial, balanceRial);
  assert.is(sold.payableRial, 20_000_000 - balanceRial - sold.discountRial);
  const sumRial = sold.lots.reduce((sum, { amountRial }) => sum + amountRial, 0);
  assert.is(sumRial, sold.balanceRial);
  for (const { untilDay } of sold.lots) assert.ok(untilDay > sold.day);
});

test("balance, refund by record number, undo", async () => {
  const pad = startedPad();
  const card = enrolled(pad);
  const till = tillAt(pad, () => pad.tap(card));
  const sold = await till.sale(BILL);
  const before = recordCount(pad);
  const shown = await till.balance();
  assert.is(shown.state, "done");
  assert.is(shown.record, 0);
  assert.is(shown.balanceRial, sold.balanceRial);
  assert.is(shown.nextExpiryRial > 0, true);
  assert.is(recordCount(pad), before);
  const back = await till.refund({ amountRial: BILL.totalRial, record: sold.record });
  assert.is(back.state, "done");
  assert.is(back.clawedRial, sold.earnedRial);
  assert.is(back.balanceRial, 0);
  const again = await till.sale(BILL);
  const undone = await till.undo();
  assert.is(undone.state, "done");
  assert.is(undone.balanceRial, again.oldBalanceRial);
});

test("a return of a sale that the pad does not have is noted once, asked twice", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  const till = new BareTill(pad);
  till.greet();
  const body = refundBody({ amountRial: 50_000, record: 4_000_000 });
  assert.is(till.ask(1, body).state, "waiting");
  pad.tap(card);
  assert.is(till.ask(1, body).state, "deferred");
  const count = recordCount(pad);
  pad.cutPower();
  pad.powerOn();
  till.greet();
  const told = till.ask(1, body);
  assert.is(told.state, "deferred");
  assert.is(told.record, count);
  assert.is(recordCount(pad), count + 1, "only the pad's start");
});

test("every start of the pad makes other sessions, by a record, whatever the clock", () => {
  const pad = startedPad();
  const seen = new Set<string>();
  for (let start = 0; start < 5; start++) {
    const before = recordCount(pad);
    const till = new BareTill(pad);
    till.greet();
    till.greet();
    assert.is(recordCount(pad), before + 1);
    seen.add(Buffer.from(till.channel.session).toString("hex"));
    pad.cutPower();
    pad.board.setUnixSeconds(START);
    pad.powerOn();
  }
  assert.is(seen.size, 5);
});

test("a cancel while the card is awaited, and one that comes before its sale", async () => {
  const pad = startedPad();
  const card = enrolled(pad);
  const till: PadTill = tillAt(pad, () => void till.cancel(1));
  assert.is((await till.sale(BILL)).state, "cancelled");
  assert.match(pad.screen().join("\n"), "Amount, toman");
  assert.is((await till.cancel(1)).state, "cancelled");
  assert.is((await till.cancel(9)).state, "cancelled");
  assert.is((await till.sale(BILL, 9)).state, "cancelled");
  const sold = await tillAt(pad, () => pad.tap(card)).sale(BILL, 10);
  assert.is(sold.state, "done");
  assert.is((await till.cancel(10)).state, "done");
});

test("a repeat answers the same and does nothing; so does one after a restart", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  const till = new BareTill(pad);
  till.greet();
  till.ask(1, saleBody(BILL));
  pad.tap(card);
  const first = till.ask(1, saleBody(BILL));
  assert.is(first.state, "done");
  const count = recordCount(pad);
  assert.equal(till.ask(1, saleBody(BILL)), first);
  assert.ok(first.lots.length > 0);
  pad.press("5D#");
  pad.tap(card);
  assert.is(recordCount(pad), count + 2);
  assert.equal(till.ask(1, saleBody(BILL)), first);
  pad.cutPower();
  pad.powerOn();
  till.greet();
  assert.equal(till.ask(1, saleBody(BILL)), { ...first, lots: [] });
  assert.is(recordCount(pad), count + 3, "only the pad's start");
});

test("what the pad knows of its till outlives the link, which a key drops", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  const till = new BareTill(pad);
  till.greet();
  const { session } = till.channel;
  const bodies = [balanceBody(), saleBody({ ...BILL, creditRial: 10 }), saleBody(BILL)];
  bodies.forEach((body, i) => {
    const request = i + 1;
    assert.is(till.ask(request, body).state, "waiting");
    pad.tap(card);
    const first = till.ask(request, body);
    assert.is(first.state, i === 1 ? "refused" : "done");
    pad.press("*");
    assert.equal(till.ask(request, body), first);
    pad.press("*");
    assert.is(till.ask(9, Uint8Array.of(0xff)).state, "notUnderstood");
  });
  assert.is(till.ask(2, bodies[1]).state, "unknown");
  assert.equal(till.channel.session, session);
});

test("dropped in the middle of a frame, a greeting or a search: the repeat is answered", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  const till = new BareTill(pad);
  till.greet();
  till.ask(1, saleBody(BILL));
  pad.tap(card);
  const first = till.ask(1, saleBody(BILL));
  const count = recordCount(pad);
  for (const isGreeting of [false, true]) {
    for (let waitMs = 0; waitMs < 40; waitMs += 3) {
      const zeros = { ...till.channel, session: new Uint8Array(8) };
      const hello = requestFrame(zeros, 0, helloBody(Uint8Array.from({ length: 8 }, () => waitMs)));
      const frame = isGreeting ? hello : till.frame(1, saleBody(BILL));
      till.send(waitMs === 0 ? frame.slice(0, 20) : frame);
      pad.board.keypad.press("*");
      pad.runMs(waitMs);
      pad.board.keypad.release();
      pad.runMs(100);
      pad.board.till.takeSent();
      assert.equal(till.ask(1, saleBody(BILL)), first, `${isGreeting} ${waitMs}`);
    }
  }
  assert.is(recordCount(pad), count);
});

test("numbers only grow: an older one that was never done starts nothing", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  const till = new BareTill(pad);
  till.greet();
  till.ask(5, saleBody(BILL));
  pad.tap(card);
  assert.is(till.ask(5, saleBody(BILL)).state, "done");
  assert.is(till.ask(4, saleBody(BILL)).state, "unknown");
  assert.match(pad.screen().join("\n"), "Done");
});

test("cut at every byte of the request, and then asked again: one sale", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  const till = new BareTill(pad);
  till.greet();
  const lines = [{ category: 3, amountRial: 20_000, quantity: 1 }];
  const body = saleBody({ totalRial: 100_000, lines });
  const lengthBytes = till.frame(1, body).length;
  for (let cut = 0; cut <= lengthBytes; cut++) {
    const request = cut + 1;
    const before = recordCount(pad);
    till.send(till.frame(request, body).slice(0, cut));
    pad.runMs(200);
    pad.board.till.takeSent();
    assert.is(till.ask(request, body).state, "waiting", `cut at ${cut}`);
    assert.is(pad.tap(card).result, "done");
    assert.is(till.ask(request, body).state, "done");
    assert.is(recordCount(pad), before + 2);
  }
});

test("cut at every byte of the answer: the repeat brings it whole", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  const till = new BareTill(pad);
  till.greet();
  till.ask(1, saleBody(BILL));
  pad.tap(card);
  till.send(till.frame(1, saleBody(BILL)));
  pad.runMs(500);
  const answer = pad.board.till.takeSent();
  for (let cut = 0; cut < answer.length - 1; cut++) {
    const reader = new FrameReader();
    assert.equal(reader.push(answer.slice(0, cut)), []);
    till.send(till.frame(1, saleBody(BILL)));
    pad.runMs(500);
    const frames = reader.push(Uint8Array.from([0, ...pad.board.till.takeSent()]));
    assert.is(frames.length, 1, `cut at ${cut}`);
    assert.is(readResult(1, frames[0].content.slice(0, -8))?.state, "done");
  }
});

test("another key, another terminal: refused, and nothing happens", async () => {
  const pad = startedPad();
  const before = recordCount(pad);
  const wrong = [{ key: key.map((byte, i) => (i === 15 ? byte ^ 1 : byte)) }, { terminal: 8 }];
  for (const options of wrong) {
    const error = await tillAt(pad, undefined, options)
      .sale(BILL)
      .catch((reason) => reason);
    assert.instance(error, PosError);
    assert.is(error.code, "key");
  }
  assert.match(pad.screen().join("\n"), "Amount, toman");
  assert.is(recordCount(pad), before);
});

test("what was recorded in one session is refused in the next", () => {
  const pad = startedPad();
  const till = new BareTill(pad);
  till.greet();
  const recorded = till.frame(3, saleBody(BILL));
  till.send(recorded);
  assert.is(till.await()?.type, 9);
  pad.cutPower();
  pad.powerOn();
  till.send(recorded);
  assert.is(till.await()?.type, 5);
  till.greet();
  till.send(recorded);
  assert.is(till.await()?.type, 5);
  assert.match(pad.screen().join("\n"), "Amount, toman");
});

test("every bit of a request counts", () => {
  const pad = startedPad();
  const till = new BareTill(pad);
  till.greet();
  const body = saleBody(BILL);
  for (let bit = 0; bit < body.length * 8; bit++) {
    const other = body.slice();
    other[bit >> 3] ^= 1 << (bit & 7);
    const mac = till.frame(1, body);
    // The body is another one than the MAC was made for; the CRC is right.
    const forged = requestFrame({ ...till.channel, key: new Uint8Array(16) }, 1, other);
    till.send(forged);
    assert.is(till.await()?.type, 5, `bit ${bit} of ${mac.length} bytes`);
  }
  assert.match(pad.screen().join("\n"), "Amount, toman");
});

test("garbage on the line changes nothing, and the next request is served", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  const till = new BareTill(pad);
  const { rng } = pad.board;
  till.greet();
  const before = recordCount(pad);
  for (let i = 0; i < 300; i++) {
    const lengthBytes = 1 + rng.below(300);
    till.send(Uint8Array.from({ length: lengthBytes }, () => rng.below(256)));
    pad.runMs(60);
  }
  pad.board.till.takeSent();
  assert.is(recordCount(pad), before);
  assert.is(till.ask(1, saleBody(BILL)).state, "waiting");
  pad.tap(card);
  assert.is(till.ask(1, saleBody(BILL)).state, "done");
});

test("authentic nonsense is called so", () => {
  const pad = startedPad();
  const till = new BareTill(pad);
  till.greet();
  const good = saleBody({
    totalRial: 100_000,
    lines: [{ category: 1, amountRial: 1, quantity: 1 }],
  });
  const wrong: [at: number, value: number][] = [
    [0, 0xff],
    [0, 6],
    [11, 1],
    [15, 1],
    [17, 2],
    [17, 0],
    [18, 16],
    [19, 0],
    [23, 1],
    [24, 1],
    [10, 1],
  ];
  for (const [at, value] of wrong) {
    const body = good.slice();
    body[at] = value;
    assert.is(till.ask(1, body).state, "notUnderstood", `byte ${at}`);
  }
  assert.is(till.ask(1, good.slice(0, -1)).state, "notUnderstood");
  assert.is(till.ask(1, balanceBody().slice(0, 17)).state, "notUnderstood");
  assert.is(till.ask(1, good).state, "waiting");
});

test("while somebody types at the pad the till is told so, and waits", () => {
  const pad = startedPad();
  const card = enrolled(pad);
  const till = new BareTill(pad);
  till.greet();
  pad.press("12");
  assert.is(till.ask(1, saleBody(BILL)).state, "busy");
  pad.press("#");
  assert.is(till.ask(1, saleBody(BILL)).state, "busy");
  pad.press("*");
  assert.is(till.ask(1, saleBody(BILL)).state, "waiting");
  assert.is(till.ask(2, saleBody(BILL)).state, "busy");
  pad.tap(card);
  assert.is(till.ask(1, saleBody(BILL)).state, "done");
  assert.is(till.ask(2, saleBody(BILL)).state, "waiting");
});

test("no card for a minute: the pad gives up and says so", () => {
  const pad = startedPad();
  const till = new BareTill(pad);
  till.greet();
  assert.is(till.ask(1, saleBody(BILL)).state, "waiting");
  pad.runMs(61_000);
  const told = till.ask(1, saleBody(BILL));
  assert.is(told.state, "cancelled");
  assert.equal(till.ask(1, saleBody(BILL)), told);
});

test("a card taken away: unfinished, then done once; or given up, then in doubt", () => {
  for (const isGivenUp of [false, true]) {
    const pad = startedPad();
    const card = enrolled(pad);
    const till = new BareTill(pad);
    till.greet();
    till.ask(1, saleBody(BILL));
    assert.is(pad.tap(card, { pullAtExchange: 45 }).result, "unfinished");
    assert.is(till.ask(1, saleBody(BILL)).state, "unfinished");
    assert.is(till.ask(1, Uint8Array.of(1)).state, "unfinished");
    if (isGivenUp) pad.press("*#");
    else assert.is(pad.tap(card).result, "done");
    const told = till.ask(1, saleBody(BILL));
    assert.is(told.state, isGivenUp ? "inDoubt" : "done");
    assert.equal(till.ask(1, saleBody(BILL)), told);
  }
});

/** A power cut during the tap; the till asks again, and what it hears is what counts. */
function cutAndAskAgain(options: TapOptions): "cut" | "whole" {
  const pad = startedPad();
  const card = enrolled(pad);
  const till = new BareTill(pad);
  till.greet();
  const story = JSON.stringify(options);
  assert.is(till.ask(1, saleBody(BILL)).state, "waiting");
  pad.tap(card, options);
  // Also behind the sound, when the movement goes on the card.
  const isCut = !pad.isPowered;
  if (isCut) {
    pad.powerOn();
    till.greet();
  }
  let told = till.ask(1, saleBody(BILL));
  for (let i = 0; i < 3 && (told.state === "unfinished" || told.state === "waiting"); i++) {
    assert.is(pad.tap(card).result, "done", story);
    told = till.ask(1, saleBody(BILL));
  }
  assert.is(told.state, "done", story);
  pad.cutPower();
  pad.powerOn();
  till.greet();
  assert.equal(till.ask(1, saleBody(BILL)), { ...told, lots: [] }, story);
  till.ask(2, balanceBody());
  pad.tap(card);
  const { balanceRial } = till.ask(2, balanceBody());
  assert.is(balanceRial, told.earnedRial, `sold more than once: ${story}`);
  assert.is(told.oldBalanceRial, 0, story);
  return isCut ? "cut" : "whole";
}

test("the power fails at exchanges of the tap: the repeat tells, one sale", () => {
  let exchange = 1;
  while (cutAndAskAgain({ cutAtExchange: exchange }) === "cut") exchange += 2;
  assert.ok(exchange > 50, `${exchange} exchanges`);
});

test("the power fails at flash words of the tap: the repeat tells, one sale", () => {
  let word = 1;
  while (cutAndAskAgain({ cutAtFlashWord: word }) === "cut") word += 3;
  assert.ok(word > 25, `${word} words`);
});

test.run();
