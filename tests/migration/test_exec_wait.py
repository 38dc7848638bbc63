# SPDX-License-Identifier: GPL-2.0-or-later
"""A process that is to leave when it starts another program, and starts none, is not watched over for ever."""

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from migration.node import SOON
from qemu.deadline import wait_until

# Long enough for somebody to ask meanwhile on a busy machine; the test waits for its end.
EXEC_WAIT = 5
ENDED = f"has not started another program within {EXEC_WAIT} s"
# Any will do: nothing is said to a peer (openmosix/peer/key_handover.h).
KEYS = b"\1" * 100


def tracer(pid: int) -> int:
    """Who traces the process; 0: nobody."""
    fields = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["TracerPid"])


@pytest.fixture
def supervisor_program(programs) -> Path:
    """omd-supervisor in the build directory."""
    return next(path for path in programs.glob("openmosix/**/omd-supervisor") if path.is_file())


@pytest.mark.skipif(os.geteuid() != 0, reason="ptrace needs root")
def test_a_process_that_starts_no_program_goes_on_alone(supervisor_program, tmp_path):
    """And whoever has asked for something meanwhile gets an answer."""
    with subprocess.Popen(["sleep", "600"]) as process:
        ours, theirs = socket.socketpair()
        ours.settimeout(SOON)
        command = [supervisor_program, "home", "--run-dir", tmp_path, "--node", "1", "--pid", str(process.pid),
                   "--control", str(theirs.fileno()), "--exec-wait", str(EXEC_WAIT)]
        with ours, theirs, subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                            stderr=subprocess.PIPE, pass_fds=[theirs.fileno()]) as supervisor:
            move = {"command": "migrate", "node": 2, "address": "127.0.0.1", "port": 1, "uid": 0, "gid": 0, "groups": []}
            ours.sendall(json.dumps({**move, "at": "exec"}).encode() + b"\n")
            supervisor.stdin.write(KEYS)
            supervisor.stdin.close()
            assert json.loads(ours.recv(4096))["ok"]
            assert tracer(process.pid) == supervisor.pid
            other = socket.socket(socket.AF_UNIX)
            with other:
                other.settimeout(SOON)
                other.connect(str(tmp_path / f"supervisors/{process.pid}.sock"))
                other.sendall(json.dumps({**move, "at": "now"}).encode() + b"\n")
                answer = json.loads(other.recv(4096))
            assert not answer["ok"] and ENDED in answer["reason"]
            assert supervisor.wait(timeout=SOON) == 0
            assert ENDED.encode() in supervisor.stderr.read()
        wait_until(lambda: tracer(process.pid) == 0, SOON, "nobody traces it")
        assert process.poll() is None
        process.terminate()
        assert process.wait(timeout=SOON) == -15
