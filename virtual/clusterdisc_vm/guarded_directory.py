# SPDX-License-Identifier: GPL-2.0-or-later
"""For tests: a directory that is gone when the test process has ended, however that comes; clusters in it end with it."""

import subprocess
import tempfile
from pathlib import Path

_GUARD = 'read nothing; rm -rf "$PWD"'


class GuardedDirectory:
    """A new directory with a short PATH, as sockets need; a context manager."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="cdvm-"))
        # Its input ends with this process. ctrl-C is not for it.
        self._guard = subprocess.Popen(["sh", "-c", _GUARD], stdin=subprocess.PIPE, start_new_session=True, cwd=self.path)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_) -> None:
        self._guard.communicate()
