"""The two clients of the agreement test: a mail program, by IMAP, and an application, by the API. Each makes changes that
its seed chooses from what it sees, in bursts.

Messages with a subject that begins with "own " are the application's: the mail program never touches them, so that of
each it is known what must be there in the end.
"""

import dataclasses
import http.client
import imaplib
import itertools
import os
import threading
import time

from account_check import quoted
from servers.api import ApiError, quote

FOLDERS = ["INBOX", "Archive", "Trash", "Drafts", "Work"]
MAIL_PROGRAM_FOLDERS = ["Own0", "Own1", "Own0/Deep", "Own1/Deep"]
APPLICATION_FOLDERS = ["App0", "App1", "App2", "App0/Deep", "App1/Deep"]
OWN = "own "
OWN_EVERY = 5  # of the messages that are delivered
BURST_MAX = 40
REST_MAX_S = float(os.environ.get("HERMOD_TEST_REST_SECONDS", "0.3"))
RETRY_PAUSE_S = 0.1
ANSWER_DEADLINE_S = 90
SILENCE_MAX_S = 10
VISIT_MAX = 8  # operations of the mail program in a folder that it opened
LOOK_EVERY = 10  # operations of the application
# An application that gets so far ahead of the mail server waits.
QUEUE_MAX = 150
LEAD_MAX = 50
QUEUE_LOOK_EVERY = 50
_numbers = itertools.count(1)


class Progress:
    """What both have done, counted and written down. Thread-safe."""

    def __init__(self, path, counts):
        self._changed = threading.Condition()
        self._journal = open(path, "w", encoding="utf-8")
        self._began = time.monotonic()
        self.counts, self.broken = counts, []
        self._done = {"imap": 0, "api": 0}

    @property
    def done(self):
        return sum(self._done.values())

    def did(self, who, what, detail=""):
        """Waits while `who` is far ahead of the other: they are to meet."""
        self.note(f"{who} {what} {detail}")
        with self._changed:
            self.counts[f"{who} {what}"] += 1
            self._done[who] += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._done[who] <= min(self._done.values()) + LEAD_MAX or self.broken)

    def note(self, text):
        self._journal.write(f"{time.monotonic() - self._began:9.3f} {text}\n")

    def fail(self, why):
        with self._changed:
            self.broken.append(why)
            self._changed.notify_all()
        self.note(why)

    def reach(self, operations, timeout_s):
        """Waits until so many operations were done, or something broke, or for so long."""
        with self._changed:
            self._changed.wait_for(lambda: self.done >= operations or self.broken, timeout_s)

    def flush(self):
        self._journal.flush()

    def close(self):
        self._journal.close()


@dataclasses.dataclass
class Own:
    """One of the application's messages as it must be in the end; None: it must be gone."""

    folders: set | None
    unread: bool = True
    starred: bool = False


class Rhythm:
    """Bursts of operations with rests between."""

    def __init__(self, chance):
        self._chance, self._left = chance, 0

    def beat(self):
        if self._left == 0:
            self._left = self._chance.randint(1, BURST_MAX)
            time.sleep(self._chance.uniform(0, REST_MAX_S))
        self._left -= 1


