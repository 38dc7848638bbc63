# SPDX-License-Identifier: GPL-2.0-or-later
"""mosrun and mps, and what the supervisors tell them."""

import subprocess

import pytest

from guests import build
from guests.running import PATIENCE
from qemu.deadline import wait_until

ABIS = pytest.mark.parametrize("abi", build.ABIS)


@ABIS
def test_mps_shows_where_it_is(abi, three_nodes, testbed):
    home, second, third = three_nodes
    guest = home.guest(build.Program("cpu", abi).build()).wait_until_ready()
    for moves, node in enumerate((second, third), 1):
        assert home.migrate(guest.pid, node).returncode == 0
        testbed.moves += 1
        (line,) = (line for line in home.tool("mps").stdout.splitlines() if str(guest.pid) in line.split())
        assert str(node.number) in line.split()
        (entry,) = home.mps()["processes"]
        assert (entry["pid"], entry["home"], entry["node"], entry["state"], entry["moves"]) == (
            guest.pid, home.number, node.number, "away", moves)
        (entry,) = node.mps()["guests"]
        assert (entry["home"], entry["home_pid"]) == (home.number, guest.pid)
    assert second.guests() == []
    assert home.migrate(guest.pid, "home").returncode == 0
    testbed.moves += 1
    home.wait_for_place(guest.pid, home)
    wait_until(lambda: third.guests() == [], PATIENCE, "the body is gone")
    guest.expect_right()


@ABIS
def test_mosrun_starts_a_program_elsewhere(abi, two_nodes):
    home, away = two_nodes
    folder = home.make_folder("started")
    program = build.Program("environment", abi).build()
    (home.outside(folder) / "program").write_bytes(program.read_bytes())
    (home.outside(folder) / "program").chmod(0o755)
    command = home.command(home.program("mosrun"), "--run-dir", home.run_folder, f"-{away.number}", folder / "program",
                           "--until", folder / "stop", "--progress", folder / "progress", folder=folder)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == f"ready {process.pid}\n"
            home.wait_for_place(process.pid, away)
            (home.outside(folder) / "stop").touch()
            assert process.stdout.readline().startswith("right ")
            assert process.wait(timeout=PATIENCE) == 0
        finally:
            process.kill()


@pytest.mark.parametrize(("command", "status"), [(["/no/such/program"], 127), (["/etc/passwd"], 126),
                                                 (["sh", "-c", "exit 7"], 7)])
def test_mosrun_ends_as_its_command(command, status, two_nodes):
    home, away = two_nodes
    result = home.tool("mosrun", f"-{away.number}", *command)
    assert result.returncode == status, result.stderr


def test_mosrun_without_moving(two_nodes):
    home, away = two_nodes
    result = home.tool("mosrun", "-h", "echo", "here")
    assert (result.returncode, result.stdout) == (0, "here\n")
    assert away.guests() == []
