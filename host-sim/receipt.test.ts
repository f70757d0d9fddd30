/** Receipts on a virtual printer, held against pictures that people have looked at. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { PNG } from "pngjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { receiptBytes, receiptText } from "../back-office/receipt/escpos";
import { RECEIPT_COLUMNS, type Receipt, receiptRows } from "../back-office/receipt/receipt-rows";
import { EscposPrinter } from "./escpos-printer";
import { PURCHASE, RETURN } from "./receipt-gallery";

const PICTURES = "docs/pictures/receipts";
const SHOPS = { en: "Boutique Nilufar", fa: "بوتیک نیلوفر" };
/** RENEW=1 draws them anew; then look at them. */
const isRenewed = process.env.RENEW === "1";

const MONEY: [name: string, receipt: Receipt][] = [
  ["purchase", PURCHASE],
  ["return", RETURN],
];

for (const language of ["en", "fa"] as const) {
  for (const columns of RECEIPT_COLUMNS) {
    for (const [name, receipt] of MONEY) {
      test(`${name}, ${language}, ${columns} columns: as its picture`, () => {
        const printer = new EscposPrinter(columns);
        const shop = SHOPS[language];
        printer.print(receiptBytes(receiptRows({ ...receipt, shop }, language), columns, language));
        assert.is(printer.cuts, 1);
        const file = `${PICTURES}/${name}-${language}-${columns}.png`;
        if (isRenewed) {
          mkdirSync(PICTURES, { recursive: true });
          writeFileSync(file, printer.png());
        }
        assert.ok(existsSync(file), `${file} is missing: RENEW=1`);
        const before = PNG.sync.read(readFileSync(file)).data;
        assert.ok(before.equals(printer.picture().data), `not as in ${file}`);
      });
    }
  }
}

test("both balances, each expiry, the short id, record, terminal and cashier are on it", () => {
  for (const columns of RECEIPT_COLUMNS) {
    const text = receiptText(receiptRows(PURCHASE, "en"), columns).join("\n");
    const wanted = [
      ...[/Credit before +410,000/, /Credit now +605,000/, /Member 0042/, /No\. 4711/],
      ...[/Terminal 7/, /Cashier +12/, /until 1404\/\d\d\/\d\d +130,000/, /no end +50,000/],
      ...[/\d\d\/\d\d to 14\d\d\/\d\d\/\d\d +425,000/, /Points \+425 +1,250/],
    ];
    for (const pattern of wanted) assert.match(text, pattern);
    assert.not.match(text, "COPY");
    assert.not.match(text, "100042");
    for (const line of text.split("\n")) assert.ok(line.length <= columns, line);
  }
});

test("a reprint says that it is one, and that dates are not known any more", () => {
  const text = receiptText(receiptRows(RETURN, "en"), 32).join("\n");
  assert.match(text, "*** COPY ***");
  assert.match(text, "ask for your balance");
});

test("the balances of a receipt add up", () => {
  for (const receipt of [PURCHASE, RETURN]) {
    const { oldRial, earnedRial, restoredRial, usedRial, clawedRial, expiredRial } = receipt;
    const sum = oldRial + earnedRial + restoredRial - usedRial - clawedRial - expiredRial;
    assert.is(sum, receipt.balanceRial);
  }
});

test("amounts are in the unit of the rules, new rial with its two decimals", () => {
  const told = (unitRial: number, rial: number) =>
    receiptText(receiptRows({ ...PURCHASE, unitRial, payableRial: rial }, "en"), 42).join("\n");
  assert.match(told(1, 42_500_000), /To pay \(rial\) +42,500,000\n/);
  assert.match(told(10, 42_500_000), /To pay \(toman\) +4,250,000\n/);
  assert.match(told(10_000, 42_500_000), /To pay \(new rial\) +4,250\.00\n/);
  assert.match(told(10_000, 42_512_300), /To pay \(new rial\) +4,251\.23\n/);
  assert.match(told(10_000, 42_512_345), /To pay \(new rial\) +4,251\.2345\n/, "to the rial");
  const most = 2 ** 40 - 1;
  assert.match(told(10_000, most), /To pay \(new rial\) +109,951,162\.7775\n/);
  const persian = receiptText(receiptRows({ ...PURCHASE, unitRial: 10_000 }, "fa"), 42);
  assert.match(persian.join("\n"), /[4۴],[2۲][5۵][0۰]\.[0۰][0۰]/);
});

test("the largest numbers fit on the narrowest paper", () => {
  const most = 2 ** 40 - 1;
  const receipt = {
    ...PURCHASE,
    ...{ grossRial: most, oldRial: most, balanceRial: most, payableRial: most, unitRial: 1 },
    ...{ terminal: 65535, record: 2 ** 32 - 1, cashier: 65535, points: 2 ** 32 - 1 },
    lots: [{ amountRial: most, fromDay: 65534, untilDay: 65534 }],
  };
  for (const language of ["en", "fa"] as const) {
    for (const columns of RECEIPT_COLUMNS) {
      new EscposPrinter(columns).print(
        receiptBytes(receiptRows(receipt, language), columns, language),
      );
    }
  }
});

test("a name in Persian letters on an English receipt is refused with what to do", () => {
  const rows = receiptRows({ ...PURCHASE, shop: SHOPS.fa }, "en");
  assert.throws(() => receiptBytes(rows, 32, "en"), /--language fa/);
});

test("the printer takes no command that receipts do not use, and none that is cut off", () => {
  assert.throws(() => new EscposPrinter(32).print(Uint8Array.of(0x1b, 0x70, 0)), /not known/);
  assert.throws(() => new EscposPrinter(32).print(Uint8Array.of(0x1d, 0x76, 0x30)), /ends within/);
  const bytes = receiptBytes(receiptRows(PURCHASE, "fa"), 32, "fa");
  assert.throws(() => new EscposPrinter(32).print(bytes.slice(0, 2000)), /ends within/);
});

test.run();
