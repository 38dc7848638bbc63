# SPDX-License-Identifier: GPL-2.0-or-later
"""A serial console: everything that comes is logged and kept as plain text, and waited for by pattern.

What it knows: the text so far and how far waiting has got in it. Each wait_for() looks only at what came after the match
of the one before, so a test reads like the conversation it has.
"""

import os
import re
import socket
import threading
from pathlib import Path
from typing import Callable

from qemu.deadline import Deadline
from qemu.terminal_text import TerminalText

_LINES_IN_MESSAGES = 25
# Characters that somebody who attaches sees of what came before.
_RECENT_TEXT = 2000
# A console may run for weeks with a person at it: older text is forgotten, and no more is logged.
_MAX_TEXT = 1 << 22
_MAX_LOG = 1 << 24

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "ctrl-c": "\x03",
    "ctrl-d": "\x04",
    "ctrl-x": "\x18",
}


class WaitTimeout(AssertionError):
    """What was waited for did not come in time; the message shows the last lines."""


class ConsoleClosed(AssertionError):
    """The other end hung up while something was waited for; the message shows the last lines."""


class Console:
    """A console on the file descriptor of a socket or terminal, which it owns from then on."""

    def __init__(self, descriptor: int, log: Path, stretch: Callable[[float], float] = lambda seconds: seconds) -> None:
        self._descriptor = descriptor
        self._log_path = log
        self._stretch = stretch
        self._decoder = TerminalText()
        self._text = ""
        self._position = 0
        self._ended = False
        self._attached: list[socket.socket] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, name=f"console {log}", daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        """Everything so far, unless that is a lot."""
        with self._changed:
            return self._text

    @property
    def unread(self) -> str:
        """What came after the last match."""
        with self._changed:
            return self._text[self._position:]

    def wait_for(self, pattern: str | re.Pattern, seconds: float, what: str = "") -> re.Match:
        """Waits until PATTERN (a text, or a compiled regular expression) comes; at most SECONDS at full speed."""
        expression = pattern if isinstance(pattern, re.Pattern) else re.compile(re.escape(pattern))
        deadline = Deadline(self._stretch(seconds))
        with self._changed:
            while True:
                match = expression.search(self._text, self._position)
                if match:
                    self._position = match.end()
                    return match
                if self._ended:
                    raise ConsoleClosed(self._message(expression, what, "the console ended before it showed"))
                if deadline.passed:
                    raise WaitTimeout(self._message(expression, what, f"waited {deadline.seconds:.0f} s in vain for"))
                self._changed.wait(deadline.remaining)

    def skip(self) -> None:
        """Forgets what came so far: the next wait_for() sees only what comes from now on."""
        with self._changed:
            self._position = len(self._text)

    def send(self, text: str) -> None:
        """Types TEXT."""
        data = text.encode()
        while data:
            data = data[os.write(self._descriptor, data):]

    def send_line(self, line: str = "") -> None:
        """Types LINE and Enter."""
        self.send(line + "\r")

    def press(self, *names: str) -> None:
        """Presses keys by name (see KEYS)."""
        for name in names:
            self.send(KEYS[name])

    def attach(self, connection: socket.socket) -> None:
        """Shows CONNECTION the last lines and all that comes, and types what it sends, until either end hangs up."""
        with self._changed:
            if self._ended:
                connection.close()
                return
            connection.sendall(self._text[-_RECENT_TEXT:].replace("\n", "\r\n").encode())
            self._attached.append(connection)
            # A descriptor of its own, because this console's may be closed, and its number be another file's, meanwhile.
            descriptor = os.dup(self._descriptor)
        threading.Thread(target=self._read_typed, args=(connection, descriptor), daemon=True).start()

    def last_lines(self, count: int = _LINES_IN_MESSAGES) -> str:
        """The last COUNT lines that are not empty, indented, for messages."""
        with self._changed:
            lines = [line for line in self._text.split("\n") if line.strip()]
        return "\n".join(f"  | {line}" for line in lines[-count:]) or "  | (nothing at all)"

    def close(self) -> None:
        """Gives the descriptor back; the reader must have seen the end (the process at the other end is gone)."""
        self._reader.join(timeout=5)
        os.close(self._descriptor)

    def _message(self, expression: re.Pattern, what: str, problem: str) -> str:
        wanted = f"{what} (pattern {expression.pattern!r})" if what else f"pattern {expression.pattern!r}"
        return f"{problem} {wanted}; whole log: {self._log_path}; last lines:\n{self.last_lines()}"

    def _read(self) -> None:
        with open(self._log_path, "wb", buffering=0) as log:
            while True:
                try:
                    data = os.read(self._descriptor, 65536)
                except OSError:
                    data = b""
                with self._changed:
                    if not data:
                        self._ended = True
                    else:
                        log.write(data[:max(0, _MAX_LOG - log.tell())])
                        self._add(self._decoder.feed(data))
                    self._show(data)
                    self._changed.notify_all()
                if not data:
                    return

    def _add(self, text: str) -> None:
        self._text += text
        if len(self._text) > _MAX_TEXT:
            forgotten = len(self._text) - _MAX_TEXT // 2
            self._text = self._text[forgotten:]
            self._position = max(0, self._position - forgotten)

    def _show(self, data: bytes) -> None:
        for connection in self._attached:
            try:
                if data:
                    # Who does not read misses something; the machine does not wait.
                    connection.send(data, socket.MSG_DONTWAIT)
                else:
                    connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _read_typed(self, connection: socket.socket, descriptor: int) -> None:
        with connection:
            try:
                while data := connection.recv(4096):
                    while data:
                        data = data[os.write(descriptor, data):]
            except OSError:
                pass
            os.close(descriptor)
            with self._changed:
                self._attached.remove(connection)
