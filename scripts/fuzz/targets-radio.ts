/** What answers on the air: any frame to the reader's driver, any result to the tap. */

import { readFileSync } from "node:fs";
import { inspectCard } from "../../back-office/card-inspection";
import { createClubKeys, terminalConfigFor } from "../../back-office/keys";
import { compileRuleset } from "../../back-office/rules/compile";
import type { Bytes } from "../../card-layout/bytes";
import { Status } from "../../card-layout/status";
import { requestOf, TapOutcome, type TapRequest } from "../../firmware/app/tap-request";
import { TapKind } from "../../firmware/core/evaluate";
import { createMfrc522 } from "../../firmware/drivers/mfrc522";
import { type CardReader, KeyType, type SelectedCard } from "../../firmware/hal/card-reader";
import { VirtualClock } from "../../host-sim/clock";
import { blankImage } from "../../host-sim/mfd";
import { SimMfrc522 } from "../../host-sim/mfrc522";
import { MifareClassicCard } from "../../host-sim/mifare-card";
import { createNativeAes } from "../../host-sim/native-aes";
import { QuickCard } from "../../host-sim/quick/quick-card";
import { QuickPad } from "../../host-sim/quick/quick-pad";
import type { RfFrame } from "../../host-sim/rf";
import { type RfCard, RfField } from "../../host-sim/rf-field";
import { Rng } from "../../host-sim/rng";
import { createSpiDevice } from "../../host-sim/spi-device";
import { PROJECT_ROOT } from "../sim/club";
import { type FuzzTarget, promise } from "./fuzz-target";
import { issuedImage } from "./targets-card";

const UID = Uint8Array.from([0xde, 0xad, 0xbe, 0xef]);
const FACTORY_KEY = new Uint8Array(6).fill(0xff);
/** Below: what really happens. From here on the input says what is heard instead. */
const FIRST_LIE = 160;
/** No call of the driver takes longer, whatever is on the air. */
const CALL_LIMIT_US = 1_000_000;

/** The input, byte by byte; zeros behind its end, which are no lies. */
class Script {
  private at = 0;

  constructor(private readonly input: Uint8Array) {}

  next(): number {
    return this.input[this.at++] ?? 0;
  }
}

/** A card whose answers are bent on their way to the reader. */
class LyingCard implements RfCard {
  constructor(
    private readonly card: MifareClassicCard,
    private readonly script: Script,
  ) {}

  get answer(): RfFrame {
    return this.card.answer;
  }

  get answerDelayUs(): number {
    return this.card.answerDelayUs;
  }

  powerOn(leaveField: () => void): void {
    this.card.powerOn(leaveField);
  }

  powerOff(): void {
    this.card.powerOff();
  }

  receive(command: RfFrame, startUs: number): boolean {
    const answers = this.card.receive(command, startUs);
    const lie = this.script.next();
    if (lie < FIRST_LIE || !answers) return answers;
    if (lie < 180) return false;
    const { answer } = this.card;
    if (lie < 220) answer.bytes[this.script.next() % 18] ^= 1 << (this.script.next() % 8);
    else {
      answer.bitCount = 1 + (this.script.next() % 150);
      const bytes = (answer.bitCount + 7) >> 3;
      for (let i = 0; i < bytes; i++) answer.bytes[i] = this.script.next();
      for (let i = 0; i < bytes; i++) answer.parity[i] = this.script.next() & 1;
    }
    return true;
  }
}

export const radioDriver: FuzzTarget = {
  name: "radio-driver",
  promise: "whatever is heard on the air, each call of the reader ends soon with a status",
  seeds: () => [new Uint8Array(40), Uint8Array.of(0, 0, 0, 0, 0, 0, 200, 3, 1), lies(30)],
  run: (input) => {
    const clock = new VirtualClock();
    const field = new RfField(clock);
    const rng = new Rng(1);
    const chip = new SimMfrc522({ clock, field, rng });
    const card = new MifareClassicCard({ clock, rng, image: blankImage(UID) });
    field.addCard(new LyingCard(card, new Script(input)));
    const wait = (durationMs: number) => clock.advance(durationMs * 1000);
    const driver = createMfrc522(createSpiDevice(chip), {
      nowMs: () => {
        clock.advance(50);
        return clock.nowUs / 1000;
      },
      unixSeconds: () => 0,
      setUnixSeconds: () => undefined,
      waitMs: wait,
    });
    driver.initialise();
    wait(6);
    return callAll(driver, clock).join(" ");
  },
};

