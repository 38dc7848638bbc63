# SPDX-License-Identifier: GPL-2.0-or-later
"""Ends, stops and signals of a process that is away appear at home as if it had never left."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from guests import build
from guests.running import ENVIRONMENT, PATIENCE
from migration.node import SOON, Refused
from qemu.deadline import wait_until

ABIS = pytest.mark.parametrize("abi", build.ABIS)


@pytest.fixture
def away_guest(abi, two_nodes, testbed):
    """A guest of the first node that runs on the second."""
    home, away = two_nodes
    guest = home.guest(build.Program("cpu", abi).build()).wait_until_ready()
    home.move(guest.pid, away)
    testbed.moves += 1
    home.wait_for_place(guest.pid, away)
    return guest


@ABIS
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGUSR1, signal.SIGRTMIN + 2])
def test_a_signal_from_home_ends_it(abi, number, away_guest, two_nodes):
    os.kill(away_guest.pid, number)
    assert away_guest.wait_for_end() == -number
    wait_until(lambda: two_nodes[1].guests() == [], PATIENCE, "the body is gone")


def stands_while(guest, other):
    """Whether a guest does nothing while another one does a lot."""
    before = guest.steps()
    other.wait_for_steps(30)
    return guest.steps() == before


@ABIS
def test_it_stops_and_goes_on(abi, away_guest, two_nodes):
    other = two_nodes[0].guest(build.Program("cpu", abi).build()).wait_until_ready()
    for _ in range(3):
        os.kill(away_guest.pid, signal.SIGSTOP)
        assert os.waitid(os.P_PID, away_guest.pid, os.WSTOPPED | os.WNOWAIT).si_status == signal.SIGSTOP
        wait_until(lambda: stands_while(away_guest, other), SOON, "it stands while another goes on", pause=0.01)
        os.kill(away_guest.pid, signal.SIGCONT)
        away_guest.wait_for_steps(3)
    away_guest.expect_right()


@ABIS
def test_it_comes_home_while_it_is_stopped(abi, away_guest, two_nodes, testbed):
    home, away = two_nodes
    os.kill(away_guest.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, away_guest.pid, os.WSTOPPED | os.WNOWAIT)
    home.move(away_guest.pid, "home")
    with pytest.raises(Refused, match="stopped by a signal"):
        home.move(away_guest.pid, away)
    testbed.moves += 1
    os.kill(away_guest.pid, signal.SIGCONT)
    away_guest.wait_for_steps(3)
    home.move(away_guest.pid, away)
    away_guest.wait_for_steps(3)
    away_guest.expect_right()


@ABIS
def test_its_parent_gets_its_status(abi, two_nodes, testbed):
    home, away = two_nodes
    guest = home.guest(build.Program("cpu", abi).build()).wait_until_ready()
    home.move(guest.pid, away)
    testbed.moves += 1
    guest.wait_for_steps(3)
    guest.stop()
    _, status = os.waitpid(guest.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0


@ABIS
def test_a_batch_of_signals_arrives_completely(abi, two_nodes, testbed):
    """Real-time signals queue: as many arrive as were sent, also while it is on its way."""
    home, away = two_nodes
    counter = _compile(home, abi, COUNTER)
    process = subprocess.Popen(home.command(counter), stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
    with process:
        try:
            assert process.stdout.readline() == "ready\n"
            for place in (away, "home", away, "home"):
                for _ in range(50):
                    os.kill(process.pid, signal.SIGRTMIN)
                home.move(process.pid, place)
                testbed.moves += 1
                for _ in range(50):
                    os.kill(process.pid, signal.SIGRTMIN)
            os.kill(process.pid, signal.SIGRTMAX)
            assert process.stdout.readline() == "400\n"
            assert process.wait(timeout=PATIENCE) == 0
        finally:
            process.kill()


COUNTER = """
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
static volatile sig_atomic_t count, is_over;
static void add(int signal) { (void)signal; ++count; }
static void end(int signal) { (void)signal; is_over = 1; }
int main(void) {
    struct sigaction action = {.sa_handler = add};
    sigaction(SIGRTMIN, &action, NULL);
    action.sa_handler = end;
    sigaction(SIGRTMAX, &action, NULL);
    puts("ready");
    fflush(stdout);
    while (!is_over) { usleep(500); }
    printf("%d\\n", (int)count);
    return 0;
}
"""


def _compile(node, abi: str, source: str) -> Path:
    """A program of its own among the node's files."""
    folder = node.make_folder("compiled")
    (node.outside(folder) / "program.c").write_text(source)
    result = node.run("gcc", "-D_GNU_SOURCE", *build.ABIS[abi], folder / "program.c", "-o", folder / "program")
    assert result.returncode == 0, result.stderr
    return folder / "program"
