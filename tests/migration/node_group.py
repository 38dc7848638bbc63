# SPDX-License-Identifier: GPL-2.0-or-later
"""A control group that is a node's machine: its processes are those of the group, and it has a share of a processor."""

import contextlib
import os
import signal
import time
from pathlib import Path

from qemu.deadline import wait_until

PERIOD = 100_000


def hierarchy() -> Path | None:
    """Where control groups with the controller for processors can be made (cgroups(7)); None: nowhere."""
    for folder, mark in ((Path("/sys/fs/cgroup/cpu"), "cpu.cfs_quota_us"), (Path("/sys/fs/cgroup"), "cgroup.controllers")):
        if (folder / mark).exists() and os.access(folder, os.W_OK):
            return folder
    return None


class NodeGroup:
    """A context manager that kills what is left in the group in the end."""

    def __init__(self, name: str, hundredths: int) -> None:
        """HUNDREDTHS of a processor are what all its processes together get."""
        self.folder = hierarchy() / f"clusterdisc-{os.getpid()}-{name}"
        self._quota = hundredths * PERIOD // 100

    def __enter__(self) -> "NodeGroup":
        self.folder.mkdir()
        if (self.folder / "cpu.max").exists():
            (self.folder / "cpu.max").write_text(f"{self._quota} {PERIOD}")
        else:
            (self.folder / "cpu.cfs_quota_us").write_text(str(self._quota))
        return self

    def enter(self) -> None:
        """The calling process joins it."""
        (self.folder / "cgroup.procs").write_text("0")

    def pids(self) -> list[int]:
        """Its processes."""
        return [int(line) for line in (self.folder / "cgroup.procs").read_text().split()]

    def __exit__(self, *_) -> None:
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not self.pids(), 20, f"all processes of {self.folder} have ended")
        deadline = time.monotonic() + 5
        while True:
            try:
                self.folder.rmdir()
                return
            except OSError:
                # The kernel lets go of ended processes a moment later.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
