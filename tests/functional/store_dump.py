"""What the store holds of an account, table by table, without what differs between two equal accounts.

Ids, and numbers that a mail server gives by the clock, are replaced by what they stand for: a message by its identity
(the hash of its bytes), a folder by its path, a thread by its members, a remote id by its UID.
"""

import json

from servers.postgres import queries, query

_MESSAGE = "encode(m.identity, 'hex') AS message"
_MEMBERS = (
    "(SELECT array_agg(encode(m.identity, 'hex') ORDER BY m.identity) FROM messages m"
    " WHERE m.account_id = {account} AND m.thread_id = {thread}) AS members"
)
_UID = "split_part(convert_from(p.remote_id, 'UTF8'), '.', 2) AS uid"

# Each names every column of its table, or says here why not. collections: cursor and synced_token hold the server's
# own numbers, so only that there are some is compared; generation counts snapshots, and a crash may cost one more.
# thread_keys: one whose message came later stays or was never made, as the pages fell; nobody looks at it.
# actions: a write that is made again after a death is a second action; none of them is left unfinished.
# grants and secrets: what is sealed has a random nonce. leases, account_clock, change_log: see log_faults().
_TABLES = {
    "grants": "SELECT provider, grant_status, settings::jsonb - 'imap_username' AS settings, scope, sync_phase, sync_reason,"
    " paused, deleted_at FROM grants WHERE account_id = {account}",
    "secrets": "SELECT name FROM secrets WHERE account_id = {account}",
    "collections": "SELECT encode(remote_id, 'escape') AS remote, encode(parent_remote_id, 'escape') AS parent, name,"
    " path, kind, role, role_source, rights, cursor <> '' AS has_cursor, phase, in_snapshot, synced_token <> '' AS"
    " has_token, total, total_count, unread_count, missing_listings, standing, role_override FROM collections WHERE account_id = {account}",
    "messages": f"SELECT {_MESSAGE}, mid_key, subject_key, received_at, date, size, unread, starred, has_attachments,"
    " parse_failed, mid, subject, snippet, from_, to_, cc, bcc, reply_to, (SELECT json_agg(a::jsonb - 'id') FROM"
    " json_array_elements(attachments) a) AS attachments, encode(raw_hash, 'hex') AS raw_hash, blob_pack > 0 AS stored, keywords,"
    " orphaned_round IS NULL AS placed, metadata FROM messages m WHERE account_id = {account}",
    "message_bodies": f"SELECT {_MESSAGE}, md5(b.body) AS body FROM message_bodies b LEFT JOIN messages m USING"
    " (account_id, message_id) WHERE b.account_id = {account}",
    "message_search": f"SELECT {_MESSAGE}, addresses, s.subject, md5(words::text) AS words FROM message_search s LEFT"
    " JOIN messages m USING (account_id, message_id) WHERE s.account_id = {account}",
    "placements": f"SELECT c.path, {_UID}, {_MESSAGE}, p.received_at, flags, effective_flags, p.keywords, effective_keywords,"
    " p.standing, p.generation = c.generation OR NOT c.in_snapshot AS current FROM placements p LEFT JOIN collections c USING"
    " (account_id, collection_id) LEFT JOIN messages m USING (account_id, message_id) WHERE p.account_id = {account}",
    "threads": "SELECT latest_at, earliest_at, encode(provider_thread, 'hex') AS provider_thread, "
    + _MEMBERS.replace("{thread}", "t.thread_id")
    + " FROM threads t WHERE account_id = {account}",
    "thread_keys": "SELECT k.mid_key, "
    + _MEMBERS.replace("{thread}", "k.thread_id")
    + " FROM thread_keys k WHERE account_id = {account} AND NOT EXISTS (SELECT FROM messages m WHERE m.account_id ="
    " {account} AND m.mid_key = k.mid_key)",
    "action_objects": "SELECT object_id FROM action_objects WHERE account_id = {account}",
    "action_bytes": "SELECT action_id FROM action_bytes WHERE account_id = {account}",
}

# A cold sync of the same mailbox makes these alike, whatever came before. Threads are as the messages came, and
# collections know how their first sync went.
AS_THE_SERVER_SAYS = ("messages", "message_bodies", "message_search", "placements")
PER_ACCOUNT = (*_TABLES, "actions", "plugin_state", "leases", "account_clock")


def account_of(conninfo, email):
    """The account of that address as an SQL literal; None when there is none."""
    rows = query(conninfo, f"SELECT account_id FROM grants WHERE email = '{email}' AND deleted_at IS NULL")
    return f"'{rows[0]['account_id']}'::uuid" if rows else None


def dump(conninfo, account):
    """{table: sorted rows}."""
    statements = {table: one.replace("{account}", account) for table, one in _TABLES.items()}
    return {
        table: sorted(json.dumps(row, sort_keys=True) for row in rows)
        for table, rows in queries(conninfo, statements).items()
    }


def differences(expected, found, limit=6):
    """In words, table by table."""
    told = []
    for table, rows in expected.items():
        missing, extra = list(rows), []
        for row in found[table]:
            missing.remove(row) if row in missing else extra.append(row)
        told += [f"{table} lacks {row}" for row in missing[:limit]]
        told += [f"{table} has {row}" for row in extra[:limit]]
    return told


def rows_left(conninfo, account):
    """{table: count} of all that is left of an account; empty when it is erased."""
    statements = {
        table: f"SELECT count(*) AS n FROM {table} WHERE account_id = {account}" for table in PER_ACCOUNT
    }
    found = queries(conninfo, statements)
    return {table: rows[0]["n"] for table, rows in found.items() if rows[0]["n"]}


def search_is_filled(conninfo, account):
    rows = query(
        conninfo, f"SELECT seq = search_seq AS filled FROM account_clock WHERE account_id = {account}"
    )
    return bool(rows) and rows[0]["filled"]


def log_faults(conninfo, account):
    """What is wrong with the change log: it must be gapless, and replaying it must give what is there, once."""
    faults = []
    expected = 0
    rows = query(
        conninfo,
        "SELECT seq, cardinality(object_ids) AS count FROM change_log"
        f" WHERE account_id = {account} ORDER BY seq",
    )
    for row in rows:
        expected += row["count"]
        if row["seq"] != expected:
            faults.append(f"entry {row['seq']} should end at {expected}")
            break
    clock = query(conninfo, f"SELECT seq FROM account_clock WHERE account_id = {account}")
    if clock[0]["seq"] != expected:
        faults.append(f"the clock says {clock[0]['seq']}, the log ends at {expected}")
    replayed = (
        "SELECT o.id, sum((o.change = 1)::int) AS made, sum((o.change = 3)::int) AS gone FROM change_log l, unnest("
        "l.objects, l.changes, l.object_ids) o(object, change, id) WHERE l.account_id = {account} AND o.object = {kind}"
        " GROUP BY o.id"
    )
    for kind, table, column in ((1, "messages", "message_id"), (2, "threads", "thread_id"), (3, "collections", "collection_id")):
        statement = (
            f"SELECT coalesce(r.id, t.{column}) AS id, r.made, r.gone, t.{column} IS NOT NULL AS there FROM ("
            + replayed.replace("{account}", account).replace("{kind}", str(kind))
            + f") r FULL JOIN (SELECT {column} FROM {table} WHERE account_id = {account}) t ON t.{column} = r.id"
            f" WHERE (r.made, r.gone) IS DISTINCT FROM (1, CASE WHEN t.{column} IS NULL THEN 1 ELSE 0 END)"
        )
        faults += [f"the log of {table}: {row}" for row in query(conninfo, statement)[:5]]
    return faults
