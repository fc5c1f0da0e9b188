"""What the program needs goes away and comes back: its database, its disk, its mail server, the right time.

Each time: the state is clear in /readyz and in the grant, the work goes on by itself, nothing is lost or doubled.
"""

import contextlib
import http.client
import itertools
import json
import os
import secrets
import signal
import time
import unittest

from account_check import differences
from durable_workload import seed
from servers.api import ApiError, imap_settings
from servers.dovecot import Dovecot
from servers.hermod import Hermod
from servers.postgres import Postgres, execute, query
from servers.trouble import Trouble
from servers.waiting import until
from stage import ADDRESS, QUICK_ROUNDS, StageCase
from store_dump import account_of, log_faults

DEADLINE_S = 90
DAY_S = 86_400
_numbers = itertools.count(1)


class Outage(unittest.TestCase):
    """A mail server, a database and the program, each for one test alone."""

    def setUp(self):
        self.address = ADDRESS
        self.server = self.enterContext(Dovecot())
        seed(self.server, self.address)
        self.hermod = Hermod()
        self.addCleanup(self.hermod.close)
        self.trouble = Trouble(self.hermod.directory, os.path.join(self.hermod.data_dir, "blobs"))
        database = Postgres()
        # Not of its log: where that cannot grow PostgreSQL stops, which is another outage.
        self.database_trouble = Trouble(database.directory, os.path.join(database.data_dir, "base"))
        database.variables = self.database_trouble.variables()
        self.database = self.enterContext(database)
        self.conninfo = self.database.conninfo(self.database.create_database())
        self.hermod.settings = {**QUICK_ROUNDS, "DATABASE_URL": self.conninfo}
        self.hermod.variables = self.trouble.variables()
        self.hermod.start()
        self.api = self.hermod.api(self.hermod.create_key("outages"))
        self.addCleanup(self.api.close)

    def tearDown(self):
        if self._outcome.success:
            exit_code = self.hermod.stop()
            self.assertEqual(0, exit_code, self.hermod.log_tail())
            self.assertEqual([], log_faults(self.conninfo, account_of(self.conninfo, self.address)))

    def connect(self):
        body = {"provider": "imap", "settings": imap_settings(self.server, self.address)}
        return self.api.post("/v3/connect/custom", body)["data"]["id"]

    def grant(self, grant_id):
        return self.api.get(f"/v3/grants/{grant_id}")["data"]

    def deliver(self, headers=""):
        raw = f"From: bob@example.test\r\n{headers}Subject: meanwhile {next(_numbers)}\r\n\r\nhello\r\n"
        self.server.deliver(self.address, raw.encode())

    def eventually(self, check, what):
        """Waits until check() gives something true. No answer, and one of 503, count as not yet."""

        def attempt():
            with contextlib.suppress(OSError, http.client.HTTPException):
                try:
                    return check()
                except ApiError as error:
                    if error.status != 503:
                        raise
            return None

        return until(
            attempt,
            deadline_s=DEADLINE_S,
            what=lambda: f"{what() if callable(what) else what}\n{self.hermod.log_tail()}",
        )

    def readiness(self):
        """{dependency: state} of /readyz."""
        connection = http.client.HTTPConnection("127.0.0.1", self.hermod.port, timeout=15)
        try:
            connection.request("GET", "/readyz")
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return {one["name"]: one for one in answer["dependencies"]}

    def await_down(self, name):
        """Until /readyz says so, with what an operator needs to know."""
        down = self.eventually(
            lambda: (one := self.readiness()[name])["status"] == "down" and one, f"{name} is down in /readyz"
        )
        self.assertTrue(down["message"])
        self.assertTrue(down["hint"])

    def await_all_up(self):
        self.eventually(
            lambda: all(one["status"] == "up" for one in self.readiness().values()), "all is up in /readyz"
        )

    def await_paused(self, grant_id, *kinds):
        """Until the grant says that it waits, and for what; its status stays valid."""
        found = self.eventually(
            lambda: (one := self.grant(grant_id))["sync"]["phase"] == "paused" and one,
            lambda: f"paused: {self.grant(grant_id)['sync']}",
        )
        self.assertEqual("valid", found["grant_status"])
        self.assertIn(found["sync"]["reason"]["kind"], kinds)
        self.assertTrue(found["sync"]["reason"]["message"])

    def await_faithful(self, grant_id):
        """Until the account is live and shows what the mail server has."""
        state = {}

        def faithful():
            state["found"] = [self.grant(grant_id)["sync"]]
            if state["found"][0]["phase"] != "live":
                return False
            state["found"] = differences(self.server, self.address, self.api, grant_id)
            return not state["found"]

        self.eventually(faithful, lambda: state.get("found"))

    def log_count(self, event):
        return sum(one["event"] == event for one in self.hermod.log_events("info", "warn", "error"))

    def ids(self, grant_id):
        return {message["id"] for message in self.api.items(f"/v3/grants/{grant_id}/messages")}


