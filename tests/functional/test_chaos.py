"""A bad network between the program and its mail server, and between it and its database; then the weather calms down,
and the copy must be faithful, the change log sound, the ids the same.

HERMOD_TEST_SEED=n replays one; HERMOD_TEST_STORMS=m runs m of them, each for HERMOD_TEST_STORM_SECONDS.
"""

import contextlib
import http.client
import itertools
import os
import random
import shutil
import tempfile
import threading
import unittest

from account_check import differences
from durable_workload import seed as seed_mailbox
from servers.api import ApiError, imap_settings
from servers.chaos import Chaos
from servers.dovecot import Dovecot
from servers.hermod import Hermod
from servers.postgres import SOCKET_NAME, Postgres
from servers.waiting import until
from stage import QUICK_ROUNDS
from store_dump import account_of, log_faults

SEED = int(os.environ.get("HERMOD_TEST_SEED", "1"))
STORMS = int(os.environ.get("HERMOD_TEST_STORMS", "1"))
STORM_SECONDS = float(os.environ.get("HERMOD_TEST_STORM_SECONDS", "8"))
SETTLE_DEADLINE_S = 120
PAUSE_MAX_S = 0.6
_numbers = itertools.count(1)


class ChaosTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Dovecot())
        cls.database = cls.enterClassContext(Postgres())

    def test_after_the_storm_all_is_there_once(self):
        for number in range(SEED, SEED + STORMS):
            with self.subTest(replay=f"HERMOD_TEST_SEED={number}"):
                self.weather(number)

    def weather(self, number):
        address = f"storm{next(_numbers)}@example.test"
        seed_mailbox(self.server, address)
        name = self.database.create_database()
        with contextlib.ExitStack() as stack:
            folder = tempfile.mkdtemp(prefix="hermod-chaos-")
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            socket_path = os.path.join(folder, SOCKET_NAME)
            database_gate = stack.enter_context(
                Chaos(self.database.socket_path, seed=number, listen_on=socket_path)
            )
            mail_gate = stack.enter_context(Chaos(self.server.imaps_port, seed=-number))
            hermod = Hermod(
                settings={
                    **QUICK_ROUNDS,
                    "DATABASE_URL": self.database.conninfo(name, folder),
                    "SYNC_PAGE_MESSAGES": 7,
                }
            )
            stack.callback(hermod.close)
            hermod.start()
            api = hermod.api(hermod.create_key("chaos"))
            stack.callback(api.close)
            body = {
                "provider": "imap",
                "settings": imap_settings(self.server, address, imap_port=mail_gate.port),
            }
            grant_id = api.post("/v3/connect/custom", body)["data"]["id"]
            gates = (database_gate, mail_gate)
            shown = self.storm(address, gates, random.Random(number), lambda: self.shown(hermod, grant_id, api))
            incidents = {gate: dict(gate.incidents) for gate in gates}
            self.assertTrue(all(sum(one.values()) for one in incidents.values()), "there was a storm")
            self.settle(address, hermod, api, grant_id, incidents.values())
            conninfo = self.database.conninfo(name)
            self.assertEqual([], log_faults(conninfo, account_of(conninfo, address)))
            # An id that was shown means the same message for ever.
            now = self.shown(hermod, grant_id, api)
            moved = {raw: (one, now[raw]) for raw, one in shown.items() if raw in now and now[raw] != one}
            self.assertEqual({}, moved)
            self.assertEqual(0, hermod.stop())
            self.assertEqual([], hermod.log_events("error", "critical", "text"))

    def storm(self, address, gates, chance, look):
        """Another client works on the mailbox, over a network of its own, while it blows. What the API showed."""
        over = threading.Event()
        shown = {}
        for gate in gates:
            gate.storm()
        timer = threading.Timer(STORM_SECONDS, over.set)
        timer.start()
        try:
            with self.server.client(address) as client:
                while not over.wait(chance.uniform(0, PAUSE_MAX_S)):
                    self.change(client, chance)
                    shown.update(look())
        finally:
            timer.cancel()
            for gate in gates:
                gate.calm()
        return shown

    @staticmethod
    def change(client, chance):
        client.select("INBOX")
        uids = client.uid("SEARCH", "ALL")[1][0].split()
        uid = chance.choice(uids).decode()
        change = chance.randrange(5)
        if change == 0:
            subject = f"in the storm {next(_numbers)}"
            raw = f"From: bob@example.test\r\nSubject: {subject}\r\nMessage-ID: <{subject.replace(' ', '.')}@example.test>\r\n\r\nhello\r\n"
            client.append("INBOX", "", None, raw.encode())
        elif change == 1:
            client.uid("STORE", uid, chance.choice(["+FLAGS", "-FLAGS"]), chance.choice([r"(\Seen)", r"(\Flagged)"]))
        elif change == 2:
            client.uid("COPY", uid, "Archive")
        elif change == 3 and len(uids) > 5:
            client.uid("MOVE", uid, "Archive")
        elif len(uids) > 5:
            client.uid("STORE", uid, "+FLAGS", r"(\Deleted)")
            client.expunge()

    @staticmethod
    def shown(hermod, grant_id, api):
        """{bytes: id} of what the API shows, as far as it answers."""
        found = {}
        with contextlib.suppress(OSError, http.client.HTTPException, ApiError):
            for message in list(api.items(f"/v3/grants/{grant_id}/messages", limit=20)):
                with contextlib.suppress(ApiError):
                    found[api.raw_mime(grant_id, message["id"])] = message["id"]
        return found

    def settle(self, address, hermod, api, grant_id, incidents):
        state = {}

        def faithful():
            with contextlib.suppress(OSError, http.client.HTTPException, ApiError):
                state["found"] = api.get(f"/v3/grants/{grant_id}")["data"]["sync"]
                if state["found"]["phase"] != "live":
                    return False
                state["found"] = differences(self.server, address, api, grant_id)
                return not state["found"]
            return False

        until(
            faithful,
            deadline_s=SETTLE_DEADLINE_S,
            what=lambda: f"{state.get('found')} after {list(incidents)}\n{hermod.log_tail()}",
        )
