"""Measures the REST API's reads with wrk: an account of 10,000 messages and one of a million, written straight
into the store. Asserts that each answer has what it must have, and nothing about time.

    bench/run api.py [MESSAGES] [--store DIR] [--seconds N] [--only WORD]

With --store, the data folder is kept there and used again by the next run.
"""

import argparse
import contextlib
import dataclasses
import os
import re
import subprocess
import urllib.parse

import large_account
from large_account import LargeAccount, public_id
from servers.hermod import Hermod

SMALL = 10_000
PAGE, FAR_PAGE = 50, 5_000
LIST = (
    "id,object,grant_id,thread_id,date,subject,from,to,cc,bcc,reply_to,snippet,starred,unread,folders,attachments"
)
WARM_UP_S = 2
UNLIMITED = 10**6  # requests a second, the most that can be set


@dataclasses.dataclass
class Measured:
    rate: float  # requests a second
    megabytes: float  # a second
    median_ms: float
    own_cpu_us: float  # a request
    database_cpu_us: float


class Query:
    """One measured request: `hits` messages must be in its answer. `target` in words, for the table."""

    def __init__(self, name, path, query=None, *, hits=PAGE, connections=1, target=""):
        self.name, self.path, self.hits, self.connections, self.target = name, path, hits, connections, target
        self.query = query or {}


