# SPDX-License-Identifier: GPL-2.0-or-later
"""What the command says to requests that cannot be, before it does anything."""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from clusterdisc_vm import tiny_disc
from clusterdisc_vm.command_line import parse_delay, parse_loss

COMMAND = Path(__file__).parents[1] / "clusterdisc-vm"


@pytest.fixture(scope="module")
def run_directory():
    with tempfile.TemporaryDirectory(prefix="cdvm-") as path:
        yield Path(path)


@pytest.fixture(scope="module")
def iso(tmp_path_factory):
    return tiny_disc.make(tmp_path_factory.mktemp("disc"))


@pytest.fixture
def run(run_directory):
    """Runs the command; afterwards its run directory is as empty as before."""
    def run_with(*words, command=COMMAND, **environment):
        clean = {name: value for name, value in os.environ.items() if name != "CLUSTERDISC_ISO"}
        return subprocess.run([sys.executable, command, *words], capture_output=True, text=True, timeout=60, check=False,
                              stdin=subprocess.DEVNULL,
                              env={**clean, "XDG_RUNTIME_DIR": str(run_directory), **environment})
    yield run_with
    assert not list(run_directory.iterdir())


def errors(result) -> str:
    lines = result.stderr.splitlines()
    assert lines and lines[0].startswith("error: "), result.stderr
    return "\n".join(line.removeprefix("error: ") for line in lines if line.startswith("error: "))


def test_help_names_every_verb(run):
    result = run("--help")
    assert (result.returncode, result.stderr) == (0, "")
    for verb in ("up", "status", "ssh", "console", "screen", "cut", "heal", "slow", "off", "button", "freeze", "thaw", "on",
                 "down", "list"):
        assert f"\n    {verb} " in result.stdout, verb


@pytest.mark.parametrize(("words", "named"), [
    ([], "VERB"),
    (["upp"], "'upp'"),
    (["up", "0"], "from 1 to 32"),
    (["up", "33"], "'33'"),
    (["up", "two"], "'two'"),
    (["up", "--memory", "63"], "from 64 to 3072"),
    (["up", "--name", "../x"], "'../x' cannot be the name"),
    (["up", "--iso", "/no/such.iso"], "'/no/such.iso'"),
    (["up", "--drones", "32"], "from 0 to 31"),
    (["up", "2", "--drones", "31"], "more than 32"),
    (["up", "1", "--mem=64"], "--mem=64"),
    (["ssh"], "N"),
    (["slow", "1"], "DELAY"),
    (["slow", "1", "50"], "'50' is no delay"),
    (["slow", "1", "50ms", "101%"], "'101%' is no loss"),
    (["cut", "1", "x"], "'x' is no node's number"),
])
def test_wrong_usage_is_named_with_status_2(run, words, named):
    result = run(*words)
    assert result.returncode == 2, result.stderr
    assert named in errors(result)


@pytest.mark.parametrize("verb", ["status", "down", "heal"])
def test_without_a_cluster_it_says_how_to_start_one(run, verb):
    result = run(verb, CLUSTERDISC_VM_CALLED_AS="./build.sh cluster")
    assert result.returncode == 1
    assert "./build.sh cluster up starts one" in errors(result)


def test_without_a_disc_in_a_checkout_it_says_how_one_is_made(run, tmp_path):
    checkout = tmp_path / "checkout"
    (checkout / "virtual").mkdir(parents=True)
    for name in ("VERSION", "build.sh"):
        (checkout / name).write_text("1.2.3\n")
    (checkout / "virtual/clusterdisc-vm").symlink_to(COMMAND)
    result = run("up", "1", command=checkout / "virtual/clusterdisc-vm")
    assert result.returncode == 1
    assert "clusterdisc-1.2.3-i486.iso: make it with sudo ./build.sh" in errors(result)


def test_without_a_checkout_it_asks_for_the_disc(run, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/clusterdisc-vm").symlink_to(COMMAND)
    result = run("up", "1", command=tmp_path / "bin/clusterdisc-vm")
    assert result.returncode == 2
    assert "--iso FILE" in errors(result)


def test_a_file_that_is_no_disc_is_refused(run, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(bytes(100_000))
    result = run("up", "1", "--iso", str(file))
    assert result.returncode == 1
    assert f"{file} is not a disc of ClusterDisc" in errors(result)


def test_all_that_this_machine_lacks_is_named_at_once(run, iso):
    result = run("up", "32", "--memory", "3072", "--cpu", "no-such-cpu", "--iso", str(iso))
    assert result.returncode == 1
    said = errors(result)
    # 32 times 3 GiB: more than machines for this have.
    assert "no CPU 'no-such-cpu'" in said and "32 nodes of 3072 MiB need 101504 MiB" in said


def test_without_qemu_it_says_what_to_install(run, iso, tmp_path):
    result = run("up", "1", "--iso", str(iso), PATH=str(tmp_path))
    assert result.returncode == 1
    assert "qemu-system-i386" in errors(result) and "sudo apt install" in errors(result)
    assert "qemu-system-x86" in errors(result).partition("sudo apt install")[2]


def test_delays_have_a_unit():
    assert [parse_delay(text) for text in ("50ms", "0.2s", "0ms", "10s")] == [0.05, 0.2, 0, 10]
    for text in ("", "ms", "-1ms", "10.1s", "1h", "1e3ms"):
        with pytest.raises(argparse.ArgumentTypeError):
            parse_delay(text)


def test_losses_are_percent():
    assert [parse_loss(text) for text in ("5%", "0.5", "100%", "0")] == [0.05, 0.005, 1, 0]
    for text in ("", "%", "100.5%", "-1", "five"):
        with pytest.raises(argparse.ArgumentTypeError):
            parse_loss(text)
