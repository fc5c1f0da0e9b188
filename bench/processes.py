"""CPU time and memory of processes, from /proc."""

import os

_TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        return file.read().rpartition(")")[2].split()


def _children(pid):
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if int(_stat(name)[1]) == pid:
                    found.append(int(name))
            except (FileNotFoundError, ProcessLookupError):
                pass
    return found


def cpu_seconds(pid, *, descendants=True):
    """User and system time of a process, with its children that ended and, if wanted, those that live."""
    children = _children(pid) if descendants else []
    try:
        fields = _stat(pid)
    except (FileNotFoundError, ProcessLookupError):
        return 0  # a child that ended meanwhile: its parent has its time
    own = sum(int(field) for field in (fields[11:15] if descendants else fields[11:13])) / _TICKS
    return own + sum(cpu_seconds(child) for child in children)


def peak_resident_mib(pid):
    return _status(pid, "VmHWM")


def resident_mib(pid):
    return _status(pid, "VmRSS")


def _status(pid, key):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(key)) / 1024
