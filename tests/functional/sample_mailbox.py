"""A deterministic mailbox of two folders that holds the cases a sync engine gets wrong.

Of `placements` messages, in both folders together: 2 to 60 KB each, plain and multipart, with attachments,
text in several scripts and charsets, conversations across both folders, the same bytes in both folders, the
same bytes twice in one folder, no Message-ID, and one Message-ID on different messages. The same size and
seed give the same bytes.
"""

import base64
import dataclasses
import email.header
import email.utils
import quopri
import random

from servers.maildir import Stored

FOLDERS = ("INBOX", "Projekte/Übersee")
TEXT_BYTES_MIN, TEXT_BYTES_MAX = 2_000, 20_000  # before transfer encoding, which at most triples it
FIRST_RECEIVED_AT = 1_700_000_000
CONVERSATION_MESSAGES_MAX = 6

_WORDS = {
    "utf-8": "Grüße Straße naïve façade ελληνικά привет 日本語 中文 한국어 العربية עברית हिन्दी 🙂".split(),
    "iso-8859-1": "Mañana façade über Ærø señor crème brûlée plan report budget".split(),
    "windows-1251": "Привет отчёт встреча бюджет план".split(),
    "iso-2022-jp": "日本語 会議 報告 予定".split(),
    "us-ascii": "plan report budget meeting invoice draft review".split(),
}
_ADDRESSES = [f'"Person {n}" <person{n}@example.test>' for n in range(40)]


@dataclasses.dataclass(frozen=True)
class Placement:
    """One message in one folder. `conversation` is None where no expectation about its thread is certain."""

    folder: str
    stored: Stored
    conversation: int | None


def generate(placements, seed=8400, text_bytes=(TEXT_BYTES_MIN, TEXT_BYTES_MAX)):
    """Returns exactly `placements` Placements, oldest first."""
    made = _Maker(seed, text_bytes)
    result = []
    while len(result) < placements:
        result.extend(made.conversation(len(result)))
    return result[:placements]


def seed_server(server, address, placements):
    """Writes the mailbox into a Dovecot."""
    for folder in FOLDERS:
        server.seed(address, folder, [one.stored for one in placements if one.folder == folder])


