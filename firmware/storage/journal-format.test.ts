// JOURNAL.md and the code name the same bytes.
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { JournalType } from "../core/journal-entry";
import {
  ClosingType,
  endWord,
  JournalLimit,
  OwnRecordType,
  PageField,
  RecordField,
  RecordTail,
  RingLimit,
  recordSizeBytes,
} from "./journal-format";
import { SettingsField, SettingsLimit } from "./settings";

const DOCUMENT = readFileSync(new URL("./JOURNAL.md", import.meta.url), "utf8");

/** Rows `| number | size | name | ...` of the table that follows a heading or sentence. */
function tableAfter(anchor: string): [name: string, offset: number, size: string][] {
  const start = DOCUMENT.indexOf(anchor);
  assert.ok(start >= 0, `JOURNAL.md has no "${anchor}"`);
  const table = DOCUMENT.slice(DOCUMENT.indexOf("|---", start)).split("\n\n")[0];
  return table
    .split("\n")
    .slice(1)
    .map((row) => row.split("|").map((cell) => cell.trim()))
    .map((cells) => [cells[3], Number(cells[1]), cells[2]]);
}

test("page header", () => {
  assert.equal(tableAfter("### Page header"), [
    ["Magic", PageField.Magic, "4"],
    ["PageSequence", PageField.PageSequence, "4"],
    ["MarkCrc", PageField.MarkCrc, "4"],
    ["FirstSequence", PageField.FirstSequence, "4"],
    ["Acknowledged", PageField.Acknowledged, "4"],
    ["PreviousMac", PageField.PreviousMac, String(JournalLimit.MacBytes)],
    ["Crc", PageField.Crc, "4"],
    ["End", PageField.End, "4"],
  ]);
  assert.match(DOCUMENT, new RegExp(`The header is ${PageField.SizeBytes} bytes`));
});

test("record", () => {
  assert.equal(tableAfter("### Record"), [
    ["Length", RecordField.Length, "2"],
    ["Type", RecordField.Type, "1"],
    ["Version", RecordField.Version, "1"],
    ["Sequence", RecordField.Sequence, "4"],
    ["Payload", RecordField.Payload, "Length"],
  ]);
  assert.equal(tableAfter("counted back from the end"), [
    ["Mac", RecordTail.Mac, "8"],
    ["Crc", RecordTail.Crc, "4"],
    ["End", RecordTail.End, "4"],
  ]);
  assert.is(RecordField.OverheadBytes, RecordField.Payload + RecordTail.Mac);
  assert.is(recordSizeBytes(JournalLimit.MaxPayloadBytes), JournalLimit.MaxRecordBytes);
  assert.match(DOCUMENT, `takes ${RecordField.OverheadBytes} bytes and its padded payload`);
  assert.match(DOCUMENT, `the longest takes ${JournalLimit.MaxRecordBytes}`);
  assert.match(DOCUMENT, `takes ${recordSizeBytes(100) + recordSizeBytes(12)} bytes.`);
  assert.match(DOCUMENT, `payload bytes without padding, 0..${JournalLimit.MaxPayloadBytes}`);
});

test("settings", () => {
  assert.equal(tableAfter("### Settings"), [
    ["Magic", SettingsField.Magic, "4"],
    ["Version", SettingsField.Version, "4"],
    ["Length", SettingsField.Length, "4"],
    ["Crc", SettingsField.Crc, "4"],
    ["Ends", SettingsField.Ends, String(4 * SettingsLimit.EndWords)],
    ["Content", SettingsField.Content, "Length"],
  ]);
  assert.is(textOf(SettingsLimit.Magic), "CPS1");
});

test("words and types", () => {
  assert.is(textOf(JournalLimit.Magic), "CPJ1");
  assert.is(endWord(0x123456), 0x34564e45);
  assert.match(DOCUMENT, `type ${OwnRecordType.Acknowledged} *Acknowledged*`);
  assert.match(DOCUMENT, `Type ${OwnRecordType.Opened} *Opened*`);
  assert.match(DOCUMENT, `at least ${RingLimit.MinPageSizeBytes} bytes`);
  assert.match(DOCUMENT, `at least ${RingLimit.MinPageCount} pages`);
});

test("the entries that may use the reserve are those that finish a tap", () => {
  assert.equal([ClosingType.First, ClosingType.Last], [JournalType.Commit, JournalType.InDoubt]);
  assert.is(JournalType.Aborted, JournalType.Commit + 1);
});

function textOf(word: number): string {
  return String.fromCharCode(...[0, 8, 16, 24].map((shift) => (word >> shift) & 255));
}

test.run();
