# SPDX-License-Identifier: GPL-2.0-or-later
"""A place where a user without privileges, who has no checkout, remasters a disc."""

import os
import shutil
import subprocess
from pathlib import Path

# Nobody's, on any machine.
UID = 34567

# On a machine that is busy with other things.
MAX_SECONDS = 300 * float(os.environ.get("CLUSTERDISC_TEST_TIME_FACTOR", "1"))


class Desk:
    """A directory of that user's, with a copy of the program and of the disc."""

    def __init__(self, folder: Path, repository: Path, iso: Path) -> None:
        self.folder = folder
        self.original = folder / "original.iso"
        self._program = folder / "program/clusterdisc-remaster"
        shutil.copytree(repository / "remaster", folder / "program", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copyfile(iso, self.original)
        self.give(folder)

    @staticmethod
    def give(path: Path) -> None:
        """PATH and all below it become the user's."""
        if os.geteuid() == 0:
            subprocess.run(["chown", "-hR", f"{UID}:{UID}", path], check=True)

    @staticmethod
    def lowered(*command: str) -> list[str]:
        """The command line by which the user runs something."""
        lower = [shutil.which("setpriv"), f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "--no-new-privs"]
        return [*(lower if os.geteuid() == 0 else []), *command]

    def command(self, *arguments) -> list[str]:
        """The command line by which the user runs the program."""
        return self.lowered("/usr/bin/python3", str(self._program), *map(str, arguments))

    def environment(self, **more: str) -> dict[str, str]:
        scratch = self.folder / "tmp"
        scratch.mkdir(exist_ok=True)
        scratch.chmod(0o1777)
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TMPDIR": str(scratch), "PYTHONDONTWRITEBYTECODE": "1",
                "DEBFULLNAME": "Some Lab", "DEBEMAIL": "lab@example.org", **more}

    def run(self, *arguments, **environment: str) -> subprocess.CompletedProcess:
        """Runs the program to its end. It leaves no temporary file, whatever happens."""
        result = subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=MAX_SECONDS, cwd=self.folder,
                                env=self.environment(**environment), stdin=subprocess.DEVNULL)
        assert not os.listdir(self.folder / "tmp")
        return result

    def remaster(self, *arguments, **environment: str) -> str:
        """Runs the program, which has to succeed; returns what it said."""
        result = self.run(*arguments, **environment)
        assert result.returncode == 0, result.stderr
        return result.stdout + result.stderr

    def write(self, files: dict[str, str | bytes], name: str = "added") -> Path:
        """Makes a directory with FILES, of which those with #! at the top can be executed."""
        top = self.folder / name
        for path, content in files.items():
            file = top / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
            if file.read_bytes().startswith(b"#!"):
                file.chmod(0o755)
        self.give(top)
        return top
