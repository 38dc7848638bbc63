# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs that do the serving."""

import os
import shutil
import subprocess
from collections.abc import Sequence

from .problems import Failure

# Debian's package of each program.
PACKAGES = {"dnsmasq": "dnsmasq-base", "busybox": "busybox", "ip": "iproute2"}

_SECONDS_TO_END = 3
_MAX_LINE = 4096


def require(*names: str) -> None:
    """Raises a Failure that says what to install if a program is missing."""
    missing = [name for name in names if not shutil.which(name)]
    if missing:
        packages = sorted({PACKAGES[name] for name in missing})
        raise Failure(f"{', '.join(missing)} not found; install it: apt install {' '.join(packages)}")


class Program:
    """COMMAND, which runs on. What it writes is read by lines().

    Should this process be killed, systemd ends what is left of the service; the kernel's signal at the death of the parent
    does not outlast the change to another user that these programs make.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(list(command), stdin=subprocess.DEVNULL,
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        self._rest = b""

    @property
    def is_running(self) -> bool:
        """Whether it has not ended by itself."""
        return self._process.poll() is None

    @property
    def output(self) -> int:
        """The descriptor that becomes readable when it writes."""
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def lines(self) -> list[str]:
        """The lines that it has written since the last call."""
        try:
            self._rest += os.read(self.output, 65536)
        except OSError:
            return []
        *lines, rest = self._rest.split(b"\n")
        # A line without an end is not collected for ever.
        self._rest = rest[-_MAX_LINE:]
        return [line[:_MAX_LINE].decode(errors="replace") for line in lines]

    def stop(self) -> None:
        """Ends it and waits for that."""
        self._process.terminate()
        try:
            self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
