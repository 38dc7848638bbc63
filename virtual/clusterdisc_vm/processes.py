# SPDX-License-Identifier: GPL-2.0-or-later
"""Starting and ending the background process of a cluster."""

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from clusterdisc_vm import run_directory, ssh
from clusterdisc_vm.requests import LOG

BACKGROUND_VERB = "--background"
_PID = "pid"
# More than ending all PCs takes.
_END_SECONDS = 60
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Signals that end the command wait until the end of the block."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def interrupt_on_signals() -> None:
    """All signals that end the command do it as ctrl-C does."""
    def interrupt(*_):
        raise KeyboardInterrupt
    for number in _SIGNALS:
        signal.signal(number, interrupt)


def start(directory: Path) -> subprocess.Popen:
    """Starts the process of the cluster in DIRECTORY."""
    with uninterrupted(), open(directory / LOG, "wb") as log:
        process = subprocess.Popen(
            [sys.executable, os.path.abspath(sys.argv[0]), BACKGROUND_VERB, str(directory)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/",
        )
        (directory / _PID).write_text(f"{process.pid}\n")
    return process


def _open_process(directory: Path) -> int | None:
    """A descriptor of the cluster's process; None when it is gone."""
    try:
        pid = int((directory / _PID).read_text())
        descriptor = os.pidfd_open(pid)
    except (OSError, ValueError):
        return None
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        words = []
    # The number may have become another process's.
    if BACKGROUND_VERB.encode() in words and os.fsencode(directory) in words:
        return descriptor
    os.close(descriptor)
    return None


def is_alive(directory: Path) -> bool:
    """Whether the cluster in DIRECTORY has its process, or somebody who is about to start it."""
    if run_directory.is_being_started(directory):
        return True
    descriptor = _open_process(directory)
    if descriptor is None:
        return False
    os.close(descriptor)
    return True


def _has_ended(descriptor: int, seconds: float) -> bool:
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    return bool(waiting.poll(seconds * 1000))


def end(directory: Path) -> None:
    """Ends all that belongs to the cluster in DIRECTORY, in whatever state it is, and removes the directory."""
    with uninterrupted():
        ssh.end_masters(directory)
        descriptor = _open_process(directory)
        if descriptor is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, signal.SIGTERM)
                if not _has_ended(descriptor, _END_SECONDS):
                    # Its PCs end with it.
                    signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                    _has_ended(descriptor, _END_SECONDS)
            os.close(descriptor)
        run_directory.remove(directory)
