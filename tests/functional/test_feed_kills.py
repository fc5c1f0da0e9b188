"""kill -9 of each role at random while many write: who reads /v3/changes gets each change exactly once, in order, and a
webhook is told of each at least once, in the order of its grant.

The roles api, sync and webhooks run apart, over one PostgreSQL. Until the log has HERMOD_TEST_CHANGES entries, another client works
on each account's mailbox, an application writes through the API, and a writer of the database holds its transactions open
before their end, all at once; one of the roles dies every few seconds. A reader of pages and one of the stream, who know
nothing but their cursors, must have got what the table of the log holds, and what each writer knows that it did; so must
the webhook, but for objects that were gone again before their turn.
HERMOD_TEST_SEED repeats a run as far as the machine lets it.
"""

import collections
import contextlib
import http.client
import os
import random
import shutil
import subprocess
import tempfile
import threading
import unittest

from account_check import differences
from change_log import as_logged, entries_after, first_difference, last_position
from event_stream import Stream
from sample_mailbox import FIRST_RECEIVED_AT
from servers.api import ApiError, imap_settings
from servers.dovecot import Dovecot
from servers.hermod import Hermod
from servers.listener import Listener
from servers.postgres import Postgres, execute, newest_binaries
from servers.waiting import until
from stage import PASSWORD, QUICK_ROUNDS
from store_dump import account_of, log_faults

CHANGES = int(os.environ.get("HERMOD_TEST_CHANGES", "2000"))
SEED = int(os.environ.get("HERMOD_TEST_SEED", "1"))
GRANTS = 3
WRITTEN = 20  # messages of an account that the application alone changes
LIFE_MAX_S = 4  # of a role
HELD_MAX_S = 2
PAUSE_MAX_S = 0.1  # of a writer
BURST = 10
KILLS_MIN = 2  # of each role
DEADLINE_S = int(os.environ.get("HERMOD_TEST_DEADLINE_SECONDS", "240"))
AWAY = (OSError, http.client.HTTPException)
TRIGGERS = {f"{each}.{change}" for each in ("message", "folder") for change in ("created", "updated", "deleted")}


class Roles:
    """The processes. Each has a data folder of its own; the key that seals secrets is that of all."""

    def __init__(self, database):
        self.conninfo = database.conninfo(database.create_database())
        self._blobs = tempfile.mkdtemp(prefix="hermod-blobs-")
        shared = {**QUICK_ROUNDS, "DATABASE_URL": self.conninfo, "BLOBS_PATH": self._blobs}
        self.api = Hermod(settings={**shared, "ROLES": "api"})
        self.sync = Hermod(settings={**shared, "ROLES": "sync"})
        self.webhooks = Hermod(settings={**shared, "ROLES": "webhooks"})

    def __enter__(self):
        self.api.start()
        for role in (self.sync, self.webhooks):
            shutil.copytree(os.path.join(self.api.data_dir, "keys"), os.path.join(role.data_dir, "keys"))
            os.chmod(role.data_dir, 0o700)
            role.start()
        return self

    def __exit__(self, *_):
        for role in (self.webhooks, self.sync, self.api):
            role.close()
        shutil.rmtree(self._blobs, ignore_errors=True)

    def die(self, role):
        role.kill()
        # Nobody waits for a dead worker's leases.
        if role is self.sync:
            execute(self.conninfo, "UPDATE leases SET expires_at = '-infinity'")
        if role is self.webhooks:
            execute(self.conninfo, "DELETE FROM webhook_leases")
        role.start()


class Worker(threading.Thread):
    """Works until it is told that it is over; what breaks it breaks the test."""

    def __init__(self, over, chance):
        super().__init__()
        self.over, self.chance, self.broken = over, chance, None

    def run(self):
        try:
            while not self.over.is_set():
                self.step()
                self.over.wait(self.chance.uniform(0, PAUSE_MAX_S))
        except Exception as error:  # noqa: BLE001 told by the test
            self.broken = error
        finally:
            self.end()

    def step(self):
        raise NotImplementedError

    def end(self):
        pass


