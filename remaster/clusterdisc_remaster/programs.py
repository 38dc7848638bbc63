# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the programs that do the work, and leaves none behind."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence

from .problems import Failure

# Debian's package of each program.
PACKAGES = {
    "xorriso": "xorriso", "mksquashfs": "squashfs-tools", "unsquashfs": "squashfs-tools", "dpkg-deb": "dpkg",
    "apt-get": "apt", "apt-config": "apt", "unshare": "util-linux",
}

# A program that does not end when it is told to is killed.
MAX_SECONDS_TO_END = 5
MAX_SHOWN_BYTES = 2000


def require(*names: str) -> None:
    """Raises a Failure that says what to install if a program is missing."""
    missing = [name for name in names if not shutil.which(name)]
    if missing:
        packages = sorted({PACKAGES[name] for name in missing})
        raise Failure(f"{', '.join(missing)} not found; install it: apt install {' '.join(packages)}")


@contextlib.contextmanager
def started(command: Sequence[str | os.PathLike], environment: Mapping[str, str] | None = None,
            **options) -> Iterator[subprocess.Popen]:
    """A program that has ended when the block ends, in whatever way that does."""
    clean = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", **(environment or {})}
    with subprocess.Popen([os.fspath(word) for word in command], env=clean, **options) as process:
        try:
            yield process
        except BaseException:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(MAX_SECONDS_TO_END)
            process.kill()
            raise


def run(command: Sequence[str | os.PathLike], purpose: str, environment: Mapping[str, str] | None = None) -> bytes:
    """Returns what the program wrote to its standard output; raises a Failure that begins with PURPOSE."""
    with started(command, environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                 stderr=subprocess.PIPE) as process:
        output, errors = process.communicate()
    if process.returncode:
        # apt explains itself on its standard output.
        said = b"\n".join(filter(None, (output, errors)))[-MAX_SHOWN_BYTES:].decode(errors="replace").strip()
        raise Failure(f"{purpose}: {os.path.basename(command[0])} failed: {said}")
    return output
