-- Files that applications send ahead of the drafts that name them. The bytes are rows, so that every process that serves
-- the API has them.
CREATE TABLE uploads (
  account_id uuid NOT NULL,
  upload_id uuid NOT NULL,
  secret_hash bytea NOT NULL,      -- SHA-256 of what the address knows that the bytes are sent to
  filename text NOT NULL,
  content_type text NOT NULL,
  announced bigint,                -- the size that was told beforehand
  size bigint,                     -- null: no bytes came yet
  ready boolean NOT NULL DEFAULT false,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (account_id, upload_id)
);
CREATE INDEX uploads_by_expiry ON uploads (expires_at);

CREATE TABLE upload_pieces (
  account_id uuid NOT NULL,
  upload_id uuid NOT NULL,
  number integer NOT NULL,         -- from 0; each has 1 MiB, the last one what is left
  bytes bytea NOT NULL,
  PRIMARY KEY (account_id, upload_id, number),
  FOREIGN KEY (account_id, upload_id) REFERENCES uploads ON DELETE CASCADE
);
