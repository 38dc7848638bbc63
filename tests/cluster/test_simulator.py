# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent's own code on a virtual network: disturbances that no test bed makes, and thousands of them."""

import json
import os
import subprocess

import pytest

# `make soak` takes more.
SEEDS = int(os.environ.get("CLUSTERDISC_SEEDS", "1000"))


@pytest.fixture
def simulator(programs):
    """Runs the simulator and returns what it prints; it must keep all promises."""

    def run(*arguments):
        result = subprocess.run([programs / "autoconf/simulator/omdiscd-simulator", *map(str, arguments)],
                                capture_output=True, text=True, timeout=1500)
        # A failing seed is in the output; it fails again when given alone.
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    return run


def test_random_scenarios_keep_all_promises(simulator):
    assert simulator("random", "--seed", 1, "--count", SEEDS).endswith(f"{SEEDS} seeds, 0 broke a promise\n")


def test_a_seed_always_gives_the_same_run(simulator, monkeypatch):
    monkeypatch.setenv("OMDISCD_SIMULATOR_LOG", "1")
    arguments = ("boot", "--seed", 7, "--nodes", 30)
    assert simulator(*arguments) == simulator(*arguments)


def test_two_hundred_nodes_that_are_switched_on_agree_within_seconds_of_the_last(simulator):
    result = json.loads(simulator("boot", "--nodes", 200, "--seconds", 10))
    assert 0 < result["agreed_after_seconds"] < 20