class PageReader(Worker):
    """Keeps the cursor with what it has read, as docs/feed.md advises."""

    def __init__(self, over, chance, roles, key, cursor):
        super().__init__(over, chance)
        self.api, self.cursor, self.entries = roles.api.api(key), cursor, []

    def step(self):
        try:
            limit = self.chance.choice([1, 7, 100, 1000])
            answer = self.api.get("/v3/changes", cursor=self.cursor, limit=limit, wait=1)
        except AWAY:
            return
        except ApiError as error:
            if error.type != "not_json":  # cut off by a death
                raise
            return
        self.entries += answer["data"]
        self.cursor = answer["next_cursor"]

    def end(self):
        self.api.close()


class StreamReader(Worker):
    def __init__(self, over, chance, roles, key, cursor):
        super().__init__(over, chance)
        self.roles, self.key, self.path = roles, key, f"/v3/changes?cursor={cursor}"
        self.last_id, self.entries = None, []

    def step(self):
        with contextlib.suppress(*AWAY), Stream(self.roles.api, self.key, self.path, self.last_id) as stream:
            while not self.over.is_set() and (event := stream.next_event()):
                self.entries.append(event[1])
                self.last_id = stream.last_id


class MailClient(Worker):
    """Another client of the mailbox: bursts of mail, flags of many messages, now and then a deletion."""

    def __init__(self, over, chance, server, address):
        super().__init__(over, chance)
        self.opened = contextlib.ExitStack()
        self.client = self.opened.enter_context(server.client(address))
        self.client.select("INBOX")
        self.address, self.made = address, 0

    def step(self):
        kind = self.chance.choices(["mail", "flags", "expunge"], [60, 30, 10])[0]
        if kind == "mail" or self.made < BURST:
            for _ in range(BURST):
                self.made += 1
                raw = f"From: bob@example.test\r\nSubject: {self.made}\r\nMessage-ID: <{self.made}.{self.address}>\r\n\r\nx\r\n"
                self.client.append("INBOX", "", None, raw.encode())
            return
        first = self.chance.randrange(1, self.made + 1)
        if kind == "flags":
            change = self.chance.choice(["+FLAGS", "-FLAGS"])
            self.client.uid("STORE", f"{first}:{first + 2 * BURST}", change, r"(\Seen)")
        else:
            self.client.uid("STORE", str(first), "+FLAGS", r"(\Deleted)")
            self.client.uid("EXPUNGE", str(first))

    def end(self):
        self.opened.close()


class Application(Worker):
    """Stars and unstars messages that nobody else changes, and makes folders. It knows how often it did."""

    def __init__(self, over, chance, roles, key, grant_id):
        super().__init__(over, chance)
        self.api, self.grant = roles.api.api(key), f"/v3/grants/{grant_id}"
        folder = self.api.get(f"{self.grant}/folders/Written")["data"]["id"]
        self.messages = [one["id"] for one in self.api.items(f"{self.grant}/messages", **{"in": folder})]
        self.stars, self.folders = collections.Counter(), []

    def step(self):
        if self.chance.random() < 0.1:
            name = f"Made {self.chance.getrandbits(64)}"
            with contextlib.suppress(*AWAY):
                self.folders.append(self.api.post(f"{self.grant}/folders", {"name": name})["data"]["id"])
            return
        message = self.chance.choice(self.messages)
        path = f"{self.grant}/messages/{message}"
        wanted = self.stars[message] % 2 == 0
        try:
            self.api.call("PUT", path, body={"starred": wanted})
        except AWAY:
            if self.read_after_death(path)["starred"] != wanted:
                return
        self.stars[message] += 1

    def read_after_death(self, path):
        while True:
            with contextlib.suppress(*AWAY):
                return self.api.get(path)["data"]
            self.over.wait(PAUSE_MAX_S) or threading.Event().wait(PAUSE_MAX_S)

    def end(self):
        self.api.close()


