"""A workload that passes every durable step of the program and goes on, after each death of it, where it stood.

Connect an account, first sync, changes by another client (arrivals, flags, a copy, a move, a deletion, a folder made
anew), writes of every kind through the API, an update of the grant, at last its deletion. Each run has a database, a data folder and a mailbox of its own,
and all mailboxes begin alike, so that two runs must end alike.
"""

import contextlib
import dataclasses
import http.client
import imaplib
import os
import signal

from account_check import differences
from sample_mailbox import FIRST_RECEIVED_AT, generate, seed_server
from servers.api import ApiError, imap_settings
from servers.hermod import Hermod
from servers.listener import Listener
from servers.postgres import execute
from servers.waiting import until
from store_dump import account_of, dump, log_faults, rows_left, search_is_filled
from store_dump import differences as dump_differences

MESSAGES = 30
DEADLINE_S = 90
PASSWORD = "correct horse"
SETTINGS = {
    "SYNC_POLL_INTERVAL_SECONDS": 1,
    "SYNC_LEASE_SECONDS": 5,
    "SYNC_PAGE_MESSAGES": 7,
    "PLUGINS_ENABLED": "imap,memory",
    "LOG_FORMAT": "json",
}
# A second account, of a plugin that keeps a state of its own.
REMEMBERING = {
    "provider": "memory",
    "settings": {"email": "keeper@memory.test", "mailbox": "keeper", "mode": "remembering"},
}


def seed(server, address):
    """The mailbox at the beginning."""
    server.add_user(address, PASSWORD)
    placements = generate(MESSAGES)
    seed_server(server, address, placements)
    old = [one.stored for one in placements[:4]]
    server.seed(address, "Old", old)


@dataclasses.dataclass
class Result:
    """How a run ended. `faults` in words; none means that nothing was lost and nothing is there twice."""

    tables: dict
    deaths: int
    faults: list


