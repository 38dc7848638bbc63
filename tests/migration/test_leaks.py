# SPDX-License-Identifier: GPL-2.0-or-later
"""Many moves leave nothing behind: no memory, descriptors, processes or files on either side."""

import os
from pathlib import Path

import pytest

from guests import build
from migration.mover import SECONDS_PER_MOVE, move_continuously
from migration.node import Node, stray_bodies
from qemu.deadline import wait_until

MOVES = int(os.environ.get("CLUSTERDISC_LEAK_MOVES", "300"))
# Caches fill up in the first moves.
WARM_UP = 60
# Kilobytes by which a daemon may differ after MOVES: less than a page for each.
SLACK = 512


def resident_kilobytes(pid: int) -> int:
    """Memory of its own."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon:", "VmSwap:")))


def descriptors(pid: int) -> int:
    """How many files it has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def mappings(pid: int) -> int:
    """How many mappings it has."""
    return len(Path(f"/proc/{pid}/maps").read_text().splitlines())


def files(node: Node) -> set[str]:
    """What is in its run folder."""
    return {str(path.relative_to(node.run_folder)) for path in node.run_folder.rglob("*")}


def control_groups() -> set[str]:
    """Of guests; there are none on a machine without cgroups."""
    return {str(path) for path in Path("/sys/fs/cgroup").rglob("*guest*")}


@pytest.mark.parametrize("program", [build.Program("cpu", "amd64"), build.Program("cpu", "i386"),
                                     build.Program("heap_mmap", "amd64"), build.Program("pipe_child", "i386")], ids=str)
def test_moves_leave_nothing_behind(program, three_nodes, testbed):
    home = three_nodes[0]
    guest = home.guest(program.build()).wait_until_ready()

    def settle() -> None:
        home.wait_for_place(guest.pid, home)
        for node in three_nodes:
            wait_until(lambda node=node: not node.supervisors(), 30, f"the supervisors of {node.name} have ended")
        # omd closes what it had for the last move when it hears of that.
        counts = [count()]

        def is_settled() -> bool:
            counts.append(count())
            return counts[-1] == counts[-2]

        wait_until(is_settled, 30, "omd has closed what it needs no more", pause=0.2)

    def count() -> dict:
        return {
            "files": [files(node) for node in three_nodes],
            "descriptors": [descriptors(node.omd_pid) for node in three_nodes] + [descriptors(guest.pid)],
            "control groups": control_groups(),
            "bodies without a supervisor": stray_bodies(),
        }

    def move(times: int) -> None:
        times -= times % 3
        assert move_continuously(testbed, guest, three_nodes, times, times * SECONDS_PER_MOVE) == times
        settle()

    move(WARM_UP)
    before, memory = count(), [resident_kilobytes(node.omd_pid) for node in three_nodes]
    own_mappings = mappings(guest.pid)
    move(MOVES)
    assert count() == before
    grown = [resident_kilobytes(node.omd_pid) - was for node, was in zip(three_nodes, memory, strict=True)]
    assert max(grown) <= SLACK, f"kilobytes by which omd has grown on each node: {grown}"
    # Programs that map at random have another number at each moment.
    assert program.name == "heap_mmap" or mappings(guest.pid) <= own_mappings + 4, "the process has more mappings"
    guest.expect_right()


def test_a_supervisor_does_not_grow_while_its_process_moves_between_other_nodes(three_nodes, testbed):
    home, second, third = three_nodes
    guest = home.guest(build.Program("files", "amd64").build()).wait_until_ready()
    home.move(guest.pid, second)

    def move(pairs: int) -> tuple[int, int]:
        for _ in range(pairs):
            for place in (third, second):
                home.move(guest.pid, place)
                testbed.moves += 1
        supervisor = home.supervisor_of(guest.pid)
        return resident_kilobytes(supervisor), descriptors(supervisor)

    memory, opened = move(WARM_UP // 2)
    later_memory, later_opened = move(MOVES // 2)
    assert later_opened <= opened + 1
    assert later_memory <= memory + SLACK, "kilobytes of the home supervisor"
    guest.expect_right()
