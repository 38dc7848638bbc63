# SPDX-License-Identifier: GPL-2.0-or-later
"""The socket by which the command talks to the serving process: one JSON object each way. Root's only."""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .problems import Failure

SOCKET = Path("/run/clusterdisc-serve/control")
_MAX_REQUEST = 1024
_MAX_REPLY = 1 << 20
_SECONDS = 10.0


class ControlSocket:
    """The serving process's end, at PATH."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # Made for root only from the first moment on.
        before = os.umask(0o177)
        try:
            self.socket.bind(str(path))
        finally:
            os.umask(before)
        self.socket.listen(8)
        self.socket.setblocking(False)

    def answer(self, reply: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Answers one request, if one has come. Who connects and says nothing is not waited for."""
        try:
            connection, _ = self.socket.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(1.0)
            try:
                request = json.loads(connection.recv(_MAX_REQUEST))
                if isinstance(request, dict):
                    connection.sendall(json.dumps(reply(request)).encode())
            except (OSError, ValueError):
                return


def ask(request: dict[str, Any], path: Path = SOCKET) -> dict[str, Any]:
    """Sends REQUEST to the serving process; a Failure says what to do when there is none."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_SECONDS)
            connection.connect(str(path))
            connection.sendall(json.dumps(request).encode())
            content = b""
            while len(content) < _MAX_REPLY and (more := connection.recv(65536)):
                content += more
        answer: dict[str, Any] = json.loads(content)
    except PermissionError as problem:
        raise Failure("only root may ask the serving process; use sudo") from problem
    except (OSError, ValueError) as problem:
        raise Failure("this node does not serve; start it: sudo clusterdisc-serve start") from problem
    if "problem" in answer:
        raise Failure(answer["problem"])
    return answer
