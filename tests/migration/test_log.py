# SPDX-License-Identifier: GPL-2.0-or-later
"""What the log says: nothing that harms who reads it, and a warning only where somebody should look."""

import os
import random
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from guests import build
from migration.node import SOON, Node, Refused
from migration.testbed import Testbed
from qemu.deadline import wait_until

RUNS = 20
# What a process is called, set by itself (PR_SET_NAME); it then counts lines.
NAMED = """
import ctypes, sys
ctypes.CDLL(None).prctl(15, bytes.fromhex(sys.argv[1]), 0, 0, 0)
print(flush=True)
for line in sys.stdin:
    print(line, end="", flush=True)
"""
WARNING = "<4>"
# How the kernel writes PF_... and requests is nobody's business.
NEVER = ("ptrace request", "scratch memory", "agent", "Operation not permitted", "No such process")


@pytest.fixture
def journal_nodes(testbed: Testbed) -> list[Node]:
    """Two nodes whose log has the priority of each line."""
    nodes = [testbed.add_node() for _ in range(2)]
    for node in nodes:
        node.write_map(nodes)
        node.start(has_journal=True)
    return nodes


def serious_lines(nodes: list[Node]) -> list[str]:
    """Lines of level warning and above."""
    return [line for node in nodes for line in node.log_text().splitlines() if line[:3] <= WARNING]


def wait_until_idle(nodes: list[Node]) -> None:
    """Until every supervisor has said what it had to say."""
    wait_until(lambda: not any(node.supervisors() for node in nodes), SOON, "no supervisor is left")


def named(home: Node, name: bytes) -> subprocess.Popen:
    """A process that is called NAME and repeats its lines."""
    process = subprocess.Popen(home.command("/usr/bin/python3", "-c", NAMED, name.hex()), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    process.stdout.readline()
    return process


def repeats(process: subprocess.Popen) -> bool:
    """Whether it repeats one more line: a call was made for it."""
    process.stdin.write(b"once more\n")
    process.stdin.flush()
    return process.stdout.readline() == b"once more\n"


def test_names_are_escaped(journal_nodes, testbed):
    home, away = journal_nodes
    with named(home, b"\x1b[31mRED\x07\n<0>x") as process:
        home.move(process.pid, away)
        testbed.moves += 1
        assert repeats(process)
        os.kill(away.guest_supervisor_of(home, process.pid), signal.SIGKILL)
        assert process.wait(timeout=SOON) == -signal.SIGKILL
    home.wait_for_log("\\x1b[31mRED\\x07\\x0a")
    for node in journal_nodes:
        assert all(line.isprintable() and line.startswith("<") for line in node.log_text().splitlines())


@pytest.mark.parametrize("name", [b"back\\slash", b"new\nline", b"\xff\xfe", b"1234567890abcde"], ids=repr)
def test_a_name_is_the_same_at_home_again(name, two_nodes, testbed):
    home, away = two_nodes
    with named(home, name) as process:
        home.move(process.pid, away)
        assert repeats(process)
        (body,) = away.guests()
        assert Path(f"/proc/{body['pid']}/comm").read_bytes() == name + b"\n"
        home.move(process.pid, "home")
        testbed.moves += 2
        assert repeats(process)
        assert Path(f"/proc/{process.pid}/comm").read_bytes() == name + b"\n"
        process.stdin.close()
        assert process.wait(timeout=SOON) == 0


def test_ordinary_ends_are_no_warning(journal_nodes):
    home, _ = journal_nodes
    for _ in range(RUNS):
        result = home.tool("mosrun", "-2", "/bin/true")
        assert result.returncode == 0, result.stderr
    wait_until_idle(journal_nodes)
    assert serious_lines(journal_nodes) == []


@pytest.mark.parametrize("place", [2, "home"])
def test_killing_a_process_is_no_warning(place, journal_nodes, testbed):
    """While it is away, and on its way."""
    home, away = journal_nodes
    chance = random.Random(7)
    for _ in range(RUNS):
        guest = home.guest(build.Program("cpu", "amd64").build()).wait_until_ready()
        if place == "home":
            home.move(guest.pid, away)
            testbed.moves += 1
        killer = threading.Thread(target=lambda pid: (time.sleep(chance.uniform(0, 0.1)), os.kill(pid, signal.SIGKILL)),
                                  args=(guest.pid,))
        killer.start()
        try:
            home.move(guest.pid, away if place == 2 else place)
            testbed.moves += 1
        except Refused as reason:
            assert str(reason) in (f"process {guest.pid}: it has ended", f"process {guest.pid}: there is no such process"), reason
        killer.join()
        assert guest.wait_for_end() == -signal.SIGKILL
    wait_until_idle(journal_nodes)
    assert serious_lines(journal_nodes) == []
    for node in journal_nodes:
        assert not [word for word in NEVER if word in node.log_text()]


def test_a_lost_process_is_a_warning(journal_nodes, testbed):
    home, away = journal_nodes
    with named(home, b"victim") as process:
        home.move(process.pid, away)
        testbed.moves += 1
        assert repeats(process)
        os.kill(away.guest_supervisor_of(home, process.pid), signal.SIGKILL)
        assert process.wait(timeout=SOON) == -signal.SIGKILL
    wait_until_idle(journal_nodes)
    about = [line for line in serious_lines([home]) if f"process {process.pid} (victim)" in line]
    assert any("is lost and was killed" in line for line in about), home.log_text()
    assert not any(line.count(f"process {process.pid}") > 1 for line in about)