class Database(Outage):
    def test_it_is_stopped_and_started(self):
        grant_id = self.connect()
        self.await_faithful(grant_id)
        before = self.ids(grant_id)
        self.database.stop()
        self.await_down("database")
        self.await_down("sync")
        with self.assertRaises(ApiError) as refused:
            self.grant(grant_id)
        self.assertEqual(503, refused.exception.status)
        self.deliver()
        # The accounts were stopped, but their leases have not ended: the worker still holds what it does not run.
        self.eventually(lambda: self.log_count("sync.leases_not_renewed"), "the accounts stop")
        self.database.start()
        self.await_all_up()
        for _ in range(20):  # connections that were idle meanwhile are not tried
            self.grant(grant_id)
        self.await_faithful(grant_id)
        self.assertLess(before, self.ids(grant_id))

    def test_it_crashes_during_the_first_sync(self):
        grant_id = self.connect()
        self.database.kill()
        self.await_down("database")
        self.database.start()
        self.await_all_up()
        self.await_faithful(grant_id)

    def test_its_connections_are_cut_again_and_again(self):
        # The first sync has many transactions; each cut hits whichever are under way.
        cut = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <>"
            " pg_backend_pid()"
        )
        grant_id = self.connect()
        for _ in range(8):
            self.deliver()
            self.eventually(lambda: int(execute(self.conninfo, cut)) > 0, "there are connections to cut")
        self.await_faithful(grant_id)
        self.await_all_up()


class PrivateDatabase(StageCase):
    @classmethod
    def prepare_mailbox(cls):
        seed(cls.server, ADDRESS)

    @classmethod
    def tearDownClass(cls):
        pass  # it logs as errors that its database ended

    def test_it_is_killed_during_the_first_sync(self):
        # The system ran out of memory: nobody but the program starts it again.
        grant_id = self.connect()
        with open(os.path.join(self.hermod.data_dir, "postgres", "data", "postmaster.pid"), encoding="ascii") as file:
            os.kill(int(file.readline()), signal.SIGKILL)
        until(self.is_reported_down, deadline_s=DEADLINE_S, what=self.hermod.log_tail)
        self.eventually(lambda: self.answers(grant_id), "it is up again")  # /readyz is up to a second old
        self.wait_until_live(grant_id)
        self.assert_converges(grant_id)

    def answers(self, grant_id):
        try:
            return bool(self.grant(grant_id))
        except ApiError as error:
            if error.status != 503:
                raise
            return False

    def is_reported_down(self):
        return any(one["event"] == "database.process_ended" for one in self.hermod.log_events("error"))


class Disk(Outage):
    def test_it_is_full(self):
        self.trouble.fill_disk()
        grant_id = self.connect()
        self.await_down("blobs")
        self.await_paused(grant_id, "unavailable")
        self.trouble.mend_disk()
        self.await_all_up()
        self.await_faithful(grant_id)

    def test_it_is_read_only(self):
        grant_id = self.connect()
        self.await_faithful(grant_id)
        self.trouble.make_disk_read_only()
        self.deliver()
        self.await_down("blobs")
        self.await_paused(grant_id, "unavailable", "denied")
        # What is stored can still be read.
        message = self.api.get(f"/v3/grants/{grant_id}/messages", limit=1)["data"][0]
        self.assertTrue(self.api.raw_mime(grant_id, message["id"]))
        self.trouble.mend_disk()
        self.await_all_up()
        self.await_faithful(grant_id)


