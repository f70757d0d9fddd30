/** The self-test's step for the reader chip: who it is, and whether every wire to it works. */
import { UserError } from "../../back-office/user-error";
import { crcA } from "../../card-layout/crc-a";
import { pause } from "./board-console";
import type { Session } from "./session";

const MFRC522_VERSIONS: Record<number, string> = {
  128: "clone FM17522",
  145: "version 1.0",
  146: "version 2.0",
  178: "clone FM17522E",
};
/** UM0701-02, 6.2: frames, 7.2.2 GetFirmwareVersion, 7.2.1 Diagnose with the line test. */
const PN532_IC = 0x32;
const PN532_TO_CHIP = 0xd4;
const PN532_VERSION = 0x02;
const PN532_DIAGNOSE = 0x00;
const PN532_LINE_TEST = 0x00;
const PN532_FRAME_HEAD = "0,0,255";
/** Where code and data of an answer begin, and what stands around them. */
const PN532_ANSWER_CODE = 6;
const PN532_FRAMING_BYTES = 7;
const PN532_ECHO_BYTES = 24;
const PN532_WAKE_MS = 20;

/** The reader alone, without a card. */
export async function testReader(session: Session): Promise<string> {
  return session.profile.reader === "mfrc522" ? testMfrc522(session) : testPn532(session);
}

/** Version, 64 bytes through the FIFO, and the CRC unit: every wire to the chip works. */
async function testMfrc522({ board, profile }: Session): Promise<string> {
  const { buses, pins } = profile;
  await board.execute(
    `${buses.spi}.setup({sck:${pins.sck},miso:${pins.miso},mosi:${pins.mosi},baud:4e6,mode:0});` +
      `digitalWrite(${pins.readerSelect},1);` +
      `mfr=function(r){return ${buses.spi}.send([128|r<<1,0],${pins.readerSelect})[1]};` +
      `mfw=function(r,v){${buses.spi}.send([r<<1,v],${pins.readerSelect})}`,
  );
  const version = await board.evaluate<number>("mfr(0x37)");
  if (version === 0 || version === 255) {
    throw new UserError("it is silent: look at 3.3 V, RST, SCK, MISO, MOSI and SDA");
  }
  const octets = await board.evaluate<number[]>(
    "(function(i,o){mfw(1,0);mfw(10,128);for(i=0;i<64;i++)mfw(9,i*7&255);" +
      "o=[mfr(10)];for(i=0;i<64;i++)o.push(mfr(9));return o})()",
  );
  if (octets[0] !== 64 || octets.slice(1).some((octet, i) => octet !== ((i * 7) & 255))) {
    throw new UserError("bytes get lost on the way: shorter wires, or a bad contact");
  }
  const [low, high] = await board.evaluate<number[]>(
    "(function(n){mfw(1,0);mfw(10,128);mfw(0x11,0x3d);mfw(9,0x12);mfw(9,0x34);mfw(1,3);" +
      "for(n=0;n<50&&!(mfr(5)&4);n++);mfw(1,0);return[mfr(0x22),mfr(0x21)]})()",
  );
  const wanted = new Uint8Array(4);
  wanted.set([0x12, 0x34]);
  const crc = crcA(wanted, 0, 2);
  if (low + 256 * high !== crc) throw new UserError("its CRC unit counts wrongly: a broken chip");
  const name = MFRC522_VERSIONS[version] ?? `unknown version ${version}`;
  return `MFRC522, ${name}; 64 bytes there and back, CRC right`;
}

/** Version, and bytes that the chip sends back as they came. */
async function testPn532(session: Session): Promise<string> {
  const { board, profile } = session;
  const { buses, pins } = profile;
  await board.execute(
    `${buses.spi}.setup({sck:${pins.sck},miso:${pins.miso},mosi:${pins.mosi},baud:4e6,mode:0,` +
      `order:"lsb"});digitalWrite(${pins.readerSelect},1);` +
      `pns=function(a){return ${buses.spi}.send(a,${pins.readerSelect})};` +
      // Waits until there is an answer, and takes so many bytes of it.
      "pnr=function(n){var i,o=[],a=[3];for(i=0;i<200&&(pns([2,0])[1]&3)!=1;i++);" +
      "if(i==200)return o;for(i=0;i<n;i++)a.push(0);a=pns(a);for(i=1;i<=n;i++)o.push(a[i]);" +
      "return o};" +
      "pns([2,0])",
  );
  await pause(PN532_WAKE_MS);
  const version = await askPn532(session, [PN532_VERSION], 5);
  if (version.length === 0) {
    throw new UserError(
      "it is silent: look at its switches for SPI, 3.3 V or 5 V, SCK, MISO, MOSI and SS",
    );
  }
  const [code, ic, major, minor] = version;
  if (code !== PN532_VERSION + 1 || ic !== PN532_IC) {
    throw new UserError(`it says ${version.join(" ")}, which no PN532 does: look at the wires`);
  }
  const sent = Array.from({ length: PN532_ECHO_BYTES }, (_, i) => (i * 7) & 255);
  const command = [PN532_DIAGNOSE, PN532_LINE_TEST, ...sent];
  const echo = await askPn532(session, command, command.length);
  if (echo.slice(2).join() !== sent.join()) {
    throw new UserError("bytes get lost on the way: shorter wires, or a bad contact");
  }
  return `PN532, version ${major}.${minor}; ${PN532_ECHO_BYTES} bytes there and back`;
}

/** Code and data of the answer, so many bytes; none when there is no whole answer. */
async function askPn532(
  { board }: Session,
  command: readonly number[],
  answerBytes: number,
): Promise<number[]> {
  const body = [PN532_TO_CHIP, ...command];
  const sum = body.reduce((total, octet) => total + octet, 0);
  const frame = [body.length, 256 - body.length, ...body, (256 - (sum & 255)) & 255, 0];
  const answer = await board.evaluate<number[]>(
    `(pns([1,${PN532_FRAME_HEAD},${frame}]),pnr(6),` +
      `pnr(${PN532_FRAMING_BYTES + 1 + answerBytes}))`,
  );
  return answer.slice(PN532_ANSWER_CODE, PN532_ANSWER_CODE + answerBytes);
}
