"""The configuration of a private Dovecot, and the variants that stand for poorer servers.

A variant hides capabilities by announcing the literal list of what is left; Dovecot still understands the
commands, as a client that minds capabilities never sends them. no_condstore also keeps the index in memory,
which takes modification sequences away for real: SELECT answers NOMODSEQ, FETCH MODSEQ is BAD.
"""

import dataclasses

FULL = (
    "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT THREAD=REFERENCES MULTIAPPEND CATENATE UNSELECT "
    "CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED CONDSTORE QRESYNC ESEARCH SEARCHRES WITHIN CONTEXT=SEARCH "
    "LIST-STATUS BINARY MOVE STATUS=SIZE SAVEDATE LITERAL+ NOTIFY SPECIAL-USE"
)


@dataclasses.dataclass(frozen=True)
class Variant:
    hidden: frozenset = frozenset()
    index_in_memory: bool = False
    compress: bool = False  # offers COMPRESS=DEFLATE


VARIANTS = {
    "qresync": Variant(),
    "condstore_only": Variant(frozenset({"QRESYNC"})),
    "no_condstore": Variant(frozenset({"QRESYNC", "CONDSTORE", "SAVEDATE"}), index_in_memory=True),
    "no_idle": Variant(frozenset({"IDLE", "NOTIFY"})),
    "no_move": Variant(frozenset({"MOVE", "UIDPLUS"})),
    "no_notify": Variant(frozenset({"NOTIFY"})),
    "compress": Variant(compress=True),
    "minimal": Variant(frozenset(FULL.split()) - {"IMAP4rev1"}, index_in_memory=True),
}



@dataclasses.dataclass(frozen=True)
class Limits:
    """What a user may not do."""

    quota_messages: int = 0  # of the whole mailbox; 0: any number
    read_only: tuple = ()  # folders


SPECIAL_FOLDERS = ("Drafts", "Sent", "Trash", "Junk", "Archive")


def render(
    *,
    directory,
    run_directory,
    user,
    group,
    variant,
    special_folders,
    max_user_connections,
    limits,
    imap_port,
    imaps_port,
    lmtp_port,
):
    """The text of dovecot.conf. `user` is the one account that every process runs as."""
    chosen = VARIANTS[variant]
    capability = (
        ""
        if not chosen.hidden
        else ("imap_capability = " + " ".join(word for word in FULL.split() if word not in chosen.hidden))
    )
    plugins = "mail_plugins = $mail_plugins zlib imap_zlib" if chosen.compress else ""
    index = ":INDEX=MEMORY" if chosen.index_in_memory else ""
    # In memory it would be each session's own, blind to what others create.
    list_index = "no" if chosen.index_in_memory else "yes"
    folders = "".join(
        f"  mailbox {name} {{\n    special_use = \\{name}\n    auto = subscribe\n  }}\n"
        for name in (SPECIAL_FOLDERS if special_folders else ())
    )
    return f"""base_dir = {run_directory}
state_dir = {directory}/state
log_path = {directory}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
ssl = yes
ssl_cert = <{directory}/certificate.pem
ssl_key = <{directory}/key.pem
disable_plaintext_auth = yes
auth_mechanisms = plain login
auth_username_format = %Lu
auth_failure_delay = 0
first_valid_uid = 0
first_valid_gid = 0
mail_home = {directory}/mail/%Lu
mail_location = maildir:~/Maildir{index}
mail_fsync = never
mail_max_userip_connections = {max_user_connections}
mailbox_list_index = {list_index}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {directory}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {directory}/users
  default_fields = uid={user} gid={group} home={directory}/mail/%Lu
}}
{_limits(limits, directory)}namespace inbox {{
  inbox = yes
  separator = /
{folders}}}
protocol imap {{
  {capability}
  {plugins}
}}
protocol lmtp {{
  postmaster_address = postmaster@example.test
}}
recipient_delimiter = +
lmtp_save_to_detail_mailbox = yes
hostname = localhost
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp_port}
  }}
}}
service imap {{
  process_limit = 500
}}
"""


def _limits(limits, directory):
    plugins, settings = [], []
    if limits.quota_messages:
        plugins.append("quota")
        settings += ["quota = count:all", f"quota_rule = *:messages={limits.quota_messages}", "quota_vsizes = yes"]
    if limits.read_only:
        plugins.append("acl")
        settings.append(f"acl = vfile:{directory}/acl")
    if not plugins:
        return ""
    return f"mail_plugins = {' '.join(plugins)}\nplugin {{\n" + "".join(f"  {one}\n" for one in settings) + "}\n"


def render_acl(limits):
    """The text of the file of access rights: who owns the mailbox may look at those folders and read them."""
    return "".join(f"{folder} owner lr\n" for folder in limits.read_only)
