# SPDX-License-Identifier: GPL-2.0-or-later
"""A timeout goes on from where it was when its process, which waits already, leaves home, and when it leaves again."""

import contextlib
import subprocess
import time
from pathlib import Path

import pytest

from guests import build
from guests.running import PATIENCE

SOURCE = Path(__file__).parent / "timed_wait.c"
CALLS = ("epoll_wait", "sigtimedwait", "semtimedop", "recv")
# Half of it is enough for all moves on a busy machine.
MILLISECONDS = 14000
# A timeout that began anew at the first move would end by so much later.
WAITED_AT_HOME = 7000


@pytest.mark.parametrize("abi", build.ABIS)
def test_the_time_that_was_waited_before_a_move_counts(abi, three_nodes, testbed, tmp_path):
    if not Path("/proc/self/sched").exists():
        pytest.skip("this kernel does not say since when a process sleeps")
    program = tmp_path / "timed_wait"
    subprocess.run(["gcc", *build.ABIS[abi], "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror", "-o", program, SOURCE], check=True)
    home, *others = three_nodes
    with contextlib.ExitStack() as stack:
        # All at the same time, as each takes long.
        waiting = {}
        for call in CALLS:
            waiting[call] = stack.enter_context(subprocess.Popen(home.command(program, call, MILLISECONDS), stdout=subprocess.PIPE))
            stack.callback(waiting[call].kill)
        # Not a wait for another process: what is tested is that this time counts.
        time.sleep(WAITED_AT_HOME / 1000)
        for node in others:
            for process in waiting.values():
                home.move(process.pid, node)
                testbed.moves += 1
        waited = {call: int(process.communicate(timeout=PATIENCE)[0] or -1) for call, process in waiting.items()}
    assert {call: process.returncode for call, process in waiting.items()} == dict.fromkeys(CALLS, 0)
    assert all(MILLISECONDS <= each < MILLISECONDS + WAITED_AT_HOME - 500 for each in waited.values()), waited
