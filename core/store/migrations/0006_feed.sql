-- The log over all accounts. A sequencer gives each committed row the position of its last entry, counted over all
-- accounts without a gap; a row that has none yet is not to be seen in the feed over all accounts.
ALTER TABLE change_log ADD COLUMN position bigint, ADD COLUMN application_id uuid;
CREATE INDEX change_log_unplaced ON change_log (account_id, seq) WHERE position IS NULL;
CREATE INDEX change_log_by_position ON change_log (position) WHERE position IS NOT NULL;

-- One row: the last position that was given, and the last one whose row was trimmed.
CREATE TABLE feed_clock (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  position bigint NOT NULL DEFAULT 0,
  trimmed_position bigint NOT NULL DEFAULT 0
);
INSERT INTO feed_clock DEFAULT VALUES;

-- How far a durable reader has come; what it has not read is not trimmed.
CREATE TABLE feed_readers (
  name text PRIMARY KEY,
  position bigint NOT NULL
);
