# SPDX-License-Identifier: GPL-2.0-or-later
"""Puts Debian packages into a layer as dpkg unpacks them: their files, and their entries in dpkg's database."""

import hashlib
import re
import stat
import tarfile
from pathlib import Path

from .layer import Layer
from .problems import Failure
from .programs import started
from .root_view import Entry, RootView

DATABASE = "/var/lib/dpkg"
_SCRIPTS = ("preinst", "postinst", "prerm", "postrm", "config")
# Its index of manual pages is not kept on the disc, and takes long to make on a slow PC.
_TRIGGERS_NOT_NEEDED = {"man-db"}


class Package:
    """An unpacked package."""

    def __init__(self, file: Path, layer: Layer) -> None:
        self._file = file
        self._layer = layer
        self._control: dict[str, bytes] = {}
        self._paths: list[str] = ["/."]
        self._placed: dict[str, str] = {}
        self._read_control()
        self._unpack_files()

    def _members(self, option: str):
        with started(["dpkg-deb", option, self._file], stdout=-1) as process:
            with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
                for member in archive:
                    yield member, archive
            # Something may follow the archive's end.
            process.stdout.read()
        if process.returncode:
            raise Failure(f"{self._file.name} is damaged; remove it from the cache and try again")

    def _read_control(self) -> None:
        for member, archive in self._members("--ctrl-tarfile"):
            if member.isreg():
                self._control[member.name.removeprefix("./")] = archive.extractfile(member).read()

    def field(self, name: str) -> str:
        """A field of the control file; empty if it has none."""
        match = re.search(rf"^{name}: *(.*)$", self._text("control"), re.MULTILINE)
        return match[1] if match else ""

    def _text(self, name: str) -> str:
        return self._control.get(name, b"").decode(errors="surrogateescape")

    @property
    def name(self) -> str:
        return self.field("Package")

    @property
    def database_name(self) -> str:
        """Of the package's files in dpkg's database."""
        return f"{self.name}:{self.field('Architecture')}" if self.field("Multi-Arch") == "same" else self.name

    @property
    def needs_configuration(self) -> bool:
        """True if something has to run when it is installed."""
        return any(name in self._control for name in ("preinst", "postinst", "triggers"))

    def is_installed(self, database: str) -> bool:
        """True if a status file says so."""
        paragraphs = re.findall(rf"^Package: {re.escape(self.name)}\nStatus: install ok installed$", database, re.MULTILINE)
        return bool(paragraphs)

    def account(self) -> dict[str, str]:
        """The package as the manifest lists it."""
        source = re.fullmatch(r"(\S+)(?: \((.*)\))?", self.field("Source") or self.name)
        return {"name": self.name, "version": self.field("Version"), "architecture": self.field("Architecture"),
                "source": source[1], "source_version": source[2] or self.field("Version")}

    def _unpack_files(self) -> None:
        for member, archive in self._members("--fsys-tarfile"):
            path = "/" + member.name.removeprefix("./").strip("/")
            if path in ("/", "/."):
                continue
            owner = (member.uid, member.gid)
            if member.isdir():
                self._layer.directory(path, Entry(stat.S_IFDIR | member.mode, *owner))
            elif member.issym():
                self._layer.link(path, member.linkname, owner)
            elif member.islnk():
                other = self._placed["/" + member.linkname.removeprefix("./")]
                entry = self._layer.entries[other]
                with self._layer.local(other).open("rb") as content:
                    self._placed[path] = self._layer.file(path, content, stat.S_IMODE(entry.mode), (entry.uid, entry.gid))
            elif member.isreg():
                self._placed[path] = self._layer.file(path, archive.extractfile(member), member.mode, owner, member.mtime)
            else:
                raise Failure(f"{self.name} has a device or pipe, {path}; build a disc with the package instead")
            self._paths.append(path)

    def write_information(self) -> None:
        """Writes the package's own files of the database."""
        for name, content in {**self._control, "list": "".join(f"{path}\n" for path in self._paths).encode()}.items():
            # The control file goes into the status file, and the names of conffiles, too; dpkg keeps both nowhere else.
            if name not in ("control",):
                self._layer.file(f"{DATABASE}/info/{self.database_name}.{name}", content, 0o755 if name in _SCRIPTS else 0o644)

    def status(self) -> str:
        """Its paragraph of the status file."""
        state = "unpacked" if self.needs_configuration else "installed"
        lines = self._text("control").rstrip("\n").split("\n")
        lines.insert(1, f"Status: install ok {state}")
        if conffiles := [line.split()[-1] for line in self._text("conffiles").splitlines() if line.strip()]:
            lines.append("Conffiles:")
            for path in conffiles:
                content = self._layer.local(self._placed.get(path, path))
                digest = hashlib.md5(content.read_bytes()).hexdigest() if content.is_file() else "newconffile"
                lines.append(f" {path} {digest}")
        return "\n".join(lines) + "\n"

    def interests(self) -> list[tuple[str, str]]:
        """The triggers that it waits for, each with its entry in the database."""
        found = re.findall(r"^interest(-noawait|-await)? +(\S+)$", self._text("triggers"), re.MULTILINE)
        return [(trigger, self.database_name + ("/noawait" if kind == "-noawait" else "")) for kind, trigger in found]

    def triggered(self, triggers: dict[str, set[str]]) -> set[str]:
        """Those of the TRIGGERS, paths with the packages that wait for them, that its files activate."""
        return {trigger for trigger, waiting in triggers.items() if waiting - _TRIGGERS_NOT_NEEDED
                and any(path == trigger or path.startswith(trigger + "/") for path in self._paths)}


