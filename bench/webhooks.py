"""Measures how long a delivery takes: from the mail server's EXISTS on the program's socket to the request at the
listener, for isolated messages, for a stream and for a burst. Asserts that each message is told, and nothing about time.

    bench/run webhooks.py [ISOLATED] [STREAM] [BURST]
"""

import json
import statistics
import sys
import threading
import time

from sample_mailbox import generate, seed_server
from servers.api import imap_settings
from servers.gate import Gate
from servers.hermod import Hermod
from servers.kinds import server
from servers.listener import Listener
from servers.waiting import until

ADDRESS, PASSWORD = "alice@example.test", "correct horse"
PAUSE_S = 1.0
STREAM_PAUSE_S = 0.5
DEADLINE_S = 60


class Clock:
    """When the server told of messages, and when each was told to the listener, in seconds."""

    def __init__(self):
        self.exists_at, self.told_at = [], {}
        self._told = threading.Condition()

    def server_sent(self, _, data):
        if b" EXISTS\r\n" in data:
            self.exists_at.append(time.monotonic())

    def listener_got(self, notification):
        now = time.monotonic()
        with self._told:
            self.told_at.setdefault(notification.subject, now)
            self._told.notify_all()
        return 200

    def wait_for(self, subjects):
        with self._told:
            if not self._told.wait_for(lambda: all(each in self.told_at for each in subjects), DEADLINE_S):
                raise AssertionError(f"told {len(self.told_at)}, not all of {len(subjects)}")


def percentiles(milliseconds):
    ordered = sorted(milliseconds)
    return {
        "p50_ms": round(statistics.median(ordered), 1),
        "p99_ms": round(ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))], 1),
        "max_ms": round(ordered[-1], 1),
    }


def append(client, subject):
    client.append("INBOX", "", None, f"Subject: {subject}\r\nFrom: bob@example.test\r\n\r\nhello\r\n".encode())


def one_by_one(clock, client, name, count, pause_s):
    """Each from the first EXISTS after it was put there."""
    taken = []
    for number in range(count):
        subject = f"{name} {number}"
        before = len(clock.exists_at)
        append(client, subject)
        clock.wait_for([subject])
        taken.append(1000 * (clock.told_at[subject] - clock.exists_at[before]))
        time.sleep(pause_s)
    return percentiles(taken)


def burst(clock, mail, count):
    """From the first EXISTS to the last request."""
    subjects = [f"burst {number}" for number in range(count)]
    del clock.exists_at[:]
    with mail.client(ADDRESS) as client:
        began = time.monotonic()
        for subject in subjects:
            append(client, subject)
        put_s = time.monotonic() - began
    clock.wait_for(subjects)
    last = max(clock.told_at[subject] for subject in subjects)
    return {
        "messages": count,
        "put_there_in_ms": round(1000 * put_s, 1),
        "first_exists_to_last_told_ms": round(1000 * (last - clock.exists_at[0]), 1),
        "last_exists_to_last_told_ms": round(1000 * (last - clock.exists_at[-1]), 1),
    }


def main():
    isolated, stream, burst_size = ([int(each) for each in sys.argv[1:]] + [30, 60, 300][len(sys.argv) - 1 :])[:3]
    clock = Clock()
    with server("dovecot_qresync", users={ADDRESS: PASSWORD}) as mail, Hermod() as hermod, Listener() as listener:
        listener.answer = clock.listener_got
        gate = Gate(mail.imap_port, observe=clock.server_sent)
        gate.allow(float("inf"))
        seed_server(mail, ADDRESS, generate(10))
        key = hermod.create_key("bench")
        api = hermod.api(key)
        settings = imap_settings(mail, ADDRESS, imap_port=gate.port, imap_tls="none")
        grant = api.post("/v3/connect/custom", {"provider": "imap", "settings": settings})["data"]["id"]
        until(lambda: api.get(f"/v3/grants/{grant}")["data"]["sync"]["phase"] == "live",
              deadline_s=120, what="the account is live")
        api.post("/v3/webhooks", {"webhook_url": listener.url(), "trigger_types": ["message.created"]})
        time.sleep(2)
        with mail.client(ADDRESS) as client:
            results = {
                "isolated": one_by_one(clock, client, "isolated", isolated, PAUSE_S),
                "stream": one_by_one(clock, client, "stream", stream, STREAM_PAUSE_S),
            }
        results["burst"] = burst(clock, mail, burst_size)
        print(json.dumps(results, indent=2))
        gate.close()
        api.close()


if __name__ == "__main__":
    main()
