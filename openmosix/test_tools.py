# SPDX-License-Identifier: GPL-2.0-or-later
"""migrate, mosrun and mps as far as nothing moves. (What moves: tests/migration.)"""

import json
import os
import pwd
import re
import subprocess
from pathlib import Path

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


def hints_of(omd, tool, *words) -> dict:
    """What counts for a command that is run so."""
    result = omd.tool(tool, *words, "sh", "-c", "echo $$; read wait", keeps=True)
    with result:
        pid = int(result.stdout.readline())
        answer = omd.ask({"request": "hint", "pid": pid})
        result.communicate("\n", timeout=SOON)
    assert answer.pop("ok"), answer
    return answer


USUAL = {"lock": "off", "job": "unknown", "decay": "usual", "nodes": "all"}


@pytest.mark.parametrize(("words", "hints"), [
    (("mosrun", "-h"), {"lock": "on"}), (("mosrun", "-h", "-l"), {}), (("mosrun", "-h", "-k"), {}),
    (("nomig",), {"lock": "on"}), (("runhome",), {"lock": "on"}), (("runhome", "-l"), {}),
    (("cpujob", "-h"), {"lock": "on", "job": "cpu"}), (("iojob",), {"job": "io"}),
    (("nodecay", "-h", "-k"), {"decay": "none"}), (("slowdecay", "-h", "-k"), {"decay": "slow"}),
    (("fastdecay", "-h", "-k"), {"decay": "fast"}), (("mosrun", "-h", "-k", "-m", "2-4,7"), {"nodes": "2-4,7"})])
def test_mosrun_and_its_other_names_set_hints(words, hints, omd):
    assert hints_of(omd, *words) == USUAL | hints


def test_runon_asks_for_the_node(omd):
    result = omd.tool("runon", 2, "true")
    assert result.returncode == 0, result.stderr
    (told,) = omd.notes("told")
    assert (told["told"]["node"], told["told"]["at"]) == (2, "exec")
    assert omd.tool("runon", "true").returncode == 2


def test_children_have_the_hints_of_their_parents_also_after_omd_was_started_again(omd):
    with omd.tool("mosrun", "-h", "-c", "sh", "-c", "sleep 600 & echo $!; read wait; kill $!", keeps=True) as result:
        child = int(result.stdout.readline())
        for _ in range(2):
            answer = omd.ask({"request": "hint", "pid": child})
            assert (answer["lock"], answer["job"]) == ("on", "cpu")
            omd.stop()
            omd.start()
        assert omd.ask({"request": "hint", "pid": child, "lock": "off"})["lock"] == "off"
        assert omd.ask({"request": "hint", "pid": result.pid})["lock"] == "on"
        result.communicate("\n", timeout=SOON)


def test_a_process_runs_on_allowed_nodes_alone(omd, process):
    omd.write_map({1: "127.0.0.1", 2: "127.0.0.2", 3: "127.0.0.3"})
    wait_until(lambda: omd.ask({"request": "status"})["members"] == "1-3", SOON, "the new map is read")
    assert omd.ask({"request": "hint", "pid": process.pid, "nodes": "3"})["ok"]
    assert "it may not run on node 2" in omd.move(process.pid, "2")["reason"]
    assert omd.move(process.pid, "3")["ok"] and omd.move(process.pid, "home")["ok"]
    assert omd.ask({"request": "hint", "pid": process.pid, "nodes": "all"})["ok"]
    assert omd.move(process.pid, "2")["ok"]


def test_migrate_locks_a_process(omd, process):
    for word, lock in (("lock", "on"), ("unlock", "off")):
        assert omd.tool("migrate", process.pid, word).returncode == 0
        assert omd.ask({"request": "hint", "pid": process.pid})["lock"] == lock
    result = omd.tool("migrate", process.pid, "lock", user=NOBODY)
    assert result.returncode == 1 and "may not move it" in result.stderr


def test_others_do_not_set_hints(omd, process):
    result = omd.tool("mosctl", "block", user=NOBODY)
    assert result.returncode == 1 and "only root may set" in result.stderr
    assert omd.ask({"request": "hint", "pid": process.pid})["ok"]


def test_a_node_that_does_not_answer_is_no_reason_to_fail_with_f(omd):
    assert omd.tool("mosrun", "-9", "true").returncode == 125
    assert omd.tool("mosrun", "-F", "-9", "true").returncode == 0
    omd.stop()
    assert omd.tool("mosrun", "-F", "-2", "true").returncode == 0
    assert omd.tool("nomig", "true").returncode == 0
    assert omd.tool("iojob", "true").returncode == 0


def test_the_command_may_have_another_name_for_itself(omd):
    result = omd.tool("mosrun", "-h", "-z", "/bin/sh", "other", "-c", "echo $0")
    assert (result.returncode, result.stdout) == (0, "other\n"), result.stderr


