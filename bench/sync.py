"""Measures first syncs beside mbsync on the same mailbox in the same run, stage by stage. Asserts nothing.

    bench/run sync.py [MESSAGES [ROUNDS]]

The clock runs from before the account is connected until the oldest message is listed, and its body and attachments
can be read. Medians of ROUNDS (5), Hermod and mbsync taking turns.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

import cluster
from processes import cpu_seconds, peak_resident_mib
from sample_mailbox import generate, seed_server
from servers.api import imap_settings
from servers.dovecot import Dovecot
from servers.hermod import Hermod
from servers.waiting import until

ADDRESS = "alice@example.test"
DEADLINE_S = 3_600
TEXT_BYTES = (3_000, 32_000)  # makes 10,000 messages about 173 MB
STAGES = ("fetch", "prepare", "look_up", "blobs", "commit")


def mbsync_seconds(server):
    """A first copy by mbsync with its defaults (FSync on), into a Maildir on the same disk."""
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
        return time.monotonic() - begin


def cpu_by_program(hermod, server):
    return {
        "hermod": cpu_seconds(hermod.pid, descendants=False),
        "PostgreSQL": cpu_seconds(cluster.postmaster_pid(hermod.data_dir)),
        "Dovecot": cpu_seconds(server.describe()["pid"]),
    }


def stage_seconds(api):
    """Wall time by stage, summed over pages; stages overlap, and `fetch` is mostly waiting."""
    metrics = api.raw("GET", "/metrics")[1].decode()
    found = re.findall(r'^hermod_sync_stage_seconds_sum\{stage="(\w+)"\} (\S+)', metrics, re.MULTILINE)
    return {stage: float(seconds) for stage, seconds in found}


def hermod_round(server, oldest):
    """One first sync by a fresh Hermod: figures by name."""
    with Hermod() as hermod:
        api = hermod.api(hermod.create_key("measure"))
        before = cpu_by_program(hermod, server)
        begin = time.monotonic()
        body = {"provider": "imap", "settings": imap_settings(server, ADDRESS)}
        grant = "/v3/grants/" + api.post("/v3/connect/custom", body)["data"]["id"]
        messages = f"{grant}/messages"
        until(lambda: len(api.get(messages, limit=100, select="id")["data"]) == 100, deadline_s=DEADLINE_S, what="100 messages")
        newest = time.monotonic() - begin

        def read_oldest():
            found = api.get(messages, received_before=oldest + 1, limit=1)["data"]
            if not found:
                return False
            for attachment in found[0]["attachments"]:
                download = f"{grant}/attachments/{attachment['id']}/download"
                api.raw("GET", download, query={"message_id": found[0]["id"]})
            return bool(found[0]["body"])

        until(lambda: api.get(grant)["data"]["sync"]["phase"] == "live", deadline_s=DEADLINE_S, what="first sync")
        until(read_oldest, deadline_s=DEADLINE_S, what="the oldest message")
        complete = time.monotonic() - begin
        after = cpu_by_program(hermod, server)
        figures = {"newest 100 listed, s": newest, "complete, s": complete}
        figures.update({f"CPU of {name}, s": after[name] - before[name] for name in after})
        stages = stage_seconds(api)
        figures.update({f"stage {stage}, s": stages.get(stage, 0) for stage in STAGES})
        figures["peak memory of hermod, MiB"] = peak_resident_mib(hermod.pid)
        backlog = "SELECT sum(seq - search_seq) FROM account_clock"
        until(lambda: cluster.value(hermod.data_dir, backlog) == "0", deadline_s=DEADLINE_S, what="search vectors")
        figures["search vectors finished, s"] = time.monotonic() - begin
        figures["bytes in packs"] = cluster.folder_bytes(os.path.join(hermod.data_dir, "blobs"))
        figures["bytes in PostgreSQL"] = int(cluster.value(hermod.data_dir, "SELECT pg_database_size('hermod')"))
        return figures


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    placements = generate(count, text_bytes=TEXT_BYTES)
    size = sum(len(one.stored.raw) for one in placements)
    oldest = min(one.stored.received_at for one in placements)
    figures, peers = [], []
    with Dovecot(users={ADDRESS: "secret"}) as server:
        seed_server(server, ADDRESS, placements)
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
            if shutil.which("mbsync"):
                peers.append(mbsync_seconds(server))
            figures.append(hermod_round(server, oldest))
    medians = {name: statistics.median(one[name] for one in figures) for name in figures[0]}
    stored = {name: medians.pop(name) for name in ("bytes in packs", "bytes in PostgreSQL")}
    print(f"{count} messages, {size / 1e6:.0f} MB, {os.cpu_count()} cores, median of {rounds}\n\n| what | value |\n|---|---|")
    for name, value in medians.items():
        print(f"| {name} | {value:.2f} |")
    for name, value in stored.items():
        print(f"| {name} per raw byte | {value / size:.2f} |")
    if peers:
        peer = statistics.median(peers)
        print(f"| mbsync, s | {peer:.2f} |\n| mbsync's time by Hermod's | {peer / medians['complete, s']:.2f} |")


main()
