/** Every screen of a language with values as they occur, drawn by the firmware's own code. */
import { amountWords } from "../firmware/app/amount-words";
import { createScreen } from "../firmware/app/screen";
import { LINE_COUNT, ScreenId, Shown } from "../firmware/app/screens";
import { createSsd1306 } from "../firmware/drivers/ssd1306";
import { type Language, packAssets, screensOf, VALUE_NAMES } from "./device-assets";
import { SimSsd1306 } from "./ssd1306";

/** By the names that screens use. */
const SAMPLES: Readonly<Record<string, string>> = {
  typed: "250,000",
  mobile: "09121234567",
  gross: "250,000",
  asked: "20,000",
  available: "13,500",
  old: "20,000",
  used: "20,000",
  earned: "23,000",
  new: "23,000",
  points: "1,250",
  pay: "230,000",
  member: "100001",
  date: "1404/09/30",
  expiring: "8,000",
  change: "+23,000 -20,000",
  record: "4711",
  staff: "12",
  secret: "****",
  row1: "12",
  row2: "1,234,000",
  row3: "34 1,354,000",
  row4: "2 50,000",
  row5: "120,000",
  row6: "90,000",
};
/** That is typed, for its words. */
const SAMPLE_AMOUNT = 250_000;
/** Rows of pages whose rows are of one sort. */
const PAGE_ROWS: Readonly<Record<string, readonly string[]>> = {
  Lots: ["1404/09/30 8,000", "1404/11/30 12,500", "- 2,500"],
  Earlier: ["4711", "1404/08/12 18:30", "250,000", "+23,000 -20,000", "43,000"],
  Bill: ["3", "5: 120,000"],
  Movements: ["1404/08/12 +23,000", "1404/08/02 -20,000", "1404/07/28 +20,000"],
};
/** Values that are others there. */
const OTHER_VALUES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  AmountTyped: { gross: "370,000" },
  Category: { mobile: "5", asked: "250,000" },
};
/** Where a pad says what amounts are in. */
const UNIT_LINES: Readonly<Record<string, number>> = { Amount: 1, AmountTyped: 1, KindAmount: 3 };
const STATUS_LINE = "07 Q12          09:41";

export interface ScreenPicture {
  name: string;
  display: SimSsd1306;
}

/** In the order of the language's file. */
export function drawScreens(language: Language): ScreenPicture[] {
  const assets = packAssets(language);
  return screensOf(language).map(({ name }, screenId) => {
    const display = new SimSsd1306();
    const driver = createSsd1306({ write: (octets) => display.write(bytesOf(octets)) });
    driver.initialise();
    const rows = PAGE_ROWS[name];
    const samples = { ...SAMPLES, ...OTHER_VALUES[name] };
    const textOf = (shown: number) => {
      if (shown === Shown.Words) return amountWords(SAMPLE_AMOUNT, assets);
      const isRow = rows !== undefined && shown >= Shown.Row1;
      return (isRow ? rows[shown - Shown.Row1] : samples[VALUE_NAMES[shown - 1]]) ?? "";
    };
    const screen = createScreen(driver, assets, textOf);
    screen.line(0, STATUS_LINE);
    const unitLine = UNIT_LINES[name] ?? 0;
    if (unitLine > 0) screen.draw(ScreenId.InToman, unitLine, unitLine + 1);
    const isEarlier = screenId === ScreenId.Earlier;
    if (isEarlier) screen.draw(ScreenId.Sale, 1, 2);
    screen.draw(screenId, isEarlier ? 2 : unitLine + 1, LINE_COUNT);
    screen.finish();
    return { name, display };
  });
}

function bytesOf(octets: string): Uint8Array {
  return Uint8Array.from(octets, (octet) => octet.charCodeAt(0));
}
