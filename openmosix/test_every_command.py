# SPDX-License-Identifier: GPL-2.0-or-later
"""Each word that a tool takes is used with an omd that lives: what the sources have and ANSWERS has not is an error."""

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

ROOM = Path(__file__).parent
PID = "PID"
IMAGE = "IMAGE"
NUMBER = r"\d+\n"
VERSION = r"{} \d\S*\n"
USAGE = r"Usage: {}(.|\n)*"

pytestmark = [
    pytest.mark.xdist_group("openmosix"),
    pytest.mark.skipif(os.geteuid() != 0, reason="omd needs root"),
]


class Answer(NamedTuple):
    """To a command line: its status, and what it writes."""

    line: str
    pattern: str = ""
    status: int = 0


def here(options: str) -> Answer:
    """Of mosrun, which runs a command on this node."""
    return Answer(f"{options} echo done", "done\n")


ANSWERS = {
    "mosctl": [
        *(Answer(f"{word} 2", NUMBER) for word in ("getload", "getspeed", "getmem", "getfree", "getutil")),
        Answer("stay", "automatic load-balancing disabled.\n"), Answer("nostay", "automatic load-balancing enabled.\n"),
        *(Answer(f"{position}{switch}", r".+\n") for switch in ("lstay", "block", "quiet") for position in ("", "no")),
        Answer("expel", "All remote processes were expelled.*\n"),
        Answer("bring", "All local processes were brought home.*\n"),
        Answer("status", r"(.|\n)*block(.|\n)*"), Answer("isup 2", "yes\n"), Answer("setspeed 12345"),
        Answer("getspeed", "12345\n"), Answer("getyard", r".+\n(.|\n)*"), Answer("nodes", "1\n2\n"),
        Answer("whois 127.0.0.2", "This is openMosix #2\n"),
        Answer("why", r".*(balanced|runnable).*\n(.|\n)*"), Answer(f"why {PID}", r".*(balanced|process).*\n(.|\n)*"),
        *(Answer(word, "mosctl: the.*\n", 1) for word in ("mfs", "nomfs", "setyard this", "gettune", "getdecay", "setdecay 1"))],
    "mosrun": [
        *map(here, ("-h", "-h -l", "-h -L", "-h -k", "-h -c", "-i", "-h -n", "-h -s", "-h -f", "-h -t 1", "-h -d 1", "-h -e",
                    "-h -E", "-h -r", "-h -R", "-h -m all", "-F -b", "-F -j 1-2")),
        Answer("-h -z sh name -c 'echo $0'", "name\n"), Answer("--version", VERSION), Answer("--help", USAGE)],
    "setpe": [
        Answer("-r", "This is openMosix node #1\n(.|\n)*"), Answer("-c -f RUN/map"),
        *(Answer(line, "setpe: .*omdiscd.*\n", 1) for line in ("-w -p 1", "-W -g 1", "-off -n name")),
        Answer("--version", VERSION), Answer("--help", USAGE)],
    "mps": [
        Answer("-a", "(.|\n)*\\bPID\\b(.|\n)*"), Answer("--all --json", r'\{(.|\n)*"others"(.|\n)*'),
        Answer("--version", VERSION), Answer("--help", USAGE)],
    "migrate": [
        Answer(f"{PID} lock"), Answer(f"{PID} unlock"), Answer(f"{PID} 2"), Answer(f"{PID} home"), Answer(f"{PID} balance"),
        Answer(f"{PID} file {IMAGE}"), Answer("--version", VERSION), Answer("--help", USAGE)],
    "mosmon": [
        # Which picture each is: monitor/monitor_options_test.cc and tests/migration/test_monitor.py.
        *(Answer(f"{option} +2", "mosmon: .* must be a terminal.*\n", 1) for option in (
            *(f"-{letter}" for letter in "lLsmruwvVadt"), "-F 1", "--delay 1")),
        *(Answer(option, USAGE) for option in ("-h", "-H", "--help")), Answer("--version", VERSION)],
    "mtop": [
        *(Answer(f"-b {options}", "(.|\n)*\\bPID\\b(.|\n)*") for options in (
            "-n 1", "-a -n 1", "-d 1 -n 1", "--batch --count 1 --delay 1 --all", "--moved -n 1")),
        Answer("-b --json", "mtop: .*mps --json.*\n(.|\n)*", 2), Answer("--version", VERSION), Answer("--help", USAGE)],
}
# Where the words are in the sources, and what is put before them.
SOURCES = {
    "mosctl": [("tools/mosctl_options.cc", r'\{"(\w+)", Action::', ""), ("control/node_switches.cc", r'NodeSwitch::\w+, "(\w+)"', ""),
               ("control/node_switches.cc", r'NodeSwitch::\w+, "(\w+)"', "no")],
    "mosrun": [("tools/mosrun_options.cc", r"case '(\w)':", "-"), ("tools/mosrun_options.cc", r'word == "--(\w+)"', "--")],
    "setpe": [("tools/setpe_main.cc", r'word == "(-[\w-]+)"', "")],
    "mps": [("tools/mps_main.cc", r'\{"([\w-]+)", \w+_argument', "--"), ("tools/mps_main.cc", r"case '(\w)':", "-")],
    "migrate": [("tools/migrate_main.cc", r"migrate \[OPTION\]\.\.\. PID ([a-z]+)", ""),
                ("tools/migrate_main.cc", r'\{"([\w-]+)", \w+_argument', "--")],
    "mosmon": [("monitor/mosmon_options.cc", r'\{"([\w-]+)", \w+_argument', "--"), ("monitor/mosmon_options.cc", r"case '(\w)':", "-")],
    "mtop": [("monitor/mtop_options.cc", r'\{"([\w-]+)", \w+_argument', "--"), ("monitor/mtop_options.cc", r"case '(\w)':", "-")],
}
# Used by every test, as is its variable.
EVERYWHERE = "--run-dir"


@pytest.mark.parametrize("tool", SOURCES)
def test_no_word_of_a_tool_is_left_out(tool):
    used = {word for answer in ANSWERS[tool] for word in answer.line.split()}
    for file, pattern, before in SOURCES[tool]:
        words = {before + word for word in re.findall(pattern, (ROOM / file).read_text())}
        assert words and words - {EVERYWHERE} <= used


@pytest.mark.parametrize("tool", ANSWERS)
def test_each_word_does_what_it_should(tool, omd, other_omd, process, folder, programs):
    assert other_omd.ask({"request": "status"})["ok"]
    environment = {**os.environ, "OMD_RUN_DIR": str(omd.run)}
    for answer in ANSWERS[tool]:
        line = answer.line.replace(PID, str(process.pid)).replace(IMAGE, str(folder / "image")).replace("RUN", str(omd.run))
        result = subprocess.run(["sh", "-c", f"'{programs[tool]}' {line}"], capture_output=True, text=True, env=environment, timeout=60,
                                check=False)
        said = result.stderr if answer.status else result.stdout
        pattern = answer.pattern.replace("{}", tool)
        assert result.returncode == answer.status and re.fullmatch(pattern, said), (line, result)
