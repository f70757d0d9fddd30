/**
 * The tables. `records` is the truth and is only ever added to; `transactions`, `entries`, `cards`
 * and `alarms` are made from it and could be made again.
 */
export const SCHEMA_VERSION = 2;

export const SCHEMA = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;

-- One row per journal: a terminal and its epoch. The cursor is next_sequence.
CREATE TABLE terminals (
  terminal INTEGER NOT NULL CHECK (terminal BETWEEN 1 AND 65535),
  epoch INTEGER NOT NULL CHECK (epoch BETWEEN 0 AND 255),
  issuer INTEGER NOT NULL CHECK (issuer BETWEEN 1 AND 254),
  first_sequence INTEGER NOT NULL CHECK (first_sequence >= 0),
  next_sequence INTEGER NOT NULL CHECK (next_sequence >= first_sequence),
  chain_mac BLOB NOT NULL CHECK (length(chain_mac) = 8),
  PRIMARY KEY (terminal, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE records (
  terminal INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL CHECK (sequence >= 0),
  type INTEGER NOT NULL,
  version INTEGER NOT NULL,
  payload BLOB NOT NULL,
  mac BLOB NOT NULL CHECK (length(mac) = 8),
  PRIMARY KEY (terminal, epoch, sequence),
  FOREIGN KEY (terminal, epoch) REFERENCES terminals (terminal, epoch)
) STRICT, WITHOUT ROWID;

-- Records that claim a sequence which is taken by another record.
CREATE TABLE quarantine (
  terminal INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  mac BLOB NOT NULL,
  type INTEGER NOT NULL,
  version INTEGER NOT NULL,
  payload BLOB NOT NULL,
  PRIMARY KEY (terminal, epoch, sequence, mac, payload)
) STRICT, WITHOUT ROWID;

CREATE TABLE rulesets (
  version INTEGER PRIMARY KEY CHECK (version > 0),
  bytes BLOB NOT NULL
) STRICT;

-- Orders to single cards; content is the patch as it travels (firmware/core/card-patch.ts).
CREATE TABLE patches (
  serial INTEGER NOT NULL,
  id INTEGER NOT NULL CHECK (id BETWEEN 1 AND 65535),
  card_number INTEGER NOT NULL,
  content BLOB NOT NULL CHECK (length(content) = 19),
  reason TEXT NOT NULL,
  PRIMARY KEY (serial, id)
) STRICT, WITHOUT ROWID;

-- Cards that every pad must refuse, and why.
CREATE TABLE hot_cards (
  serial INTEGER NOT NULL,
  card_number INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (serial, card_number)
) STRICT, WITHOUT ROWID;

-- Cards made in place of others: what lies below closed_counter on the old chip came too late.
CREATE TABLE reissues (
  old_uid TEXT PRIMARY KEY,
  new_uid TEXT NOT NULL UNIQUE,
  closed_counter INTEGER NOT NULL,
  moved_rial INTEGER NOT NULL CHECK (moved_rial >= 0)
) STRICT;

-- What is known of each chip. counter, tag and sealed_state are of the newest settled record;
-- sealed_state is as on the card, and absent when it could not be recomputed.
CREATE TABLE cards (
  uid TEXT PRIMARY KEY CHECK (length(uid) IN (8, 14)),
  member INTEGER NOT NULL,
  serial INTEGER NOT NULL,
  card_number INTEGER NOT NULL,
  sealed_identity BLOB CHECK (sealed_identity IS NULL OR length(sealed_identity) = 48),
  issued_tag BLOB CHECK (issued_tag IS NULL OR length(issued_tag) = 5),
  -- The first state record of a card that was not issued empty.
  issued_state BLOB CHECK (issued_state IS NULL OR length(issued_state) = 144),
  counter INTEGER,
  tag BLOB,
  sealed_state BLOB CHECK (sealed_state IS NULL OR length(sealed_state) = 144)
) STRICT;

CREATE TABLE transactions (
  terminal INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  uid TEXT NOT NULL REFERENCES cards (uid),
  member INTEGER NOT NULL,
  serial INTEGER NOT NULL,
  card_number INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  counter INTEGER NOT NULL,
  base_tag TEXT NOT NULL,
  new_tag TEXT NOT NULL,
  day INTEGER NOT NULL,
  minute INTEGER NOT NULL,
  gross_rial INTEGER NOT NULL CHECK (gross_rial >= 0),
  asked_rial INTEGER NOT NULL CHECK (asked_rial >= 0),
  used_rial INTEGER NOT NULL CHECK (used_rial >= 0),
  earned_rial INTEGER NOT NULL CHECK (earned_rial >= 0),
  expired_rial INTEGER NOT NULL CHECK (expired_rial >= 0),
  discount_rial INTEGER NOT NULL CHECK (discount_rial >= 0),
  payable_rial INTEGER NOT NULL,
  balance_after_rial INTEGER NOT NULL CHECK (balance_after_rial >= 0),
  points_earned INTEGER NOT NULL,
  points_after INTEGER NOT NULL,
  ruleset_version INTEGER NOT NULL,
  cashier INTEGER NOT NULL,
  is_gift INTEGER NOT NULL CHECK (is_gift IN (0, 1)),
  restored_rial INTEGER NOT NULL CHECK (restored_rial >= 0),
  clawed_rial INTEGER NOT NULL CHECK (clawed_rial >= 0),
  debt_paid_rial INTEGER NOT NULL CHECK (debt_paid_rial BETWEEN 0 AND earned_rial),
  debt_added_rial INTEGER NOT NULL CHECK (debt_added_rial BETWEEN 0 AND clawed_rial),
  points_used INTEGER NOT NULL,
  -- Reason, reward, sequence of the original, or last patch taken in: as the kind says.
  reference INTEGER NOT NULL,
  approver INTEGER NOT NULL,
  returned_rial INTEGER NOT NULL,
  -- The pad's own last word: record type 3, 4 or 5, or none yet.
  outcome INTEGER CHECK (outcome BETWEEN 3 AND 5),
  status TEXT NOT NULL CHECK (status IN ('open', 'committed', 'aborted', 'inDoubt')),
  -- Committed, but the pad never saw it: the goods were not handed over.
  is_unreleased INTEGER NOT NULL CHECK (is_unreleased IN (0, 1)),
  evaluation TEXT NOT NULL CHECK (evaluation IN ('none', 'equal', 'differs')),
  evaluation_detail TEXT NOT NULL,
  deferred_rial INTEGER NOT NULL CHECK (deferred_rial >= 0),
  -- Whose credit moved, where the figures do not tell it: JSON by line.
  shares TEXT NOT NULL,
  sealed_after BLOB CHECK (sealed_after IS NULL OR length(sealed_after) = 144),
  PRIMARY KEY (terminal, epoch, sequence),
  FOREIGN KEY (terminal, epoch, sequence) REFERENCES records (terminal, epoch, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX transactions_of_card ON transactions (uid, counter);
CREATE INDEX transactions_of_day ON transactions (day);

-- Debits positive, credits negative; they sum to zero within each transaction.
CREATE TABLE entries (
  terminal INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  line TEXT NOT NULL CHECK (line IN ('earned', 'used', 'expired', 'restored', 'clawed')),
  account TEXT NOT NULL,
  -- Of what customers are owed: the shop that had granted it; else 0.
  issuer INTEGER NOT NULL,
  amount_rial INTEGER NOT NULL CHECK (amount_rial <> 0),
  PRIMARY KEY (terminal, epoch, sequence, line, account, issuer),
  FOREIGN KEY (terminal, epoch, sequence) REFERENCES transactions (terminal, epoch, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX entries_of_account ON entries (account);

-- Returns that a pad could not settle: made from the records, like transactions.
CREATE TABLE deferred_refunds (
  terminal INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  uid TEXT NOT NULL,
  serial INTEGER NOT NULL,
  day INTEGER NOT NULL,
  gross_rial INTEGER NOT NULL,
  original_terminal INTEGER NOT NULL,
  original_sequence INTEGER NOT NULL,
  approver INTEGER NOT NULL,
  PRIMARY KEY (terminal, epoch, sequence),
  FOREIGN KEY (terminal, epoch, sequence) REFERENCES records (terminal, epoch, sequence)
) STRICT, WITHOUT ROWID;

-- What customers said of a tap, 1 to 5.
CREATE TABLE ratings (
  terminal INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  intent_sequence INTEGER NOT NULL,
  score INTEGER NOT NULL CHECK (score BETWEEN 1 AND 5),
  PRIMARY KEY (terminal, epoch, intent_sequence),
  FOREIGN KEY (terminal, epoch, sequence) REFERENCES records (terminal, epoch, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE alarms (
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  place TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (kind, subject, place)
) STRICT, WITHOUT ROWID;
`;

/** Tables that databases of before do not have; made whenever one is opened. */
export const ADDED_TABLES = `
-- Returns that a pad could not settle and the office did: the record, the sale that it is of, and
-- how much of that sale's bill came back.
CREATE TABLE IF NOT EXISTS refund_settlements (
  terminal INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  sale_terminal INTEGER NOT NULL,
  sale_epoch INTEGER NOT NULL,
  sale_sequence INTEGER NOT NULL,
  gross_rial INTEGER NOT NULL CHECK (gross_rial > 0),
  PRIMARY KEY (terminal, epoch, sequence)
) STRICT, WITHOUT ROWID;

-- The patches by which a return was settled.
CREATE TABLE IF NOT EXISTS refund_patches (
  serial INTEGER NOT NULL,
  id INTEGER NOT NULL,
  terminal INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  PRIMARY KEY (serial, id)
) STRICT, WITHOUT ROWID;

-- Of taps that were computed again: which rules gave what, and the credit then on the card, as JSON
-- (\`TapOffers\`). Made from the records, like transactions.
CREATE TABLE IF NOT EXISTS tap_offers (
  terminal INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  offers TEXT NOT NULL,
  PRIMARY KEY (terminal, epoch, sequence),
  FOREIGN KEY (terminal, epoch, sequence) REFERENCES transactions (terminal, epoch, sequence)
) STRICT, WITHOUT ROWID;

-- What a ruleset's file says for the office alone, as JSON (\`OfficeTerms\`).
CREATE TABLE IF NOT EXISTS office_terms (
  version INTEGER PRIMARY KEY CHECK (version > 0),
  terms TEXT NOT NULL
) STRICT;

-- Every version that was ever made to be sent to a terminal: 0 settings, 1 lists. The content can
-- be made again, and holds keys, so only its digest is here; that of lists without their date.
CREATE TABLE IF NOT EXISTS down_blobs (
  terminal INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  kind INTEGER NOT NULL CHECK (kind IN (0, 1)),
  version INTEGER NOT NULL CHECK (version > 0),
  digest TEXT NOT NULL CHECK (length(digest) = 64),
  issued_unix INTEGER NOT NULL,
  PRIMARY KEY (terminal, epoch, kind, version)
) STRICT, WITHOUT ROWID;

-- Staff cards that were issued here.
CREATE TABLE IF NOT EXISTS staff (
  serial INTEGER PRIMARY KEY,
  number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 65535),
  role TEXT NOT NULL CHECK (role IN ('cashier', 'supervisor')),
  name TEXT NOT NULL
) STRICT;

-- Who logged in and out at a pad, and typed a wrong PIN: \`ShiftAction\` of the firmware.
CREATE TABLE IF NOT EXISTS staff_events (
  terminal INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  action INTEGER NOT NULL,
  number INTEGER NOT NULL,
  serial INTEGER NOT NULL,
  unix_seconds INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  PRIMARY KEY (terminal, epoch, sequence),
  FOREIGN KEY (terminal, epoch, sequence) REFERENCES records (terminal, epoch, sequence)
) STRICT, WITHOUT ROWID;

-- Shifts that pads closed, with the figures that they showed: \`ShiftKey\` of the firmware.
CREATE TABLE IF NOT EXISTS shifts (
  terminal INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  number INTEGER NOT NULL,
  staff INTEGER NOT NULL,
  unix_seconds INTEGER NOT NULL,
  figures TEXT NOT NULL,
  PRIMARY KEY (terminal, epoch, sequence),
  FOREIGN KEY (terminal, epoch, sequence) REFERENCES records (terminal, epoch, sequence)
) STRICT, WITHOUT ROWID;

-- What a pad said of itself at the end of its last sync.
CREATE TABLE IF NOT EXISTS pad_states (
  terminal INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  seen_unix INTEGER NOT NULL,
  drift_seconds INTEGER,
  key_epoch INTEGER NOT NULL,
  settings_version INTEGER NOT NULL,
  ruleset_version INTEGER NOT NULL,
  lists_version INTEGER NOT NULL,
  unsent INTEGER NOT NULL,
  refusal TEXT NOT NULL,
  PRIMARY KEY (terminal, epoch)
) STRICT, WITHOUT ROWID;
`;
