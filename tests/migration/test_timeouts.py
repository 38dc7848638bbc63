# SPDX-License-Identifier: GPL-2.0-or-later
"""A timeout goes on from where it was when its process, which waits already, leaves home, and when it leaves again."""

import subprocess
import time
from pathlib import Path

import pytest

from guests import build
from guests.running import PATIENCE

SOURCE = Path(__file__).parent / "timed_wait.c"
CALLS = ("epoll_wait", "sigtimedwait", "semtimedop", "recv")
MILLISECONDS = 4000
# A timeout that began anew at the first move would end by so much later.
WAITED_AT_HOME = 2000


@pytest.mark.parametrize("abi", build.ABIS)
@pytest.mark.parametrize("call", CALLS)
def test_the_time_that_was_waited_before_a_move_counts(call, abi, three_nodes, testbed, tmp_path):
    if not Path("/proc/self/sched").exists():
        pytest.skip("this kernel does not say since when a process sleeps")
    program = tmp_path / "timed_wait"
    subprocess.run(["gcc", *build.ABIS[abi], "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror", "-o", program, SOURCE], check=True)
    home, *others = three_nodes
    begin = time.monotonic()
    with subprocess.Popen(home.command(program, call, MILLISECONDS), stdout=subprocess.PIPE) as process:
        try:
            # Not a wait for another process: what is tested is that this time counts.
            time.sleep(WAITED_AT_HOME / 1000 - (time.monotonic() - begin))
            for node in others:
                home.move(process.pid, node)
                testbed.moves += 1
            output, _ = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert process.returncode == 0
    assert MILLISECONDS <= int(output) < MILLISECONDS + WAITED_AT_HOME - 500
