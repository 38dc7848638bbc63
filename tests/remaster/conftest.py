# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures: the disc under test on the desk of a user without privileges."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from remaster.desk import Desk
from remaster.medium import Medium

# For what is tested without the command line.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "remaster"))


@pytest.fixture(scope="session")
def desk(repository, iso_path) -> Iterator[Desk]:
    # Not in pytest's own directory, which is only for whoever runs the tests.
    with tempfile.TemporaryDirectory(prefix="clusterdisc-remaster-test-") as folder:
        Path(folder).chmod(0o755)
        yield Desk(Path(folder), repository, iso_path)


@pytest.fixture(scope="session")
def look_at(tmp_path_factory) -> Callable[[Path], Medium]:
    """Unpacks a disc."""
    return lambda path, **options: Medium(path, tmp_path_factory.mktemp("medium"), **options)


@pytest.fixture(scope="session")
def original(desk, look_at) -> Medium:
    """The disc before remastering."""
    return look_at(desk.original)


def pytest_collection_modifyitems(items):
    """All of this directory needs the disc, and shares what is made of it."""
    for item in items:
        if Path(__file__).parent in item.path.parents and "desk" in item.fixturenames:
            item.add_marker(pytest.mark.image)
            item.add_marker(pytest.mark.xdist_group("remaster"))
