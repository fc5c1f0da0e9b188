"""A first sync copies a whole mailbox faithfully: bytes, placements, flags, counts, threads.

HERMOD_TEST_MESSAGES sets the size (600 unless set).
"""

import os

from account_check import differences, thread_differences
from sample_mailbox import generate, seed_server
from servers.api import ApiError
from stage import ADDRESS, StageCase

MESSAGES = int(os.environ.get("HERMOD_TEST_MESSAGES", "600"))


class FirstSync(StageCase):
    @classmethod
    def prepare_mailbox(cls):
        cls.placements = generate(MESSAGES)
        seed_server(cls.server, ADDRESS, cls.placements)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant_id = cls.connect()
        cls.wait_until_live(cls.grant_id)

    def test_everything_on_the_server_is_in_the_api_byte_for_byte(self):
        # The promise of the product; compared with an independent IMAP client, not with the generator.
        self.assertEqual([], differences(self.server, ADDRESS, self.api, self.grant_id))

    def test_threads_are_the_conversations(self):
        # References across folders, a first message that never came, no Message-ID.
        self.assertEqual([], thread_differences(self.placements, self.api, self.grant_id))

    def test_progress_ends_with_all_messages_done(self):
        # An application shows this to a user, so it must not stop short of, or pass, the total.
        sync = self.grant(self.grant_id)["sync"]
        self.assertEqual((MESSAGES, MESSAGES), (sync["done"], sync["total"]))

    def test_lists_are_newest_first_in_pages_without_gap_or_repeat(self):
        # Small pages meet many page borders; messages of one second must not be lost between two.
        listed = list(self.api.items(f"/v3/grants/{self.grant_id}/messages", limit=7))
        dates = [message["date"] for message in listed]
        self.assertEqual(sorted(dates, reverse=True), dates)
        self.assertEqual(
            len({one.stored.raw for one in self.placements}), len({message["id"] for message in listed})
        )
        self.assertEqual(len(listed), len({message["id"] for message in listed}))

    def test_a_folder_lists_its_own_messages_only(self):
        # `in` takes an id, a role or a full path.
        messages = f"/v3/grants/{self.grant_id}/messages"
        inbox = len({one.stored.raw for one in self.placements if one.folder == "INBOX"})
        other = len({one.stored.raw for one in self.placements if one.folder != "INBOX"})
        self.assertEqual(inbox, len(list(self.api.items(messages, **{"in": "inbox"}))))
        self.assertEqual(other, len(list(self.api.items(messages, **{"in": "Projekte/Übersee"}))))

    def test_connecting_again_keeps_the_grant_and_its_ids(self):
        # Re-authentication is an everyday event and must not make a second copy of the account.
        before = {message["id"] for message in self.api.items(f"/v3/grants/{self.grant_id}/messages")}
        self.assertEqual(self.grant_id, self.connect())
        self.wait_until_live(self.grant_id)
        after = {message["id"] for message in self.api.items(f"/v3/grants/{self.grant_id}/messages")}
        self.assertEqual(before, after)


class Refusals(StageCase):
    def test_a_wrong_password_is_refused_and_leaves_no_grant(self):
        # A grant that could never sync would only be found out later.
        with self.assertRaises(ApiError) as refused:
            self.connect(imap_password="wrong")
        self.assertIn(refused.exception.status, range(400, 500))
        self.assertEqual([], self.api.get("/v3/grants")["data"])

    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        # Without the pinned authority the private server is unknown, and mail must not be read from it.
        with self.assertRaises(ApiError):
            self.connect(tls_ca=None)
        self.assertEqual([], self.api.get("/v3/grants")["data"])

    def test_a_missing_setting_is_named(self):
        # The caller sees which field to mend.
        with self.assertRaises(ApiError) as refused:
            self.api.post("/v3/connect/custom", {"provider": "imap", "settings": {"imap_username": ADDRESS}})
        self.assertEqual(400, refused.exception.status)
        self.assertIn("imap_host", refused.exception.message)
