#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that a disc, a root folder or single files run on an i486 with the openMosix kernel.

Exit status: 0 all is well, 1 something on the image would fault on a 486 (or the list of dispatched files is not true),
2 wrong usage or a source that cannot be read.
"""

import argparse
import sys
import tempfile
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from instruction_set import dispatched, report  # noqa: E402
from instruction_set.collection import Collection, CollectionError  # noqa: E402
from instruction_set.disassembly import DisassemblyError, examine_all  # noqa: E402


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Disassembles every ELF file and names what neither a 486 nor the kernel's emulation executes."
    )
    parser.add_argument("source", nargs="+", type=Path, help="ISO, squashfs, unpacked root folder, kernel, initrd, ELF file")
    parser.add_argument(
        "--list", action="append", type=Path, metavar="FILE", dest="lists", help="further list of dispatched files"
    )
    parser.add_argument("--no-default-list", action="store_true", help="do not use the list that comes with the lint")
    parser.add_argument("--ignore-stale", action="store_true", help="entries of the list that match nothing are no error")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the full report there, as JSON")
    parser.add_argument("--places", type=int, default=5, metavar="N", help="functions to name per file (default 5)")
    parser.add_argument("--jobs", type=int, metavar="N", help="parallel disassemblers (default: one per processor)")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Runs the lint; returns the exit status."""
    options = _arguments(arguments)
    try:
        lists = ([] if options.no_default_list else [dispatched.DEFAULT_LIST]) + (options.lists or [])
        entries = [entry for path in lists for entry in dispatched.read_list(path)]
        with tempfile.TemporaryDirectory(prefix="instruction-set-lint-") as scratch:
            collection = Collection(Path(scratch))
            collection.add(options.source)
            if not collection.files:
                raise CollectionError(f"no ELF file in {' '.join(map(str, options.source))}")
            examinations = examine_all(collection.files.values(), options.jobs)
    except (dispatched.ListError, CollectionError, DisassemblyError) as problem:
        print(f"instruction-set lint: {problem}", file=sys.stderr)
        return 2
    bad = dispatched.unexcused(examinations, entries)
    stale = [] if options.ignore_stale else dispatched.stale_entries(entries)
    if options.report:
        report.write_json(options.report, examinations, bad, stale, entries)
    for examination, findings in bad:
        print("\n".join(report.describe_file(examination, findings, options.places)))
    for entry in entries:
        if entry.breaks and entry.files_matched:
            print(f"known to fault on a 486: {entry.path}: {entry.breaks}")
    for line in stale:
        print(f"stale: {line}")
    print("\n".join(report.describe_statistics(report.statistics(examinations))))
    if bad or stale:
        print(f"FAILED: {len(bad)} files have instructions that fault on a 486, {len(stale)} stale parts of the list")
        return 1
    print("passed: nothing unknown would fault on a 486")
    return 0


if __name__ == "__main__":
    sys.exit(main())
