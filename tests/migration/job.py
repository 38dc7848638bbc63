# SPDX-License-Identifier: GPL-2.0-or-later
"""The program that is written to files, as it runs on a node, and as `omd restart` makes it again."""

import contextlib
import os
import signal
import subprocess

from guests.running import PATIENCE
from qemu.deadline import wait_until

STATUS = 7
LINES = 6000
# Its output after that many bytes is neither its beginning nor its end.
SOME_OUTPUT = 20000


class Job:
    """A run of the program on a node, in a folder of its own; a context manager that kills it.

    It computes, and does not end, until it may (let_end)."""

    def __init__(self, node, program, *, user=None, stdin=subprocess.DEVNULL):
        self.node = node
        self.user = user
        self.folder = node.make_folder("job", user)
        self.outside = node.outside(self.folder)
        (self.outside / "program").write_bytes(program.read_bytes())
        (self.outside / "program").chmod(0o755)
        self.output = self.outside / "output"
        self.image = self.folder / "image"
        command = node.command(self.folder / "program", self.folder / "output", LINES, self.folder / "go", user=user,
                               folder=self.folder)
        self.process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_for_output(SOME_OUTPUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def kill(self):
        """Ends it."""
        self.process.kill()
        self.process.wait(timeout=PATIENCE)

    def wait_for_output(self, size):
        """Until it has written that many bytes, or has ended."""
        wait_until(lambda: (self.output.exists() and self.output.stat().st_size >= size) or self.process.poll() is not None,
                   PATIENCE, "the program writes", pause=0.005)

    def let_end(self):
        """From now on neither it nor what is made again from an image of it waits for anything."""
        (self.outside / "go").touch()

    def wait_for_end(self):
        """Lets it end; its status."""
        self.let_end()
        return self.process.wait(timeout=PATIENCE)

    def expect_goes_on(self):
        """Lets it end: it runs, or has ended well, as if nobody had done anything."""
        before = self.output.stat().st_size
        self.let_end()
        self.wait_for_output(before + 1)
        assert self.process.poll() in (None, STATUS)

    def checkpoint(self, user=None, image=None):
        """The tool migrate."""
        return self.node.tool("migrate", str(self.process.pid), "file", image or self.image, user=user or self.user)

    def restart(self, user=None, image=None):
        """omd restart, to the end of the process."""
        self.let_end()
        return self.node.run(self.node.program("omd"), "restart", image or self.image, user=user or self.user)

    def files(self):
        """What lies in its folder."""
        return sorted(path.name for path in self.outside.iterdir())


@contextlib.contextmanager
def restarted(node, image, *prefix):
    """omd restart as a process, with PREFIX in front of it; it and what it has restarted are killed in the end."""
    with subprocess.Popen(node.command(*prefix, node.program("omd"), "restart", image), stderr=subprocess.PIPE,
                          text=True, start_new_session=True) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
