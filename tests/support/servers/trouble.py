"""Trouble for a program under test: its disk fills up or becomes read-only, its wall clock jumps.

The library that does it (tests/support/trouble) is preloaded into the program; HERMOD_TEST_TROUBLE names it.
"""

import errno
import os
import struct

_LAYOUT = "<qq"


class Trouble:
    """Of one program. `disk`: the folder whose disk it is about."""

    def __init__(self, directory, disk):
        self._control = os.path.join(directory, "trouble")
        self._disk = disk
        self._error = self._ahead = 0
        self._write()

    def variables(self):
        """For the environment of the program."""
        return {
            "LD_PRELOAD": os.environ["HERMOD_TEST_TROUBLE"],
            "TROUBLE_CONTROL": self._control,
            "TROUBLE_DISK": self._disk,
        }

    def fill_disk(self):
        """From now on nothing grows."""
        self._error = errno.ENOSPC
        self._write()

    def make_disk_read_only(self):
        self._error = errno.EROFS
        self._write()

    def mend_disk(self):
        self._error = 0
        self._write()

    def set_clock_ahead(self, seconds):
        """The wall clock jumps to so far ahead of the machine's."""
        self._ahead = seconds
        self._write()

    def _write(self):
        # In place, in one write: the program has the file mapped.
        fd = os.open(self._control, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            os.pwrite(fd, struct.pack(_LAYOUT, self._error, self._ahead), 0)
        finally:
            os.close(fd)
