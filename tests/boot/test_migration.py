# SPDX-License-Identifier: GPL-2.0-or-later
"""A program of the disc moves between the three PCs of the virtual cluster, one of which is a 486."""

import re

import pytest

from boot.cluster_node import ClusterNode
from qemu.deadline import wait_until

# Computes until it has done all rounds, or a file of its home tells it to end. Each round is told in a file there: its
# number, the state of a generator of pseudo-random numbers (Park and Miller's, in whole numbers that a double holds
# exactly), and a sum of square roots, so that floating-point registers travel, too.
STEPS_IN_A_ROUND = 2000
MULTIPLIER = 16807
MODULUS = 2147483647
PROGRAM = f"""
BEGIN {{
  state = 1
  while (rounds < most && (getline line < "stop") < 0) {{
    for (i = 0; i < {STEPS_IN_A_ROUND}; i++) {{
      state = state * {MULTIPLIER} % {MODULUS}
      sum += sqrt(state)
    }}
    printf "%d %d %.17g\\n", ++rounds, state, sum
    fflush()
  }}
}}
"""
FOR_EVER = 1000000


class Program:
    """PROGRAM, started in a folder of its own on its home node."""

    def __init__(self, home: ClusterNode, folder: str, rounds: int = FOR_EVER) -> None:
        self.home = home
        self._folder = folder
        home.guest.run(f"mkdir {folder} && cat >{folder}/program <<'END'\n{PROGRAM}END")
        command = f"awk -v most={rounds} -f program >result 2>errors"
        self.pid = int(home.guest.run(f"cd {folder}; {command} & echo $!").output)

    def rounds(self) -> int:
        """How many rounds it has done."""
        return int(self.home.guest.run(f"wc -l <{self._folder}/result").output)

    def wait_for_progress(self) -> None:
        """Waits until it has done a whole round more."""
        before = self.rounds()
        wait_until(lambda: self.rounds() > before + 1, self.home.guest.seconds(60),
                   f"process {self.pid} of {self.home.name} goes on after round {before}", pause=0.5)

    def shown_at_home(self) -> dict | None:
        """What its home's mps says of it; None when it is at home for good."""
        return next((each for each in self.home.processes("processes") if each["pid"] == self.pid), None)

    def is_guest_of(self, node: ClusterNode) -> bool:
        """Whether NODE's mps shows it as a guest."""
        return self.pid in [each["home_pid"] for each in node.processes("guests")]

    def tell_to_end(self) -> None:
        """Lets it end with the round that it does."""
        self.home.guest.run(f"echo >{self._folder}/stop")

    def result(self) -> list[str]:
        """All that it has told, once it has ended."""
        guest = self.home.guest
        wait_until(lambda: guest.run(f"kill -0 {self.pid}", check=False).exit_code != 0, guest.seconds(120),
                   f"process {self.pid} of {self.home.name} has ended", pause=0.5)
        assert guest.run(f"cat {self._folder}/errors").output == ""
        return guest.run(f"cat {self._folder}/result").lines


def assert_is_right(result: list[str]) -> None:
    """No round is missing, and the generator has the state that follows from their number."""
    for number, line in enumerate(result, 1):
        words = line.split()
        assert words[:2] == [str(number), str(pow(MULTIPLIER, number * STEPS_IN_A_ROUND, MODULUS))]


def known_members(node: ClusterNode) -> set[int]:
    """The node ids that NODE's omd knows; none as long as it does not answer."""
    listed = re.search(r"^members +(.*)", node.guest.run("omd status", check=False).output, re.MULTILINE)
    ranges = re.findall(r"(\d+)(?:-(\d+))?", listed[1]) if listed else []
    return {each for first, last in ranges for each in range(int(first), int(last or first) + 1)}


@pytest.fixture(scope="module")
def nodes(virtual_cluster):
    """The three, once omd of each knows all of them."""
    for node in virtual_cluster.nodes:
        wait_until(lambda at=node: known_members(at) == set(virtual_cluster.ids), node.guest.seconds(60),
                   f"omd of {node.name} knows its members", pause=0.5)
        # Here processes move when they are told to.
        node.guest.run("sudo mosctl stay")
    return virtual_cluster.nodes


def test_a_process_moves_from_a_486_to_two_newer_nodes_and_home(nodes, virtual_cluster):
    home, second, third = nodes
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
    wait_until(lambda: program.shown_at_home() is None, home.guest.seconds(60), "it is home for good")
    wait_until(lambda: not program.is_guest_of(third), home.guest.seconds(30), f"it is not on {third.name}")
    program.wait_for_progress()
    program.tell_to_end()
    result = program.result()

    assert_is_right(result)
    # The newer one is the faster one: the kernel does not have to make up for what a 486 lacks.
    assert Program(third, "unmoved", len(result)).result() == result


def test_a_process_of_a_newer_node_is_told_why_it_does_not_move_to_a_486(nodes, virtual_cluster):
    home = nodes[1]
    program = Program(home, "refused")
    refused = home.guest.run(f"migrate {program.pid} {virtual_cluster.ids[0]}", seconds=120, check=False)
    assert refused.exit_code == 1
    reason = re.search(r"refuses: the processor here lacks what the program may use: (.*)", refused.output)
    assert reason and {"cmov", "cx8", "sse", "tsc"} <= set(re.findall(r"\w+", reason[1]))
    program.wait_for_progress()
    program.tell_to_end()
    assert_is_right(program.result())


def test_jobs_of_a_user_spread_by_themselves(nodes, virtual_cluster):
    home = nodes[0]
    programs = [Program(home, f"job{number}") for number in range(3)]
    pids = {program.pid for program in programs}

    def away() -> set[int]:
        return {each["pid"] for each in home.processes("processes") if each["state"] == "away"} & pids

    home.guest.run("sudo mosctl nostay")
    wait_until(away, home.guest.seconds(120), "a job has left by itself", pause=0.5)
    assert "node" in home.guest.run(f"mosctl why {away().pop()}").output
    for program in programs:
        program.wait_for_progress()
        program.tell_to_end()
    for program in programs:
        assert_is_right(program.result())
