"""Two clients at once, one by IMAP and one by the API, with faults in between; then server, store and a cold sync of the
same mailbox into an empty store agree: messages, placements, flags, folders, drafts, counts. And nothing that the API
acknowledged is lost: the messages that only the application touches are as it wrote them last.

HERMOD_TEST_SEED=n replays the operations of a seed (what they and the faults meet is up to the timing);
HERMOD_TEST_SEEDS=m runs m of them, each of HERMOD_TEST_OPERATIONS with a fault after every HERMOD_TEST_FAULT_EVERY or so.
At the end it prints what was done how often. HERMOD_TEST_KEEP names a folder that gets the histogram of each seed as a
line of JSON and, of a seed that fails, its log, its operations and its stores.
"""

import collections
import contextlib
import http.client
import imaplib
import itertools
import json
import os
import random
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

import store_dump
from account_check import differences, read_api
from agreement_clients import Application, MailProgram, Progress
from servers.api import ApiError, imap_settings
from servers.chaos import Chaos, Weather
from servers.dovecot import Dovecot
from servers.hermod import Hermod
from servers.postgres import Postgres, execute, newest_binaries
from servers.waiting import until
from stage import QUICK_ROUNDS

SEED = int(os.environ.get("HERMOD_TEST_SEED", "1"))
SEEDS = int(os.environ.get("HERMOD_TEST_SEEDS", "1"))
OPERATIONS = int(os.environ.get("HERMOD_TEST_OPERATIONS", "120"))
FAULT_EVERY = int(os.environ.get("HERMOD_TEST_FAULT_EVERY", "25"))
KEEP = os.environ.get("HERMOD_TEST_KEEP")
PASSWORD = "correct horse"
START_MESSAGES = 30
SETTLE_DEADLINE_S = 300
SETTLE_PAUSE_S = 0.2
FAULTS = ["kill hermod", "restart server", "restart PostgreSQL", "kill PostgreSQL", "pause PostgreSQL"]
ORPHANS = "SELECT count(*) FROM messages WHERE orphaned_round IS NOT NULL"
AWAY_MAX_S = 1.5
LEASE_LOST_S = 6  # longer than QUICK_ROUNDS' lease
WEATHER = Weather(bytes_between_min=300, bytes_between_max=15_000, delay_max_s=0.1, stall_max_s=1.0)
_numbers = itertools.count(1)


