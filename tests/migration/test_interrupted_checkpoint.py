# SPDX-License-Identifier: GPL-2.0-or-later
"""Whoever has a part in writing an image is killed in the middle of it."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from guests.running import PATIENCE
from migration.node import Node
from procfs import stat_field
from qemu.deadline import Deadline, wait_until

# Bytes of memory of a process whose image takes a while to write.
LARGE = 400 << 20


@pytest.fixture
def home(testbed) -> Node:
    """A node alone."""
    return testbed.start(1)[0]


@pytest.fixture
def large(home):
    """A process whose image takes a while to write, and the folder in which it writes a file again and again."""
    script = (f"import os, time\nmemory = bytearray(os.urandom(1 << 20)) * {LARGE >> 20}\n"
              "while True:\n    open('beat', 'w').close(); memory[0] ^= 1; time.sleep(0.001)")
    folder = home.make_folder("large")
    with subprocess.Popen(home.command("/usr/bin/python3", "-c", script, folder=folder), stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until((home.outside(folder) / "beat").exists, PATIENCE, "it is ready")
            yield process, folder
        finally:
            process.kill()


def sizes_of_images(folder: Path) -> list[int]:
    """Also of one that is not whole and has another name as yet; each may vanish meanwhile."""
    sizes = []
    for path in folder.glob("image*"):
        with contextlib.suppress(FileNotFoundError):
            sizes.append(path.stat().st_size)
    return sizes


def stop_while_it_writes(home: Node, pid: int, outside: Path, asking: subprocess.Popen) -> int | None:
    """Stops the supervisor of the process when a part of the image is written; None if it was not stopped in time."""
    wait_until(lambda: any(sizes_of_images(outside)) or asking.poll() is not None, PATIENCE, "it is written", pause=0.001)
    state = home.process_state(pid)
    if state is None:
        return None
    supervisor = state["supervisor"]
    try:
        os.kill(supervisor, signal.SIGSTOP)
        wait_until(lambda: stat_field(supervisor, 3) == "T", PATIENCE, "it is stopped", pause=0.001)
    except (ProcessLookupError, FileNotFoundError):
        return None
    if all(0 < size < LARGE for size in sizes_of_images(outside)) and not (outside / "image").exists():
        return supervisor
    os.kill(supervisor, signal.SIGCONT)
    return None


@contextlib.contextmanager
def half_an_image(home: Node, pid: int, folder: Path) -> Iterator[tuple[subprocess.Popen, int]]:
    """migrate, and the supervisor, which is stopped while it writes; tries again until that was so."""
    outside = home.outside(folder)
    command = home.command(home.program("migrate"), "--run-dir", home.run_folder, pid, "file", folder / "image")
    deadline = Deadline(PATIENCE)
    supervisor = None
    while supervisor is None:
        assert not deadline.passed, "it is always too fast to be stopped"
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as asking:
            supervisor = stop_while_it_writes(home, pid, outside, asking)
            if supervisor is not None:
                yield asking, supervisor
                return
            assert asking.wait(timeout=PATIENCE) == 0, asking.stderr.read()
        (outside / "image").unlink()


@pytest.mark.parametrize("victim", ["migrate", "supervisor", "process"])
def test_nothing_is_left_when_one_of_them_is_killed(victim, large, home):
    process, folder = large
    outside = home.outside(folder)
    with half_an_image(home, process.pid, folder) as (asking, supervisor):
        if victim == "supervisor":
            os.kill(supervisor, signal.SIGKILL)
        elif victim == "process":
            process.kill()
        else:
            asking.terminate()
            asking.wait(timeout=PATIENCE)
        if victim != "supervisor":
            os.kill(supervisor, signal.SIGCONT)
        error = asking.communicate(timeout=PATIENCE)[1]
        assert asking.returncode == (-signal.SIGTERM if victim == "migrate" else 1)
    assert list(outside.glob("image*")) == []
    if victim == "process":
        assert "has ended" in error
        return
    before = (outside / "beat").stat().st_mtime_ns
    wait_until(lambda: (outside / "beat").stat().st_mtime_ns > before, PATIENCE, "it goes on")
    # Nothing of ours has stayed in it: it can be written again.
    wait_until(lambda: home.supervisors() == [], PATIENCE, "its supervisor has ended")
    result = home.tool("migrate", str(process.pid), "file", folder / "image")
    assert result.returncode == 0, result.stderr
