# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest program that runs."""

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from qemu.deadline import wait_until

# For whatever takes a moment on a machine that is busy.
PATIENCE = 60.0
STATUS_NOT_HERE = 77
READY = re.compile(r"^ready (\d+)$", re.MULTILINE)
RIGHT = re.compile(r"^right (\d+)$", re.MULTILINE)
# Settings of whoever runs the tests must not matter.
ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "GUEST": "a guest program"}


class NotHere(Exception):
    """This machine lacks what the guest is about."""


class RunningGuest:
    """A guest from its start to its end; a context manager that kills it if it has not ended by then.

    FOLDER is the guest's current folder as this process sees it. PREFIX is put in front of the command, and must not
    fork; with it the same folder can have another name for the guest: INSIDE.
    """

    def __init__(self, program: Path | str, folder: Path, *, prefix: Sequence[str] = (), inside: Path | None = None,
                 steps: int = 0, arguments: Sequence[str] = (), environment: Mapping[str, str] = ENVIRONMENT) -> None:
        inside = inside or folder
        self._stop_file = folder / "stop"
        self._progress_file = folder / "progress"
        self._output_file = folder / "output"
        command = [*prefix, str(program), "--progress", str(inside / "progress"), *arguments]
        command += ["--steps", str(steps)] if steps else ["--until", str(inside / "stop")]
        with self._output_file.open("ab") as output:
            self._process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                             env=dict(environment), start_new_session=True)

    def __enter__(self) -> "RunningGuest":
        return self

    def __exit__(self, *_) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """The guest's pid at home."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Exit status, or the signal that killed it as a negative number; None while it runs."""
        return self._process.poll()

    def output(self) -> str:
        """What it has printed so far."""
        return self._output_file.read_text(errors="replace")

    def wait_until_ready(self) -> "RunningGuest":
        """Until it is set up; NotHere when this machine cannot run it."""
        wait_until(lambda: READY.search(self.output()) or self.status is not None, PATIENCE,
                   "the guest is ready", pause=0.01)
        self._complain()
        assert int(READY.search(self.output())[1]) == self.pid, f"its prefix forks: {self.output()}"
        return self

    def steps(self) -> int:
        """How many steps it has done."""
        try:
            return int(self._progress_file.read_text() or 0)
        except FileNotFoundError:
            return 0

    def wait_for_steps(self, count: int, seconds: float = PATIENCE) -> None:
        """Until it has done COUNT more steps from now, or has ended with a right result."""
        wanted = self.steps() + count
        wait_until(lambda: self.steps() >= wanted or self.status is not None, seconds, f"step {wanted}", pause=0.01)
        self._complain()

    def stop(self) -> None:
        """Asks it to end after the step that it is doing."""
        self._stop_file.touch()

    def wait_for_end(self, seconds: float = PATIENCE) -> int:
        """The exit status."""
        try:
            return self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the guest does not end within {seconds:.0f} s after step {self.steps()}; "
                                 f"its output: {self.output()}") from None

    def expect_right(self, seconds: float = PATIENCE) -> int:
        """Asks it to end, and checks that all of its results were right; returns the number of its steps."""
        self.stop()
        self.wait_for_end(seconds)
        self._complain()
        found = RIGHT.search(self.output())
        assert found and self.status == 0, f"ended with status {self.status}; its output: {self.output()}"
        # Those that die with it take a moment.
        wait_until(lambda: not self.session(), seconds, "none of its children is left", pause=0.01)
        return int(found[1])

    def kill(self) -> None:
        """Ends it and its children, also those that outlive it."""
        if self.status is None:
            self._process.kill()
            self._process.wait(timeout=PATIENCE)
        for pid in self.session():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def session(self) -> list[int]:
        """All processes of its session, which began with it."""
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with contextlib.suppress(OSError):
                    # Field 6; 1 and 2 may have blanks.
                    session = int((folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[3])
                    found += [int(folder.name)] * (session == self.pid)
        return found

    def _complain(self) -> None:
        if self.status == STATUS_NOT_HERE:
            raise NotHere(self.output().strip())
        assert "WRONG" not in self.output(), self.output()
        assert self.status in (None, 0), f"ended with status {self.status}; its output: {self.output()}"