class SlowWriter(Worker):
    """Writes as append_changes() does, and stands still before its commit, which it does not always come to."""

    def __init__(self, over, chance, conninfo, accounts):
        super().__init__(over, chance)
        self.accounts, self.committed = accounts, collections.Counter()
        command = [f"{newest_binaries()}/psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", conninfo]
        self.psql = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def step(self):
        account = self.chance.choice(self.accounts)
        self.tell(
            "BEGIN; WITH clock AS (UPDATE account_clock SET seq = seq + 2 WHERE account_id = "
            f"{account} RETURNING seq) INSERT INTO change_log (account_id, seq, at, initial, objects, changes, fields,"
            f" object_ids) SELECT {account}, seq, now(), false, '{{4,4}}', '{{2,2}}', '{{1024,256}}', ARRAY[{account},"
            f" {account}] FROM clock;"
        )
        self.over.wait(self.chance.uniform(0, HELD_MAX_S))
        commits = self.chance.random() < 0.8
        self.tell("COMMIT;" if commits else "ROLLBACK;")
        self.committed[account] += 2 * commits

    def tell(self, statements):
        self.psql.stdin.write(f"{statements}\n\\echo done\n")
        self.psql.stdin.flush()
        if self.psql.stdout.readline() != "done\n":
            raise AssertionError("psql ended")

    def end(self):
        self.psql.stdin.close()
        self.psql.wait(DEADLINE_S)
        self.psql.stdout.close()


