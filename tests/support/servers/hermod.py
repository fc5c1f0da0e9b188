"""The hermod program under test: own data folder, own private PostgreSQL, a free loopback port.

The binary and its plugins are named by HERMOD_BINARY and HERMOD_PLUGIN_PATH, or by the caller. No other
HERMOD_ variable of the surrounding environment reaches it.
"""

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile

from .api import Api
from .child import Child, free_ports
from .waiting import until

START_DEADLINE_S = 120
START_TRIES_MAX = 3
COMMAND_DEADLINE_S = 120
_OF_LIBPQ = "WARNING:  terminating connection due to immediate shutdown command\n"


class Hermod:
    """Use as a context manager, or call start() and close(). Not thread-safe."""

    def __init__(self, directory=None, *, binary=None, plugins=None, port=0, settings=None):
        """`settings` are further HERMOD_ variables, without the prefix. `directory` is kept by close()."""
        self._temporary = directory is None
        self.directory = os.path.abspath(directory or tempfile.mkdtemp(prefix="hermod-server-"))
        os.makedirs(self.directory, exist_ok=True)
        if self._temporary:
            os.chmod(self.directory, 0o711)  # the private cluster belongs to another user when we are root
        self.binary = binary or os.environ["HERMOD_BINARY"]
        self.port = port
        self._plugins = plugins or os.environ["HERMOD_PLUGIN_PATH"]
        self.settings = settings or {}
        self.variables = {}  # of the environment, as they are
        self._child = None
        self.log = os.path.join(self.directory, "hermod.log")

    @property
    def data_dir(self):
        return os.path.join(self.directory, "data")

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def environment(self, further=None):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HERMOD_")}
        own = {
            "DATA_DIR": self.data_dir,
            "LISTEN": f"127.0.0.1:{self.port}",
            "PLUGIN_PATH": self._plugins,
            "ALLOW_PRIVATE_HOSTS": "true",
            "SERVER_SHUTDOWN_SECONDS": 30,  # a sanitizer, and a machine that is shared with other tests
            **self.settings,
            **(further or {}),
        }
        return {**kept, **self.variables, **{f"HERMOD_{name}": str(value) for name, value in own.items()}}

    def launch(self, settings=None):
        """Starts it and waits for nothing: /readyz is not asked. `settings` hold for this run alone."""
        if not self.port:
            self.port = free_ports(1)[0]
        self._child = Child([self.binary, "serve"], log=self.log, env=self.environment(settings))

    def start(self, settings=None):
        """Starts it and waits until /readyz says that it can work. `settings` hold for this run alone."""
        chosen = not self.port
        for _ in range(START_TRIES_MAX if chosen else 1):
            if chosen:
                self.port = 0
            self.launch(settings)
            until(
                lambda: self.exit_code() is not None or self.ready(),
                deadline_s=START_DEADLINE_S,
                what=self.log_tail,
            )
            if self.exit_code() is None:
                return self
        raise RuntimeError(f"hermod ended with {self.exit_code()}:\n{self.log_tail()}")

    def ready(self):
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                connection.request("GET", "/readyz")
                return connection.getresponse().status == 200
            finally:
                connection.close()
        return False

    @property
    def pid(self):
        return self._child.pid

    def exit_code(self):
        return self._child.exit_code()

    def stop(self):
        """SIGTERM; returns the exit code, 0 for an orderly end."""
        return self._child.stop() if self._child else 0

    def kill(self):
        """kill -9. Its data folder is left as a crash leaves it."""
        self._child.kill()

    def kill_now(self):
        """kill -9 from another thread than the owner's, who is left to notice."""
        if self._child:
            self._child.send("SIGKILL")

    def close(self):
        if self._child and self._child.exit_code() is None:
            self.stop()
        self._end_cluster()
        if self._temporary:
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def command(self, *arguments):
        """Runs another command of the program on the same data folder and returns what it printed."""
        done = subprocess.run(
            [self.binary, *arguments],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=COMMAND_DEADLINE_S,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(
                f"hermod {' '.join(arguments[:2])} ended with {done.returncode}: {done.stderr}"
            )
        return done.stdout

    def create_key(self, name):
        return self.command("key", "create", "--name", name).strip()

    def api(self, key):
        return Api(self.port, key)

    def log_tail(self):
        return self._child.log_tail()

    def log_events(self, *levels):
        """The events of these levels that it logged, as dictionaries; lines that are no JSON have level
        "text", but for what libpq says of a PostgreSQL that ends in the moment of connecting.
        """
        with open(self.log, encoding="utf-8", errors="replace") as lines:
            events = [_event(line) for line in lines if line.strip() and line != _OF_LIBPQ]
        return [event for event in events if event["level"] in levels]

    def _end_cluster(self):
        """A killed program cannot stop its cluster; what is left of it must not outlive the test."""
        for folder, _, files in os.walk(self.data_dir):
            if "postmaster.pid" not in files:
                continue
            with contextlib.suppress(OSError, ValueError, IndexError):
                with open(os.path.join(folder, "postmaster.pid"), encoding="ascii") as file:
                    pid = int(file.readline())
                if os.readlink(f"/proc/{pid}/cwd").startswith(folder):
                    os.kill(pid, signal.SIGQUIT)
                    until(
                        lambda pid=pid: not os.path.exists(f"/proc/{pid}"),
                        deadline_s=30,
                        what="PostgreSQL ends",
                    )


def _event(line):
    with contextlib.suppress(ValueError):
        event = json.loads(line)
        if isinstance(event, dict) and "level" in event:
            return event
    return {"level": "text", "event": line.rstrip()}
