"""A folder changes under a first sync: the copy follows, other folders are not held up, nothing is lost.

A gate holds the transfer at a known point, so that each change comes in the middle of it.
"""

import contextlib
import os

from sample_mailbox import generate, seed_server
from servers.gate import Gate
from stage import SYNC_DEADLINE_S, StageCase

MESSAGES = 60
FOLDER = "Projekte/Übersee"
SHARE = 0.5  # of the mailbox, let through before the change
LIST_BYTES = 60_000  # folder lists, flags and handshakes pass the gate as well
CHANGES = ("deleted", "renamed", "emptied", "unreadable")


class FoldersInFlight(StageCase):
    settings = {"SYNC_PAGE_MESSAGES": 10}

    @classmethod
    def prepare_mailbox(cls):
        cls.placements = generate(MESSAGES)
        for change in CHANGES:
            address = cls.address(change)
            cls.server.add_user(address, "secret")
            seed_server(cls.server, address, cls.placements)

    @staticmethod
    def address(change):
        return f"{change}@example.test"

    def begin(self, change):
        """Connects the account and returns once its transfer stands still; answers the grant and the gate."""
        gate = self.enterContext(contextlib.closing(Gate(self.server.imaps_port)))
        gate.allow(LIST_BYTES + int(sum(len(one.stored.raw) for one in self.placements) * SHARE))
        grant_id = self.connect(address=self.address(change), imap_port=gate.port)
        gate.wait_until_holding(SYNC_DEADLINE_S)
        self.assertNotEqual("live", self.grant(grant_id)["sync"]["phase"])
        return grant_id, gate

    def test_a_folder_deleted_meanwhile_is_gone(self):
        grant_id, gate = self.begin("deleted")
        with self.server.client(self.address("deleted")) as client:
            client.delete(f'"{self.server.wire_name(FOLDER)}"')
        gate.allow(float("inf"))
        self.assert_converges(grant_id, address=self.address("deleted"))

    def test_a_folder_renamed_meanwhile_has_its_new_name(self):
        grant_id, gate = self.begin("renamed")
        with self.server.client(self.address("renamed")) as client:
            client.rename(f'"{self.server.wire_name(FOLDER)}"', "Renamed")
        gate.allow(float("inf"))
        self.assert_converges(grant_id, address=self.address("renamed"))

    def test_a_folder_emptied_meanwhile_is_empty(self):
        grant_id, gate = self.begin("emptied")
        with self.server.client(self.address("emptied")) as client:
            client.select(f'"{self.server.wire_name(FOLDER)}"')
            client.store("1:*", "+FLAGS", r"(\Deleted)")
            client.expunge()
        gate.allow(float("inf"))
        self.assert_converges(grant_id, address=self.address("emptied"))

    def test_a_folder_that_cannot_be_read_holds_up_no_other(self):
        # And is complete once it can be read again.
        grant_id, gate = self.begin("unreadable")
        folder = os.path.join(self.server.maildir(self.address("unreadable")), ".Projekte.&ANw-bersee")
        os.chmod(folder, 0)
        self.addCleanup(os.chmod, folder, 0o700)
        gate.allow(float("inf"))
        inbox = len({one.stored.raw for one in self.placements if one.folder == "INBOX"})
        messages = f"/v3/grants/{grant_id}/messages"
        self.eventually(
            lambda: len(list(self.api.items(messages, **{"in": "inbox"}))) == inbox, "the inbox is complete"
        )
        os.chmod(folder, 0o700)
        self.assert_converges(grant_id, address=self.address("unreadable"))
