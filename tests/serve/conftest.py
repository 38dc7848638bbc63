# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the tests of clusterdisc-serve."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from cmake_build import build
from serve.room import Room

# They start machines, or wait for what takes seconds on a real network: too long for `make test-quick`.
SLOW = ("test_room.py", "test_chain.py")
OF_MACHINES = ("test_network_boot.py",)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Marks by file. First, because pytest-xdist reads the groups in the same hook."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.path.name in SLOW:
            item.add_marker(pytest.mark.slow)
        if item.path.parent == Path(__file__).parent and item.path.name in OF_MACHINES:
            for mark in (pytest.mark.image, pytest.mark.vm, pytest.mark.xdist_group("served_room")):
                item.add_marker(mark)


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder of the programs of a client's initramfs: of $CLUSTERDISC_PROGRAMS, else of preset release, which is built now."""
    named = os.environ.get("CLUSTERDISC_PROGRAMS")
    return (Path(named) if named else build("release", "clusterdisc-ask-key", "clusterdisc-fetch")) / "serve"


@pytest.fixture
def room(programs):
    """An empty room."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    for program in ("dnsmasq", "busybox"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed (./build.sh deps)")
    # dnsmasq and httpd read as another user, who cannot enter pytest's own directories.
    with tempfile.TemporaryDirectory() as directory, Room(Path(directory), programs) as opened:
        yield opened
