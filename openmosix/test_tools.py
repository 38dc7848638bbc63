# SPDX-License-Identifier: GPL-2.0-or-later
"""migrate, mosrun and mps as far as nothing moves. (What moves: tests/migration.)"""

import json
import os
import pwd

import pytest

from procfs import stat_field
from qemu.deadline import wait_until

SOON = 30.0
NOBODY = pwd.getpwnam("nobody").pw_uid

pytestmark = [
    pytest.mark.xdist_group("openmosix"),
    pytest.mark.skipif(os.geteuid() != 0, reason="omd needs root"),
]


def test_mosrun_asks_for_itself_and_becomes_the_command(omd):
    result = omd.tool("mosrun", "-2", "sh", "-c", "echo $$; exit 7")
    assert result.returncode == 7, result.stderr
    (start,) = omd.notes("role")
    (told,) = omd.notes("told")
    assert start["options"]["--pid"] == result.stdout.strip()
    assert (told["told"]["node"], told["told"]["at"]) == (2, "exec")


def test_mosrun_does_not_run_what_is_refused(omd, folder):
    result = omd.tool("mosrun", "-9", "touch", folder / "ran")
    assert result.returncode == 125 and "node 9 is not in the node map" in result.stderr
    assert not (folder / "ran").exists()


def test_mps_lists_what_supervisors_say(omd):
    start = int(stat_field("self", 22))
    state = {"pid": os.getpid(), "name": "sort", "uid": NOBODY, "home": 1, "home_pid": os.getpid(), "node": 2,
             "state": "away", "reason": "", "moves": 3, "calls": 0, "supervisor": os.getpid(), "supervisor_start": start}
    (omd.run / "processes/new").write_text(json.dumps(state))
    (omd.run / "processes/new").rename(omd.run / f"processes/{os.getpid()}.json")
    (omd.run / "guests/5.json").write_text(json.dumps({**state, "pid": 5, "supervisor_start": 1}))
    wait_until((omd.run / "busy").exists, SOON, "the node is busy")
    assert json.loads(omd.tool("mps", "--json").stdout) == {"processes": [state], "guests": []}
    assert not (omd.run / "guests/5.json").exists(), "what a dead supervisor left is swept"
    heading, line = (line.split() for line in omd.tool("mps").stdout.splitlines())
    assert heading == ["PID", "HOME", "NODE", "STATE", "MOVES", "CANTMOVE", "USER", "TIME", "COMMAND"]
    assert line[:7] == [str(os.getpid()), "1", "2", "away", "3", "-", "nobody"] and line[8] == "sort"
    (omd.run / f"processes/{os.getpid()}.json").unlink()
    wait_until(lambda: not (omd.run / "busy").exists(), SOON, "the node is not busy")


def test_mps_says_of_all_processes_why_they_stay(omd):
    result = json.loads(omd.tool("mps", "-a", "--json").stdout)
    (init,) = (entry for entry in result["others"] if entry["pid"] == 1)
    assert (init["state"], init["home"]) == ("here", 1) and init["reason"].startswith("system")
    assert len(omd.tool("mps", "-a").stdout.splitlines()) > 1


@pytest.mark.parametrize("words", [("migrate",), ("migrate", "x", "2"), ("migrate", "1", "2", "3"), ("mosrun",),
                                   ("mosrun", "-x", "true"), ("mps", "now"), ("mps", "--no-such-option")])
def test_wrong_usage_has_its_own_status(words, omd):
    result = omd.tool(*words)
    assert result.returncode == 2 and result.stderr


def test_tools_say_that_omd_is_not_there(omd):
    omd.stop()
    for words in (("migrate", 1, "2"), ("mps",)):
        result = omd.tool(*words)
        assert result.returncode == 1 and "is it running?" in result.stderr
    assert omd.tool("mosrun", "true").returncode == 125
    assert omd.tool("mosrun", "-h", "true").returncode == 0
