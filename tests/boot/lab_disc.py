# SPDX-License-Identifier: GPL-2.0-or-later
"""A disc as a lab has it: the disc under test, remastered twice, by a user without privileges."""

from dataclasses import dataclass
from pathlib import Path

from remaster import repository
from remaster.desk import Desk

KEY = bytes(range(1, 33))


@dataclass(frozen=True)
class LabDisc:
    """The remastered disc, and the cluster key that was put on it."""

    path: Path
    key: bytes


def make(folder: Path, checkout: Path, iso: Path) -> LabDisc:
    """Makes the disc in FOLDER: a new image with files and settings, changed in place with files, key and a package."""
    folder.chmod(0o755)
    desk = Desk(folder, checkout, iso)
    path, key = folder / "lab.iso", folder / "lab.key"
    key.write_bytes(KEY)
    first = desk.write({"usr/local/bin/lab-tool": "#!/bin/sh\necho first\n", "home/user/first.txt": "first\n"}, "first")
    (first / "home/user/first.txt").chmod(0o600)
    desk.remaster(desk.original, "--add", first, "--cluster", "physics", "--title", "A lab", "-o", path)
    second = desk.write({"lab-tool": "#!/bin/sh\necho second\n"}, "second")
    packages = folder / "packages"
    packages.mkdir()
    archive = repository.make(packages, {"lab-owner": {
        "DEBIAN/postinst": "#!/bin/sh\nset -e\ntouch /var/lib/lab-owner\nchown daemon /var/lib/lab-owner\n"}})
    sources = folder / "lab.list"
    sources.write_text(f"deb [trusted=yes] copy:{archive} ./\n")
    desk.give(folder)
    desk.remaster("--in-place", path, "--add", f"{second}:/usr/local/bin", "--boot-parameters", "lab.room=3",
                  "--key", key, "--package", "lab-owner", "--sources", sources)
    return LabDisc(path, KEY)
