"""A private Courier IMAP: an old server with few extensions, without TLS and LMTP, on a free loopback port.

/etc/courier and /run/courier are compiled into it, so it runs in a mount namespace of its own where these are
folders of the test. That takes root and the right to mount; without it start() fails and says so.
"""

import dataclasses
import functools
import os
import subprocess
import time

from . import maildir
from .mail_server import HOST, MailServer
from .unpacked import environment, unpacked

# IDLE only polls, every so many seconds.
IDLE_POLL_S = 1

_START = """set -e
mount --make-rprivate /
mkdir -p /etc/courier /run/courier
mount --bind "$D/etc" /etc/courier
mount --bind "$D/run" /run/courier
"$R/usr/lib/courier/courier-authlib/authdaemond" &
authentication=$!
# It asks a file watcher at each login, and waits for one that is not there.
setpriv --reuid="$MAIL_UID" --regid="$MAIL_GID" --clear-groups "$R/usr/libexec/gam_server" --notimeout "$GAM_CLIENT_ID" &
watcher=$!
set -a
. "$R/etc/courier/imapd"
MAXDAEMONS=200 MAXPERIP=200 IMAP_ULIMITD=131072 IMAP_ENHANCEDIDLE=0 IMAP_TLS=0 IMAP_EMPTYTRASH=
IMAP_IDLE_TIMEOUT=$IDLE_POLL_S
set +a
"$R/usr/sbin/couriertcpd" -address=127.0.0.1 -maxprocs=200 -maxperip=200 -nodnslookup -noidentlookup "$LISTEN_PORT" \
  "$R/usr/lib/courier/courier/imaplogin" "$R/usr/bin/imapd" Maildir &
listener=$!
trap 'kill $authentication $watcher $listener; wait' TERM
wait -n
"""


class Courier(MailServer):
    name = "courier"
    ports_wanted = 1
    parts = (("etc", 0o755), ("run/authdaemon", 0o755), ("mail", 0o755))
    separator = "."
    prefix = "INBOX."

    def __init__(self, directory=None, **options):
        self._root = None
        super().__init__(directory, **options)
        os.chmod(self.directory, 0o755)  # it begins as root, mail belongs to another user

    @property
    def imaps_port(self):
        return 0

    @property
    def lmtp_port(self):
        return 0

    def start(self, ports=None):
        self._require_mounts()
        return super().start(ports)

    def maildir(self, address):
        return self.path("mail", address, "Maildir")

    def seed(self, address, folder, messages):
        """Writes maildir.Stored messages into a folder, by files."""
        maildir.write_folder(
            self.maildir(address),
            folder,
            [dataclasses.replace(message, raw=_on_disk(message.raw)) for message in messages],
            owner=(self._user.pw_uid, self._user.pw_gid),
            encode=str,  # on disk, names are UTF-8
        )

    def deliver(self, address, raw, sender="sender@example.test"):
        """Puts a message where a delivery agent would."""
        base = f"{time.time_ns()}.M{time.monotonic_ns()}.delivery"
        waiting = os.path.join(self.maildir(address), "tmp", base)
        with open(waiting, "xb") as file:
            file.write(b"Return-Path: <%s>\n" % sender.encode() + _on_disk(raw))
        self._own(waiting)
        os.rename(waiting, os.path.join(self.maildir(address), "new", base))

    def renumber(self, address, folder, uid_validity):
        """Gives a folder another UIDVALIDITY; its messages are the same. Until a client that may write selects it
        the server keeps none: EXAMINE gives another number every second.
        """
        with self.client(address) as client:
            client.select(f'"{self.wire_name(folder)}"')
        path = os.path.join(maildir.folder_path(self.maildir(address), folder, str), "courierimapuiddb")
        with open(path, encoding="ascii") as file:
            (version, _, uid_next), messages = file.readline().split(), file.read()
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(f"{version} {uid_validity} {uid_next}\n{messages}")
        self._own(path + ".new")
        os.rename(path + ".new", path)

    def _write_users(self):
        self._root = self._root or unpacked(self.directory, self._user)
        public, secret = [], []
        for address, password in self.passwords.items():
            if not os.path.exists(self.maildir(address)):
                self.seed(address, "INBOX", [])
                self._own(self.path("mail", address))
            identity_fields = f"uid={self._user.pw_uid}|gid={self._user.pw_gid}"
            public.append(
                f"{address}\t{identity_fields}|home={self.path('mail', address)}|shell=/bin/false|_=\n"
            )
            secret.append(f"{address}\timappw={_hashed(password)}\n")
        self._make_table("userdb", public)
        self._make_table("userdbshadow", secret)

    def _make_table(self, name, lines):
        """What makeuserdb does with its two tables: who a user is, and the passwords."""
        target = self.path("etc", f"{name}.dat")
        program = os.path.join(self._root, "usr/lib/courier/courier-authlib/makedatprog")
        subprocess.run(
            [program, "-", f"{target}.new", target],
            input="".join([*lines, ".\n"]),
            env=environment(self._root),
            check=True,
            text=True,
        )

    def _configure(self):
        self._write(
            "etc/authdaemonrc",
            'authmodulelist="authuserdb"\nauthmodulelistorig="authuserdb"\ndaemons=3\n'
            'authdaemonvar=/run/courier/authdaemon\nDEBUG_LOGIN=0\nDEFAULTOPTIONS=""\nLOGGEROPTS=""\n',
        )
        self._write("start.sh", _START)

    def _command(self):
        own = {
            "D": self.directory,
            "R": self._root,
            "LISTEN_PORT": str(self.imap_port),
            "IDLE_POLL_S": str(IDLE_POLL_S),
            "MAIL_UID": str(self._user.pw_uid),
            "MAIL_GID": str(self._user.pw_gid),
            "GAM_CLIENT_ID": f"hermod-{self.imap_port}",
        }
        argv = ["unshare", "-m", "bash", self.path("start.sh")]
        return argv, None, {**environment(self._root), **own}

    @staticmethod
    def _require_mounts():
        tried = subprocess.run(
            ["unshare", "-m", "mount", "--make-rprivate", "/"], capture_output=True, check=False, text=True
        )
        if tried.returncode:
            raise RuntimeError(
                f"Courier needs root and a mount namespace (unshare -m): {tried.stderr.strip()}"
            )


def _on_disk(raw):
    """It stores lines as Unix does, and gives them out as IMAP does."""
    return raw.replace(b"\r\n", b"\n")


@functools.cache
def _hashed(password):
    done = subprocess.run(["openssl", "passwd", "-1", password], capture_output=True, check=True, text=True)
    return done.stdout.strip()
