# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs under test, and a testbed for each test.

Tests here may run at the same time (pytest -n): every namespace is without a name, so none sees another's.
"""

import fcntl
import os
import subprocess
from pathlib import Path

import pytest

from cluster.testbed import Testbed

LOG_TAIL_CHARACTERS = 6000
PROGRAMS = ("omdiscd", "omdiscd-simulator", "omnodes", "showmap")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Together they take minutes: too long for `make test-quick`."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def programs(repository) -> Path:
    """The build folder with omdiscd and its tools: $CLUSTERDISC_PROGRAMS, else preset release, which is built now."""
    named = os.environ.get("CLUSTERDISC_PROGRAMS")
    if named:
        return Path(named)
    (repository / "build").mkdir(exist_ok=True)
    with (repository / "build/release.lock").open("w") as lock:
        # One process of pytest-xdist builds, the others find everything up to date.
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in (["cmake", "--preset", "release"], ["cmake", "--build", "--preset", "release", "--target", *PROGRAMS]):
            result = subprocess.run(command, cwd=repository, capture_output=True, text=True, timeout=1500)
            assert result.returncode == 0, f"{' '.join(command)}\n{result.stdout}\n{result.stderr}"
    return repository / "build/release"


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
