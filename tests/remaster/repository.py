# SPDX-License-Identifier: GPL-2.0-or-later
"""A small Debian archive in a directory."""

import subprocess
from pathlib import Path

_CONTROL = "Package: {name}\nVersion: 1.0\nArchitecture: all\nMaintainer: Lab <lab@example.org>\nDescription: for a test\n"


def make(folder: Path, packages: dict[str, dict[str, str]]) -> Path:
    """Makes the packages, each with its files: those below DEBIAN/ are dpkg's, and DEBIAN/control has what the usual
    fields lack. Returns the directory of the archive."""
    archive = folder / "archive"
    archive.mkdir()
    for name, files in packages.items():
        tree = folder / name
        for path, content in {"DEBIAN/control": "", **files}.items():
            file = tree / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(_CONTROL.format(name=name) + content if path == "DEBIAN/control" else content)
            file.chmod(0o755 if content.startswith("#!") else 0o644)
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, archive], check=True, capture_output=True)
    index = subprocess.run(["apt-ftparchive", "packages", "."], cwd=archive, check=True, capture_output=True).stdout
    (archive / "Packages").write_bytes(index)
    release = subprocess.run(["apt-ftparchive", "release", "."], cwd=archive, check=True, capture_output=True).stdout
    (archive / "Release").write_bytes(release)
    return archive
