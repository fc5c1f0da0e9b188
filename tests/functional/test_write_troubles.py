"""Writes while the mailbox cannot be reached: they show at once, wait, and reach it when it is back.

HERMOD_TEST_WRITES=n queues so many, HERMOD_TEST_DOWN_SECONDS=s keeps the server down for so long and prints when it was
tried.
"""

import datetime
import os
import time

from stage import StageCase

MESSAGES = 20
WRITES = int(os.environ.get("HERMOD_TEST_WRITES", "100"))
DOWN_S = int(os.environ.get("HERMOD_TEST_DOWN_SECONDS", "0"))


class WriteTroubles(StageCase):
    @classmethod
    def prepare_mailbox(cls):
        cls.address = next(iter(cls.server.passwords))
        with cls.server.client(cls.address) as client:
            client.create("Archive")
        for number in range(MESSAGES):
            raw = f"From: bob@example.test\r\nSubject: trouble {number}\r\nMessage-ID: <t{number}@example.test>\r\n\r\nhello\r\n"
            cls.server.deliver(cls.address, raw.encode())

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant_id = cls.connect()
        cls.wait_until_live(cls.grant_id)
        cls.grant_path = f"/v3/grants/{cls.grant_id}"

    def write_all(self, count):
        """So many writes, each shown at once; the ids of their actions."""
        messages = list(self.api.items(f"{self.grant_path}/messages"))
        actions = []
        for number in range(count):
            message = messages[number % len(messages)]
            change = {"starred": number % 2 == 0, "unread": number % 3 == 0, "folders": ["Archive" if number % 5 else "INBOX"]}
            answer = self.api.call("PUT", f"{self.grant_path}/messages/{message['id']}", body=change)
            self.assertEqual((change["starred"], change["unread"]), (answer["data"]["starred"], answer["data"]["unread"]))
            actions.append(answer["action_id"])
        return actions

    def unfinished(self):
        return [
            one
            for status in ("pending", "running")
            for one in self.api.items(f"{self.grant_path}/actions", status=status, limit=200)
        ]

    def await_all_done(self, actions):
        self.eventually(lambda: not self.unfinished(), self.unfinished)
        found = [self.api.get(f"{self.grant_path}/actions/{one}")["data"] for one in actions]
        self.assertEqual([], [one for one in found if one["status"] != "done"], self.hermod.log_tail())
        self.assert_converges(self.grant_id)

    def test_a_server_that_is_down(self):
        self.server.stop()
        self.eventually(lambda: self.grant(self.grant_id)["sync"]["phase"] == "paused", "the grant says so")
        self.assertEqual("unavailable", self.grant(self.grant_id)["sync"]["reason"]["kind"])
        actions = self.write_all(WRITES)
        self.assertEqual(set(actions), {one["id"] for one in self.unfinished()})
        self.assertEqual("valid", self.grant(self.grant_id)["grant_status"])
        if DOWN_S:
            self.stay_down()
        self.server.start()
        self.wait_until_live(self.grant_id)
        self.await_all_done(actions)

    def stay_down(self):
        time.sleep(DOWN_S)  # the time is what is looked at
        tried = [datetime.datetime.fromisoformat(one["ts"]) for one in self.hermod.log_events("warn") if one["event"] == "account.failed"]
        waited = [round((later - earlier).total_seconds(), 1) for earlier, later in zip(tried, tried[1:])]
        print(f"{WRITES} writes wait, {len(tried)} attempts, seconds between them: {waited}")
        self.assertEqual(WRITES, len(self.unfinished()))
        grant = self.grant(self.grant_id)
        self.assertEqual(("valid", "paused"), (grant["grant_status"], grant["sync"]["phase"]))

    def test_the_password_changes(self):  # the last one: it stays so
        self.server.add_user(self.address, "another one")
        self.server.stop()
        self.server.start()
        actions = self.write_all(10)
        self.eventually(lambda: self.grant(self.grant_id)["grant_status"] == "invalid", lambda: self.grant(self.grant_id))
        self.assertEqual("auth", self.grant(self.grant_id)["sync"]["reason"]["kind"])
        self.assertTrue(self.unfinished())
        self.assertEqual(self.grant_id, self.connect(imap_password="another one"))
        self.await_all_done(actions)
