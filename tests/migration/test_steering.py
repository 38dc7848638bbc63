# SPDX-License-Identifier: GPL-2.0-or-later
"""Steering a node with mosctl: its switches, emptying it, and who may do so."""

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from guests import build
from migration.node import OTHER_USER, SOON, Node, Refused
from qemu.deadline import wait_until

STEPS = 3
INTERRUPTED = 130
# Probing a lost connection takes ten seconds (docs/migration.md).
CUT_IS_NOTICED = 60.0


def mosctl(node: Node, *words, user=None) -> subprocess.CompletedProcess:
    """Runs it to its end."""
    return node.tool("mosctl", *words, user=user)


def succeed(node: Node, *words) -> str:
    """What it prints when it works."""
    result = mosctl(node, *words)
    assert result.returncode == 0, result.stderr
    return result.stdout


def switches(node: Node) -> str:
    """Those that are on."""
    return node.request({"request": "status"})["switches"]


def start_guest(home: Node):
    """A guest that works at home."""
    return home.guest(build.Program("cpu", "amd64").build()).wait_until_ready()


def start_away(home: Node, away: Node, testbed):
    """A guest that works elsewhere."""
    guest = start_guest(home)
    home.move(guest.pid, away)
    testbed.moves += 1
    guest.wait_for_steps(STEPS)
    return guest


def expect_at_home(home: Node, guest, testbed) -> None:
    """It works there."""
    home.wait_for_place(guest.pid, home)
    testbed.moves += 1
    guest.wait_for_steps(STEPS)
    guest.expect_right()


@contextlib.contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A process does nothing meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


