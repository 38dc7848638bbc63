# SPDX-License-Identifier: GPL-2.0-or-later
"""A node's serial console in the terminal of the person who asks for it."""

import contextlib
import os
import select
import socket
import sys
import termios
import tty
from collections.abc import Iterator

# ctrl-], as in telnet.
_LEAVE = b"\x1d"


@contextlib.contextmanager
def _raw_terminal() -> Iterator[None]:
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setraw(sys.stdin)
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def show(connection: socket.socket, number: int) -> None:
    """Relays between the terminal and CONNECTION until ctrl-], the end of the input, or the end of the machine."""
    print(f"The serial console of node {number}; ctrl-] leaves it, Enter shows a prompt.", file=sys.stderr)
    connection.settimeout(None)
    with _raw_terminal():
        while True:
            ready, _, _ = select.select([sys.stdin.fileno(), connection], [], [])
            if connection in ready:
                data = connection.recv(65536)
                if not data:
                    break
                while data:
                    data = data[os.write(sys.stdout.fileno(), data):]
            if sys.stdin.fileno() in ready:
                typed = os.read(sys.stdin.fileno(), 4096)
                before, leave, _ = typed.partition(_LEAVE)
                connection.sendall(before)
                if leave or not typed:
                    return
    print(f"\nnode {number} is off", file=sys.stderr)
