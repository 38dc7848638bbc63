# SPDX-License-Identifier: GPL-2.0-or-later
"""The layer that is being made: a tree of files in a directory, their owners and modes beside it, then a squashfs.

Whoever makes it need not be root: the owners are written down and handed to mksquashfs.
"""

import os
import shutil
import stat
from pathlib import Path

from .problems import UsageProblem
from .programs import run
from .root_view import Entry, RootView

# Linux and live-boot mount something over these.
HIDDEN = ("/proc", "/sys", "/dev", "/run", "/tmp")

# As the base: quick to unpack on a slow processor. Level 6 takes a tenth of the time of 15 and a twentieth more space.
COMPRESSION = ("-comp", "zstd", "-Xcompression-level", "6", "-b", "256K")


class Layer:
    """A new layer over what ROOT shows; its tree grows in the directory SCRATCH."""

    def __init__(self, root: RootView, scratch: Path) -> None:
        self._root = root
        self.tree = scratch / "tree"
        self._definitions = scratch / "definitions"
        self.tree.mkdir(mode=0o755)
        # Everything in the tree, by its path on the disc.
        self.entries: dict[str, Entry] = {}
        self.whiteouts: set[str] = set()
        self.directory("/")

    def local(self, path: str) -> Path:
        """Where the file PATH of the disc lies in the tree."""
        return self.tree / path.lstrip("/")

    def _resolve(self, path: str) -> str:
        directory, _, name = path.rpartition("/")
        return self._root.resolve(directory or "/").rstrip("/") + "/" + name

    def _known(self, path: str) -> Entry | None:
        return self.entries.get(path) or self._root.entries.get(path)

    def directory(self, path: str, entry: Entry | None = None) -> str:
        """Makes a directory, and those above it; one that the disc has keeps its owner and mode. Returns where it is."""
        path = self._root.resolve(path)
        if path in self.entries and self.entries[path].is_directory:
            return path
        known = self._known(path)
        if known and not known.is_directory:
            raise UsageProblem(f"{path} is a file on the disc and would become a directory; choose another path")
        if path != "/":
            self.directory(path.rpartition("/")[0] or "/")
            self.local(path).mkdir(mode=0o755)
        self.entries[path] = known or entry or Entry(stat.S_IFDIR | 0o755, *self.default_owner(path))
        return path

    def _place(self, path: str) -> str:
        path = self._resolve(path)
        if path.startswith(tuple(f"{hidden}/" for hidden in HIDDEN)):
            raise UsageProblem(f"{path}: a running node has something else there; choose another path")
        known = self._known(path)
        if known and known.is_directory:
            raise UsageProblem(f"{path} is a directory on the disc and would be hidden by a file; choose another path")
        self.directory(path.rpartition("/")[0] or "/")
        self.local(path).unlink(missing_ok=True)
        return path

    def link(self, path: str, target: str, owner: tuple[int, int] | None = None) -> str:
        """Makes a symbolic link; returns where it is."""
        path = self._place(path)
        os.symlink(target, self.local(path))
        self.entries[path] = Entry(stat.S_IFLNK | 0o777, *(owner or self.default_owner(path)), target)
        return path

    def file(self, path: str, content, mode: int, owner: tuple[int, int] | None = None, modified: float | None = None) -> str:
        """Makes a regular file with CONTENT, a binary stream or bytes; returns where it is."""
        path = self._place(path)
        with self.local(path).open("wb") as copy:
            if isinstance(content, bytes):
                copy.write(content)
            else:
                shutil.copyfileobj(content, copy, 1 << 20)
        if modified is not None:
            os.utime(self.local(path), (modified, modified))
        self.entries[path] = Entry(stat.S_IFREG | mode, *(owner or self.default_owner(path)))
        return path

    def default_owner(self, path: str) -> tuple[int, int]:
        """Files are root's; below somebody's home directory, that person's."""
        home = self._known("/".join(path.split("/")[:3])) if path.startswith("/home/") else None
        return (home.uid, home.gid) if home else (0, 0)

    def set_owner(self, path: str, mode: int | None, owner: tuple[int, int]) -> None:
        """Changes the owner, and if wanted the permissions, of something in the tree."""
        entry = self.entries[path]
        mode = entry.mode if mode is None else stat.S_IFMT(entry.mode) | mode
        self.entries[path] = Entry(mode, *owner, entry.target)

    @property
    def is_empty(self) -> bool:
        return len(self.entries) == 1 and not self.whiteouts

    @staticmethod
    def readable(entry: Entry) -> int:
        """The permissions that a file of the disc has here: as long as it is here, its owner here must be able to read it."""
        return (stat.S_IMODE(entry.mode) | (0o700 if entry.is_directory else 0o600)) & 0o777

    def make_readable(self) -> None:
        """Gives the files of the tree their permissions as far as they can have them here."""
        for path, entry in self.entries.items():
            if not entry.is_link:
                os.chmod(self.local(path), self.readable(entry))

    def copy_tree(self, target: Path) -> None:
        """Copies the tree to the new directory TARGET; if that is possible, with the owners."""
        shutil.copytree(self.tree, target, symlinks=True)
        if os.geteuid() == 0:
            for path, entry in self.entries.items():
                local = target / path.lstrip("/")
                os.chown(local, entry.uid, entry.gid, follow_symlinks=False)
                if not entry.is_link:
                    os.chmod(local, stat.S_IMODE(entry.mode))

    def become(self, tree: Path, entries: dict[str, Entry], whiteouts: set[str]) -> None:
        """Takes another directory, and what is known about its files, in place of the tree."""
        shutil.rmtree(self.tree)
        tree.rename(self.tree)
        self.entries, self.whiteouts = entries, self.whiteouts | whiteouts

    def squash(self, image: Path) -> None:
        """Writes the layer to the squashfs IMAGE."""
        # With -all-root mksquashfs would overrule the owners of the definitions, and one for each file costs time.
        all_root = all((entry.uid, entry.gid) == (0, 0) for entry in self.entries.values())
        lines = []
        self.make_readable()
        for path, entry in sorted(self.entries.items()):
            bits = stat.S_IMODE(entry.mode)
            if path != "/" and (not all_root or not entry.is_link and self.readable(entry) != bits):
                lines.append(f"{_quoted(path)} m {bits:o} {entry.uid} {entry.gid}\n")
        # A character device 0/0 hides what lies below it (overlayfs).
        lines += [f"{_quoted(path)} c 000 0 0 0 0\n" for path in sorted(self.whiteouts)]
        self._definitions.write_text("".join(lines), encoding="utf-8", errors="surrogateescape")
        top = self.entries["/"]
        owners = ["-all-root"] if all_root else ["-root-uid", str(top.uid), "-root-gid", str(top.gid)]
        run(["mksquashfs", self.tree, image, "-noappend", "-no-progress", "-quiet", "-no-xattrs", *COMPRESSION, *owners,
             "-root-mode", f"{stat.S_IMODE(top.mode):o}", "-pf", self._definitions], "cannot make the layer")


def _quoted(path: str) -> str:
    return '"' + path.lstrip("/").replace("\\", "\\\\").replace('"', '\\"') + '"'
