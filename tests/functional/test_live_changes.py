"""What another mail program does to the mailbox shows in the API, without anybody asking for it."""

import itertools

from account_check import folder_path
from sample_mailbox import generate, seed_server
from servers.api import ApiError
from stage import ADDRESS, StageCase

MESSAGES = 30
_numbers = itertools.count(1)


class LiveChanges(StageCase):
    @classmethod
    def prepare_mailbox(cls):
        seed_server(cls.server, ADDRESS, generate(MESSAGES))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant_id = cls.connect()
        cls.wait_until_live(cls.grant_id)
        cls.messages = f"/v3/grants/{cls.grant_id}/messages"

    def deliver(self):
        """Delivers a message with a subject of its own; answers its subject and the API's message, once it is
        there.
        """
        subject = f"live change {next(_numbers)}"
        raw = f"From: bob@example.test\r\nTo: {ADDRESS}\r\nSubject: {subject}\r\n\r\nhello\r\n"
        self.server.deliver(ADDRESS, raw.encode())
        return subject, self.eventually(lambda: self.find(subject), f"{subject} is delivered")

    def find(self, subject):
        found = self.api.get(self.messages, subject=subject)["data"]
        return next((message for message in found if message["subject"] == subject), None)

    def is_gone(self, message_id):
        try:
            self.api.get(f"{self.messages}/{message_id}")
        except ApiError as error:
            return error.status == 404
        return False

    def uid_of(self, client, subject, folder="INBOX"):
        client.select(folder)
        return client.uid("SEARCH", "SUBJECT", f'"{subject}"')[1][0].split()[-1].decode()

    def paths(self):
        folders = {folder["id"]: folder for folder in self.api.items(f"/v3/grants/{self.grant_id}/folders")}
        return {folder_path(folder, folders): folder for folder in folders.values()}

    def folders_of(self, message_id):
        names = {folder["id"]: path for path, folder in self.paths().items()}
        return {names[one] for one in self.api.get(f"{self.messages}/{message_id}")["data"]["folders"]}

    def test_a_delivered_message_appears_unread_in_the_inbox(self):
        _, message = self.deliver()
        self.assertTrue(message["unread"])
        self.assertEqual({"INBOX"}, self.folders_of(message["id"]))

    def test_flags_set_and_cleared_elsewhere_follow(self):
        subject, message = self.deliver()
        with self.server.client(ADDRESS) as client:
            uid = self.uid_of(client, subject)
            for change, unread, starred in (("+FLAGS", False, True), ("-FLAGS", True, False)):
                client.uid("STORE", uid, change, r"(\Seen \Flagged)")
                self.eventually(
                    lambda unread=unread, starred=starred: (
                        self.find(subject)["unread"],
                        self.find(subject)["starred"],
                    )
                    == (unread, starred),
                    f"{change} of {subject}",
                )
        self.assertEqual(message["id"], self.find(subject)["id"])

    def test_a_move_keeps_the_id(self):
        # Applications store ids; a user who files a message away must not break them.
        subject, message = self.deliver()
        with self.server.client(ADDRESS) as client:
            client.uid("MOVE", self.uid_of(client, subject), "Archive")
        self.eventually(lambda: self.folders_of(message["id"]) == {"Archive"}, f"{subject} moves")
        self.assertEqual(message["id"], self.find(subject)["id"])

    def test_a_copy_is_the_same_message_in_two_folders(self):
        subject, message = self.deliver()
        with self.server.client(ADDRESS) as client:
            client.uid("COPY", self.uid_of(client, subject), "Archive")
        self.eventually(
            lambda: self.folders_of(message["id"]) == {"INBOX", "Archive"}, f"{subject} is copied"
        )
        self.assertEqual(1, sum(one["subject"] == subject for one in self.api.items(self.messages)))

    def test_a_deleted_message_is_gone(self):
        subject, message = self.deliver()
        with self.server.client(ADDRESS) as client:
            client.uid("STORE", self.uid_of(client, subject), "+FLAGS", r"(\Deleted)")
            client.expunge()
        self.eventually(lambda: not self.find(subject), f"{subject} is in no list")
        # Its id lives on until every folder was looked at: it could have been moved.
        self.eventually(lambda: self.is_gone(message["id"]), f"{subject} is deleted")

    def test_a_folder_made_renamed_and_deleted_follows(self):
        # The ids of what is in a renamed folder stay.
        subject, message = self.deliver()
        with self.server.client(ADDRESS) as client:
            client.create("Reisen")
            client.uid("COPY", self.uid_of(client, subject), "Reisen")
            self.eventually(lambda: self.paths().get("Reisen"), "a folder is made")
            self.eventually(
                lambda: self.folders_of(message["id"]) == {"INBOX", "Reisen"}, "a copy in the new folder"
            )
            client.rename("Reisen", "Urlaub")
            self.eventually(lambda: self.paths().get("Urlaub"), "a folder is renamed")
            self.eventually(
                lambda: self.folders_of(message["id"]) == {"INBOX", "Urlaub"}, "its messages go with it"
            )
            client.delete("Urlaub")
            self.eventually(lambda: "Urlaub" not in self.paths(), "a folder is deleted")
            self.eventually(lambda: self.folders_of(message["id"]) == {"INBOX"}, "its placements are gone")

    def test_a_folder_deleted_above_another_has_no_messages(self):
        # Dovecot lists it as if it were there, and says that it does not exist when it is asked.
        subject, message = self.deliver()
        with self.server.client(ADDRESS) as client:
            client.create("Trips/2026")
            client.create("Trips")
            client.uid("COPY", self.uid_of(client, subject), "Trips")
            self.eventually(lambda: self.folders_of(message["id"]) == {"INBOX", "Trips"}, "a copy in the folder")
            client.delete("Trips")
            self.eventually(lambda: self.folders_of(message["id"]) == {"INBOX"}, "its placements are gone")
            client.delete("Trips/2026")
            self.eventually(lambda: not {"Trips", "Trips/2026"} & set(self.paths()), "both are deleted")

    def test_a_dropped_connection_is_made_again(self):
        # Mail servers restart; mail that came meanwhile must not wait for anybody.
        self.server.stop()
        self.server.start()
        self.deliver()

    def tearDown(self):
        # Whatever a test changed, the whole copy must be faithful again.
        self.assert_converges(self.grant_id)