def queries(account, far_token):
    listed = {"select": LIST, "limit": PAGE}
    some = public_id(account.message_id(account.count // 3))
    thread = public_id(account.thread_id(account.middle_thread))

    def filtered(name, hits=PAGE, **query):
        return Query(
            f"{name}, {hits} hits" if hits < PAGE else name, "messages", {**listed, **query}, hits=hits
        )

    yield Query("page of 50, all but the body", "messages", listed, target="3,000/s")
    yield Query(
        "page of 50, all but the body, 16 connections", "messages", listed, connections=16, target="6,000/s"
    )
    yield Query("page of 50, four members", "messages", {**listed, "select": "id,subject,date,unread"})
    yield Query("page of 50 with bodies", "messages", {"limit": PAGE}, target="150 MB/s")
    yield Query(
        "page of 50 with bodies, 16 connections",
        "messages",
        {"limit": PAGE},
        connections=16,
        target="150 MB/s",
    )
    yield Query("one message", f"messages/{some}", hits=None)
    yield Query("one message, 16 connections", f"messages/{some}", hits=None, connections=16)
    yield Query("one thread", f"threads/{thread}", hits=None)
    yield Query(
        "threads, page of 50",
        "threads",
        {"limit": PAGE, "select": "id,subject,participants,message_ids,unread"},
    )
    yield filtered("`in=inbox`", **{"in": "inbox"})
    yield filtered("`in=Archive`", **{"in": "Archive"})
    yield filtered("`unread=true`", large_account.UNREAD, unread="true")
    yield filtered("`from=`", large_account.RARE_FROM, **{"from": large_account.RARE_SENDER})
    yield filtered("`from=` of 10 % of all", **{"from": large_account.COLLEAGUE})
    yield filtered("`subject=`", large_account.RARE_SUBJECT, subject=large_account.RARE_WORD)
    yield filtered("`subject=` of 5 % of all", subject=large_account.TOPIC)
    yield filtered("`thread_id=`", large_account.THREAD_LENGTH, thread_id=thread)
    yield filtered("`any_email=`", large_account.RARE_ADDRESS, any_email=large_account.RARE_RECIPIENT)
    yield filtered("`any_email=` of 10 % of all", any_email=large_account.COLLEAGUE)
    if far_token:
        yield Query(f"page {FAR_PAGE:,}", "messages", {**listed, "page_token": far_token})


def token_of_far_page(api, account):
    """Walked once, in larger steps: a token does not depend on the size of the pages before it."""
    if account.count < PAGE * FAR_PAGE:
        return None
    query, left = {"select": "id"}, PAGE * (FAR_PAGE - 1)
    while left:
        query["limit"] = min(left, 200)
        left -= query["limit"]
        query["page_token"] = api.get(f"/v3/grants/{account.grant_id}/messages", **query)["next_cursor"]
    return query["page_token"]


def cpu_seconds(hermod):
    """What the program and its PostgreSQL have used since they began: processes that ended do not count."""
    ticks, parents = {}, {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
            parents[int(pid)], ticks[int(pid)] = int(fields[1]), int(fields[11]) + int(fields[12])

    def below(pid):
        return sum(ticks[child] + below(child) for child, parent in parents.items() if parent == pid)

    second = os.sysconf("SC_CLK_TCK")
    return ticks[hermod.pid] / second, below(hermod.pid) / second


def measure(hermod, key, account, query, seconds):
    """What wrk saw of this request, and what it cost."""
    path = f"/v3/grants/{account.grant_id}/{query.path}"
    data = hermod.api(key).get(path, **query.query)["data"]
    if query.hits is not None and len(data) != query.hits:
        raise AssertionError(f"{query.name}: {len(data)} hits instead of {query.hits}")
    url = hermod.address + path + ("?" + urllib.parse.urlencode(query.query) if query.query else "")
    command = ["wrk", "-t1", f"-c{query.connections}", "--latency", "-H", f"Authorization: Bearer {key}", url]
    # Each of the pool's connections plans a statement once.
    subprocess.run([*command, f"-d{WARM_UP_S}s"], check=True, capture_output=True)
    before = cpu_seconds(hermod)
    text = subprocess.run([*command, f"-d{seconds}s"], check=True, capture_output=True, text=True).stdout
    after = cpu_seconds(hermod)
    if "Non-2xx" in text or "Socket errors" in text:
        raise AssertionError(f"{query.name}: {text}")
    units = {"us": 0.001, "ms": 1, "s": 1000, "B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}
    median, unit = re.search(r"50%\s+([\d.]+)(us|ms|s)", text).groups()
    bytes_, bytes_unit = re.search(r"Transfer/sec:\s+([\d.]+)(B|KB|MB|GB)", text).groups()
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
    count = int(re.search(r"(\d+) requests in", text)[1])
    return Measured(
        rate,
        float(bytes_) * units[bytes_unit] / 1e6,
        float(median) * units[unit],
        (after[0] - before[0]) * 1e6 / count,
        (after[1] - before[1]) * 1e6 / count,
    )


def psql_of(hermod):
    return ["psql", "-h", os.path.join(hermod.data_dir, "postgres", "socket"), "-U", "hermod", "hermod"]


def open_accounts(hermod, key, sizes):
    accounts = [LargeAccount(number, size) for number, size in enumerate(sizes, 1)]
    known = {grant["id"] for grant in hermod.api(key).get("/v3/grants")["data"]}
    for account in accounts:
        if account.grant_id not in known:
            account.write(psql_of(hermod))
    return accounts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("messages", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--store")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    limits = {"LIMITS_REQUESTS_PER_SECOND_KEY": UNLIMITED, "LIMITS_REQUESTS_PER_SECOND_GRANT": UNLIMITED}
    with Hermod(options.store, settings={"ROLES": "api", **limits}) as hermod:
        key = hermod.create_key("measure")
        small, large = open_accounts(hermod, key, [SMALL, options.messages])
        far = token_of_far_page(hermod.api(key), large)
        print(f"{SMALL:,} and {large.count:,} messages, {os.cpu_count()} cores, wrk with one thread\n")
        print(
            f"| | {SMALL:,}: a second | p50, ms | {large.count:,}: a second | p50, ms | MB/s | CPU a request, µs: hermod / PostgreSQL | times the small one's | target |"
        )
        print("|---|---|---|---|---|---|---|---|---|", flush=True)
        compared = {query.name: query for query in queries(small, None)}
        for query in queries(large, far):
            if options.only not in query.name:
                continue
            got = measure(hermod, key, large, query, options.seconds)
            small_columns, ratio = "| |", ""
            other = compared.get(query.name)
            if other:
                less = measure(hermod, key, small, other, options.seconds)
                small_columns, ratio = (
                    f"{less.rate:,.0f} | {less.median_ms:.2f} |",
                    f"{got.median_ms / less.median_ms:.2f}",
                )
            print(
                f"| {query.name} | {small_columns} {got.rate:,.0f} | {got.median_ms:.2f} | {got.megabytes:.0f} |"
                f" {got.own_cpu_us:.0f} / {got.database_cpu_us:.0f} | {ratio} | {query.target} |",
                flush=True,
            )


main()
