# SPDX-License-Identifier: GPL-2.0-or-later
"""What cannot move says why, and runs on as if nobody had asked. (Who may move what: test_rights.py.)"""

import os
import subprocess
from pathlib import Path

import pytest

from guests import build
from guests.running import PATIENCE, NotHere
from qemu.deadline import wait_until

STEPS = 3


@pytest.mark.parametrize("program", build.refused_programs(), ids=str)
def test_what_cannot_move_says_why(program, two_nodes):
    home, away = two_nodes
    guest = home.guest(program.build())
    try:
        guest.wait_until_ready()
    except NotHere as reason:
        pytest.skip(str(reason))
    for _ in range(3):
        result = home.migrate(guest.pid, away)
        assert result.returncode == 1
        assert build.REFUSED[program.name] in result.stderr, result.stderr
        assert str(guest.pid) in result.stderr, "the message does not name the process"
        guest.wait_for_steps(STEPS)
    assert home.place_of(guest.pid) == home.number
    assert away.guests() == []
    guest.expect_right()


def test_a_refused_process_moves_once_its_reason_is_gone(two_nodes, testbed):
    """One that is traced only for a while."""
    home, away = two_nodes
    guest = home.guest(build.Program("traced", "amd64").build())
    try:
        guest.wait_until_ready()
    except NotHere as reason:
        pytest.skip(str(reason))
    assert home.migrate(guest.pid, away).returncode == 1
    (tracer,) = (int(word) for word in _children(guest.pid))
    os.kill(tracer, 9)
    # It dies when it next runs, and lets go then.
    status = Path(f"/proc/{guest.pid}/status")
    wait_until(lambda: "\nTracerPid:\t0\n" in status.read_text(encoding="utf-8"), PATIENCE, "nobody traces it any more")
    assert home.migrate(guest.pid, away).returncode == 0
    testbed.moves += 1
    guest.wait_for_steps(STEPS)
    guest.expect_right()


def _children(pid: int) -> list[str]:
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return file.read().split()


def test_a_process_that_is_numbered_by_a_container_is_refused(two_nodes):
    home, away = two_nodes
    command = home.command("unshare", "--pid", "--fork", "--kill-child", "sleep", "1000")
    with subprocess.Popen(command) as outer:
        try:
            wait_until(lambda: _named(outer.pid, "sleep"), PATIENCE, "a process in a PID namespace of its own")
            result = home.migrate(_named(outer.pid, "sleep"), away)
        finally:
            outer.kill()
    assert result.returncode == 1 and "pid namespace" in result.stderr, result.stderr


def _named(pid: int, name: str) -> int:
    """The process of this name that is PID or comes from it; 0: none."""
    try:
        with open(f"/proc/{pid}/comm", encoding="ascii") as file:
            if file.read().strip() == name:
                return pid
        return next(filter(None, (_named(int(child), name) for child in _children(pid))), 0)
    except OSError:
        return 0


def test_an_unknown_node_is_refused_with_those_that_are_known(two_nodes):
    home, _ = two_nodes
    guest = home.guest(build.Program("cpu", "amd64").build()).wait_until_ready()
    result = home.migrate(guest.pid, "9")
    assert result.returncode == 1
    assert "9" in result.stderr and "1, 2" in result.stderr, result.stderr
    guest.expect_right()


@pytest.mark.parametrize("pid", [1, 2, 2**22 + 1])
def test_system_processes_and_none_at_all_are_refused(pid, two_nodes):
    home, away = two_nodes
    result = home.migrate(pid, away)
    assert result.returncode == 1
    assert str(pid) in result.stderr


def test_omd_and_its_supervisors_are_refused(two_nodes, testbed):
    home, away = two_nodes
    assert home.migrate(home.omd_pid, away).returncode == 1
    guest = home.guest(build.Program("cpu", "amd64").build()).wait_until_ready()
    home.move(guest.pid, away)
    testbed.moves += 1
    assert home.migrate(home.supervisor_of(guest.pid), away).returncode == 1
    guest.wait_for_steps(STEPS)
    guest.expect_right()


