# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs of autoconf/ run for real (omdiscd itself: tests/cluster), and the C++ tests behind them."""

import json
import os
import pathlib
import stat
import subprocess
import time
import tomllib

import pytest

from cluster_files import nodes_json, replace
from cmake_build import SOURCE, build, run, run_checked

ROOM = SOURCE / "autoconf"

MEDIUM_KEY = bytes(range(32))

# One group: all of them use the same build folders.
pytestmark = pytest.mark.xdist_group("autoconf")


@pytest.fixture(scope="module")
def tree():
    return build("sanitize")


@pytest.fixture
def boot(tree, tmp_path):
    """Runs clusterdisc-boot-parameters with a command line of its own; the result knows the folder of its output."""
    medium = tmp_path / "medium"
    (medium / "clusterdisc").mkdir(parents=True)
    (medium / "clusterdisc/cluster.key").write_bytes(MEDIUM_KEY)
    output = tmp_path / "run"

    def boot_with(command_line, **options):
        (tmp_path / "cmdline").write_text(command_line)
        result = run(
            tree / "autoconf/clusterdisc-boot-parameters",
            *("--command-line", tmp_path / "cmdline", "--medium", medium, "--output", output),
            **options,
        )
        result.output = output
        return result

    return boot_with


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_cpp_unit_tests_pass(tree):
    run_checked("ctest", "--test-dir", tree, "--output-on-failure", "--parallel", os.cpu_count())


def test_settings_reach_the_agent_as_toml_that_any_parser_reads(boot):
    result = boot("boot=live cluster=Lab-3 nodeid=17 netif=eth0,enp* nomigrate quiet\n")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    with open(result.output / "node.toml", "rb") as file:
        assert tomllib.load(file) == {"cluster": "lab-3", "nodeid": 17, "netif": ["eth0", "enp*"], "nomigrate": True}
    assert (result.output / "problems").read_text() == ""


def test_secrets_are_for_root_only_whatever_the_umask_is(boot):
    result = boot("quiet", umask=0o077)
    assert (result.output / "cluster.key").read_text() == MEDIUM_KEY.hex() + "\n"
    assert mode_of(result.output) == 0o755
    assert mode_of(result.output / "cluster.key") == 0o600
    assert mode_of(result.output / "node.toml") == 0o644
    assert mode_of(result.output / "problems") == 0o644

    result = boot('clusterkey="two words"', umask=0)
    assert (result.output / "passphrase").read_text() == "two words\n"
    assert mode_of(result.output / "passphrase") == 0o600
    assert sorted(path.name for path in result.output.iterdir()) == ["node.toml", "passphrase", "problems"]


def test_bad_values_are_reported_and_do_not_stop_the_boot(boot):
    result = boot("nodeid=70000 cluster=lab clusterkey=2short")
    assert result.returncode == 0
    assert "nodeid=70000 is not a node id: give a whole number from 1 to 65534" in result.stderr
    assert "2short" not in result.stderr + (result.output / "problems").read_text()
    assert result.stderr.count("\n") == len((result.output / "problems").read_text().splitlines()) == 2
    assert tomllib.loads((result.output / "node.toml").read_text()) == {"cluster": "lab"}
    assert not (result.output / "cluster.key").exists() and not (result.output / "passphrase").exists()


def test_journal_gets_problems_as_warnings(boot):
    result = boot("nodeid=0", env={**os.environ, "JOURNAL_STREAM": "1:2"})
    assert result.stderr.startswith("<4>nodeid=0 ")


def test_readers_never_see_half_a_file(boot, tree):
    """While settings are rewritten over and over, each read gives a whole old or a whole new file."""
    output = boot("cluster=first").output
    expected = {(output / "node.toml").read_text(), (boot("cluster=second").output / "node.toml").read_text()}
    seen = set()
    for number in range(20):
        command_line = output.parent / "cmdline"
        command_line.write_text("cluster=" + ("first", "second")[number % 2])
        program = tree / "autoconf/clusterdisc-boot-parameters"
        writer = subprocess.Popen([program, "--command-line", command_line, "--medium", "/", "--output", output],
                                  stderr=subprocess.DEVNULL)
        while writer.poll() is None:
            seen.add((output / "node.toml").read_text())
        assert writer.returncode == 0
    assert seen == expected


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--nonsense"], 2, "Try clusterdisc-boot-parameters --help"),
        (["argument"], 2, "unexpected argument argument"),
        (["--output"], 2, "requires an argument"),
        (["--command-line", "/nonexistent"], 1, "/nonexistent does not exist"),
        (["--command-line", "/dev/null", "--output", "/dev/null/x"], 1, "cannot create the folder /dev/null/x"),
    ],
)
def test_boot_parameters_explains_what_went_wrong(tree, arguments, status, message):
    result = run(tree / "autoconf/clusterdisc-boot-parameters", *arguments)
    assert result.returncode == status
    assert message in result.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--nonsense"], 2, "Try clusterdisc-status --help"),
        (["argument"], 2, "unexpected argument argument"),
        (["--wait-for-address", "soon"], 2, "a whole number of seconds from 0 to 3600"),
        (["--wait-for-address", "3601"], 2, "a whole number of seconds from 0 to 3600"),
        (["--release", "/"], 1, "cannot read /"),
        (["--live", "--json"], 2, "does not go with --json"),
        (["--live"], 1, "needs a terminal"),
    ],
)
def test_status_explains_what_went_wrong(tree, arguments, status, message):
    result = run(tree / "autoconf/clusterdisc-status", *arguments, stdin=subprocess.DEVNULL)
    assert result.returncode == status
    assert message in result.stderr


