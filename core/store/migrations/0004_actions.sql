-- Writes on their way to the mailbox. What a provider has confirmed stays apart from what its account will be like
-- once they are done: the API shows the latter, the sync works on the former.
CREATE TABLE actions (
  account_id uuid NOT NULL,
  action_id uuid NOT NULL,
  position bigint GENERATED ALWAYS AS IDENTITY,  -- given while the target is locked: the order of writes to an object
  kind smallint NOT NULL,              -- see core/actions/action.hpp
  target uuid NOT NULL,
  status smallint NOT NULL DEFAULT 0,  -- 0 pending, 1 running, 2 done, 3 failed, 4 outcome_unknown
  attempts integer NOT NULL DEFAULT 0,
  step_attempts integer NOT NULL DEFAULT 0,  -- of the mutation under way
  due_at timestamptz NOT NULL DEFAULT now(),
  unread boolean, starred boolean,
  folders uuid[],                      -- where the messages shall lie; none: nowhere
  name text, parent uuid,              -- of a folder
  error json,                          -- {"kind","message","hint"} of the last attempt
  created_at bigint NOT NULL,
  finished_at bigint,
  PRIMARY KEY (account_id, action_id)
);
CREATE INDEX actions_due ON actions (due_at) WHERE finished_at IS NULL;
CREATE INDEX actions_by_position ON actions (account_id, position);

-- What an unfinished action concerns.
CREATE TABLE action_objects (
  account_id uuid NOT NULL,
  object_id uuid NOT NULL,
  action_id uuid NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (account_id, object_id, action_id)
);
CREATE INDEX action_objects_by_action ON action_objects (account_id, action_id);

-- A draft's bytes until the mailbox has them.
CREATE TABLE action_bytes (
  account_id uuid NOT NULL,
  action_id uuid NOT NULL,
  raw bytea NOT NULL,
  PRIMARY KEY (account_id, action_id)
);

-- 0 confirmed, 1 confirmed and leaving by a pending action, 2 arriving by one (no provider knows it).
ALTER TABLE placements ADD COLUMN standing smallint NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN metadata json;
-- Set: name, parent or existence are those of a pending action; a listing does not change them.
ALTER TABLE collections ADD COLUMN standing smallint NOT NULL DEFAULT 0;  -- 0 confirmed, 1 leaving, 2 arriving, 3 renamed
ALTER TABLE collections ADD COLUMN role_override smallint;
ALTER TABLE grants ADD COLUMN paused boolean NOT NULL DEFAULT false;      -- by its application