/** Every call of the reader as its contract allows it: after a refusal a card is selected again. */
function callAll(driver: CardReader, clock: VirtualClock): number[] {
  const selected: SelectedCard = { uid: new Uint8Array(7), uidLengthBytes: 4, atqa: 0, sak: 0 };
  const block = new Uint8Array(16);
  const select = () => driver.select(selected);
  const open = () => driver.authenticate(selected, 4, KeyType.A, FACTORY_KEY, 0);
  const sessions = [
    [() => driver.probeMagic()],
    [select, open, () => checkedRead(driver, block), () => driver.writeBlock(4, block, 0)],
    [select, open, () => driver.decrement(5, 1), () => driver.transfer(5)],
    [select, open, () => driver.restore(5), () => driver.transfer(5), () => driver.halt()],
    [select, select],
  ];
  const answers: Status[] = [];
  for (const session of sessions) {
    let status = Status.Ok;
    for (let i = 0; i < session.length && status === Status.Ok; i++) {
      const startUs = clock.nowUs;
      status = session[i]();
      promise(clock.nowUs - startUs < CALL_LIMIT_US, "a call does not end");
      promise(Number.isInteger(status) && status >= 0 && status < 64, `status ${status}`);
      answers.push(status);
    }
  }
  return answers;
}

function checkedRead(driver: CardReader, block: Uint8Array): Status {
  block.fill(0xa5);
  const status = driver.readBlock(4, block, 0);
  const isUntouched = block.every((byte) => byte === 0xa5);
  promise(status === Status.Ok || isUntouched, "a refused read changed the buffer");
  return status;
}

function lies(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => 160 + ((i * 37) % 96));
}

const aes = createNativeAes();
const keys = createClubKeys(7, 1, "fuzz");
const RULES = "rulesets/first-shop.yaml";
const ENROL: TapRequest = requestOf(TapKind.Enrol, 0, 0);
const SALE: TapRequest = { ...ENROL, kind: TapKind.Sale, grossRial: 1_000_000 };
const EARNED_RIAL = 100_000;
/** What the driver may answer instead of what happened. */
const STATUSES = [
  ...[Status.NoCard, Status.CardLost, Status.BadAnswer, Status.AuthFailed, Status.Collision],
  ...[Status.ReaderFault, Status.MagicCard, Status.Unsupported, Status.Ok],
];

/** A pad with an enrolled card, and the moment before its sale; made once. */
function preparedPad() {
  const ruleset = compileRuleset(readFileSync(`${PROJECT_ROOT}/${RULES}`, "utf8"), RULES).bytes;
  const config = terminalConfigFor(aes, keys, 1, 1, 1, ruleset);
  const pad = new QuickPad({ config, seed: "fuzz", startUnixSeconds: 1_795_000_000 });
  pad.powerOn();
  const card = new QuickCard({ clock: pad.clock, rng: new Rng("card"), image: issuedImage() });
  pad.begin(ENROL);
  promise(pad.present(card) === TapOutcome.Done, "the prepared card is not enrolled");
  return { pad, card, saved: pad.save(), image: card.image.slice() };
}

let prepared: ReturnType<typeof preparedPad> | undefined;

export const tapResults: FuzzTarget = {
  name: "tap",
  promise: "whatever the reader answers in a sale, it counts once or not at all, and pads go on",
  seeds: () => [
    new Uint8Array(80),
    lies(20),
    Uint8Array.from([...new Uint8Array(40), ...lies(20)]),
  ],
  run: (input) => {
    prepared ??= preparedPad();
    const { pad, card, saved, image } = prepared;
    pad.restore(saved);
    card.eeprom.restore(image);
    pad.powerOn();
    const undo = lieTo(pad.reader, new Script(input));
    pad.begin(SALE);
    const said = pad.present(card);
    undo();
    let again = said;
    for (let i = 0; i < 4 && pad.isWaiting; i++) again = pad.present(card);
    promise(!pad.isWaiting, "the pad waits for ever");
    const { slots } = inspectCard(aes, keys, card.image, UID);
    const state = slots.find(({ role }) => role === "current")?.state;
    promise(state !== undefined, "the card has no record any more");
    const creditRial = state?.lots.reduce((sum, lot) => sum + lot.amountRial, 0);
    const isDone = said === TapOutcome.Done || again === TapOutcome.Done;
    promise(creditRial === 0 || creditRial === EARNED_RIAL, `${creditRial} rial on the card`);
    promise(!isDone || creditRial === EARNED_RIAL, "done, and not on the card");
    return `${said} ${again} ${creditRial}`;
  },
};

/** Bends results of the reader's calls; returns how to end that. */
function lieTo(reader: CardReader, script: Script): () => void {
  const calls = ["select", "authenticate", "readBlock", "writeBlock", "decrement", "transfer"];
  const target = reader as unknown as Record<string, ((...words: unknown[]) => Status) | undefined>;
  for (const name of [...calls, "restore", "probeMagic"]) {
    const real = (target[name] as (...words: unknown[]) => Status).bind(reader);
    target[name] = (...words) => {
      const lie = script.next();
      if (lie < FIRST_LIE) return real(...words);
      if (lie < 200 || name !== "readBlock") {
        // Something happened, or it did not; what is answered is another thing.
        if (lie % 2 === 0) real(...words);
        return STATUSES[script.next() % STATUSES.length];
      }
      const out = words[1] as Bytes;
      for (let i = 0; i < 16; i++) out[(words[2] as number) + i] = script.next();
      return Status.Ok;
    };
  }
  return () => {
    for (const name of [...calls, "restore", "probeMagic"]) delete target[name];
  };
}
