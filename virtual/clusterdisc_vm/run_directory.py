# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the files of running clusters lie: in the user's own run directory, which no other user can read."""

import contextlib
import fcntl
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from clusterdisc_vm.problems import Problem, UsageProblem, called_as

_CLUSTERS = "clusterdisc-vm"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
# A socket's path has at most 107 bytes (unix(7)); this is what the longest name of a file in a cluster's directory needs,
# with what ssh appends to that of its own socket while it makes it.
_MAX_PATH = 107 - len("/ssh-32.0123456789abcdef")


def _is_own(path: Path) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o022


def _base() -> Path:
    for named in (os.environ.get("XDG_RUNTIME_DIR"), f"/run/user/{os.getuid()}"):
        # After su or sudo it may be somebody else's.
        if named and _is_own(Path(named)):
            return Path(named) / _CLUSTERS
    return Path(tempfile.gettempdir(), f"{_CLUSTERS}-{os.getuid()}")


def directory_of(name: str) -> Path:
    """The directory of the cluster NAME, whether it is there or not."""
    if not _NAME.fullmatch(name):
        raise UsageProblem(f"{name!r} cannot be the name of a cluster: take up to 32 small letters, digits and hyphens, "
                           "no hyphen first")
    path = _base() / name
    if len(os.fsencode(path)) > _MAX_PATH:
        raise Problem(f"{path} is too long for the names of sockets: set XDG_RUNTIME_DIR to a shorter path, or give the "
                      "cluster a shorter --name")
    return path


def make(name: str) -> Path:
    """Makes the directory of the cluster NAME, which is not there yet; FileExistsError when it is."""
    path = directory_of(name)
    base = path.parent
    base.mkdir(mode=0o700, exist_ok=True)
    if not _is_own(base):
        raise Problem(f"{base} must be a directory of yours that only you can write: remove it, or set XDG_RUNTIME_DIR")
    path.mkdir(mode=0o700)
    return path


@contextlib.contextmanager
def being_started(path: Path) -> Iterator[None]:
    """Others see in the block that somebody is starting the cluster in PATH."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def is_being_started(path: Path) -> bool:
    """Whether somebody is starting the cluster in PATH."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def remove(path: Path) -> None:
    """Removes the directory PATH of a cluster, and the one above it when it was the last."""
    shutil.rmtree(path, ignore_errors=True)
    try:
        path.parent.rmdir()
    except OSError:
        pass


def names() -> list[str]:
    """The clusters that have a directory."""
    base = _base()
    return sorted(path.name for path in base.iterdir() if path.is_dir()) if _is_own(base) else []


def find(name: str) -> Path:
    """The directory of the cluster NAME; a Problem that says which there are when it is not there."""
    path = directory_of(name)
    if path.is_dir():
        return path
    there = names()
    raise Problem(f"there is no cluster {name!r}; " + (
        f"there are: {', '.join(there)} (--name)" if there else f"none is up: {called_as()} up starts one"))
