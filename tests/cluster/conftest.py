# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs under test, and a testbed for each test.

Tests here may run at the same time (pytest -n): every namespace is without a name, so none sees another's.
"""

import os
from pathlib import Path

import pytest

from cluster.testbed import Testbed
from cmake_build import build

LOG_TAIL_CHARACTERS = 6000
PROGRAMS = ("omdiscd", "omdiscd-simulator", "omnodes", "showmap")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Together they take minutes: too long for `make test-quick`."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def programs() -> Path:
    """The build folder with omdiscd and its tools: $CLUSTERDISC_PROGRAMS, else preset release, which is built now."""
    named = os.environ.get("CLUSTERDISC_PROGRAMS")
    if named:
        return Path(named)
    return build("release", *PROGRAMS)


@pytest.fixture
def testbed(programs, tmp_path):
    """Where a test builds its cluster."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    with Testbed(programs, tmp_path) as opened:
        yield opened


@pytest.fixture
def wire(testbed):
    """The switch of a test that needs only one."""
    return testbed.wire()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Shows what each daemon has logged when a test fails."""
    outcome = yield
    report = outcome.get_result()
    bed = getattr(item, "funcargs", {}).get("testbed")
    if report.failed and bed is not None and call.when == "call":
        for node in bed.nodes:
            report.sections.append((f"log of {node.name}", node.log_text()[-LOG_TAIL_CHARACTERS:]))
