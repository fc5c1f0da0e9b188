"""The same copy from mail servers that lack extensions, and from other makes: each must be followed by what it has.
"""

from sample_mailbox import FOLDERS, generate, seed_server
from servers.kinds import KINDS
from stage import StageCase

MESSAGES = 80


class ServerKinds(StageCase):
    kinds = tuple(kind for kind in KINDS if kind != "dovecot_qresync")  # which the other tests use

    @classmethod
    def prepare_mailbox(cls):
        for server in cls.servers:
            seed_server(server, next(iter(server.passwords)), generate(MESSAGES))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grants = [cls.connect(server) for server in cls.servers]
        for grant_id in cls.grants:
            cls.wait_until_live(grant_id)

    def test_changes_by_another_client_converge(self):
        # New mail, flags old and new, a deletion in the middle and one at the end, in both folders at once.
        for server in self.servers:
            self.change(server)
        for server, grant_id in zip(self.servers, self.grants, strict=True):
            with self.subTest(f"{server.name} {server.variant}"):
                self.assert_converges(grant_id, server)

    def change(self, server):
        address = next(iter(server.passwords))
        for folder in FOLDERS:
            name = f'"{server.wire_name(folder)}"'
            digits = server.wire_name(folder).encode().hex().encode()
            with server.client(address) as client:
                client.select(name)
                client.uid("STORE", "3:5", "+FLAGS", r"(\Seen \Flagged)")
                client.uid("STORE", "6", "-FLAGS", r"(\Seen)")
                client.uid("STORE", "2,9", "+FLAGS", r"(\Deleted)")
                client.expunge()
                raw = b"Subject: appended\r\nMessage-ID: <" + digits + b"@example.test>\r\n\r\nnew\r\n"
                client.append(name, r"(\Seen)", None, raw)
        server.deliver(address, b"Subject: delivered\r\n\r\nnew\r\n")
