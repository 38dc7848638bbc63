# SPDX-License-Identifier: GPL-2.0-or-later
"""openmosix.config, as people have it from openMosix: what omd does about it."""

import subprocess

import pytest

from migration.node import SOON, Node
from qemu.deadline import wait_until

SPEED = 4321


@pytest.fixture()
def node(testbed) -> Node:
    """One that has not been started."""
    node = testbed.add_node()
    node.configure(balance=True)
    node.write_map([node])
    return node


def write_config(node: Node, text: str) -> None:
    """Beside omd.toml."""
    (node.folder / "openmosix.config").write_text(text)


def switches(node: Node) -> str:
    """Those that are on."""
    return node.request({"request": "status"})["switches"]


def speed(node: Node) -> str:
    """What mosctl says."""
    return node.tool("mosctl", "getspeed").stdout


def test_it_says_how_the_node_is_at_first(node):
    write_config(node, f'# Settings\nAUTODISC=1\nMIGRATE="no"\nBLOCK=yes\nNODESPEED={SPEED}\n')
    node.start()
    wait_until(lambda: speed(node) == f"{SPEED}\n", SOON, f"the speed is {SPEED}")
    assert set(switches(node).split()) == {"stay", "block"}


def test_what_was_set_since_stays_when_omd_starts_again(node):
    write_config(node, f"MIGRATE=no\nBLOCK=yes\nNODESPEED={SPEED}\n")
    node.start()
    for words in (("nostay",), ("noblock",), ("setspeed", SPEED + 1)):
        result = node.tool("mosctl", *words)
        assert result.returncode == 0, result.stderr
    node.stop_omd()
    node.start()
    wait_until(lambda: speed(node) == f"{SPEED + 1}\n", SOON, f"the speed is {SPEED + 1}")
    assert switches(node) == ""


def check(node: Node) -> subprocess.CompletedProcess:
    """omd --check with the node's configuration."""
    (node.folder / "some_key").write_text("5a" * 32 + "\n")
    (node.folder / "some_key").chmod(0o600)
    return node.run(node.program("omd"), "--check", "--config", node.folder / "omd.toml", "--key-file", node.folder / "some_key")


def test_all_that_is_wrong_is_told_with_its_line(node):
    file = node.folder / "openmosix.config"
    write_config(node, "MIGRATE=perhaps\nsetpe -W\nNODESPEED=10000\nBLOCK=no\n")
    result = check(node)
    assert result.returncode == 1
    for line in (1, 2):
        assert f"{file}:{line}: " in result.stderr, result.stderr
    assert f"{file}:3" not in result.stderr and f"{file}:4" not in result.stderr
    write_config(node, "NODESPEED=0\n")
    result = check(node)
    assert result.returncode == 1 and "NODESPEED must be" in result.stderr, result.stderr
    write_config(node, "MIGRATE=no\n")
    assert check(node).returncode == 0
