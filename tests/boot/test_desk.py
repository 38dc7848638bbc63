# SPDX-License-Identifier: GPL-2.0-or-later
"""The virtual cluster of two nodes and a drone that a user without rights has started with one command: what he can do to it.

That all verbs do what they say to the machines is tested without an operating system (virtual/clusterdisc_vm).
"""

import re

import pytest

from boot.picture import different_lines
from qemu.deadline import wait_for_value, wait_until

SECONDS = 30


@pytest.fixture(scope="module", autouse=True)
def is_whole(desk):
    """Whatever a test has cut or stopped is whole again in the end."""
    yield
    if desk.run_directory.exists() and any(desk.run_directory.iterdir()):
        desk.run("heal")


def seen_by(desk, number: int) -> list[str]:
    """The members that a node sees, by the table that status prints; its state when it sees none."""
    row = desk.run("status").splitlines()[number].split()
    return row[2:-1] if row[1] == "member" else [row[1]]


def wait_until_seen(node, numbers: list[int]) -> None:
    """Waits until exactly NUMBERS are in the node's map."""
    wait_for_value(lambda: [int(line.split()[0]) for line in node.run("grep -v '^#' /run/openmosix/map", check=False).lines],
                   lambda seen: seen == numbers, node.seconds(SECONDS), f"node {node.number} sees {numbers}")


def test_the_nodes_have_the_numbers_that_the_command_has(desk, pair):
    assert [seen_by(desk, number) for number in (1, 2, 3)] == [["1", "2", "3"], ["1", "2", "3"], ["-"]]
    assert desk.run("list").split()[:3] == ["default", "2", "nodes"]


def test_a_loop_runs_on_the_other_node(pair):
    first, second = pair
    first.run("sudo mosctl stay; nohup mosrun -2 awk 'BEGIN { while (1) n++ }' >/dev/null 2>&1 &")
    wait_for_value(lambda: second.run("mps").output, lambda shown: "awk" in shown, first.seconds(SECONDS),
                   "node 2 has the loop of node 1 as a guest")
    first.run("pkill -x awk; sudo mosctl nostay")


def test_a_loop_runs_on_the_drone(pair):
    first, _ = pair
    first.run("sudo mosctl stay")
    pid = first.run("nohup mosrun -3 awk 'BEGIN { while (1) n++ }' >/dev/null 2>&1 & echo $!").output
    wait_for_value(lambda: first.run(f"sudo cat /run/openmosix/processes/{pid}.json", check=False).output,
                   lambda shown: '"node":3' in shown and '"away"' in shown, first.seconds(SECONDS), "the loop is on node 3")
    first.run("pkill -x awk; sudo mosctl nostay")


def test_the_screen_is_the_manuals_picture(desk, pair, pictures, tmp_path):
    # The user may not write to where the pictures go.
    desk.run("screen", "1", str(desk.run_directory / "screen.png"))
    picture = pictures / "virtual-cluster.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_bytes((desk.run_directory / "screen.png").read_bytes())
    (desk.run_directory / "screen.png").unlink()
    assert different_lines(picture) > 50


def test_a_cut_node_is_missed_and_comes_back_when_the_cable_is_healed(desk, pair):
    desk.run("cut", "2")
    wait_until_seen(pair[0], [1, 3])
    desk.run("heal")
    wait_until_seen(pair[0], [1, 2, 3])


def test_a_slow_cable_is_slow(desk, pair):
    desk.run("slow", "2", "400ms")
    shown = pair[0].run("ping -c 3 -w 60 node2", seconds=30).output
    assert float(re.search(r"min/avg/max/mdev = ([\d.]+)/", shown)[1]) >= 800
    desk.run("heal")


def test_a_frozen_node_is_missed_and_comes_back_when_it_thaws(desk, pair):
    desk.run("freeze", "2")
    assert seen_by(desk, 2) == ["frozen"]
    wait_until_seen(pair[0], [1, 3])
    desk.run("thaw", "2")
    wait_until_seen(pair[0], [1, 2, 3])


# The last one: it ends the cluster.
def test_nothing_has_left_the_loopback_interface_and_nothing_is_left(desk, pair):
    desk.run("button", "2")
    wait_until_seen(pair[0], [1, 3])
    wait_for_value(lambda: seen_by(desk, 2), lambda seen: seen == ["off"], pair[0].seconds(SECONDS * 2), "node 2 is off")
    desk.run("down")
    assert not list(desk.run_directory.iterdir())
    wait_until(lambda: not desk.processes(), 10, "all processes are gone")
    assert desk.network.sent() == 0
    # It would have been seen.
    desk.network.run("sh", "-c", "ping -c 1 -w 1 192.0.2.200 >/dev/null || true")
    assert desk.network.sent() > 0