def test_status_fails_when_it_cannot_write(tree):
    with open("/dev/full", "w", encoding="ascii") as full:
        result = subprocess.run([tree / "autoconf/clusterdisc-status"], stdout=full, stderr=subprocess.PIPE, text=True,
                                timeout=60)
    assert result.returncode == 1
    assert "cannot write" in result.stderr


@pytest.mark.parametrize(
    "path", ["clusterdisc-boot-parameters", "clusterdisc-status", "tools/omnodes", "tools/showmap"])
def test_programs_tell_their_version_and_usage(tree, path):
    version = (SOURCE / "VERSION").read_text().strip()
    program = pathlib.Path(path).name
    assert run_checked(tree / "autoconf" / path, "--version").stdout == f"{program} {version}\n"
    assert run_checked(tree / "autoconf" / path, "--help").stdout.startswith(f"Usage: {program} ")


def test_status_shows_the_problems_of_the_boot(boot, tree, tmp_path):
    output = boot("cluster=lab nodeid=0").output
    (tmp_path / "release").write_text('NAME="ClusterDisc"\nVERSION="9.9"\n')
    arguments = ["--settings", output, "--release", tmp_path / "release", "--cluster-state", tmp_path]
    screen = run_checked(tree / "autoconf/clusterdisc-status", *arguments).stdout
    assert "ClusterDisc 9.9" in screen and "! nodeid=0 is not a node id" in screen and "\033" not in screen

    status = json.loads(run_checked(tree / "autoconf/clusterdisc-status", "--json", *arguments).stdout)
    assert status["version"] == "9.9"
    assert status["cluster"] == "lab"
    assert status["host_name"] == os.uname().nodename
    assert len(status["problems"]) == 1


@pytest.fixture
def run_folder(tmp_path):
    """What a node of two that runs omdiscd has in /run/openmosix."""
    replace(tmp_path / "nodes.json", nodes_json("pc-a", "pc-b"))
    replace(tmp_path / "map", "# comment\n1 10.77.0.1 1\n2 10.77.0.2 1\n")
    return tmp_path


def test_status_shows_the_cluster(tree, run_folder):
    program = [tree / "autoconf/clusterdisc-status", "--cluster-state", run_folder]
    screen = run_checked(*program).stdout
    assert "node 1, 10.77.0.1\n" in screen and "2: node1, node2\n" in screen
    status = json.loads(run_checked(*program, "--json").stdout)
    assert status["node"] == {"id": 1, "stage": "member", "address": "10.77.0.1"}
    assert [member["name"] for member in status["members"]] == ["pc-a", "pc-b"]

    replace(run_folder / "nodes.json", "[]")
    status = json.loads(run_checked(*program, "--json").stdout)
    assert status["node"] is None and "nodes.json is not as omdiscd writes it" in "".join(status["problems"])
    assert "omdiscd does not run" in run_checked(*program).stdout


def test_omnodes_and_showmap_show_the_nodes(tree, run_folder):
    tools = tree / "autoconf/tools"
    lines = run_checked(tools / "omnodes", "--run-dir", run_folder).stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [["ID", "NAME"], ["*1", "pc-a"], ["2", "pc-b"]]
    text = run_checked(tools / "omnodes", "--run-dir", run_folder, "--json").stdout
    assert text == (run_folder / "nodes.json").read_text()
    lines = run_checked(tools / "showmap", "--run-dir", run_folder).stdout.splitlines()
    assert lines[0] == "My Node-Id: 0x0001" and lines[-1].split() == ["0x0002", "10.77.0.2", "1"]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["omnodes", "--nonsense"], 2, "Try omnodes --help"),
        (["omnodes", "argument"], 2, "unexpected argument argument"),
        (["omnodes", "--json", "--watch"], 2, "does not go with --json"),
        (["omnodes", "--run-dir", "/nonexistent"], 1, "/nonexistent/nodes.json does not exist"),
        (["omnodes", "--run-dir", "/dev/null"], 1, "/dev/null/nodes.json"),
        (["showmap", "--nonsense"], 2, "Try showmap --help"),
        (["showmap", "argument"], 2, "unexpected argument argument"),
        (["showmap", "--run-dir", "/nonexistent"], 1, "not configured: /nonexistent/map does not exist"),
    ],
)
def test_tools_explain_what_went_wrong(tree, arguments, status, message):
    result = run(tree / "autoconf/tools" / arguments[0], *arguments[1:])
    assert result.returncode == status
    assert message in result.stderr