class Agreement(unittest.TestCase):
    maxDiff = None
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
        self.case, self.server, self.database, self.seed = case, case.server, case.database, seed
        self.counts = collections.Counter()
        self.faults = random.Random(-seed)
        self.address = f"agree{next(_numbers)}@example.test"
        self.seconds, self.stores = {}, {}

    def play(self):
        agreed = False
        with contextlib.ExitStack() as stack:
            folder = tempfile.mkdtemp(prefix="hermod-agreement-")
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            self.journal = os.path.join(folder, "operations")
            self.progress = Progress(self.journal, self.counts)
            stack.callback(self.progress.close)
            try:
                self.play_in(stack)
                agreed = True
            finally:
                self.case.counts.update(self.counts)
                self.keep(agreed)

    def play_in(self, stack):
        own = {}
        mail = MailProgram(self.server, self.address, random.Random(self.seed), self.progress, own)
        self.server.add_user(self.address, PASSWORD)
        mail.fill(START_MESSAGES)
        gate = stack.enter_context(Chaos(self.server.imaps_port, seed=self.seed, weather=WEATHER))
        self.hermod, self.conninfo = self.started(stack)
        self.stores["warm"] = self.conninfo
        self.api = self.hermod.api(self.hermod.create_key("agreement"))
        stack.callback(self.api.close)
        self.grant_id = self.connect(self.api, gate.port)
        self.grant = f"/v3/grants/{self.grant_id}"
        until(lambda: self.phase() == "live", deadline_s=SETTLE_DEADLINE_S, what=self.hermod.log_tail)
        gate.storm()
        key = self.hermod.create_key("application")
        api = self.hermod.api(key)
        stack.callback(api.close)
        application = Application(api, self.grant, random.Random(self.seed * 7 + 1), self.progress, own)
        with self.timed("work"):
            self.work([(mail, OPERATIONS // 2), (application, OPERATIONS - OPERATIONS // 2)])
        gate.calm()
        self.case.assertEqual([], self.progress.broken)
        for kind, times in gate.incidents.items():
            self.counts[f"fault {kind}"] += times
        with self.timed("settle"):
            self.settle()
        self.check_what_was_acknowledged(own)
        with self.timed("cold sync"):
            self.compare_with_a_cold_sync(stack)
        self.case.assertEqual([], self.hermod.log_events("error", "critical", "text"))

    @contextlib.contextmanager
    def timed(self, name):
        began = time.monotonic()
        self.progress.note(f"begins: {name}")
        try:
            yield
        finally:
            self.seconds[name] = round(time.monotonic() - began, 1)

    def started(self, stack):
        conninfo = self.database.conninfo(self.database.create_database())
        hermod = Hermod(settings={**QUICK_ROUNDS, "LOG_LEVEL": "debug", "DATABASE_URL": conninfo})
        stack.callback(hermod.close)
        return hermod.start(), conninfo

    def connect(self, api, port):
        body = {"provider": "imap", "settings": imap_settings(self.server, self.address, imap_port=port)}
        return api.post("/v3/connect/custom", body)["data"]["id"]

    def phase(self):
        with contextlib.suppress(OSError, http.client.HTTPException, ApiError):
            return self.api.get(self.grant)["data"]["sync"]["phase"]
        return None

    # --- the work and its faults ---

    def work(self, clients):
        threads = [threading.Thread(target=self.one_works, args=one) for one in clients]
        for thread in threads:
            thread.start()
        bag, due = [], 0
        # The faults are made here, since a program ends with the thread that started it.
        while any(thread.is_alive() for thread in threads) and not self.progress.broken:
            due = self.progress.done + max(1, int(self.faults.uniform(0.4, 1.6) * FAULT_EVERY))
            while any(thread.is_alive() for thread in threads) and self.progress.done < due and not self.progress.broken:
                self.progress.reach(due, 0.5)
            if self.progress.done < due:
                break
            if not bag:
                bag = self.faults.sample(FAULTS, len(FAULTS))
            self.make_trouble(bag.pop())
        for thread in threads:
            thread.join()

    def one_works(self, client, operations):
        try:
            client.work(operations)
        except Exception as error:  # noqa: BLE001 the run must end and say why
            self.progress.fail(f"{type(client).__name__}: {error!r}")

    def make_trouble(self, kind):
        self.counts[f"fault {kind}"] += 1
        self.progress.note(f"fault: {kind}")
        away_s = self.faults.uniform(0, AWAY_MAX_S)
        try:
            if kind == "kill hermod":
                self.hermod.kill()
                self.hermod.start()
            elif kind == "restart server":
                self.server.stop()
                time.sleep(away_s)
                self.server.start()
            elif kind == "pause PostgreSQL":
                self.database.pause()
                time.sleep(self.faults.choice([away_s, away_s, LEASE_LOST_S]))
                self.database.resume()
            else:
                self.database.kill() if kind == "kill PostgreSQL" else self.database.stop()
                time.sleep(away_s)
                self.database.start()
        except Exception as error:  # noqa: BLE001 the clients must end, and the run say why
            self.progress.fail(f"{kind}: {error!r}")
        self.progress.note(f"fault over: {kind}")

    # --- the end ---

    def settle(self):
        state = {}

        def quiet():
            with contextlib.suppress(OSError, http.client.HTTPException, ApiError):
                state["open"] = [
                    action for status in ("pending", "running", "outcome_unknown")
                    for action in self.api.get(f"{self.grant}/actions", status=status)["data"]
                ]
                for action in state["open"]:
                    if action["status"] == "outcome_unknown":
                        self.api.post(f"{self.grant}/actions/{action['id']}/resolve", {"action": "discard"})
                return not state["open"] and self.phase() == "live"
            return False

        def agreed():
            with contextlib.suppress(OSError, http.client.HTTPException, ApiError, imaplib.IMAP4.error):
                state["found"] = quiet() and differences(self.server, self.address, self.api, self.grant_id)
                return state["found"] == [] and execute(self.conninfo, ORPHANS).strip() == "0"
            return False

        def said():
            return f"{state}\n{self.hermod.log_tail()}"

        for check in (quiet, agreed):
            until(lambda check=check: check() or time.sleep(SETTLE_PAUSE_S), deadline_s=SETTLE_DEADLINE_S, what=said)
        self.account = store_dump.account_of(self.conninfo, self.address)
        self.case.assertEqual([], store_dump.log_faults(self.conninfo, self.account))
        left = execute(
            self.conninfo,
            "SELECT (SELECT count(*) FROM placements WHERE standing <> 0 OR effective_flags <> flags) + (SELECT count(*) FROM"
            " action_objects) + (SELECT count(*) FROM collections WHERE standing <> 0) + (SELECT count(*) FROM action_bytes)",
        ).strip()
        self.case.assertEqual("0", left, "nothing is left half done")
        for action in self.api.items(f"{self.grant}/actions", limit=200):
            error = action["error"]["kind"] if action["error"] else ""
            self.counts[f"action {action['type']} {action['status']} {error}".strip()] += 1

    def check_what_was_acknowledged(self, own):
        """The application's own messages are as it wrote them last."""
        messages, folders = read_api(self.api, self.grant_id)
        found = collections.defaultdict(list)
        for _, one in messages:
            names = {folders[folder]["path"] for folder in one["folders"]}
            found[one["subject"]].append((names, one["unread"], one["starred"]))
        expected = {
            subject: [(one.folders, one.unread, one.starred)] if one.folders is not None else []
            for subject, one in own.items()
        }
        wrong = {subject: (want, found.get(subject, [])) for subject, want in expected.items() if found.get(subject, []) != want}
        self.case.assertEqual({}, wrong, "{subject: (as written, as found)}")
        self.counts["own messages as written"] += sum(one.folders is not None for one in own.values())

    def compare_with_a_cold_sync(self, stack):
        hermod, conninfo = self.started(stack)
        self.stores["cold"] = conninfo
        api = hermod.api(hermod.create_key("cold"))
        stack.callback(api.close)
        grant_id = self.connect(api, self.server.imaps_port)
        state = {}

        def same():
            time.sleep(SETTLE_PAUSE_S)
            if api.get(f"/v3/grants/{grant_id}")["data"]["sync"]["phase"] != "live":
                return False
            state["found"] = differences(self.server, self.address, api, grant_id)
            return not state["found"]

        until(same, deadline_s=SETTLE_DEADLINE_S, what=lambda: f"{state}\n{hermod.log_tail()}")
        different = store_dump.differences(self.contents(api, grant_id), self.contents(self.api, self.grant_id))
        self.case.assertEqual([], different, "a cold sync shows this otherwise")
        cold = store_dump.account_of(conninfo, self.address)
        for store, account in ((conninfo, cold), (self.conninfo, self.account)):
            until(lambda: store_dump.search_is_filled(store, account), deadline_s=SETTLE_DEADLINE_S, what="search is filled")
        expected, found = store_dump.dump(conninfo, cold), store_dump.dump(self.conninfo, self.account)
        for table in store_dump.AS_THE_SERVER_SAYS:
            self.case.assertEqual([], store_dump.differences({table: expected[table]}, found), table)

    @staticmethod
    def contents(api, grant_id):
        """What both stores must show alike: everything but ids."""
        messages, folders = read_api(api, grant_id)
        names = {folder_id: folder["path"] for folder_id, folder in folders.items()}
        shown = [
            (digest, one["unread"], one["starred"], one["date"], sorted(names.get(f, f) for f in one["folders"]), one["subject"])
            for digest, one in messages
        ]
        counted = [(f["path"], f["total_count"], f["unread_count"], f["attributes"]) for f in folders.values()]
        drafts = api.items(f"/v3/grants/{grant_id}/drafts")
        written = [(one["subject"], one["body"], one["unread"], one["starred"]) for one in drafts]
        return {"messages": shown, "folders": counted, "drafts": written}

    def keep(self, agreed):
        """The histogram and, when it failed, what shows why."""
        line = {"seed": self.seed, "operations": self.progress.done, "agreed": agreed, "seconds": self.seconds, "counts": self.counts}
        print(json.dumps({**line, "counts": None}), flush=True)
        if not KEEP:
            return
        os.makedirs(KEEP, exist_ok=True)
        with open(os.path.join(KEEP, "seeds.jsonl"), "a", encoding="utf-8") as lines:
            lines.write(json.dumps(line) + "\n")
        if agreed:
            return
        self.progress.flush()
        kept = os.path.join(KEEP, f"seed-{self.seed}")
        shutil.copy(self.journal, f"{kept}.operations")
        with contextlib.suppress(AttributeError, OSError):  # as far as it came
            shutil.copy(self.hermod.log, f"{kept}.log")
            for name, conninfo in self.stores.items():
                dump = [f"{newest_binaries()}/pg_dump", "-d", conninfo, "--data-only", "-f", f"{kept}.{name}.sql"]
                subprocess.run(dump, check=False, capture_output=True)
