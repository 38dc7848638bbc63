# SPDX-License-Identifier: GPL-2.0-or-later
"""omd as far as nothing moves: its control socket, its peers, its choice of nodes. (What moves: tests/migration.)"""

import contextlib
import json
import os
import pwd
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
from pathlib import Path

import pytest

from migration.handshake import connect_as_root
from procfs import stat_field
from qemu.deadline import wait_until

SOON = 30.0
NOBODY, NOGROUP = pwd.getpwnam("nobody")[2:4]
NODE_1, NODE_2 = "127.0.0.1", "127.0.0.2"
# More connections than one node may have that say nothing (openmosix/omd/peer_listener.cc).
MANY = 20

pytestmark = [
    pytest.mark.xdist_group("openmosix"),
    pytest.mark.skipif(os.geteuid() != 0, reason="omd needs root"),
]


def test_status_says_who_it_is(omd):
    status = omd.ask({"request": "status"})
    assert (status["ok"], status["node"], status["listen"], status["members"]) == (True, 1, f"127.0.0.1:{omd.port}", "1, 2")
    assert (status["processes"], status["guests"], status["nomigrate"]) == (0, 0, False)


def test_a_new_map_counts_at_once(omd, process):
    omd.write_map({1: NODE_1, 7: "127.0.0.7"})
    wait_until(lambda: omd.ask({"request": "status"})["members"] == "1, 7", SOON, "the new map is read")
    omd.write_map({7: "127.0.0.7"})
    wait_until(lambda: omd.ask({"request": "status"})["node"] is None, SOON, "it is no member any more")
    assert "not in" in omd.move(process.pid, "7")["reason"]


def test_a_move_is_passed_on_to_a_new_supervisor(omd, process):
    assert omd.tool("migrate", process.pid, "2").returncode == 0
    (start,) = omd.notes("role")
    assert (start["role"], start["options"]["--pid"], start["options"]["--node"]) == ("home", str(process.pid), "1")
    assert start["descriptors"] == [0, 1, 2, 3] and start["session"] and start["size_of_keys"] > 0
    (told,) = omd.notes("told")
    assert told["told"] == {"command": "migrate", "node": 2, "address": "127.0.0.2", "port": omd.port, "at": "now",
                            "uid": 0, "gid": 0, "groups": os.getgroups()}


def test_a_supervisor_that_is_there_is_used(omd, process):
    omd.behave("stay")
    for to in ("2", "2", "home"):
        assert omd.move(process.pid, to) == {"ok": True}
    assert [note["told"]["command"] for note in omd.notes("told")] == ["migrate", "migrate", "home"]
    assert len(omd.notes("role")) == 1


def test_moves_follow_each_other_as_supervisors_come_and_go(omd, process):
    for _ in range(10):
        assert omd.move(process.pid, "2") == {"ok": True}
    assert len(omd.notes("told")) == 10


