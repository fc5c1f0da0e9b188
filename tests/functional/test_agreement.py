"""Two clients at once, one by IMAP and one by the API, with faults in between; then server, store and a cold sync of the
same mailbox into an empty store agree: messages, placements, flags, folders, drafts, counts.

HERMOD_TEST_SEED=n replays the operations of a seed (what the faults meet is up to the timing); HERMOD_TEST_SEEDS=m runs m
of them of HERMOD_TEST_OPERATIONS each, with pauses of up to HERMOD_TEST_PAUSE_SECONDS between them and faults every
HERMOD_TEST_CALM_SECONDS or so. At the end it prints what was done how often.
"""

import collections
import contextlib
import http.client
import imaplib
import itertools
import os
import random
import threading
import time
import unittest

from account_check import differences, quoted, read_api
from servers.api import ApiError, imap_settings
from servers.chaos import Chaos, Weather
from servers.dovecot import Dovecot
from servers.hermod import Hermod
from servers.postgres import Postgres, execute
from servers.waiting import until
from stage import QUICK_ROUNDS
from store_dump import account_of, log_faults

SEED = int(os.environ.get("HERMOD_TEST_SEED", "1"))
SEEDS = int(os.environ.get("HERMOD_TEST_SEEDS", "1"))
OPERATIONS = int(os.environ.get("HERMOD_TEST_OPERATIONS", "80"))
PAUSE_S = float(os.environ.get("HERMOD_TEST_PAUSE_SECONDS", "0.05"))
CALM_S = float(os.environ.get("HERMOD_TEST_CALM_SECONDS", "2.5"))
PASSWORD = "correct horse"
START_MESSAGES = 30
FOLDERS = ["INBOX", "Archive", "Trash", "Drafts", "Work"]
SETTLE_DEADLINE_S = 300
ANSWER_DEADLINE_S = 90
WEATHER = Weather(bytes_between_min=500, bytes_between_max=30_000)
_numbers = itertools.count(1)


class Agreement(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Dovecot())
        cls.database = cls.enterClassContext(Postgres())
        cls.counts = collections.Counter()
        cls.addClassCleanup(lambda: print("\n".join(f"{n:6} {what}" for what, n in sorted(cls.counts.items()))))

    def test_server_store_and_cold_sync_agree(self):
        for number in range(SEED, SEED + SEEDS):
            with self.subTest(replay=f"HERMOD_TEST_SEED={number} HERMOD_TEST_OPERATIONS={OPERATIONS}"):
                Run(self, number).play()


