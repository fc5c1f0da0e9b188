"""search_query_native: IMAP SEARCH on a real server, joined with what is synced."""

import email.message
import email.policy

from servers.api import ApiError
from servers.gate import Gate
from servers.maildir import Stored
from stage import ADDRESS, StageCase

FIRST_DATE = 1_760_000_000
PROJECT_FOLDER = "Projekte/Übersee"
BYTES_WITHOUT_END = 10**12
# number: subject, text, flags, folder; each is an hour younger than the one before
MAIL = [
    ("Quarterly report", "numbers of spring", "S", "INBOX"),
    ("Größe & Gewicht", "drei Kilo", "", "INBOX"),
    ("Invoice 4711", "numbers to pay", "F", "INBOX"),
    ("Hafen", "numbers of ships", "", PROJECT_FOLDER),
    ('A "quoted" subject', "nothing", "S", PROJECT_FOLDER),
]


def stored(number, subject, text, flags):
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"], message["Subject"] = "Bob <bob@example.test>", ADDRESS, subject
    message["Message-ID"] = f"<native.{number}@example.test>"
    message.set_content(text)
    return Stored(message.as_bytes(), FIRST_DATE + 3600 * number, flags)


class NativeSearch(StageCase):
    # Long enough for an answer on a busy machine, and what the test of a silent server waits for.
    settings = {"LIMITS_LIVE_CALL_SECONDS": 10}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gate = Gate(cls.server.imaps_port)
        cls.addClassCleanup(cls.gate.close)
        cls.gate.allow(BYTES_WITHOUT_END)
        cls.grant_id = cls.connect(imap_port=cls.gate.port)
        cls.wait_until_live(cls.grant_id)

    @classmethod
    def prepare_mailbox(cls):
        folders = {}
        for number, (subject, text, flags, folder) in enumerate(MAIL):
            folders.setdefault(folder, []).append(stored(number, subject, text, flags))
        for folder, messages in folders.items():
            cls.server.seed(ADDRESS, folder, messages)

    def found(self, search, **query):
        path = f"/v3/grants/{self.grant_id}/{query.pop('of', 'messages')}"
        page = self.api.get(path, search_query_native=search, **query)
        return [one["subject"] for one in page["data"]]

    def refused(self, search, **query):
        with self.assertRaises(ApiError) as caught:
            self.found(search, **query)
        return caught.exception

    def test_the_server_searches_all_folders_newest_first(self):
        self.assertEqual(["Hafen", "Invoice 4711", "Quarterly report"], self.found("BODY numbers"))
        self.assertEqual(["Invoice 4711"], self.found('SUBJECT "voice 47"'))
        self.assertEqual(["Hafen", "Größe & Gewicht"], self.found("UNSEEN NOT FLAGGED"))
        self.assertEqual(
            ['A "quoted" subject', "Quarterly report"],
            self.found('OR (SUBJECT "\\"quoted\\"") (SUBJECT report)'),
        )
        self.assertEqual(["Hafen"], self.found("HEADER Message-ID <native.3@example.test>"))
        self.assertEqual([], self.found("SUBJECT nowhere"))

    def test_text_beyond_ascii_is_found(self):
        self.assertEqual(["Größe & Gewicht"], self.found("SUBJECT größe"))
        self.assertEqual(["Größe & Gewicht"], self.found('CHARSET UTF-8 NOT (SEEN) SUBJECT "Größe & G"'))

    def test_folders_and_filters_narrow_it(self):
        self.assertEqual(["Hafen"], self.found("BODY numbers", **{"in": PROJECT_FOLDER}))
        self.assertEqual(["Invoice 4711", "Quarterly report"], self.found("BODY numbers", **{"in": "inbox"}))
        self.assertEqual([], self.found("ALL", **{"in": "no such folder"}))
        self.assertEqual(["Invoice 4711"], self.found("BODY numbers", starred="true"))
        self.assertEqual(["Invoice 4711", "Quarterly report"], self.found("BODY numbers", received_before=FIRST_DATE + 3 * 3600))
        self.assertEqual(["Hafen", "Invoice 4711", "Quarterly report"], self.found("BODY numbers", of="threads"))

    def test_pages_follow_one_another(self):
        path = f"/v3/grants/{self.grant_id}/messages"
        listed = [one["subject"] for one in self.api.items(path, search_query_native="ALL", limit=2)]
        self.assertEqual([subject for subject, *_ in reversed(MAIL)], listed)

    def test_a_mistake_is_told_with_its_place(self):
        for search, character in (("SUBJECT", 8), ("SUBJEKT x", 1), ("SINCE 2024-01-01", 7), ("(SEEN", 6)):
            error = self.refused(search)
            self.assertEqual((400, "api.invalid_request_error"), (error.status, error.type), search)
            self.assertIn(f"at character {character}:", error.message)

    def test_nothing_of_a_search_becomes_a_command(self):
        for search in (
            'SUBJECT "x"\r\nA9 LOGOUT',
            "SEEN\nA9 CREATE Injected",
            "SUBJECT {3}\r\nabc",
            'SUBJECT "x\r\nA9 CREATE Injected\r\n"',
        ):
            self.assertEqual(400, self.refused(search).status, search)
        with self.server.client(ADDRESS) as client:
            self.assertEqual([None], client.list('""', "Injected")[1])
        self.assertEqual(["Hafen"], self.found("SUBJECT Hafen"))

    def test_a_silent_server_is_given_up(self):
        self.gate.allow(-2 * BYTES_WITHOUT_END)
        try:
            error = self.refused("SUBJECT Hafen")
            self.assertEqual((504, "api.provider_error"), (error.status, error.type), error.message)
            # What needs no server is answered all the same.
            self.assertEqual(len(MAIL), len(list(self.api.items(f"/v3/grants/{self.grant_id}/messages"))))
        finally:
            self.gate.allow(4 * BYTES_WITHOUT_END)
        self.eventually(self.finds_again, "the search works again")

    def finds_again(self):
        try:
            return self.found("SUBJECT Hafen") == ["Hafen"]
        except ApiError as error:
            if error.status not in (503, 504):
                raise
            return False
