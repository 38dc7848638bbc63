#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Stands for omd-supervisor in tests of omd: moves nothing, writes down what it is told, and answers as BEHAVIOUR says.

once: yes, and ends. stay: yes to everything until it is told "home". refuse: no, also to the peers of guests. silent: ends
without an answer.
"""

import json
import os
import socket
import sys
from pathlib import Path

FIRST = 3


def note(run: Path, entry: dict) -> None:
    """Adds a line to RUN/notes; one write, as several run at a time."""
    with (run / "notes").open("ab", buffering=0) as notes:
        notes.write(json.dumps(entry).encode() + b"\n")


def answer(run: Path, connection: socket.socket, behaviour: str) -> str:
    """Reads a command and answers it; which it was. Into a file that comes with it goes a text."""
    # All of a command is there at once.
    line, files, _, _ = socket.recv_fds(connection, 65536, 1)
    if not line:
        return ""
    for file in files:
        os.write(file, b"an image")
        os.close(file)
    note(run, {"told": json.loads(line)})
    if behaviour == "refuse":
        connection.sendall(b'{"ok":false,"reason":"it cannot move: threads"}\n')
    elif behaviour != "silent":
        connection.sendall(b'{"ok":true}\n')
    return json.loads(line)["command"]


def stay_at_home(run: Path, pid: str, behaviour: str) -> None:
    """The supervisor of a process whose home is here."""
    (run / "supervisors").mkdir(exist_ok=True)
    path = run / "supervisors" / f"{pid}.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        command = answer(run, socket.socket(fileno=FIRST), behaviour)
        while behaviour == "stay" and command != "home":
            command = answer(run, listener.accept()[0], behaviour)
        path.unlink()


def main() -> None:
    """As omd starts it."""
    role, words = sys.argv[1], sys.argv[2:]
    options = dict(zip(words[::2], words[1::2], strict=True))
    run = Path(options["--run-dir"])
    descriptors = sorted(int(name) for name in os.listdir("/proc/self/fd"))
    # The last one is that of the list itself.
    note(run, {"role": role, "options": options, "descriptors": descriptors[:-1], "session": os.getsid(0) == os.getpid(),
               "size_of_keys": len(sys.stdin.buffer.read())})
    if role == "home":
        stay_at_home(run, options["--pid"], (run / "behaviour").read_text())
    elif (run / "behaviour").read_text() == "refuse":
        print("peer 10.77.0.2:700: it is not believed", end="")
    else:
        socket.socket(fileno=FIRST).sendall(b"here\n")


main()