class DatabaseDisk(Outage):
    def test_it_is_full(self):
        # 53100: no table can grow. What is there can be read, and what was taken from the mail server is not lost.
        grant_id = self.connect()
        self.await_faithful(grant_id)
        before = self.ids(grant_id)
        self.database_trouble.fill_disk()
        for _ in range(3):  # more recipients than the pages of a table have room for, and nothing that compresses
            recipients = ",\r\n ".join(f"{secrets.token_hex(30)}@example.test" for _ in range(2_000))
            self.deliver(f"To: {recipients}\r\n")
        self.await_paused(grant_id, "unavailable")
        self.assertEqual(before, self.ids(grant_id))
        self.database_trouble.mend_disk()
        self.await_all_up()
        self.await_faithful(grant_id)
        self.assertEqual(len(before) + 3, len(self.ids(grant_id)))


class MailServer(Outage):
    def test_it_is_down(self):
        grant_id = self.connect()
        self.await_faithful(grant_id)
        self.server.stop()
        self.await_paused(grant_id, "unavailable", "timeout")
        self.await_all_up()  # one server's trouble is not the program's
        self.server.start()
        self.deliver()
        self.await_faithful(grant_id)

    def test_it_refuses_the_password_until_there_is_a_new_one(self):
        grant_id = self.connect()
        self.await_faithful(grant_id)
        before = self.ids(grant_id)
        self.server.add_user(self.address, "another one")
        self.server.stop()
        self.server.start()
        refused = self.eventually(
            lambda: (one := self.grant(grant_id))["grant_status"] == "invalid" and one,
            lambda: f"invalid: {self.grant(grant_id)}",
        )
        self.assertEqual(("stopped", "auth"), (refused["sync"]["phase"], refused["sync"]["reason"]["kind"]))
        self.deliver()
        self.assertEqual(grant_id, self.connect())
        self.assertEqual("valid", self.grant(grant_id)["grant_status"])
        self.await_faithful(grant_id)
        self.assertLess(before, self.ids(grant_id))

    def test_it_has_too_many_connections_of_the_user(self):
        grant_id = self.connect()
        self.await_faithful(grant_id)
        self.assertEqual(0, self.hermod.stop())
        self.restart_server(max_user_connections=1)
        with self.server.client(self.address):
            self.hermod.start()
            self.await_paused(grant_id, "unavailable", "rate_limited", "limit")
        self.restart_server(max_user_connections=200)
        self.deliver()
        self.await_faithful(grant_id)

    def restart_server(self, max_user_connections):
        self.server.stop()
        self.server.max_user_connections = max_user_connections
        self.server.start()


class WallClock(Outage):
    def test_the_programs_jumps(self):
        # Leases, back-off and time limits must not hang on it.
        grant_id = self.connect()
        for ahead in (2 * DAY_S, 600, 0):
            self.trouble.set_clock_ahead(ahead)
            self.goes_on(grant_id)
        epochs = query(self.conninfo, "SELECT epoch FROM leases")
        self.assertEqual([{"epoch": 1}], epochs, "the lease was never lost")

    def test_the_databases_jumps_alone_and_with_the_programs(self):
        # Leases go by it: one that is over all at once is taken again.
        grant_id = self.connect()
        for program, database in ((0, 2 * DAY_S), (0, 600), (2 * DAY_S, 2 * DAY_S), (0, 0)):
            self.trouble.set_clock_ahead(program)
            self.database_trouble.set_clock_ahead(database)
            now = float(execute(self.conninfo, "SELECT extract(epoch FROM clock_timestamp())"))
            self.assertAlmostEqual(time.time() + database, now, delta=120)
            self.goes_on(grant_id)

    def goes_on(self, grant_id):
        self.deliver()
        self.await_faithful(grant_id)
        self.await_all_up()
