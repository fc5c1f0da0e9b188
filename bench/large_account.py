"""Writes an account straight into the store, as a finished first sync would leave it.

Newest first, as a sync does. The same size gives the same rows. Some filters hit a fixed number of messages
whatever the size, spread evenly over the account; others a fixed share of it. The RECENT_BODIES newest bodies
have 5 KiB on average, the others a few hundred bytes, so that a million fit on a small disk. Raw messages are not
written.
"""

import itertools
import json
import random
import subprocess
import uuid

NEWEST_AT = 1_760_000_000
SECONDS_APART = 300
RECENT_BODIES = 20_000
BATCH = 10_000
THREAD_BLOCK, THREAD_LENGTH = 5, 3  # of each block of messages the first ones are a conversation
COLLEAGUE_SHARE = 0.1  # of the messages are from one sender
TOPIC_SHARE = 0.05  # of the subjects have one word

UNREAD, RARE_FROM, RARE_SUBJECT, RARE_ADDRESS = 5, 3, 3, 10  # hits
RARE_SENDER, RARE_RECIPIENT, COLLEAGUE = "rare@example.test", "carol@example.test", "colleague@example.test"
RARE_WORD, TOPIC = "Polarlichter", "Quartalszahlen"

FOLDERS = {"INBOX": (1, 0.6), "Archive": (6, 0.3), "Sent": (2, 0.1)}  # role, share
_WORDS = (
    "account agenda answer April attached august board bridge budget calendar campaign change choice client coffee"
    " contract copy customer date deadline decision delivery detail draft estimate evening factory figures final flight"
    " follow forward garden group holiday hotel house idea invoice issue journey kitchen letter list lunch machine map"
    " market meeting minutes monday month morning museum note number offer office order package paper partner payment"
    " phone plan point price project question quick receipt remark reply report request review river room sample"
    " schedule school season shop signature station street summary summer table team ticket time today tomorrow train"
    " travel update version visit water week window winter work year Grüße Straße Übersicht façade naïve привет"
).split()


def public_id(value):
    """The API's spelling of a uuid."""
    number, digits = value.int, ""
    while len(digits) < 25:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits


