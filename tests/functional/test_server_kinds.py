"""The same copy from mail servers that lack extensions: each must be followed by what it has."""

from sample_mailbox import FOLDERS, generate, seed_server
from servers.maildir import encode_name
from stage import ADDRESS, StageCase

MESSAGES = 80


class ServerKind(StageCase):
    """The tests; a subclass for each kind runs them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant_id = cls.connect()
        cls.wait_until_live(cls.grant_id)

    @classmethod
    def prepare_mailbox(cls):
        seed_server(cls.server, ADDRESS, generate(MESSAGES))

    def test_changes_by_another_client_converge(self):
        # New mail, flags old and new, a deletion in the middle and one at the end, in both folders at once.
        for folder in FOLDERS:
            with self.server.client(ADDRESS) as client:
                client.select(f'"{encode_name(folder)}"')
                client.uid("STORE", "3:5", "+FLAGS", r"(\Seen \Flagged)")
                client.uid("STORE", "6", "-FLAGS", r"(\Seen)")
                client.uid("STORE", "2,9", "+FLAGS", r"(\Deleted)")
                client.expunge()
                client.append(
                    f'"{encode_name(folder)}"',
                    r"(\Seen)",
                    None,
                    b"Subject: appended\r\nMessage-ID: <"
                    + encode_name(folder).encode().hex().encode()
                    + b"@example.test>\r\n\r\nnew\r\n",
                )
        self.server.deliver(ADDRESS, b"Subject: delivered\r\n\r\nnew\r\n")
        self.assert_converges(self.grant_id)


class CondstoreOnly(ServerKind):
    variant = "condstore_only"


class NoCondstore(ServerKind):
    variant = "no_condstore"


class NoIdle(ServerKind):
    variant = "no_idle"


class Minimal(ServerKind):
    variant = "minimal"


def load_tests(loader, _tests, _pattern):
    suite = loader.suiteClass()
    for kind in (CondstoreOnly, NoCondstore, NoIdle, Minimal):
        suite.addTests(loader.loadTestsFromTestCase(kind))
    return suite
