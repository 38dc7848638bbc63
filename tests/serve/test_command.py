# SPDX-License-Identifier: GPL-2.0-or-later
"""The command clusterdisc-serve as its user types it, and its units."""

import re
import subprocess

import pytest

from clusterdisc_serve import command_line
from serve.room import COMMAND, REPOSITORY

PACKAGE = REPOSITORY / "serve/debian"
UNITS = sorted(PACKAGE.glob("*.service"))


def run(*words):
    return subprocess.run([COMMAND, *words], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("words, named", [
    (["begin"], "begin"), (["admit", "0"], "minutes from 1 to 1440"), (["admit", "1e3"], "1e3"), (["admit", "1441"], "1441"),
    (["wake"], "all|NODE"), (["wake", "everyone"], "neither all nor a node id"), (["status", "now"], "now"), (["--verbose"], "--verbose"),
], ids=str)
def test_wrong_usage_is_named(words, named):
    done = run(*words)
    assert done.returncode == 2 and done.stdout == "", done
    assert done.stderr.startswith("error: ") and named in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("verb", ["status", "admit", "close"])
def test_a_node_that_does_not_serve_says_how_to_begin(verb):
    done = run(verb)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: this node does not serve; start it: sudo clusterdisc-serve start\n"


def test_waking_a_pc_that_is_not_known():
    done = run("wake", "65534")
    assert done.returncode == 1 and "node 65534" in done.stderr


def test_help_and_manual_name_every_verb():
    shown, manual = run("--help").stdout, (REPOSITORY / "serve/clusterdisc-serve.8").read_text()
    # start, stop, status and close stand in one line of the manual's synopsis, and each has a paragraph.
    for verb in ("start", "stop", "status", "admit", "close", "wake"):
        assert re.search(rf"^    {verb} ", shown, re.MULTILINE), verb
        assert re.search(rf"^\.(B|BI|BR) \"?{verb}\b", manual, re.MULTILINE), verb
    assert set(command_line._VERBS) == {"start", "stop", "status", "admit", "close", "wake", "run"}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_accepts_the_unit(unit, tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    copy = tmp_path / unit.name.removeprefix("clusterdisc-serve.")
    copy.write_text(re.sub(r"^ExecStart=\S+", f"ExecStart={program}", unit.read_text(), flags=re.MULTILINE))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == "", done.stderr


def test_both_units_are_found():
    assert len(UNITS) == 2
