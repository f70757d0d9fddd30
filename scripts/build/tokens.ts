/**
 * The bundle as it lies in a board's flash: words and operators as the interpreter's own tokens,
 * one byte each, and strings without quotes. EspruinoTools does it, and the interpreter reads it as
 * it reads text. One character is one byte.
 */
import * as acorn from "acorn";
import { runToolsFiles } from "./tools-context";

interface Pretokeniser {
  tokenise(code: string): string;
  untokenise(tokens: string): string;
}

const FILES = ["core/utils.js", "plugins/pretokenise.js"];
/** Tokenised strings are understood since 2v20.48, tokenised numbers only since 2v26. */
const OLDEST_VERSION = "2v25";

let pretokeniser: Pretokeniser | undefined;

/** @throws Error when the tokens do not say what `code` says. */
export function tokenise(code: string): string {
  pretokeniser ??= loadPretokeniser();
  const before = acornTokens(code);
  const tokens = pretokeniser.tokenise(code);
  const after = acornTokens(pretokeniser.untokenise(tokens));
  const at = before.findIndex((token, index) => token !== after[index]);
  if (at >= 0 || before.length !== after.length) {
    throw new Error(`the tokens say ${after[at]} where the code says ${before[at]}`);
  }
  for (const [, name] of code.matchAll(/\.([a-z]+)/g)) {
    // Interpreters differ in what they make of `a.delete` when `delete` is one byte.
    const isWord = name.length > 1 && pretokeniser.tokenise(name).length === 1;
    if (isWord) throw new Error(`${name} is no name for a member`);
  }
  return tokens;
}

function loadPretokeniser(): Pretokeniser {
  const Espruino = {
    Plugins: {} as { Pretokenise?: Pretokeniser },
    Config: { PRETOKENISE: 1 },
    Core: { Env: { getBoardData: () => ({ VERSION: OLDEST_VERSION }) } },
  };
  runToolsFiles(FILES, { Espruino, acorn });
  if (Espruino.Plugins.Pretokenise === undefined) throw new Error("EspruinoTools has no tokens");
  return Espruino.Plugins.Pretokenise;
}

/** A string's or number's value, however it is written. */
function acornTokens(code: string): string[] {
  const tokens = [...acorn.tokenizer(code, { ecmaVersion: 2020 })];
  return tokens.map((token) => {
    const { value } = token as { value?: unknown };
    if (token.type === acorn.tokTypes.string) return JSON.stringify(value);
    return String(value ?? code.slice(token.start, token.end));
  });
}
