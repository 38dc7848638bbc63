# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests to a cluster's process: one JSON object on a line each way; after a request for a console, its bytes."""

import json
import socket
from pathlib import Path

from clusterdisc_vm.problems import Problem, called_as

SOCKET = "control"
LOG = "log"
_MAX_LINE = 65536
# A process that starts its PCs, or takes a picture of a slow one, does nothing else meanwhile.
_ANSWER_SECONDS = 120


def read_line(connection: socket.socket) -> dict | None:
    """The next line of CONNECTION; None when it ends or has no request."""
    data = b""
    while not data.endswith(b"\n"):
        more = connection.recv(1) if len(data) < _MAX_LINE else b""
        if not more:
            return None
        data += more
    try:
        value = json.loads(data)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def write_line(connection: socket.socket, value: dict) -> None:
    """Sends VALUE as a line."""
    connection.sendall(json.dumps(value).encode() + b"\n")


def open_request(directory: Path, verb: str, **arguments) -> tuple[socket.socket, dict]:
    """Asks the process of the cluster in DIRECTORY; returns the connection, which stays open, and the answer."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(_ANSWER_SECONDS)
    try:
        connection.connect(str(directory / SOCKET))
        write_line(connection, {"verb": verb, **arguments})
        answer = read_line(connection)
    except OSError as error:
        connection.close()
        if isinstance(error, TimeoutError):
            raise Problem(f"the cluster {directory.name!r} does not answer; {_remedy(directory)}") from error
        raise _gone(directory) from error
    except BaseException:
        connection.close()
        raise
    if answer is None or "problem" in answer:
        connection.close()
        raise Problem(answer["problem"]) if answer else _gone(directory)
    return connection, answer


def request(directory: Path, verb: str, **arguments) -> dict:
    """Asks the process of the cluster in DIRECTORY, and returns its answer."""
    connection, answer = open_request(directory, verb, **arguments)
    connection.close()
    return answer


def _gone(directory: Path) -> Problem:
    if not directory.exists():
        return Problem(f"the cluster {directory.name!r} has been ended meanwhile")
    return Problem(f"the cluster {directory.name!r} has ended unexpectedly; {_remedy(directory)}")


def _remedy(directory: Path) -> str:
    return f"its log is {directory / LOG}; {called_as()} down --name {directory.name} removes what is left of it"
