"""The test servers themselves: a variant that is not what it claims would make other tests prove nothing."""

import contextlib
import imaplib
import os
import socket
import subprocess
import unittest

from servers import dovecot_config, maildir
from servers.courier import Courier
from servers.cyrus import Cyrus
from servers.dovecot import Dovecot
from servers.gate import Gate

ADDRESS = "alice@example.test"
DEADLINE_S = 20


def mailbox_of(variant):
    return Dovecot(variant=variant, users={ADDRESS: "secret"})


class Variants(unittest.TestCase):
    def test_each_variant_announces_exactly_what_it_has(self):
        # A client decides by capabilities alone, so a hidden one must not show after login either.
        for name, variant in dovecot_config.VARIANTS.items():
            with self.subTest(name), mailbox_of(name) as server, server.client(ADDRESS) as client:
                announced = set(client.capability()[1][0].decode().split())
                self.assertEqual(set(), announced & variant.hidden)
                shown = {"QRESYNC", "CONDSTORE", "IDLE", "MOVE"} - variant.hidden
                self.assertLessEqual(shown, announced)

    def test_without_condstore_there_are_no_modification_sequences(self):
        # Hiding the word is not enough: some clients try the command all the same.
        with mailbox_of("no_condstore") as server, server.client(ADDRESS) as client:
            client.select("INBOX")
            self.assertIsNone(client.response("HIGHESTMODSEQ")[1][0])
            self.assertIsNotNone(client.response("NOMODSEQ")[1])

    def test_names_survive_modified_utf7(self):
        for name in ("INBOX", "a & b", "Übersee/日本語", "&", "&-", "~peter/mail/台北"):
            self.assertEqual(name, maildir.decode_name(maildir.encode_name(name)))
        self.assertEqual(
            "~peter/mail/&U,BTFw-/&ZeVnLIqe-", maildir.encode_name("~peter/mail/台北/日本語")
        )  # RFC 3501


class EachKind(unittest.TestCase):
    """What the other tests rely on, of each kind of server."""

    @classmethod
    def setUpClass(cls):
        cls.servers = [
            cls.enterClassContext(kind(users={ADDRESS: "secret"})) for kind in (Dovecot, Cyrus, Courier)
        ]

    def of_each(self, check):
        for server in self.servers:
            with self.subTest(server.name):
                check(server)

    def test_seeded_messages_keep_their_order_flags_and_bytes(self):
        # The functional tests compare bytes and flags: a harness that changes them would blame the wrong one.
        messages = [
            maildir.Stored(b"Subject: %d\r\n\r\nbody\r\n" % n, 1_700_000_000 + n, flags)
            for n, flags in enumerate(["", "S", "FS"])
        ]

        def check(server):
            server.seed(ADDRESS, "Größe & Co/日本", messages)
            with server.client(ADDRESS) as client:
                client.select(f'"{server.wire_name("Größe & Co/日本")}"', readonly=True)
                answer = client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[])")[1]
            answer = [item for item in answer if len(item) == 2]
            self.assertEqual([message.raw for message in messages], [raw for _, raw in answer])
            self.assertEqual(
                [(b"Seen" in head, b"Flagged" in head) for head, _ in answer],
                [(False, False), (True, False), (True, True)],
            )

        self.of_each(check)

    def test_a_delivered_message_is_in_the_inbox(self):
        def check(server):
            with server.client(ADDRESS) as client:
                server.deliver(ADDRESS, b"Subject: delivered\r\n\r\nbody\r\n")
                self.assertEqual(b"1", client.select("INBOX")[1][0])

        self.of_each(check)

    def test_renumbering_keeps_messages_and_flags(self):
        # Tests of a new UIDVALIDITY hold only if nothing else changed with it.
        def check(server):
            server.seed(ADDRESS, "Work", [maildir.Stored(b"Subject: x\r\n\r\n", 1_700_000_000, "F")])
            for uid_validity in (1_999_999_999, 1_000_000_000):
                with server.client(ADDRESS) as client:  # it numbers what it has never seen
                    client.select(f'"{server.wire_name("Work")}"')
                server.renumber(ADDRESS, "Work", uid_validity)
                with server.client(ADDRESS) as client:
                    client.select(f'"{server.wire_name("Work")}"')
                    self.assertEqual(str(uid_validity).encode(), client.response("UIDVALIDITY")[1][0])
                    self.assertIn(rb"\Flagged", client.uid("FETCH", "1:*", "(FLAGS)")[1][0])

        self.of_each(check)

    def test_a_wrong_password_is_refused(self):
        def check(server):
            connection = imaplib.IMAP4("127.0.0.1", server.imap_port)
            with connection, self.assertRaises(imaplib.IMAP4.error):
                connection.login(ADDRESS, "wrong")

        self.of_each(check)

    def test_stopping_leaves_no_process_and_keeps_ports(self):
        # A server that outlives its test holds ports and files of the next one.
        def check(server):
            port, pid = server.imap_port, server.describe()["pid"]
            server.stop()
            self.assertFalse(os.path.exists(f"/proc/{pid}"))
            left = subprocess.run(["pgrep", "-f", server.directory], capture_output=True, check=False)
            self.assertEqual(b"", left.stdout)
            self.assertEqual(port, server.start().imap_port)

        self.of_each(check)


class GateTest(unittest.TestCase):
    def test_a_gate_holds_after_its_allowance_and_goes_on(self):
        # Crash tests rely on the transfer standing still at this point.
        with mailbox_of("qresync") as server, contextlib.closing(Gate(server.imap_port)) as gate:
            gate.allow(1)  # the greeting is one piece and passes
            with socket.create_connection(("127.0.0.1", gate.port), timeout=DEADLINE_S) as client:
                lines = client.makefile("rb")
                self.assertTrue(lines.readline().startswith(b"* OK"))
                client.sendall(b"x1 CAPABILITY\r\n")
                gate.wait_until_holding(DEADLINE_S)
                gate.allow(float("inf"))
                self.assertTrue(lines.readline().startswith(b"* CAPABILITY"))
