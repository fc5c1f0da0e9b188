"""A private Cyrus IMAP: IMAP with STARTTLS, IMAP over TLS, and LMTP, on free loopback ports, wholly
unprivileged. A user's mailbox is made when the user first logs in.
"""

import contextlib
import imaplib
import os
import re
import struct
import subprocess
import zlib

from .child import identity
from .mail_server import MailServer
from .saslauthd import Saslauthd
from .unpacked import environment, unpacked

SPECIAL_FOLDERS = ("Drafts", "Sent", "Trash", "Junk", "Archive")
# Of cyrus.index, version 17.
INDEX_HEADER_BYTES, INDEX_UIDVALIDITY_AT, INDEX_CHECKSUM_AT = 160, 44, 156
CONFIGURATION_FOLDERS = ("db", "log", "msg", "proc", "socket", "user", "quota")


class Cyrus(MailServer):
    name = "cyrus"
    ports_wanted = 3
    parts = (
        ("data", 0o755),
        ("auth", 0o755),
        ("conf", 0o755),
        *((f"conf/{part}", 0o755) for part in CONFIGURATION_FOLDERS),
    )

    def __init__(self, directory=None, **options):
        super().__init__(directory, **options)
        self._root = unpacked(self.directory, self._user)
        self._saslauthd = None

    def start(self, ports=None):
        if not self._saslauthd:
            self._saslauthd = Saslauthd(self.path("auth", "mux"), self.passwords)
        return super().start(ports)

    def close(self):
        super().close()
        if self._saslauthd:
            self._saslauthd.close()

    def seed(self, address, folder, messages):
        """Appends maildir.Stored messages to a folder, which is made where it is absent."""
        names = {"S": r"\Seen", "F": r"\Flagged", "R": r"\Answered", "D": r"\Draft"}
        with self.client(address) as client:
            client.create(f'"{self.wire_name(folder)}"')
            for message in messages:
                flags = f"({' '.join(names[letter] for letter in message.flags)})"
                date = imaplib.Time2Internaldate(message.received_at)
                status, why = client.append(f'"{self.wire_name(folder)}"', flags, date, message.raw)
                if status != "OK":
                    raise RuntimeError(f"APPEND to {folder}: {why}")

    def renumber(self, address, folder, uid_validity):
        """Gives a folder another UIDVALIDITY; its messages are the same. There is no command for it: the number
        in the header of the folder's index is written over, with its checksum, and the list of folders mended.
        """
        with self.client(address) as client:
            status = client.status(f'"{self.wire_name(folder)}"', "(MAILBOXID)")[1][0].decode()
        mailbox = re.search(r"MAILBOXID \((\w+)\)", status)[1]
        with open(self.path("data/uuid", mailbox[0], mailbox[1], mailbox, "cyrus.index"), "r+b") as index:
            header = bytearray(index.read(INDEX_HEADER_BYTES))
            struct.pack_into("!I", header, INDEX_UIDVALIDITY_AT, uid_validity)
            struct.pack_into("!I", header, INDEX_CHECKSUM_AT, zlib.crc32(header[:INDEX_CHECKSUM_AT]))
            index.seek(0)
            index.write(header)
        inbox = f"user/{address}"
        name = inbox if folder == "INBOX" else inbox.replace("@", f"/{self.wire_name(folder)}@")
        subprocess.run(
            [self._program("reconstruct"), "-C", self.path("imapd.conf"), name],
            env=self._environment(),
            check=True,
            capture_output=True,
            **identity(self._user),
        )

    def log_tail(self):
        own = super().log_tail()
        with contextlib.suppress(FileNotFoundError), open(self.path("syslog"), encoding="utf-8") as log:
            return own + "".join(log.readlines()[-40:])
        return own

    def _configure(self):
        folders = " | ".join(SPECIAL_FOLDERS) if self._special_folders else ""
        made = (
            "".join(f"xlist-{name.lower()}: {name}\n" for name in SPECIAL_FOLDERS)
            + f"autocreate_inbox_folders: {folders}\nautocreate_subscribe_folders: {folders}\n"
            if folders
            else ""
        )
        self._write(
            "imapd.conf",
            f"""cyrus_user: {self._user.pw_name}
configdirectory: {self.path("conf")}
defaultpartition: default
partition-default: {self.path("data")}
admins: admin
servername: localhost
sasl_pwcheck_method: saslauthd
sasl_saslauthd_path: {self.path("auth", "mux")}
sasl_mech_list: PLAIN LOGIN
allowplaintext: yes
virtdomains: userid
defaultdomain: internal.test
altnamespace: yes
unixhierarchysep: yes
username_tolower: yes
autocreate_users: anyone
autocreate_post: yes
autocreate_quota: 0
{made}conversations: yes
conversations_db: twoskip
tls_server_cert: {self.ca_file}
tls_server_key: {self.path("key.pem")}
munge8bit: no
sync_log: no
expunge_mode: delayed
delete_mode: immediate
maxlogins_per_host: 0
maxlogins_per_user: 0
imapidlepoll: 1
""",
        )
        configuration = self.path("imapd.conf")
        programs = self._program("")
        self._write(
            "cyrus.conf",
            f"""START {{
  recover cmd="{programs}ctl_cyrusdb -C {configuration} -r"
  idled cmd="{programs}idled -C {configuration}"
}}
SERVICES {{
  imap cmd="{programs}imapd -C {configuration} -U 100" listen="127.0.0.1:{self.imap_port}" prefork=1
  imaps cmd="{programs}imapd -C {configuration} -s -U 100" listen="127.0.0.1:{self.imaps_port}" prefork=0
  lmtp cmd="{programs}lmtpd -C {configuration} -a" listen="127.0.0.1:{self.lmtp_port}" prefork=0
}}
EVENTS {{
}}
""",
        )

    def _command(self):
        argv = [self._program("master"), "-C", self.path("imapd.conf"), "-M", self.path("cyrus.conf")]
        argv += ["-p", self.path("master.pid"), "-D"]
        return argv, self._user, self._environment()

    def _program(self, name):
        return os.path.join(self._root, "usr/lib/cyrus/bin", name)

    def _environment(self):
        # Nothing here must survive a loss of power, and its many calls of fsync cost most of the time.
        no_fsync = os.path.join(self._root, "usr/lib/x86_64-linux-gnu/libeatmydata.so")
        return {**environment(self._root), "CYRUS_USER": self._user.pw_name, "LD_PRELOAD": no_fsync}
