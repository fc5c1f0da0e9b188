"""A destination of webhooks: answers the challenge, keeps what it is sent, and fails when it is told to."""

import contextlib
import gzip
import hashlib
import hmac
import http.server
import json
import threading
import urllib.parse

from .waiting import until

BODY_BYTES_MAX = 4 << 20


class Notification:
    """One request as it came over the wire."""

    def __init__(self, path, headers, raw):
        self.path, self.headers, self.raw = path, headers, raw
        packed = headers.get("Content-Encoding") == "gzip"
        self.json = json.loads(gzip.decompress(raw) if packed else raw)

    @property
    def type(self):
        return self.json["type"]

    @property
    def event_id(self):
        return self.json["id"]

    @property
    def object(self):
        return self.json["data"]["object"]

    @property
    def subject(self):
        return self.object.get("subject")

    def signed_by(self, secret):
        """Whether the signature is that of the bytes on the wire."""
        made = hmac.new(secret.encode(), self.raw, hashlib.sha256).hexdigest()
        return hmac.compare_digest(made, self.headers.get("x-nylas-signature", ""))


class Listener:
    """Use as a context manager. `answer`: the status of notifications, or a function(notification) that gives it; it
    may block. `challenge`: a function(value) that gives status, headers and body. What was answered with 2xx is in
    `accepted`, everything in `received`, both in their order. The port stays the same from stop() to start().
    """

    def __init__(self):
        self.answer = 200
        self.challenge = lambda value: (200, {}, value.encode())
        self.challenges = []
        self.received, self.accepted = [], []
        self.connections = 0
        self.port = 0
        self._lock = threading.Lock()
        self._server = None

    def url(self, path="/hook"):
        return f"http://127.0.0.1:{self.port}{path}"

    def start(self):
        owner = self

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 128

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                with owner._lock:
                    owner.connections += 1

            def do_GET(self):
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                value = query.get("challenge", [""])[0]
                owner.challenges.append(self.path)
                self.reply(*owner.challenge(value))

            def do_POST(self):
                raw = self.rfile.read(min(int(self.headers["Content-Length"]), BODY_BYTES_MAX))
                status, headers = owner._take(Notification(self.path, self.headers, raw))
                self.reply(status, headers, b"")

            def reply(self, status, headers, body):
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def handle_one_request(self):
                with contextlib.suppress(OSError):
                    super().handle_one_request()
                    return
                self.close_connection = True

            def log_message(self, *_):
                pass

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self):
        """Nobody listens any more; connections that are open end with their next request."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def _take(self, notification):
        with self._lock:
            self.received.append(notification)
            answer = self.answer if self._server else 503
        status = answer(notification) if callable(answer) else answer
        headers = {}
        if isinstance(status, tuple):
            status, headers = status
        with self._lock:
            if 200 <= status < 300:
                self.accepted.append(notification)
        return status, headers

    def taken(self, **wanted):
        """The accepted notifications whose properties are these."""
        with self._lock:
            found = list(self.accepted)
        return [each for each in found if all(getattr(each, name) == value for name, value in wanted.items())]

    def first_of_each(self):
        """The accepted notifications without those that came again, as a receiver reads them."""
        with self._lock:
            found = list(self.accepted)
        first = {}
        for each in found:
            first.setdefault(each.event_id, each)
        return list(first.values())

    def wait_for(self, count, *, deadline_s=60, **wanted):
        until(
            lambda: len(self.taken(**wanted)) >= count,
            deadline_s=deadline_s,
            what=lambda: f"{count} notifications {wanted}; there are {[(n.type, n.subject) for n in self.received][-20:]}",
        )
        return self.taken(**wanted)
