"""The change log as its table holds it, entry by entry, in the form that the feed gives entries."""

from servers.postgres import query

_OBJECTS = {1: "message", 2: "thread", 3: "folder", 4: "grant", 5: "draft"}
_CHANGES = {1: "created", 2: "updated", 3: "deleted"}
_FIELDS = ("unread", "starred", "folders", "thread_id", "name", "parent_id", "attributes", "content", "status",
           "message_ids", "metadata", "sync", "expired", "first_sync")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ID_LENGTH = 25


def public_id(uuid):
    """A uuid of a table as the API spells it."""
    number, digits = int(uuid.replace("-", ""), 16), ""
    for _ in range(_ID_LENGTH):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits


def last_position(conninfo):
    return query(conninfo, "SELECT position FROM feed_clock")[0]["position"]


def entries_after(conninfo, position):
    """Those over all accounts that come after it, in their order; comparable with as_logged() of the feed's."""
    rows = query(
        conninfo,
        "SELECT l.account_id, o.object, o.change, o.fields, o.id, l.initial, extract(epoch FROM l.at)::bigint AS at FROM"
        " change_log l, unnest(l.objects, l.changes, l.fields, l.object_ids) WITH ORDINALITY o(object, change, fields, id,"
        f" n) WHERE l.position - cardinality(l.objects) + o.n > {position} ORDER BY l.position, o.n",
    )
    return [
        (
            public_id(row["account_id"]),
            _OBJECTS[row["object"]],
            _CHANGES[row["change"]],
            public_id(row["id"]),
            row["at"],
            row["initial"],
            tuple(name for bit, name in enumerate(_FIELDS) if row["fields"] >> bit & 1),
        )
        for row in rows
    ]


def as_logged(entry):
    """An entry of the feed, without its cursor and its data."""
    return (
        entry["grant_id"],
        entry["object"],
        entry["type"],
        entry["id"],
        entry["at"],
        entry["initial"],
        tuple(entry["changed"]),
    )


def first_difference(expected, found):
    """In words; nothing when they are equal."""
    for number, (one, other) in enumerate(zip(expected, found)):
        if one != other:
            return f"entry {number} of {len(expected)} should be {one}, is {other}; it comes at {_places(expected, other)}"
    if len(expected) != len(found):
        longer, word = (expected, "lacks") if len(expected) > len(found) else (found, "has too many")
        return f"of {len(expected)} entries there are {len(found)}: it {word} {longer[min(len(expected), len(found)):][:3]}"
    return None


def _places(expected, entry):
    return [number for number, one in enumerate(expected) if one == entry]
