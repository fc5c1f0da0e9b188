"""The official SDK for Node, pinned, reads an account: what applications written for it rely on.

The messages are made here, so every expected value is known from what was put on the mail server.
"""

import email
import email.message
import email.policy
import email.utils
import hashlib
import json
import os
import shutil
import subprocess
from collections import Counter

from account_check import OnServer, read_server
from servers.maildir import Stored
from stage import ADDRESS, PASSWORD, StageCase

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sdk")
FIRST_DATE = 1_760_000_000
INSTALL_DEADLINE_S, RUN_DEADLINE_S = 300, 300
PROJECT_FOLDER = "Projekte/Übersee"
CONVERSATION = ["Ausflug am Samstag", "Re: Ausflug am Samstag", "AW: Re: Ausflug am Samstag"]
PLAIN_SUBJECTS = ["Quarterly report", "Größe & Gewicht", "会議の予定", "Счёт за май", "Invoice 4711", "Lunch?"]
FILES = [
    ("report.pdf", "application/pdf", b"%PDF-1.4\n" + bytes(range(256)) * 20),
    ("Übersicht.csv", "text/csv", "Name;Größe\r\nA;1\r\n".encode()),
]
ATTACHED_SUBJECT = "Unterlagen"
# The bytes of draft files by a rule that the SDK's side knows too; beyond 3 MiB the SDK sends a form.
DRAFT_FILES = {
    "text": ("notiz.txt", "text/plain", 700, 3),
    "image": ("Büro.png", "image/png", 60_001, 7),
    "sheet": ("zahlen.csv", "text/csv", 5_000, 11),
    "plan": ('plan "neu".bin', "application/octet-stream", 3 << 20, 13),
    "film": ("film.mp4", "video/mp4", (3 << 20) + 12_345, 17),
}