class MailProgram:
    """`own` is filled with what it delivers for the application: {subject: Own}."""

    def __init__(self, server, address, chance, progress, own):
        self._server, self._address, self._chance, self._progress, self._own = server, address, chance, progress, own
        self._made = self._left = 0

    def fill(self, messages):
        with self._server.client(self._address) as client:
            for folder in FOLDERS[1:]:
                client.create(folder)
            for _ in range(messages):
                self._append(client, self._chance.choice(FOLDERS[:2]))

    def work(self, operations):
        rhythm, broken, away_since, self._left = Rhythm(self._chance), self._progress.broken, None, operations
        while self._left > 0 and not broken:
            try:
                # A server that is being restarted may take the connection and never greet.
                with self._server.client(self._address, timeout_s=SILENCE_MAX_S) as client:
                    away_since = None
                    while self._left > 0 and not broken:
                        self._visit(client, rhythm)
            except (OSError, imaplib.IMAP4.error) as error:
                self._progress.note(f"imap away: {error!r}")
                away_since = away_since or time.monotonic()
                if time.monotonic() - away_since > ANSWER_DEADLINE_S:
                    self._progress.fail("the mail server does not answer")
                time.sleep(RETRY_PAUSE_S)

    def _did(self, what, detail):
        self._left -= 1
        self._progress.did("imap", what, detail)

    def _visit(self, client, rhythm):
        """Some operations in a folder."""
        chance = self._chance
        if chance.random() < 0.2:
            rhythm.beat()
            return self._did(*self._folder(client))
        folders = self._folders(client)
        folder = chance.choice(FOLDERS if chance.random() < 0.7 else folders)
        if client.select(quoted(folder))[0] != "OK":
            return None  # gone meanwhile
        uids = client.uid("SEARCH", "NOT", "SUBJECT", quoted(OWN))[1][0].decode().split()
        for _ in range(min(self._left, chance.randint(1, VISIT_MAX))):
            rhythm.beat()
            self._did(*self._message(client, folder, folders, uids))
        return None

    def _folders(self, client):
        """Those that messages may be in."""
        listed = [self._server.folder_of(line.decode().rsplit(' "/" ')[-1].strip('"')) for line in client.list()[1] if line]
        return [name for name in listed if name in FOLDERS] + [name for name in listed if name not in FOLDERS]

    def _message(self, client, folder, folders, uids):
        chance = self._chance
        kind = chance.choices(["append", "flags", "copy", "move", "expunge"], [25, 30, 10, 20, 10])[0]
        if kind == "append" or not uids:
            return self._append(client, folder)
        chosen = chance.sample(uids, min(len(uids), chance.choice([1, 1, 1, 2, 5])))
        to = chance.choice(FOLDERS if chance.random() < 0.8 else folders)
        which, detail = ",".join(chosen), f"{folder} {','.join(chosen)}"
        if kind == "flags":
            sign = chance.choice(["+FLAGS", "-FLAGS"])
            flags = chance.choice([r"(\Seen)", r"(\Flagged)", r"(\Seen \Flagged)", r"(\Answered)", "(Later)"])
            answer, detail = client.uid("STORE", which, sign, flags), f"{detail} {sign} {flags}"
        elif kind == "copy":
            answer, detail = client.uid("COPY", which, quoted(to)), f"{detail} to {to}"
        elif kind == "move":
            answer, detail = client.uid("MOVE", which, quoted(to)), f"{detail} to {to}"
        else:
            client.uid("STORE", which, "+FLAGS", r"(\Deleted)")
            answer = client.uid("EXPUNGE", which)
        if answer[0] == "OK" and kind in ("move", "expunge"):
            uids[:] = [uid for uid in uids if uid not in chosen]
        return (kind if answer[0] == "OK" else f"{kind} refused"), f"{detail} {answer[0]}"

    def _append(self, client, folder):
        chance = self._chance
        self._made += 1
        number = self._made
        own = number % OWN_EVERY == 0 and folder in FOLDERS and folder != "Drafts"
        subject = f"{OWN}{number}" if own else f"number {number}"
        earlier = chance.randrange(1, number + 1)
        # The application's are alone in their threads.
        answers = number % 3 == 0 and number % OWN_EVERY != 0 and earlier % OWN_EVERY != 0
        references = f"References: <m{earlier}.{self._address}>\r\n" if answers else ""
        raw = (
            f"From: bob@example.test\r\nTo: {self._address}\r\nSubject: {subject}\r\n"
            f"Message-ID: <m{number}.{self._address}>\r\n{references}\r\nbody {number}\r\n"
        )
        status = client.append(quoted(folder), "", imaplib.Time2Internaldate(1_760_000_000 + number), raw.encode())[0]
        if status != "OK":
            return "append refused", f"{folder} {subject}"
        if own:  # one whose answer did not come may be there or not
            self._own.setdefault(subject, Own({folder}))
        return "append", f"{folder} {subject}"

    def _folder(self, client):
        chance = self._chance
        name, other = chance.sample(MAIL_PROGRAM_FOLDERS, 2)
        kind = chance.choice(["create", "create", "rename", "delete"])
        if kind == "create":
            answer = client.create(quoted(name))
        elif kind == "rename":
            answer = client.rename(quoted(name), quoted(other))
        else:
            answer = client.delete(quoted(name))
        return (f"folder {kind}" if answer[0] == "OK" else f"folder {kind} refused"), f"{name} {other} {answer[0]}"


