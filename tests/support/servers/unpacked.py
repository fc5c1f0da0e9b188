"""Servers that cannot be installed beside Dovecot: unpacked by scripts/install-packages, in no system folder.
"""

import os
import shutil
import subprocess

from .child import identity

_CHECKOUT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
ROOT = os.path.join(_CHECKOUT, "build", "test-servers")


def unpacked(directory, user):
    """The folder below which the packages lie, where `user` can read it: a copy in `directory` if need be."""
    if not os.path.exists(os.path.join(ROOT, "complete")):
        raise RuntimeError(f"{ROOT} is not there or not complete: run scripts/install-packages test")
    probe = subprocess.run(["test", "-r", os.path.join(ROOT, "complete")], check=False, **identity(user))
    if probe.returncode == 0:
        return ROOT
    copy = os.path.join(directory, "programs")
    shutil.copytree(ROOT, copy, symlinks=True, dirs_exist_ok=True)
    return copy


def environment(root):
    """Of a program from there: its libraries, and nothing of a developer's settings."""
    folders = ("usr/lib/x86_64-linux-gnu", "usr/lib", "usr/lib/courier-authlib")
    libraries = [os.path.join(root, folder) for folder in folders]
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LD_LIBRARY_PATH": ":".join(libraries)}
