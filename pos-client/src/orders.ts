/** What a till asks for, checked and as bytes. Money in whole rial below 2^40. */
import { PosError } from "./pos-error.js";

/** A part of the bill in one category of the club's rules. */
export interface SaleLine {
  /** 0..15, as in the club's rules. */
  category: number;
  amountRial: number;
  /** Pieces, 1..255. */
  quantity: number;
}

export interface SaleOrder {
  /** The whole bill. */
  totalRial: number;
  /** Of it to be paid with the member's credit. */
  creditRial?: number;
  /** Lines of one category are added up: at most seven, together no more than the bill. */
  lines?: readonly SaleLine[];
}

export interface RefundOrder {
  /** Of the sale's bill, what comes back. */
  amountRial: number;
  /** Record number of the sale, as on its receipt; left out, the back office settles it. */
  record?: number;
  /** Terminal of the sale, if not this one. */
  terminal?: number;
}

const KIND_HELLO = 0;
const KIND_CANCEL = 1;
const KIND_SALE = 2;
const KIND_BALANCE = 3;
const KIND_REFUND = 4;
const KIND_VOID = 5;

const MOST_RIAL = 2 ** 40 - 1;
const MOST_U32 = 2 ** 32 - 1;
const MOST_CATEGORIES = 7;

export const cancelBody = () => Uint8Array.of(KIND_CANCEL);
export const balanceBody = () => tapBody(KIND_BALANCE, 0, 0, 0, 0, []);
export const voidBody = () => tapBody(KIND_VOID, 0, 0, 0, 0, []);

export function helloBody(nonce: Uint8Array): Uint8Array {
  return Uint8Array.from([KIND_HELLO, ...nonce]);
}

/** @throws PosError `order` */
export function saleBody({ totalRial, creditRial = 0, lines = [] }: SaleOrder): Uint8Array {
  need("totalRial", totalRial, 1, MOST_RIAL);
  need("creditRial", creditRial, 0, totalRial);
  const sums = new Map<number, SaleLine>();
  for (const { category, amountRial, quantity } of lines) {
    need("category", category, 0, 15);
    need("amountRial of a line", amountRial, 0, MOST_U32);
    need("quantity", quantity, 1, 255);
    const before = sums.get(category) ?? { category, amountRial: 0, quantity: 0 };
    sums.set(category, {
      category,
      amountRial: before.amountRial + amountRial,
      quantity: before.quantity + quantity,
    });
  }
  const list = [...sums.values()];
  for (const { amountRial, quantity } of list) {
    need("amountRial of a category", amountRial, 0, MOST_U32);
    need("quantity of a category", quantity, 1, 255);
  }
  need("number of categories", list.length, 0, MOST_CATEGORIES);
  const sumRial = list.reduce((sum, line) => sum + line.amountRial, 0);
  need("sum of the lines", sumRial, 0, totalRial);
  return tapBody(KIND_SALE, totalRial, creditRial, 0, 0, list);
}

/** @throws PosError `order` */
export function refundBody({ amountRial, record = 0, terminal = 0 }: RefundOrder): Uint8Array {
  need("amountRial", amountRial, 1, MOST_RIAL);
  need("record", record, 0, MOST_U32);
  need("terminal", terminal, 0, 65535);
  return tapBody(KIND_REFUND, amountRial, 0, record, terminal, []);
}

/** @throws PosError `order`, unless `value` is whole and within the bounds */
export function need(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new PosError("order", `${name}: ${value}; write a whole number from ${least} to ${most}`);
}

function tapBody(
  kind: number,
  grossRial: number,
  creditRial: number,
  record: number,
  terminal: number,
  lines: readonly SaleLine[],
): Uint8Array {
  const body = Buffer.alloc(18 + 7 * lines.length);
  body[0] = kind;
  body.writeUIntLE(grossRial, 1, 5);
  body.writeUIntLE(creditRial, 6, 5);
  body.writeUInt32LE(record, 11);
  body.writeUInt16LE(terminal, 15);
  body[17] = lines.length;
  lines.forEach(({ category, quantity, amountRial }, index) => {
    const at = 18 + 7 * index;
    body[at] = category;
    body[at + 1] = quantity;
    body.writeUIntLE(amountRial, at + 2, 5);
  });
  return Uint8Array.from(body);
}