class Application:
    """Each call is made again until it is answered, as applications do. `own`: {subject: Own}; a draft's is made here."""

    def __init__(self, api, grant, chance, progress, own):
        self._api, self._grant, self._chance, self._progress, self._own = api, grant, chance, progress, own
        self._seen, self._drafts, self._done, self._again = [], [], 0, False

    def work(self, operations):
        rhythm = Rhythm(self._chance)
        for self._done in range(operations):
            if self._progress.broken:
                return
            rhythm.beat()
            if self._done % QUEUE_LOOK_EVERY == 0:
                self._wait_for_the_queue()
            try:
                what, detail = self._operation()
            except ApiError as error:
                what, detail = f"refused {error.status}", error.message
            except TimeoutError as error:
                return self._progress.fail(str(error))
            self._progress.did("api", what, detail)

    def _call(self, method, path, body=None, **query):
        """Until it is answered; ApiError for an answer that says no."""
        began, self._again = time.monotonic(), False
        while True:
            try:
                return self._api.call(method, f"{self._grant}{path}", body=body, query=query)
            except (ApiError, OSError, http.client.HTTPException) as error:
                if isinstance(error, ApiError) and error.status < 500:
                    raise
                self._again = True
                self._progress.note(f"api {method} {path} again: {error!r}")
            if time.monotonic() - began > ANSWER_DEADLINE_S:
                raise TimeoutError("the API does not answer")
            time.sleep(RETRY_PAUSE_S)

    def _wait_for_the_queue(self):
        while not self._progress.broken:
            if len(self._call("GET", "/actions", status="pending", limit=200)["data"]) < QUEUE_MAX:
                return
            time.sleep(RETRY_PAUSE_S)

    def _operation(self):
        chance = self._chance
        kinds = {"flags": 40, "folders": 25, "trash": 8, "erase": 5, "thread": 12, "folder": 10, "draft": 20}
        kind = chance.choices([*kinds], kinds.values())[0]
        if kind == "folder":
            return self._folder()
        if kind == "draft":
            return self._draft()
        if self._done % LOOK_EVERY == 0 or not self._seen:
            within = {"in": chance.choice(FOLDERS)} if chance.random() < 0.6 else {}
            listed = self._call("GET", "/messages", limit=chance.choice([50, 200]), select="id,thread_id,subject", **within)
            self._seen = [one for one in listed["data"] if not one["subject"].startswith(f"{OWN}draft")]
        if not self._seen:
            return "nothing", ""
        message = chance.choice(self._seen)
        own = self._own.get(message["subject"])
        if own is None and message["subject"].startswith(OWN):
            own = self._own.setdefault(message["subject"], Own(None))  # its append was not answered, and yet it is there
            own.folders = self._folders_of(message["id"])
        if kind == "thread":
            return self._thread(message)
        return self._message(kind, message, own)

    def _folders_of(self, message_id):
        return set(self._names(self._call("GET", f"/messages/{message_id}")["data"]["folders"]))

    def _names(self, folder_ids):
        paths = {one["id"]: one["path"] for one in self._call("GET", "/folders", limit=200)["data"]}
        return [paths[one] for one in folder_ids if one in paths]

    def _thread(self, message):
        change = self._chance.choice([{"unread": False}, {"starred": True}, {"folders": ["Archive"]}])
        self._call("PUT", f"/threads/{message['thread_id']}", change)
        own = self._own.get(message["subject"])
        if own is not None:  # alone in its thread
            own.unread, own.starred = own.unread and "unread" not in change, own.starred or "starred" in change
            own.folders = {"Archive"} if "folders" in change else own.folders
        return "thread", f"{message['thread_id']} of {message['subject']} {change}"

    def _message(self, kind, message, own):
        chance, path = self._chance, f"/messages/{message['id']}"
        detail = f"{message['id']} {message['subject']}"
        if kind == "flags":
            name, value = chance.choice(["unread", "starred"]), chance.random() < 0.5
            self._call("PUT", path, {name: value})
            if own:
                setattr(own, name, value)
            return kind, f"{detail} {name} {value}"
        if kind == "folders":
            choice = FOLDERS if own or chance.random() < 0.8 else FOLDERS + APPLICATION_FOLDERS + MAIL_PROGRAM_FOLDERS
            names = chance.sample(choice, chance.choice([1, 1, 1, 2]))
            if own and "Drafts" in names:
                names = ["Drafts"]  # of a draft that is updated, copies elsewhere become a message of their own
            self._call("PUT", path, {"folders": names})
            if own:
                own.folders = set(names)
            return kind, f"{detail} {names}"
        if kind == "trash":
            self._call("DELETE", path)
            if own:
                own.folders = {"Trash"}
            return kind, detail
        try:
            self._call("DELETE", path, hard_delete="true")
        except ApiError as error:
            if error.status != 404:
                raise
        if own:
            own.folders = None
        return kind, detail

    def _folder(self):
        chance = self._chance
        name = chance.choice(APPLICATION_FOLDERS)
        kind = chance.choice(["create", "create", "rename", "delete"])
        *above, leaf = name.split("/")
        if kind == "create":
            self._call("POST", "/folders", {"name": leaf, **({"parent_id": above[0]} if above else {})})
        elif kind == "rename":
            self._call("PUT", f"/folders/{quote(name)}", {"name": f"App{chance.randrange(3)}" if not above else "Deep"})
        else:
            self._call("DELETE", f"/folders/{quote(name)}")
        return f"folder {kind}", name

    def _draft(self):
        chance = self._chance
        kind = chance.choices(["create", "update", "delete"], [4, 4, 2])[0]
        own = chance.random() < 0.5
        text = f"{OWN if own else ''}draft {next(_numbers)}"
        content = {"subject": text, "body": f"<p>{text}</p>", "to": [{"email": "bob@example.test"}]}
        if chance.random() < 0.3:
            content["attachments"] = [{"filename": "a.txt", "content_type": "text/plain", "content": "aGVsbG8gd29ybGQ="}]
        if kind == "create":
            self._call("POST", "/drafts", content)
            if own and not self._again:  # one that was not answered may be there as well
                self._own[text] = Own({"Drafts"}, unread=False)
            return "draft create", text
        if self._done % LOOK_EVERY == 0 or not self._drafts:
            self._drafts = self._call("GET", "/drafts", limit=50, select="id,subject")["data"]
        if not self._drafts:
            return "nothing", ""
        draft = chance.choice(self._drafts)
        before = self._own.get(draft["subject"])
        content["subject"] = text = text if before is None else f"{OWN}{text.removeprefix(OWN)}"
        path = f"/drafts/{draft['id']}"
        if kind == "update":
            self._call("PUT", path, content)
            if before:
                self._own[text] = Own({"Drafts"}, before.unread, before.starred)
                before.folders = None
            draft["subject"] = text
            self._seen = [one for one in self._seen if one["id"] != draft["id"]]  # it has another subject there
        else:
            self._call("DELETE", path)
            self._drafts.remove(draft)
            if before:
                before.folders = None
        return f"draft {kind}", f"{draft['id']} {text}"
