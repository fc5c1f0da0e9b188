"""Measures many SSE clients of one process: memory a client, threads, and how long until one event has reached all of
them. Asserts that each client got the event, and nothing about time.

    bench/run feed.py [CLIENTS] [EVENTS]
"""

import json
import os
import resource
import select
import socket
import statistics
import sys
import time

from sample_mailbox import generate, seed_server
from servers.api import imap_settings
from servers.hermod import Hermod
from servers.kinds import server
from servers.waiting import until

ADDRESS, PASSWORD = "alice@example.test", "correct horse"
OPENED_AT_ONCE = 200
READ_BYTES = 64 << 10
EVENT_DEADLINE_S = 60


class Clients:
    """SSE clients in one thread. Addresses of 127.0.0.0/8 are taken in turn, for more than one range of ports."""

    def __init__(self, port, key, path):
        self._port = port
        self._request = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\nAuthorization: Bearer {key}\r\n\r\n"
        ).encode()
        self._poll = select.epoll()
        self._sockets = {}

    def open(self, count):
        while count > 0:
            some = min(count, OPENED_AT_ONCE)
            for _ in range(some):
                client = socket.create_connection(("127.0.0.1", self._port))
                client.sendall(self._request)
                client.setblocking(False)
                self._sockets[client.fileno()] = client
                self._poll.register(client, select.EPOLLIN)
            count -= some
            self.wait_for_all(b"retry: ", set(list(self._sockets)[-some:]))

    def wait_for_all(self, wanted, among=None):
        """When each has read `wanted`: the seconds since 1970 of the first and of the last."""
        missing = set(among or self._sockets)
        seen = {}
        first = last = None
        deadline = time.time() + EVENT_DEADLINE_S
        while missing:
            if time.time() > deadline:
                raise AssertionError(f"{len(missing)} clients of {len(self._sockets)} miss {wanted!r}")
            for number, _ in self._poll.poll(1):
                text = self._sockets[number].recv(READ_BYTES)
                if not text:
                    raise AssertionError("a client was cut")
                if number not in missing:
                    continue
                seen[number] = seen.get(number, b"") + text
                if wanted in seen[number]:
                    missing.discard(number)
                    last = time.time()
                    first = first or last
        return first, last

    def close(self):
        for client in self._sockets.values():
            client.close()


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    events = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    settings = {"FEED_CLIENTS_MAX": count + 10, "FEED_CLIENTS_MAX_KEY": count + 10,
                "LIMITS_REQUESTS_PER_SECOND_KEY": 1_000_000, "LIMITS_REQUESTS_PER_SECOND_GRANT": 1_000_000}
    with server("dovecot_qresync", users={ADDRESS: PASSWORD}) as mail, Hermod(settings=settings) as hermod:
        seed_server(mail, ADDRESS, generate(10))
        key = hermod.create_key("bench")
        api = hermod.api(key)
        body = {"provider": "imap", "settings": imap_settings(mail, ADDRESS)}
        grant = api.post("/v3/connect/custom", body)["data"]["id"]
        until(lambda: api.get(f"/v3/grants/{grant}")["data"]["sync"]["phase"] == "live",
              deadline_s=120, what="the account is live")
        message = api.get(f"/v3/grants/{grant}/messages")["data"][0]["id"]

        before_kib, before_threads = resident_kib(hermod.pid), threads(hermod.pid)
        clients = Clients(hermod.port, key, "/v3/changes?cursor=now&types=message.updated")
        began = time.time()
        clients.open(count)
        opened = time.time() - began
        after_kib, after_threads = resident_kib(hermod.pid), threads(hermod.pid)
        first_ms, all_ms = [], []
        for number in range(events):
            began = time.time()
            api.call("PUT", f"/v3/grants/{grant}/messages/{message}", body={"starred": number % 2 == 0})
            first, last = clients.wait_for_all(b'"changed":["starred"')
            first_ms.append(1000 * (first - began))
            all_ms.append(1000 * (last - began))
            time.sleep(0.5)  # so that what the write is followed by is not part of the next
        print(json.dumps({
            "clients": count,
            "opened_s": round(opened, 1),
            "kib_a_client": round((after_kib - before_kib) / count, 2),
            "kib_a_client_after_events": round((resident_kib(hermod.pid) - before_kib) / count, 2),
            "threads_before": before_threads, "threads_with_clients": after_threads,
            "first_client_ms_median": round(statistics.median(first_ms), 1),
            "all_clients_ms_median": round(statistics.median(all_ms), 1),
            "all_clients_ms_max": round(max(all_ms), 1),
        }, indent=2))
        clients.close()
        api.close()


if __name__ == "__main__":
    main()
