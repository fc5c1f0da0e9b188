"""A private Dovecot: IMAP with STARTTLS, IMAP over TLS, and LMTP, on free loopback ports, wholly
unprivileged.

Everything it owns lies in one folder. Started by root it runs as nobody, so that folder's parents must be
open to others (chmod o+x). Ports stay the same when it is stopped and started again.
"""

import contextlib
import grp
import imaplib
import json
import os
import shutil
import smtplib
import socket
import ssl
import subprocess
import tempfile

from . import dovecot_config, maildir
from .child import Child, free_ports, identity, unprivileged_user
from .waiting import until

START_TRIES_MAX = 5
START_DEADLINE_S = 30
HOST = "127.0.0.1"
RUN_PATH_MAX = 60


class Dovecot:
    """Use as a context manager, or call start() and close(). Not thread-safe."""

    def __init__(self, directory=None, *, variant="qresync", users=None):
        """`directory` is kept by close(); without one a temporary folder is made, and removed by close()."""
        self._temporary = directory is None
        self.directory = os.path.abspath(directory or tempfile.mkdtemp(prefix="hermod-dovecot-"))
        self.variant = variant
        self._user = unprivileged_user()
        self._child = None
        self._run_directory = self.path("run")
        if len(self._run_directory) > RUN_PATH_MAX:  # sockets lie there, and their paths are limited
            self._run_directory = tempfile.mkdtemp(prefix="hermod-run-")
        for part, mode in (("run", 0o755), ("state", 0o700), ("mail", 0o700)):
            os.makedirs(self.path(part), mode=mode, exist_ok=True)
        self._make_certificate()
        self.passwords = {}
        if os.path.exists(self.path("passwords.json")):
            with open(self.path("passwords.json"), encoding="utf-8") as saved:
                self.passwords = json.load(saved)
        for address, password in (users or {}).items():
            self.add_user(address, password)
        self.imap_port = self.imaps_port = self.lmtp_port = 0

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    @property
    def ca_file(self):
        """The certificate that a client must trust, PEM."""
        return self.path("certificate.pem")

    @property
    def config_file(self):
        return self.path("dovecot.conf")

    def add_user(self, address, password):
        """Adds a user or changes a password; takes effect at once."""
        self.passwords[address] = password
        self._write("passwords.json", json.dumps(self.passwords))
        # The empty fields are required where the file is a userdb as well.
        self._write(
            "users", "".join(f"{name}:{{PLAIN}}{secret}::::::\n" for name, secret in self.passwords.items())
        )
        self._own(self.path("users"))

    def start(self, ports=None):
        """Starts it and waits for its greeting. `ports` are (imap, imaps, lmtp) to prefer, from an earlier
        run.
        """
        self._own_everything()
        keep = bool(self.imap_port)
        for _ in range(START_TRIES_MAX):
            if not keep:
                self.imap_port, self.imaps_port, self.lmtp_port = ports or free_ports(3)
            if self._try_start():
                return self
            ports = None
        raise RuntimeError(f"Dovecot did not start:\n{self.log_tail()}")

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
        if self._run_directory != self.path("run"):
            shutil.rmtree(self._run_directory, ignore_errors=True)
        if self._temporary:
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def maildir(self, address):
        return self.path("mail", address, "Maildir")

    def seed(self, address, folder, messages):
        """Writes maildir.Stored messages into a folder, by files."""
        os.makedirs(self.path("mail", address), mode=0o700, exist_ok=True)
        self._own(self.path("mail", address))
        maildir.write_folder(
            self.maildir(address), folder, messages, owner=(self._user.pw_uid, self._user.pw_gid)
        )

    def deliver(self, address, raw, sender="sender@example.test"):
        """Delivers a message by LMTP; `user+Folder@…` delivers into a folder."""
        with smtplib.LMTP(HOST, self.lmtp_port) as lmtp:
            lmtp.sendmail(sender, [address], raw)

    @contextlib.contextmanager
    def client(self, address):
        """An IMAP connection over TLS, logged in: another mail program of the same user."""
        context = ssl.create_default_context(cafile=self.ca_file)
        with imaplib.IMAP4_SSL("localhost", self.imaps_port, ssl_context=context) as connection:
            connection.login(address, self.passwords[address])
            yield connection

    def doveadm(self, *arguments, stdin=b""):
        """Runs doveadm on this server and returns what it printed."""
        done = subprocess.run(
            ["doveadm", "-c", self.config_file, *arguments],
            input=stdin,
            capture_output=True,
            check=False,
            **identity(self._user),
        )
        if done.returncode:
            raise RuntimeError(f"doveadm {arguments[0]}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode()

    def describe(self):
        """What a program in another language needs to use it."""
        return {
            "host": HOST,
            "imap_port": self.imap_port,
            "imaps_port": self.imaps_port,
            "lmtp_port": self.lmtp_port,
            "ca_file": self.ca_file,
            "config": self.config_file,
            "variant": self.variant,
            "users": self.passwords,
            "pid": self._child.pid if self._child else None,
        }

    def log_tail(self):
        own = self._child.log_tail() if self._child else ""
        with contextlib.suppress(FileNotFoundError), open(self.path("dovecot.log"), encoding="utf-8") as log:
            return own + "".join(log.readlines()[-40:])
        return own

    def _try_start(self):
        group = grp.getgrgid(self._user.pw_gid).gr_name
        self._write(
            "dovecot.conf",
            dovecot_config.render(
                directory=self.directory,
                run_directory=self._run_directory,
                user=self._user.pw_name,
                group=group,
                variant=self.variant,
                imap_port=self.imap_port,
                imaps_port=self.imaps_port,
                lmtp_port=self.lmtp_port,
            ),
        )
        self._own(self.config_file)
        # A path set in the environment of a developer must not change the server under test.
        self._child = Child(
            ["dovecot", "-F", "-c", self.config_file],
            log=self.path("start.log"),
            user=self._user,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )
        if (
            until(
                lambda: self._child.exit_code() is not None or all(map(self._greets, self._ports())),
                deadline_s=START_DEADLINE_S,
                what=self.log_tail,
            )
            and self._child.exit_code() is None
        ):
            return True
        self._child.kill_group()
        return False

    def _ports(self):
        return self.imap_port, self.lmtp_port

    @staticmethod
    def _greets(port):
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=5) as connection:
            return bool(connection.recv(1))
        return False

    def _make_certificate(self):
        if os.path.exists(self.ca_file):
            return
        subprocess.run(
            [
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "3650",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost,IP:127.0.0.1",
                "-keyout",
                self.path("key.pem"),
                "-out",
                self.ca_file,
            ],
            check=True,
            capture_output=True,
        )

    def _write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8", opener=_private) as file:
            file.write(text)

    def _own(self, path):
        if identity(self._user):
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _own_everything(self):
        """Gives the whole folder to the user that the server runs as (nothing to do unless we are root)."""
        if not identity(self._user):
            return
        self._own(self.directory)
        self._own(self._run_directory)
        for folder, directories, files in os.walk(self.directory):
            for name in directories + files:
                path = os.path.join(folder, name)
                if os.lstat(path).st_uid != self._user.pw_uid:
                    os.lchown(path, self._user.pw_uid, self._user.pw_gid)


def _private(path, flags):
    return os.open(path, flags, 0o600)