def test_setpe_prints_and_checks_maps(omd, folder):
    result = omd.tool("setpe", "-r")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[:2] == ["This is openMosix node #1", "Network protocol: 2 (AF_INET)"]
    assert lines[2].split() == "openMosix range 1-1 begins at 127.0.0.1".split() and lines[-1] == "Total configured: 2"
    (folder / "map").write_text("1 192.0.2.1 3\n")
    (folder / "wrong").write_text("1 192.0.2.1 3\nx\n")
    assert (omd.tool("setpe", "-c", "-f", folder / "map").returncode, omd.tool("setpe", "-c", "-f", folder / "none").returncode) == (0, 1)
    result = omd.tool("setpe", "-c", "-f", folder / "wrong")
    assert result.returncode == 1 and f"{folder}/wrong:2: " in result.stderr
    for words in (["-w"], ["-W", "-p", 3, "-f", folder / "map"], ["-off"]):
        result = omd.tool("setpe", *words)
        assert result.returncode == 1 and "omdiscd" in result.stderr
    for words in ([], ["-x"], ["-f"]):
        assert omd.tool("setpe", *words).returncode == 2


def test_mtop_prints_all_processes_that_there_are(omd):
    result = omd.tool("mtop", "-b", "-n", "1")
    assert result.returncode == 0, result.stderr
    heading, *lines = result.stdout.splitlines()
    assert heading.split()[:3] == ["PID", "USER", "NODE"]
    assert str(os.getpid()) in {line.split()[0] for line in lines if line}
    empty = omd.tool("mtop", "-b", "-n", "1", "--moved")
    assert (empty.returncode, empty.stdout) == (0, f"{heading}\n\n")


def test_bash_completes_the_tools(omd):
    script = Path(__file__).parent / "tools/mosctl.bash-completion"

    def complete(function: str, *words: str) -> list[str]:
        line = " ".join(f"'{word}'" for word in words)
        command = (f"source '{script}'; mosctl() {{ printf '1\\n2\\n'; }}; COMP_WORDS=({line}); "
                   f"COMP_CWORD={len(words) - 1}; _clusterdisc_{function}; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
        return subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True).stdout.split()

    assert complete("mosctl", "mosctl", "exp") == ["expel"]
    assert complete("mosctl", "mosctl", "getload", "") == ["1", "2"]
    assert complete("migrate", "migrate", "1", "ho") == ["home"]
    assert "-2" in complete("mosrun", "mosrun", "-")
    assert complete("mosrun", "runon", "2") == ["2"]
    assert complete("options", "mps", "--j") == ["--json"]
    assert str(os.getpid()) in complete("mosctl", "mosctl", "why", "")
    usage = omd.tool("mosctl", "--help").stdout
    described = set(re.findall(r"(?:^  |(?<=, ))((?:--)?[a-z][a-z-]+)", "\n".join(
        line[:23] for line in usage.splitlines() if line.startswith("  ")), re.MULTILINE))
    assert set(complete("mosctl", "mosctl", "")) == described
    for tool in ("mosmon", "mps", "mtop", "setpe"):
        options = set(re.findall(r"^  .*?(--[a-z-]+)", omd.tool(tool, "--help").stdout, re.MULTILINE))
        assert options and options <= set(complete("options", tool, "-"))
    lines = [line[:23] for line in omd.tool("mosrun", "--help").stdout.splitlines() if "do nothing" not in line]
    options = set(re.findall(r"(?:^  |, )(-[a-zA-Z]\b|--[a-z-]+)", "\n".join(lines), re.MULTILINE))
    assert options and options <= set(complete("mosrun", "mosrun", "-"))


def test_one_page_names_all_others(programs):
    overview = next(programs["mosctl"].parent.glob("**/openmosix.7")).read_text()
    sources = Path(__file__).parent
    for page in [*sources.glob("*/*.[158]")]:
        names, purpose = re.search(r"^\.SH NAME\n(.*) \\- (.*)$", page.read_text(), re.MULTILINE).groups()
        entry = f' "({page.suffix[1:]}), " '.join(names.split(", "))
        assert f"\n.TP\n.BR {entry} ({page.suffix[1:]})\n{purpose}\n" in overview, page
    assert overview.count("\n.TP\n") == len([*sources.glob("*/*.[158]")])


@pytest.mark.parametrize("words", [("migrate",), ("migrate", "x", "2"), ("migrate", "1", "2", "3"), ("mosrun",),
                                   ("mosrun", "-x", "true"), ("mosctl",), ("mosctl", "halt"), ("mps", "now"), ("mps", "--no-such-option"),
                                   ("mosmon", "now"), ("mtop", "-x")])
def test_wrong_usage_has_its_own_status(words, omd):
    result = omd.tool(*words)
    assert result.returncode == 2 and result.stderr


def test_tools_say_that_omd_is_not_there(omd):
    omd.stop()
    for words in (("migrate", 1, "2"), ("mps",), ("mtop", "-b")):
        result = omd.tool(*words)
        assert result.returncode == 1 and "is it running?" in result.stderr
    assert omd.tool("mosrun", "true").returncode == 125
    assert omd.tool("mosrun", "-h", "true").returncode == 0
