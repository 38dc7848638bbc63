# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of a lab: a directory of this machine becomes part of a layer."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from .layer import HIDDEN, Layer
from .problems import UsageProblem
from .root_view import RootView

# Owners and modes that differ from the rule, one "MODE OWNER GROUP PATH" a line. The file itself is not copied.
MODES_FILE = ".clusterdisc-modes"

# Executable and private files stay so; what others may write, and set-user-id, does not.
KEPT_PERMISSIONS = 0o755


@dataclass(frozen=True)
class Addition:
    """A directory of this machine, and where on the disc its content goes."""

    source: Path
    target: str

    @classmethod
    def parse(cls, text: str) -> "Addition":
        """Reads DIRECTORY[:/path]; raises a UsageProblem for what is neither."""
        source, separator, target = text.rpartition(":/")
        if not separator or Path(text).is_dir():
            source, target = text, ""
        target = "/" + target
        if not Path(source).is_dir():
            problem = "is not a directory" if os.path.exists(source) else "does not exist"
            raise UsageProblem(f"--add takes a directory of this machine, and \"{source}\" {problem}")
        if ".." in target.split("/"):
            raise UsageProblem(f"--add: .. in \"{target}\"; write the path without it")
        target = "/" + "/".join(part for part in target.split("/") if part not in ("", "."))
        if any(target == hidden or target.startswith(hidden + "/") for hidden in HIDDEN):
            raise UsageProblem(f"--add: a running node has something else at {target}; choose another path")
        return cls(Path(source), target)

    def put_into(self, layer: Layer, root: RootView) -> None:
        """Copies the content; owners and modes by the rule, then as the list in the directory says."""
        placed = {"": layer.directory(self.target)}
        problem_of_walk: list[OSError] = []
        for directory, directories, names in os.walk(self.source, onerror=problem_of_walk.append):
            directories.sort()
            for name in sorted([*directories, *names]):
                local = Path(directory, name)
                inner = str(local.relative_to(self.source))
                if inner != MODES_FILE:
                    placed[inner] = self._put(layer, local, f"{self.target.rstrip('/')}/{inner}")
        if problem_of_walk:
            raise UsageProblem(f"--add: cannot read {problem_of_walk[0].filename}: {problem_of_walk[0].strerror}")
        if (self.source / MODES_FILE).is_file():
            self._apply_modes(layer, root, placed)

    @staticmethod
    def _put(layer: Layer, local: Path, path: str) -> str:
        try:
            status = local.lstat()
            if stat.S_ISLNK(status.st_mode):
                return layer.link(path, os.readlink(local))
            if stat.S_ISDIR(status.st_mode):
                return layer.directory(path)
            if not stat.S_ISREG(status.st_mode):
                raise UsageProblem(f"--add: {local} is a device, socket or pipe; remove it")
            with local.open("rb") as content:
                return layer.file(path, content, status.st_mode & KEPT_PERMISSIONS, modified=status.st_mtime)
        except OSError as problem:
            raise UsageProblem(f"--add: cannot read {local}: {problem.strerror}") from problem

    def _apply_modes(self, layer: Layer, root: RootView, placed: dict[str, str]) -> None:
        file = self.source / MODES_FILE
        users, groups = None, None
        for number, line in enumerate(file.read_text(errors="surrogateescape").splitlines(), 1):
            fields = line.split(maxsplit=3)
            if not fields or fields[0].startswith("#"):
                continue
            where = f"{file}, line {number}"
            if len(fields) != 4 or not (fields[0] == "-" or set(fields[0]) <= set("01234567") and len(fields[0]) <= 4):
                raise UsageProblem(f"{where}: write MODE OWNER GROUP PATH, with - for a mode that shall stay")
            path = placed.get(fields[3].strip("/"))
            if path is None:
                raise UsageProblem(f"{where}: {self.source} has no {fields[3]}")
            users = users or _names(layer, root, "/etc/passwd")
            groups = groups or _names(layer, root, "/etc/group")
            mode = None if fields[0] == "-" else int(fields[0], 8)
            layer.set_owner(path, mode, (_number(fields[1], users, where), _number(fields[2], groups, where)))


def _number(name: str, names: dict[str, int], where: str) -> int:
    if name.isdecimal() and int(name) < 2 ** 32 - 1:
        return int(name)
    if name not in names:
        raise UsageProblem(f"{where}: the disc does not know \"{name}\"; name one that it knows, or give a number")
    return names[name]


def _names(layer: Layer, root: RootView, database: str) -> dict[str, int]:
    """The numbers of users or groups on the disc: the third field of each line."""
    if database in layer.entries:
        text = layer.local(database).read_text()
    else:
        text = root.read(database).decode()
    rows = (line.split(":") for line in text.splitlines())
    return {row[0]: int(row[2]) for row in rows if len(row) > 2}
