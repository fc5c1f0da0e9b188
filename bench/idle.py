"""Measures many idle accounts on a Dovecot that hibernates idling connections: memory, CPU and transactions at
rest, the time until all are connected again after a restart, and how soon a delivery among them is in the API.
Asserts nothing about it. Needs root, for a system user per mailbox.

    bench/run idle.py [ACCOUNTS] [POLL_INTERVAL_SECONDS]
"""

import os
import random
import statistics
import subprocess
import sys
import time

from many_accounts import LOGINS_PER_SECOND, HibernatingDovecot, connect_all, phases
from servers.hermod import Hermod
from servers.waiting import until

DEADLINE_S = 1_200
REST_S = 60
DELIVERIES = 30


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def cpu_seconds(pids):
    ticks = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def connections_to(port):
    """Established ones, seen from the client's side."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    return sum(row[2].endswith(f":{port:04X}") and row[3] == "01" for row in rows)


def statements(hermod, column="xact_commit"):
    socket = os.path.join(hermod.data_dir, "postgres", "socket")
    command = ["psql", "-XAtq", "-h", socket, "-U", "hermod", "hermod", "-c"]
    return int(subprocess.check_output([*command, f"SELECT sum({column}) FROM pg_stat_database"]))


def delivery_seconds(hermod, key, server, grants):
    """From the delivery to the API, in accounts chosen at random."""
    api, times = hermod.api(key), []
    for address in random.Random(1).sample(sorted(grants), DELIVERIES):
        messages = f"/v3/grants/{grants[address]}/messages"
        begin = time.monotonic()
        server.deliver(
            address, f"From: bob@example.test\r\nTo: {address}\r\nSubject: idle\r\n\r\nhello\r\n".encode()
        )
        until(lambda: api.get(messages, select="id")["data"], deadline_s=DEADLINE_S, what="delivery")
        times.append(time.monotonic() - begin)
    return times


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    addresses = [f"user{n}@example.test" for n in range(count)]
    rows = {}
    settings = {"SYNC_LOGINS_PER_SECOND": LOGINS_PER_SECOND}
    if len(sys.argv) > 2:
        settings["SYNC_POLL_INTERVAL_SECONDS"] = int(sys.argv[2])
    with HibernatingDovecot(users={address: "secret" for address in addresses}) as server, Hermod(
        settings=settings
    ) as hermod:
        key = hermod.create_key("measure")
        api = hermod.api(key)
        begin, empty = time.monotonic(), resident_kib(hermod.pid)
        grants = connect_all(hermod, key, server, addresses)
        until(lambda: phases(api) == ["live"] * count, deadline_s=DEADLINE_S, what="first syncs")
        rows["all connected and synced after, s"] = f"{time.monotonic() - begin:.0f}"
        connected = resident_kib(hermod.pid)
        rows["memory of hermod an account then, KiB"] = f"{(connected - empty) / count:.0f}"

        hermod.stop()
        begin = time.monotonic()
        hermod.start()
        until(lambda: server.users_connected() == count, deadline_s=DEADLINE_S, what="connections")
        rows[
            f"all connected again after a restart ({LOGINS_PER_SECOND} logins a second allowed), s"
        ] = f"{time.monotonic() - begin:.0f}"

        # Connections that only worked are given up after a while.
        until(
            lambda: connections_to(server.imaps_port) <= count,
            deadline_s=DEADLINE_S,
            what=lambda: f"{connections_to(server.imaps_port)} connections come to rest",
        )
        pids = [hermod.pid]
        cpu, transactions, began = cpu_seconds(pids), statements(hermod), time.monotonic()
        time.sleep(REST_S)
        passed = time.monotonic() - began
        rows["connections at rest"] = connections_to(server.imaps_port)
        rows["memory of hermod an account at rest, KiB"] = f"{(resident_kib(hermod.pid) - empty) / count:.0f}"
        rows["CPU of hermod at rest, % of a core"] = f"{(cpu_seconds(pids) - cpu) / passed * 100:.1f}"
        rows["transactions a second at rest"] = f"{(statements(hermod) - transactions) / passed:.1f}"
        times = delivery_seconds(hermod, key, server, grants)
        rows[
            "a delivery in the API after, median / longest, ms"
        ] = f"{statistics.median(times) * 1000:.0f} / {max(times) * 1000:.0f}"
    print(f"{count:,} accounts, {os.cpu_count()} cores\n\n| what | value |\n|---|---|")
    for name, value in rows.items():
        print(f"| {name} | {value} |")


main()