class _Maker:
    def __init__(self, seed, text_bytes):
        self._random = random.Random(seed)
        self._text_bytes = text_bytes
        self._conversations = 0

    def conversation(self, number):
        """The placements of one conversation, or of one of the special cases."""
        self._conversations += 1
        case = self._random.random()
        if case < 0.04:
            return self._same_bytes(number, FOLDERS)
        if case < 0.06:
            return self._same_bytes(number, (self._random.choice(FOLDERS),) * 2)
        if case < 0.08:
            return [self._place(number, message_id=None)]
        if case < 0.10:
            return self._repeated_message_id(number)
        if case < 0.50:
            return self._replies(number)
        return [self._place(number, message_id=f"<m{number}@example.test>")]

    def _same_bytes(self, number, folders):
        first = self._place(number, message_id=f"<m{number}@example.test>")
        return [
            dataclasses.replace(first, folder=folder, stored=dataclasses.replace(first.stored, flags=flags))
            for folder, flags in zip(folders, self._random.sample(["", "S", "FS", "F"], len(folders)))
        ]

    def _repeated_message_id(self, number):
        """Two different messages under one Message-ID. Which thread the second belongs to is open."""
        return [
            dataclasses.replace(
                self._place(number + part, message_id=f"<again{number}@example.test>"), conversation=None
            )
            for part in range(2)
        ]

    def _replies(self, number):
        """A conversation by References. In one of four the first message was never received."""
        count = self._random.randint(2, CONVERSATION_MESSAGES_MAX)
        subject = self._subject(number)
        ids = [f"<m{number}.{part}@example.test>" for part in range(count)]
        first = 1 if count > 2 and self._random.random() < 0.25 else 0
        return [
            self._place(
                number + part,
                message_id=ids[part],
                references=ids[:part],
                subject=subject if part == 0 else "Re: " + subject,
            )
            for part in range(first, count)
        ]

    def _place(self, number, *, message_id, references=(), subject=None):
        received_at = FIRST_RECEIVED_AT + number * 300
        headers = [
            f"From: {self._random.choice(_ADDRESSES)}",
            f"To: {self._random.choice(_ADDRESSES)}",
            "Subject: " + _header(subject or self._subject(number)),
            f"Date: {email.utils.formatdate(received_at)}",
            "MIME-Version: 1.0",
        ]
        if message_id:
            headers.append(f"Message-ID: {message_id}")
        if references:
            headers += [f"In-Reply-To: {references[-1]}", "References: " + "\r\n ".join(references)]
        self._random.shuffle(headers)
        raw = ("\r\n".join(headers) + "\r\n").encode() + self._entity(self._size())
        flags = "".join(
            flag for flag, share in (("S", 0.7), ("F", 0.1), ("R", 0.1)) if self._random.random() < share
        )
        return Placement(self._random.choice(FOLDERS), Stored(raw, received_at, flags), self._conversations)

    def _size(self):
        """Small ones are common, large ones rare."""
        smallest, largest = self._text_bytes
        return int(smallest * (largest / smallest) ** self._random.random())

    def _subject(self, number):
        """Unlike any other, so that no thread is joined by subject alone."""
        words = _WORDS[self._random.choice(["utf-8", "iso-8859-1", "us-ascii"])]
        return " ".join(self._random.choices(words, k=3)) + f" {number}"

    def _entity(self, size):
        """Content headers, blank line and content of about `size` bytes."""
        kind = self._random.choice(["plain", "plain", "alternative", "mixed"])
        if kind == "plain":
            return self._text("plain", size)
        text, html = self._text("plain", size // 3), self._text("html", size // 2)
        alternative = self._multipart("alternative", [text, html])
        return (
            alternative
            if kind == "alternative"
            else self._multipart("mixed", [alternative, self._attachment(size // 2)])
        )

    def _multipart(self, subtype, parts):
        boundary = f"=_{self._random.getrandbits(96):024x}"
        lines = [f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode()]
        lines += [f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts]
        return b"".join([*lines, f"--{boundary}--\r\n".encode()])

    def _text(self, subtype, size):
        charset = self._random.choice(sorted(_WORDS))
        words, lines, length = _WORDS[charset], [], 0
        while length < size:
            lines.append(" ".join(self._random.choices(words, k=self._random.randint(3, 12))))
            length += len(lines[-1].encode(charset, "xmlcharrefreplace")) + 2
        content = "\r\n".join(lines) + "\r\n"
        if subtype == "html":
            content = f"<html><body><p>{content}</p></body></html>\r\n"
        encoded, encoding = self._transfer_encode(content.encode(charset, "xmlcharrefreplace"), charset)
        return (
            f"Content-Type: text/{subtype}; charset={charset}\r\n"
            f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + encoded
        )

    def _transfer_encode(self, content, charset):
        encoding = self._random.choice(
            ["7bit"] if charset in ("us-ascii", "iso-2022-jp") else ["8bit", "quoted-printable", "base64"]
        )
        if encoding == "base64":
            return _crlf(base64.encodebytes(content)), encoding
        if encoding == "quoted-printable":
            return _crlf(quopri.encodestring(content.replace(b"\r\n", b"\n"))), encoding
        return content, encoding

    def _attachment(self, size):
        name = self._random.choice(["report.pdf", "data.csv", "Übersicht.xlsx", "写真.jpg"])
        return (
            f'Content-Type: application/octet-stream; name="{_header(name)}"\r\n'
            f"Content-Disposition: attachment; filename*=utf-8''{_percent(name)}\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\n"
        ).encode() + _crlf(base64.encodebytes(self._random.randbytes(max(16, size * 3 // 4))))


def _header(text):
    return text if text.isascii() else email.header.Header(text, "utf-8").encode(linesep="\r\n")


def _percent(text):
    return "".join(f"%{byte:02X}" if byte > 126 else chr(byte) for byte in text.encode())


def _crlf(lines):
    return lines.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
