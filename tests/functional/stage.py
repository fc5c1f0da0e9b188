"""The stage of a functional test: private mail servers, a hermod process with its own PostgreSQL, connected
accounts.
"""

import contextlib
import http.client
import unittest

from account_check import differences
from servers.api import ApiError, imap_settings
from servers.hermod import Hermod
from servers.kinds import server
from servers.waiting import until

ADDRESS = "alice@example.test"
PASSWORD = "correct horse"
SYNC_DEADLINE_S = 240
CHANGE_DEADLINE_S = 60
# Short rounds and a short lease, so that nothing has to be waited for longer than it takes.
QUICK_ROUNDS = {
    "SYNC_POLL_INTERVAL_SECONDS": 1,
    "SYNC_LEASE_SECONDS": 5,
    "LOG_LEVEL": "info",
    "LOG_FORMAT": "json",
}


class StageCase(unittest.TestCase):
    """Servers are shared by the tests of a class. A class sets `kinds` to choose others, or several; each has one
    user, and `server` is the first.
    """

    kinds = ("dovecot_qresync",)
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.servers = [
            cls.enterClassContext(server(kind, users={cls.address_of(kind): PASSWORD})) for kind in cls.kinds
        ]
        cls.server = cls.servers[0]
        cls.prepare_mailbox()
        cls.hermod = cls.enterClassContext(Hermod(settings={**QUICK_ROUNDS, **cls.settings}))
        cls.key = cls.hermod.create_key("functional tests")
        cls.api = cls.hermod.api(cls.key)
        cls.addClassCleanup(cls.api.close)

    @classmethod
    def address_of(cls, kind):
        # One address is one grant, wherever its server is.
        return ADDRESS if len(cls.kinds) == 1 else f"{kind.replace('_', '-')}@example.test"

    @classmethod
    def tearDownClass(cls):
        exit_code, errors = cls.hermod.stop(), cls.hermod.log_events("error", "critical")
        if exit_code or errors:
            raise AssertionError(
                f"hermod ended with {exit_code}, logged {errors[:5]}\n{cls.hermod.log_tail()}"
            )

    @classmethod
    def prepare_mailbox(cls):
        """What is in the mailbox before the account is connected."""

    @classmethod
    def connect(cls, on=None, address=None, **overrides):
        """Connects an account of a server, by default the first account of the first server; returns its grant id."""
        chosen = on or cls.server
        address = address or next(iter(chosen.passwords))
        body = {"provider": "imap", "settings": imap_settings(chosen, address, **overrides)}
        return cls.api.post("/v3/connect/custom", body)["data"]["id"]

    @classmethod
    def grant(cls, grant_id):
        return cls.api.get(f"/v3/grants/{grant_id}")["data"]

    @classmethod
    def wait_until_live(cls, grant_id):
        """Waits until the first sync of every folder is complete. A stopped sync fails at once, with its
        reason.
        """

        def live():
            grant = cls.grant(grant_id)
            if grant["sync"]["phase"] == "stopped":
                raise AssertionError(f"sync stopped: {grant['sync'].get('reason')}")
            folders = grant["sync"].get("folders", [])
            return grant["sync"]["phase"] == "live" and all(folder["phase"] == "live" for folder in folders)

        until(
            live,
            deadline_s=SYNC_DEADLINE_S,
            what=lambda: f"live: {cls.grant(grant_id)}\n{cls.hermod.log_tail()}",
        )

    def assert_converges(self, grant_id, on=None, address=None):
        """Waits until the API's copy of the account shows no difference from its server (as in connect)."""
        chosen, state = on or self.server, {}
        address = address or next(iter(chosen.passwords))

        def same():
            state["differences"] = differences(chosen, address, self.api, grant_id)
            return not state["differences"]

        self.eventually(same, lambda: state.get("differences"))

    def eventually(self, check, what):
        """Waits until check() answers something true and returns that. An answer of 404 counts as not yet."""

        def attempt():
            with contextlib.suppress(ConnectionError, http.client.HTTPException):
                try:
                    return check()
                except ApiError as error:
                    if error.status != 404:
                        raise
            return None

        return until(
            attempt,
            deadline_s=CHANGE_DEADLINE_S,
            what=lambda: f"{what() if callable(what) else what}\n{self.hermod.log_tail()}",
        )
