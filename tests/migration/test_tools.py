# SPDX-License-Identifier: GPL-2.0-or-later
"""mosrun and mps, and what the supervisors tell them."""

import os
import subprocess
from pathlib import Path

import pytest

from guests import build
from guests.running import PATIENCE
from qemu.deadline import wait_until

WHERE = Path(__file__).parent / "where.c"
STARTS = 5
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
    wait_until(lambda: second.guests() == [], PATIENCE, "the body has left")
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


@ABIS
def test_mosrun_starts_it_there_from_its_first_instruction(abi, two_nodes, tmp_path):
    home, away = two_nodes
    program = tmp_path / "where"
    subprocess.run(["gcc", *build.ABIS[abi], "-Wall", "-Wextra", "-Werror", "-o", program, WHERE], check=True)
    assert home.run(program).stdout == "home\n"
    for _ in range(STARTS):
        result = home.tool("mosrun", f"-{away.number}", program)
        assert (result.returncode, result.stdout) == (0, "away\n"), result.stderr + home.log_text()
    result = home.tool("mosrun", "-99", program)
    assert result.returncode == 125, result.stdout


def test_a_guest_is_as_nice_as_at_home(two_nodes, testbed):
    home, away = two_nodes
    guest = home.guest(build.Program("cpu", "amd64").build()).wait_until_ready()
    for nice, expected in ((0, 0), (7, 7), (-5, 0)):
        os.setpriority(os.PRIO_PROCESS, guest.pid, nice)
        home.move(guest.pid, away)
        testbed.moves += 1
        (body,) = away.guests()
        assert os.getpriority(os.PRIO_PROCESS, body["pid"]) == expected
        home.move(guest.pid, "home")
        wait_until(lambda: away.guests() == [], PATIENCE, "the body has left")
    guest.expect_right()


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
