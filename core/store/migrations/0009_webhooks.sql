-- Reference ------------------------------------------------------------------------------------------------------
CREATE TABLE webhooks (
  webhook_id uuid PRIMARY KEY,
  application_id uuid NOT NULL REFERENCES applications,
  description text NOT NULL,
  url text NOT NULL,
  trigger_types text[] NOT NULL,
  notification_email_addresses text[] NOT NULL,
  compressed_delivery boolean NOT NULL,
  history boolean NOT NULL,         -- whether the history of first syncs is wanted
  grant_ids uuid[] NOT NULL,        -- only of these; empty: of all
  folders text[] NOT NULL,          -- messages only in these, by id, role or path; empty: in all
  status text NOT NULL,             -- active, failing, failed, pause
  status_updated_at bigint NOT NULL,
  failing_since bigint,             -- nothing was delivered since then; null: the last attempt succeeded
  revision bigint NOT NULL DEFAULT 1,  -- rises with every change that who delivers must take up
  from_position bigint NOT NULL,    -- changes up to here are not for it
  secret_key_id text NOT NULL,
  secret_nonce bytea NOT NULL,
  secret_ciphertext bytea NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL
);
CREATE INDEX webhooks_by_application ON webhooks (application_id, webhook_id);

-- Global queues --------------------------------------------------------------------------------------------------
-- Who delivers to a webhook's destination. There is one at a time, so that its order and its limits hold.
CREATE TABLE webhook_leases (
  webhook_id uuid PRIMARY KEY REFERENCES webhooks ON DELETE CASCADE,
  worker_id uuid NOT NULL,
  expires_at timestamptz NOT NULL
);

-- What is to be delivered, and for a while what became of it. An entry of the change log makes at most one row a
-- trigger for each webhook; its object is read when it is sent.
CREATE TABLE webhook_deliveries (
  delivery_id uuid PRIMARY KEY,
  webhook_id uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
  account_id uuid NOT NULL,         -- zero: a test event
  position bigint NOT NULL,         -- in the change log over all accounts: the order of delivery within an account
  event_id uuid NOT NULL,           -- told to the destination: the same for the same event, however often it is sent
  trigger_type text NOT NULL,
  object smallint NOT NULL,         -- as in change_log
  change smallint NOT NULL,
  object_id uuid NOT NULL,
  at bigint NOT NULL,               -- of the change
  status text NOT NULL,             -- pending, delivered, failed, skipped (there was nothing left to tell)
  attempts integer NOT NULL DEFAULT 0,
  queued_at bigint NOT NULL,        -- since then it is tried
  attempted_at bigint,              -- the last attempt, and how it went:
  response_code integer,            -- null: no answer came
  duration_ms bigint,
  error text
);
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (webhook_id, position, delivery_id) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, delivery_id);

-- Per account ----------------------------------------------------------------------------------------------------
-- A first sync ends once, also when the account is synced anew later.
ALTER TABLE grants ADD COLUMN first_sync_ended_at bigint;
UPDATE grants SET first_sync_ended_at = updated_at WHERE sync_phase = 'live';
