"""An SSE client of the feed."""

import http.client
import json
import socket

LINE_BYTES_MAX = 1 << 24


class Stream:
    """An SSE client. Iterate over next_event(); `last_id` is what a browser would send as Last-Event-ID."""

    def __init__(self, hermod, key, path, last_id=None, deadline_s=30, receive_bytes=None):
        """`receive_bytes`: how much the connection holds that was not read yet."""
        headers = {"Authorization": f"Bearer {key}", "Accept": "text/event-stream"}
        if last_id:
            headers["Last-Event-ID"] = last_id
        self.last_id = last_id
        self.connection = http.client.HTTPConnection("127.0.0.1", hermod.port, timeout=deadline_s)
        if receive_bytes:
            self.connection.sock = socket.socket()
            self.connection.sock.settimeout(deadline_s)
            self.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
            self.connection.sock.connect(("127.0.0.1", hermod.port))
        self.connection.request("GET", path, headers=headers)
        self.answer = self.connection.getresponse()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.answer.close()
        self.connection.close()

    def next_event(self):
        """(type, entry); None at the end of the stream."""
        fields = {}
        while line := self.answer.readline(LINE_BYTES_MAX):
            text = line.decode().rstrip("\n")
            if not text:
                self.last_id = fields.get("id", self.last_id)
                if "data" in fields:
                    return fields["event"], json.loads(fields["data"])
                fields = {}
            elif not text.startswith(":"):
                name, _, value = text.partition(": ")
                fields[name] = value
        return None

    def until(self, wanted):
        """The entries up to the first of which `wanted(type, entry)` holds."""
        seen = []
        while True:
            event = self.next_event()
            if event is None:
                raise AssertionError(f"the stream ended after {seen[-3:]}")
            seen.append(event)
            if wanted(*event):
                return seen