class TestSettings:
    """A node's own settings say what it takes."""

    @pytest.mark.parametrize("number", [0, 1], ids=["of home", "of the target"])
    def test_a_node_without_migration_refuses(self, number, two_nodes):
        home, away = two_nodes
        two_nodes[number].stop_omd()
        two_nodes[number].configure(nomigrate=True)
        two_nodes[number].start()
        guest = home.guest(build.Program("cpu", "amd64").build()).wait_until_ready()
        result = home.migrate(guest.pid, away)
        assert result.returncode == 1, result.stdout
        assert away.guests() == []
        guest.wait_for_steps(STEPS)
        guest.expect_right()

    def test_a_node_takes_no_more_guests_than_it_may(self, two_nodes, testbed):
        home, away = two_nodes
        away.stop_omd()
        away.configure(most_guests=1)
        away.start()
        first, second = (home.guest(build.Program("cpu", "amd64").build()).wait_until_ready() for _ in range(2))
        home.move(first.pid, away)
        testbed.moves += 1
        assert home.migrate(second.pid, away).returncode == 1
        home.move(first.pid, "home")
        home.wait_for_place(first.pid, home)
        wait_until(lambda: not away.supervisors(), PATIENCE, "the other node has done with it")
        home.move(second.pid, away)
        testbed.moves += 2
        for guest in (first, second):
            guest.wait_for_steps(STEPS)
            guest.expect_right()


class TestMembership:
    """A node takes guests only from members of its map that have the cluster's key."""

    def test_a_node_that_is_not_in_the_map_is_turned_away(self, testbed):
        home, away = testbed.add_node(), testbed.add_node()
        home.write_map([home, away])
        away.write_map([away])
        self._expect_refusal(home, away)

    def test_a_node_with_another_key_is_turned_away(self, testbed):
        home, away = testbed.add_node(), testbed.add_node()
        for node in (home, away):
            node.write_map([home, away])
        (away.folder / "key").write_text("00" * 32 + "\n")
        self._expect_refusal(home, away)

    def test_nodes_with_another_passphrase_are_turned_away(self, testbed):
        home, away = testbed.add_node(), testbed.add_node()
        for node, passphrase in ((home, "a long passphrase"), (away, "another passphrase")):
            node.use_passphrase(passphrase)
            node.write_map([home, away])
        self._expect_refusal(home, away)

    def test_nodes_with_the_same_passphrase_are_one_cluster(self, testbed):
        home, away = testbed.add_node(), testbed.add_node()
        for node in (home, away):
            node.use_passphrase("a long passphrase")
            node.write_map([home, away])
            node.start()
        guest = home.guest(build.Program("cpu", "amd64").build()).wait_until_ready()
        for place in (away, "home"):
            home.move(guest.pid, place)
            guest.wait_for_steps(STEPS)
        guest.expect_right()

    @staticmethod
    def _expect_refusal(home, away):
        home.start()
        away.start()
        guest = home.guest(build.Program("cpu", "amd64").build()).wait_until_ready()
        result = home.migrate(guest.pid, away)
        assert result.returncode == 1
        assert away.guests() == []
        guest.wait_for_steps(STEPS)
        guest.expect_right()


def test_a_process_that_needs_more_memory_than_there_is_stays(two_nodes, testbed):
    """Refused before any of it is sent, and only as long as it is so."""
    home, away = two_nodes
    away.stop_omd()
    meminfo = away.folder / "meminfo"
    has_little = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
    has_little = [line for line in has_little if not line.startswith(("MemAvailable:", "SwapFree:"))]
    meminfo.write_text("\n".join([*has_little, "MemAvailable: 20480 kB", "SwapFree: 10240 kB", ""]), encoding="utf-8")
    assert away.run("mount", "--bind", meminfo, "/proc/meminfo").returncode == 0
    away.start()
    small, large = (home.guest(build.Program(name, "amd64").build()).wait_until_ready() for name in ("cpu", "big_memory"))
    result = home.migrate(large.pid, away)
    assert result.returncode == 1
    assert f"node {away.number} refuses: it has too little memory for one more guest: 30 MiB, " in result.stderr, result.stderr
    assert home.place_of(large.pid) == home.number
    home.move(small.pid, away)
    testbed.moves += 1
    assert away.run("umount", "/proc/meminfo").returncode == 0
    home.move(large.pid, away)
    testbed.moves += 1
    for guest in (small, large):
        guest.wait_for_steps(STEPS)
        guest.expect_right()
