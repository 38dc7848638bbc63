# SPDX-License-Identifier: GPL-2.0-or-later
"""Who may move what: root everything, others only processes that have no rights that they lack themselves.

So may who controls the node that a process is on have no more at home than who sent it there.
"""

import os
import struct
import subprocess
from pathlib import Path

import pytest

from guests import build
from migration.node import OTHER_USER, SOON
from qemu.deadline import wait_until

STEPS = 3
GROUP = 42
OTHER_GROUP = 43
# linux/capability.h: VFS_CAP_REVISION_2 with the effective flag, and of permitted capabilities CAP_NET_BIND_SERVICE.
CAPABILITIES = struct.pack("<5I", 0x02000001, 1 << 10, 0, 0, 0)


def set_group_id(copy: Path) -> None:
    """A program of another group that runs with that group's rights."""
    os.chown(copy, 0, GROUP)
    copy.chmod(0o2755)


def set_user_id(copy: Path) -> None:
    """A program of root's that runs with root's rights."""
    copy.chmod(0o4755)


def with_capabilities(copy: Path) -> None:
    """A program that may do something that its user may not."""
    os.setxattr(copy, "security.capability", CAPABILITIES)


def unreadable(copy: Path) -> None:
    """A program whose memory is not for its user, as its file is not (PR_SET_DUMPABLE in prctl(2))."""
    copy.chmod(0o711)


CHANGES = [(set_group_id, f"one of its group ids is {GROUP}"), (set_user_id, "belongs to user 0"),
           (with_capabilities, "it has capabilities"), (unreadable, "closed to its owner")]
NAMES = [change.__name__ for change, _ in CHANGES]


def program() -> Path:
    """Any guest."""
    return build.Program("cpu", "amd64").build()


def expect_at_home(guest_pid, home, away):
    """It runs at home, and the other node, which hears of that later, has nothing of it any more."""
    wait_until(lambda: home.place_of(guest_pid) == home.number and away.guests() == [], SOON, "it is at home alone")


def expect_only_root_moves(guest, reason, home, away, testbed):
    """Its owner neither moves it nor writes it to a file; root does."""
    folder = home.make_folder(f"images{guest.pid}", OTHER_USER)
    for words in ([away.number], ["file", folder / "image"]):
        result = home.tool("migrate", guest.pid, *words, user=OTHER_USER)
        assert result.returncode == 1
        assert reason in result.stderr and f"user {OTHER_USER.pw_uid} may not move it" in result.stderr, result.stderr
    assert list(home.outside(folder).iterdir()) == [] and away.guests() == []
    guest.wait_for_steps(STEPS)
    assert home.place_of(guest.pid) == home.number
    result = home.migrate(guest.pid, away)
    assert result.returncode == 0, result.stderr
    testbed.moves += 1
    guest.wait_for_steps(STEPS)
    assert home.place_of(guest.pid) == away.number


def test_the_owner_moves_a_process(two_nodes, testbed):
    home, away = two_nodes
    guest = home.guest(build.Program("ids", "amd64").build(), user=OTHER_USER).wait_until_ready()
    for place in (away, "home"):
        result = home.migrate(guest.pid, place, user=OTHER_USER)
        assert result.returncode == 0, result.stderr
        testbed.moves += 1
        guest.wait_for_steps(STEPS)
    guest.expect_right()


def test_another_user_does_not(two_nodes):
    home, away = two_nodes
    guest = home.guest(program()).wait_until_ready()
    result = home.migrate(guest.pid, away, user=OTHER_USER)
    assert result.returncode == 1 and "belongs to user 0" in result.stderr
    assert away.guests() == []
    guest.expect_right()


@pytest.mark.parametrize(("change", "reason"), CHANGES, ids=NAMES)
def test_the_owner_does_not_move_what_has_more_rights(change, reason, two_nodes, testbed):
    home, away = two_nodes
    guest = home.guest(program(), user=OTHER_USER, change=change).wait_until_ready()
    expect_only_root_moves(guest, reason, home, away, testbed)
    guest.expect_right()


def test_who_has_fewer_groups_does_not_move_it(two_nodes, testbed):
    home, away = two_nodes
    guest = home.guest(program(), user=OTHER_USER, groups=[GROUP]).wait_until_ready()
    for groups in ([], [OTHER_GROUP]):
        result = home.tool("migrate", guest.pid, away.number, user=OTHER_USER, groups=groups)
        assert result.returncode == 1 and f"it is in group {GROUP}" in result.stderr
    result = home.tool("migrate", guest.pid, away.number, user=OTHER_USER, groups=[OTHER_GROUP, GROUP])
    assert result.returncode == 0, result.stderr
    testbed.moves += 1
    guest.wait_for_steps(STEPS)
    guest.expect_right()


@pytest.mark.parametrize(("change", "reason"), CHANGES, ids=NAMES)
def test_a_process_that_gets_more_rights_away_stays_at_home(change, reason, two_nodes, testbed):
    """By execve(2): it leaves again after that only if it may."""
    home, away = two_nodes
    guest = home.guest(program(), user=OTHER_USER, change=change,
                       prefix=["sh", "-c", 'echo "ready $$"; until [ -e execute ]; do :; done; exec "$@"', "sh"])
    guest.wait_until_ready()
    result = home.migrate(guest.pid, away, user=OTHER_USER)
    assert result.returncode == 0, result.stderr
    (guest.folder / "execute").touch()
    guest.wait_for_steps(STEPS)
    testbed.moves += 2
    expect_at_home(guest.pid, home, away)
    home.wait_for_log("stays at home")
    home.wait_for_log(reason)
    expect_only_root_moves(guest, reason, home, away, testbed)
    guest.expect_right()


@pytest.mark.parametrize(("change", "reason"), CHANGES, ids=NAMES)
def test_mosrun_of_what_has_more_rights_runs_it_here(change, reason, two_nodes):
    home, away = two_nodes
    mosrun = [home.program("mosrun"), "--run-dir", home.run_folder, f"-{away.number}"]
    guest = home.guest(program(), user=OTHER_USER, change=change, prefix=mosrun).wait_until_ready()
    guest.wait_for_steps(STEPS)
    assert home.place_of(guest.pid) == home.number and away.guests() == []
    assert reason in home.log_text() + guest.output()
    guest.expect_right()


def test_a_process_that_closes_its_memory_away_comes_home(two_nodes, testbed):
    home, away = two_nodes
    folder = home.make_folder("closing", OTHER_USER)
    outside = home.outside(folder)
    script = ("import ctypes, os, time\nopen('ready', 'w').close()\n"
              "while not os.path.exists('close'): time.sleep(0.001)\n"
              "assert ctypes.CDLL(None).prctl(4, 0, 0, 0, 0) == 0\n"
              "open('closed', 'w').close()\nwhile not os.path.exists('end'): time.sleep(0.001)\n")
    command = home.command("/usr/bin/python3", "-c", script, user=OTHER_USER, folder=folder)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        try:
            wait_until((outside / "ready").exists, SOON, "it is ready")
            assert home.migrate(process.pid, away, user=OTHER_USER).returncode == 0
            testbed.moves += 2
            (outside / "close").touch()
            wait_until((outside / "closed").exists, SOON, "its memory is closed")
            expect_at_home(process.pid, home, away)
            result = home.migrate(process.pid, away, user=OTHER_USER)
            assert result.returncode == 1 and "closed to its owner" in result.stderr
            (outside / "end").touch()
            assert process.wait(timeout=SOON) == 0
        finally:
            process.kill()
