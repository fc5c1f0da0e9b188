"""Answers saslauthd's question for Cyrus: is this the password of that user?

A request on the unix socket is four counted strings (user, password, service, realm), the answer one: OK or NO.
"""

import contextlib
import os
import socket
import struct
import threading


class Saslauthd:
    """Listens until close(). `passwords` is read at each question; `users_domain` is added to bare names."""

    def __init__(self, path, passwords):
        self._passwords = passwords
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        os.chmod(path, 0o777)  # the server is another user
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                question, _ = self._listener.accept()
                with question, contextlib.suppress(OSError, struct.error):
                    self._answer(question)

    def _answer(self, question):
        with question.makefile("rb") as lines:
            user, password, _, realm = (
                lines.read(struct.unpack("!H", lines.read(2))[0]).decode() for _ in range(4)
            )
        address = f"{user}@{realm}" if realm else user
        known = {name.lower(): secret for name, secret in self._passwords.items()}
        answer = b"OK" if known.get(address.lower()) == password else b"NO"
        question.sendall(struct.pack("!H", len(answer)) + answer)
