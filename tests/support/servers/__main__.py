"""Starts a private mail server for a test in another language.

    PYTHONPATH=tests/support python3 -m servers start [DIR] [--kind NAME] [--user ADDRESS:PASSWORD]... [--bare]

Prints one line of JSON (ports, ca_file, users, how it names folders) when it is ready, then runs until SIGTERM, SIGINT, or the
end of its standard input where that is a pipe: a test that dies takes its server with it. On standard input
it takes lines `renumber ADDRESS FOLDER NUMBER`, which give a folder another UIDVALIDITY, and answers each by `done`.
"""

import argparse
import json
import os
import selectors
import signal
import stat
import sys

from . import kinds


def main():
    parser = argparse.ArgumentParser(prog="servers", description="Starts a private mail server in a folder.")
    parser.add_argument("command", choices=["start"])
    parser.add_argument("directory", nargs="?", help="default: one that is removed at the end")
    parser.add_argument("--kind", default="dovecot_qresync", choices=sorted(kinds.KINDS))
    parser.add_argument(
        "--bare", action="store_true", help="without the folders for sent mail, drafts and so on"
    )
    parser.add_argument(
        "--user",
        action="append",
        default=[],
        metavar="ADDRESS:PASSWORD",
        help="default: alice@example.test:secret",
    )
    parser.add_argument(
        "--numbered-users", type=int, default=0, help="user1@example.test and so on, password secret"
    )
    options = parser.parse_args()
    numbered = [f"user{number}@example.test:secret" for number in range(1, options.numbered_users + 1)]
    users = dict(one.split(":", 1) for one in options.user + numbered or ["alice@example.test:secret"])

    wake_reader, wake_writer = os.pipe()
    os.set_blocking(wake_writer, False)
    signal.set_wakeup_fd(wake_writer)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)

    if options.directory:
        os.makedirs(options.directory, exist_ok=True)
    with kinds.server(
        options.kind, options.directory, users=users, special_folders=not options.bare
    ) as server:
        print(json.dumps(server.describe()), flush=True)
        with selectors.DefaultSelector() as selector:
            selector.register(wake_reader, selectors.EVENT_READ)
            if stat.S_ISFIFO(os.fstat(0).st_mode) or stat.S_ISSOCK(os.fstat(0).st_mode):
                selector.register(0, selectors.EVENT_READ)
            while not any(key.fd == wake_reader or not _obey(server) for key, _ in selector.select()):
                pass
    return 0


def _obey(server):
    """Does what one line of standard input says. False at its end."""
    line = os.read(0, 4096).decode()
    if not line:
        return False
    match line.split():
        case ["renumber", address, folder, uid_validity]:
            server.renumber(address, folder, int(uid_validity))
        case _:
            raise ValueError(f"unknown command {line!r}")
    print("done", flush=True)
    return True


sys.exit(main())
