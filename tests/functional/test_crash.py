"""kill -9 in the middle of a first sync: after a restart nothing is lost and nothing is there twice.

A gate before the mail server lets a part of the mailbox through and then holds, so that each kill hits a
transfer that is under way, at a known share of its bytes.
"""

from account_check import differences
from sample_mailbox import generate, seed_server
from servers.gate import Gate
from stage import ADDRESS, SYNC_DEADLINE_S, StageCase

MESSAGES = 400
# Of the mailbox's bytes, let through one after another before each kill; the first kill finds little or nothing stored.
SHARES = (0.05, 0.30, 0.30, 0.20)
LIST_BYTES = 200_000  # folder lists, flags and handshakes pass the gate as well


class Crash(StageCase):
    settings = {"SYNC_PAGE_MESSAGES": 20}

    @classmethod
    def prepare_mailbox(cls):
        cls.placements = generate(MESSAGES)
        seed_server(cls.server, ADDRESS, cls.placements)
        cls.gate = Gate(cls.server.imaps_port)
        cls.addClassCleanup(cls.gate.close)

    def test_kills_during_the_first_sync_lose_and_double_nothing(self):
        size = sum(len(one.stored.raw) for one in self.placements)
        self.gate.allow(LIST_BYTES)
        grant_id = self.connect(imap_port=self.gate.port)
        ids_before = {}
        for share in SHARES:
            self.gate.allow(int(size * share))
            self.gate.wait_until_holding(SYNC_DEADLINE_S)
            self.assertNotEqual("live", self.grant(grant_id)["sync"]["phase"])
            if share > SHARES[0]:
                self.eventually(
                    lambda: self.ids_by_mime(grant_id), "a page of what passed the gate is stored"
                )
            ids_before.update(self.ids_by_mime(grant_id))
            self.hermod.kill()
            self.hermod.start()
        self.gate.allow(float("inf"))
        self.wait_until_live(grant_id)
        self.assertEqual([], differences(self.server, ADDRESS, self.api, grant_id))
        self.assertEqual(
            ids_before, {raw: one for raw, one in self.ids_by_mime(grant_id).items() if raw in ids_before}
        )

    def ids_by_mime(self, grant_id):
        """The ids of what is stored, by content: an id that was shown before a crash must hold after it."""
        messages = list(self.api.items(f"/v3/grants/{grant_id}/messages"))
        return {self.api.raw_mime(grant_id, message["id"]): message["id"] for message in messages}
