/**
 * Packs what a pad reads from its file storage: the fonts, then the screens of one language
 * (firmware/app/font-format.ts has the layout). One character is one byte.
 */
import { readFileSync } from "node:fs";
import { AssetHeader, FONT_BYTES, FONT_COLUMNS } from "../firmware/app/font-format";
import { BIG_VALUE, LINE_CHARACTERS, LINE_COUNT, VALUE_CODE } from "../firmware/app/screens";
import { PersianFont } from "./persian-font";

const FONT_FILE = "font-5x7.txt";
const PERSIAN_DIGITS_FILE = "digits-fa-5x7.txt";
const GLYPH_ROWS = 8;
const DISPLAY_COLUMNS = 128;
const GLYPH_HEADING = /^(\d+) \S+$/;
const SCREEN_HEADING = /^\[(\w+)\]$/;
const VALUE = /^(.*?)\s*(\{\{?)(\w+)\}\}?$/;

/** In the order of `Shown`, which begins at 1. */
export const VALUE_NAMES = [
  ...["typed", "mobile", "gross", "asked", "available", "old", "used", "earned"],
  ...["new", "points", "pay", "member", "date", "expiring", "change", "debt", "record"],
  ...["staff", "secret", "words", "row1", "row2", "row3", "row4", "row5", "row6"],
];

export const LANGUAGES = ["en", "fa"] as const;
export type Language = (typeof LANGUAGES)[number];

/** How the screens of a language are made of lines. */
interface Script {
  linePages: 1 | 2;
  /** The longest text. */
  textCharacters: number;
  /** Tall lines come first; the last one of a screen is small again. */
  cellsPerScreen: number;
}

const SCRIPTS: Record<Language, Script> = {
  en: { linePages: 1, textCharacters: LINE_CHARACTERS, cellsPerScreen: LINE_COUNT - 1 },
  fa: { linePages: 2, textCharacters: 39, cellsPerScreen: 4 },
};

export interface NamedScreen {
  name: string;
  /** The lines as written, without the value. */
  lines: ScreenLine[];
}

export interface ScreenLine {
  text: string;
  /** Number of the value that stands beside the text; 0 for none. */
  value: number;
  isBig: boolean;
  /** In the file, for messages. */
  number: number;
}

const SCALE_WORDS_NAME = "words";

/** A cell without text and value. */
const NO_TEXT = "\0\0";

const packed = new Map<Language, string>();

/**
 * The packed assets of languages, the first of which is shown first. Throws an Error that names the
 * line that cannot be shown.
 */
export function packAssets(...languages: Language[]): string {
  const packs = languages.map((language) => {
    const known = packed.get(language) ?? pack(language);
    packed.set(language, known);
    return known;
  });
  const last = packs.length - 1;
  return packs.map((text, i) => (i === last ? text : withNext(text))).join("");
}

/** The languages of packed assets, by the heights of their lines; as far as they can be read. */
export function languagesOf(assets: string): Language[] {
  const found: Language[] = [];
  for (let at = 0; at < assets.length && found.length < LANGUAGES.length; ) {
    const linePages = assets.charCodeAt(at + AssetHeader.LinePages);
    const language = LANGUAGES.find((one) => SCRIPTS[one].linePages === linePages);
    if (language !== undefined) found.push(language);
    const low = assets.charCodeAt(at + AssetHeader.NextAt);
    const next = low + 256 * assets.charCodeAt(at + AssetHeader.NextAt + 1);
    if (!(next > 0)) break;
    at += next;
  }
  return found;
}

/** With the offset of what follows it. */
function withNext(pack: string): string {
  const before = pack.substring(0, AssetHeader.NextAt);
  return before + number16(pack.length) + pack.substring(before.length + 2);
}

function pack(language: Language): string {
  const script = SCRIPTS[language];
  const screens = allScreensOf(language);
  const persian = language === "fa" ? new PersianFont() : undefined;
  const packedScreens = screens.map(({ lines }) => {
    const cells = Array.from({ length: script.cellsPerScreen }, (_, i) => {
      const isTall = persian !== undefined && i < script.cellsPerScreen - 1;
      return i < lines.length ? packLine(lines[i], script, isTall ? persian : undefined) : NO_TEXT;
    });
    return cells.join("");
  });
  let small = packFont(readAsset(FONT_FILE));
  if (persian !== undefined) small = withDigits(small, packFont(readAsset(PERSIAN_DIGITS_FILE)));
  const fonts = small + (persian?.pack() ?? "");
  const screensAt = AssetHeader.SizeBytes + fonts.length;
  const header = String.fromCharCode(script.linePages) + number16(screensAt) + number16(0);
  let offsets = "";
  let end = screensAt + 2 * screens.length;
  for (const screen of packedScreens) {
    offsets += number16(end);
    end += screen.length;
  }
  return header + fonts + offsets + packedScreens.join("");
}

