"""Many accounts at rest: a Dovecot that hibernates their connections, and the way to connect them all. Needs root, for a
system user per mailbox.
"""

import concurrent.futures
import os
import subprocess

from servers.api import imap_settings
from servers.dovecot import Dovecot

LOGINS_PER_SECOND = 100  # of SYNC_LOGINS_PER_SECOND: all of them log in to one server
CONNECTING = 4  # clients of the API at once
FIRST_UID = 20_000


class HibernatingDovecot(Dovecot):
    """With a system user per mailbox: the kernel lets one user watch only so many folders, and a connection
    that cannot watch does not hibernate.
    """

    def __init__(self, **options):
        super().__init__(**options)
        os.chmod(self.directory, 0o711)
        os.chmod(self.path("mail"), 0o1777)

    def _write_users(self):
        lines = (
            f"{name}:{{PLAIN}}{secret}:{FIRST_UID + number}:{FIRST_UID}::{self.path('mail', name)}::\n"
            for number, (name, secret) in enumerate(self.passwords.items())
        )
        self._write("users", "".join(lines), mode=0o600)

    def _configure(self):
        super()._configure()
        with open(self.config_file, "a", encoding="utf-8") as file:
            file.write(
                _HIBERNATE.format(
                    user=self._user.pw_name, group="nogroup", clients=4 * len(self.passwords) + 1000
                )
            )

    def _command(self):
        argv, _, environment = super()._command()
        return argv, None, environment  # as root, since it takes on the users of the mailboxes

    def users_connected(self):
        shown = subprocess.run(
            ["doveadm", "-c", self.config_file, "who", "-1"], check=True, capture_output=True, text=True
        )
        return len({line.split()[0] for line in shown.stdout.splitlines()[1:]})


_HIBERNATE = """protocol imap {{
  mail_max_userip_connections = 5000
  imap_hibernate_timeout = 1s
}}
service anvil {{
  client_limit = {clients}
}}
service auth {{
  client_limit = {clients}
  unix_listener auth-userdb {{
    mode = 0666
  }}
}}
service stats {{
  client_limit = {clients}
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
service imap-login {{
  client_limit = {clients}
}}
service imap {{
  extra_groups = {group}
  process_limit = {clients}
  service_count = 1
  client_limit = 1
  unix_listener imap-master {{
    user = {user}
  }}
}}
service imap-hibernate {{
  process_limit = 1
  client_limit = {clients}
  unix_listener imap-hibernate {{
    mode = 0660
    user = {user}
    group = {group}
  }}
}}
"""


def connect_all(hermod, key, server, addresses, **settings):
    """The grants' ids by address."""

    def connect(some):
        api = hermod.api(key)
        bodies = {
            address: {"provider": "imap", "settings": imap_settings(server, address, **settings)} for address in some
        }
        return {address: api.post("/v3/connect/custom", body)["data"]["id"] for address, body in bodies.items()}

    with concurrent.futures.ThreadPoolExecutor(CONNECTING) as pool:
        parts = pool.map(connect, [addresses[n::CONNECTING] for n in range(CONNECTING)])
        return {address: grant for part in parts for address, grant in part.items()}


def phases(api):
    found, offset = [], 0
    while page := api.get("/v3/grants", limit=200, offset=offset)["data"]:
        found += [grant["sync"]["phase"] for grant in page]
        offset += len(page)
    return found
