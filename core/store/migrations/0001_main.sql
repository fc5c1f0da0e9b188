-- Three classes of tables. Reference tables are small and known to every worker. Global queues (leases) hand out
-- work. Per-account tables hold everything big: account_id stands first in every key, unique index and statement.

CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Reference ------------------------------------------------------------------------------------------------------
CREATE TABLE applications (
  application_id uuid PRIMARY KEY,
  name text NOT NULL UNIQUE,
  is_default boolean NOT NULL DEFAULT false,
  created_at bigint NOT NULL
);
CREATE UNIQUE INDEX applications_one_default ON applications (is_default) WHERE is_default;

CREATE TABLE api_keys (
  key_id uuid PRIMARY KEY,
  application_id uuid NOT NULL REFERENCES applications,
  name text NOT NULL,
  key_hash bytea NOT NULL UNIQUE,  -- SHA-256; the key itself is shown once and kept nowhere
  created_at bigint NOT NULL,
  revoked_at bigint
);

CREATE TABLE grants (
  account_id uuid PRIMARY KEY,
  application_id uuid NOT NULL REFERENCES applications,
  provider text NOT NULL,
  email text NOT NULL,
  email_key text NOT NULL,          -- lower case: the same mailbox again re-authenticates the same grant
  grant_status text NOT NULL DEFAULT 'valid',
  settings json NOT NULL DEFAULT '{}',  -- the account's settings without its secrets
  scope json NOT NULL DEFAULT '[]',
  state text,
  user_agent text,
  ip text,
  sync_phase text NOT NULL DEFAULT 'initial',   -- initial, live, paused, stopped
  sync_reason json,                 -- {"kind","message","hint"} or null
  sync_started_at bigint NOT NULL,
  settings_revision bigint NOT NULL DEFAULT 1,  -- rises with every change that the sync worker must take up
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  deleted_at bigint,                -- its data is being erased; it is gone for the API
  UNIQUE (application_id, provider, email_key)
);
CREATE INDEX grants_by_creation ON grants (application_id, created_at, account_id);

-- Global queues --------------------------------------------------------------------------------------------------
CREATE TABLE leases (
  account_id uuid PRIMARY KEY REFERENCES grants,
  worker_id uuid,
  epoch bigint NOT NULL DEFAULT 0,
  expires_at timestamptz NOT NULL DEFAULT '-infinity'
);
CREATE INDEX leases_by_expiry ON leases (expires_at);

-- Per account ----------------------------------------------------------------------------------------------------
CREATE TABLE secrets (
  account_id uuid NOT NULL,
  name text NOT NULL,
  key_id text NOT NULL,
  nonce bytea NOT NULL,
  ciphertext bytea NOT NULL,
  PRIMARY KEY (account_id, name)
);

CREATE TABLE plugin_state (
  account_id uuid PRIMARY KEY,
  revision bigint NOT NULL,
  key_id text NOT NULL,
  nonce bytea NOT NULL,
  ciphertext bytea NOT NULL
);

-- seq numbers the change log without a gap; epoch is the lease's, so that a worker that lost it cannot commit.
CREATE TABLE account_clock (
  account_id uuid PRIMARY KEY,
  seq bigint NOT NULL DEFAULT 0,
  epoch bigint NOT NULL DEFAULT 0,
  search_seq bigint NOT NULL DEFAULT 0  -- the change-log number up to which message_search is filled
);

CREATE TABLE collections (
  account_id uuid NOT NULL,
  collection_id uuid NOT NULL,
  remote_id bytea NOT NULL,
  parent_remote_id bytea,
  through_remote_id bytea,
  name text NOT NULL,
  path text NOT NULL,
  kind smallint NOT NULL,
  role smallint NOT NULL,
  role_source smallint NOT NULL,
  rights smallint NOT NULL,
  cursor bytea NOT NULL DEFAULT '',
  phase text NOT NULL DEFAULT 'initial',   -- initial, live
  generation integer NOT NULL DEFAULT 1,   -- of the snapshot under way, or of the last one
  in_snapshot boolean NOT NULL DEFAULT true,
  synced_token text NOT NULL DEFAULT '',   -- the listing's change token that the last finished round covered
  done bigint NOT NULL DEFAULT 0,
  total bigint NOT NULL DEFAULT 0,
  total_count bigint NOT NULL DEFAULT 0,   -- placements
  unread_count bigint NOT NULL DEFAULT 0,
  missing_listings integer NOT NULL DEFAULT 0,
  PRIMARY KEY (account_id, collection_id)
);
CREATE UNIQUE INDEX collections_by_remote_id ON collections (account_id, remote_id);

