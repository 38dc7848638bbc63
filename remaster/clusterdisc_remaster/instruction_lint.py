# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks the checkout's instruction-set lint which files of a layer need more than a 486 with our kernel has."""

import json
import shutil
import subprocess
from pathlib import Path

from .programs import started

_LINT = Path(__file__).resolve().parents[2] / "tests/instruction_set/lint.py"
_TOOLS = ("objdump", "mawk")


class CannotLook(Exception):
    """The lint or a tool of it is missing, or it failed; says which."""


def look(squashfs: Path, scratch: Path) -> dict[str, list[str]]:
    """The instruction sets that each file of the layer needs beyond those of a 486. Raises CannotLook."""
    if not _LINT.is_file():
        raise CannotLook("the lint is in the checkout of ClusterDisc only")
    missing = [tool for tool in _TOOLS if not shutil.which(tool)]
    if missing:
        raise CannotLook(f"{missing[0]} is missing")
    report = scratch / "instructions.json"
    with started(["/usr/bin/python3", _LINT, "--ignore-stale", "--report", report, squashfs],
                 {"TMPDIR": str(scratch), "PYTHONDONTWRITEBYTECODE": "1"}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                 stderr=subprocess.PIPE) as process:
        errors = process.communicate()[1].decode(errors="replace")
    if not report.is_file():
        if "no ELF file" in errors:
            return {}
        raise CannotLook(errors.strip())
    return {violation["places"][0].split(":")[-1]: sorted({finding["group"] for finding in violation["findings"]})
            for violation in json.loads(report.read_text())["violations"]}