class Run:
    def __init__(self, case, seed):
        self.case, self.server, self.database, self.counts = case, case.server, case.database, case.counts
        self.chance = random.Random(seed)
        self.faults = random.Random(-seed)
        self.seed = seed
        self.address = f"agree{next(_numbers)}@example.test"
        self.made = 0
        self.broken = []

    def play(self):
        self.server.add_user(self.address, PASSWORD)
        with self.server.client(self.address) as client:
            for folder in FOLDERS[1:]:
                client.create(folder)
            for _ in range(START_MESSAGES):
                self.append(client, self.chance.choice(FOLDERS[:2]))
        with contextlib.ExitStack() as stack:
            gate = stack.enter_context(Chaos(self.server.imaps_port, seed=self.seed, weather=WEATHER))
            self.hermod = self.started(stack)
            self.api = self.hermod.api(self.hermod.create_key("agreement"))
            stack.callback(self.api.close)
            self.grant_id = self.connect(self.api, gate.port)
            self.grant = f"/v3/grants/{self.grant_id}"
            until(lambda: self.phase() == "live", deadline_s=SETTLE_DEADLINE_S, what=self.hermod.log_tail)
            gate.storm()
            clients = [
                threading.Thread(target=self.work_by_imap, args=(random.Random(self.seed * 7 + 1), OPERATIONS // 2)),
                threading.Thread(target=self.work_by_api, args=(OPERATIONS - OPERATIONS // 2,)),
            ]
            for client in clients:
                client.start()
            # Here, since a program ends with the thread that started it.
            while any(client.is_alive() for client in clients) and not self.broken:
                self.make_trouble(clients)
            for client in clients:
                client.join()
            gate.calm()
            self.case.assertEqual([], self.broken)
            for kind, times in gate.incidents.items():
                self.counts[f"fault {kind}"] += times
            self.settle()
            self.compare_with_a_cold_sync(stack)

    def started(self, stack):
        self.conninfo = self.database.conninfo(self.database.create_database())
        hermod = Hermod(settings={**QUICK_ROUNDS, "DATABASE_URL": self.conninfo})
        stack.callback(hermod.close)
        return hermod.start()

    def connect(self, api, port):
        body = {"provider": "imap", "settings": imap_settings(self.server, self.address, imap_port=port)}
        return api.post("/v3/connect/custom", body)["data"]["id"]

    def phase(self):
        with contextlib.suppress(OSError, http.client.HTTPException, ApiError):
            return self.api.get(self.grant)["data"]["sync"]["phase"]
        return None

    # --- the IMAP client ---

    def append(self, client, folder):
        self.made += 1
        mid = f"m{self.made}.{self.address}"
        references = f"References: <m{self.chance.randrange(1, self.made + 1)}.{self.address}>\r\n" if self.made % 3 == 0 else ""
        raw = f"From: bob@example.test\r\nTo: {self.address}\r\nSubject: number {self.made}\r\nMessage-ID: <{mid}>\r\n{references}\r\nbody {self.made}\r\n"
        client.append(folder, "", imaplib.Time2Internaldate(1_760_000_000 + self.made), raw.encode())

    def work_by_imap(self, chance, operations):
        done = 0
        while done < operations and not self.broken:
            try:
                with self.server.client(self.address) as client:
                    while done < operations:
                        name = self.imap_operation(client, chance)
                        self.counts[f"imap {name}"] += 1
                        done += 1
                        time.sleep(chance.uniform(0, PAUSE_S))  # a person is no faster
            except (OSError, imaplib.IMAP4.error):
                self.counts["imap (server away)"] += 1
                done += 1

    def imap_operation(self, client, chance):
        kind = chance.choices(["append", "flags", "copy", "move", "expunge", "folder"], [25, 30, 10, 20, 10, 5])[0]
        if kind == "folder":
            return self.imap_folder(client, chance)
        folder = chance.choice(FOLDERS)
        client.select(folder)
        if kind == "append":
            self.append(client, folder)
            return kind
        uids = client.uid("SEARCH", "ALL")[1][0].split()
        if not uids:
            return "nothing"
        uid, to = chance.choice(uids).decode(), chance.choice(FOLDERS)
        if kind == "flags":
            client.uid("STORE", uid, chance.choice(["+FLAGS", "-FLAGS"]), chance.choice([r"(\Seen)", r"(\Flagged)", r"(\Seen \Flagged)"]))
        elif kind == "copy":
            client.uid("COPY", uid, to)
        elif kind == "move":
            client.uid("MOVE", uid, to)
        else:
            client.uid("STORE", uid, "+FLAGS", r"(\Deleted)")
            client.uid("EXPUNGE", uid)
        return kind

    @staticmethod
    def imap_folder(client, chance):
        names = [f"Own{n}" for n in range(4)]
        name, other = chance.sample(names, 2)
        kind = chance.choice(["create", "rename", "delete"])
        if kind == "create":
            client.create(name)
        elif kind == "rename":
            client.rename(name, other)
        else:
            client.delete(quoted(name))
        return f"folder {kind}"

    # --- the application ---

    def work_by_api(self, operations):
        for _ in range(operations):
            started = time.monotonic()
            while True:
                try:
                    name = self.api_operation()
                    break
                except ApiError as error:
                    if error.status < 500:
                        name = f"(refused {error.status})"
                        break
                except (OSError, http.client.HTTPException):
                    pass
                if time.monotonic() - started > ANSWER_DEADLINE_S:
                    self.broken.append(f"the API does not answer\n{self.hermod.log_tail()}")
                    return
                time.sleep(0.1)
            self.counts[f"api {name}"] += 1
            time.sleep(self.chance.uniform(0, PAUSE_S))

    def api_operation(self):
        chance = self.chance
        kinds = {"flags": 40, "folders": 25, "trash": 8, "erase": 5, "thread": 12, "folder": 10, "draft": 20}
        kind = chance.choices([*kinds], kinds.values())[0]
        if kind == "folder":
            return self.api_folder()
        if kind == "draft":
            return self.api_draft()
        messages = self.api.get(f"{self.grant}/messages", limit=50, select="id,thread_id")["data"]
        if not messages:
            return "nothing"
        message = chance.choice(messages)
        path = f"{self.grant}/messages/{message['id']}"
        if kind == "flags":
            self.api.call("PUT", path, body={chance.choice(["unread", "starred"]): chance.random() < 0.5})
        elif kind == "folders":
            names = chance.sample(FOLDERS, chance.choice([1, 1, 1, 2]))
            self.api.call("PUT", path, body={"folders": names})
        elif kind == "trash":
            self.api.call("DELETE", path)
        elif kind == "erase":
            self.api.call("DELETE", path, query={"hard_delete": "true"})
        else:
            change = chance.choice([{"unread": False}, {"starred": True}, {"folders": ["Archive"]}])
            self.api.call("PUT", f"{self.grant}/threads/{message['thread_id']}", body=change)
        return kind

    def api_folder(self):
        name = f"App{self.chance.randrange(4)}"
        kind = self.chance.choice(["create", "rename", "delete"])
        if kind == "create":
            self.api.post(f"{self.grant}/folders", {"name": name})
        elif kind == "rename":
            self.api.call("PUT", f"{self.grant}/folders/{name}", body={"name": f"App{self.chance.randrange(4)}"})
        else:
            self.api.call("DELETE", f"{self.grant}/folders/{name}")
        return f"folder {kind}"

    def api_draft(self):
        kind = self.chance.choices(["create", "update", "delete"], [4, 4, 2])[0]
        text = f"draft {next(_numbers)} of {self.address}"
        content = {"subject": text, "body": f"<p>{text}</p>", "to": [{"email": "bob@example.test"}]}
        drafts = self.api.get(f"{self.grant}/drafts", limit=50)["data"]
        if kind == "create":
            self.api.post(f"{self.grant}/drafts", content)
        elif not drafts:
            return "nothing"
        else:
            path = f"{self.grant}/drafts/{self.chance.choice(drafts)['id']}"
            self.api.call("PUT", path, body=content) if kind == "update" else self.api.call("DELETE", path)
        return f"draft {kind}"

    # --- the faults ---

    def make_trouble(self, clients):
        clients[0].join(self.faults.uniform(0.4, 1.6) * CALM_S)
        kind = self.faults.choice(["kill hermod", "restart server", "restart PostgreSQL", "kill PostgreSQL"])
        self.counts[f"fault {kind}"] += 1
        try:
            if kind == "kill hermod":
                self.hermod.kill()
                self.hermod.start()
            elif kind == "restart server":
                self.server.stop()
                self.server.start()
            else:
                self.database.kill() if kind == "kill PostgreSQL" else self.database.stop()
                time.sleep(self.faults.uniform(0, 1.5))
                self.database.start()
        except Exception as error:  # noqa: BLE001 the clients must end, and the run say why
            self.broken.append(f"{kind}: {error!r}")

    # --- the end ---

    def settle(self):
        state = {}

        def agreed():
            with contextlib.suppress(OSError, http.client.HTTPException, ApiError, imaplib.IMAP4.error):
                state["open"] = [
                    action for status in ("pending", "running", "outcome_unknown")
                    for action in self.api.get(f"{self.grant}/actions", status=status)["data"]
                ]
                for action in state["open"]:
                    if action["status"] == "outcome_unknown":
                        self.api.post(f"{self.grant}/actions/{action['id']}/resolve", {"action": "discard"})
                if state["open"] or self.phase() != "live":
                    return False
                state["found"] = differences(self.server, self.address, self.api, self.grant_id)
                return not state["found"]
            return False

        until(agreed, deadline_s=SETTLE_DEADLINE_S, what=lambda: f"{state}\n{self.hermod.log_tail()}")
        account = account_of(self.conninfo, self.address)
        self.case.assertEqual([], log_faults(self.conninfo, account))
        left = execute(
            self.conninfo,
            "SELECT (SELECT count(*) FROM placements WHERE standing <> 0 OR effective_flags <> flags) + (SELECT count(*) FROM"
            " action_objects) + (SELECT count(*) FROM collections WHERE standing <> 0) + (SELECT count(*) FROM action_bytes)",
        ).strip()
        self.case.assertEqual("0", left, "nothing is left half done")
        for action in self.api.items(f"{self.grant}/actions", limit=200):
            error = action["error"]["kind"] if action["error"] else ""
            self.counts[f"action {action['type']} {action['status']} {error}"] += 1

    def compare_with_a_cold_sync(self, stack):
        warm = self.contents(self.api, self.grant_id)
        hermod = self.started(stack)
        api = hermod.api(hermod.create_key("cold"))
        stack.callback(api.close)
        grant_id = self.connect(api, self.server.imaps_port)
        state = {}

        def same():
            if api.get(f"/v3/grants/{grant_id}")["data"]["sync"]["phase"] != "live":
                return False
            state["found"] = differences(self.server, self.address, api, grant_id)
            return not state["found"]

        until(same, deadline_s=SETTLE_DEADLINE_S, what=lambda: f"{state}\n{hermod.log_tail()}")
        self.case.assertEqual(self.contents(api, grant_id), warm)

    @staticmethod
    def contents(api, grant_id):
        """What both stores must show alike: everything but ids."""
        messages, folders = read_api(api, grant_id)
        names = {folder_id: folder["path"] for folder_id, folder in folders.items()}
        shown = sorted(
            (digest, one["unread"], one["starred"], one["date"], sorted(names.get(f, f) for f in one["folders"]), one["subject"])
            for digest, one in messages
        )
        counted = sorted((f["path"], f["total_count"], f["unread_count"], f["attributes"]) for f in folders.values())
        return shown, counted
