"""Measures the peak memory of first syncs: one mailbox, a message of 150 MB, many accounts at once. Asserts nothing.

    bench/run memory.py [ACCOUNTS [MESSAGES]]
"""

import sys

sys.dont_write_bytecode = True

from processes import peak_resident_mib
from sample_mailbox import generate, seed_server
from servers.api import imap_settings
from servers.dovecot import Dovecot
from servers.hermod import Hermod
from servers.maildir import Stored
from servers.waiting import until

DEADLINE_S = 3_600
LARGE_BYTES = 150_000_000
LINE = b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODkr\r\n"


def large_message():
    head = (
        b"From: a@example.test\r\nTo: b@example.test\r\nSubject: large\r\nMessage-ID: <large@example.test>\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nsee the file\r\n"
        b"--b\r\nContent-Type: application/octet-stream; name=file.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    return head + LINE * ((LARGE_BYTES - len(head)) // len(LINE)) + b"--b--\r\n"


def peak(server, addresses):
    """Peak memory of one Hermod that syncs these accounts of the server at once, from an empty store."""
    with Hermod(settings={"SYNC_LOGINS_PER_SECOND": 100}) as hermod:
        at_rest = peak_resident_mib(hermod.pid)
        api = hermod.api(hermod.create_key("measure"))
        grants = [
            api.post("/v3/connect/custom", {"provider": "imap", "settings": imap_settings(server, address)})["data"]["id"]
            for address in addresses
        ]
        for grant in grants:
            until(
                lambda: api.get(f"/v3/grants/{grant}")["data"]["sync"]["phase"] == "live",
                deadline_s=DEADLINE_S,
                what="first sync",
            )
        return at_rest, peak_resident_mib(hermod.pid)


def main():
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    many = [f"user{number}@example.test" for number in range(accounts)]
    with Dovecot(users={address: "secret" for address in ["large@example.test", *many]}) as server:
        server.seed("large@example.test", "INBOX", [Stored(large_message(), 1_700_000_000, "")])
        placements = generate(count)
        for address in many:
            seed_server(server, address, placements)
        at_rest, large = peak(server, ["large@example.test"])
        _, one = peak(server, many[:1])
        _, together = peak(server, many)
    print("| peak memory of hermod | MiB |\n|---|---|")
    print(f"| at rest, without accounts | {at_rest:.0f} |")
    print(f"| a message of {LARGE_BYTES / 1e6:.0f} MB | {large:.0f} |")
    print(f"| one account of {count} messages | {one:.0f} |")
    print(f"| {accounts} such accounts at once | {together:.0f} |")


main()
