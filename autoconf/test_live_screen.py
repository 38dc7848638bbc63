# SPDX-License-Identifier: GPL-2.0-or-later
"""The first screen that follows the cluster, on a real terminal."""

import os
import pty
import select
import signal
import subprocess
import termios
import time

import pytest

from cluster_files import nodes_json, replace
from cmake_build import build

# The group of test_autoconf.py, whose build folder it uses.
pytestmark = pytest.mark.xdist_group("autoconf")


@pytest.fixture(scope="module")
def tree():
    return build("sanitize")


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, *command, **environment):
        self.master, self.slave = pty.openpty()
        self.former_mode = termios.tcgetattr(self.slave)
        self.program = subprocess.Popen([str(word) for word in command], stdin=self.slave, stdout=self.slave,
                                        start_new_session=True, env={**os.environ, "TERM": "linux", **environment})
        self.text = ""

    def wait_for(self, text, seconds=30):
        """Reads on until TEXT was shown; returns what was shown before it since the last time."""
        deadline = time.monotonic() + seconds
        while text not in self.text:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self.master], [], [], left)[0], f"no {text!r} in {self.text!r}"
            self.text += os.read(self.master, 65536).decode()
        before, _, self.text = self.text.partition(text)
        return before

    def press(self, keys):
        os.write(self.master, keys.encode())

    def is_as_before(self):
        return termios.tcgetattr(self.slave) == self.former_mode

    def close(self):
        self.program.kill()
        self.program.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def live_screen(tree, tmp_path):
    terminal = Terminal(tree / "autoconf/clusterdisc-status", "--live", "--plain",
                        "--cluster-state", tmp_path / "openmosix")
    yield terminal
    terminal.close()


def test_live_screen_follows_the_cluster_until_a_key_is_pressed(live_screen, tmp_path):
    assert "omdiscd does not run" in live_screen.wait_for("Press any key for a shell")
    assert not live_screen.is_as_before()
    # At once: when the folder came first, the screen might be drawn twice, and the second time after what is looked for.
    (tmp_path / "elsewhere").mkdir()
    replace(tmp_path / "elsewhere/nodes.json", nodes_json("pc-a", "pc-b"))
    (tmp_path / "elsewhere").rename(tmp_path / "openmosix")
    live_screen.wait_for("2: node1, node2")
    live_screen.wait_for("Press any key")
    live_screen.press("\033[A")
    assert live_screen.program.wait(timeout=20) == 0
    assert live_screen.is_as_before()
    assert "Press any key" not in live_screen.wait_for("This again")


def test_live_screen_shows_all_nodes_when_it_is_asked_to(tree, tmp_path):
    program = tmp_path / "mosmon"
    program.write_text("#!/bin/sh\necho shown\nread line\n")
    program.chmod(0o755)
    terminal = Terminal(tree / "autoconf/clusterdisc-status", "--live", "--plain", "--cluster-state", tmp_path,
                        PATH=f"{tmp_path}:{os.environ['PATH']}")
    try:
        for _ in range(2):
            terminal.wait_for("Press any key for a shell, m to see all nodes (mosmon)")
            terminal.press("m")
            terminal.wait_for("shown")
            assert terminal.is_as_before()
            terminal.press("\n")
        terminal.wait_for("Press any key for a shell, m to see all nodes (mosmon)")
        terminal.press("x")
        assert terminal.program.wait(timeout=20) == 0
    finally:
        terminal.close()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM])
def test_live_screen_leaves_the_terminal_as_it_was_when_a_signal_ends_it(live_screen, number):
    live_screen.wait_for("Press any key")
    live_screen.program.send_signal(number)
    assert live_screen.program.wait(timeout=20) == -number
    assert live_screen.is_as_before()


def test_live_screen_takes_control_characters_as_keys(live_screen):
    live_screen.wait_for("Press any key")
    live_screen.press("\003")
    assert live_screen.program.wait(timeout=20) == 0
