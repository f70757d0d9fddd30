/**
 * Every wait and every retry of the firmware, with its reason. Nothing in the firmware waits longer
 * or more often than a constant of this file says, so that a broken card, chip or line costs a
 * known time and never hangs the pad.
 */

// --- MFRC522 driver (firmware/drivers/mfrc522.ts)

/** How long the field stays off so that a card surely forgets its session: ISO/IEC 14443-3 asks
 * for 5 ms; the rest is the tolerance of a board's millisecond clock. */
export const FIELD_OFF_MS = 6;

/** Field on until a card must be ready for WUPA: ISO/IEC 14443-3, 5.2, gives it 5 ms. */
export const FIELD_READY_MS = 6;

/** Polls, 1 ms apart, for the oscillator after SoftReset. Crystals start within some milliseconds;
 * 50 ms is what drivers in the field allow. */
export const RESET_POLL_COUNT_MAX = 50;

/** WUPA, 0x40: 94 us on the air, answer after exactly 86..91 us (ISO/IEC 14443-3, 6.2.1.1, n = 9),
 * 189 us for ATQA: 0.38 ms. A later answer is not an answer. */
export const WAKE_ANSWER_MS = 0.6;

/** Answers without EEPROM work: 0.4 ms command, T_TimeOut 5 ms (MF1S50yyX_V1, tables 23..29),
 * 1.6 ms answer. Two passes of authentication, 1 ms each, fit as well. */
export const CARD_ANSWER_MS = 7;

/** Answers after EEPROM work: 1.6 ms of data, T_TimeOut 10 ms (MF1S50yyX_V1, tables 25 and 29). */
export const EEPROM_ANSWER_MS = 12;

/** Second part of decrement and restore: silence is success. 0.54 ms for the frame and 2 ms, in
 * which a card that refuses has said so (it computes for about 1.4 ms). A refusal that came later
 * still shows: the card has left the session and does not acknowledge the transfer. */
export const VALUE_SILENCE_MS = 2.6;

/** HLTA: 0.37 ms for the frame; 1 ms of silence means success (ISO/IEC 14443-3, 6.4.3). */
export const HALT_SILENCE_MS = 1.4;

/** Status polls of one exchange whatever the clock says: a stopped clock must not hang the pad.
 * Above the polls that fit into `EEPROM_ANSWER_MS` on the fastest bus (10 MHz: 4 us each). */
export const ANSWER_POLL_COUNT_MAX = 4000;

// --- PN532 driver (firmware/drivers/pn532.ts)

/** From a command to its ACK: the chip answers within 15 ms (UM0701-02, 6.2.2.1), the bytes of the
 * longest command take 2.5 ms at 115,200 baud. Also for an answer that is sent again. */
export const PN532_ACK_MS = 20;

/** From the ACK to the answer: the longest card command is a write with two answers of 5 and 10 ms;
 * the chip's own limits are not documented, so three times that and the bytes on the line. */
export const PN532_ANSWER_MS = 60;

/** Looks for bytes in one exchange whatever the clock says: above what fits into
 * `PN532_ANSWER_MS` at 10 us each. */
export const PN532_POLL_COUNT_MAX = 6000;

/** From the first chip select to the first frame over SPI: 2 ms until the oscillator runs, and one
 * for a board's millisecond clock. */
export const PN532_WAKE_UP_MS = 3;

// --- NOR chip driver (firmware/drivers/nor-chip.ts)

/** Programming up to 256 bytes: 3 ms at most (W25Q16JV, 9.6), and as much again. */
export const NOR_PROGRAM_MS = 6;

/** Erasing a sector of 4 KB: 400 ms at most (W25Q16JV, 9.6), and as much again. */
export const NOR_ERASE_MS = 800;

/** Looks at the chip's status whatever the clock says: above what fits into an erase at 20 us. */
export const NOR_POLL_COUNT_MAX = 40000;

// --- the tap (firmware/app/tap.ts)

