# SPDX-License-Identifier: GPL-2.0-or-later
"""What a process has used of a processor elsewhere counts for it as long as it is away from home, and home is told of it."""

import json
import os
import select
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from guests import build
from guests.running import PATIENCE
from procfs import stat_field
from qemu.deadline import Deadline, wait_until

PROGRAM = Path(__file__).parent / "processor_time.c"
# Microseconds; more than a deputy uses in the time, and more than a tick of times(2).
ENOUGH = 400_000
# Of all helpers together.
OF_HELPERS = 20_000
# Of microseconds, more than what a clock shows between two calls, or a tick of times(2) twice.
NEXT_TO_NOTHING = 200_000


class Reporter:
    """The program on a node; a context manager that kills it."""

    def __init__(self, node, program, *words):
        self._process = subprocess.Popen(node.command(program, *words), stdout=subprocess.PIPE, bufsize=0)

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

    def last_report(self):
        """What it says until it ends, the last of it, which is right only if it ends in peace."""
        lines = self._process.stdout.readlines()
        assert self._process.wait(timeout=PATIENCE) == 0
        *own, _ = map(int, lines[-1].split())
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


class CountingOmd:
    """Stands for a node's omd with a kernel that counts, and writes down what it is told; a context manager."""

    def __init__(self, node):
        node.kill_omd()
        path = node.run_folder / "omd.sock"
        path.unlink()
        self.requests = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=PATIENCE)
        self._listener.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rw") as stream:
                self.requests.append(json.loads(stream.readline()))
                stream.write('{"ok":true,"counted":true}\n')

    def counted(self):
        """Microseconds, in all."""
        return sum(request["user"] + request["system"] for request in self.requests) // 1000


def compiled(abi, folder):
    """The program."""
    program = folder / "program"
    subprocess.run(["gcc", *build.ABIS[abi], "-O1", "-Wall", "-Wextra", "-Werror", "-o", program, PROGRAM], check=True)
    return program


@pytest.mark.parametrize("abi", build.ABIS)
def test_what_is_used_elsewhere_counts(abi, three_nodes, testbed, tmp_path):
    home, second, third = three_nodes
    program = compiled(abi, tmp_path)
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


def elsewhere(home, pid):
    """Microseconds, as the state file says."""
    state = home.process_state(pid)
    return (state["user_elsewhere"] + state["system_elsewhere"]) // 1000


def test_home_is_told_while_the_process_is_away(two_nodes, testbed, tmp_path):
    home, second = two_nodes
    with Reporter(home, compiled("amd64", tmp_path)) as process:
        process.report()
        home.move(process.pid, second)
        testbed.moves += 1
        assert elsewhere(home, process.pid) < NEXT_TO_NOTHING
        wait_until(lambda: elsewhere(home, process.pid) >= ENOUGH, PATIENCE, "home knows what was used elsewhere")
        assert home.process_state(process.pid)["state"] == "away"


def used_at_home(pid):
    """Microseconds that the kernel has counted here, of the process and of its deputy."""
    # The clock of all threads of PID (clock_getcpuclockid(3), the kernel's MAKE_PROCESS_CPUCLOCK and CPUCLOCK_SCHED).
    return time.clock_gettime_ns(~pid << 3 | 2) // 1000


def test_what_home_counts_is_neither_counted_twice_nor_forgotten(two_nodes, testbed, tmp_path):
    """The kernel does not really count here, so that what the process is told by calls at home is less by all of it."""
    home, second = two_nodes
    with Reporter(home, compiled("amd64", tmp_path), "1000") as process:
        process.report()
        home.move(process.pid, second)
        testbed.moves += 1
        # It has gone on here until it was frozen, which may have been long after its report.
        before = used_at_home(process.pid)
        start = int(stat_field(process.pid, 22))
        with CountingOmd(home) as omd:
            clock, usage, ticks = process.last_report()
            assert all((request["request"], request["pid"], request["start"]) == ("time", process.pid, start)
                       for request in omd.requests)
            # A deputy uses little at home.
            used = clock - before
            assert len(omd.requests) > 1 and used >= ENOUGH
            assert abs(omd.counted() - used) < NEXT_TO_NOTHING
            # All but the last request were before the last report, and in none of them was anything of another one.
            last = (omd.requests[-1]["user"] + omd.requests[-1]["system"]) // 1000
            for left in (usage, ticks):
                assert abs(clock - (omd.counted() - last) - left) < NEXT_TO_NOTHING
