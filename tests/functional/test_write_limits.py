"""A mailbox that is full, and a folder that may only be read: what the API shows at each moment."""

from servers.dovecot_config import Limits
from servers.maildir import Stored
from servers.postgres import execute
from stage import ADDRESS
from test_writes import WriteStage

KEPT = 4  # messages; one more fits


class WriteLimits(WriteStage):
    @classmethod
    def prepare_mailbox(cls):
        with cls.server.client(ADDRESS) as client:
            client.create("Archive")
        for number in range(KEPT):
            raw = f"From: bob@example.test\r\nSubject: kept {number}\r\nMessage-ID: <k{number}@example.test>\r\n\r\nhello\r\n"
            cls.server.seed(ADDRESS, "Frozen" if number == 0 else "INBOX", [Stored(raw.encode(), 1_760_000_000 + number, "")])
        cls.server.limits = Limits(quota_messages=KEPT + 1, read_only=("Frozen",))
        cls.server.stop()
        cls.server.start()

    def assert_untouched(self):
        grant = self.grant(self.grant_id)
        self.assertEqual(("valid", "live"), (grant["grant_status"], grant["sync"]["phase"]))

    def test_a_folder_that_may_only_be_read(self):
        frozen, other = self.find("kept 0"), self.find("kept 1")
        folders = self.folders()
        shown, action_id = self.put(frozen["id"], starred=True)
        self.assertTrue(shown["starred"])  # until the server refuses it
        shown, into = self.put(other["id"], folders=[folders["Frozen"]["id"]])
        self.assertEqual([folders["Frozen"]["id"]], shown["folders"])
        for one in (action_id, into):
            error = self.await_action(one, "failed")["error"]
            self.assertEqual("denied", error["kind"])
            self.assertTrue(error["message"] and error["hint"], error)
        self.assertFalse(self.message(frozen["id"])["starred"])
        self.assertEqual([folders["INBOX"]["id"]], self.message(other["id"])["folders"])
        away = self.put(frozen["id"], folders=[folders["Archive"]["id"]])[1]
        self.assertEqual("denied", self.await_action(away, "failed")["error"]["kind"])
        self.assertEqual([folders["Frozen"]["id"]], self.message(frozen["id"])["folders"])
        self.assert_untouched()
        self.assert_converges(self.grant_id)

    def test_a_mailbox_that_is_full(self):
        drafts = f"{self.grant_path}/drafts"
        self.await_action(self.api.post(drafts, {"subject": "the last that fits"})["action_id"])
        made = self.api.post(drafts, {"subject": "one too many"})
        self.assertEqual("one too many", self.api.get(f"{drafts}/{made['data']['id']}")["data"]["subject"])
        action = self.eventually(lambda: self.refused_action(made["action_id"]), "the server refuses it")
        self.assertEqual(("pending", "limit"), (action["status"], action["error"]["kind"]))
        self.assertTrue(action["error"]["message"] and action["error"]["hint"], action)
        self.assert_untouched()
        # It is shown still, and other writes need not wait for it.
        self.assertEqual(made["data"]["id"], self.api.get(f"{drafts}/{made['data']['id']}")["data"]["id"])
        self.await_action(self.put(self.find("kept 2")["id"], starred=True)[1])
        self.await_action(self.api.call("DELETE", f"{self.grant_path}/messages/{self.find('kept 2')['id']}",
                                        query={"hard_delete": "true"})["action_id"])
        # There is room again; that its hour has passed is only said here.
        execute(f"host={self.hermod.data_dir}/postgres/socket user=hermod dbname=hermod", "UPDATE actions SET due_at = now() WHERE finished_at IS NULL")
        self.await_action(made["action_id"])
        with self.server.client(ADDRESS) as client:
            client.select("Drafts", readonly=True)
            self.assertEqual(2, len(client.uid("SEARCH", "ALL")[1][0].split()))
        self.assert_converges(self.grant_id)

    def refused_action(self, action_id):
        action = self.api.get(f"{self.grant_path}/actions/{action_id}")["data"]
        return action if action["error"] else None
