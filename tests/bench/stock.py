# SPDX-License-Identifier: GPL-2.0-or-later
"""The peer of the benchmarks: what live-build makes of the same package lists when it is used as it comes."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from qemu import Guest, Machine
from qemu.console import WaitTimeout

_SOURCES = 'source "$1/builder/report.sh"; source "$1/builder/cleanup.sh"; source "$1/builder/cache.sh"; ' \
           'source "$1/builder/archive.sh"; archive_find_mirrors "" ""; archive_prepare no; ' \
           'printf "%s\\n" "$ARCHIVE_MIRROR" "$CACHE_ROOT" "${ARCHIVE_SUITES[@]}"'


class StockDisc:
    """A live-build tree in FOLDER with the package lists of REPOSITORY and nothing else of ours."""

    def __init__(self, repository: Path, folder: Path) -> None:
        self.repository = repository
        self.folder = folder
        output = subprocess.run(["bash", "-euo", "pipefail", "-c", _SOURCES, "bash", repository], check=True,
                                capture_output=True, text=True).stdout.splitlines()
        self.mirror, self.cache, *suites = output
        self.suites = dict(line.split(" ") for line in suites)

    @property
    def iso(self) -> Path:
        return self.folder / "live-image-i386.hybrid.iso"

    def configure(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        security = self.suites.get("bookworm-security", self.mirror)
        options = {
            "distribution": "bookworm", "architecture": "i386", "archive-areas": "main", "linux-flavours": "686",
            "apt-recommends": "false", "firmware-chroot": "false", "apt-source-archives": "false",
            "security": str("bookworm-security" in self.suites).lower(),
            "updates": str("bookworm-updates" in self.suites).lower(),
            # A login on the serial line can be seen from outside.
            "bootappend-live": "boot=live components console=ttyS0,115200 console=tty0 quiet",
        }
        for name in ("bootstrap", "chroot", "binary"):
            options[f"mirror-{name}"] = options[f"parent-mirror-{name}"] = self.mirror + "/"
        for name in ("chroot", "binary"):
            options[f"mirror-{name}-security"] = options[f"parent-mirror-{name}-security"] = security + "/"
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self._run(["lb", "config", *words])
        for package_list in (self.repository / "config/package-lists").glob("*.list.chroot"):
            shutil.copy(package_list, self.folder / "config/package-lists")
        self._share_downloads()

    def build(self) -> float:
        """Builds the disc; returns the seconds that it took."""
        started = time.monotonic()
        self._run(["unshare", "--mount", "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc", "lb", "build"])
        return time.monotonic() - started

    def boot(self, folder: Path, options: dict) -> float:
        """Boots the disc; returns the seconds from power-on to the login prompt on the serial line."""
        with Guest(Machine(cdrom=self.iso, **options), folder) as guest:
            # The stock menu waits for a person, without a countdown and without a word on the serial line.
            for _ in range(60):
                guest.press_on_keyboard("ret")
                try:
                    guest.wait_for("\n", 0.3)
                    break
                except WaitTimeout:
                    continue
            guest.wait_for("login:", 400)
            return guest.uptime

    def _share_downloads(self) -> None:
        target = self.folder / "cache/packages.chroot"
        target.mkdir(parents=True, exist_ok=True)
        for package in Path(self.cache, "downloads").glob("*.deb"):
            if not (target / package.name).exists():
                os.link(package, target / package.name)

    def _run(self, command: list[str]) -> None:
        with open(self.folder / "stock.log", "ab") as log:
            subprocess.run(command, cwd=self.folder, check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
