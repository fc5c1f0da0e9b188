"""Measures how soon a change made by another client is in the API, with every polling interval at one hour, beside
the notice that the server itself gives an idling client. Asserts nothing.

    bench/run changes.py [ROUNDS]
"""

import statistics
import sys
import threading
import time

from servers.api import ApiError, imap_settings
from servers.dovecot import Dovecot
from servers.hermod import Hermod
from servers.waiting import until

ADDRESS = "alice@example.test"
DEADLINE_S = 60


def raw(subject):
    return f"From: bob@example.test\r\nTo: {ADDRESS}\r\nSubject: {subject}\r\n\r\nhello\r\n".encode()


def notice_seconds(server, rounds):
    """From a delivery to the line that an idling client is sent."""
    times = []
    with server.client(ADDRESS) as client:
        client.select("INBOX")
        for number in range(rounds):
            client.send(b"i%d IDLE\r\n" % number)
            client.readline()
            begin = []
            threading.Thread(target=lambda: (begin.append(time.monotonic()), server.deliver(ADDRESS, raw("notice")))).start()
            while b"EXISTS" not in client.readline():
                pass
            times.append(time.monotonic() - begin[0])
            client.send(b"DONE\r\n")
            while not client.readline().startswith(b"i%d " % number):
                pass
    return times


def measure(server, api, grant_id, rounds):
    messages = f"/v3/grants/{grant_id}/messages"
    times = {"delivery": [], "flag": [], "move": [], "deletion": []}

    def timed(kind, change, seen):
        begin = time.monotonic()
        change()
        until(seen, deadline_s=DEADLINE_S, what=kind)
        times[kind].append(time.monotonic() - begin)

    def find(subject):
        found = api.get(messages, subject=subject, limit=1)["data"]
        return found[0] if found else None

    def get(message_id):
        try:
            return api.get(f"{messages}/{message_id}")["data"]
        except ApiError:
            return None

    with server.client(ADDRESS) as client:
        for number in range(rounds):
            subject = f"change {number}"
            timed("delivery", lambda: server.deliver(ADDRESS, raw(subject)), lambda: find(subject))
            message = find(subject)
            client.select("INBOX")
            uid = client.uid("SEARCH", "SUBJECT", f'"{subject}"')[1][0].split()[-1].decode()
            timed("flag", lambda: client.uid("STORE", uid, "+FLAGS", r"(\Seen)"), lambda: not get(message["id"])["unread"])
            timed("move", lambda: client.uid("MOVE", uid, "Archive"),
                  lambda: (get(message["id"]) or {"folders": []})["folders"] not in ([], message["folders"]))
            timed("delivery", lambda: server.deliver(ADDRESS, raw(subject + " gone")), lambda: find(subject + " gone"))
            gone = find(subject + " gone")
            client.select("INBOX")
            uid = client.uid("SEARCH", "SUBJECT", f'"{subject} gone"')[1][0].split()[-1].decode()

            def delete():
                client.uid("STORE", uid, "+FLAGS", r"(\Deleted)")
                client.expunge()

            timed("deletion", delete, lambda: get(gone["id"]) is None)
    return times


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with Dovecot(users={ADDRESS: "secret"}) as server:
        notice = notice_seconds(server, rounds)
        with Hermod(settings={"SYNC_POLL_INTERVAL_SECONDS": 3600}) as hermod:
            api = hermod.api(hermod.create_key("measure"))
            body = {"provider": "imap", "settings": imap_settings(server, ADDRESS)}
            grant_id = api.post("/v3/connect/custom", body)["data"]["id"]
            until(lambda: api.get(f"/v3/grants/{grant_id}")["data"]["sync"]["phase"] == "live",
                  deadline_s=DEADLINE_S, what="first sync")
            times = measure(server, api, grant_id, rounds)
    print("| change by another client | median, ms | longest, ms |\n|---|---|---|")
    rows = {"the server's own notice to an idling client": notice, **{f"{kind} in the API": t for kind, t in times.items()}}
    for name, values in rows.items():
        print(f"| {name} | {statistics.median(values) * 1000:.0f} | {max(values) * 1000:.0f} |")


main()
