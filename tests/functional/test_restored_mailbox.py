"""A mailbox is restored from an older backup: messages that came later are gone, their numbers given out again.

With the server's index and without it; the folder keeps its UIDVALIDITY either way, so nothing announces it.
"""

import itertools
import shutil

from servers.maildir import Stored
from stage import ADDRESS, StageCase

OLD, LATER = 20, 5
_numbers = itertools.count(1)


def message(subject):
    return f"From: bob@example.test\r\nSubject: {subject}\r\n\r\n{subject}\r\n".encode()


class RestoredMailbox(StageCase):
    @classmethod
    def prepare_mailbox(cls):
        cls.server.seed(
            ADDRESS, "INBOX", [Stored(message(f"old{n}"), 1_700_000_000 + n, "S") for n in range(OLD)]
        )
        with cls.server.client(ADDRESS) as client:  # gives out the first numbers
            client.select("INBOX")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant_id = cls.connect()
        cls.wait_until_live(cls.grant_id)

    def restore_after_changes(self, keep_index):
        maildir = self.server.maildir(ADDRESS)
        backup = self.server.path(f"backup{next(_numbers)}")
        shutil.copytree(maildir, backup, copy_function=shutil.copy2)
        for _ in range(LATER):
            self.server.deliver(ADDRESS, message(f"later{next(_numbers)}"))
        with self.server.client(ADDRESS) as client:
            client.select("INBOX")
            client.store("1:3", "+FLAGS", r"(\Flagged)")
            client.store("4:5", "+FLAGS", r"(\Deleted)")
            client.expunge()
        self.assert_converges(self.grant_id)
        self.server.stop()
        shutil.rmtree(maildir)
        ignored = None if keep_index else shutil.ignore_patterns("dovecot.index*", "dovecot.list.index*")
        shutil.copytree(backup, maildir, ignore=ignored, copy_function=shutil.copy2)
        self.server.start()
        for _ in range(LATER):  # with the numbers of those that are gone
            self.server.deliver(ADDRESS, message(f"after{next(_numbers)}"))
        self.assert_converges(self.grant_id)

    def test_restored_with_its_index(self):
        self.restore_after_changes(keep_index=True)

    def test_restored_without_its_index(self):
        self.restore_after_changes(keep_index=False)


class RestoredWithoutCondstore(RestoredMailbox):
    kinds = ("dovecot_no_condstore",)
