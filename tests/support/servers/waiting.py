"""Waiting for something to become true, with a deadline and no fixed sleep."""

import threading
import time

POLL_PAUSE_S = 0.02
_never = threading.Event()


def until(check, *, deadline_s, what):
    """Calls check() until it answers something true and returns that; TimeoutError names `what` after
    deadline_s.

    `what` is a text or, where the last state explains a failure, a function that gives one.
    """
    end = time.monotonic() + deadline_s
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() >= end:
            raise TimeoutError(f"not within {deadline_s} s: {what() if callable(what) else what}")
        _never.wait(POLL_PAUSE_S)
