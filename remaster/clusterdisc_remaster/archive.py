# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian packages for the disc, by this machine's apt: resolved against what is on the disc, verified with the disc's keys.

apt works in directories of its own and knows nothing of this machine's packages. The indexes and packages are kept for the
next time.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from .problems import Failure, UsageProblem
from .programs import run
from .root_view import RootView

# What apt reads of the disc. Some sources name their keys by the path.
_FROM_THE_DISC = ["etc/apt", "usr/share/keyrings", "var/lib/dpkg/status", "var/lib/dpkg/arch"]

# How apt-get -s shows a package that it would install, with the version on the disc if there is one.
_INSTALL = re.compile(r"^Inst (\S+) (?:\[(\S+)\] )?\((\S+) .*\[(\S+)\]\)", re.MULTILINE)
_REMOVE = re.compile(r"^Remv (\S+)", re.MULTILINE)

_PACKAGE_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")


@dataclass(frozen=True)
class Resolved:
    """A package that apt would install."""

    name: str
    version: str
    architecture: str


def check_name(name: str) -> str:
    """Returns the name of a package; raises a UsageProblem if it cannot be one."""
    if not _PACKAGE_NAME.fullmatch(name):
        raise UsageProblem(f"--package: \"{name}\" cannot be the name of a Debian package")
    return name


class Archive:
    """What apt can get for the disc whose file system is ROOT; SOURCES is a list of sources to use in place of the disc's."""

    def __init__(self, root: RootView, scratch: Path, sources: Path | None) -> None:
        self._disc = scratch / "apt-of-the-disc"
        self._disc.mkdir()
        root.extract(_FROM_THE_DISC, self._disc)
        etc = self._disc / "etc/apt"
        if sources:
            for old in [etc / "sources.list", *(etc / "sources.list.d").glob("*")]:
                old.unlink(missing_ok=True)
            # Debian's two formats are told apart by the name (sources.list(5)).
            text = sources.read_text()
            name = "given.sources" if re.search(r"^Types:", text, re.MULTILINE) else "given.list"
            (etc / "sources.list.d").mkdir(exist_ok=True)
            (etc / "sources.list.d" / name).write_text(text)
        self.architecture = self._architecture()
        self._cache = self._cache_directory(etc)
        self._configuration = scratch / "apt.conf"
        self._configuration.write_text(self._options(scratch))

    def _architecture(self) -> str:
        status = (self._disc / "var/lib/dpkg/status").read_text(errors="surrogateescape")
        match = re.search(r"^Package: dpkg\n(?:.+\n)*?Architecture: (\S+)$", status, re.MULTILINE)
        if not match:
            raise Failure("the disc's /var/lib/dpkg/status has no package dpkg; begin with another disc")
        return match[1]

    def _cache_directory(self, etc: Path) -> Path:
        """One for each list of sources and architecture."""
        lists = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]
        key = hashlib.sha256("\0".join(
            [self.architecture, *(path.read_text() for path in lists if path.is_file())]).encode()).hexdigest()[:16]
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        cache = Path(base, "clusterdisc-remaster", key)
        for directory in ("lists/partial", "archives/partial"):
            (cache / directory).mkdir(parents=True, exist_ok=True)
        return cache

    def _options(self, scratch: Path) -> str:
        empty = scratch / "empty"
        empty.mkdir()
        options = {
            "Dir::Etc": f"{self._disc}/etc/apt", "Dir::Etc::parts": empty, "Dir::State": self._cache,
            "Dir::State::lists": self._cache / "lists", "Dir::State::status": f"{self._disc}/var/lib/dpkg/status",
            "Dir::State::extended_states": scratch / "extended_states", "Dir::Cache": self._cache,
            "Dir::Cache::archives": self._cache / "archives", "Dir::Log": scratch, "APT::Architecture": self.architecture,
            "APT::Install-Recommends": "false", "APT::Sandbox::User": "", "APT::Color": "0", "Acquire::Languages": "none",
            "Debug::NoLocking": "true", "Dpkg::Use-Pty": "0",
        }
        lines = [f'{name} "{value}";' for name, value in options.items()] + [f'APT::Architectures {{ "{self.architecture}"; }};']
        return "\n".join(lines + self._proxies()) + "\n"

    @staticmethod
    def _proxies() -> list[str]:
        """How this machine's apt reaches the network."""
        dump = run(["apt-config", "dump", "Acquire"], "cannot read apt's configuration").decode()
        return re.findall(r"^Acquire::(?:http|https|ftp)::(?:.*::)?Proxy.*$", dump, re.MULTILINE)

    def _apt_get(self, *words: str) -> str:
        return run(["apt-get", "-q", "-y", *words], "apt cannot do that for the disc",
                   {"APT_CONFIG": str(self._configuration)}).decode(errors="replace")

    def resolve(self, names: list[str]) -> list[Resolved]:
        """The packages with all that they need and the disc lacks. Raises a UsageProblem if they cannot be had, or not
        beside what is on the disc."""
        self._apt_get("--error-on=any", "update")
        try:
            plan = self._apt_get("--simulate", "--no-remove", "install", *names)
        except Failure as problem:
            raise UsageProblem(f"--package: {problem}") from problem
        if removed := _REMOVE.findall(plan):
            raise UsageProblem(f"--package: {', '.join(removed)} would have to be removed from the disc; "
                               "build a disc with the packages instead")
        found = []
        for name, old, version, architecture in _INSTALL.findall(plan):
            if old:
                raise UsageProblem(f"--package: needs {name} {version}, and the disc has {old}; build a new disc first")
            found.append(Resolved(name, version, architecture))
        return found

    def download(self, packages: list[Resolved]) -> list[Path]:
        """The packages' files, verified."""
        self._apt_get("--download-only", "--no-remove", "install",
                      *(f"{package.name}={package.version}" for package in packages))
        files = [self._cache / "archives" / f"{package.name}_{package.version.replace(':', '%3a')}_{package.architecture}.deb"
                 for package in packages]
        for file in files:
            if not file.is_file():
                raise Failure(f"apt did not get {file.name}; in the list of sources, write copy: in place of file:")
        return files