class FeedThroughKillsOfEachRole(unittest.TestCase):
    maxDiff = None

    def test_each_change_is_read_once_and_in_order(self):
        addresses = [f"user{number}@example.test" for number in range(GRANTS)]
        chance = random.Random(SEED)
        with Dovecot(users=dict.fromkeys(addresses, PASSWORD)) as server, Postgres() as database, Roles(database) as self.roles:
            self.server, self.conninfo = server, self.roles.conninfo
            self.key = self.roles.api.create_key("feed")
            with contextlib.closing(self.roles.api.api(self.key)) as self.api, Listener() as self.listener:
                self.write_and_kill(addresses, chance)
            for role in (self.roles.webhooks, self.roles.sync, self.roles.api):
                self.assertEqual(0, role.stop(), role.log_tail())
                self.assertEqual([], role.log_events("error", "critical", "text"))

    def write_and_kill(self, addresses, chance):
        begin = last_position(self.conninfo)
        cursor = self.api.get("/v3/changes", cursor="now")["next_cursor"]
        grants = {address: self.connect(address) for address in addresses}
        for address in addresses:
            self.await_copy(address, grants[address])
        accounts = {address: account_of(self.conninfo, address) for address in addresses}
        self.api.post("/v3/webhooks", {"webhook_url": self.listener.url(), "trigger_types": sorted(TRIGGERS)})
        untold = last_position(self.conninfo) - begin
        over, read = threading.Event(), threading.Event()
        dice = lambda: random.Random(chance.random())  # noqa: E731 each its own, whatever the order of their threads
        readers = [kind(read, dice(), self.roles, self.key, cursor) for kind in (PageReader, StreamReader)]
        clients = [MailClient(over, dice(), self.server, address) for address in addresses]
        applications = {
            grants[address]: Application(over, dice(), self.roles, self.key, grants[address]) for address in addresses
        }
        slow = SlowWriter(over, dice(), self.conninfo, list(accounts.values()))
        writers = [*clients, *applications.values(), slow]
        for worker in readers + writers:
            worker.start()
        try:
            kills = self.kill_until_there_are_enough(begin, chance, over, readers + writers)
        finally:
            over.set()
            for writer in writers:
                writer.join()
        try:
            self.assertEqual([], [worker.broken for worker in readers + writers if worker.broken])
            for address in addresses:
                self.await_copy(address, grants[address])
            logged = self.settled_log(begin, readers)
            self.await_deliveries()
        finally:
            read.set()
            self.roles.api.stop()  # ends the stream
            for reader in readers:
                reader.join()
        print(f"\n{len(logged)} changes, {kills}", flush=True)
        for reader in readers:
            found = [as_logged(entry) for entry in reader.entries]
            self.assertIsNone(first_difference(logged, found), type(reader).__name__)
            cursors = [entry["cursor"] for entry in reader.entries]
            self.assertEqual(len(cursors), len(set(cursors)))
        for grant_id in grants.values():
            self.assert_told([entry for entry in logged[untold:] if entry[0] == grant_id], grant_id)
        for account in accounts.values():
            self.assertEqual([], log_faults(self.conninfo, account))
        self.assert_writes_are_logged(logged, applications, slow)

    def connect(self, address):
        """An account with messages in a folder that only the application will change."""
        with self.server.client(address) as client:
            client.create("Written")
            for number in range(WRITTEN):
                raw = f"Subject: written {number}\r\nMessage-ID: <written{number}.{address}>\r\nDate: {FIRST_RECEIVED_AT}\r\n\r\nx\r\n"
                client.append("Written", "", None, raw.encode())
        body = {"provider": "imap", "settings": imap_settings(self.server, address)}
        return self.api.post("/v3/connect/custom", body)["data"]["id"]

    def await_copy(self, address, grant_id):
        """Until the API shows what the mail server has, and nothing is to be written any more."""
        state = {}

        def faithful():
            grant = self.api.get(f"/v3/grants/{grant_id}")["data"]
            state["found"] = [grant["sync"]]
            if grant["sync"]["phase"] != "live":
                return False
            for status in ("pending", "running"):
                state["found"] = self.api.get(f"/v3/grants/{grant_id}/actions", status=status)["data"]
                if state["found"]:
                    return False
            state["found"] = differences(self.server, address, self.api, grant_id)
            return not state["found"]

        until(faithful, deadline_s=DEADLINE_S, what=lambda: f"{state}\n{self.roles.sync.log_tail()}")

    def kill_until_there_are_enough(self, begin, chance, over, workers):
        kills = {"api": 0, "sync": 0, "webhooks": 0}
        while last_position(self.conninfo) - begin < CHANGES or min(kills.values()) < KILLS_MIN:
            if any(worker.broken for worker in workers):
                break
            over.wait(chance.uniform(0, LIFE_MAX_S))
            role = chance.choice(sorted(kills))
            self.roles.die(getattr(self.roles, role))
            kills[role] += 1
        return kills

    def settled_log(self, begin, readers):
        """The log when nothing comes to it any more, and each reader has as many entries; or at the deadline."""
        state = {}

        def settled():
            before, state["logged"] = state.get("logged"), entries_after(self.conninfo, begin)
            waiting = execute(self.conninfo, "SELECT count(*) FROM change_log WHERE position IS NULL").strip()
            enough = all(len(reader.entries) >= len(state["logged"]) for reader in readers)
            return enough and waiting == "0" and before == state["logged"]

        with contextlib.suppress(TimeoutError):
            until(settled, deadline_s=DEADLINE_S, what="")
        return state["logged"]

    def await_deliveries(self):
        waiting = (
            "SELECT (SELECT count(*) FROM webhook_deliveries WHERE status = 'pending') + (SELECT count(*) FROM feed_readers,"
            " feed_clock WHERE feed_readers.position < feed_clock.position)"
        )
        until(
            lambda: execute(self.conninfo, waiting).strip() == "0",
            deadline_s=DEADLINE_S,
            what=lambda: f"all is delivered\n{self.roles.webhooks.log_tail()}",
        )

    def assert_told(self, logged, grant_id):
        """What came, without what came again, is the log's entries in their order; what is not there any more when its turn
        comes is passed over."""
        told = [(each.type, each.object["id"]) for each in self.listener.first_of_each() if each.object["grant_id"] == grant_id]
        wanted = [(f"{entry[1]}.{entry[2]}", entry[3]) for entry in logged]
        wanted = [each for each in wanted if each[0] in TRIGGERS]
        gone = {object_id for trigger, object_id in wanted if trigger.endswith("deleted")}
        missing, left = [], collections.deque(told)
        for trigger, object_id in wanted:
            if left and left[0] == (trigger, object_id):
                left.popleft()
            elif object_id not in gone or trigger.endswith("deleted"):
                missing.append((trigger, object_id))
        self.assertEqual(([], []), (missing[:5], list(left)[:5]), f"of {len(wanted)} wanted {len(told)} were told")
        self.assertGreater(len(told), len(wanted) // 2)

    def assert_writes_are_logged(self, logged, applications, slow):
        """Each once, too: what was acknowledged, and what was found done after an answer had been lost."""
        for grant_id, application in applications.items():
            own = [entry for entry in logged if entry[0] == grant_id]
            stars = collections.Counter(
                entry[3] for entry in own if entry[1:3] == ("message", "updated") and "starred" in entry[6]
            )
            self.assertEqual(+application.stars, stars)
            made = collections.Counter(entry[3] for entry in own if entry[1:3] == ("folder", "created"))
            self.assertEqual([], [folder for folder in application.folders if made[folder] != 1])
        fields = collections.Counter(entry[6] for entry in logged if entry[1] == "grant")
        self.assertEqual(sum(slow.committed.values()) // 2, fields[("metadata",)])
