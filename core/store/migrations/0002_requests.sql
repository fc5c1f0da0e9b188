-- Calls that need the live account, and what a provider's search found. Neither outlives a crash of the database
-- (UNLOGGED): by then nobody waits any more, and a search is done again.

-- Global queues --------------------------------------------------------------------------------------------------
CREATE UNLOGGED TABLE requests (
  request_id uuid PRIMARY KEY,
  account_id uuid NOT NULL,
  kind smallint NOT NULL,          -- 1 search
  priority smallint NOT NULL,      -- 0 interactive, 1 bulk
  argument text[] NOT NULL,        -- by kind; no secrets
  created_at timestamptz NOT NULL DEFAULT now(),
  take_by timestamptz NOT NULL,    -- until a worker has it
  deadline timestamptz NOT NULL,   -- until it is answered
  taken_epoch bigint,              -- of the lease of whoever works on it: that one alone may answer
  answer bytea,                    -- by kind
  error text[]                     -- kind, message, hint, milliseconds after which to try again
);
CREATE INDEX requests_by_account ON requests (account_id);
CREATE INDEX requests_by_deadline ON requests (deadline);

-- Per account ----------------------------------------------------------------------------------------------------
CREATE UNLOGGED TABLE search_results (
  account_id uuid NOT NULL,
  search_id uuid NOT NULL,         -- a digest of what was searched for
  message_ids uuid[] NOT NULL,
  kept_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, search_id)
);