def test_showmap_names_the_line_that_is_wrong(tree, run_folder):
    replace(run_folder / "map", "# nobody yet\n")
    assert "has no nodes yet" in run(tree / "autoconf/tools/showmap", "--run-dir", run_folder).stderr
    replace(run_folder / "map", "1 10.77.0.1 1\n0 10.77.0.2 1\n")
    result = run(tree / "autoconf/tools/showmap", "--run-dir", run_folder)
    assert result.returncode == 1 and "/map:2: 0 is not a node id" in result.stderr


def test_omnodes_shows_each_change_until_nobody_reads_it(tree, tmp_path):
    folder = tmp_path / "openmosix"
    with subprocess.Popen([tree / "autoconf/tools/omnodes", "--watch", "--run-dir", folder], text=True,
                          stdout=subprocess.PIPE) as watching:
        assert "omdiscd does not run" in watching.stdout.readline()
        folder.mkdir()
        replace(folder / "nodes.json", nodes_json("pc-a", "pc-b"))
        assert watching.stdout.readline() == "\n"
        assert [watching.stdout.readline().split()[1] for _ in range(3)] == ["NAME", "pc-a", "pc-b"]
        replace(folder / "nodes.json", nodes_json("pc-a"))
        assert [watching.stdout.readline().split()[1:2] for _ in range(3)] == [[], ["NAME"], ["pc-a"]]
        watching.stdout.close()
        assert watching.wait(timeout=20) == 0


class NetworkNamespace:
    """A network of its own with one link, as root only."""

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo ready; read end"], text=True,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.holder.stdout.readline() == "ready\n"

    def command(self, *words):
        return ["nsenter", "--target", str(self.holder.pid), "--net", *map(str, words)]

    def close(self):
        self.holder.communicate(timeout=10)


@pytest.fixture
def network():
    namespace = NetworkNamespace()
    yield namespace
    namespace.close()


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")


@needs_root
def test_status_shows_an_address_as_soon_as_it_comes(tree, network):
    run_checked(*network.command("ip", "link", "add", "left", "type", "veth", "peer", "name", "right"))
    run_checked(*network.command("ip", "link", "set", "right", "up"))
    waiting = subprocess.Popen(
        network.command(tree / "autoconf/clusterdisc-status", "--json", "--wait-for-address", "60"),
        stdout=subprocess.PIPE, text=True)
    # A link that comes up has a link-local IPv6 address only, which is not enough to be told to anybody.
    run_checked(*network.command("ip", "link", "set", "left", "up"))
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(timeout=1)
    run_checked(*network.command("ip", "address", "add", "192.0.2.7/25", "dev", "left"))
    began = time.monotonic()
    status = json.loads(waiting.communicate(timeout=30)[0])
    assert time.monotonic() - began < 5
    left = next(link for link in status["links"] if link["name"] == "left")
    assert left["carrier"] and left["addresses"][0] == "192.0.2.7/25"


@needs_root
def test_status_stops_waiting_when_the_time_is_over_and_does_not_begin_without_a_link(tree, network):
    began = time.monotonic()
    status = json.loads(run_checked(*network.command(
        tree / "autoconf/clusterdisc-status", "--json", "--wait-for-address", "60")).stdout)
    assert status["links"] == [] and time.monotonic() - began < 30

    run_checked(*network.command("ip", "link", "add", "left", "type", "veth", "peer", "name", "right"))
    screen = run_checked(*network.command(
        tree / "autoconf/clusterdisc-status", "--wait-for-address", "1")).stdout
    assert "no cable" in screen and ".local" in screen


@pytest.mark.parametrize(
    ("unit", "folder"), [("clusterdisc-boot-parameters", "autoconf"), ("omdiscd", "autoconf/omdiscd")])
def test_unit_file_is_valid(unit, folder, tree, tmp_path):
    text = (ROOM / f"debian/clusterdisc-autoconf.{unit}.service").read_text()
    # The programs are not installed here, so the one path that verification looks at is that of the build.
    copy = tmp_path / f"{unit}.service"
    copy.write_text(text.replace("/usr/sbin/", f"{tree}/{folder}/"))
    result = run("systemd-analyze", "verify", "--man=no", copy)
    assert (result.returncode, result.stderr) == (0, "")
