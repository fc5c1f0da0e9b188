"""Runs the demo: a private mail server, Hermod with its private PostgreSQL, one connected account.

Started by scripts/quickstart. Everything lives in one folder; what was stored there is used again. Ends on
SIGINT, SIGTERM or SIGHUP, or when one of its servers does, and stops all of them first.
"""

import argparse
import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import socket
import stat
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(ROOT, "tests", "support")]

import compose  # noqa: E402
import texts  # noqa: E402
from servers.api import Api, ApiError, imap_settings  # noqa: E402
from servers.child import free_ports  # noqa: E402
from servers.dovecot import Dovecot  # noqa: E402
from servers.hermod import Hermod  # noqa: E402
from servers.waiting import until  # noqa: E402

ADDRESS = texts.ACCOUNT[1]
DEFAULT_PORT = 8080
SYNC_DEADLINE_S = 600
WATCH_PAUSE_S = 0.5
MARKER = "quickstart.lock"


class Stopped(Exception):
    """A signal asked us to end."""


class Failed(Exception):
    """The demo cannot run; the text says why."""


def demo_folder():
    """Where the data lies. Root's servers run as other users, whom every folder above must let through."""
    folder = os.path.abspath(os.environ.get("HERMOD_QUICKSTART_DIR") or os.path.join(ROOT, ".quickstart"))
    above = folder
    while os.geteuid() == 0 and above != "/":
        above = os.path.dirname(above)
        if os.path.exists(above) and not os.stat(above).st_mode & stat.S_IXOTH:
            if "HERMOD_QUICKSTART_DIR" in os.environ:
                raise Failed(f"{above} is closed to other users; servers started by root cannot use {folder}")
            return "/var/lib/hermod-quickstart"
    return folder


def prepare_folder(folder, reset):
    """Makes the folder, or empties it; returns the lock that keeps a second run out."""
    os.makedirs(folder, mode=0o711, exist_ok=True)
    if os.listdir(folder) and not os.path.exists(os.path.join(folder, MARKER)):
        raise Failed(f"{folder} holds other files; name another folder by HERMOD_QUICKSTART_DIR")
    lock = open(os.path.join(folder, MARKER), "a", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Failed(f"the demo in {folder} is running already") from error
    if reset:
        for name in os.listdir(folder):
            if name != MARKER:
                path = os.path.join(folder, name)
                shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
    return lock


def is_free(port):
    with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
        return True
    return False


def choose_port(wanted):
    if wanted and not is_free(wanted):
        raise Failed(f"port {wanted} of 127.0.0.1 is taken; choose another with --port")
    return wanted or (DEFAULT_PORT if is_free(DEFAULT_PORT) else free_ports(1)[0])


def start_mail_server(folder):
    """The demo mailbox is written once; later runs find it as it was left."""
    server = Dovecot(os.path.join(folder, "mail"))
    if ADDRESS not in server.passwords:
        server.add_user(ADDRESS, secrets.token_urlsafe(12))
    if not os.path.exists(server.maildir(ADDRESS)):
        for name, messages in compose.mailbox(int(time.time())).items():
            server.seed(ADDRESS, name, messages)
    return server.start()


def api_key(folder, hermod):
    """The key of an earlier run where the server still knows it."""
    path = os.path.join(folder, "api-key")
    if os.path.exists(path):
        with open(path, encoding="ascii") as file:
            key = file.read().strip()
        with contextlib.suppress(ApiError), contextlib.closing(hermod.api(key)) as api:
            api.get("/v3/grants")
            return key
    key = hermod.create_key("quickstart")
    with open(path, "w", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(key + "\n")
    return key


def connect(api, server):
    body = {"provider": "imap", "settings": imap_settings(server, ADDRESS)}
    return api.post("/v3/connect/custom", body)["data"]["id"]


def wait_for_sync(api, grant_id):
    """Shows progress until the first sync is complete."""
    show = _progress_line() if sys.stdout.isatty() else lambda text: None
    state = {}

    def live():
        state.update(api.get(f"/v3/grants/{grant_id}")["data"]["sync"])
        show(f"Syncing: {state.get('done', 0)} of {state.get('total', 0)} messages")
        if state["phase"] == "stopped":
            raise Failed(f"the sync stopped: {(state.get('reason') or {}).get('message', 'no reason given')}")
        return state["phase"] == "live"

    until(live, deadline_s=SYNC_DEADLINE_S, what="the first sync is complete")
    show("")
    print(f"Synced {state.get('done', 0)} messages", flush=True)


def _progress_line():
    shown = [""]

    def show(text):
        if text != shown[0]:
            sys.stdout.write("\r\033[K" + text)
            sys.stdout.flush()
            shown[0] = text

    return show


def print_guide(hermod, key, grant_id, server):
    def curl(path):
        return f"  curl -s -H 'Authorization: Bearer {key}' '{hermod.address}/v3/grants/{grant_id}{path}'"

    print(
        f"""
Address    {hermod.address}
API key    {key}
Mailbox    imaps://127.0.0.1:{server.imaps_port}  {ADDRESS}  {server.passwords[ADDRESS]}

Try:
{curl("/folders")}
{curl("/messages?limit=3&in=inbox&select=id,date,from,subject,snippet")}
{curl("/threads?limit=3&any_email=juergen@example.test")}

Ctrl-C stops everything; the data stays in {os.path.dirname(hermod.directory)}
""",
        flush=True,
    )


def run(options, stack):
    folder = demo_folder()
    stack.enter_context(prepare_folder(folder, options.reset))
    port = choose_port(options.port)
    server = start_mail_server(folder)
    stack.callback(server.close)
    print(f"Mail server ready: demo mailbox of {ADDRESS}", flush=True)
    hermod = Hermod(
        os.path.join(folder, "server"),
        binary=os.path.join(options.build, "bin", "hermod"),
        plugins=os.path.join(options.build, "plugins"),
        port=port,
    )
    os.chmod(hermod.directory, 0o711)
    stack.callback(hermod.close)
    hermod.start()
    print("Hermod ready", flush=True)
    key = api_key(folder, hermod)
    api = stack.enter_context(contextlib.closing(Api(hermod.port, key)))
    grant_id = connect(api, server)
    wait_for_sync(api, grant_id)
    print_guide(hermod, key, grant_id, server)
    never = threading.Event()
    while hermod.exit_code() is None and server.running():
        never.wait(WATCH_PAUSE_S)
    raise Failed(
        "a server ended by itself:\n"
        + (server.log_tail() if hermod.exit_code() is None else hermod.log_tail())
    )


def on_signal(number, _frame):
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)  # stopping has deadlines of its own
    raise Stopped(number)


def main():
    parser = argparse.ArgumentParser(prog="quickstart")
    parser.add_argument("--build", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--reset", action="store_true")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    try:
        with contextlib.ExitStack() as stack:
            run(options, stack)
    except Stopped:
        print("\nStopped.")
        return 0
    except (Failed, ApiError, RuntimeError, TimeoutError, OSError) as error:
        print(f"quickstart: {error}", file=sys.stderr)
        return 1


sys.exit(main())
