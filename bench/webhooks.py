"""Measures how long a delivery takes: from the mail server's EXISTS or STATUS on the program's socket, whichever tells of
it first, to the request at the listener, for isolated messages, for a stream and for a burst, among idle accounts; then
for messages told with and without three destinations beside: one that is down, one that answers after 9 seconds, one that
fails half of the time. Asserts that each message is told, and nothing about time. Needs root, as many_accounts does.

    bench/run webhooks.py [ISOLATED] [STREAM] [BURST] [IDLE_ACCOUNTS] [BESIDE]
"""

import contextlib
import json
import random
import re
import statistics
import sys
import threading
import time

from many_accounts import LOGINS_PER_SECOND, HibernatingDovecot, connect_all, phases
from servers.gate import Gate
from servers.hermod import Hermod
from servers.listener import Listener
from servers.waiting import until

ADDRESS, PASSWORD = "alice@example.test", "correct horse"
PAUSE_S = 1.0
STREAM_PAUSE_S = 0.5
BESIDE_PAUSE_S = 0.1
BESIDE_ROUNDS = 3  # of each kind, in turn
SLOW_ANSWER_S = 9
TELLS_COUNT = re.compile(rb"\* (\d+) EXISTS\r\n|\* STATUS INBOX \(MESSAGES (\d+) ")
DEADLINE_S = 60
CONNECTED_DEADLINE_S = 1_200
DEFAULTS = [30, 60, 300, 1000, 100]


class Clock:
    """When the server told of more messages, and when each was told to the listener, in seconds."""

    def __init__(self):
        self.heard_at, self.told_at = [], {}
        self._count = 0
        self._told = threading.Condition()

    def server_sent(self, _, data):
        now = time.monotonic()
        for found in TELLS_COUNT.finditer(data):
            count = int(found[1] or found[2])
            if count > self._count:
                self._count = count
                self.heard_at.append(now)

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
    """In milliseconds, each from the server's first word of it."""
    taken = []
    for number in range(count):
        subject = f"{name} {number}"
        before = len(clock.heard_at)
        append(client, subject)
        clock.wait_for([subject])
        taken.append(1000 * (clock.told_at[subject] - clock.heard_at[before]))
        time.sleep(pause_s)
    return taken


def burst(clock, mail, count):
    """From the server's first word to the last request."""
    subjects = [f"burst {number}" for number in range(count)]
    del clock.heard_at[:]
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
        "first_heard_to_last_told_ms": round(1000 * (last - clock.heard_at[0]), 1),
        "last_heard_to_last_told_ms": round(1000 * (last - clock.heard_at[-1]), 1),
    }


class FailingDestinations:
    """Use as a context manager: three webhooks that were once good."""

    def __init__(self, api):
        self._api, self._ids, self._listeners = api, [], []
        self._chance = random.Random(1)

    def __enter__(self):
        for answer in (200, self._slow, self._fickle):
            listener = Listener().start()
            listener.answer = answer
            self._listeners.append(listener)
            self._ids.append(subscribe(self._api, listener))
        self._listeners[0].stop()
        return self

    def __exit__(self, *_):
        for webhook in self._ids:
            self._api.call("DELETE", f"/v3/webhooks/{webhook}")
        for listener in self._listeners[1:]:
            listener.stop()

    def _slow(self, _):
        time.sleep(SLOW_ANSWER_S)
        return 200

    def _fickle(self, _):
        return self._chance.choice((200, 500))


def subscribe(api, listener):
    webhook = {"webhook_url": listener.url(), "trigger_types": ["message.created"]}
    return api.post("/v3/webhooks", webhook)["data"]["id"]


def beside_failing(clock, client, api, count):
    taken = {"without": [], "with": []}
    for number in range(BESIDE_ROUNDS):
        for name, others in (("without", contextlib.nullcontext()), ("with", FailingDestinations(api))):
            with others:
                taken[name] += one_by_one(clock, client, f"{name} {number}", count, BESIDE_PAUSE_S)
    results = {name: percentiles(each) for name, each in taken.items()}
    return {**results, "p99_ratio": round(results["with"]["p99_ms"] / results["without"]["p99_ms"], 2)}


def main():
    given = [int(each) for each in sys.argv[1:]]
    isolated, stream, burst_size, idle, beside = given + DEFAULTS[len(given) :]
    others = [f"user{number}@example.test" for number in range(idle)]
    settings = {"SYNC_LOGINS_PER_SECOND": LOGINS_PER_SECOND, "SYNC_POLL_INTERVAL_SECONDS": 3600}
    users = {address: PASSWORD for address in [ADDRESS, *others]}
    clock = Clock()
    with (
        HibernatingDovecot(users=users) as mail,
        Hermod(settings=settings) as hermod,
        Listener() as listener,
        contextlib.closing(Gate(mail.imap_port, observe=clock.server_sent)) as gate,
    ):
        key = hermod.create_key("bench")
        api = hermod.api(key)
        listener.answer = clock.listener_got
        gate.allow(float("inf"))
        connect_all(hermod, key, mail, others)
        connect_all(hermod, key, mail, [ADDRESS], imap_port=gate.port, imap_tls="none")
        until(lambda: phases(api) == ["live"] * len(users),
              deadline_s=CONNECTED_DEADLINE_S, what="all accounts are live")
        time.sleep(PAUSE_S)
        subscribe(api, listener)
        with mail.client(ADDRESS) as client:
            results = {
                "idle_accounts": idle,
                "isolated": percentiles(one_by_one(clock, client, "isolated", isolated, PAUSE_S)),
                "stream": percentiles(one_by_one(clock, client, "stream", stream, STREAM_PAUSE_S)),
                "burst": burst(clock, mail, burst_size),
                "beside_failing": beside_failing(clock, client, api, beside),
            }
        print(json.dumps(results, indent=2))
        api.close()


if __name__ == "__main__":
    main()
