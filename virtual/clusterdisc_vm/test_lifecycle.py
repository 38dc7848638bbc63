# SPDX-License-Identifier: GPL-2.0-or-later
"""The command with real virtual PCs, whose kernel is a few bytes, and an ssh that answers in their place."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from clusterdisc_vm import tiny_disc
from clusterdisc_vm.guarded_directory import GuardedDirectory
from procfs import command_lines_with
from qemu.deadline import wait_until

# One group: the tests look at one cluster, in their order.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("clusterdisc-vm")]

COMMAND = Path(__file__).parents[1] / "clusterdisc-vm"
# Much, as the build machine may be busy with other things.
SECONDS = 180
# Says what nodes say; and its arguments when it is asked for something else.
SSH = """#!/bin/sh
case "$*" in
  *nodes.json) cat {view} ;;
  *"-O exit"*) ;;
  *) for word; do :; done; echo "ssh ran $word" ;;
esac
"""


class Desk:
    """A user's machine: a run directory and an ssh of its own."""

    def __init__(self, directory: Path, run_directory: Path) -> None:
        self.run_directory = run_directory
        self.iso = tiny_disc.make(directory)
        self.view = directory / "view.json"
        programs = directory / "programs"
        programs.mkdir()
        (programs / "ssh").write_text(SSH.format(view=self.view))
        (programs / "ssh").chmod(0o755)
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": str(self.run_directory), "CLUSTERDISC_ISO": str(self.iso),
                            "PATH": f"{programs}:{os.environ['PATH']}", "CLUSTERDISC_TEST_TIME_FACTOR": "1"}
        self.let_see(1, 2)

    def let_see(self, *numbers: int) -> None:
        """From now on every node sees NUMBERS."""
        self.view.write_text(json.dumps({"self": {"stage": "member"},
                                         "members": [{"id": number, "in_map": True} for number in numbers]}))

    def words(self, *words: str) -> list[str]:
        """The command line of the command."""
        return [sys.executable, str(COMMAND), *words]

    def run(self, *words: str, status: int = 0, **environment: str) -> str:
        """What the command says, on either stream."""
        done = subprocess.run(self.words(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=SECONDS, env={**self.environment, **environment})
        assert done.returncode == status, done.stdout
        return done.stdout

    def start(self, *words: str) -> subprocess.Popen:
        """Starts the command."""
        return subprocess.Popen(self.words(*words), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, env=self.environment)

    def up(self, name: str) -> str:
        """Starts a cluster of two."""
        return self.run("up", "2", "--cpu", "486", "--memory", "64", "--name", name)

    def states(self, name: str) -> list[str]:
        """The states of its nodes."""
        return [line.split()[1] for line in self.run("status", "--name", name).splitlines()[1:3]]

    def wait_for_states(self, name: str, *states: str) -> None:
        """Waits until the nodes have STATES."""
        wait_until(lambda: self.states(name) == list(states), SECONDS, f"the states {states}", pause=0.2)

    def processes(self) -> list[str]:
        """The command lines of all processes that belong to its clusters."""
        return command_lines_with(self.run_directory)

    def is_clean(self) -> bool:
        """Whether nothing of a cluster is left."""
        return not self.processes() and not any(self.run_directory.iterdir())


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with GuardedDirectory() as run_directory:
        yield Desk(tmp_path_factory.mktemp("desk"), run_directory)


@pytest.fixture
def nobody_joins(desk):
    """No node sees another one."""
    desk.let_see(1)
    yield
    desk.let_see(1, 2)


@pytest.fixture(scope="module")
def room(desk):
    """The name of a cluster of two nodes."""
    said = desk.up("room")
    assert "They are one cluster." in said and "sees 2 of 2" in said
    return "room"


def test_status_shows_states_members_and_ports(desk, room):
    head, *rows = desk.run("status", "--name", room).splitlines()
    assert head.split() == ["node", "state", "members", "it", "sees", "ssh", "port"]
    assert [row.split()[:4] for row in rows] == [["1", "member", "1", "2"], ["2", "member", "1", "2"]]
    assert len({int(row.split()[4]) for row in rows}) == 2


def test_it_is_listed_and_a_second_one_of_its_name_is_refused(desk, room):
    assert desk.run("list").startswith("room  2 nodes  486  64 MiB")
    assert "is up already" in desk.run("up", "--name", room, status=2)
    assert desk.states(room) == ["member", "member"]


def test_an_unknown_name_or_number_names_the_known_ones(desk, room):
    assert "there are: room" in desk.run("status", "--name", "other", status=1)
    for verb in ("off", "on", "freeze", "console", "ssh", "screen", "cut"):
        assert "1 to 2" in desk.run(verb, "--name", room, "9", status=1), verb


def test_ssh_runs_a_command(desk, room):
    assert desk.run("ssh", "--name", room, "1", "uname", "-n") == "ssh ran -n\n"


def test_the_console_shows_what_has_come_and_takes_what_is_typed(desk, room):
    ours, theirs = pty.openpty()
    with subprocess.Popen(desk.words("console", "--name", room, "1"), stdin=theirs, stdout=theirs, stderr=theirs,
                          env=desk.environment, start_new_session=True) as console:
        os.close(theirs)
        shown = b""

        def wait_for(text: bytes) -> None:
            nonlocal shown
            while text not in shown:
                shown += os.read(ours, 4096)
        wait_for(b"tiny login")
        os.write(ours, b"echoed")
        wait_for(b"echoed")
        os.write(ours, b"\x1d")
        assert console.wait(SECONDS) == 0
    os.close(ours)


def test_the_screen_becomes_a_picture(desk, room, tmp_path):
    picture = tmp_path / "picture.png"
    assert desk.run("screen", "--name", room, "2", str(picture)) == f"{picture}\n"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "there is no directory" in desk.run("screen", "--name", room, "2", str(tmp_path / "no" / "p.png"), status=2)


def test_cables_are_cut_slow_and_healed(desk, room):
    desk.run("cut", "--name", room, "2")
    desk.run("cut", "--name", room, "1", "2")
    desk.run("slow", "--name", room, "1", "50ms", "5%")
    assert desk.run("status", "--name", room).splitlines()[3:] == [
        "cut: node 2 from all others", "cut: node 1 from node 2", "slow: node 1, 50 ms each way, 5 % lost"]
    assert "two different" in desk.run("cut", "--name", room, "1", "1", status=1)
    desk.run("heal", "--name", room)
    assert len(desk.run("status", "--name", room).splitlines()) == 3


def test_a_frozen_node_is_not_asked_and_goes_on_when_it_is_thawed(desk, room):
    desk.run("freeze", "--name", room, "2")
    assert desk.states(room) == ["member", "frozen"]
    assert "node 2 is frozen" in desk.run("ssh", "--name", room, "2", status=1)
    desk.run("thaw", "--name", room, "2")
    assert desk.states(room) == ["member", "member"]


def test_power_goes_off_and_on(desk, room):
    desk.run("off", "--name", room, "2")
    assert desk.states(room) == ["member", "off"]
    assert "node 2 is off" in desk.run("off", "--name", room, "2", status=1)
    assert "node 2 is off" in desk.run("console", "--name", room, "2", status=1)
    desk.run("on", "--name", room, "2")
    assert "node 2 is on" in desk.run("on", "--name", room, "2", status=1)
    desk.wait_for_states(room, "member", "member")


def test_the_power_button_is_for_the_system_in_the_node(desk, room):
    desk.run("button", "--name", room, "2")
    desk.wait_for_states(room, "member", "off")
    desk.run("on", "--name", room, "2")
    desk.wait_for_states(room, "member", "member")


def test_down_leaves_nothing(desk, room):
    assert len(desk.processes()) == 3
    desk.run("down", "--name", room)
    assert desk.is_clean()


def test_the_command_is_one_file_that_needs_no_checkout(desk, tmp_path):
    command = tmp_path / "clusterdisc-vm"
    subprocess.run([COMMAND.with_name("make-command.py"), command], check=True)
    for words in (["up", "1", "--cpu", "486", "--memory", "64"], ["off", "1"], ["down"]):
        subprocess.run([command, *words], check=True, env=desk.environment, cwd="/", timeout=SECONDS,
                       stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert desk.is_clean()


def test_drones_are_nodes_without_a_login(desk):
    said = desk.run("up", "1", "--drones", "1", "--cpu", "486", "--memory", "64", "--name", "lent")
    assert "1 virtual PCs of 64 MiB and 1 drones of 64 MiB (486)" in said and "sees 2 of 2" in said
    assert desk.run("list").startswith("lent  1 nodes and 1 drones  486")
    desk.wait_for_states("lent", "member", "member")
    assert desk.run("status", "--name", "lent").splitlines()[2].split() == ["2", "member", "-", "drone"]
    assert "node 2 is a drone and has no login" in desk.run("ssh", "--name", "lent", "2", status=1)
    desk.run("freeze", "--name", "lent", "2")
    assert desk.states("lent") == ["member", "frozen"]
    desk.run("down", "--name", "lent")
    assert desk.is_clean()


def test_a_disc_without_a_drone_is_named(desk, tmp_path):
    content = desk.iso.read_bytes()
    iso = tmp_path / "plain.iso"
    iso.write_bytes(content.replace(b"label drone", b"label fixed"))
    said = desk.run("up", "1", "--drones", "1", "--cpu", "486", "--memory", "64", "--iso", str(iso), status=1)
    assert f"{iso} has no drone in its menu" in said
    assert desk.is_clean()


@pytest.mark.parametrize(("moment", "number"), [
    ("clusterdisc-vm/brief", signal.SIGINT),
    ("clusterdisc-vm/brief/pid", signal.SIGTERM),
    ("clusterdisc-vm/brief/control", signal.SIGINT),
])
def test_what_is_interrupted_leaves_nothing(desk, nobody_joins, moment, number):
    starting = desk.start("up", "2", "--cpu", "486", "--memory", "64", "--name", "brief")
    wait_until((desk.run_directory / moment).exists, SECONDS, f"{moment} is there", pause=0.001)
    starting.send_signal(number)
    assert starting.wait(SECONDS) == 130
    assert desk.is_clean()


def test_a_machine_that_cannot_start_is_named_with_what_qemu_says(desk):
    said = desk.run("up", "1", "--cpu", "486,no-such-feature=on", "--memory", "64", status=1)
    assert "error: node 1: " in said and "no-such-feature" in said
    assert desk.is_clean()


def test_nodes_that_do_not_find_each_other_stay_up_to_be_looked_at(desk, nobody_joins):
    said = desk.run("up", "2", "--cpu", "486", "--memory", "64", "--name", "late", status=1, CLUSTERDISC_TEST_TIME_FACTOR="0")
    assert "the nodes are not one cluster after" in said
    assert desk.run("list").startswith("late  2 nodes")
    desk.run("down", "--name", "late")
    assert desk.is_clean()


def test_a_killed_cluster_is_told_and_what_is_left_is_removed(desk):
    desk.up("dead")
    directory = desk.run_directory / "clusterdisc-vm/dead"
    os.kill(int((directory / "pid").read_text()), signal.SIGKILL)
    wait_until(lambda: not desk.processes(), SECONDS, "the machines end with it")
    assert "has ended unexpectedly" in desk.run("status", "--name", "dead", status=1)
    assert "has ended unexpectedly" in desk.run("list")
    # One of the same name takes its place.
    desk.up("dead")
    desk.run("down", "--name", "dead")
    assert desk.is_clean()


def test_a_cluster_whose_directory_is_gone_ends(desk):
    desk.up("gone")
    directory = desk.run_directory / "clusterdisc-vm"
    directory.rename(desk.run_directory / "logged-out")
    wait_until(lambda: not desk.processes(), SECONDS, "the cluster ends")
    subprocess.run(["rm", "-r", desk.run_directory / "logged-out"], check=True)