class Sdk(StageCase):
    @classmethod
    def prepare_mailbox(cls):
        cls.stored = {"INBOX": [], PROJECT_FOLDER: []}
        cls.expected = []
        for subject in PLAIN_SUBJECTS:
            cls.put(subject)
        references = []
        for subject in CONVERSATION:
            references.append(cls.put(subject, references=references)["messageId"])
        cls.put(ATTACHED_SUBJECT, files=FILES)
        cls.put("<p> in a subject", html=True)
        for folder, messages in cls.stored.items():
            cls.server.seed(ADDRESS, folder, messages)

    @classmethod
    def put(cls, subject, *, references=(), files=(), html=False):
        """Stores one message and what the SDK must say about it; folders, flags and senders take turns."""
        number = len(cls.expected)
        date = FIRST_DATE + 3600 * number
        sender = ["Bob Builder", "bob@example.test"] if number % 2 else ["Carla Ćosić", "carla@example.test"]
        message = email.message.EmailMessage(policy=email.policy.SMTP)
        message["From"] = email.utils.formataddr(sender)
        message["To"] = ADDRESS
        if number % 3 == 0:
            message["Cc"] = "dora@example.test"
        message["Subject"] = subject
        message["Date"] = email.utils.formatdate(date - 60)
        message["Message-ID"] = f"<sdk/{number}+a=@example.test>"
        if references:
            message["In-Reply-To"], message["References"] = references[-1], " ".join(references)
        content = f"Text of number {number}: grüße"
        message.set_content(f"<p>{content}</p>" if html else content, subtype="html" if html else "plain")
        for name, content_type, data in files:
            message.add_attachment(data, *content_type.split("/"), filename=name)
        flags = ("S" if number % 2 else "") + ("F" if number % 4 == 0 else "")
        raw = message.as_bytes()
        folder = PROJECT_FOLDER if number % 5 == 4 else "INBOX"
        cls.stored[folder].append(Stored(raw, date, flags))
        cls.expected.append(
            {
                "subject": subject,
                "messageId": message["Message-ID"],
                "date": date,
                "from": {"name": sender[0], "email": sender[1]},
                "to": [{"email": ADDRESS}],
                "cc": [{"email": "dora@example.test"}] if number % 3 == 0 else [],
                "unread": "S" not in flags,
                "starred": "F" in flags,
                "attachments": len(files),
                "bodyHas": content,
                "sha256": hashlib.sha256(raw).hexdigest(),
                "password": PASSWORD,
                "folder": folder,
            }
        )
        return cls.expected[-1]

    def test_the_unchanged_sdk_reads_the_account(self):
        self.run_with_sdk("sdk.test.mjs")

    def test_the_unchanged_sdk_writes_to_the_account(self):
        self.assert_settles(self.run_with_sdk("writes.test.mjs"))
        messages, folders = read_server(self.server, ADDRESS)
        self.assertLessEqual({"Akten", "Zimmer", "Zimmer/innen"}, folders.keys())
        self.assertFalse({"Räume", "Räume/innen", "Weg"} & folders.keys())
        found = {one["subject"]: messages[one["sha256"]] for one in self.expected}
        self.assertEqual(OnServer(Counter(["Akten"]), any_seen=True, any_flagged=True), found["Lunch?"])
        self.assertEqual(Counter(["Trash"]), found["Invoice 4711"].folders)
        for subject in CONVERSATION:
            expected = OnServer(Counter(["Trash"]), any_seen=True, any_flagged=True)
            self.assertEqual(expected, found[subject])

    def test_the_unchanged_sdk_writes_drafts(self):
        self.assert_settles(self.run_with_sdk("drafts.test.mjs"))
        drafts = {str(draft["Subject"]): draft for draft in self.drafts_on_server()}
        self.assertEqual({"Neues Angebot", "Große Pläne", "Im Voraus"}, drafts.keys())
        for subject, names in (
            ("Neues Angebot", ["text", "image", "sheet"]),
            ("Große Pläne", ["film", "text"]),
            ("Im Voraus", ["film"]),
        ):
            draft = drafts[subject]
            self.assertEqual("Bób <bob@example.test>", draft["To"])
            found = [
                (part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
                for part in draft.iter_attachments()
            ]
            self.assertEqual([(*DRAFT_FILES[name][:2], _draft_bytes(name)) for name in names], found)
        self.assertEqual("Nº 4711", drafts["Neues Angebot"]["X-Order"])

    def test_the_unchanged_sdk_manages_webhooks(self):
        self.run_with_sdk("webhooks.test.mjs")

    def drafts_on_server(self):
        with self.server.client(ADDRESS) as client:
            client.select("Drafts", readonly=True)
            for uid in client.uid("SEARCH", "ALL")[1][0].split():
                (_, raw), *_ = client.uid("FETCH", uid, "(BODY.PEEK[])")[1]
                yield email.message_from_bytes(raw, policy=email.policy.default)

    def assert_settles(self, grant_id):
        """Every change is done on the mail server, which then has what the API says."""
        actions = f"/v3/grants/{grant_id}/actions"

        def settled():
            return not any(self.api.get(actions, status=status)["data"] for status in ("pending", "running"))

        self.eventually(settled, lambda: self.api.get(actions))
        self.assertEqual([], self.api.get(actions, status="failed")["data"])
        self.assert_converges(grant_id)

    def run_with_sdk(self, test):
        grant_id = self.connect()
        self.wait_until_live(grant_id)
        environment = {**os.environ, "SDK_TEST": json.dumps(self.expectations(grant_id))}
        done = subprocess.run(
            ["node", "--test", os.path.join(self.installed_sdk(), test)],
            env=environment,
            capture_output=True,
            check=False,
            timeout=RUN_DEADLINE_S,
            text=True,
        )
        self.assertEqual(0, done.returncode, done.stdout + done.stderr + self.hermod.log_tail())
        return grant_id

    def expectations(self, grant_id):
        def folder(name, path, attributes=(), parent=None):
            inside = [one for one in self.expected if one["folder"] == path]
            unread = sum(one["unread"] for one in inside)
            return {
                "name": name,
                "total": len(inside),
                "unread": unread,
                "attributes": attributes,
                "parent": parent,
            }

        return {
            "apiUri": self.hermod.address,
            "apiKey": self.key,
            "grantId": grant_id,
            "address": ADDRESS,
            "messages": self.expected,
            "conversation": CONVERSATION,
            "draftFiles": {
                name: {
                    "filename": filename,
                    "contentType": kind,
                    "size": size,
                    "factor": factor,
                    "sha256": hashlib.sha256(_draft_bytes(name)).hexdigest(),
                }
                for name, (filename, kind, size, factor) in DRAFT_FILES.items()
            },
            "folders": [
                folder("INBOX", "INBOX", ["\\Inbox"]),
                folder("Übersee", PROJECT_FOLDER, parent="Projekte"),
                folder("Sent", "Sent", ["\\Sent"]),
            ],
            "attachments": {
                "subject": ATTACHED_SUBJECT,
                "files": [
                    {
                        "filename": name,
                        "contentType": kind,
                        "size": len(data),
                        "sha256": hashlib.sha256(data).hexdigest(),
                    }
                    for name, kind, data in FILES
                ],
            },
        }

    @staticmethod
    def installed_sdk():
        """A folder outside the source tree with the test and the pinned SDK, kept from run to run."""
        folder = os.path.join(os.environ["HERMOD_TEST_SCRATCH"], "sdk")
        os.makedirs(folder, exist_ok=True)
        for name in ("package.json", "package-lock.json", "sdk.test.mjs", "writes.test.mjs", "drafts.test.mjs", "webhooks.test.mjs"):
            shutil.copy(os.path.join(SOURCE, name), folder)
        marker = os.path.join(folder, "node_modules", ".package-lock.json")
        lock = os.path.join(folder, "package-lock.json")
        stamp = os.path.join(folder, "installed-lock.json")
        if not (os.path.exists(marker) and _same_content(lock, stamp)):
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=folder, check=True, timeout=INSTALL_DEADLINE_S, capture_output=True)
            shutil.copy(lock, stamp)
        return folder


def _draft_bytes(name):
    _, _, size, factor = DRAFT_FILES[name]
    period = bytes(i * factor % 251 for i in range(251))
    return (period * (size // len(period) + 1))[:size]


def _same_content(one, other):
    if not os.path.exists(other):
        return False
    with open(one, "rb") as first, open(other, "rb") as second:
        return first.read() == second.read()
