# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures for all tests: the repository, the version, the ISO."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

import cmake_build

REPOSITORY = Path(__file__).resolve().parents[1]

# A test run in the background of a shell inherits ignored signals (POSIX, "Signals and Error Handling"), and so would the
# programs whose behaviour at ctrl-C is tested here.
for _number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.default_int_handler if _number == signal.SIGINT else signal.SIG_DFL)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def version() -> str:
    """The version that is being built."""
    return (REPOSITORY / "VERSION").read_text().strip()


@pytest.fixture(scope="session")
def output_folder() -> Path:
    """Where the build puts its results."""
    return REPOSITORY / "out"


@pytest.fixture(scope="session")
def cache_folder() -> Path:
    """Where build.sh keeps its caches and logs."""
    return cmake_build.cache_folder()


def _product(variable: str, path: Path, command: str) -> Path:
    """The file that the environment VARIABLE names, else PATH, which ./build.sh COMMAND makes when it is not there."""
    named = os.environ.get(variable)
    if named:
        if not Path(named).is_file():
            pytest.fail(f"{variable} names {named}, which is not a file")
        return Path(named).resolve()
    if not path.exists():
        subprocess.run([REPOSITORY / "build.sh", command], cwd=REPOSITORY, check=True)
    return path


@pytest.fixture(scope="session")
def iso_path(version: str, output_folder: Path) -> Path:
    """The ISO under test: $CLUSTERDISC_ISO, else this version's in out/, else one that is built now."""
    return _product("CLUSTERDISC_ISO", output_folder / f"clusterdisc-{version}-i486.iso", "iso")


@pytest.fixture(scope="session")
def drone_file(version: str, output_folder: Path) -> Path:
    """The drone under test: $CLUSTERDISC_DRONE, else this version's in out/, else one that is built now."""
    return _product("CLUSTERDISC_DRONE", output_folder / f"clusterdisc-{version}-drone", "drone")


@pytest.fixture(scope="session")
def manifest_path(iso_path: Path) -> Path:
    """The manifest that belongs to the ISO."""
    return iso_path.with_suffix(".manifest.json")