def unpack(files: list[Path], layer: Layer, root: RootView) -> list[Package]:
    """Puts the packages into the layer, all unpacked as by `dpkg --unpack`; those with nothing to run are installed."""
    packages = [Package(file, layer) for file in files]
    status = root.read(f"{DATABASE}/status").decode(errors="surrogateescape")
    for package in packages:
        package.write_information()
        # A package that was removed and left its configuration.
        status = re.sub(rf"^Package: {re.escape(package.name)}\n(?:.+\n)*\n?", "", status, flags=re.MULTILINE)
    paragraphs = [status.rstrip("\n") + "\n", *(package.status() for package in packages)]
    layer.file(f"{DATABASE}/status", "\n".join(paragraphs).encode(errors="surrogateescape"), 0o644)
    _write_triggers(packages, layer, root)
    return packages


def _write_triggers(packages: list[Package], layer: Layer, root: RootView) -> None:
    rows = root.read(f"{DATABASE}/triggers/File").decode(errors="surrogateescape").splitlines()
    named: dict[str, list[str]] = {}
    for package in packages:
        for trigger, entry in package.interests():
            if trigger.startswith("/"):
                rows.append(f"{trigger} {entry}")
            else:
                named.setdefault(trigger, []).append(entry)
    layer.file(f"{DATABASE}/triggers/File", "".join(f"{row}\n" for row in rows).encode(errors="surrogateescape"), 0o644)
    for trigger, entries in named.items():
        path = f"{DATABASE}/triggers/{trigger}"
        old = root.read(path).decode().splitlines() if path in root.entries else []
        layer.file(path, "".join(f"{entry}\n" for entry in [*old, *entries]).encode(), 0o644)
    waiting: dict[str, set[str]] = {}
    for row in rows:
        trigger, _, entry = row.rpartition(" ")
        waiting.setdefault(trigger, set()).add(entry.partition("/")[0].partition(":")[0])
    active = sorted(set().union(*(package.triggered(waiting) for package in packages)))
    # dpkg takes them up when it is run next; nobody waits for them.
    layer.file(f"{DATABASE}/triggers/Unincorp", "".join(f"{trigger} -\n" for trigger in active).encode(), 0o644)
