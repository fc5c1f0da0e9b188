"""What all private mail servers share: a folder, free loopback ports, users, a certificate, start and stop.

Started by root the servers run as nobody where they can, so the folder's parents must be open to others
(chmod o+x). Ports stay the same when a server is stopped and started again.
"""

import contextlib
import imaplib
import json
import os
import shutil
import smtplib
import socket
import ssl
import subprocess
import tempfile

from . import maildir
from .child import Child, free_ports, identity, unprivileged_user
from .waiting import until

START_TRIES_MAX = 5
START_DEADLINE_S = 30
HOST = "127.0.0.1"


class MailServer:
    """Use as a context manager, or call start() and close(). Not thread-safe.

    A kind of server tells: its `name`; `ports_wanted`, how many; _configure(), which writes its files for
    self.ports; _command(), what is run, and as whom; _must_greet(), the ports that say when it is ready.
    """

    name = ""
    variants = ("",)
    ports_wanted = 0
    parts = ()  # folders made below its own: (name, mode)
    separator = "/"  # of folder levels on the wire
    prefix = ""  # before each name but INBOX on the wire

    def __init__(self, directory=None, *, variant=None, users=None, special_folders=True):
        """`directory` is kept by close(); without one a temporary folder is made, and removed by close().
        `special_folders` are those for sent mail, drafts and so on, where the server makes them by itself.
        """
        self._special_folders = special_folders
        self._temporary = directory is None
        self.directory = os.path.abspath(directory or tempfile.mkdtemp(prefix=f"hermod-{self.name}-"))
        self.variant = variant or self.variants[0]
        if self.variant not in self.variants:
            raise ValueError(f"{self.name} has no variant {self.variant}")
        self._user = unprivileged_user()
        self._child = None
        self.ports = ()
        for part, mode in self.parts:
            os.makedirs(self.path(part), mode=mode, exist_ok=True)
        self._make_certificate()
        self.passwords = {}
        if os.path.exists(self.path("passwords.json")):
            with open(self.path("passwords.json"), encoding="utf-8") as saved:
                self.passwords = json.load(saved)
        self.add_users(users or {})

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    @property
    def ca_file(self):
        """The certificate that a client must trust, PEM."""
        return self.path("certificate.pem")

    @property
    def imap_port(self):
        return self.ports[0]

    @property
    def imaps_port(self):
        """0 where there is no TLS."""
        return self.ports[1]

    @property
    def lmtp_port(self):
        return self.ports[2]

    def add_users(self, users):
        """Adds users, {address: password}, or changes their passwords; takes effect at once."""
        self.passwords.update(users)
        self._write("passwords.json", json.dumps(self.passwords))
        self._write_users()

    def add_user(self, address, password):
        self.add_users({address: password})

    def start(self, ports=None):
        """Starts it and waits for its greeting. `ports` are those to prefer, from an earlier run."""
        self._own_everything()
        keep = bool(self.ports)
        for _ in range(START_TRIES_MAX):
            if not keep:
                self.ports = tuple(ports or free_ports(self.ports_wanted))
            if self._try_start():
                return self
            ports = None
        raise RuntimeError(f"{self.name} did not start:\n{self.log_tail()}")

    def running(self):
        return self._child is not None and self._child.exit_code() is None

    def stop(self):
        """Ends every process of it; what it stored stays. It can be started again on the same ports."""
        if self._child:
            self._child.stop()
            self._child.kill_group()
            self._child = None

    def close(self):
        self.stop()
        if self._temporary:
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def wire_name(self, folder):
        """A folder's name as the server writes it; levels are divided by "/"."""
        if folder == "INBOX":
            return folder
        return self.prefix + self.separator.join(maildir.encode_name(level) for level in folder.split("/"))

    def folder_of(self, wire_name):
        """The reverse of wire_name."""
        shown = wire_name.removeprefix(self.prefix) if wire_name != "INBOX" else wire_name
        return maildir.decode_name(shown.replace(self.separator, "/"))

    def deliver(self, address, raw, sender="sender@example.test"):
        """Delivers a message by LMTP; `user+Folder@…` delivers into a folder."""
        with smtplib.LMTP(HOST, self.lmtp_port) as lmtp:
            lmtp.sendmail(sender, [address], raw)

    @contextlib.contextmanager
    def client(self, address, timeout_s=None):
        """An IMAP connection, logged in, over TLS where there is TLS: another mail program of the same user. After
        `timeout_s` without an answer TimeoutError is raised.
        """
        if self.imaps_port:
            context = ssl.create_default_context(cafile=self.ca_file)
            opened = imaplib.IMAP4_SSL("localhost", self.imaps_port, ssl_context=context, timeout=timeout_s)
        else:
            opened = imaplib.IMAP4(HOST, self.imap_port, timeout=timeout_s)
        with opened as connection:
            connection.login(address, self.passwords[address])
            yield connection

    def describe(self):
        """What a program in another language needs to use it."""
        return {
            "host": HOST,
            "imap_port": self.imap_port,
            "imaps_port": self.imaps_port,
            "lmtp_port": self.lmtp_port,
            "ca_file": self.ca_file,
            "separator": self.separator,
            "prefix": self.prefix,
            "variant": self.variant,
            "users": self.passwords,
            "pid": self._child.pid if self._child else None,
        }

    def log_tail(self):
        return self._child.log_tail() if self._child else ""

    # For a kind of server.

    def _write_users(self):
        """Writes what the server knows its users by."""

    def _configure(self):
        raise NotImplementedError

    def _command(self):
        """(argv, user, environment)."""
        raise NotImplementedError

    def _must_greet(self):
        return (self.imap_port,)

    def _write(self, name, text, mode=0o600):
        with open(
            self.path(name), "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, mode)
        ) as file:
            file.write(text)
        self._own(self.path(name))

    def _own(self, path):
        if identity(self._user):
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _try_start(self):
        self._configure()
        argv, user, environment = self._command()
        self._child = Child(argv, log=self.path("start.log"), user=user, env=environment)
        until(
            lambda: self._child.exit_code() is not None or all(map(self._greets, self._must_greet())),
            deadline_s=START_DEADLINE_S,
            what=self.log_tail,
        )
        if self._child.exit_code() is None:
            return True
        self._child.kill_group()
        return False

    @staticmethod
    def _greets(port):
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=5) as connection:
            return bool(connection.recv(1))
        return False

    def _make_certificate(self):
        if os.path.exists(self.ca_file):
            return
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        files = ["-keyout", self.path("key.pem"), "-out", self.ca_file]
        subprocess.run(
            ["openssl", "req", "-x509", *key, "-days", "3650", *names, *files],
            check=True,
            capture_output=True,
        )

    def _own_everything(self):
        """Gives the whole folder to the user that the server runs as (nothing to do unless we are root)."""
        if not identity(self._user):
            return
        self._own(self.directory)
        for folder, directories, files in os.walk(self.directory):
            for name in directories + files:
                path = os.path.join(folder, name)
                if os.lstat(path).st_uid != self._user.pw_uid:
                    os.lchown(path, self._user.pw_uid, self._user.pw_gid)
