# SPDX-License-Identifier: GPL-2.0-or-later
"""A program of the disc moves between the three PCs of the virtual cluster, one of which is a 486."""

import re

from boot.job import Program
from qemu.deadline import wait_until


def test_a_process_moves_from_a_486_to_two_newer_nodes_and_home(steered_nodes, virtual_cluster):
    home, second, third = steered_nodes
    _, second_id, third_id = virtual_cluster.ids
    program = Program(home, "moved")
    program.wait_for_progress()
    for node, node_id, left in ((second, second_id, third), (third, third_id, second)):
        home.guest.run(f"migrate {program.pid} {node_id}", seconds=120)
        shown = program.shown_at_home()
        assert shown and (shown["state"], shown["node"]) == ("away", node_id)
        assert program.is_guest_of(node)
        wait_until(lambda at=left: not program.is_guest_of(at), home.guest.seconds(30), f"it is not on {left.name}")
        program.wait_for_progress()
    home.guest.run(f"migrate {program.pid} home", seconds=120)
    program.wait_until_home()
    wait_until(lambda: not program.is_guest_of(third), home.guest.seconds(30), f"it is not on {third.name}")
    program.wait_for_progress()
    program.tell_to_end()
    result = program.result()
    # The newer one is the faster one: the kernel does not have to make up for what a 486 lacks.
    assert Program(third, "unmoved", len(result)).result() == result


def test_a_process_of_a_newer_node_is_told_why_it_does_not_move_to_a_486(steered_nodes, virtual_cluster):
    home = steered_nodes[1]
    program = Program(home, "refused")
    refused = home.guest.run(f"migrate {program.pid} {virtual_cluster.ids[0]}", seconds=120, check=False)
    assert refused.exit_code == 1
    reason = re.search(r"refuses: the processor here lacks what the program may use: (.*)", refused.output)
    assert reason and {"cmov", "cx8", "sse", "tsc"} <= set(re.findall(r"\w+", reason[1]))
    program.wait_for_progress()
    program.tell_to_end()
    program.result()