function number16(value: number): string {
  return String.fromCharCode(value & 255, value >> 8);
}

export function screensOf(language: Language): NamedScreen[] {
  return allScreensOf(language).filter(({ name }) => name !== SCALE_WORDS_NAME);
}

/** With the words of scales, which come last and are never shown by themselves. */
function allScreensOf(language: Language): NamedScreen[] {
  const { cellsPerScreen } = SCRIPTS[language];
  return parseScreens(readAsset(`screens.${language}.txt`), cellsPerScreen);
}

/** The small font's bytes of a language's packed assets. */
export function smallFontOf(assets: string): string {
  return assets.substring(AssetHeader.SizeBytes, AssetHeader.SizeBytes + FONT_BYTES);
}

function readAsset(name: string): string {
  return readFileSync(new URL(`../assets/${name}`, import.meta.url), "utf8");
}

function withDigits(font: string, digits: string): string {
  const at = ("0".charCodeAt(0) - " ".charCodeAt(0)) * FONT_COLUMNS;
  return font.substring(0, at) + digits + font.substring(at + digits.length);
}

/** Five column bytes a glyph, in the order of the source. */
export function packFont(source: string): string {
  const lines = source.split("\n");
  let glyphs = "";
  lines.forEach((line, index) => {
    if (!GLYPH_HEADING.test(line)) return;
    const rows = lines.slice(index + 1, index + 1 + GLYPH_ROWS);
    for (let column = 0; column < FONT_COLUMNS; column++) {
      const bits = rows.reduce((sum, row, y) => sum + (row[column] === "#" ? 1 << y : 0), 0);
      glyphs += String.fromCharCode(bits);
    }
  });
  return glyphs;
}

/** The screens of a language file, each of `lineCount` lines. */
export function parseScreens(source: string, lineCount = LINE_COUNT - 1): NamedScreen[] {
  const screens: NamedScreen[] = [];
  source.split("\n").forEach((line, index) => {
    const heading = SCREEN_HEADING.exec(line);
    const current = screens[screens.length - 1];
    if (heading !== null) screens.push({ name: heading[1], lines: [] });
    else if (current !== undefined && current.lines.length < lineCount)
      current.lines.push(parseLine(line, index + 1));
    else if (current !== undefined && line !== "")
      throw new Error(`line ${index + 1}: a screen has ${lineCount} lines, this is one more`);
  });
  return screens;
}

function parseLine(line: string, number: number): ScreenLine {
  const match = VALUE.exec(line);
  if (match === null) return { text: line, value: 0, isBig: false, number };
  const value = VALUE_NAMES.indexOf(match[3]) + 1;
  if (value === 0) throw new Error(`line ${number}: no value is called "${match[3]}"`);
  return { text: match[1], value, isBig: match[2] === "{{", number };
}

function packLine(line: ScreenLine, script: Script, font: PersianFont | undefined): string {
  const { text, value, isBig, number } = line;
  const room = script.textCharacters;
  let codes = text;
  if (font === undefined) {
    const roomSmall = value === 0 ? LINE_CHARACTERS : LINE_CHARACTERS - 1;
    if (text.length > roomSmall)
      throw new Error(`line ${number}: "${text}" is longer than ${roomSmall}`);
    if (!/^[ -~]*$/.test(text)) throw new Error(`line ${number}: the font has no such letter`);
  } else {
    codes = font.encode(text);
    const columns = font.widthOf(codes);
    if (columns > DISPLAY_COLUMNS || codes.length > room)
      throw new Error(`line ${number}: "${text}" is ${columns} points wide`);
  }
  const place = value === 0 ? 0 : value + VALUE_CODE + (isBig ? BIG_VALUE : 0);
  return String.fromCharCode(codes.length, place) + codes;
}
