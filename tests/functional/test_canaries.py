"""No secret and nothing of a message reaches a log, on any error path that can be provoked.

Each thing that must not be logged is planted as a word of its own (a canary), then every log is searched for it: the
program's at its lowest level, its output, and that of its private PostgreSQL.
"""

import base64
import contextlib
import glob
import itertools
import os
import pathlib
import secrets
import socket
import subprocess
import threading

from servers import maildir
from servers.api import ApiError, imap_settings
from servers.dovecot import Dovecot
from servers.hermod import Hermod
from stage import ADDRESS, QUICK_ROUNDS, StageCase

DATABASE = "hermod"


def canary(kind):
    """A word that stands nowhere else. Letters and digits, so that no encoding of a log changes it."""
    return f"canary{kind}{secrets.token_hex(6)}"


class EchoingServer:
    """An IMAP server that repeats what it was sent, credentials and all, in its refusals."""

    def __init__(self, refuse):
        """`refuse(tag, words)` gives the lines that answer a login, `words` being what the client sent."""
        self._refuse = refuse
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                with contextlib.suppress(OSError), client:
                    self._serve(client)

    def _serve(self, client):
        lines = client.makefile("rb")
        client.sendall(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready\r\n")
        for line in lines:
            words = line.strip().decode(errors="replace")
            tag, _, rest = words.partition(" ")
            if rest.upper().startswith(("AUTHENTICATE", "LOGIN")):
                client.sendall("".join(text + "\r\n" for text in self._refuse(tag, rest)).encode())
            else:
                client.sendall(f"{tag} OK done\r\n".encode())


def decoded(words):
    """What an AUTHENTICATE PLAIN or a LOGIN carries, in the clear."""
    with contextlib.suppress(ValueError):
        return base64.b64decode(words.split()[-1], validate=True).decode().replace("\0", " ")
    return words


class Canaries(StageCase):
    settings = {"LOG_LEVEL": "debug"}

    @classmethod
    def setUpClass(cls):
        cls.planted = {
            kind: canary(kind)
            for kind in ("body", "subject", "address", "password", "filename", "query", "token")
        }
        cls.password = cls.planted["password"]
        cls.server = cls.enterClassContext(Dovecot(users={ADDRESS: cls.password}))
        cls.prepare_mailbox()
        cls.hermod = cls.enterClassContext(Hermod(settings={**QUICK_ROUNDS, **cls.settings}))
        cls.key = cls.hermod.create_key("canaries")
        cls.planted["key"] = cls.key
        cls.api = cls.hermod.api(cls.key)
        cls.addClassCleanup(cls.api.close)

    @classmethod
    def tearDownClass(cls):
        cls.hermod.stop()

    @classmethod
    def prepare_mailbox(cls):
        whole = cls.message("text/plain; charset=utf-8", "")
        broken = cls.message("multipart/mixed; boundary=b", "\0\xff")
        cls.server.seed(ADDRESS, "INBOX", [maildir.Stored(raw, 1_700_000_000) for raw in (whole, broken)])

    @classmethod
    def message(cls, content_type, junk):
        planted = cls.planted
        return (
            f"From: {planted['address']} <{planted['address']}@example.test>\r\n"
            f"To: {ADDRESS}\r\nSubject: {planted['subject']} {junk}\r\nMessage-ID: <{planted['address']}{len(junk)}@x>\r\n"
            f"Content-Type: {content_type}\r\n\r\n{planted['body']} {junk}\r\n"
            f"begin 644 {planted['filename']}\r\n#8V%T\r\n`\r\nend\r\n"
        ).encode("latin-1")

    # --- what is searched ---------------------------------------------------------------------------------------

    def logs(self):
        """Every file that the program or its PostgreSQL writes for people to read, by name."""
        names = [self.hermod.log]
        for folder, _, files in os.walk(self.hermod.data_dir):
            names += [os.path.join(folder, name) for name in files if name.endswith(".log")]
        return {name: pathlib.Path(name).read_bytes() for name in names}

    def assert_nothing_leaked(self):
        logs = self.logs()
        self.assertTrue(any("postgres" in name for name in logs), f"PostgreSQL's log is not among {list(logs)}")
        for name, text in logs.items():
            for kind, word in self.planted.items():
                for form in self.forms(word):
                    lines = [line for line in text.splitlines() if form in line.lower()]
                    self.assertEqual([], lines[:1], f"the {kind} stands in {name}")

    @staticmethod
    def forms(word):
        """In lower case: as it is, and as SASL sends it (base64 of it behind nothing, one or two bytes)."""
        plain = word.encode()
        return [
            plain.lower(),
            *(base64.b64encode(b"\0" * lead + plain)[4:-4].lower() for lead in range(3)),
        ]

    def assert_says(self, word):
        """The error was provoked indeed: without its event or code in the log, a search proves nothing."""
        levels = ("debug", "info", "warn", "error")
        self.eventually(
            lambda: any(
                word in (line["event"], line.get("code")) for line in self.hermod.log_events(*levels)
            ),
            f"the log tells of {word}",
        )

    # --- how it is provoked -------------------------------------------------------------------------------------

    def refused(self, method, path, *, body=None, query=None, key=None):
        api = self.hermod.api(key or self.key)
        with contextlib.closing(api), self.assertRaises(ApiError) as refusal:
            api.call(method, path, body=body, query=query)
        return refusal.exception

    def connect_to(self, **settings):
        return self.refused(
            "POST",
            "/v3/connect/custom",
            body={"provider": "imap", "settings": imap_settings(self.server, ADDRESS, **settings)},
        )

    @staticmethod
    def in_the_clear(server):
        return {"imap_host": "127.0.0.1", "imap_port": server.port, "imap_tls": "none", "tls_ca": None}

    def raw_request(self, request):
        with socket.create_connection(("127.0.0.1", self.hermod.port), timeout=20) as client:
            with contextlib.suppress(OSError):  # it may hang up before it has read all
                client.sendall(request)
                client.shutdown(socket.SHUT_WR)
                while client.recv(65536):
                    pass

    def sql(self, statement):
        psql = sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"))[-1]
        (postmaster,) = glob.glob(os.path.join(self.hermod.data_dir, "postgres", "data", "postmaster.pid"))
        with open(postmaster, encoding="utf-8") as file:
            sockets = file.read().splitlines()[4]
        if sockets.startswith("/proc/"):
            sockets = os.path.join(self.hermod.data_dir, "postgres", "socket")
        done = subprocess.run(
            [psql, "-h", sockets, "-U", "hermod", "-d", DATABASE, "-v", "ON_ERROR_STOP=1", "-c", statement],
            capture_output=True,
            check=False,
            text=True,
        )
        self.assertEqual(0, done.returncode, done.stderr)

    def test_credentials_that_a_server_repeats(self):
        # Texts of servers repeat what they refuse. The answer to the caller must not carry it on either.
        for refuse in (
            lambda tag, words: [f"{tag} NO LOGIN failed: {decoded(words)} {words}"],
            lambda tag, words: [f"{tag} BAD cannot parse {words} {decoded(words)}"],
            lambda tag, words: [f"* BYE no more of {decoded(words)}"],
            lambda tag, words: [f"{tag} NO [{self.password}] no"],
            lambda tag, words: [f"* NO [ALERT] {decoded(words)}", f"{tag} NO [AUTHENTICATIONFAILED] {words}"],
            lambda tag, words: [f"* {decoded(words)} ((({self.password}", f"{tag} NO {words}"],
            lambda tag, words: [f"* 1 FETCH (FLAGS {self.password} {words}", f"{tag} NO x"],
        ):
            with self.subTest(), EchoingServer(refuse) as server:
                answer = self.connect_to(**self.in_the_clear(server))
                self.assertNotIn(self.password, str(answer))
        self.assert_nothing_leaked()

    def test_credentials_that_a_server_repeats_while_it_syncs(self):
        # The sync worker logs what stops it, which the caller of connect is only told.
        accepted = iter([True])
        refusals = itertools.cycle(
            (
                lambda tag, words: [f"{tag} NO [{self.password}] {decoded(words)} {words}"],
                lambda tag, words: [f"* BYE [{self.password}] {decoded(words)}"],
            )
        )

        def refuse(tag, words):
            return [f"{tag} OK done"] if next(accepted, False) else next(refusals)(tag, words)

        with EchoingServer(refuse) as server:
            settings = imap_settings(self.server, ADDRESS, **self.in_the_clear(server), email="echo@example.test")
            grant_id = self.api.post("/v3/connect/custom", {"provider": "imap", "settings": settings})["data"]["id"]
            self.eventually(lambda: self.grant(grant_id)["sync"]["phase"] in ("stopped", "paused"), "the sync stops")
            self.assertNotIn(self.password, str(self.grant(grant_id)))
        self.assert_says("account.failed")
        self.assert_nothing_leaked()
        self.api.call("DELETE", f"/v3/grants/{grant_id}")

    def test_a_wrong_password(self):
        wrong = self.planted["wrong"] = canary("wrong")
        answer = self.connect_to(imap_password=wrong)
        self.assertNotIn(wrong, str(answer))
        self.assert_nothing_leaked()

    def test_secrets_in_requests_that_are_refused(self):
        planted = self.planted
        words = " ".join(planted.values())
        for method, path, body, query, key in (
            ("POST", "/v3/connect/custom", {"provider": "google", "settings": {"refresh_token": planted["token"]}}, {}, None),
            ("POST", "/v3/connect/custom", {"provider": planted["query"], "settings": {}}, {}, None),
            ("POST", "/v3/connect/custom", {"provider": "imap", "settings": {"client_secret": planted["token"]}}, {}, None),
            ("POST", "/v3/connect/custom", {"provider": "imap", "settings": planted["token"]}, {}, None),
            ("POST", "/v3/connect/token", {"code": planted["token"], "client_secret": planted["key"]}, {}, None),
            ("GET", "/v3/grants/none/messages", None, {"api_key": planted["key"], "subject": words}, None),
            ("GET", f"/v3/grants/{planted['token']}/messages/{planted['query']}", None, {}, None),
            ("GET", f"/{planted['token']}", None, {"access_token": planted["token"]}, None),
            ("GET", "/v3/grants", None, {"limit": planted["query"]}, None),
            ("GET", "/v3/grants", None, {}, planted["token"]),
            ("PATCH", f"/v3/grants/{planted['address']}@example.test", {"settings": {"imap_password": self.password}}, {}, None),
        ):
            with self.subTest(f"{method} {path} {body}"):
                self.assertGreaterEqual(self.refused(method, path, body=body, query=query, key=key).status, 400)
        host = f"Host: x\r\nAuthorization: Bearer {planted['token']}\r\n"
        for request in (
            f"GET /v3/grants?x=%zz{words} HTTP/1.1\r\n{host}\r\n",
            f"GET {words} HTTP/1.1\r\n{host}\r\n",
            f"{planted['token']}\r\n\r\n",
            f"POST /v3/connect/custom HTTP/1.1\r\n{host}Content-Length: 60\r\n\r\n{{\"imap_password\": \"{self.password}",
            f"POST /v3/connect/custom HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Length: {len(self.password) + 2}\r\n\r\n{{\"{self.password}",
            f"POST /v3/connect/custom HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\nzz\r\n{self.password}",
            f"GET /v3/grants HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {planted['token']}\r\n\r\n",
            f"GET /v3/grants HTTP/1.1\r\nX-{planted['token']}: " + "x" * 100_000 + "\r\n\r\n",
        ):
            with self.subTest(request[:60]):
                self.raw_request(request.encode())
        self.assert_says("http.request")
        self.assert_nothing_leaked()

    def test_messages_that_cannot_be_parsed_or_stored(self):
        # A trigger and a constraint that refuse every message quote it: PostgreSQL tells the failing row.
        quoting = (
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'refused: %', NEW; END $$;"
        )
        self.sql(quoting + "CREATE TRIGGER refuse BEFORE INSERT ON message_bodies FOR EACH ROW EXECUTE FUNCTION refuse();")
        grant_id = self.connect()
        self.assert_says("P0001")
        self.assert_nothing_leaked()
        # The constraint first: between the two nothing may be stored.
        self.sql("ALTER TABLE messages ADD CONSTRAINT refuse CHECK (subject NOT LIKE 'canary%') NOT VALID;")
        self.sql("DROP TRIGGER refuse ON message_bodies; DROP FUNCTION refuse();")
        self.assert_says("23514")
        self.assert_nothing_leaked()
        self.sql("ALTER TABLE messages DROP CONSTRAINT refuse;")
        self.wait_until_live(grant_id)
        messages = list(self.api.items(f"/v3/grants/{grant_id}/messages"))
        self.assertEqual(2, len(messages))
        self.assert_uuencoded_file_can_be_had(grant_id, messages)
        self.failing_reads(grant_id)
        self.assert_nothing_leaked()

    def assert_uuencoded_file_can_be_had(self, grant_id, messages):
        """By the same calls as any other attachment."""
        found = [
            (message["id"], file["id"])
            for message in messages
            for file in message["attachments"]
            if file["filename"] == self.planted["filename"]
        ]
        self.assertEqual(len(messages), len(found))
        for message_id, attachment_id in found:
            path = f"/v3/grants/{grant_id}/attachments/{attachment_id}/download"
            self.assertEqual((200, b"cat"), self.api.raw("GET", path, query={"message_id": message_id}))

    def failing_reads(self, grant_id):
        """Statements that fail with what the caller asked for among their values."""
        self.sql("ALTER TABLE message_search RENAME TO message_search_away;")
        try:
            for query in (
                {"subject": self.planted["subject"]},
                {"from": f"{self.planted['address']}@example.test"},
                {"any_email": f"{self.planted['address']}@example.test"},
            ):
                with contextlib.suppress(ApiError):
                    self.api.get(f"/v3/grants/{grant_id}/messages", **query)
        finally:
            self.sql("ALTER TABLE message_search_away RENAME TO message_search;")
        self.sql("ALTER TABLE messages RENAME TO messages_away;")
        try:
            answer = self.refused("GET", f"/v3/grants/{grant_id}/messages", query={"subject": self.planted["subject"]})
            self.assertEqual(500, answer.status)
        finally:
            self.sql("ALTER TABLE messages_away RENAME TO messages;")
        self.assert_says("http.failed")

    def test_a_database_address_with_a_password(self):
        word = canary("database")
        for command in (["doctor"], ["serve"], ["migrate"]):
            done = subprocess.run(
                [self.hermod.binary, *command],
                env={
                    **self.hermod.environment(),
                    "HERMOD_DATA_DIR": os.path.join(self.hermod.directory, "other"),
                    "HERMOD_LISTEN": "127.0.0.1:0",
                    "HERMOD_DATABASE_URL": f"postgresql://user:{word}@127.0.0.1:1/none?x{word}",
                },
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=60,
            )
            with self.subTest(command[0]):
                self.assertNotEqual(0, done.returncode)
                self.assertNotIn(word.encode(), done.stdout + done.stderr)
