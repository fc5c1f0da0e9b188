-- What a draft was in each of its versions that counts: the one that the mailbox has, and those on their way to it.
-- A message shows the newest; when the mailbox refuses that one, the one it has is shown again.
CREATE TABLE draft_versions (
  account_id uuid NOT NULL,
  message_id uuid NOT NULL,
  raw_hash bytea NOT NULL,     -- SHA-256 of the raw bytes; empty: those are not held
  details json,                -- what the bytes do not tell: reply_to_message_id, send_at, …
  mid text, mid_key uuid, subject_key bigint, date bigint, size bigint NOT NULL,
  has_attachments boolean NOT NULL, parse_failed boolean NOT NULL,
  subject text NOT NULL, snippet text NOT NULL,
  from_ json NOT NULL, to_ json NOT NULL, cc json NOT NULL, bcc json NOT NULL, reply_to json NOT NULL,
  attachments json NOT NULL,
  body text COMPRESSION lz4 NOT NULL,
  PRIMARY KEY (account_id, message_id, raw_hash)
);
CREATE INDEX draft_versions_by_hash ON draft_versions (account_id, raw_hash);

-- Where the draft goes, and the address of the version in whose place it is put (empty: of none). That is set before
-- the first attempt, so that later ones know the old version from the new one.
ALTER TABLE action_bytes ADD COLUMN collection_id uuid, ADD COLUMN replaces bytea;
