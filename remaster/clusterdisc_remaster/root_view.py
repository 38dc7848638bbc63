# SPDX-License-Identifier: GPL-2.0-or-later
"""What a node of the disc finds in its root file system: the squashfs images laid over each other, from their listings."""

import contextlib
import re
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .problems import Failure
from .programs import run

# unsquashfs -lln: mode, owner/group, size or device numbers, time, path, target of a link.
_LINE = re.compile(r"^([-dlcbps])([-rwxsStT]{9}) (\d+)/(\d+) +(\d+(?:, *\d+)?) \d{4}-\d\d-\d\d \d\d:\d\d squashfs-root(/.*)?$")
_TYPES = {"-": stat.S_IFREG, "d": stat.S_IFDIR, "l": stat.S_IFLNK, "c": stat.S_IFCHR, "b": stat.S_IFBLK,
          "p": stat.S_IFIFO, "s": stat.S_IFSOCK}

MAX_LINKS = 40


@dataclass(frozen=True)
class Entry:
    """Of a file: st_mode with its type, owner, and the target of a symbolic link."""

    mode: int
    uid: int
    gid: int
    target: str = ""

    @property
    def is_directory(self) -> bool:
        return stat.S_ISDIR(self.mode)

    @property
    def is_link(self) -> bool:
        return stat.S_ISLNK(self.mode)


def permissions(letters: str) -> int:
    """The permission bits of a string such as rwsr-xr-t."""
    bits = 0
    for place, letter in enumerate(letters):
        if letter not in "-ST":
            bits |= 0o400 >> place
        if letter in "sStT":
            bits |= (stat.S_ISUID, stat.S_ISGID, stat.S_ISVTX)[place // 3]
    return bits


@dataclass(frozen=True)
class Image:
    """A squashfs within another file, as the disc is one."""

    name: str
    container: Path
    offset: int

    def unsquashfs(self, *options: str | Path, paths: list[str] = ()) -> bytes:
        """Runs unsquashfs over it."""
        return run(["unsquashfs", "-no-progress", "-offset", str(self.offset), *options, self.container, *paths],
                   f"cannot read {self.name} of {self.container}")


class RootView:
    """The images, the lowest first, as one file system."""

    def __init__(self, images: list[Image]) -> None:
        self.images = images
        self.entries: dict[str, Entry] = {}
        for image in images:
            self._lay_over(image.unsquashfs("-lln").decode(errors="surrogateescape"))
        if not self.entries.get("/"):
            raise Failure("the squashfs of the disc is empty or unsquashfs lists it in a way that is not known")

    def _lay_over(self, listing: str) -> None:
        for line in listing.splitlines():
            match = _LINE.match(line)
            if not match:
                continue
            path = match[6] or "/"
            if match[1] == "c" and match[5].replace(" ", "") == "0,0":
                self._remove(path)
                continue
            target = ""
            if match[1] == "l":
                path, _, target = path.partition(" -> ")
            if match[1] != "d":
                self._remove(path)
            self.entries[path] = Entry(_TYPES[match[1]] | permissions(match[2]), int(match[3]), int(match[4]), target)

    def _remove(self, path: str) -> None:
        if self.entries.pop(path, None) is not None:
            for below in [name for name in self.entries if name.startswith(path + "/")]:
                del self.entries[below]

    def resolve(self, path: str, last: bool = True) -> str:
        """PATH, absolute, without symbolic links of the disc, also as its LAST component if so wanted. Components that the
        disc does not have stay as they are."""
        todo = list(PurePosixPath(path).parts[1:])
        reached, links = "", 0
        while todo:
            name = todo.pop(0)
            if name == "..":
                reached = reached.rpartition("/")[0]
                continue
            entry = self.entries.get(f"{reached}/{name}")
            if entry and entry.is_link and (todo or last):
                links += 1
                if links > MAX_LINKS:
                    raise Failure(f"{path}: too many levels of symbolic links on the disc")
                todo = [part for part in PurePosixPath(entry.target).parts if part != "/"] + todo
                if entry.target.startswith("/"):
                    reached = ""
            else:
                reached = f"{reached}/{name}"
        return reached or "/"

    def read(self, path: str) -> bytes:
        """The content of a file, from the uppermost image that has it."""
        for image in reversed(self.images):
            with contextlib.suppress(Failure):
                return image.unsquashfs("-cat", paths=[path])
        raise Failure(f"the disc has no {path}")

    def extract(self, paths: list[str], target: Path) -> None:
        """Unpacks what exists of PATHS, files and directories, from all images into the directory TARGET."""
        for image in self.images:
            image.unsquashfs("-quiet", "-no-xattrs", "-no-exit-code", "-force", "-dest", target,
                             paths=[path.lstrip("/") for path in paths])
