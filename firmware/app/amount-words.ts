/**
 * An amount as it is said, "12 million 250 thou.": one zero too many is seen at once. The words
 * are those of the screens' language.
 */
import { AssetHeader, Cell } from "./font-format";
import { cellsAt } from "./screen";
import { SCALE_WORDS } from "./screens";

/** Of the largest group of three digits that a typed amount has. */
const LARGEST_SCALE = 1_000_000;

/**
 * `amount` below 10^9, in display units; "" for 0, and where a line has no room for all of it: for
 * millions with a rest below a thousand. `assets` of the present language.
 */
export function amountWords(amount: number, assets: string): string {
  const isLeftwards = assets.charCodeAt(AssetHeader.LinePages) > 1;
  let at = cellsAt(assets, SCALE_WORDS);
  let text = "";
  let rest = amount > LARGEST_SCALE && amount % 1000 > 0 ? 0 : amount;
  let scale = LARGEST_SCALE;
  while (rest > 0) {
    const count = Math.floor(rest / scale);
    rest -= count * scale;
    scale = Math.floor(scale / 1000);
    const end = at + Cell.Text + assets.charCodeAt(at);
    const word = assets.substring(at + Cell.Text, end);
    at = end;
    if (count > 0) {
      if (isLeftwards) text = `${word} ${count} ${text}`;
      else text += `${count} ${word} `;
    }
  }
  return text;
}
