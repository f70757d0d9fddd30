/**
 * The slow twin: Crypto1 as a list of 48 bits, written down straight from Garcia et al.,
 * "Dismantling MIFARE Classic", ESORICS 2008, CRYPTO1 cipher. Nothing here is shared with the
 * package, neither tables nor formulas.
 */

type Bit = number;

const FEEDBACK = [0, 5, 9, 10, 12, 14, 15, 17, 19, 24, 25, 27, 29, 35, 39, 41, 42, 43];

export class PaperCrypto1 {
  private x: Bit[];

  constructor(key: Uint8Array) {
    this.x = [...key].flatMap((byte) => [0, 1, 2, 3, 4, 5, 6, 7].map((i) => (byte >> i) & 1));
  }

  bit(input: Bit, isEncrypted: boolean): Bit {
    const output = this.filter();
    const fedBack = FEEDBACK.reduce((sum, i) => sum + this.x[i], 0) % 2;
    this.x = [...this.x.slice(1), fedBack ^ input ^ (isEncrypted ? output : 0)];
    return output;
  }

  byte(input: number, isEncrypted: boolean): number {
    let keystream = 0;
    for (let i = 0; i < 8; i++) keystream += this.bit((input >> i) & 1, isEncrypted) * 2 ** i;
    return keystream;
  }

  filter(): Bit {
    const { x } = this;
    return filterC(
      filterA(x[9], x[11], x[13], x[15]),
      filterB(x[17], x[19], x[21], x[23]),
      filterB(x[25], x[27], x[29], x[31]),
      filterA(x[33], x[35], x[37], x[39]),
      filterB(x[41], x[43], x[45], x[47]),
    );
  }
}

/** f_a(y0, y1, y2, y3) = ((y0 or y1) xor (y0 and y3)) xor (y2 and ((y0 xor y1) or y3)) */
function filterA(y0: Bit, y1: Bit, y2: Bit, y3: Bit): Bit {
  return xor(xor(or(y0, y1), and(y0, y3)), and(y2, or(xor(y0, y1), y3)));
}

/** f_b(y0, y1, y2, y3) = ((y0 and y1) or y2) xor ((y0 xor y1) and (y2 or y3)) */
function filterB(y0: Bit, y1: Bit, y2: Bit, y3: Bit): Bit {
  return xor(or(and(y0, y1), y2), and(xor(y0, y1), or(y2, y3)));
}

/**
 * f_c(y0, y1, y2, y3, y4) = (y0 or ((y1 or y4) and (y3 xor y4)))
 *                           xor ((y0 xor (y1 and y3)) and ((y2 xor y3) or (y1 and y4)))
 */
function filterC(y0: Bit, y1: Bit, y2: Bit, y3: Bit, y4: Bit): Bit {
  const left = or(y0, and(or(y1, y4), xor(y3, y4)));
  return xor(left, and(xor(y0, and(y1, y3)), or(xor(y2, y3), and(y1, y4))));
}

function and(a: Bit, b: Bit): Bit {
  return a === 1 && b === 1 ? 1 : 0;
}

function or(a: Bit, b: Bit): Bit {
  return a === 1 || b === 1 ? 1 : 0;
}

function xor(a: Bit, b: Bit): Bit {
  return a === b ? 0 : 1;
}
