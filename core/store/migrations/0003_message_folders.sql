-- The folders of a message beside it, as unread and starred are: lists then read one table instead of looking up the
-- placements of each message, which took longer than all the rest of a page.
ALTER TABLE messages ADD COLUMN folders uuid[] NOT NULL DEFAULT '{}';
UPDATE messages m SET folders = ARRAY(SELECT DISTINCT p.collection_id FROM placements p WHERE p.account_id = m.account_id
  AND p.message_id = m.message_id ORDER BY p.collection_id);