def _positions(count, hits, shift):
    return {count * (k + 1) // (hits + 1) + shift for k in range(hits)}


class LargeAccount:
    """One account of `count` messages. `number` (1 to 255) tells it from the others."""

    def __init__(self, number, count):
        self.count = count
        self.account_id = uuid.UUID(int=(0x0198 << 112) | (0x7 << 76) | (0x8 << 60) | number)
        self.grant_id = public_id(self.account_id)
        self._folders = {name: self._id(0xF, n) for n, name in enumerate(FOLDERS)}
        self._unread = _positions(count, UNREAD, 0)
        self._rare_from = _positions(count, RARE_FROM, 1)
        self._rare_subject = _positions(count, RARE_SUBJECT, 2)
        self._rare_address = _positions(count, RARE_ADDRESS, 3)

    def _id(self, kind, n):
        # Ordered by time as the program's own are, and different for each account.
        return uuid.UUID(
            int=(0x0199_0000_0000 + n << 80)
            | (7 << 76)
            | (2 << 62)
            | (self.account_id.int & 0xFF) << 8
            | kind
        )

    def message_id(self, n):
        return self._id(1, n)

    def thread_id(self, n):
        within = n % THREAD_BLOCK
        return self._id(2, n - within if within < THREAD_LENGTH else n)

    @property
    def middle_thread(self):
        """A conversation of THREAD_LENGTH messages in the middle."""
        return self.count // 2 // THREAD_BLOCK * THREAD_BLOCK

    def write(self, psql):
        """`psql`: the command line that reaches the store. On failure CalledProcessError."""
        with subprocess.Popen(
            [*psql, "-qX", "-v", "ON_ERROR_STOP=1"], stdin=subprocess.PIPE, text=True
        ) as client:
            for part in itertools.chain(self._account(), self._messages(), self._search()):
                client.stdin.write(part)
            client.stdin.close()
            if client.wait():
                raise subprocess.CalledProcessError(client.returncode, psql)

    def _account(self):
        mine = f"'{self.account_id}'"
        yield (
            f"INSERT INTO grants (account_id, application_id, provider, email, email_key, sync_phase, sync_started_at,"
            f" created_at, updated_at) SELECT {mine}, application_id, 'imap', 'user{self.count}@example.test',"
            f" 'user{self.count}@example.test', 'live', {NEWEST_AT}, {NEWEST_AT}, {NEWEST_AT} FROM applications WHERE"
            f" is_default;\nINSERT INTO account_clock (account_id) VALUES ({mine});\n"
            f"INSERT INTO leases (account_id) VALUES ({mine});\n"
        )
        for name, (role, _) in FOLDERS.items():
            yield (
                "INSERT INTO collections (account_id, collection_id, remote_id, name, path, kind, role, role_source,"
                f" rights, phase, in_snapshot) VALUES ({mine}, '{self._folders[name]}', '{name}', '{name}', '{name}',"
                f" 0, {role}, 0, 63, 'live', false);\n"
            )

    def _messages(self):
        dice = random.Random(7)
        paragraphs = [" ".join(dice.choices(_WORDS, k=40)) for _ in range(2_000)]
        contacts = [{"name": f"Contact {n}", "email": f"contact{n}@example.test"} for n in range(2_000)]
        me = {"name": "User", "email": f"user{self.count}@example.test"}
        names, shares = list(FOLDERS), [share for _, share in FOLDERS.values()]
        for first in range(0, self.count, BATCH):
            tables = {"messages": [], "message_bodies": [], "placements": [], "threads": []}
            for n in range(first, min(first + BATCH, self.count)):
                self._message(n, dice, paragraphs, contacts, me, dice.choices(names, shares)[0], tables)
            for table, rows in tables.items():
                yield f"COPY {table} ({_COLUMNS[table]}) FROM STDIN;\n{''.join(rows)}\\.\n"
            # As the sync does behind a page, so that the search tables are laid out like those of production.
            yield _SEARCH.format(
                account=self.account_id, first=self.message_id(first), last=self.message_id(first + BATCH - 1)
            )

    def _message(self, n, dice, paragraphs, contacts, me, folder, tables):
        account, message, at = self.account_id, self.message_id(n), NEWEST_AT - n * SECONDS_APART
        sender = contacts[int(dice.random() ** 2 * len(contacts))]
        if n in self._rare_from:
            sender = {"name": "Rare", "email": RARE_SENDER}
        elif dice.random() < COLLEAGUE_SHARE:
            sender = {"name": "Colleague", "email": COLLEAGUE}
        to = [me] + ([{"name": "Carol", "email": RARE_RECIPIENT}] if n in self._rare_address else [])
        cc = dice.sample(contacts, k=2) if dice.random() < 0.2 else []
        subject = " ".join(dice.choices(_WORDS, k=dice.randint(3, 8)))
        if n in self._rare_subject:
            subject += " " + RARE_WORD
        elif dice.random() < TOPIC_SHARE:
            subject += " " + TOPIC
        text = paragraphs[dice.randrange(len(paragraphs))]
        unread = n in self._unread
        attachments = []
        if dice.random() < 0.15:
            attachments = [
                {
                    "id": public_id(self._id(3, n)),
                    "filename": f"report {n}.pdf",
                    "content_type": "application/pdf",
                    "size": 81_234,
                    "content_disposition": "attachment",
                    "is_inline": False,
                    "part_path": "2",
                }
            ]
        length = min(int(dice.lognormvariate(8.0, 1.0)), 200_000) if n < RECENT_BODIES else 300
        chosen = [text] + dice.choices(paragraphs, k=length // 280)
        body = (
            '<html><body style="font-family:sans-serif">'
            + "".join(f"<p>{one}</p>" for one in chosen)
            + "</body></html>"
        )
        identity = "\\\\x68" + uuid.uuid5(account, str(n)).hex * 2
        tables["messages"].append(
            _row(
                account,
                message,
                self.thread_id(n),
                identity,
                uuid.uuid5(account, f"m{n}"),
                n % 100_000,
                at,
                at,
                len(body) + 3_000,
                _flag(unread),
                "f",
                "{%s}" % self._folders[folder],
                _flag(attachments),
                "f",
                f"{n}.{account}@example.test",
                subject,
                text[:200],
                _json([sender]),
                _json(to),
                _json(cc),
                "[]",
                "[]",
                _json(attachments),
            )
        )
        tables["message_bodies"].append(_row(account, message, body))
        tables["placements"].append(
            _row(
                account,
                self._folders[folder],
                f"\\\\x{n:020x}",
                message,
                at,
                0 if unread else 1,
                0 if unread else 1,
                1,
            )
        )
        if self.thread_id(n) == self._id(2, n):
            length = THREAD_LENGTH if n % THREAD_BLOCK == 0 else 1
            tables["threads"].append(_row(account, self.thread_id(n), at, at - (length - 1) * SECONDS_APART))

    def _search(self):
        yield (
            f"UPDATE collections c SET (total_count, unread_count) = (SELECT count(*), count(*) FILTER (WHERE"
            f" effective_flags & 1 = 0) FROM placements p WHERE p.account_id = c.account_id AND p.collection_id ="
            f" c.collection_id) WHERE account_id = '{self.account_id}';\n"
            # What autovacuum does within minutes of such a sync.
            "VACUUM ANALYZE messages, message_bodies, placements, threads, message_search, collections;\n"
        )


_COLUMNS = {
    "messages": "account_id, message_id, thread_id, identity, mid_key, subject_key, received_at, date, size, unread, starred,"
    " folders, has_attachments, parse_failed, mid, subject, snippet, from_, to_, cc, bcc, reply_to, attachments",
    "message_bodies": "account_id, message_id, body",
    "placements": "account_id, collection_id, remote_id, message_id, received_at, flags, effective_flags, generation",
    "threads": "account_id, thread_id, latest_at, earliest_at",
}

# The rows that store/search_fill.cpp writes, with the words of the snippet alone.
_SEARCH = """INSERT INTO message_search (account_id, message_id, addresses, subject, words) SELECT m.account_id,
m.message_id, (SELECT array_agg(DISTINCT x.kind || lower(x.a->>'email')) FROM (SELECT 'f:' kind,
json_array_elements(m.from_) a UNION ALL SELECT 't:', json_array_elements(m.to_) UNION ALL SELECT 'c:',
json_array_elements(m.cc)) x), m.subject, setweight(to_tsvector('simple', m.subject), 'A') ||
setweight(to_tsvector('simple', m.snippet), 'C') FROM messages m WHERE m.account_id = '{account}'
AND m.message_id BETWEEN '{first}' AND '{last}';
"""


def _row(*values):
    return "\t".join(map(str, values)) + "\n"


def _flag(value):
    return "t" if value else "f"


def _json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