def test_simultaneous_moves_start_one_supervisor(omd, process):
    omd.behave("stay")
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(omd.move(process.pid, "2"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [{"ok": True}] * 8
    assert len(omd.notes("role")) == 1
    assert omd.move(process.pid, "home") == {"ok": True}


def test_a_refusal_comes_back(omd, process):
    omd.behave("refuse")
    result = omd.tool("migrate", process.pid, "2")
    assert (result.returncode, result.stderr) == (1, f"migrate: process {process.pid}: it cannot move: threads\n")


def test_a_supervisor_that_ends_silently_is_an_error(omd, process):
    omd.behave("silent")
    assert "without an answer" in omd.move(process.pid, "2")["reason"]


def test_supervisors_outlive_omd(omd, process):
    omd.behave("stay")
    assert omd.move(process.pid, "2") == {"ok": True}
    omd.stop()
    assert not (omd.run / "omd.sock").exists()
    omd.start()
    assert omd.move(process.pid, "home") == {"ok": True}
    assert len(omd.notes("role")) == 1


def test_home_is_where_it_is(omd, process):
    assert omd.move(process.pid, "home") == omd.move(process.pid, "1") == {"ok": True}
    assert omd.notes("role") == []


def test_an_open_file_goes_to_the_supervisor(omd, process, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = omd.tool("migrate", process.pid, "file", "image")
    assert result.returncode == 0, result.stderr
    (told,) = omd.notes("told")
    assert told["told"] == {"command": "file", "path": f"{tmp_path}/image", "uid": 0, "gid": 0,
                            "groups": os.getgroups()}
    assert (tmp_path / "image").read_text() == "an image" and (tmp_path / "image").stat().st_mode & 0o777 == 0o600


def test_nothing_is_left_of_a_file_that_is_refused(omd, process, tmp_path):
    omd.behave("refuse")
    (tmp_path / "image").write_text("an older one")
    assert omd.tool("migrate", process.pid, "file", tmp_path / "image").returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == ["image"]
    assert (tmp_path / "image").read_text() == "an older one"


def test_a_file_that_is_only_named_is_refused(omd, process):
    answer = omd.ask({"request": "migrate", "pid": process.pid, "to": "file", "file": "/srv/image"})
    assert not answer["ok"] and "without the open file" in answer["reason"]


@pytest.mark.parametrize(("to", "reason"), [("9", "node 9 is not in the node map: known are 1, 2"),
                                            ("nowhere", "nowhere is no place to move to"), ("0", "no place to move to"),
                                            ("-1", "no place to move to")])
def test_places_that_are_none_are_refused(to, reason, omd, process):
    assert reason in omd.move(process.pid, to)["reason"]


def test_processes_that_do_not_move_are_refused(omd):
    assert "no such process" in omd.move(2**22 + 1, "2")["reason"]
    assert "part of omd" in omd.move(omd.process.pid, "2")["reason"]
    (omd.run / f"guests/{os.getpid()}.json").write_text('{"home": 2, "home_pid": 77}')
    assert "guest from node 2, where it is process 77" in omd.move(os.getpid(), "2")["reason"]


def test_only_root_and_the_owner_move_a_process(omd, process):
    result = omd.tool("migrate", process.pid, "2", user=NOBODY)
    assert result.returncode == 1 and f"user {NOBODY} may not move it" in result.stderr
    with subprocess.Popen(["sleep", "600"], user=NOBODY, group=NOGROUP, extra_groups=[4]) as own:
        try:
            result = omd.tool("migrate", own.pid, "2", user=NOBODY, group=NOGROUP)
            assert result.returncode == 1 and "group 4" in result.stderr
            result = omd.tool("migrate", own.pid, "2", user=NOBODY, group=NOGROUP, extra_groups=[4, 20])
            assert result.returncode == 0, result.stderr
        finally:
            own.kill()
    (told,) = omd.notes("told")
    assert [told["told"][key] for key in ("uid", "gid", "groups")] == [NOBODY, NOGROUP, [4, 20]]


def test_only_root_says_what_a_process_has_used_elsewhere(omd, process):
    request = {"request": "time", "pid": process.pid, "start": int(stat_field(process.pid, 22)), "user": 1, "system": 1}
    assert omd.ask(request)["ok"]
    assert not omd.ask(request | {"user": -1})["ok"]
    ask = ("import socket, sys; omd = socket.socket(socket.AF_UNIX); omd.connect(sys.argv[1]);"
           "omd.sendall(sys.argv[2].encode()); print(omd.recv(65536).decode())")
    answer = subprocess.run([sys.executable, "-c", ask, omd.run / "omd.sock", json.dumps(request) + "\n"], check=True,
                            user=NOBODY, group=NOGROUP, extra_groups=[], capture_output=True, text=True, timeout=SOON)
    assert "only root" in json.loads(answer.stdout)["reason"]


@pytest.mark.parametrize("data", [b"\n", b"[]\n", b"\xff\xfe\n", b'{"request":"halt"}\n', b'{"request":"migrate"}\n',
                                  b"x" * 100_000, b"[" * 65_000 + b"\n"])
def test_wrong_requests_are_refused(data, omd):
    answer = json.loads(omd.send(data))
    assert not answer["ok"] and answer["reason"]
    assert omd.ask({"request": "status"})["ok"]


def test_one_who_says_nothing_is_sent_away(omd):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(SOON)
        connection.connect(str(omd.run / "omd.sock"))
        assert connection.recv(1) == b""


def test_a_second_omd_is_refused(omd):
    result = subprocess.run([omd.binary, "--run-dir", omd.run, "--key-file", omd.run.parent / "key"],
                            capture_output=True, text=True, timeout=SOON)
    assert result.returncode == 1 and "another omd" in result.stderr
    assert omd.ask({"request": "status"})["ok"]


class TestPeers:
    """What comes over the network."""

    @staticmethod
    def connect(omd, data: bytes, source: str = NODE_2) -> bytes:
        """Sends DATA from an address; all that comes back until omd ends the connection."""
        with connect_as_root(omd.address, omd.port, SOON, source) as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(data)
                return b"".join(iter(lambda: connection.recv(65536), b""))
            return b""

    def test_a_stranger_is_turned_away(self, omd):
        assert self.connect(omd, b"M", source="127.0.0.9") == b""
        assert omd.notes("role") == []
        assert "127.0.0.9, which is not in the node map" in omd.log()

    def test_a_user_of_a_member_is_not_read(self, omd):
        with socket.create_connection((omd.address, omd.port), timeout=SOON, source_address=(NODE_2, 0)) as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(b"M")
                assert connection.recv(1) == b""
        assert omd.notes("role") == []

    def test_a_member_gets_a_supervisor(self, omd):
        assert self.connect(omd, b"M") == b"here\n"
        (start,) = omd.notes("role")
        options = start["options"]
        assert (start["role"], options["--peer-node"], options["--node"], options["--socket"]) == ("guest", "2", "1", "3")
        assert options["--guest-user"] == "nobody" and start["descriptors"] == [0, 1, 2, 3]
        assert start["size_of_keys"] > 0

    def test_peers_that_are_refused_do_not_flood_the_log(self, omd):
        omd.behave("refuse")
        began = time.monotonic()
        for _ in range(MANY):
            self.connect(omd, b"M")
        wait_until(lambda: len(omd.notes("role")) == MANY and "it is not believed" in omd.log(), SOON, "all were refused")
        # There is one line a minute, with their number.
        lines = omd.log().count("it is not believed")
        assert lines <= 1 + int((time.monotonic() - began) / 60), omd.log()

    def test_one_node_does_not_take_all_places(self, omd):
        with contextlib.ExitStack() as held:
            for _ in range(MANY):
                connection = held.enter_context(connect_as_root(omd.address, omd.port, SOON, NODE_2))
            with contextlib.suppress(ConnectionError):
                assert connection.recv(1) == b""
            assert "too many others have not said what they want" in omd.log()
            assert self.connect(omd, b"M", source=NODE_1) == b"here\n"

    @pytest.mark.parametrize("data", [b"GET / HTTP/1.0\r\n\r\n", b"Q" + b"\0" * 200, b"Q"[:0]])
    def test_one_that_speaks_otherwise_is_turned_away(self, data, omd):
        assert self.connect(omd, data) == b""
        assert omd.notes("role") == []
        assert omd.ask({"request": "status"})["ok"]

    def test_a_node_that_takes_no_guests_starts_no_supervisor(self, omd, process):
        omd.configure("nomigrate = true\n")
        omd.process.send_signal(signal.SIGHUP)
        wait_until(lambda: omd.ask({"request": "status"})["nomigrate"], SOON, "the configuration is read again")
        assert self.connect(omd, b"M" + b"\0" * 48) == b""
        assert omd.notes("role") == []
        assert "nomigrate is set" in omd.move(process.pid, "2")["reason"]


class TestBalance:
    """The choice of a node, between two daemons."""

    def test_the_only_candidate_is_taken(self, omd, other_omd, process):
        assert omd.move(process.pid, "balance", among="2") == {"ok": True}
        (told,) = omd.notes("told")
        assert told["told"]["node"] == 2

    def test_a_node_that_is_off_is_no_choice(self, omd, process):
        assert omd.move(process.pid, "balance") == {"ok": True}
        assert omd.notes("told") == []
        assert "no node was found" in omd.move(process.pid, "balance", among="2-9")["reason"]

    def test_a_node_with_another_key_is_no_choice(self, omd, other_omd, process):
        (other_omd.run.parent / "key").write_text("00" * 32 + "\n")
        other_omd.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "read again" in other_omd.log(), SOON, "the new key is read")
        assert "no node was found" in omd.move(process.pid, "balance", among="2")["reason"]

    def test_a_node_that_takes_no_guests_is_no_choice(self, omd, other_omd, process):
        other_omd.configure("nomigrate = true\n")
        other_omd.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "read again" in other_omd.log(), SOON, "the configuration is read")
        assert "no node was found" in omd.move(process.pid, "balance", among="2")["reason"]


def test_the_unit_file_is_valid(programs, tmp_path):
    text = (Path(__file__).parent / "debian/clusterdisc-openmosix.omd.service").read_text()
    # The program is not installed here, so the one path that verification looks at is that of the build.
    unit = tmp_path / "omd.service"
    unit.write_text(text.replace("/usr/sbin/omd", str(programs["omd"])))
    result = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_unit_that_empties_the_node_is_valid_and_stops_before_omd(programs, tmp_path):
    text = (Path(__file__).parent / "debian/clusterdisc-openmosix.omd-leave.service").read_text()
    unit = tmp_path / "omd-leave.service"
    unit.write_text(text.replace("/usr/bin/mosctl", str(programs["mosctl"])))
    result = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    lines = text.splitlines()
    # systemd stops in reverse order; what is started again must not stop it.
    assert "After=omd.service omdiscd.service network.target" in lines
    assert not any(line.startswith(("PartOf=", "Requires=", "BindsTo=")) for line in lines)


def test_the_unit_is_confined_as_far_as_it_can_be(tmp_path):
    unit = tmp_path / "omd.service"
    unit.write_text((Path(__file__).parent / "debian/clusterdisc-openmosix.omd.service").read_text())
    # In tenths; what stands in the way of less is in the unit.
    result = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=85", unit], capture_output=True,
                            text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_the_package_makes_the_user_that_its_configuration_gives_to_guests(tmp_path):
    folder = Path(__file__).parent / "omd"
    (tmp_path / "etc").mkdir()
    subprocess.run(["systemd-sysusers", f"--root={tmp_path}", folder / "clusterdisc-openmosix.conf"], check=True,
                   capture_output=True)
    user = tomllib.loads((folder / "omd.toml").read_text())["guest_user"]
    name, _, number, _, _, _, shell = next(line for line in (tmp_path / "etc/passwd").read_text().splitlines()
                                           if line.startswith(f"{user}:")).split(":")
    assert name == user and 0 < int(number) < 1000 and shell.endswith("nologin")
