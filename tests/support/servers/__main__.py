"""Starts a private Dovecot for a test in another language.

    PYTHONPATH=tests/support python3 -m servers start DIR [--variant NAME] [--user ADDRESS:PASSWORD]...

Prints one line of JSON (ports, ca_file, config for doveadm -c, users, pid) when it is ready, then runs until
SIGTERM, SIGINT, or the end of its standard input where that is a pipe: a test that dies takes its server with
it.
"""

import argparse
import json
import os
import selectors
import signal
import stat
import sys

from . import dovecot_config
from .dovecot import Dovecot


def main():
    parser = argparse.ArgumentParser(prog="servers", description="Starts a private Dovecot in a folder.")
    parser.add_argument("command", choices=["start"])
    parser.add_argument("directory")
    parser.add_argument("--variant", default="qresync", choices=sorted(dovecot_config.VARIANTS))
    parser.add_argument(
        "--user",
        action="append",
        default=[],
        metavar="ADDRESS:PASSWORD",
        help="default: alice@example.test:secret",
    )
    options = parser.parse_args()
    users = dict(one.split(":", 1) for one in options.user or ["alice@example.test:secret"])

    wake_reader, wake_writer = os.pipe()
    os.set_blocking(wake_writer, False)
    signal.set_wakeup_fd(wake_writer)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)

    os.makedirs(options.directory, exist_ok=True)
    with Dovecot(options.directory, variant=options.variant, users=users) as server:
        print(json.dumps(server.describe()), flush=True)
        with selectors.DefaultSelector() as selector:
            selector.register(wake_reader, selectors.EVENT_READ)
            if stat.S_ISFIFO(os.fstat(0).st_mode) or stat.S_ISSOCK(os.fstat(0).st_mode):
                selector.register(0, selectors.EVENT_READ)
            while not any(key.fd == wake_reader or not os.read(0, 4096) for key, _ in selector.select()):
                pass
    return 0


sys.exit(main())
