"""Drafts written through the API are on the mail server, as another IMAP client reads them."""

import email
import email.policy

from sample_mailbox import generate, seed_server
from stage import ADDRESS, StageCase


class Drafts(StageCase):
    @classmethod
    def prepare_mailbox(cls):
        seed_server(cls.server, ADDRESS, generate(3))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant_id = cls.connect()
        cls.wait_until_live(cls.grant_id)
        cls.path = f"/v3/grants/{cls.grant_id}/drafts"

    def done(self, answer):
        path = f"/v3/grants/{self.grant_id}/actions/{answer['action_id']}"
        self.eventually(lambda: self.api.get(path)["data"]["status"] == "done", lambda: self.api.get(path))
        return answer["data"]["id"] if "data" in answer else None

    def on_server(self):
        """The drafts that another client finds, with their flags."""
        with self.server.client(ADDRESS) as client:
            client.select("Drafts", readonly=True)
            found = []
            for uid in client.uid("SEARCH", "ALL")[1][0].split():
                (flags, raw), *_ = client.uid("FETCH", uid, "(FLAGS BODY.PEEK[])")[1]
                found.append((email.message_from_bytes(raw, policy=email.policy.default), flags.decode()))
            return found

    def test_a_draft_is_put_replaced_and_deleted(self):
        content = "aGVsbG8gd29ybGQ="
        draft_id = self.done(
            self.api.post(
                self.path,
                {
                    "to": [{"email": "bob@example.test", "name": "Bób"}],
                    "subject": "Größe",
                    "body": "<p>Grüße</p>",
                    "starred": True,
                    "attachments": [{"filename": "a.txt", "content_type": "text/plain", "content": content}],
                },
            )
        )
        ((message, flags),) = self.on_server()
        self.assertEqual("Größe", message["Subject"])
        self.assertEqual("Bób <bob@example.test>", message["To"])
        self.assertEqual("<p>Grüße</p>", message.get_body(("html",)).get_content().strip())
        self.assertEqual(["hello world"], [part.get_content() for part in message.iter_attachments()])
        self.assertIn("\\Draft", flags)
        self.assertIn("\\Flagged", flags)

        self.assertEqual(draft_id, self.done(self.api.call("PUT", f"{self.path}/{draft_id}", body={"subject": "S2"})))
        ((message, _),) = self.on_server()
        self.assertEqual("S2", message["Subject"])
        self.assertEqual(["hello world"], [part.get_content() for part in message.iter_attachments()])
        self.assertEqual("S2", self.api.get(f"{self.path}/{draft_id}")["data"]["subject"])
        self.assert_converges(self.grant_id)

        self.done(self.api.call("DELETE", f"{self.path}/{draft_id}"))
        self.assertEqual([], self.on_server())
        self.assertEqual([], self.api.get(self.path)["data"])
