"""A private PostgreSQL of a test: on a unix socket alone, wholly unprivileged, with as many databases as are asked for.

It stands for a database that an operator runs, so a test can stop it, start it again, or put something between it and
the program. Nothing of it is synced to the disk: only a crash of the machine would tell.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile

from .child import Child, identity, unprivileged_user
from .waiting import until

START_DEADLINE_S = 60
COMMAND_DEADLINE_S = 60
SOCKET_NAME = ".s.PGSQL.5432"


def newest_binaries():
    """The folder of the newest PostgreSQL that is installed."""
    root = "/usr/lib/postgresql"
    versions = [one for one in os.listdir(root) if os.path.exists(f"{root}/{one}/bin/postgres")]
    return f"{root}/{max(versions, key=float)}/bin"


def query(conninfo, statement):
    """The rows of a SELECT as a list of dictionaries, through psql."""
    return queries(conninfo, {"rows": statement})["rows"]


def queries(conninfo, statements):
    """{name: rows} of {name: SELECT}, all seen at one moment."""
    parts = (
        f"'{name}', (SELECT coalesce(json_agg(row_to_json(q)), '[]') FROM ({statement}) q)"
        for name, statement in statements.items()
    )
    return json.loads(execute(conninfo, f"SELECT json_build_object({', '.join(parts)})"))


def execute(conninfo, statement):
    """Runs statements and returns psql's plain output."""
    done = subprocess.run(
        [f"{newest_binaries()}/psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", conninfo],
        input=statement,
        capture_output=True,
        check=False,
        timeout=COMMAND_DEADLINE_S,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"psql: {done.stderr}")
    return done.stdout


class Postgres:
    """Use as a context manager, or call start() and close(). Not thread-safe."""

    def __init__(self, *, settings=None):
        """`settings` are further PostgreSQL settings. `variables`, set before the start, are for its environment."""
        self.directory = tempfile.mkdtemp(prefix="hermod-pg-")
        os.chmod(self.directory, 0o755)
        self._user = unprivileged_user()
        self._settings = {
            "listen_addresses": "",
            "unix_socket_directories": self.directory,
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "60",
            "shared_buffers": "64MB",
            **(settings or {}),
        }
        self.variables = {}
        self._child = None
        self._databases = 0
        if identity(self._user):
            os.chown(self.directory, self._user.pw_uid, self._user.pw_gid)

    @property
    def data_dir(self):
        return os.path.join(self.directory, "data")

    @property
    def socket_path(self):
        return os.path.join(self.directory, SOCKET_NAME)

    def conninfo(self, database, host=None):
        """`host`: another folder of a socket, of a proxy."""
        return f"host={host or self.directory} user=postgres dbname={database}"

    def start(self):
        if not os.path.exists(self.data_dir):
            self._initialize()
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        self._child = Child(
            [f"{newest_binaries()}/postgres", "-D", self.data_dir, *options],
            log=os.path.join(self.directory, "log"),
            user=self._user,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **self.variables},
            cwd=self.directory,
        )
        until(self.answers, deadline_s=START_DEADLINE_S, what=self._child.log_tail)
        return self

    def answers(self):
        if self._child.exit_code() is not None:
            raise RuntimeError(f"PostgreSQL ended:\n{self._child.log_tail()}")
        ready = [f"{newest_binaries()}/pg_isready", "-q", "-h", self.directory]
        return subprocess.run(ready, check=False).returncode == 0

    def stop(self):
        """As an operator's restart does: connections are cut, open transactions rolled back."""
        if self._child:
            self._child.signal_and_wait("SIGINT")
            self._child = None

    def kill(self):
        """As a crash does: no process of it is left, the next start recovers."""
        self._child.signal_and_wait("SIGQUIT")
        self._child = None

    def pause(self):
        """Every process of it stands still until resume(), as on a machine that hangs: connections stay, nothing answers."""
        self._child.send("SIGSTOP")  # the first, so that it starts none
        self._signal_backends(signal.SIGSTOP)

    def resume(self):
        self._signal_backends(signal.SIGCONT)
        self._child.send("SIGCONT")

    def _signal_backends(self, number):
        with open(f"/proc/{self._child.pid}/task/{self._child.pid}/children", encoding="ascii") as children:
            for pid in children.read().split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), number)

    def close(self):
        if self._child:
            self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def create_database(self):
        """A new, empty database; returns its name."""
        self._databases += 1
        name = f"test_{self._databases}"
        execute(self.conninfo("postgres"), f"CREATE DATABASE {name}")
        return name

    def _initialize(self):
        arguments = "-U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions".split()
        done = subprocess.run(
            [f"{newest_binaries()}/initdb", "-D", self.data_dir, *arguments],
            capture_output=True,
            check=False,
            cwd=self.directory,
            **identity(self._user),
        )
        if done.returncode:
            raise RuntimeError(f"initdb: {done.stderr.decode(errors='replace')}")
