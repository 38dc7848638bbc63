# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs under test, a testbed for each test, and how often something was moved in all of them.

Tests here may run at the same time (pytest -n): nothing that they make has a name outside of its namespace.
"""

import os
from pathlib import Path

import pytest

from cmake_build import build
from migration.testbed import Testbed

LOG_TAIL_CHARACTERS = 6000
TARGETS = ("omd", "omd-supervisor", "migrate", "mosctl", "mosmon", "mosrun", "mps", "setpe")
MOVES = "moves"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Together they take minutes: too long for `make test-quick`."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def programs() -> Path:
    """The build folder with omd and its tools: $CLUSTERDISC_PROGRAMS, else preset release, which is built now."""
    named = os.environ.get("CLUSTERDISC_PROGRAMS")
    if named:
        return Path(named)
    return build("release", *TARGETS)


@pytest.fixture
def testbed(programs, record_property):
    """Where a test builds its cluster."""
    if os.geteuid() != 0:
        pytest.skip("namespaces and ptrace need root")
    with Testbed(programs) as opened:
        yield opened
    record_property(MOVES, opened.moves)


@pytest.fixture
def two_nodes(testbed):
    """Home, and a node to go to."""
    return testbed.start(2)


@pytest.fixture
def three_nodes(testbed):
    """Home, and two nodes to go to."""
    return testbed.start(3)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Shows what each omd and its supervisors have logged when a test fails."""
    outcome = yield
    report = outcome.get_result()
    bed = getattr(item, "funcargs", {}).get("testbed")
    if report.failed and bed is not None and call.when == "call":
        for node in bed.nodes:
            report.sections.append((f"log of {node.name}", node.log_text()[-LOG_TAIL_CHARACTERS:]))


def pytest_terminal_summary(terminalreporter):
    """How many moves there were: the reports have it, also those of pytest-xdist's workers."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    moves = sum(value for report in reports if getattr(report, "when", "") == "teardown"
                for name, value in report.user_properties if name == MOVES)
    if moves:
        terminalreporter.write_sep("=", f"{moves} moves of processes")
