# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel says about processes (proc(5)), for tests."""

import os
from pathlib import Path


def stat_field(pid: int | str, number: int) -> str:
    """Field NUMBER of /proc/PID/stat, 3 or more, as proc_pid_stat(5) counts; OSError when there is no such process."""
    # Field 2 is the name in parentheses, and may have spaces and parentheses itself.
    return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[number - 3]


def command_lines_with(path: Path) -> list[str]:
    """The command lines of all processes that name PATH, or something in it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes()
        except OSError:
            # It has ended meanwhile.
            continue
        if os.fsencode(path) in words:
            found.append(words.replace(b"\0", b" ").decode(errors="replace"))
    return found
