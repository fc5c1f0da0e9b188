"""Compares what the API says about an account with what an independent IMAP client sees on the server.

Each function answers a list of differences, in words; an empty list means that the copy is faithful.
"""

import collections
import dataclasses
import hashlib
import re

from servers.api import ApiError

FETCH_BATCH = 50
DIFFERENCES_MAX = 20
_LIST_LINE = re.compile(rb'\((?P<attributes>[^)]*)\) "(?P<separator>.)" (?P<name>.+)')
_FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")


class Changing(Exception):
    """The mailbox changed while it was read: not yet."""


@dataclasses.dataclass
class OnServer:
    """All copies of the same bytes on the mail server."""

    folders: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    any_seen: bool = False
    any_flagged: bool = False


@dataclasses.dataclass
class FolderOnServer:
    total: int = 0
    unread: int = 0


def read_server(server, address):
    """Everything on the server: {sha256: OnServer}, {folder name: FolderOnServer}."""
    messages, folders = collections.defaultdict(OnServer), {}
    with server.client(address) as client:
        for line in client.list()[1]:
            if not line:
                continue  # behind a literal
            text = line[0] if isinstance(line, tuple) else line
            found = _LIST_LINE.match(text)
            wire_name = line[1].decode() if isinstance(line, tuple) else unquoted(found["name"].decode("ascii"))
            container = rb"\noselect" in found["attributes"].lower()
            name = server.folder_of(wire_name)
            folders[name] = FolderOnServer() if container else _read_folder(client, name, wire_name, messages)
    return dict(messages), folders


def unquoted(text):
    """The value of a quoted string or an atom of IMAP."""
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def quoted(text):
    """A quoted string of IMAP."""
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def _read_folder(client, name, wire_name, messages):
    state = FolderOnServer()
    selected, said = client.select(quoted(wire_name), readonly=True)
    if selected != "OK":
        if b"doesn't exist" in said[0]:  # Quirk(Dovecot): deleted, but listed for the sake of folders below it
            return state
        raise Changing
    uids = client.uid("SEARCH", "ALL")[1][0].split()
    for start in range(0, len(uids), FETCH_BATCH):
        batch = b",".join(uids[start : start + FETCH_BATCH]).decode()
        for item in client.uid("FETCH", batch, "(UID FLAGS BODY.PEEK[])")[1]:
            if not isinstance(item, tuple):
                continue
            flags = _FLAGS.search(item[0])[1].lower().split()
            message = messages[hashlib.sha256(item[1]).hexdigest()]
            message.folders[name] += 1
            message.any_seen |= rb"\seen" in flags
            message.any_flagged |= rb"\flagged" in flags
            state.total += 1
            state.unread += rb"\seen" not in flags
    if state.total != len(uids):
        raise Changing
    return state


def read_api(api, grant_id):
    """Everything in the API: [(sha256, message)] and {folder id: folder}."""
    folders = {folder["id"]: folder for folder in api.items(f"/v3/grants/{grant_id}/folders")}
    messages = [
        (hashlib.sha256(api.raw_mime(grant_id, message["id"])).hexdigest(), message)
        for message in api.items(f"/v3/grants/{grant_id}/messages")
    ]
    return messages, folders


def folder_path(folder, folders):
    """A folder's full path from its parents' names."""
    names = [folder["name"]]
    while folder.get("parent_id"):
        folder = folders[folder["parent_id"]]
        names.append(folder["name"])
    return "/".join(reversed(names))


def differences(server, address, api, grant_id):
    """All differences between the two: bytes, placements, flags, folders and their counts."""
    try:
        expected, expected_folders = read_server(server, address)
    except Changing:
        return ["the mailbox changed while it was read"]
    try:
        messages, folders = read_api(api, grant_id)
    except ApiError as error:
        if error.status != 404:
            raise
        return ["a listed message was gone when it was read"]  # the sync goes on meanwhile
    paths = {folder_id: folder_path(folder, folders) for folder_id, folder in folders.items()}
    found = _message_differences(expected, messages, paths)
    by_path = {paths[folder_id]: folder for folder_id, folder in folders.items()}
    for name, state in expected_folders.items():
        folder = by_path.get(name)
        counts = folder and (folder.get("total_count"), folder.get("unread_count"))
        if counts != (state.total, state.unread):
            found.append(f"folder {name}: API counts {counts}, server {state.total}, {state.unread}")
    found += [f"folder {name} is not on the server" for name in by_path.keys() - expected_folders.keys()]
    return found[:DIFFERENCES_MAX]


def _message_differences(expected, messages, paths):
    found = []
    times_seen = collections.Counter(digest for digest, _ in messages)
    found += [
        f"bytes {digest[:12]} are {count} messages" for digest, count in times_seen.items() if count > 1
    ]
    found += [
        f"bytes {digest[:12]} in {dict(expected[digest].folders)} are missing"
        for digest in expected.keys() - times_seen.keys()
    ]
    for digest, message in messages:
        want = expected.get(digest)
        if want is None:
            found.append(f"message {message['id']} has bytes {digest[:12]} that the server does not have")
            continue
        in_folders = {paths.get(folder_id, folder_id) for folder_id in message["folders"]}
        if in_folders != set(want.folders):
            found.append(f"message {message['id']} is in {in_folders}, on the server in {set(want.folders)}")
        if (message["unread"], message["starred"]) != (not want.any_seen, want.any_flagged):
            found.append(
                f"message {message['id']}: unread {message['unread']}, starred {message['starred']}; "
                f"on the server seen {want.any_seen}, flagged {want.any_flagged}"
            )
    return found


def thread_differences(placements, api, grant_id):
    """Compares the API's threads with the generator's conversations, as two ways to part the same messages."""
    digests = {hashlib.sha256(one.stored.raw).hexdigest(): one.conversation for one in placements}
    messages, _ = read_api(api, grant_id)
    conversations, threads = collections.defaultdict(set), collections.defaultdict(set)
    for digest, message in messages:
        if digests.get(digest) is not None:
            conversations[digests[digest]].add(message["thread_id"])
            threads[message["thread_id"]].add(digests[digest])
    found = [
        f"conversation {number} is {len(ids)} threads"
        for number, ids in conversations.items()
        if len(ids) > 1
    ]
    found += [
        f"thread {thread} joins conversations {sorted(numbers)}"
        for thread, numbers in threads.items()
        if len(numbers) > 1
    ]
    listed = {
        thread["id"]: set(thread["message_ids"]) for thread in api.items(f"/v3/grants/{grant_id}/threads")
    }
    members = collections.defaultdict(set)
    for _, message in messages:
        members[message["thread_id"]].add(message["id"])
    found += [
        f"thread {thread} lists {len(listed.get(thread, ()))} messages, {len(ids)} name it"
        for thread, ids in members.items()
        if listed.get(thread) != ids
    ]
    return found[:DIFFERENCES_MAX]
