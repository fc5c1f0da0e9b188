"""A private Dovecot: IMAP with STARTTLS, IMAP over TLS, and LMTP, on free loopback ports, wholly
unprivileged.
"""

import contextlib
import grp
import os
import shutil
import subprocess
import tempfile

from . import dovecot_config, maildir
from .child import identity
from .mail_server import MailServer

RUN_PATH_MAX = 60


class Dovecot(MailServer):
    name = "dovecot"
    variants = tuple(dovecot_config.VARIANTS)
    ports_wanted = 3
    parts = (("run", 0o755), ("state", 0o700), ("mail", 0o700))

    def __init__(self, directory=None, **options):
        super().__init__(directory, **options)
        self.max_user_connections = 200  # takes effect at the next start, as do the limits
        self.limits = dovecot_config.Limits()
        self._run_directory = self.path("run")
        if len(self._run_directory) > RUN_PATH_MAX:  # sockets lie there, and their paths are limited
            self._run_directory = tempfile.mkdtemp(prefix="hermod-run-")

    @property
    def config_file(self):
        return self.path("dovecot.conf")

    def close(self):
        super().close()
        if self._run_directory != self.path("run"):
            shutil.rmtree(self._run_directory, ignore_errors=True)

    def maildir(self, address):
        return self.path("mail", address, "Maildir")

    def seed(self, address, folder, messages):
        """Writes maildir.Stored messages into a folder, by files."""
        os.makedirs(self.path("mail", address), mode=0o700, exist_ok=True)
        self._own(self.path("mail", address))
        maildir.write_folder(
            self.maildir(address), folder, messages, owner=(self._user.pw_uid, self._user.pw_gid)
        )

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

    def renumber(self, address, folder, uid_validity):
        """Gives a folder another UIDVALIDITY; its messages are the same."""
        self.doveadm(
            "mailbox", "update", "-u", address, "--uid-validity", str(uid_validity), self.wire_name(folder)
        )

    def describe(self):
        return {**super().describe(), "config": self.config_file}

    def log_tail(self):
        own = super().log_tail()
        with contextlib.suppress(FileNotFoundError), open(self.path("dovecot.log"), encoding="utf-8") as log:
            return own + "".join(log.readlines()[-40:])
        return own

    def _write_users(self):
        # The empty fields are required where the file is a userdb as well.
        lines = (f"{name}:{{PLAIN}}{secret}::::::\n" for name, secret in self.passwords.items())
        self._write("users", "".join(lines))

    def _configure(self):
        self._own(self._run_directory)
        self._write("acl", dovecot_config.render_acl(self.limits))
        self._write(
            "dovecot.conf",
            dovecot_config.render(
                directory=self.directory,
                run_directory=self._run_directory,
                user=self._user.pw_name,
                group=grp.getgrgid(self._user.pw_gid).gr_name,
                variant=self.variant,
                special_folders=self._special_folders,
                max_user_connections=self.max_user_connections,
                limits=self.limits,
                imap_port=self.imap_port,
                imaps_port=self.imaps_port,
                lmtp_port=self.lmtp_port,
            ),
        )

    def _command(self):
        # A path set in the environment of a developer must not change the server under test.
        argv = ["dovecot", "-F", "-c", self.config_file]
        return argv, self._user, {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}

    def _must_greet(self):
        return self.imap_port, self.lmtp_port
