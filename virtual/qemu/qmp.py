# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of the QEMU machine protocol (docs/interop/qmp-spec.txt in QEMU): one JSON object per line, both ways."""

import json
import socket

from qemu.deadline import Deadline

_ANSWER_SECONDS = 60


class QmpError(Exception):
    """QEMU refused a command, or its monitor is gone."""


class Qmp:
    """The connection to one QEMU."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._received = b""
        self._greeted = False
        self.events: list[dict] = []

    def command(self, name: str, **arguments):
        """Executes a command and returns its value; an underscore in an argument's name means a hyphen."""
        if not self._greeted:
            self._read_message(Deadline(_ANSWER_SECONDS))
            self._greeted = True
            self._execute("qmp_capabilities", {})
        return self._execute(name, {key.replace("_", "-"): value for key, value in arguments.items()})

    def _execute(self, name: str, arguments: dict):
        request = {"execute": name, **({"arguments": arguments} if arguments else {})}
        try:
            self._connection.sendall(json.dumps(request).encode() + b"\n")
        except OSError as error:
            raise QmpError(f"{name}: QEMU's monitor is gone: {error}") from error
        deadline = Deadline(_ANSWER_SECONDS)
        while True:
            message = self._read_message(deadline)
            if "event" in message:
                self.events.append(message)
            elif "error" in message:
                raise QmpError(f"{name}: {message['error']['desc']}")
            elif "return" in message:
                return message["return"]

    def _read_message(self, deadline: Deadline) -> dict:
        while b"\n" not in self._received:
            self._connection.settimeout(max(deadline.remaining, 0.001))
            try:
                data = self._connection.recv(65536)
            except TimeoutError as error:
                raise QmpError(f"QEMU's monitor did not answer within {deadline.seconds:.0f} s") from error
            except OSError as error:
                raise QmpError(f"QEMU's monitor is gone: {error}") from error
            if not data:
                raise QmpError("QEMU's monitor is gone")
            self._received += data
        line, self._received = self._received.split(b"\n", 1)
        return json.loads(line)

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()