class TestExpel:
    """All guests go home."""

    def test_the_guests_of_two_homes_go_home_and_none_comes(self, three_nodes, testbed):
        first, second, host = three_nodes
        guests = [(home, start_away(home, host, testbed)) for home in (first, first, second)]
        result = mosctl(host, "expel")
        assert result.returncode == 0, result.stderr
        assert result.stdout == ("All remote processes were expelled and no further remote processes accepted.\n")
        assert host.guests() == []
        for home, guest in guests:
            assert f"process {guest.pid} there) is home" in result.stderr
            home.wait_for_place(guest.pid, home)
            with pytest.raises(Refused, match="block is set there"):
                home.move(guest.pid, host)
            expect_at_home(home, guest, testbed)
        assert switches(host) == "block"
        wait_until(lambda: not host.supervisors(), SOON, "nothing of them is left")
        first.wait_for_log("sends it back")

    def test_without_guests_it_is_done_at_once(self, two_nodes):
        assert mosctl(two_nodes[0], "expel").returncode == 0

    def test_one_guest_is_sent_home_by_root_alone(self, two_nodes, testbed):
        home, host = two_nodes
        guest = start_away(home, host, testbed)
        (state,) = host.guests()
        result = host.migrate(state["pid"], "home", user=OTHER_USER)
        assert result.returncode == 1 and host.guests() == [state], result.stderr
        result = host.migrate(state["pid"], home)
        assert result.returncode == 1 and "move it there; root may send it home" in result.stderr
        assert host.migrate(state["pid"], "home").returncode == 0
        assert host.guests() == []
        expect_at_home(home, guest, testbed)

    def test_guests_that_wait_and_that_call_home_go_home(self, two_nodes, testbed):
        home, host = two_nodes
        guests = [home.guest(build.Program(name, abi).build()).wait_until_ready()
                  for name in ("nanosleep_time", "pipes_self", "signals_handler", "files") for abi in build.ABIS]
        for guest in guests:
            home.move(guest.pid, host)
            testbed.moves += 1
        succeed(host, "expel")
        assert host.guests() == []
        for guest in guests:
            expect_at_home(home, guest, testbed)

    def test_a_stopped_guest_goes_home(self, two_nodes, testbed):
        home, host = two_nodes
        guest = start_away(home, host, testbed)
        os.kill(guest.pid, signal.SIGSTOP)
        succeed(host, "expel")
        assert host.guests() == []
        os.kill(guest.pid, signal.SIGCONT)
        expect_at_home(home, guest, testbed)

    def test_a_home_that_is_lost_is_named(self, three_nodes, testbed):
        near, far, host = three_nodes
        kept = start_away(near, host, testbed)
        lost = start_away(far, host, testbed)
        (pid,) = (state["pid"] for state in host.guests() if state["home"] == far.number)
        testbed.part(far, host)
        result = mosctl(host, "--wait", int(CUT_IS_NOTICED), "expel")
        testbed.heal()
        assert result.returncode == 1
        (line,) = (line for line in result.stderr.splitlines() if "is not home" in line)
        assert f"process {pid} (" in line and f"node {far.number}" in line
        expect_at_home(near, kept, testbed)
        wait_until(lambda: host.guests() == [], CUT_IS_NOTICED, "what was lost is gone")
        lost.kill()

    def test_a_home_that_is_unplugged_in_the_middle_ends_nothing_else(self, three_nodes, testbed):
        near, far, host = three_nodes
        kept = start_away(near, host, testbed)
        parted = far.guest(build.Program("big_memory", "amd64").build()).wait_until_ready()
        far.move(parted.pid, host)
        testbed.moves += 1
        command = host.command(host.program("mosctl"), "--run-dir", host.run_folder, "--wait", int(CUT_IS_NOTICED), "expel")
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            wait_until(lambda: "sends it back" in far.log_text(), SOON, "it is on its way", pause=0.001)
            testbed.part(far, host)
            _, said = process.communicate(timeout=2 * CUT_IS_NOTICED)
        testbed.heal()
        # It may have been there already: then nothing was lost.
        is_named = f"and process {parted.pid} there) is not home: " in said
        assert is_named or f"and process {parted.pid} there) is home" in said, said
        assert process.returncode == (1 if is_named else 0), said
        assert host.guests() == []
        expect_at_home(near, kept, testbed)
        wait_until(lambda: not host.supervisors() and not far.supervisors(), CUT_IS_NOTICED, "nothing is left of it")
        assert parted.status in (None, -signal.SIGKILL)

    def test_it_ends_when_its_time_is_over(self, two_nodes, testbed):
        home, host = two_nodes
        guest = start_away(home, host, testbed)
        with stopped(home.supervisor_of(guest.pid)):
            result = mosctl(host, "--wait", 1, "expel")
            assert result.returncode == 1 and "not home after 1 s" in result.stderr
        wait_until(lambda: host.guests() == [], SOON, "it goes home when its home can")
        expect_at_home(home, guest, testbed)

    @pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
    def test_it_can_be_interrupted(self, end, two_nodes, testbed):
        home, host = two_nodes
        guest = start_away(home, host, testbed)
        (state,) = host.guests()
        command = host.command(host.program("mosctl"), "--run-dir", host.run_folder, "expel")
        with stopped(home.supervisor_of(guest.pid)), \
                subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            wait_until(lambda: switches(host) == "block", SOON, "it has begun")
            process.send_signal(end)
            assert process.wait(timeout=SOON) == INTERRUPTED
            assert f"process {state['pid']} (" in process.stderr.read()
        succeed(host, "expel")
        expect_at_home(home, guest, testbed)

    def test_it_goes_on_when_omd_is_started_again(self, two_nodes, testbed):
        home, host = two_nodes
        guest = start_away(home, host, testbed)
        host.kill_omd()
        host.start()
        succeed(host, "expel")
        assert host.guests() == []
        expect_at_home(home, guest, testbed)


