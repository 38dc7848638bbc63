# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures of remastering: a disc with files, with packages, in place; the peer unpacks and squashes all anew."""

import os
import re
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Bench
from remaster.desk import Desk

MIB = 1 << 20
FILES_BYTES = 20_000_000
PACKAGES = ("pari-gp", "parallel", "sysstat", "clustershell", "distcc")


def _desk(bench: Bench) -> Desk:
    folder = bench.scratch / "remaster"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for above in (bench.scratch, folder):
        above.chmod(0o755)
    desk = Desk(folder, bench.repository, bench.iso)
    # Half of it can be compressed, as programs and data of a lab can.
    desk.write({f"srv/{number}": os.urandom(FILES_BYTES // 40) + bytes(FILES_BYTES // 40) for number in range(20)}, "files")
    return desk


def _seconds(desk: Desk, runs: int, *arguments) -> float:
    times = []
    for _ in range(runs):
        started = time.monotonic()
        desk.remaster(*arguments)
        times.append(time.monotonic() - started)
    return statistics.median(times)


def _peer(desk: Desk) -> float:
    """What grml-live-remaster and the how-tos do: unpack, copy, squash and write all of it."""
    work = desk.folder / "peer"
    started = time.monotonic()
    for command in (
        ["xorriso", "-osirrox", "on", "-indev", desk.original, "-extract", "/", work / "medium"],
        ["unsquashfs", "-no-progress", "-dest", work / "root", work / "medium/live/filesystem.squashfs"],
        ["cp", "-r", desk.folder / "files/srv", work / "root"],
        ["mksquashfs", work / "root", work / "new.squashfs", "-comp", "zstd", "-b", "256K", "-no-progress"],
        ["xorriso", "-indev", desk.original, "-outdev", work / "peer.iso", "-boot_image", "any", "replay", "-map",
         work / "new.squashfs", "/live/filesystem.squashfs", "-commit"],
    ):
        Path(work).mkdir(exist_ok=True)
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    elapsed = time.monotonic() - started
    shutil.rmtree(work)
    return elapsed


def remaster_files(bench: Bench) -> Iterator[dict]:
    """20 MB of files: a new disc by a user without privileges, against unpacking and squashing all anew as root."""
    desk = _desk(bench)
    ours = _seconds(desk, bench.runs, desk.original, "--add", desk.folder / "files", "-o", desk.folder / "new.iso")
    peer = statistics.median(_peer(desk) for _ in range(bench.runs))
    yield {"figure": "remaster-files", "unit": "s", "value": round(ours, 1), "bar": 5, "peer_seconds": round(peer, 1)}


def remaster_packages(bench: Bench) -> Iterator[dict]:
    """Five packages and what they need, from a warm cache, with their maintainer scripts."""
    desk = _desk(bench)
    arguments = (desk.original, "--package", *PACKAGES, "-o", desk.folder / "new.iso")
    desk.remaster(*arguments)
    yield {"figure": "remaster-packages", "unit": "s", "value": round(_seconds(desk, bench.runs, *arguments), 1), "bar": 20}


def remaster_in_place(bench: Bench) -> Iterator[dict]:
    """20 MB of files on a stick: what is written beside the layer."""
    desk = _desk(bench)
    stick = desk.folder / "stick"
    beside, times = [], []
    for _ in range(bench.runs):
        shutil.copyfile(desk.original, stick)
        desk.give(stick)
        started = time.monotonic()
        said = desk.remaster("--in-place", stick, "--add", desk.folder / "files")
        times.append(time.monotonic() - started)
        layer = desk.remaster(stick, "--list")
        size = float(re.search(r"^layer-01 +([\d.]+) MiB", layer, re.MULTILINE)[1])
        beside.append(int(re.search(r"(\d+) bytes were written", said)[1]) / MIB - size)
    yield {"figure": "remaster-in-place", "unit": "MiB beside the layer", "value": round(statistics.median(beside), 2), "bar": 1,
           "seconds": round(statistics.median(times), 1)}


ALL = {"remaster-files": remaster_files, "remaster-packages": remaster_packages, "remaster-in-place": remaster_in_place}
