# SPDX-License-Identifier: GPL-2.0-or-later
"""A program on a terminal of its own, and what a person sees there."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Sequence

import pyte

from migration.node import SOON


class Terminal:
    """A context manager that ends the program. KIND: $TERM; the emulator understands those that speak as a VT100 does."""

    def __init__(self, command: Sequence[str], *, kind: str = "linux", rows: int = 24, columns: int = 80) -> None:
        self._master, self._slave = pty.openpty()
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._set_size(rows, columns)
        self._former_mode = termios.tcgetattr(self._slave)
        # How many bytes it was sent.
        self.sent = 0
        self.process = subprocess.Popen(command, stdin=self._slave, stdout=self._slave, stderr=self._slave,
                                        start_new_session=True, preexec_fn=self._take_terminal,
                                        env={**os.environ, "TERM": kind, "LC_ALL": "C.UTF-8"})

    def _take_terminal(self) -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def _set_size(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=SOON)
        for end in (self._master, self._slave):
            if end >= 0:
                os.close(end)

    def read(self, seconds: float) -> bool:
        """Takes what the program has written, waiting for it no longer than that; whether there was something."""
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        data = os.read(self._master, 65536)
        self.sent += len(data)
        self._stream.feed(data)
        return True

    def wait(self, is_true: Callable[[], bool], what: str, seconds: float = SOON) -> None:
        """Until what the terminal shows makes it true."""
        deadline = time.monotonic() + seconds
        while not is_true():
            left = deadline - time.monotonic()
            assert left > 0, f"not seen: {what}; the terminal shows\n{self.text()}"
            self.read(min(left, 0.2))

    def wait_for(self, *texts: str) -> None:
        """Until all of them are on the terminal."""
        self.wait(lambda: all(text in self.text() for text in texts), ", ".join(texts))

    def wait_until_gone(self, text: str) -> None:
        """Until it is not on the terminal any more."""
        self.wait(lambda: text not in self.text(), f"no {text}")

    def wait_until_quiet(self, seconds: float) -> None:
        """Until the program writes nothing for so long."""
        while self.read(seconds):
            pass

    def press(self, keys: str) -> None:
        """Types them."""
        os.write(self._master, keys.encode())

    def resize(self, rows: int, columns: int) -> None:
        """As the window of a terminal emulator."""
        self._screen.resize(rows, columns)
        self._set_size(rows, columns)

    def hang_up(self) -> None:
        """The line is cut."""
        os.close(self._master)
        os.close(self._slave)
        self._master = self._slave = -1

    def rows(self) -> list[str]:
        """What is on the terminal, from the top."""
        return [row.rstrip() for row in self._screen.display]

    def text(self) -> str:
        """The same as one text."""
        return "\n".join(self.rows())

    def row_with(self, text: str) -> str:
        """The first row that has this text; empty: none has."""
        return next((row for row in self.rows() if text in row), "")

    def is_reverse(self, row: int) -> bool:
        """Whether a row begins in reverse video."""
        return self._screen.buffer[row][0].reverse

    def end(self) -> int:
        """Waits until the program has ended; its exit status, negative for a signal."""
        deadline = time.monotonic() + SOON
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it goes on:\n{self.text()}"
            self.read(0.1)
        while self.read(0):
            pass
        return self.process.returncode

    def is_as_before(self) -> bool:
        """Whether the mode of the terminal is the one before the program started."""
        return termios.tcgetattr(self._slave) == self._former_mode
