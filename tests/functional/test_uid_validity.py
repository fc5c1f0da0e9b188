"""A folder gets another UIDVALIDITY, higher or lower: ids stay, and what is known is not downloaded again."""

import contextlib
import itertools

from servers.gate import BodyCount, Gate
from servers.maildir import Stored
from stage import StageCase

MESSAGES, BODY_BYTES = 40, 20_000
UID_VALIDITIES = (1_999_999_999, 1_000_000_000)
_numbers = itertools.count(1)


def message(subject, size=100):
    head = f"From: bob@example.test\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.test>\r\n\r\n"
    return head.encode() + b"text\r\n" * (size // 6)


class UidValidity(StageCase):
    kinds = ("dovecot_qresync", "dovecot_no_condstore", "cyrus", "courier")

    @classmethod
    def prepare_mailbox(cls):
        for server in cls.servers:
            stored = [Stored(message(f"old{n}", BODY_BYTES), 1_700_000_000 + n) for n in range(MESSAGES)]
            server.seed(next(iter(server.passwords)), "INBOX", stored)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.counts = [BodyCount() for _ in cls.servers]
        gates = [
            cls.enterClassContext(contextlib.closing(Gate(server.imap_port, count)))
            for server, count in zip(cls.servers, cls.counts, strict=True)
        ]
        for gate in gates:
            gate.allow(float("inf"))
        cls.grants = [
            cls.connect(server, imap_port=gate.port, imap_tls="none")
            for server, gate in zip(cls.servers, gates, strict=True)
        ]
        for grant_id in cls.grants:
            cls.wait_until_live(grant_id)

    def ids(self, grant_id):
        return {one["subject"]: one["id"] for one in self.api.items(f"/v3/grants/{grant_id}/messages")}

    def test_ids_stay_and_nothing_known_is_downloaded(self):
        for uid_validity in UID_VALIDITIES:
            before = [(self.ids(grant_id), count.bytes) for grant_id, count in zip(self.grants, self.counts)]
            arrivals = [self.renumber(server, uid_validity) for server in self.servers]
            for server, grant_id, arrival in zip(self.servers, self.grants, arrivals, strict=True):
                with self.subTest(f"{server.name} {server.variant}: arrival after {uid_validity}"):
                    self.eventually(lambda: arrival in self.ids(grant_id), "mail under the new numbers")
                    self.assert_converges(grant_id, server)
            for index, (known, count_before) in enumerate(before):
                server = self.servers[index]
                with self.subTest(f"{server.name} {server.variant}: ids and bytes after {uid_validity}"):
                    self.assertGreaterEqual(len(known), MESSAGES)
                    self.assertLessEqual(known.items(), self.ids(self.grants[index]).items())
                    self.assertLess(self.counts[index].bytes - count_before, BODY_BYTES)

    def renumber(self, server, uid_validity):
        """Also delivers a message, whose arrival tells that the new numbers were seen; answers its subject."""
        address, subject = next(iter(server.passwords)), f"arrival{next(_numbers)}"
        server.renumber(address, "INBOX", uid_validity)
        server.deliver(address, message(subject))
        return subject
