"""Another client of an IMAP mailbox for `hermod plugin check` (docs/plugins.md): imap_client.py PORT COUNTER_FILE.

Each `open` takes the next of the server's users user1@example.test, user2@example.test and so on, whose mailbox is
empty; how many are used up stands in the counter file, since every law has a client of its own.
"""

import base64
import imaplib
import re
import sys
import time
import urllib.parse

PORT, COUNTER_FILE = int(sys.argv[1]), sys.argv[2]
PASSWORD = "secret"
FLAGS = {"seen": "\\Seen", "flagged": "\\Flagged", "answered": "\\Answered", "draft": "\\Draft"}


class Refused(Exception):
    pass


def wire_name(path):
    """Modified UTF-7 (RFC 3501 5.1.3), quoted."""
    try:
        text = path.decode()
    except UnicodeDecodeError:
        raise Refused from None
    if any(ord(c) < 0x20 or ord(c) == 0x7F for c in text):
        raise Refused

    def shifted(found):
        code = base64.b64encode(found[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
        return f"&{code}-"

    name = re.sub(r"[^\x20-\x7e]+", shifted, text.replace("&", "&-"))
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Client:
    def open(self):
        with open(COUNTER_FILE, "a+") as file:
            file.write(".")
            self.user = f"user{file.tell()}@example.test"
        self.connect()
        return f"ok imap_port={PORT} imap_username={self.user} imap_password={PASSWORD}"

    def connect(self):
        self.imap = imaplib.IMAP4("127.0.0.1", PORT)
        self.imap.login(self.user, PASSWORD)

    def must(self, answer):
        if answer[0] != "OK":
            raise Refused
        return answer[1]

    def uid(self, path, message_id):
        self.must(self.imap.select(wire_name(path)))
        (uids,) = self.must(self.imap.uid("SEARCH", "HEADER", "Message-ID", f'"<{message_id.decode()}>"'))
        return uids.split()[0].decode()

    def create(self, path):
        self.must(self.imap.create(wire_name(path)))

    def rename(self, path, to):
        self.must(self.imap.rename(wire_name(path), wire_name(to)))

    def delete(self, path):
        below = self.must(self.imap.list('""', wire_name(path + b"/*")))
        names = [re.search(rb'"/" (.*)$', line)[1].decode() for line in below if line]
        for name in sorted(names, reverse=True):
            self.must(self.imap.delete(name))
        self.must(self.imap.delete(wire_name(path)))

    def deliver(self, path, received_at, length):
        raw = sys.stdin.buffer.read(int(length))
        if int(received_at) < 0:  # the server writes years of four digits only from 1970 on
            raise Refused
        date = time.strftime('"%d-%b-%Y %H:%M:%S +0000"', time.gmtime(int(received_at)))
        self.must(self.imap.append(wire_name(path), None, date, raw))
        self.must(self.imap.select(wire_name(path)))
        about, kept = self.must(self.imap.uid("FETCH", "*", "(INTERNALDATE BODY.PEEK[])"))[0]
        kept_at = int(time.mktime(imaplib.Internaldate2tuple(about)))
        sys.stdout.buffer.write(b"ok %d %d\n%s" % (kept_at, len(kept), kept))
        return None

    def flags(self, path, message_id, *names):
        flags = " ".join(FLAGS[name.decode()] for name in names)
        self.must(self.imap.uid("STORE", self.uid(path, message_id), "FLAGS", f"({flags})"))

    def move(self, path, message_id, to):
        self.must(self.imap.uid("MOVE", self.uid(path, message_id), wire_name(to)))

    def copy(self, path, message_id, to):
        self.must(self.imap.uid("COPY", self.uid(path, message_id), wire_name(to)))

    def expunge(self, path, message_id):
        self.must(self.imap.uid("STORE", self.uid(path, message_id), "+FLAGS", "(\\Deleted)"))
        self.must(self.imap.expunge())


def main():
    client = Client()
    for line in iter(sys.stdin.buffer.readline, b""):
        what, *words = (b"" if w == b"-" else urllib.parse.unquote_to_bytes(w) for w in line.split())
        act = getattr(client, what.decode(), None)
        if act is None:
            answer = "unsupported"
        else:
            try:
                answer = act(*words) if what == b"deliver" else act(*words) or "ok"
            except Refused:
                answer = "refused"
            except imaplib.IMAP4.abort:  # the server hung up on it
                client.connect()
                answer = "refused"
            except imaplib.IMAP4.error as error:
                answer = "refused" if what in (b"create", b"deliver") else f"error {urllib.parse.quote(str(error))}"
        if answer:
            sys.stdout.buffer.write(answer.encode() + b"\n")
        sys.stdout.buffer.flush()


main()
