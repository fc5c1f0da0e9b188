"""A gate before a server: passes bytes up to an allowance, then holds every connection, so that a test can
act at one known point of a transfer. Bytes are passed as they are: TLS goes through unseen.
"""

import collections
import contextlib
import re
import socket
import threading

CHUNK_BYTES = 8192


class Gate:
    """Listens on a free loopback port. Thread-safe."""

    def __init__(self, target_port, observe=lambda connection, data: None):
        """`observe` is told every piece that a server sends, and on which connection."""
        self._target_port = target_port
        self._observe = observe
        self._state = threading.Condition()
        self._allowance = 0  # bytes that the server may still send to its clients
        self._waiting = 0
        self._open = True
        self._sockets = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def allow(self, count):
        """Lets `count` more bytes through; float("inf") opens the gate for good."""
        with self._state:
            self._allowance += count
            self._state.notify_all()

    def wait_until_holding(self, deadline_s):
        """Returns once a server's answer waits at the closed gate."""
        with self._state:
            if not self._state.wait_for(lambda: self._waiting and self._allowance <= 0, deadline_s):
                raise TimeoutError(f"no answer reached the gate within {deadline_s} s")

    def close(self):
        with self._state:
            self._open = False
            sockets = list(self._sockets)
            self._state.notify_all()
        for one in [self._listener, *sockets]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target_port))
                with self._state:
                    self._sockets |= {client, server}
                threading.Thread(
                    target=self._pass, args=(client, server, self._no_limit), daemon=True
                ).start()
                threading.Thread(target=self._pass, args=(server, client, self._take), daemon=True).start()

    def _pass(self, source, target, take):
        with contextlib.suppress(OSError):
            while (data := source.recv(CHUNK_BYTES)) and take(source, data):
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _take(self, connection, data):
        self._observe(connection, data)
        with self._state:
            self._waiting += 1
            self._state.notify_all()
            self._state.wait_for(lambda: self._allowance > 0 or not self._open)
            self._waiting -= 1
            self._allowance -= len(data)
            return self._open

    @staticmethod
    def _no_limit(*_):
        return True


class BodyCount:
    """Counts the bytes of message bodies that an IMAP server sends in the clear: an observer for a gate."""

    _LITERAL = re.compile(rb"BODY\[\](?:<\d+>)? \{(\d+)\}")
    _TAIL_BYTES = 64  # a match may be cut in two

    def __init__(self):
        self._tails = collections.defaultdict(bytes)
        self._lock = threading.Lock()
        self.bytes = 0

    def __call__(self, connection, data):
        with self._lock:
            text, end = self._tails[connection] + data, 0
            for found in self._LITERAL.finditer(text):
                self.bytes += int(found[1])
                end = found.end()
            self._tails[connection] = text[max(end, len(text) - self._TAIL_BYTES) :]
