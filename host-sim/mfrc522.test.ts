import { test } from "uvu";
import * as assert from "uvu/assert";
import { VirtualClock } from "./clock";
import { blankImage } from "./mfd";
import { SimMfrc522 } from "./mfrc522";
import { MifareClassicCard } from "./mifare-card";
import { RfField } from "./rf-field";
import { Rng } from "./rng";
import { Mfrc522Library } from "./test-mfrc522-library";

const FACTORY_KEY = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
const UID4 = [0xde, 0xad, 0xbe, 0xef];

function createBench(uid: number[] = UID4, isLenient = false) {
  const clock = new VirtualClock();
  const field = new RfField(clock);
  const rng = new Rng(1);
  const image = blankImage(Uint8Array.from(uid));
  const uidLengthBytes = uid.length === 7 ? 7 : 4;
  const card = new MifareClassicCard({ clock, rng, image, uidLengthBytes });
  const chip = new SimMfrc522({ clock, field, rng, isLenient });
  const library = new Mfrc522Library(chip, (durationMs) => clock.advance(durationMs * 1000));
  field.addCard(card);
  return { clock, field, card, chip, library };
}

test("reads and writes a block as the Arduino library does", () => {
  const { library, card } = createBench();
  library.initialise();
  assert.equal(library.requestA(), { status: "ok", bytes: [0x04, 0x00], lastBits: 0 });
  assert.equal(library.select(), UID4);
  assert.is(library.authenticate(0x60, 4, FACTORY_KEY, UID4), "ok");
  const content = Array.from({ length: 16 }, (_, index) => index * 3);
  assert.is(library.write(4, content), "ok");
  assert.equal(library.read(4).bytes, content);
  assert.equal([...card.image.subarray(64, 80)], content);
  assert.is(library.authenticate(0x60, 8, FACTORY_KEY, UID4), "ok", "nested");
  assert.is(library.read(8).status, "ok");
});

test.run();