CREATE TABLE messages (
  account_id uuid NOT NULL,
  message_id uuid NOT NULL,
  thread_id uuid NOT NULL,
  identity bytea NOT NULL,     -- 'o' and the provider's object key, or 'h' and the SHA-256 of the raw bytes
  mid_key uuid,                -- hash of the Message-ID, for threading
  subject_key bigint,          -- hash of the subject without reply prefixes; negative: a reply that names no parent
  received_at bigint NOT NULL,
  date bigint,
  size bigint NOT NULL,
  unread boolean NOT NULL,
  starred boolean NOT NULL,
  has_attachments boolean NOT NULL,
  parse_failed boolean NOT NULL,
  mid text,
  subject text NOT NULL,
  snippet text NOT NULL,
  from_ json NOT NULL, to_ json NOT NULL, cc json NOT NULL, bcc json NOT NULL, reply_to json NOT NULL,
  attachments json NOT NULL,
  raw_hash bytea,              -- null while the raw bytes are not held
  blob_pack integer, blob_offset bigint, blob_stored bigint,
  orphaned_round bigint,       -- without a placement since that round of the sync
  PRIMARY KEY (account_id, message_id)
) PARTITION BY HASH (account_id);
CREATE UNIQUE INDEX messages_by_identity ON messages (account_id, identity);
CREATE INDEX messages_by_date ON messages (account_id, received_at DESC, message_id DESC);
CREATE INDEX messages_by_thread ON messages (account_id, thread_id, received_at);
CREATE INDEX messages_by_mid ON messages (account_id, mid_key) WHERE mid_key IS NOT NULL;
CREATE INDEX messages_by_subject ON messages (account_id, subject_key, received_at) WHERE subject_key IS NOT NULL;
CREATE INDEX messages_unread ON messages (account_id, received_at DESC, message_id DESC) WHERE unread;
CREATE INDEX messages_starred ON messages (account_id, received_at DESC, message_id DESC) WHERE starred;
CREATE INDEX messages_orphaned ON messages (account_id, orphaned_round) WHERE orphaned_round IS NOT NULL;

CREATE TABLE message_bodies (
  account_id uuid NOT NULL,
  message_id uuid NOT NULL,
  body text COMPRESSION lz4 NOT NULL,
  PRIMARY KEY (account_id, message_id)
) PARTITION BY HASH (account_id);

CREATE TABLE placements (
  account_id uuid NOT NULL,
  collection_id uuid NOT NULL,
  remote_id bytea NOT NULL,
  message_id uuid NOT NULL,
  received_at bigint NOT NULL,
  flags smallint NOT NULL,            -- confirmed: what the provider last said
  effective_flags smallint NOT NULL,  -- with the pending actions replayed: what the API shows
  generation integer NOT NULL,
  keywords text[],
  version bytea,
  PRIMARY KEY (account_id, collection_id, remote_id)
) PARTITION BY HASH (account_id);
CREATE INDEX placements_by_message ON placements (account_id, message_id);
CREATE INDEX placements_by_date ON placements (account_id, collection_id, received_at DESC, message_id DESC);

CREATE TABLE threads (
  account_id uuid NOT NULL,
  thread_id uuid NOT NULL,
  latest_at bigint NOT NULL,
  earliest_at bigint NOT NULL,
  provider_thread bytea,
  PRIMARY KEY (account_id, thread_id)
) PARTITION BY HASH (account_id);
CREATE INDEX threads_by_date ON threads (account_id, latest_at DESC, thread_id DESC);
CREATE UNIQUE INDEX threads_by_provider ON threads (account_id, provider_thread) WHERE provider_thread IS NOT NULL;

-- Message-IDs that messages refer to but that are not (yet) held: where a late parent finds its thread.
CREATE TABLE thread_keys (
  account_id uuid NOT NULL,
  mid_key uuid NOT NULL,
  thread_id uuid NOT NULL,
  PRIMARY KEY (account_id, mid_key)
) PARTITION BY HASH (account_id);
CREATE INDEX thread_keys_by_thread ON thread_keys (account_id, thread_id);

-- Filled behind the sync from the change log; until it has caught up, a filter that needs it scans.
CREATE TABLE message_search (
  account_id uuid NOT NULL,
  message_id uuid NOT NULL,
  addresses text[] NOT NULL,   -- 'f:', 't:', 'c:', 'b:' and the address in lower case
  subject text NOT NULL,
  words tsvector NOT NULL,
  PRIMARY KEY (account_id, message_id)
) PARTITION BY HASH (account_id);
CREATE INDEX message_search_addresses ON message_search USING gin (account_id, addresses);
CREATE INDEX message_search_subject ON message_search USING gin (account_id, subject gin_trgm_ops);
CREATE INDEX message_search_words ON message_search USING gin (account_id, words);

DO $$
DECLARE
  parent text;
BEGIN
  FOREACH parent IN ARRAY ARRAY['messages', 'message_bodies', 'placements', 'threads', 'thread_keys', 'message_search'] LOOP
    FOR n IN 0..15 LOOP
      EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS 16, REMAINDER %s)',
                     parent || '_' || lpad(n::text, 2, '0'), parent, n);
    END LOOP;
  END LOOP;
END $$;

-- One row covers the objects of a page: entry i of its arrays has the number seq - count + i (from 1).
CREATE TABLE change_log (
  account_id uuid NOT NULL,
  seq bigint NOT NULL,            -- of its last entry
  at timestamptz NOT NULL,
  initial boolean NOT NULL,       -- history of a first sync
  objects smallint[] NOT NULL,    -- 1 message, 2 thread, 3 folder, 4 grant, 5 draft
  changes smallint[] NOT NULL,    -- 1 created, 2 updated, 3 deleted
  fields integer[] NOT NULL,      -- of an update: bits, see change_log.hpp
  object_ids uuid[] NOT NULL,
  PRIMARY KEY (account_id, seq, at)
) PARTITION BY RANGE (at);
CREATE TABLE change_log_rest PARTITION OF change_log DEFAULT;
