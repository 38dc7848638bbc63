#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures ClusterDisc: one JSON object per figure on stdout. Run as root, with the machine otherwise idle."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / folder) for folder in ("tests", "virtual", "serve")]

from bench import (  # noqa: E402
    balancing, cluster, drone, figures, migration, network_boot, remaster, slow_links, virtual_pcs)

ALL = (figures.ALL | cluster.ALL | migration.ALL | slow_links.ALL | virtual_pcs.ALL | balancing.ALL | remaster.ALL
       | network_boot.ALL | drone.ALL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"of: {', '.join(ALL)} (default: all)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each; the median counts (default: 3)")
    parser.add_argument("--scratch", type=Path, help="folder for what is built (default: one that is removed)")
    arguments = parser.parse_args()
    unknown = set(arguments.figures) - set(ALL)
    if unknown or arguments.runs < 1:
        parser.error(f"unknown figure: {', '.join(sorted(unknown))}" if unknown else "--runs must be 1 or more")
    with tempfile.TemporaryDirectory(prefix="clusterdisc-bench-") as temporary:
        bench = figures.Bench(REPOSITORY, arguments.scratch or Path(temporary), arguments.runs)
        bench.scratch.mkdir(parents=True, exist_ok=True)
        for name in arguments.figures or ALL:
            print(f"measuring: {ALL[name].__doc__}", file=sys.stderr)
            for figure in ALL[name](bench):
                print(json.dumps(figure), flush=True)


if __name__ == "__main__":
    main()