/** Records written and counters mended before a card that stays counts as worn. Two records are
 * ordinary: the end of another pad's attempt, and the tap's own. A disturbance may cost three more:
 * a counter mended, an attempt ended, its record again. Two disturbances are no worn card. */
export const CARD_WRITE_TRIES = 8;

// --- the counter (firmware/app/pad.ts)

/** Pause between two looks for a card: short against a hand's movement, long against 2 ms of RF. */
export const CARD_POLL_MS = 40;

/** Pause between two steps with nothing to do: a key is pressed for 50 ms at least. */
export const IDLE_STEP_MS = 15;

/** A result stays until a key is pressed, or so long. */
export const RESULT_TIMEOUT_MS = 15000;

/** An armed sale without a card goes back to the amount, unless it must be finished. */
export const ARMED_TIMEOUT_MS = 60000;

/** The same sale with the same card within this is asked about: a cashier who lost the thread. */
export const REPEAT_GUARD_SECONDS = 60;

/** What was typed or asked and left alone goes back to the empty amount. */
export const TYPING_TIMEOUT_MS = 60000;

/** A question in the way of a card that must be finished is taken back. */
export const QUESTION_TIMEOUT_MS = 15000;

/** Records read in one step of a sum: some 10 ms each, and a key is pressed for 50 ms. */
export const SHIFT_STEP_RECORDS = 2;

/** Behind so many records the sum of the shift is written down: a second and a half to read. */
export const SHIFT_CARRY_RECORDS = 150;

/** Where a staff card is asked for first, who leaves the pad alone so long is logged out. */
export const STAFF_IDLE_MS = 1800000;

/** Records looked at for wrong PINs: some 10 ms each, twice the taps of a busy hour. */
export const PIN_SCAN_RECORDS = 200;

/** So full a journal is shown: some days are left to fetch it, and then a few hours. */
export const JOURNAL_NOTICE_PERCENT = 80;
export const JOURNAL_WARNING_PERCENT = 95;

/** How long a pad that failed shows so before it begins again. */
export const FAULT_REST_MS = 3000;

// --- issuing desk (firmware/desk/issue.ts)

/** Calls of `select` per connection: after a lost ATQA the card needs one to fall back to IDLE and
 * another to wake up. */
export const SELECT_TRIES = 3;

/** Times every key of a sector must fail before the sector counts as foreign: one failure may be
 * a disturbance, and "not blank" sends a good card away. */
export const ISSUE_AUTHENTICATION_TRIES = 2;

// --- what the back office sends (firmware/app/down-sync.ts)

/** The clock is set back by so much at most, and never behind the newest record: crystals are off
 * by minutes a year, and what was further wrong is for the technician to look at. */
export const CLOCK_BACK_SECONDS_MAX = 600;

// --- keypad driver (firmware/drivers/matrix-keypad.ts)

/** Between two scans; contacts of membrane pads bounce for up to 10 ms, so two scans agree
 * after. */
export const KEY_SCAN_MS = 20;

// --- start-up (firmware/app/intents.ts, firmware/app/watermarks.ts)

/** Records looked at, newest first, for an intent left open. An open intent blocks the next tap, so
 * only alarms, boots and shifts can stand behind it. */
export const BOOT_SCAN_RECORDS = 64;

/** Records looked at, newest first, for the cards of the last taps: 16 of them. An ESP32 takes some
 * 5 ms for each, and 200 ms more when a full page of 4 KB has to be gone through. */
export const WATERMARK_SCAN_RECORDS = 32;

// --- returns (firmware/app/originals.ts)

/** Records looked at for what has come back of a sale already. At some 10 ms for each on the board
 * (flash, CRC, some items) this is what a cashier waits without doubting the pad. */
export const REFUND_SCAN_RECORDS = 500;

/** A pad that cannot serve only keeps its loop alive. */
export const STOPPED_STEP_MS = 1000;

// --- the line to a till (firmware/app/pos-journal.ts)

/** Records read in one step of a search: some 10 ms each, and a card waits at most as long. */
export const POS_STEP_RECORDS = 2;
