# SPDX-License-Identifier: GPL-2.0-or-later
"""What a process has used of a processor elsewhere counts for it, as long as it is away from home."""

import os
import select
import subprocess
from pathlib import Path

import pytest

from guests import build
from guests.running import PATIENCE
from qemu.deadline import Deadline

PROGRAM = Path(__file__).parent / "processor_time.c"
# Microseconds; more than a deputy uses in the time, and more than a tick of times(2).
ENOUGH = 400_000
# Of all helpers together.
OF_HELPERS = 20_000


class Reporter:
    """The program on a node; a context manager that kills it."""

    def __init__(self, node, program):
        self._process = subprocess.Popen(node.command(program), stdout=subprocess.PIPE, bufsize=0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.communicate(timeout=PATIENCE)

    @property
    def pid(self):
        """At home."""
        return self._process.pid

    def report(self):
        """The times that it says next, without those of its children: it has none but the helpers by which it came home."""
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        line = self._process.stdout.readline() if ready else b""
        assert line, f"it says nothing; its status: {self._process.poll()}"
        *own, of_children = map(int, line.split())
        assert of_children < OF_HELPERS
        return own

    def skip_what_was_said(self):
        """And the rest of the line that it is about to say."""
        output = self._process.stdout.fileno()
        while select.select([output], [], [], 0)[0]:
            os.read(output, 65536)
        # It may have begun to compute what this one says before.
        self._process.stdout.readline()

    def wait_until_used(self, before):
        """Until all its times are so much more than BEFORE; the last ones."""
        deadline = Deadline(PATIENCE)
        while True:
            last = self.report()
            used = [now - was for was, now in zip(before, last, strict=True)]
            if min(used) >= ENOUGH:
                return last
            assert not deadline.passed, f"used since it left, by clock_gettime, getrusage, times: {used}"


@pytest.mark.parametrize("abi", build.ABIS)
def test_what_is_used_elsewhere_counts(abi, three_nodes, testbed, tmp_path):
    home, second, third = three_nodes
    program = tmp_path / "program"
    subprocess.run(["gcc", *build.ABIS[abi], "-O1", "-Wall", "-Wextra", "-Werror", "-o", program, PROGRAM], check=True)
    with Reporter(home, program) as process:
        at_home = process.report()
        home.move(process.pid, second)
        last = process.wait_until_used(at_home)
        home.move(process.pid, third)
        testbed.moves += 2
        # On its way it was at home, where the kernel knows only what was used there.
        process.skip_what_was_said()
        now = process.report()
        assert all(before <= after for before, after in zip(last, now, strict=True)), (last, now)