class TestBring:
    """All own processes come home."""

    def test_processes_come_home_from_two_nodes(self, three_nodes, testbed):
        home, second, third = three_nodes
        guests = [start_away(home, node, testbed) for node in (second, third, third)]
        result = mosctl(home, "bring")
        assert result.returncode == 0, result.stderr
        assert result.stdout == "All local processes were brought home and will stay.\n"
        assert switches(home) == "lstay"
        for guest in guests:
            expect_at_home(home, guest, testbed)
        # By hand they still leave.
        guest = start_away(home, second, testbed)
        guest.expect_right()

    def test_a_node_that_is_lost_is_named(self, three_nodes, testbed):
        home, second, third = three_nodes
        kept = start_away(home, second, testbed)
        lost = start_away(home, third, testbed)
        testbed.part(home, third)
        result = mosctl(home, "--wait", int(CUT_IS_NOTICED), "bring")
        assert result.returncode == 1
        assert f"process {lost.pid} (" in result.stderr and "is not home: " in result.stderr
        expect_at_home(home, kept, testbed)


def test_what_a_shutdown_runs_empties_the_node(two_nodes, testbed):
    """As the unit has it: guests go home, own processes come home, and what is left is named."""
    node, other = two_nodes
    guest = start_away(other, node, testbed)
    own = start_away(node, other, testbed)
    unit = (Path(__file__).parents[2] / "openmosix/debian/clusterdisc-openmosix.omd-leave.service").read_text()
    commands = re.findall(r"^ExecStop=-/usr/bin/mosctl (.*)$", unit, re.MULTILINE)
    assert [words.split()[-1] for words in commands] == ["expel", "bring"]
    for words in commands:
        succeed(node, *words.split())
    assert node.guests() == [] and other.guests() == []
    expect_at_home(other, guest, testbed)
    expect_at_home(node, own, testbed)
    assert switches(node) == "lstay block"


class TestSwitches:
    """What holds for the whole node."""

    def test_they_are_set_and_shown(self, two_nodes):
        node = two_nodes[0]
        assert succeed(node, "stay") == "automatic load-balancing disabled.\n"
        assert succeed(node, "nostay") == "automatic load-balancing enabled.\n"
        assert succeed(node, "-stay") == "automatic load-balancing already enabled.\n"
        assert succeed(node, "nolstay") == "Local processes already allowed to leave automatically.\n"
        for name in ("stay", "lstay", "block", "quiet"):
            succeed(node, name)
        assert switches(node) == "stay lstay block quiet"
        assert "stay lstay block quiet" in succeed(node, "status")
        shown = node.run(node.program("omd"), "--run-dir", node.run_folder, "status").stdout
        assert "stay lstay block quiet" in shown
        for name in ("nostay", "nolstay", "noblock", "noquiet"):
            succeed(node, name)
        assert switches(node) == ""

    def test_they_outlive_omd(self, two_nodes, testbed):
        home, host = two_nodes
        succeed(host, "block")
        succeed(host, "quiet")
        for end in (host.stop_omd, host.kill_omd):
            end()
            host.start()
            assert switches(host) == "block quiet"
        guest = start_guest(home)
        with pytest.raises(Refused, match="block is set there"):
            home.move(guest.pid, host)
        succeed(host, "noblock")
        home.move(guest.pid, host)
        testbed.moves += 1
        guest.expect_right()

    def test_block_keeps_guests_that_are_there(self, two_nodes, testbed):
        home, host = two_nodes
        guest = start_away(home, host, testbed)
        succeed(host, "block")
        guest.wait_for_steps(STEPS)
        assert home.place_of(guest.pid) == host.number
        other = start_guest(home)
        reply = home.request({"request": "migrate", "pid": other.pid, "to": "balance", "among": str(host.number)})
        assert "no node was found" in reply["reason"]
        for each in (guest, other):
            each.expect_right()

    def test_a_quiet_node_neither_asks_nor_tells(self, two_nodes):
        home, other = two_nodes
        assert succeed(home, "isup", other.number) == "yes\n"
        succeed(other, "quiet")
        assert mosctl(home, "isup", other.number).stdout == "no\n"
        assert mosctl(other, "getload", home.number).returncode == 1
        assert "quiet is set" in mosctl(other, "getload", home.number).stderr
        guest = start_guest(other)
        other.move(guest.pid, "balance")
        assert other.place_of(guest.pid) == other.number
        guest.expect_right()

    def test_stay_does_not_bind_who_moves_by_hand(self, two_nodes, testbed):
        home, host = two_nodes
        for name in ("stay", "lstay"):
            succeed(home, name)
        start_away(home, host, testbed).expect_right()

    def test_only_root_sets_them(self, two_nodes):
        node = two_nodes[0]
        for name in ("stay", "lstay", "block", "quiet", "expel", "bring", "noblock"):
            result = mosctl(node, name, user=OTHER_USER)
            assert result.returncode == 1 and result.stdout == ""
            assert "only root may set" in result.stderr and str(OTHER_USER.pw_uid) in result.stderr
        assert switches(node) == ""
        assert mosctl(node, "status", user=OTHER_USER).returncode == 0


