# SPDX-License-Identifier: GPL-2.0-or-later
"""Limits of memory that do not hold elsewhere do not keep a process from coming home with what it has got there."""

import subprocess

import pytest

from guests.running import PATIENCE
from migration.node import OTHER_USER
from qemu.deadline import wait_until

# Without a limit again it can allocate, as interpreters must.
SCRIPT = """
import mmap, os, resource, time
limit = getattr(resource, LIMIT)
def wait_for(name):
    while not os.path.exists(name):
        time.sleep(0.001)
os.mkdir("ready")
wait_for("go")
resource.setrlimit(limit, (1 << 20, resource.RLIM_INFINITY))
memory = mmap.mmap(-1, 32 << 20, flags=mmap.MAP_PRIVATE)
for place in range(0, len(memory), 4096):
    memory[place] = place >> 12 & 255
os.mkdir("mapped")
wait_for("end")
now = resource.getrlimit(limit)
resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert now == (1 << 20, resource.RLIM_INFINITY), now
assert all(memory[place] == place >> 12 & 255 for place in range(0, len(memory), 4096))
"""


@pytest.mark.parametrize("limit", ["RLIMIT_AS", "RLIMIT_DATA"])
def test_a_process_comes_home_with_more_memory_than_its_limit(limit, two_nodes, testbed):
    home, away = two_nodes
    folder = home.make_folder("limits", OTHER_USER)
    outside = home.outside(folder)
    script = SCRIPT.replace("LIMIT)", f'"{limit}")')
    command = home.command("/usr/bin/python3", "-c", script, user=OTHER_USER, folder=folder)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        try:
            wait_until((outside / "ready").exists, PATIENCE, "it is ready")
            home.move(process.pid, away)
            (outside / "go").touch()
            wait_until((outside / "mapped").exists, PATIENCE, "it has its memory")
            home.move(process.pid, "home")
            testbed.moves += 2
            (outside / "end").touch()
            assert process.wait(timeout=PATIENCE) == 0
        finally:
            process.kill()
