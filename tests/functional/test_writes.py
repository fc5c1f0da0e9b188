"""What an application changes through the API reaches the mailbox; an independent IMAP client reads it back."""

import imaplib
import itertools

from account_check import folder_path
from servers.api import ApiError
from servers.postgres import execute
from stage import ADDRESS, StageCase

_numbers = itertools.count(1)
# As users name folders, and as nobody should.
NAMES = ["Projekte", "Übersee & Co", "会議", 'say "hi"', "100% *", "back\\slash", "&ampersand-"]


class WriteStage(StageCase):
    @classmethod
    def prepare_mailbox(cls):
        with cls.server.client(next(iter(cls.server.passwords))) as client:
            for folder in ("Archive", "Trash"):
                client.create(cls.server.wire_name(folder))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.address = next(iter(cls.server.passwords))
        cls.grant_id = cls.connect()
        cls.wait_until_live(cls.grant_id)
        cls.grant_path = f"/v3/grants/{cls.grant_id}"

    def deliver(self, reply_to=None):
        """A message with a subject of its own, as the API shows it; or a reply to such a message."""
        number = next(_numbers)
        subject = "Re: " + reply_to["subject"] if reply_to else f"write {number}"
        raw = f"From: bob@example.test\r\nTo: {ADDRESS}\r\nSubject: {subject}\r\nMessage-ID: <w{number}@example.test>\r\n"
        if reply_to:
            raw += f"References: <{reply_to['subject'].replace('write ', 'w')}@example.test>\r\n"
        self.server.deliver(self.address, (raw + "\r\nhello\r\n").encode())
        return self.eventually(lambda: self.find(subject), f"{subject} is delivered")

    def find(self, subject):
        found = self.api.get(f"{self.grant_path}/messages", subject=subject)["data"]
        return next((message for message in found if message["subject"] == subject), None)

    def message(self, message_id):
        return self.api.get(f"{self.grant_path}/messages/{message_id}")["data"]

    def folders(self):
        listed = {one["id"]: one for one in self.api.items(f"{self.grant_path}/folders")}
        return {folder_path(folder, listed): folder for folder in listed.values()}

    def put(self, message_id, **change):
        answer = self.api.call("PUT", f"{self.grant_path}/messages/{message_id}", body=change)
        return answer["data"], answer["action_id"]

    def await_action(self, action_id, status="done"):
        state = {}

        def settled():
            state["action"] = self.api.get(f"{self.grant_path}/actions/{action_id}")["data"]
            return state["action"]["status"] == status

        self.eventually(settled, lambda: state.get("action"))
        return state["action"]

    def refused(self, call, status):
        with self.assertRaises(ApiError) as raised:
            call()
        self.assertEqual(status, raised.exception.status)
        return raised.exception


class MessageWrites:
    """On every server."""

    def test_flags(self):
        message = self.deliver()
        shown, action_id = self.put(message["id"], unread=False, starred=True)
        self.assertEqual((False, True), (shown["unread"], shown["starred"]))
        self.await_action(action_id)
        self.assert_converges(self.grant_id)
        shown, action_id = self.put(message["id"], unread=True, starred=False)
        self.assertEqual((True, False), (shown["unread"], shown["starred"]))
        self.await_action(action_id)
        self.assert_converges(self.grant_id)

    def test_folders_of_a_message(self):
        message = self.deliver()
        folders = self.folders()
        for names in (["Archive"], ["Archive", "INBOX"], ["Trash"], ["INBOX"]):
            wanted = [folders[name]["id"] for name in names]
            shown, action_id = self.put(message["id"], folders=wanted)
            self.assertEqual(sorted(wanted), sorted(shown["folders"]))
            self.await_action(action_id)
            self.assertEqual(message["id"], self.find(message["subject"])["id"])
            self.assert_converges(self.grant_id)

    def test_several_writes_at_once(self):
        messages = [self.deliver() for _ in range(5)]
        archive = self.folders()["Archive"]["id"]
        last = []
        for message in messages:
            self.put(message["id"], starred=True)
            self.put(message["id"], folders=[archive])
            last.append(self.put(message["id"], unread=False, starred=False)[1])
        for action_id in last:
            self.await_action(action_id)
        self.assert_converges(self.grant_id)

    def test_deletion(self):
        message, other = self.deliver(), self.deliver()
        path = f"{self.grant_path}/messages/{message['id']}"
        self.await_action(self.api.call("DELETE", path)["action_id"])
        self.assertEqual([self.folders()["Trash"]["id"]], self.message(message["id"])["folders"])
        self.assert_converges(self.grant_id)
        for one in (message, other):
            path = f"{self.grant_path}/messages/{one['id']}"
            action_id = self.api.call("DELETE", path, query={"hard_delete": "true"})["action_id"]
            self.refused(lambda path=path: self.api.get(path), 404)
            self.await_action(action_id)
        self.assert_converges(self.grant_id)

    def test_thread(self):
        first = self.deliver()
        second = self.deliver(reply_to=first)
        self.assertEqual(first["thread_id"], self.message(second["id"])["thread_id"])
        path = f"{self.grant_path}/threads/{first['thread_id']}"
        archive = self.folders()["Archive"]["id"]
        answer = self.api.call("PUT", path, body={"unread": False, "folders": [archive]})
        self.assertEqual((False, [archive]), (answer["data"]["unread"], answer["data"]["folders"]))
        self.await_action(answer["action_id"])
        self.assert_converges(self.grant_id)
        self.await_action(self.api.call("DELETE", path)["action_id"])
        self.assertEqual([self.folders()["Trash"]["id"]], self.message(second["id"])["folders"])
        self.assert_converges(self.grant_id)


