"""A bad network before a server: delays, slices, stalls and cuts what passes, as a seed says.

What happens to a connection depends on the seed, on its number and on how many bytes it has passed, and on nothing
else: the same seed makes the same trouble at the same byte of the same connection. Which bytes stand there is up to
the two that talk, so a replay is as exact as they are.
"""

import contextlib
import dataclasses
import os
import random
import select
import socket
import threading

CHUNK_BYTES = 16384
ACCEPT_PAUSE_S = 0.05


@dataclasses.dataclass(frozen=True)
class Weather:
    """How bad it is. Bytes are those of one direction of one connection, between two incidents."""

    bytes_between_min: int = 200
    bytes_between_max: int = 60_000
    delay_max_s: float = 0.2
    stall_max_s: float = 2.0
    # Of 100 incidents so many are cuts, stalls and slices; the others are delays.
    cuts: int = 20
    stalls: int = 10
    slices: int = 30
    slice_bytes_max: int = 400


class Chaos:
    """Listens on a free loopback port, or on the path `listen_on`, and passes to `target`: a port or a path. It is calm
    until storm() and after calm(). Thread-safe.
    """

    def __init__(self, target, *, seed, listen_on=None, weather=Weather()):
        self._target, self._seed, self._weather = target, seed, weather
        self._stormy = threading.Event()
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._sockets = set()
        self._accepted = 0
        self.incidents = {"cut": 0, "stall": 0, "slice": 0, "delay": 0}
        if listen_on:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(listen_on)
            os.chmod(listen_on, 0o777)
            self._listener.listen(64)
            self.port = None
        else:
            self._listener = socket.create_server(("127.0.0.1", 0))
            self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def storm(self):
        self._stormy.set()

    def calm(self):
        """From now on it only passes; what is stalled goes on."""
        self._stormy.clear()

    def close(self):
        self._closing.set()
        with self._lock:
            sockets = [self._listener, *self._sockets]
        for one in sockets:
            _shut(one)
            one.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _accept(self):
        with contextlib.suppress(OSError, ValueError):
            while not self._closing.is_set():
                if not select.select([self._listener], [], [], ACCEPT_PAUSE_S)[0]:
                    continue
                client, _ = self._listener.accept()
                self._accepted += 1
                try:
                    server = self._connect()
                except OSError:
                    client.close()
                    continue
                with self._lock:
                    self._sockets |= {client, server}
                for direction, source, target in (("up", client, server), ("down", server, client)):
                    chance = random.Random(f"{self._seed} {self._accepted} {direction}")
                    threading.Thread(target=self._pass, args=(source, target, chance), daemon=True).start()

    def _connect(self):
        if isinstance(self._target, int):
            return socket.create_connection(("127.0.0.1", self._target))
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._target)
        return server

    def _pass(self, source, target, chance):
        quiet = self._next_quiet(chance)
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK_BYTES):
                while len(data) >= quiet:
                    target.sendall(data[:quiet])
                    data = data[quiet:]
                    quiet = self._next_quiet(chance)
                    data = self._incident(chance, target, data)
                target.sendall(data)
                quiet -= len(data)
        _shut(source)
        _shut(target)
        source.close()  # the other direction closes its own
        with self._lock:
            self._sockets.discard(source)

    def _next_quiet(self, chance):
        return chance.randint(self._weather.bytes_between_min, self._weather.bytes_between_max)

    def _incident(self, chance, target, data):
        """What happens here; returns what is left to be sent. In calm weather the dice fall without effect."""
        kind, size, pause = chance.randrange(100), chance.random(), chance.random()
        weather = self._weather
        if not self._stormy.is_set():
            return data
        if kind < weather.cuts:
            self.incidents["cut"] += 1
            raise ConnectionAbortedError
        if kind < weather.cuts + weather.stalls:
            self.incidents["stall"] += 1
            self._pause(pause * weather.stall_max_s)
        elif kind < weather.cuts + weather.stalls + weather.slices:
            self.incidents["slice"] += 1
            length = 1 + int(size * weather.slice_bytes_max)
            for start in range(0, min(len(data), length), 7):
                target.sendall(data[start : min(start + 7, length)])
            data = data[length:]
        else:
            self.incidents["delay"] += 1
            self._pause(pause * weather.delay_max_s)
        return data

    def _pause(self, seconds):
        """Ends early when the weather is calm again, or it is closed."""
        end = threading.Event()
        waited = 0.0
        while waited < seconds and self._stormy.is_set() and not self._closing.is_set():
            end.wait(min(ACCEPT_PAUSE_S, seconds - waited))
            waited += ACCEPT_PAUSE_S


def _shut(one):
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
