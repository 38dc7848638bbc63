# SPDX-License-Identifier: GPL-2.0-or-later
"""mosmon and mtop on terminals, as somebody who sits there uses them."""

import re
import signal

import pytest

from guests import build
from migration.node import OTHER_USER, SOON, Node
from migration.terminal import Terminal
from qemu.deadline import wait_until

SPEED = 10000
QUIET = 3.0
KINDS = ("linux", "vt100", "vt220", "xterm")


@pytest.fixture(name="nodes")
def three_nodes_that_tell(testbed) -> list[Node]:
    """Three nodes that tell each other how busy they are, and move nothing by themselves."""
    nodes = [testbed.add_node() for _ in range(3)]
    for node in nodes:
        node.configure(balance=True)
        # Else each would measure itself first.
        (node.run_folder / "speed").write_text(f"{SPEED}\n")
        node.write_map(nodes)
        node.start()
        node.request({"request": "set", "switch": "stay", "to": "on"})
    for node in nodes:
        wait_until(lambda node=node: all("load" in each for each in node.request({"request": "nodes"})["nodes"]), SOON,
                   f"{node.name} has heard of all")
    return nodes


def start(node: Node, name: str, *arguments, user=None, **settings) -> Terminal:
    """mosmon or mtop on a terminal of NODE."""
    return Terminal(node.command(node.program(name), "--run-dir", node.run_folder, *arguments, user=user), **settings)


def start_guest(node: Node, user=None):
    """A process that computes."""
    return node.guest(build.Program("cpu", "amd64").build(), user=user).wait_until_ready()


def select_process(terminal: Terminal, pid: int) -> None:
    """Finds it, wherever it is in the list."""
    def is_selected() -> bool:
        return any(terminal.is_reverse(number) and re.match(rf" *{pid} ", row) for number, row in enumerate(terminal.rows()))

    def look() -> bool:
        # A process that has just started may not be in the list yet.
        terminal.press(f"/{pid}\r")
        terminal.wait_until_quiet(0.2)
        return is_selected()
    terminal.wait_for("COMMAND", "root")
    wait_until(look, SOON, f"{pid} is selected")


@pytest.mark.parametrize("kind", KINDS)
def test_nodes_have_bars_in_every_kind_of_terminal(kind, nodes):
    home = nodes[0]
    with start(home, "mosmon", kind=kind) as terminal:
        terminal.wait_for("openMosix load, node 1, 3 of 3 up", "q quit")
        terminal.wait(lambda: re.search(r"^ +1 +2 +3$", terminal.text(), re.MULTILINE) is not None, "their numbers")
        terminal.press("m")
        terminal.wait_for("openMosix memory", "###", "+++")
        terminal.press("s")
        terminal.wait_for("openMosix speed", "10K|")
        terminal.press("t")
        terminal.wait_for("3 of 3 nodes up")
        terminal.press("V")
        terminal.wait(lambda: terminal.row_with("123") != "", "nodes without gaps")
        terminal.press("?")
        terminal.wait_for("utilizability")
        terminal.press("q")
        assert terminal.end() == 0
        assert terminal.is_as_before()


@pytest.mark.parametrize("size", [(24, 80), (10, 40), (60, 200)])
def test_a_process_is_moved_brought_home_and_locked(size, nodes, testbed):
    home, away, _ = nodes
    guest = start_guest(home)
    with start(home, "mtop", "--moved", rows=size[0], columns=size[1]) as terminal:
        terminal.wait_for("None is away")
        terminal.press("a")
        select_process(terminal, guest.pid)
        terminal.press("m")
        terminal.wait_for("(or home, best):")
        terminal.press(f"{away.number}\r")
        terminal.wait_for(f"has moved to node {away.number}")
        testbed.moves += 1
        home.wait_for_place(guest.pid, away)
        terminal.press("a")
        terminal.wait_for(f"{guest.pid} ", "1 moved", "1 away")
        assert terminal.row_with(f"{guest.pid} ").split()[2] == str(away.number)
        terminal.press("l")
        terminal.wait_for("is locked")
        assert home.request({"request": "hint", "pid": guest.pid})["lock"] == "on"
        terminal.press("l")
        terminal.wait_for("is unlocked")
        terminal.press("\r")
        terminal.wait_for(f"Process {guest.pid}: ", f"on node {away.number} since", "What omd says")
        terminal.press("h")
        terminal.wait_for("has moved home")
        testbed.moves += 1
        home.wait_for_place(guest.pid, home)
        terminal.press("q")
        assert terminal.end() == 0
    guest.expect_right()


def test_guests_are_shown_and_go_home(nodes, testbed):
    home, away, _ = nodes
    guest = start_guest(home)
    home.move(guest.pid, away)
    testbed.moves += 1
    with start(away, "mosmon") as terminal:
        terminal.wait_for("openMosix load")
        terminal.press("\t")
        terminal.wait_for(f"1:{guest.pid}", "1 guests")
        (body,) = away.guests()
        select_process(terminal, body["pid"])
        terminal.press("h")
        home.wait_for_place(guest.pid, home)
        testbed.moves += 1
        terminal.wait_until_gone(f"1:{guest.pid}")
    guest.expect_right()


def test_others_processes_are_not_moved(nodes):
    home, away, _ = nodes
    guest = start_guest(home)
    with start(home, "mtop", user=OTHER_USER) as terminal:
        select_process(terminal, guest.pid)
        for keys in (f"m{away.number}\r", "l"):
            terminal.press(keys)
            terminal.wait_for(f"process {guest.pid}: ")
            terminal.press("\f")
            terminal.wait_until_gone(f"process {guest.pid}: ")
    assert home.place_of(guest.pid) == home.number
    guest.expect_right()