class FolderWrites:
    names = ["Übersee & Co", "100% *"]

    def test_folders(self):
        for name in self.names:
            with self.subTest(name=name):
                made = self.api.post(f"{self.grant_path}/folders", {"name": name})
                action = self.settled(made["action_id"])
                if action["status"] == "failed":  # a server may refuse a name; then it is gone again
                    self.assertNotIn(name, self.folders())
                    continue
                inner = self.api.post(f"{self.grant_path}/folders", {"name": "inner", "parent_id": made["data"]["id"]})
                if self.settled(inner["action_id"])["status"] == "done":
                    self.assertIn(f"{name}/inner", self.folders())
                self.assert_converges(self.grant_id)
                path = f"{self.grant_path}/folders/{made['data']['id']}"
                renamed = self.api.call("PUT", path, body={"name": name + "2"})
                self.assertEqual(name + "2", renamed["data"]["name"])
                self.await_action(renamed["action_id"])
                self.assertEqual(made["data"]["id"], self.folders()[name + "2"]["id"])
                self.assert_converges(self.grant_id)
                self.await_action(self.api.call("DELETE", path)["action_id"])
                self.assertNotIn(name + "2", self.folders())
                self.assert_converges(self.grant_id)

    def settled(self, action_id):
        state = {}

        def finished():
            state["action"] = self.api.get(f"{self.grant_path}/actions/{action_id}")["data"]
            return state["action"]["status"] in ("done", "failed")

        self.eventually(finished, lambda: state.get("action"))
        return state["action"]


