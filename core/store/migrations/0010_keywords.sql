-- Keywords as applications want them, and of a message beside it, as its folders are: those of its placements, each once
-- without regard to case, and $Forwarded, which is a flag of its placements.
ALTER TABLE placements ADD COLUMN effective_keywords text[];  -- NULL: as confirmed
ALTER TABLE messages ADD COLUMN keywords text[];              -- NULL: none
ALTER TABLE actions ADD COLUMN keywords text[];               -- those the messages shall have, and no others
UPDATE messages m SET keywords = s.keywords FROM (SELECT w.account_id, w.message_id, array_agg(w.k ORDER BY
  lower(w.k COLLATE "C")) keywords FROM (SELECT DISTINCT ON (p.account_id, p.message_id, lower(k COLLATE "C")) p.account_id,
  p.message_id, k FROM placements p, unnest(p.keywords || CASE WHEN p.effective_flags & 32 <> 0 THEN ARRAY['$Forwarded'] END) k
  WHERE p.standing <> 1 ORDER BY p.account_id, p.message_id, lower(k COLLATE "C"), k COLLATE "C") w GROUP BY w.account_id,
  w.message_id) s WHERE m.account_id = s.account_id AND m.message_id = s.message_id;
