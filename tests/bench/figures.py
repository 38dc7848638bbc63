# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures. Each function yields dictionaries that become one JSON line."""

import json
import statistics
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.stock import StockDisc
from boot.disc import Disc
from qemu import Guest
from qemu.console import ConsoleClosed, WaitTimeout
from qemu.guest import GuestDied

MIB = 1 << 20
# Tried from the top until one does not reach login.
MEMORY_STEPS = (256, 192, 128, 96, 64, 48)


@dataclass
class Bench:
    """What all figures share."""

    repository: Path
    scratch: Path
    runs: int
    _stock: StockDisc | None = None
    _stock_seconds: float = 0

    @property
    def iso(self) -> Path:
        version = (self.repository / "VERSION").read_text().strip()
        return self.repository / f"out/clusterdisc-{version}-i486.iso"

    def manifest(self) -> dict:
        return json.loads(self.iso.with_suffix(".manifest.json").read_text())

    def stock(self) -> tuple[StockDisc, float]:
        """The stock disc, built on the first call, and the seconds that took."""
        if self._stock is None:
            self._stock = StockDisc(self.repository, self.scratch / "stock")
            self._stock.configure()
            self._stock_seconds = self._stock.build()
        return self._stock, self._stock_seconds

    def build(self, *options: str) -> float:
        started = time.monotonic()
        subprocess.run([self.repository / "build.sh", "iso", "--output", self.scratch / "out", *options], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.monotonic() - started


def size(bench: Bench) -> Iterator[dict]:
    """Sizes of the disc and its parts."""
    build = bench.manifest()["build"]
    yield {"figure": "iso-size", "unit": "MiB", "value": round(build["iso"]["bytes"] / MIB, 1), "bar": 170}
    for part in ("squashfs", "initramfs", "kernel"):
        yield {"figure": f"{part}-size", "unit": "MiB", "value": round(build[f"{part}_bytes"] / MIB, 1)}


def kernel(bench: Bench) -> Iterator[dict]:
    """What the kernel costs: time from nothing, installed size; written down by its build."""
    manifest = bench.manifest()
    yield {"figure": "kernel-build", "unit": "s", "value": manifest["build"]["kernel_build_seconds"], "bar": 1500}
    yield {"figure": "kernel-installed", "unit": "MiB",
           "value": round(manifest["kernel"]["installed_bytes"] / MIB, 1), "bar": 40}


def build(bench: Bench) -> Iterator[dict]:
    """Build times against a stock `lb build`, kernel and packages cached on both sides."""
    _, stock = bench.stock()
    ours = statistics.median(bench.build("--no-stage-cache") for _ in range(bench.runs))
    yield {"figure": "full-build", "unit": "ratio to stock lb build", "value": round(ours / stock, 3), "bar": 0.5,
           "seconds": round(ours), "stock_seconds": round(stock)}
    times = []
    marker = bench.repository / "overlay/etc/clusterdisc-bench"
    bench.build()
    try:
        for run in range(bench.runs):
            marker.write_text(f"{time.time()} {run}\n")
            times.append(bench.build())
    finally:
        marker.unlink(missing_ok=True)
    ours = statistics.median(times)
    yield {"figure": "overlay-rebuild", "unit": "ratio to stock lb build", "value": round(ours / stock, 3), "bar": 0.2,
           "seconds": round(ours), "stock_seconds": round(stock)}


def boot(bench: Bench) -> Iterator[dict]:
    """Time from power-on to login against the stock disc, run in turn on the same virtual PC."""
    options = {"cpu": "pentium3", "memory_mib": 512}
    stock, _ = bench.stock()
    disc = Disc(bench.iso)
    ours, theirs = [], []
    for run in range(bench.runs):
        with Guest(disc.machine(**options), bench.scratch / f"ours-{run}") as guest:
            disc.wait_for_menu(guest)
            disc.choose(guest)
            ours.append(guest.login(seconds=400))
        theirs.append(stock.boot(bench.scratch / f"theirs-{run}", options))
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    yield {"figure": "boot-to-login", "unit": "ratio to stock disc", "value": round(ratio, 3), "bar": 0.6,
           "seconds": round(statistics.median(ours), 1), "stock_seconds": round(statistics.median(theirs), 1)}


def memory(bench: Bench) -> Iterator[dict]:
    """The least memory with which a 486 reaches login."""
    disc = Disc(bench.iso)
    least = None
    for mebibytes in MEMORY_STEPS:
        try:
            with Guest(disc.machine(cpu="486", memory_mib=mebibytes), bench.scratch / f"memory-{mebibytes}") as guest:
                disc.wait_for_menu(guest)
                disc.choose(guest)
                seconds = guest.login(seconds=400)
        except (ConsoleClosed, GuestDied, WaitTimeout):
            break
        least = (mebibytes, seconds)
    yield {"figure": "memory-486", "unit": "MiB", "value": least and least[0], "bar": 256,
           "seconds_to_login": least and round(least[1], 1)}


ALL = {function.__name__: function for function in (size, kernel, build, boot, memory)}