class TestLooking:
    """What it says of nodes, in words that programs read."""

    def test_figures_are_numbers(self, two_nodes):
        node, other = two_nodes
        for command in ("getload", "getspeed", "getmem", "getfree", "getutil"):
            for words in ([], [other.number], [other.address]):
                assert int(succeed(node, command, *words)) >= 0
        assert int(succeed(node, "getfree")) > 0

    def test_nodes_have_numbers(self, two_nodes):
        node, other = two_nodes
        assert succeed(node, "nodes") == "1\n2\n"
        assert succeed(node, "whois") == "This is openMosix #1\n"
        assert succeed(node, "whois", other.address) == "This is openMosix #2\n"
        assert succeed(node, "isup") == "yes\n"
        result = mosctl(node, "whois", 9)
        assert result.returncode == 1 and "not in the node map" in result.stderr

    def test_a_node_that_is_off_is_not_up(self, two_nodes):
        node, other = two_nodes
        other.stop_omd()
        result = mosctl(node, "isup", other.number)
        assert (result.returncode, result.stdout) == (1, "no\n")
        assert mosctl(node, "status", other.number).returncode == 1

    def test_a_node_measures_its_speed_and_root_may_set_another(self, two_nodes):
        node, other = two_nodes
        speed = node.run_folder / "speed"
        wait_until(speed.exists, SOON, f"{speed} is there: omd has measured how fast this node is")
        measured = int(mosctl(node, "getspeed").stdout)
        assert measured == int(speed.read_text())
        assert mosctl(node, "setspeed", measured + 1000).returncode == 0
        assert int(mosctl(node, "getspeed").stdout) == measured + 1000
        assert int(mosctl(other, "getspeed", node.number).stdout) == measured + 1000
        assert mosctl(node, "setspeed", 2000000000).returncode == 1
        assert mosctl(node, "setspeed", "fast").returncode == 2

    def test_what_has_no_meaning_says_why(self, two_nodes):
        for words in (["mfs"], ["nomfs"], ["setyard", "this"], ["gettune"], ["getdecay"],
                      ["setdecay", 1, 2, 3]):
            result = mosctl(two_nodes[0], *words)
            assert (result.returncode, result.stdout) == (1, "")
            assert result.stderr.startswith("mosctl: the") and len(result.stderr) > len("mosctl: ") + 20

    @pytest.mark.parametrize("words", [[], ["halt"], ["stay", 1], ["expel", 2], ["isup", 1, 2], ["--wait", 0, "bring"],
                                       ["--wait"], ["nonostay"]])
    def test_wrong_usage_has_its_own_status(self, words, two_nodes):
        result = mosctl(two_nodes[0], *words)
        assert result.returncode == 2 and "Try mosctl --help" in result.stderr

    def test_without_omd_it_says_so(self, two_nodes):
        node = two_nodes[0]
        node.stop_omd()
        for command in ("block", "expel", "status"):
            result = mosctl(node, command)
            assert result.returncode == 1 and "is it running?" in result.stderr
