#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes clusterdisc-vm as one file that needs no checkout: a zip archive that Python runs."""

import sys
import zipapp
from pathlib import Path

HERE = Path(__file__).resolve().parent
# What the tests alone need.
NOT_IN_IT = ("test_", "tiny_disc", "guarded_directory")


def is_in_it(path: Path) -> bool:
    """Whether PATH, below this directory, is part of the command."""
    return path.parts[0] in ("clusterdisc_vm", "qemu") and (
        path.suffix == ".py" and not path.name.startswith(NOT_IN_IT) or path.suffix == "")


def main() -> None:
    """Makes the file that the command line names."""
    if len(sys.argv) != 2:
        print(f"usage: {sys.argv[0]} FILE", file=sys.stderr)
        sys.exit(2)
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.part")
    zipapp.create_archive(HERE, unfinished, interpreter="/usr/bin/python3", main="clusterdisc_vm.command_line:run",
                          filter=is_in_it)
    unfinished.chmod(0o755)
    unfinished.rename(target)


if __name__ == "__main__":
    main()
