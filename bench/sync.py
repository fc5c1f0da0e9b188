"""Measures a first sync, beside mbsync on the same mailbox, and reads of the API. Asserts nothing.

    bench/run sync.py [MESSAGES]
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from sample_mailbox import generate, seed_server
from servers.api import imap_settings
from servers.dovecot import Dovecot
from servers.hermod import Hermod
from servers.waiting import until

ADDRESS = "alice@example.test"
DEADLINE_S = 3_600
READS = 500


def resident_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def milliseconds(call):
    """Median and 99th percentile of READS calls."""
    times = []
    for _ in range(READS):
        begin = time.perf_counter()
        call()
        times.append((time.perf_counter() - begin) * 1000)
    return f"{statistics.median(times):.2f} / {statistics.quantiles(times, n=100)[98]:.2f}"


def mbsync_seconds(server):
    """A first copy by mbsync with its defaults, into a Maildir on the same disk; nothing where it is not installed."""
    if not shutil.which("mbsync"):
        return "not installed"
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "mbsyncrc")
        with open(config, "w", encoding="ascii") as file:
            file.write(
                f"IMAPStore far\nHost localhost\nPort {server.imaps_port}\nUser {ADDRESS}\nPass secret\n"
                f"SSLType IMAPS\nCertificateFile {server.ca_file}\n\n"
                f"MaildirStore near\nPath {folder}/mail/\nInbox {folder}/mail/INBOX\nSubFolders Verbatim\n\n"
                f"Channel all\nFar :far:\nNear :near:\nPatterns *\nCreate Near\nSync Pull\nSyncState *\n"
            )
        os.mkdir(os.path.join(folder, "mail"))
        begin = time.monotonic()
        subprocess.run(["mbsync", "-c", config, "-a", "-q"], check=True)
        return f"{time.monotonic() - begin:.2f}"


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    placements = generate(count)
    size = sum(len(one.stored.raw) for one in placements)
    with Dovecot(users={ADDRESS: "secret"}) as server:
        seed_server(server, ADDRESS, placements)
        peer = mbsync_seconds(server)
        with Hermod() as hermod:
            api = hermod.api(hermod.create_key("measure"))
            begin = time.monotonic()
            body = {"provider": "imap", "settings": imap_settings(server, ADDRESS)}
            grant_id = api.post("/v3/connect/custom", body)["data"]["id"]
            messages = f"/v3/grants/{grant_id}/messages"
            until(
                lambda: len(api.get(messages, limit=100)["data"]) == 100,
                deadline_s=DEADLINE_S,
                what="100 messages",
            )
            first_100 = time.monotonic() - begin
            grant = f"/v3/grants/{grant_id}"
            until(
                lambda: api.get(grant)["data"]["sync"]["phase"] == "live",
                deadline_s=DEADLINE_S,
                what="first sync",
            )
            complete = time.monotonic() - begin
            some_id = api.get(messages, limit=1)["data"][0]["id"]
            rows = {
                "newest 100 listed after, s": f"{first_100:.2f}",
                "first sync complete after, s": f"{complete:.2f}",
                "mbsync, the same mailbox in the same run, s": peer,
                "messages a second": f"{count / complete:.0f}",
                "memory of hermod, MiB": f"{resident_mb(hermod.pid):.0f}",
                "list of 20, ms (p50 / p99)": milliseconds(lambda: api.get(messages, limit=20)),
                "one message, ms (p50 / p99)": milliseconds(lambda: api.get(f"{messages}/{some_id}")),
            }
    print(f"{count} messages, {size / 1e6:.0f} MB, {os.cpu_count()} cores\n\n| what | value |\n|---|---|")
    for name, value in rows.items():
        print(f"| {name} | {value} |")


main()
