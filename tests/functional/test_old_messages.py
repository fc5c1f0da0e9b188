"""On a server without CONDSTORE nothing tells that an old message changed; it is seen all the same."""

import os

from servers.maildir import Stored
from stage import ADDRESS, StageCase

MESSAGES = int(os.environ.get("HERMOD_TEST_MESSAGES", "10000"))


class OldMessages(StageCase):
    kinds = ("dovecot_no_condstore",)

    @classmethod
    def prepare_mailbox(cls):
        text = (
            "From: bob@example.test\r\nSubject: oldest{0}\r\nMessage-ID: <{0}@example.test>\r\n\r\ntext\r\n"
        )
        stored = [Stored(text.format(n).encode(), 1_600_000_000 + n, "S") for n in range(MESSAGES)]
        cls.server.seed(ADDRESS, "INBOX", stored)

    def find(self, subject):
        found = self.api.items(f"/v3/grants/{self.grant_id}/messages", subject=subject)
        return next((one for one in found if one["subject"] == subject), None)

    def test_the_oldest_are_flagged_and_deleted(self):
        type(self).grant_id = self.connect()
        self.wait_until_live(self.grant_id)
        second = self.find("oldest1")
        with self.server.client(ADDRESS) as client:
            client.select("INBOX")
            client.uid("STORE", "1,2", "+FLAGS", r"(\Flagged)")
            client.uid("STORE", "1,2", "-FLAGS", r"(\Seen)")
            for subject in ("oldest0", "oldest1"):
                self.eventually(
                    lambda subject=subject: (self.find(subject)["unread"], self.find(subject)["starred"])
                    == (True, True),
                    f"{subject} is flagged",
                )
            client.uid("STORE", "1", "+FLAGS", r"(\Deleted)")
            client.expunge()
        self.eventually(lambda: self.find("oldest0") is None, "the oldest is deleted")
        self.assertEqual(second["id"], self.find("oldest1")["id"])
