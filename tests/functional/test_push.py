"""Where the server offers NOTIFY every folder is watched: nothing waits for the next poll, which never comes here."""

from account_check import folder_path
from sample_mailbox import generate, seed_server
from stage import ADDRESS, StageCase

FOLDER, WIRE_FOLDER = "Entwürfe & Reste", '"Entw&APw-rfe &- Reste"'


class Push(StageCase):
    settings = {"SYNC_POLL_INTERVAL_SECONDS": 86400}

    @classmethod
    def prepare_mailbox(cls):
        seed_server(cls.server, ADDRESS, generate(10))
        with cls.server.client(ADDRESS) as client:
            client.create(WIRE_FOLDER)
            client.append(WIRE_FOLDER, "", None, b"Subject: first\r\n\r\nx\r\n")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant_id = cls.connect()
        cls.wait_until_live(cls.grant_id)

    def folders(self):
        folders = {folder["id"]: folder for folder in self.api.items(f"/v3/grants/{self.grant_id}/folders")}
        return {folder_path(folder, folders): folder["id"] for folder in folders.values()}

    def find(self, subject):
        found = self.api.get(f"/v3/grants/{self.grant_id}/messages", subject=subject)["data"]
        return next((message for message in found if message["subject"] == subject), None)

    def test_changes_in_any_folder_arrive(self):
        for number, (wire, folder) in enumerate(((WIRE_FOLDER, FOLDER), ("Archive", "Archive"), ("INBOX", "INBOX"))):
            subject = f"pushed {number}"
            with self.server.client(ADDRESS) as client:
                client.append(wire, "", None, f"Subject: {subject}\r\n\r\nx\r\n".encode())
                message = self.eventually(lambda: self.find(subject), f"{subject} arrives")
                self.assertEqual([self.folders()[folder]], message["folders"])
                self.assertTrue(message["unread"])
                client.select(wire)
                uid = client.uid("SEARCH", "SUBJECT", f'"{subject}"')[1][0].decode()
                client.uid("STORE", uid, "+FLAGS", r"(\Seen)")
                self.eventually(lambda: not self.find(subject)["unread"], f"{subject} is read")
                client.uid("STORE", uid, "+FLAGS", r"(\Deleted)")
                client.expunge()
                self.eventually(lambda: not self.find(subject), f"{subject} is gone")

    def test_a_new_folder_and_its_messages_arrive(self):
        with self.server.client(ADDRESS) as client:
            client.create("Neu")
            self.eventually(lambda: "Neu" in self.folders(), "a folder is made")
            client.append("Neu", "", None, b"Subject: in the new one\r\n\r\nx\r\n")
            self.eventually(lambda: self.find("in the new one"), "its message arrives")
