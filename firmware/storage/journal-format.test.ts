// JOURNAL.md and the code name the same bytes.
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { BLOB_PIECE_BYTES } from "../core/content-check";
import { crc32 } from "../core/crc32";
import { JournalType } from "../core/journal-entry";
import { CopyField } from "./copies";
import {
  ClosingType,
  JournalLimit,
  MarkField,
  PageField,
  RecordField,
  RecordTail,
  RingLimit,
  recordSizeBytes,
} from "./journal-format";

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

test("page", () => {
  assert.equal(tableAfter("### Page"), [
    ["PageSequence", PageField.PageSequence, "4"],
    ["Erased", PageField.Erased, "4"],
    ["FirstMark", PageField.FirstMark, String(MarkField.SizeBytes)],
    ["Content", PageField.Content, "the rest"],
  ]);
});

test("mark", () => {
  assert.equal(tableAfter("### Mark"), [
    ["PageSequence", MarkField.PageSequence, "4"],
    ["NextSequence", MarkField.NextSequence, "4"],
    ["Acknowledged", MarkField.Acknowledged, "4"],
    ["Mac", MarkField.Mac, String(JournalLimit.MacBytes)],
    ["Crc", MarkField.Crc, "4"],
  ]);
  assert.is(MarkField.Crc + 4, MarkField.SizeBytes);
  assert.ok(MarkField.SizeBytes <= RecordField.OverheadBytes);
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

test("two copies", () => {
  assert.equal(tableAfter("### Two copies"), [
    ["Ends", CopyField.Ends, "16"],
    ["Version", CopyField.Version, "4"],
    ["Length", CopyField.Length, "4"],
    ["Content", CopyField.Content, "Length"],
  ]);
  assert.match(DOCUMENT, `pieces of ${BLOB_PIECE_BYTES} bytes`);
});

test("numbers", () => {
  assert.is(textOf(JournalLimit.Magic), "CPJ2");
  assert.match(DOCUMENT, `\`${textOf(JournalLimit.Magic)}\``);
  assert.match(DOCUMENT, `at least ${RingLimit.MinPageSizeBytes} bytes`);
  assert.match(DOCUMENT, `at least ${RingLimit.MinPageCount} pages`);
  const blankBytes = JournalLimit.AlignmentBytes;
  const blank = new Uint8Array(blankBytes).fill(0xff);
  assert.is(crc32(blank, 0, blankBytes), JournalLimit.BlankCrc);
  // Longest record, gap to the next multiple of 64, mark: then the next record begins.
  assert.is(
    JournalLimit.DamageSpanBytes,
    JournalLimit.MaxRecordBytes + JournalLimit.AlignmentBytes + MarkField.SizeBytes,
  );
});

test("the entries that may use the reserve are those that finish a tap", () => {
  assert.equal([ClosingType.First, ClosingType.Last], [JournalType.Commit, JournalType.InDoubt]);
  assert.is(JournalType.Aborted, JournalType.Commit + 1);
});

function textOf(word: number): string {
  return String.fromCharCode(...[0, 8, 16, 24].map((shift) => (word >> shift) & 255));
}

test.run();