class Workload:
    """One run. `database`: a servers.postgres.Postgres, or None for the program's private cluster. `instructions`: the
    values of HERMOD_DURABLE_STEPS for the first, the second … launch; later launches have none.
    """

    def __init__(self, server, database, address, *, instructions=()):
        self.server, self.database, self.address = server, database, address
        self.key = self.key_hash = None
        self.deaths = 0
        self._given = list(instructions)
        self._instructions = list(instructions)
        settings = dict(SETTINGS)
        self.hermod = Hermod()
        if database:
            self.conninfo = database.conninfo(database.create_database())
            settings["DATABASE_URL"] = self.conninfo
            settings["BLOBS_PATH"] = self.blobs = os.path.join(self.hermod.directory, "raw")
        else:
            self.conninfo = f"host={self.hermod.data_dir}/postgres/socket user=hermod dbname=hermod"
            self.blobs = os.path.join(self.hermod.data_dir, "blobs")
        self.hermod.settings.update(settings)
        self._api = None
        self._draft_faults, self._checked = [], None
        self.listener = Listener().start()

    def instruct(self, instruction):
        """One more, for the launch after those that have one."""
        self._instructions.append(instruction)

    def instructions_left(self):
        """Those that were not followed: nothing died of them."""
        return self._given[self.deaths :]

    def close(self):
        if self._api:
            self._api.close()
        self.hermod.close()
        self.listener.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def run(self, key, expected=None):
        """All of it. `key`: an API key and its hash; None makes one. `expected`: the tables of an undisturbed run."""
        self._launch()
        self._use_key(key)
        grant_id = self._surviving(self._connect)
        self._surviving(lambda api: api.post("/v3/connect/custom", REMEMBERING))
        self._surviving(self._create_webhook)
        self._await_copy(grant_id)
        self._change_mailbox()
        self._await_copy(grant_id)
        self._await(lambda: not self._untold(grant_id), lambda: self._untold(grant_id))
        for write in (self._change_message, *self._of_a_draft(), *self._of_a_folder(), self._delete_message):
            self._surviving(lambda api, write=write: write(api, f"/v3/grants/{grant_id}"))
            self._await_writes(grant_id)
        self._surviving(lambda api: api.call("PATCH", f"/v3/grants/{grant_id}", body={"scope": ["all"]}))
        self._await_copy(grant_id)
        account = account_of(self.conninfo, self.address)
        tables = self._settled_tables(account, expected)
        faults = dump_differences(expected, tables) if expected else []
        faults += self._draft_faults
        faults += log_faults(self.conninfo, account)
        faults += self._remembering_faults()
        self._surviving(lambda api: self._delete(api, grant_id))
        self._await(lambda: not rows_left(self.conninfo, account), lambda: rows_left(self.conninfo, account))
        folder = os.path.join(self.blobs, account.split("'")[1])
        if os.path.exists(folder):
            faults.append("the blobs of the deleted grant are still there")
        faults += self._stop()
        errors = self.hermod.log_events("error", "critical", "text")
        return Result(tables, self.deaths, faults + [f"logged {error}" for error in errors[:5]])

    # --- deaths ---

    def _launch(self):
        """Until it is ready, however often it dies before. The lease of a dead worker ends at once, so that nobody has
        to wait for it.
        """
        while True:
            if self.deaths and self.database:
                with contextlib.suppress(RuntimeError):  # there may be no table yet
                    execute(self.conninfo, "UPDATE leases SET expires_at = '-infinity'")
                    execute(self.conninfo, "UPDATE webhook_leases SET expires_at = '-infinity'")
            instruction = self._instructions.pop(0) if self._instructions else None
            self.hermod.launch({"DURABLE_STEPS": instruction} if instruction else None)
            until(
                lambda: self.hermod.exit_code() is not None or self.hermod.ready(),
                deadline_s=DEADLINE_S,
                what=self.hermod.log_tail,
            )
            if not self._is_dead():
                return

    def _is_dead(self):
        code = self.hermod.exit_code()
        if code is None:
            return False
        if code != -signal.SIGKILL:
            raise AssertionError(f"the program ended with {code}\n{self.hermod.log_tail()}")
        self.deaths += 1
        return True

    def _revive(self):
        self._launch()
        self._api = None

    def _surviving(self, call):
        """What call(api) gives, made again after a death."""
        while True:
            try:
                return call(self._connected_api())
            except (OSError, http.client.HTTPException):
                until(lambda: self.hermod.exit_code() is not None, deadline_s=DEADLINE_S, what=self.hermod.log_tail)
                if self._is_dead():
                    self._revive()

    def _await(self, check, what):
        def attempt():
            if self._is_dead():
                self._revive()
            with contextlib.suppress(OSError, http.client.HTTPException):
                return check()
            return None

        until(attempt, deadline_s=DEADLINE_S, what=lambda: f"{what()}\n{self.hermod.log_tail()}")

    # --- steps of the workload ---

    def _use_key(self, key):
        if key is None:
            self.key = self.hermod.create_key("durable steps")
            self.key_hash = execute(self.conninfo, "SELECT key_hash FROM api_keys").strip()
            return
        self.key, self.key_hash = key
        execute(
            self.conninfo,
            "INSERT INTO api_keys (key_id, application_id, name, key_hash, created_at) SELECT gen_random_uuid(),"
            f" application_id, 'durable steps', '{self.key_hash}', 0 FROM applications WHERE is_default",
        )

    def _connected_api(self):
        if self._api is None:
            self._api = self.hermod.api(self.key)
        return self._api

    def _connect(self, api):
        body = {"provider": "imap", "settings": imap_settings(self.server, self.address)}
        return api.post("/v3/connect/custom", body)["data"]["id"]

    def _create_webhook(self, api):
        return api.post("/v3/webhooks", {"webhook_url": self.listener.url(), "trigger_types": ["message.created"]})

    def _untold(self, grant_id):
        """What the webhook should have been told of the arrivals by now, and was not. One page may tell them in any order."""
        told = [each.subject for each in self.listener.first_of_each() if each.object["grant_id"] == grant_id]
        late = sorted({subject for subject in told if subject.startswith("late ")})
        wanted = [f"late {number}" for number in range(3)]
        return [] if late == wanted else [f"told {late}, not {wanted}"]

    @staticmethod
    def _delete(api, grant_id):
        with contextlib.suppress(ApiError):  # 404: it died behind the commit
            api.call("DELETE", f"/v3/grants/{grant_id}")

    def _await_copy(self, grant_id):
        """Until the API shows what the mail server has, and the search knows it too."""
        state = {}

        def faithful():
            grant = self._connected_api().get(f"/v3/grants/{grant_id}")["data"]
            state["found"] = [grant["sync"]]
            if grant["sync"]["phase"] != "live":
                return False
            state["found"] = differences(self.server, self.address, self._connected_api(), grant_id)
            return not state["found"] and search_is_filled(
                self.conninfo, account_of(self.conninfo, self.address)
            )

        self._await(faithful, lambda: state.get("found"))

    def _settled_tables(self, account, expected):
        """The tables once nothing is pending any more: no message without a folder, the search filled."""
        found = {}

        def settled():
            found["tables"] = dump(self.conninfo, account)
            if any('"placed": false' in row for row in found["tables"]["messages"]):
                return False
            filled = len(found["tables"]["message_search"]) == len(found["tables"]["messages"])
            if expected:
                return not dump_differences(expected, found["tables"])
            return filled and search_is_filled(self.conninfo, account)

        try:
            self._await(settled, lambda: dump_differences(expected or {}, found["tables"]))
        except TimeoutError:
            if not expected:
                raise
        return found["tables"]

    def _change_mailbox(self):
        """Another client at work. It makes each change once, whatever becomes of the program meanwhile."""
        with self.server.client(self.address) as client:
            for number in range(3):
                raw = f"From: bob@example.test\r\nSubject: late {number}\r\nMessage-ID: <late{number}@example.test>\r\n\r\nhello\r\n"
                date = imaplib.Time2Internaldate(FIRST_RECEIVED_AT + 10_000_000 + number)
                client.append("INBOX", "", date, raw.encode())
            client.select("INBOX")
            client.uid("STORE", "1:3", "+FLAGS", r"(\Seen \Flagged)")
            client.uid("COPY", "2", "Archive")
            client.uid("MOVE", "3", "Archive")
            client.uid("STORE", "5", "+FLAGS", r"(\Deleted)")
            client.expunge()
            client.select("Old")
            kept = client.uid("FETCH", "1", "(BODY.PEEK[])")[1][0][1]
            client.unselect()
            client.delete("Old")
            client.create("Old")
            client.append("Old", r"(\Seen)", imaplib.Time2Internaldate(FIRST_RECEIVED_AT), kept)

    # An application at work; each write is made again after a death, unless the API shows that it was taken.

    @staticmethod
    def _change_message(api, grant):
        found = api.get(f"{grant}/messages", subject="late 1")["data"][0]
        if found["starred"]:
            return
        archive = api.get(f"{grant}/folders/Archive")["data"]["id"]
        change = {"unread": False, "starred": True, "folders": [archive]}
        api.call("PUT", f"{grant}/messages/{found['id']}", body=change)

    @staticmethod
    def _delete_message(api, grant):
        for found in api.get(f"{grant}/messages", subject="late 2")["data"]:
            api.call("DELETE", f"{grant}/messages/{found['id']}", query={"hard_delete": "true"})

    def _of_a_draft(self):
        """Made, changed, and deleted again: its Message-ID and date are of each run alone."""

        def make(api, grant):
            if not api.get(f"{grant}/drafts")["data"]:
                api.post(f"{grant}/drafts", {"subject": "first version", "body": "kept"})

        def change(api, grant):
            self._check_draft("first version")
            (draft,) = api.get(f"{grant}/drafts")["data"]
            if draft["subject"] != "second version":
                api.call("PUT", f"{grant}/drafts/{draft['id']}", body={"subject": "second version"})

        def delete(api, grant):
            self._check_draft("second version")
            for draft in api.get(f"{grant}/drafts")["data"]:
                api.call("DELETE", f"{grant}/drafts/{draft['id']}")

        return make, change, delete

    def _check_draft(self, subject):
        """The mail server has it once, in that version, before the next write of it."""
        if self._checked == subject:
            return
        self._checked = subject
        with self.server.client(self.address) as client:
            client.select("Drafts", readonly=True)
            uids = client.uid("SEARCH", "ALL")[1][0].split()
            found = [client.uid("FETCH", uid, "(BODY.PEEK[])")[1][0][1] for uid in uids]
        if [(subject.encode() in raw, b"kept" in raw) for raw in found] != [(True, True)]:
            self._draft_faults.append(f"{len(found)} drafts are on the server, not the {subject} alone")

    @staticmethod
    def _of_a_folder():
        def make(api, grant):
            if not {"Made", "Renamed"} & _top_folders(api, grant).keys():
                api.post(f"{grant}/folders", {"name": "Made"})

        def rename(api, grant):
            if made := _top_folders(api, grant).get("Made"):
                api.call("PUT", f"{grant}/folders/{made}", body={"name": "Renamed"})

        return make, rename

    def _await_writes(self, grant_id):
        """Until each is done. A write that failed is a fault."""
        actions = f"/v3/grants/{grant_id}/actions"
        state = {}

        def settled():
            state["found"] = self._connected_api().get(actions, limit=20)["data"]
            return all(action["status"] == "done" for action in state["found"])

        self._await(settled, lambda: state.get("found"))

    def _remembering_faults(self):
        rows = execute(self.conninfo, "SELECT count(*) FROM plugin_state").strip()
        return [] if rows == "1" else [f"{rows} states of plugins are stored, not 1"]

    def _stop(self):
        """An orderly stop, during which it may die as well; nobody holds a lease afterwards."""
        code = self.hermod.stop()
        if code == -signal.SIGKILL:
            self.deaths += 1
            return []
        faults = [] if code == 0 else [f"it ended with {code}"]
        if self.database:  # else it went with the program
            held = execute(self.conninfo, "SELECT count(*) FROM leases WHERE worker_id IS NOT NULL").strip()
            faults += [] if held == "0" else [f"{held} leases are held"]
        return faults


def _top_folders(api, grant):
    return {one["name"]: one["id"] for one in api.items(f"{grant}/folders") if not one.get("parent_id")}
