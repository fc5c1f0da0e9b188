"""Writes messages straight into a Maildir++ tree, as a delivery agent does: thousands a second.

The server gives UIDs in the order of the file names, so a folder keeps the order in which it was written.
Folder names are written in modified UTF-7 (RFC 3501 section 5.1.3), "/" separates levels.
"""

import base64
import dataclasses
import os
import re


@dataclasses.dataclass(frozen=True)
class Stored:
    """A message as it lies in a folder. Flags are Maildir letters: S seen, F flagged, R answered, D draft."""

    raw: bytes
    received_at: int
    flags: str = ""


def encode_name(name):
    """A folder name in modified UTF-7."""

    def shift(match):
        encoded = base64.b64encode(match[0].encode("utf-16-be")).decode().rstrip("=")
        return "&" + encoded.replace("/", ",") + "-"

    return re.sub(r"[^\x20-\x7e]+", shift, name.replace("&", "&-"))


def decode_name(name):
    """The reverse of encode_name."""

    def unshift(match):
        if not match[1]:
            return "&"
        padded = match[1].replace(",", "/") + "=" * (-len(match[1]) % 4)
        return base64.b64decode(padded).decode("utf-16-be")

    return re.sub(r"&([^-]*)-", unshift, name)


def folder_path(root, folder, encode=encode_name):
    """Where a folder lies below the Maildir `root`."""
    if folder == "INBOX":
        return root
    return os.path.join(root, "." + ".".join(encode(level) for level in folder.split("/")))


def write_folder(root, folder, messages, *, owner=None, encode=encode_name):
    """Appends messages to a folder below `root`, made where it is absent. `owner` is a (uid, gid) to give
    them to; `encode` says how names are written on disk.
    """
    path = folder_path(root, folder, encode)
    own = (lambda name: os.chown(name, *owner)) if owner else (lambda name: None)
    for directory in dict.fromkeys(
        (root, path, *(os.path.join(path, part) for part in ("cur", "new", "tmp")))
    ):
        os.makedirs(directory, mode=0o700, exist_ok=True)
        own(directory)
    first = len(os.listdir(os.path.join(path, "cur")))
    for number, message in enumerate(messages, start=first):
        # Name order must be list order, so the number leads and the time of arrival is the file's own.
        base = f"1{number:09d}.M{number}.seed,S={len(message.raw)},W={len(message.raw)}"
        target = os.path.join(path, "cur", f"{base}:2,{''.join(sorted(message.flags))}")
        with open(target, "xb") as file:
            file.write(message.raw)
        os.utime(target, (message.received_at, message.received_at))
        own(target)
