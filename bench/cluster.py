"""The private PostgreSQL of a Hermod under measurement, looked into from beside."""

import os
import subprocess


def _find(folder, name):
    return next(os.path.join(at, name) for at, folders, files in os.walk(folder) if name in files + folders)


def postmaster_pid(data_dir):
    with open(_find(data_dir, "postmaster.pid"), encoding="ascii") as file:
        return int(file.readline())


def value(data_dir, statement):
    """The one value that a statement gives, as text."""
    socket = os.path.dirname(_find(data_dir, ".s.PGSQL.5432"))
    command = ["psql", "-XAtq", "-h", socket, "-U", "hermod", "-d", "hermod", "-c", statement]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def folder_bytes(folder):
    """What its files hold on disk."""
    return sum(os.stat(os.path.join(at, name)).st_blocks * 512 for at, _, files in os.walk(folder) for name in files)
