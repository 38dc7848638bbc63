# SPDX-License-Identifier: GPL-2.0-or-later
"""What omd was started with must not reach the programs that it moves: neither in the body nor at home again."""

import ctypes
import os
import resource
import signal
import subprocess
from pathlib import Path

import pytest

from guests import build
from migration.node import SOON, Node
from qemu.deadline import wait_until

UNLIMITED = "unlimited"
# The lines of /proc/PID/limits, and what a body has there; RLIMIT_STACK is its program's own.
LIMITS = {
    "Max address space": UNLIMITED,
    "Max core file size": "0",
    "Max cpu time": UNLIMITED,
    "Max data size": UNLIMITED,
    "Max file locks": UNLIMITED,
    "Max file size": UNLIMITED,
    "Max locked memory": "0",
    "Max msgqueue size": "0",
    "Max nice priority": "0",
    "Max open files": "64",
    "Max pending signals": UNLIMITED,
    "Max processes": UNLIMITED,
    "Max realtime priority": "0",
    "Max realtime timeout": UNLIMITED,
    "Max resident set": UNLIMITED,
}
ODD_LIMITS = {
    resource.RLIMIT_AS: 8 << 30,
    resource.RLIMIT_CORE: 1 << 20,
    resource.RLIMIT_CPU: 5000,
    resource.RLIMIT_DATA: 1 << 30,
    resource.RLIMIT_FSIZE: 64 << 20,
    resource.RLIMIT_MEMLOCK: 128 << 10,
    resource.RLIMIT_MSGQUEUE: 4096,
    resource.RLIMIT_NICE: 5,
    resource.RLIMIT_NOFILE: 300,
    resource.RLIMIT_NPROC: 5000,
    resource.RLIMIT_RSS: 1 << 30,
    resource.RLIMIT_RTPRIO: 5,
    resource.RLIMIT_RTTIME: 5_000_000,
    resource.RLIMIT_SIGPENDING: 500,
    resource.RLIMIT_STACK: 1 << 20,
}
SIGNALS = ("SigBlk", "SigIgn", "SigCgt")
IOPRIO_SET, IOPRIO_GET, SET_MEMPOLICY, PERSONALITY = 251, 252, 238, 135
# linux/prctl.h, linux/securebits.h, linux/mempolicy.h, linux/ioprio.h.
PR_SET_SECUREBITS, PR_SET_TIMERSLACK, PR_MCE_KILL, PR_SET_THP_DISABLE, PR_SET_IO_FLUSHER = 28, 29, 33, 41, 57
NO_SETUID_FIXUP, MPOL_BIND, IOPRIO_BEST_EFFORT_7, ADDR_NO_RANDOMIZE = 1 << 2, 2, 2 << 13 | 7, 0x0040000
# PF_MCE_PROCESS, as PR_MCE_KILL sets it (without it PF_MCE_EARLY means nothing), and PF_MEMALLOC_NOIO, as
# PR_SET_IO_FLUSHER does (linux/sched.h).
MCE_FLAG, IO_FLUSHER_FLAG = 0x80, 0x80000
INHERITED_FLAGS = MCE_FLAG | IO_FLUSHER_FLAG

libc = ctypes.CDLL(None, use_errno=True)


def by_size(limit: int) -> float:
    """Limits in their order: "unlimited" has a number of its own."""
    return float("inf") if limit == resource.RLIM_INFINITY else limit


def must(result: int) -> None:
    """For what fails with -1."""
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def be_odd() -> None:
    """In the process that becomes omd: everything that execve(2) keeps is unusual."""
    libc.signal.argtypes = (ctypes.c_int, ctypes.c_void_p)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        # Ignored; signal.signal() refuses outside of the main thread.
        libc.signal(number, 1)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    for number, value in ODD_LIMITS.items():
        # Raising one would need CAP_SYS_RESOURCE, which root has not everywhere.
        soft = min(value, resource.getrlimit(number)[1], key=by_size)
        resource.setrlimit(number, (soft, resource.getrlimit(number)[1]))
    os.nice(3)
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    must(libc.syscall(IOPRIO_SET, 1, 0, IOPRIO_BEST_EFFORT_7))
    must(libc.syscall(SET_MEMPOLICY, MPOL_BIND, ctypes.byref(ctypes.c_ulong(1)), 64))
    Path("/proc/self/oom_score_adj").write_text("100")
    must(libc.syscall(PERSONALITY, ADDR_NO_RANDOMIZE))
    must(libc.prctl(PR_SET_TIMERSLACK, 1_000_000, 0, 0, 0))
    must(libc.prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0))
    must(libc.prctl(PR_MCE_KILL, 1, 1, 0, 0))
    # Needs CAP_SYS_RESOURCE.
    libc.prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0)
    must(libc.prctl(PR_SET_SECUREBITS, NO_SETUID_FIXUP, 0, 0, 0))
    os.umask(0o077)


def lines_of(pid: int, name: str) -> dict[str, str]:
    """/proc/PID/NAME, as far as its lines have a key and a colon."""
    pairs = (line.partition(":") for line in Path(f"/proc/{pid}/{name}").read_text().splitlines())
    return {key: value.strip() for key, _, value in pairs}


def limits_of(pid: int) -> dict[str, tuple[str, str]]:
    """Soft and hard limits by the name that /proc/PID/limits has."""
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]
    return {line[:25].strip(): (line[26:46].strip(), line[47:67].strip()) for line in lines}


