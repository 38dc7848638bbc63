# SPDX-License-Identifier: GPL-2.0-or-later
"""ctrl-C in the middle of a build leaves no process, no mount and no half-written output behind."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from procfs import stat_field
from qemu.deadline import Deadline, wait_until

# One group: a build that runs beside another would be seen as something left behind.
pytestmark = [pytest.mark.image, pytest.mark.slow, pytest.mark.xdist_group("build")]

# The moments at which the key is pressed: what the build says when the stage begins.
STAGES = ["bootstrap", "squashfs"]


def processes_of(session: int) -> list[str]:
    """The processes of a session that still live."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int(stat_field(folder.name, 6)) == session and stat_field(folder.name, 3) != "Z":
                found.append(folder.name)
        except OSError:
            continue
    return found


def files_below(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def mounts() -> list[str]:
    return sorted(line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines())


@pytest.mark.parametrize("stage", STAGES)
def test_nothing_is_left(repository, iso_path, cache_folder, tmp_path, stage):
    # The disc has been built, so that the kernel and the packages come from the cache.
    assert iso_path.exists()
    output, log = tmp_path / "output", tmp_path / "log"
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    mounts_before = mounts()
    # Somebody else's build may be under way on this machine.
    unfinished_before = set(cache_folder.glob("unfinished/*"))
    with open(log, "wb") as standard_error:
        build = subprocess.Popen(
            [repository / "build.sh", "iso", "--output", output, "--no-stage-cache"],
            stdin=subprocess.DEVNULL, stdout=standard_error, stderr=standard_error, start_new_session=True,
            env={**os.environ, "TMPDIR": str(temporary)},
        )
    try:
        deadline = Deadline(900)
        while f"] {stage}" not in log.read_text():
            assert build.poll() is None, f"the build ended before the stage {stage}:\n{log.read_text()}"
            assert not deadline.passed, f"the stage {stage} did not begin:\n{log.read_text()}"
            time.sleep(0.1)
        # What a terminal does: the signal goes to every process of the group.
        os.killpg(build.pid, signal.SIGINT)
        assert build.wait(timeout=60) != 0
        wait_until(lambda: not processes_of(build.pid), 30, "all processes of the build are gone")
    finally:
        if build.poll() is None:
            os.killpg(build.pid, signal.SIGKILL)
            build.wait()
    assert mounts() == mounts_before
    left = {path for path in files_below(output) if path.name != "cluster.key"}
    assert not left, f"left in the output: {left}"
    assert not files_below(temporary), f"left among temporary files: {files_below(temporary)}"
    left = set(cache_folder.glob("unfinished/*")) - unfinished_before
    assert not left, f"left in the cache: {left}"
