"""A child process that ends with its owner, however the owner ends, and that can run as another user."""

import contextlib
import ctypes
import os
import pwd
import resource
import signal
import socket
import subprocess

PR_SET_PDEATHSIG = 1
STOP_DEADLINE_S = 20
_libc = ctypes.CDLL(None, use_errno=True)


def unprivileged_user():
    """Whom a test server runs as: nobody when we are root, else ourselves."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def identity(user):
    """The keyword arguments that make subprocess start a program as `user` (none for ourselves)."""
    if user.pw_uid == os.geteuid():
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def free_ports(count):
    """Loopback ports that nobody listens on now. Another may take one before it is used: the caller tries
    again.
    """
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Child:
    """One running program with its output in a log file. Not thread-safe."""

    def __init__(self, argv, *, log, user=None, env=None, cwd=None):
        def before_exec():
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

        self.log = log
        with open(log, "ab") as output:
            # A group of its own: Ctrl-C in a terminal reaches the owner alone, which stops things in order.
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=env,
                cwd=cwd,
                start_new_session=True,
                preexec_fn=before_exec,
                **(identity(user) if user else {})
            )

    @property
    def pid(self):
        return self._process.pid

    def exit_code(self):
        """None while it runs."""
        return self._process.poll()

    def stop(self, deadline_s=STOP_DEADLINE_S):
        """SIGTERM, then SIGKILL to the whole group when it does not end in time. Returns the exit code."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(deadline_s)
            except subprocess.TimeoutExpired:
                self.kill_group()
        return self._process.returncode

    def kill(self):
        """SIGKILL to the program alone, as a crash would be; its children are left to notice."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def send(self, name):
        """One signal to the program alone."""
        self._process.send_signal(signal.Signals[name])  # none when it has ended

    def signal_and_wait(self, name, deadline_s=STOP_DEADLINE_S):
        self.send(name)
        return self._process.wait(deadline_s)

    def kill_group(self):
        """SIGKILL to what is left of its process group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def log_tail(self, lines=40):
        with open(self.log, encoding="utf-8", errors="replace") as text:
            return "".join(text.readlines()[-lines:])