def properties_of(pid: int) -> dict[str, object]:
    """What can be seen from outside of what a process inherits."""
    status = lines_of(pid, "status")
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return {"signals": {key: status[key] for key in SIGNALS}, "limits": limits_of(pid), "umask": status["Umask"],
            "huge pages": status.get("THP_enabled"), "session": int(stat[3]), "nice": int(stat[16]),
            "scheduler": os.sched_getscheduler(pid), "affinity": os.sched_getaffinity(pid),
            "i/o priority": libc.syscall(IOPRIO_GET, 1, pid), "flags": int(stat[6]) & INHERITED_FLAGS,
            "personality": int(Path(f"/proc/{pid}/personality").read_text(), 16),
            "timer slack": int(Path(f"/proc/{pid}/timerslack_ns").read_text()),
            "oom_score_adj": int(Path(f"/proc/{pid}/oom_score_adj").read_text()),
            "memory policy": {line.split()[1] for line in Path(f"/proc/{pid}/numa_maps").read_text().splitlines()}}


@pytest.fixture
def odd_nodes(testbed) -> list[Node]:
    """Two nodes whose omd was started with everything unusual."""
    nodes = [testbed.add_node() for _ in range(2)]
    for node in nodes:
        node.write_map(nodes)
        node.start(prepare=be_odd)
    return nodes


def away_and_body(nodes: list[Node], pid: int) -> int:
    """Moves a process to the second node; returns its body's id."""
    nodes[0].move(pid, nodes[1])
    found = [guest["pid"] for guest in nodes[1].guests() if guest["home_pid"] == pid]
    assert len(found) == 1, nodes[1].guests()
    return found[0]


@pytest.mark.parametrize("abi", build.ABIS)
def test_a_body_has_nothing_of_what_omd_was_started_with(abi, odd_nodes, testbed):
    home = odd_nodes[0]
    guest = home.guest(build.Program("inherited", abi).build()).wait_until_ready()
    before = properties_of(guest.pid)
    assert properties_of(odd_nodes[1].omd_pid)["flags"] & MCE_FLAG
    body = away_and_body(odd_nodes, guest.pid)
    # Its supervisor blocks them for moments, as when it steps it through clock code.
    wait_until(lambda: properties_of(body)["signals"] == before["signals"], SOON, "its signals are the program's",
               pause=0.001)
    seen = properties_of(body)
    limits = seen.pop("limits")
    # Where omd may not raise its own hard limit, that is what a body has.
    hard = limits_of(odd_nodes[1].omd_pid)
    for name, value in LIMITS.items():
        assert limits[name] in ((value, value), (hard[name][1], hard[name][1])), name
    seen.pop("signals")
    assert seen == {"umask": "0022", "huge pages": before["huge pages"], "session": body, "nice": 0,
                    "scheduler": os.SCHED_OTHER, "affinity": before["affinity"], "i/o priority": 0, "flags": 0,
                    "personality": before["personality"], "timer slack": 50_000, "oom_score_adj": 500,
                    "memory policy": {"default"}}
    status = lines_of(body, "status")
    assert {status[name] for name in ("CapPrm", "CapEff", "CapAmb")} == {"0" * 16}
    assert os.listdir(f"/proc/{body}/fd") == []
    guest.wait_for_steps(5)
    home.move(guest.pid, "home")
    testbed.moves += 2
    wait_until(lambda: properties_of(guest.pid) == before, SOON, "it is as it was", pause=0.001)
    guest.expect_right()


@pytest.mark.parametrize("places", [(1,), (1, "home"), (1, "home", 1)], ids=str)
@pytest.mark.parametrize("number", [signal.SIGPIPE, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP], ids=str)
def test_a_signal_that_omd_ignores_ends_a_program(number, places, odd_nodes, testbed):
    home = odd_nodes[0]
    # A disposition that changes while it is away is told home, together with all others.
    script = '$| = 1; while (1) { $SIG{USR1} = $n++ % 2 ? sub {} : "DEFAULT"; print "y\\n" or exit 3 }'
    with subprocess.Popen(home.command("perl", "-e", script), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as process:
        process.stdout.readline()
        for place in places:
            home.move(process.pid, odd_nodes[1] if place == 1 else place)
            testbed.moves += 1
            for _ in range(200):
                process.stdout.readline()
        if number == signal.SIGPIPE:
            process.stdout.close()
        else:
            process.send_signal(number)
            while process.stdout.read(65536):
                pass
        assert process.wait(timeout=SOON) == -number


@pytest.mark.parametrize("policy", ["SCHED_OTHER", "SCHED_BATCH", "SCHED_IDLE"])
def test_a_scheduling_policy_goes_along(policy, two_nodes, testbed):
    guest = two_nodes[0].guest(build.Program("cpu", "amd64").build()).wait_until_ready()
    os.sched_setscheduler(guest.pid, getattr(os, policy), os.sched_param(0))
    body = away_and_body(two_nodes, guest.pid)
    testbed.moves += 1
    assert os.sched_getscheduler(body) == getattr(os, policy)
    guest.expect_right()


def test_an_end_of_omd_is_none_of_its_guests(two_nodes, testbed):
    """Ctrl-C at the terminal of an omd in the foreground reaches its whole process group."""
    home, away = two_nodes
    guest = home.guest(build.Program("cpu", "amd64").build()).wait_until_ready()
    body = away_and_body(two_nodes, guest.pid)
    testbed.moves += 1
    assert os.getpgid(body) not in (os.getpgid(away.omd_pid), os.getpgid(away.guest_supervisor_of(home, guest.pid)))
    away.stop_omd()
    wait_until(lambda: not away.is_running, SOON, "omd has ended")
    guest.expect_right()