class Writes(MessageWrites, FolderWrites, WriteStage):
    names = NAMES

    def test_what_makes_no_sense_is_refused(self):
        message = self.deliver()
        path = f"{self.grant_path}/messages/{message['id']}"
        for body in ({}, {"unread": "yes"}, {"folders": ["nowhere"]}, {"folders": []}, {"metadata": {"a": 1}}, {"keywords": ["a b"]}):
            self.refused(lambda body=body: self.api.call("PUT", path, body=body), 400)
        self.refused(lambda: self.api.call("PUT", f"{self.grant_path}/messages/<a@b>", body={"unread": True}), 404)
        for name in ("a/b", "", " spaced", "spaced ", "line\nbreak", "x" * 256):
            self.refused(lambda name=name: self.api.post(f"{self.grant_path}/folders", {"name": name}), 400)
        self.refused(lambda: self.api.post(f"{self.grant_path}/folders", {"name": "INBOX"}), 409)
        inbox = self.folders()["INBOX"]["id"]
        self.refused(lambda: self.api.call("DELETE", f"{self.grant_path}/folders/{inbox}"), 400)
        self.refused(lambda: self.api.get(f"{self.grant_path}/actions/nothing"), 404)

    def test_pause_resume_and_resync(self):
        message = self.deliver()
        grant = self.api.post(f"{self.grant_path}/pause", {})["data"]
        self.assertEqual(("paused", "paused"), (grant["sync"]["phase"], grant["sync"]["reason"]["kind"]))
        shown, action_id = self.put(message["id"], starred=True)
        self.assertTrue(shown["starred"])
        self.assertEqual("pending", self.api.get(f"{self.grant_path}/actions/{action_id}")["data"]["status"])
        self.api.post(f"{self.grant_path}/resume", {})
        self.await_action(action_id)
        self.assert_converges(self.grant_id)
        before = {one["id"] for one in self.api.items(f"{self.grant_path}/messages")}
        self.api.post(f"{self.grant_path}/resync", {})
        self.wait_until_live(self.grant_id)
        self.assert_converges(self.grant_id)
        self.assertEqual(before, {one["id"] for one in self.api.items(f"{self.grant_path}/messages")})

    def test_keywords(self):
        message = self.deliver()
        for keywords in (["$Forwarded", "home", "Work"], ["$Forwarded", "Work"]):
            shown, action_id = self.put(message["id"], keywords=keywords)
            self.assertEqual(keywords, shown["keywords"])
            self.await_action(action_id)
            self.assertEqual(sorted(keywords), self.keywords_on_server(message))
            self.assertEqual(keywords, self.message(message["id"])["keywords"])
        self.assertIn("theirs", self.keywords_on_server(message, add="theirs"))
        self.eventually(
            lambda: self.message(message["id"])["keywords"] == ["$Forwarded", "theirs", "Work"],
            lambda: self.message(message["id"])["keywords"],
        )
        self.await_action(self.put(message["id"], keywords=[])[1])
        self.assertEqual([], self.keywords_on_server(message))

    def keywords_on_server(self, message, add=None):
        """Those of the message in INBOX, as another client sees them, who may add one before."""
        with self.server.client(self.address) as client:
            client.select("INBOX")
            wanted = message["subject"].replace("write ", "<w") + "@example.test>"
            uid = client.uid("SEARCH", "HEADER", "Message-ID", f'"{wanted}"')[1][0].decode()
            if add:
                client.uid("STORE", uid, "+FLAGS", f"({add})")
            flags = imaplib.ParseFlags(client.uid("FETCH", uid, "(FLAGS)")[1][0])
        return sorted(flag.decode() for flag in flags if not flag.startswith(b"\\"))

    def test_metadata_is_kept(self):
        message = self.deliver()
        shown, action_id = self.put(message["id"], metadata={"order": "4711", "Key": "v"})
        self.assertEqual({"order": "4711", "Key": "v"}, shown["metadata"])
        self.assertEqual("done", self.api.get(f"{self.grant_path}/actions/{action_id}")["data"]["status"])
        self.assertEqual({"order": "4711", "Key": "v"}, self.message(message["id"])["metadata"])

    def test_consistency(self):
        message = self.deliver()
        self.assert_converges(self.grant_id)
        checked = self.api.get(f"{self.grant_path}/consistency")["data"]
        self.assertTrue(checked["consistent"], checked)
        inbox = next(one for one in checked["folders"] if one["path"] == "INBOX")
        self.assertEqual(self.folders()["INBOX"]["total_count"], inbox["server"])
        self.assertEqual(inbox["server"], inbox["store"])
        self.assertIn("INBOX", self.hermod.command("grant", "verify", self.address))
        # Behind the back of a grant that is at rest nothing can drift: what the store says is made wrong here.
        execute(self.hermod_conninfo(), f"UPDATE placements SET flags = flags | 2, effective_flags = effective_flags | 2 WHERE message_id = (SELECT message_id FROM messages WHERE subject = '{message['subject']}')")
        checked = self.api.get(f"{self.grant_path}/consistency")["data"]
        self.assertFalse(checked["consistent"])
        inbox = next(one for one in checked["folders"] if one["path"] == "INBOX")
        self.assertEqual([message["id"]], inbox["flags"])
        self.api.post(f"{self.grant_path}/resync", {})
        self.assert_converges(self.grant_id)

    def hermod_conninfo(self):
        return f"host={self.hermod.data_dir}/postgres/socket user=hermod dbname=hermod"


class WritesWithoutMove(MessageWrites, WriteStage):
    kinds = ("dovecot_no_move",)


class WritesOnCyrus(MessageWrites, FolderWrites, WriteStage):
    kinds = ("cyrus",)


class WritesOnCourier(MessageWrites, FolderWrites, WriteStage):
    kinds = ("courier",)