def test_own_processes_of_a_user_are_moved(nodes, testbed):
    home, away, _ = nodes
    guest = start_guest(home, OTHER_USER)
    with start(home, "mtop", user=OTHER_USER) as terminal:
        select_process(terminal, guest.pid)
        terminal.press(f"m{away.number}\r")
        home.wait_for_place(guest.pid, away)
        testbed.moves += 1
    guest.expect_right()


def test_dead_nodes_are_shown_when_wanted(nodes):
    home, second, third = nodes
    with start(home, "mosmon", "-d") as terminal:
        terminal.wait_for("3 of 3 up")
        third.kill_omd()
        for node in (home, second):
            node.write_map([home, second])
        terminal.wait(lambda: all(terminal.row_with(letter) for letter in "DEA") and "2 of 3 up" in terminal.text(),
                      "node 3 is dead")
        terminal.press("d")
        terminal.wait(lambda: re.search(r"^ +1 +2$", terminal.text(), re.MULTILINE) is not None, "node 3 is left out")


def test_waits_for_omd(nodes):
    home = nodes[0]
    home.stop_omd()
    with start(home, "mosmon") as terminal:
        terminal.wait_for("is it running? (systemctl start omd)", "Waiting for it.")
        home.start()
        terminal.wait_for("3 of 3 up")
        home.kill_omd()
        terminal.wait_for("Waiting for it.")
        terminal.press("\t")
        terminal.wait_for("COMMAND", "omd does not answer")
        home.start()
        terminal.wait_until_gone("omd does not answer")


def test_follows_the_size_of_the_terminal(nodes):
    with start(nodes[0], "mosmon") as terminal:
        terminal.wait_for("openMosix load", "q quit")
        terminal.resize(5, 20)
        terminal.wait_for("too small: 30x8")
        terminal.resize(10, 40)
        terminal.wait_for("openMosix load", "q quit")
        assert "q quit" in terminal.rows()[9]
        terminal.resize(50, 132)
        terminal.wait(lambda: "q quit" in terminal.rows()[49], "the last of 50 rows")


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM])
def test_leaves_the_terminal_as_it_was_when_a_signal_ends_it(number, nodes):
    with start(nodes[0], "mosmon") as terminal:
        terminal.wait_for("openMosix load")
        assert not terminal.is_as_before()
        terminal.process.send_signal(number)
        assert terminal.end() == -number
        assert terminal.is_as_before()


def test_ends_by_control_c_and_with_its_line(nodes):
    with start(nodes[0], "mosmon") as terminal:
        terminal.wait_for("openMosix load")
        terminal.press("\003")
        assert terminal.end() == -signal.SIGINT
        assert terminal.is_as_before()
    with start(nodes[0], "mosmon") as terminal:
        terminal.wait_for("openMosix load")
        terminal.hang_up()
        assert terminal.process.wait(timeout=SOON) == -signal.SIGHUP


def test_stops_and_goes_on_as_other_programs_do(nodes):
    home = nodes[0]
    shell = home.command("env", "PS1=shell> ", "bash", "--norc", "--noprofile", "-i")
    with Terminal(shell) as terminal:
        terminal.wait_for("shell>")
        terminal.press(f"clear; {home.program('mosmon')} --run-dir {home.run_folder}\r")
        terminal.wait_for("openMosix load", "q quit")
        terminal.press("\032")
        terminal.wait_for("Stopped")
        terminal.press("stty -a\r")
        terminal.wait_for(" icanon ", " echo ")
        terminal.press("clear; fg\r")
        terminal.wait_for("openMosix load", "q quit")
        terminal.wait_until_gone("shell>")
        terminal.press("q")
        terminal.wait_for("shell>")


def test_sends_little_while_little_changes(nodes):
    with start(nodes[0], "mosmon", "-s", "--delay", "0.2", kind="vt100") as terminal:
        terminal.wait_for("openMosix speed", "q quit")
        terminal.wait_until_quiet(QUIET)
        # A picture would be 2000 bytes, and there were fifteen.
        sent = terminal.sent
        terminal.press("d")
        terminal.wait_until_quiet(QUIET)
        assert terminal.sent - sent < 200


@pytest.mark.parametrize("kind", ["dumb", "", "no-such-terminal"])
def test_says_what_to_do_at_a_terminal_that_cannot_show_it(kind, nodes):
    with start(nodes[0], "mosmon", kind=kind, columns=200) as terminal:
        assert terminal.end() == 1
        assert "TERM=vt100" in terminal.text()
        assert terminal.is_as_before()
    result = nodes[0].tool("mosmon")
    assert result.returncode == 1
    assert "must be a terminal" in result.stderr
    assert nodes[0].tool("mosmon", "-z").returncode == 2


def test_mtop_prints_for_pipes(nodes, testbed):
    home, away, _ = nodes
    guest = start_guest(home)
    home.move(guest.pid, away)
    testbed.moves += 1
    result = home.tool("mtop", "-b", "-n", "1", "-a")
    assert result.returncode == 0, result.stderr
    heading, *lines = result.stdout.splitlines()
    assert heading.split() == ["PID", "USER", "NODE", "STATE", "%CPU", "TIME", "SINCE", "MOVES", "L", "WHY", "COMMAND"]
    (line,) = (line for line in lines if line.split()[:1] == [str(guest.pid)])
    assert line.split()[2:4] == [str(away.number), "away"]
    guest.expect_right()
