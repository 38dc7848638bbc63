# SPDX-License-Identifier: GPL-2.0-or-later
"""The clients understand what docs/openmosix-interface.md describes, and notice what differs from it."""

import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from interface_clients import archive, said

NODE = {"load": 125, "speed": 9000, "cpus": 1, "util": 100, "mem": 40000, "rmem": 30000, "tmem": 60000, "status": 3}
DOWN = {**dict.fromkeys(said.FIGURES, said.DOWN), "status": 1}
ADMIN = {
    "mospe": 2, **dict.fromkeys(("block", "bring", "expel", "lstay", "quiet", "nomfs", "gateways"), 0), "stay": 1,
    "speed": 9000, "loadlimit": 0, "cpulimit": 0, "decay-interval": 1, "decayinterval": 1, "slow-decay": 975,
    "slowdecay": 975, "fast-decay": 926, "fastdecay": 926, "overheads": "", "mfscosts": "1 2 -3",
    "version": "Mosix Version 2.4.27\nopenMosix version: 2.4.27",
}
PROCESS = {"where": 9, "nmigs": 2, "lock": 1, "migfilter": 0, "migpolicy": 0}
GUEST = {"from": 2, "identity": "pid=4711 awk", "statm": "700 300 200 1 0 400 0",
         "stats": "utime=250 cutime=0 nice=0 state=R vsize=2867200 rss=300 nswap=0 cnswap=0"}


def fill(folder: Path, files: dict) -> None:
    """Makes FOLDER with a file for each of FILES."""
    folder.mkdir(parents=True)
    for name, value in files.items():
        (folder / name).write_text(f"{value}\n")


@pytest.fixture
def proc(tmp_path) -> Path:
    """A folder that has what /proc has."""
    fill(tmp_path / "hpc/nodes/2", NODE)
    fill(tmp_path / "hpc/nodes/30", DOWN)
    fill(tmp_path / "hpc/remote/812", GUEST)
    fill(tmp_path / "hpc/admin", ADMIN)
    (tmp_path / "hpc/admin/dfsalinks").touch()
    fill(tmp_path / "hpc/info", {"interface": 1, "omd": 1, "requests": 0})
    fill(tmp_path / "self", {**PROCESS, "goto": ""})
    (tmp_path / "self/cantmove").touch()
    return tmp_path


@pytest.fixture(scope="module")
def compiled(tmp_path_factory) -> Path:
    """The client in C."""
    return archive.compile_client(tmp_path_factory.mktemp("compiled"))


def run(*command, environment=None, status=0) -> str:
    """What COMMAND says; it has to end with STATUS."""
    everything = {**os.environ, **(environment or {})}
    result = subprocess.run(command, capture_output=True, text=True, env=everything, timeout=60)
    assert result.returncode == status, result.stdout + result.stderr
    return result.stdout if status == 0 else result.stderr


def steer(proc, *words, status=0) -> str:
    return run(archive.SOURCES / "steering.sh", *words, environment={"PROC": str(proc)}, status=status)


def test_nodes_that_are_up_and_down(proc):
    nodes = said.nodes_of(run(archive.SOURCES / "nodes.pl", proc / "hpc"))
    assert nodes == {2: {"node": 2, **NODE, "up": 1, "live": 1}, 30: {"node": 30, **DOWN, "up": 0, "live": 0}}


@pytest.mark.parametrize("text", ["", "1 2\n", "1", "0x10\n", "1.5\n"])
def test_a_figure_that_is_not_one_number(proc, text):
    (proc / "hpc/nodes/2/mem").write_text(text)
    assert "not one number in one line" in run(archive.SOURCES / "nodes.pl", proc / "hpc", status=1)


def test_a_name_that_is_not_a_number(proc):
    (proc / "hpc/nodes/self").mkdir()
    assert "not the number of a node" in run(archive.SOURCES / "nodes.pl", proc / "hpc", status=1)


def test_settings_of_the_node(proc):
    settings = said.settings_of(steer(proc, "admin"))
    numbers = {name: value for name, value in ADMIN.items() if isinstance(value, int)}
    assert settings == {**numbers, "mosix_version": "2.4.27", "openmosix_version": "2.4.27",
                        "interface": 1, "omd": 1, "requests": 0}


@pytest.mark.parametrize(("name", "text"), [
    ("mospe", "two"), ("block", ""), ("overheads", "1 two"), ("dfsalinks", "link"),
    ("version", "openMosix version: 2.4.27"), ("version", "Mosix Version 2.4.27"),
    ("version", "Mosix Version 2.4.27\nopenMosix version: 2.4.27 of today")])
def test_settings_that_are_not_right(proc, name, text):
    (proc / "hpc/admin" / name).write_text(text + "\n")
    assert name in steer(proc, "admin", status=1)


def test_a_process(proc):
    assert said.settings_of(steer(proc, "process", "self")) == {**PROCESS, "cantmove": ""}
    (proc / "self/cantmove").write_text("threads: it has 2\nsystem v shared memory\n")
    assert said.settings_of(steer(proc, "process", "self"))["cantmove"] == "threads: it has 2"


def test_a_lock_and_a_move_of_its_own(proc):
    # Of files that all share, each child has what its parent has.
    assert steer(proc, "lock").split() == ["own", "1", "child", "1", "1", "own", "0", "child", "0", "0"]
    assert steer(proc, "itself", "9").splitlines() == ["where 9", "where 9"]
    assert (proc / "self/goto").read_text() == "0\n"


def test_guests(proc, compiled):
    assert said.guests_of(run(compiled, "remote", proc / "hpc")) == [{
        "guest": 812, "from": 2, "home_pid": 4711, "size": 700, "resident": 300, "utime": 250, "cutime": 0, "nice": 0,
        "state": "R", "vsize": 2867200, "rss": 300, "nswap": 0, "cnswap": 0}]


@pytest.mark.parametrize(("name", "text"), [
    ("from", "node 2"), ("from", "2 3"), ("identity", "4711"), ("statm", "700 300"),
    ("stats", GUEST["stats"].replace("nice=0 ", ""))])
def test_a_guest_that_is_not_right(proc, compiled, name, text):
    (proc / "hpc/remote/812" / name).write_text(text + "\n")
    assert f"{name}: {text}" in run(compiled, "remote", proc / "hpc", status=1)


def test_writes(proc, compiled):
    target = proc / "self/goto"
    assert said.put_of(run(compiled, "put", target, "7")).outcome == "ok"
    assert target.read_text() == "7"
    assert said.put_of(run(compiled, "put", "-n", target, "8")).call == "write"
    missing = said.put_of(run(compiled, "put", proc / "self/missing", "7"))
    assert (missing.outcome, missing.call) == ("ENOENT", "open")


def test_what_a_command_has_used(proc, compiled):
    run(compiled, "spend", proc / "spent", "sh", "-c", "i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done; exit 3")
    spent = said.spent_of((proc / "spent").read_text())
    assert spent["status"] == 3 << 8
    assert 0 < spent["user"] <= spent["real"]


def test_the_archive_has_all_clients(tmp_path):
    path = archive.make_archive(tmp_path)
    with tarfile.open(path) as opened:
        assert {(member.name, member.mode & 0o111) for member in opened} == {
            (name, 0o111) for name in ("processes", *archive.SCRIPTS)}
    assert path.stat().st_size % 512 == 0
