# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a program in the disc's file system with a new layer over it, in namespaces of its own.

Without privileges, the person is root there and nobody else exists: a program that gives files to others fails, and then
nothing of its work is used.
"""

import os
import shutil
import stat
import subprocess
from pathlib import Path

from .layer import Layer
from .problems import Failure
from .programs import MAX_SHOWN_BYTES, run, started
from .root_view import Entry, RootView

# As root, in namespaces that end with it. $1: where the disc shall be, $2: options of the overlay, $3: the program.
_INSIDE = r"""
set -eu
mount -t overlay overlay -o "$2" "$1"
mount -t proc proc "$1/proc"
mount -t tmpfs tmpfs "$1/run"
mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
# Not writable for all: in such a directory Linux opens no device of another owner to create it.
mount -t tmpfs -o mode=755 tmpfs "$1/dev"
for device in null zero full random urandom tty; do
  : >"$1/dev/$device"
  mount --bind "/dev/$device" "$1/dev/$device"
done
# What the person's environment says is not true there.
exec env -i TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$1" "$3"
"""

_OVERLAY_ATTRIBUTES = ("user.overlay.opaque", "trusted.overlay.opaque")
_CAPABILITIES = "security.capability"


class CannotRunHere(Exception):
    """This machine cannot run it, or it failed; says why."""


def _namespaces() -> list[str]:
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *user, "--mount", "--pid", "--fork", "--kill-child", "--ipc", "--uts", "--net"]


def check() -> None:
    """Raises CannotRunHere if namespaces or mounts in them are not allowed."""
    try:
        run([*_namespaces(), "sh", "-c", "mount -t tmpfs tmpfs /mnt && mount -t proc proc /proc"], "namespaces")
    except Failure as problem:
        raise CannotRunHere(f"this machine does not allow it ({problem})") from problem


def run_in(layer: Layer, root: RootView, scratch: Path, program: str, usable: tuple[int, ...]) -> tuple[int, str]:
    """Runs PROGRAM of the disc; if its exit status is USABLE, what it changed becomes part of the layer. Returns the status
    and what was said. Raises CannotRunHere, and leaves the layer as it was, if that does not work."""
    lower = scratch / "lower"
    mount_point, work, upper = scratch / "root", scratch / "work", scratch / "upper"
    for directory in (lower, mount_point, work):
        directory.mkdir()
    for number, image in enumerate(root.images):
        image.unsquashfs("-quiet", "-no-xattrs", "-no-exit-code", "-dest", lower / str(number))
    layer.make_readable()
    layer.copy_tree(upper)
    names = ":".join(str(lower / str(number)) for number in reversed(range(len(root.images))))
    attributes = "" if os.geteuid() == 0 else "userxattr,"
    options = f"{attributes}lowerdir={names},upperdir={upper},workdir={work}"
    with started([*_namespaces(), "sh", "-c", _INSIDE, "sh", mount_point, options, program],
                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        said = process.communicate()[0].decode(errors="replace").strip()
    try:
        if process.returncode not in usable:
            raise CannotRunHere(f"it failed here: {said[-MAX_SHOWN_BYTES:] or f'exit status {process.returncode}'}")
        entries, whiteouts = _changes(layer, root, upper)
    finally:
        shutil.rmtree(lower, ignore_errors=True)
    layer.become(upper, entries, whiteouts)
    return process.returncode, said


def _changes(layer: Layer, root: RootView, upper: Path) -> tuple[dict[str, Entry], set[str]]:
    """What is in the overlay's upper directory now, and what it hides of the disc. Removes the overlay's own marks."""
    entries, whiteouts = {}, set()
    for directory, directories, names in os.walk(upper):
        for local in [Path(directory), *(Path(directory, name) for name in names),
                      *(path for name in directories if (path := Path(directory, name)).is_symlink())]:
            path = "/" + str(local.relative_to(upper)) if local != upper else "/"
            status = local.lstat()
            if stat.S_ISCHR(status.st_mode) and status.st_rdev == 0:
                whiteouts.add(path)
                local.unlink()
                continue
            if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode) or stat.S_ISLNK(status.st_mode)):
                raise CannotRunHere(f"it made {path}, a device, socket or pipe")
            attributes = os.listxattr(local, follow_symlinks=False)
            if _CAPABILITIES in attributes:
                raise CannotRunHere(f"it gave {path} file capabilities, which a layer cannot keep")
            entries[path] = _entry(layer.entries.get(path) or root.entries.get(path), status, local)
            if any(name in attributes for name in _OVERLAY_ATTRIBUTES):
                kept = set(os.listdir(local))
                prefix = path.rstrip("/") + "/"
                whiteouts |= {name for name in root.entries if name.startswith(prefix) and name != "/"
                              and "/" not in name[len(prefix):] and name[len(prefix):] not in kept}
    return entries, whiteouts


def _entry(known: Entry | None, status: os.stat_result, local: Path) -> Entry:
    mode, owner = status.st_mode, (status.st_uid, status.st_gid)
    same_type = known and stat.S_IFMT(known.mode) == stat.S_IFMT(mode)
    if os.geteuid() != 0:
        # Nothing there has another owner than the person; what is not new keeps the one it had.
        owner = (known.uid, known.gid) if same_type else (0, 0)
    if same_type and not known.is_link and stat.S_IMODE(mode) == Layer.readable(known):
        mode = known.mode
    return Entry(mode, *owner, os.readlink(local) if stat.S_ISLNK(mode) else "")
