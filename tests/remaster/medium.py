# SPDX-License-Identifier: GPL-2.0-or-later
"""What a disc's image consists of, as xorriso, unsquashfs and the bytes themselves tell."""

import hashlib
import json
import re
import subprocess
from functools import cached_property
from pathlib import Path

BLOCK = 2048
SECTOR = 512
# The boot loader has its own place written into itself there (isolinux: boot information table).
BOOT_INFO = slice(8, 64)
# The code of isohybrid's MBR, before the place of isolinux.bin and the table.
MBR_CODE = slice(0, 432)
# What is on the disc beside /live.
SMALL = ("/.disk", "/boot", "/clusterdisc", "/isolinux", "/sha256sum.README", "/sha256sum.txt")


def run(*command) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, errors="surrogateescape").stdout


class Medium:
    """The image at PATH; of its content, SMALL files or all are unpacked into the empty directory SCRATCH."""

    def __init__(self, path: Path, scratch: Path, small: bool = False) -> None:
        self.path = path
        self.folder = scratch / "medium"
        self._small = small
        extract = ["-extract_l", "/", self.folder, *SMALL, "--"] if small else ["-extract", "/", self.folder]
        self.report = run("xorriso", "-no_rc", "-osirrox", "on", "-indev", f"stdio:{path}", "-report_el_torito", "plain",
                          "-report_system_area", "plain", "-find", "/", "-exec", "lsdl", "--",
                          "-find", "/", "-type", "f", "-exec", "report_lba", "--", *extract)
        run("chmod", "-R", "u+rwX", self.folder)

    def read(self, name: str) -> bytes:
        return (self.folder / name.lstrip("/")).read_bytes()

    def text(self, name: str) -> str:
        return self.read(name).decode()

    @cached_property
    def manifest(self) -> dict:
        return json.loads(self.read("/clusterdisc/manifest.json"))

    @property
    def files(self) -> set[str]:
        return {"/" + str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}

    def mode(self, name: str) -> str:
        """The mode and owner on the medium, as in "-rw------- 0 0"."""
        return " ".join(re.search(rf"^(\S+) +\d+ (\d+) +(\d+) .* '{re.escape(name)}'$", self.report, re.MULTILINE).groups())

    def block(self, name: str) -> int:
        return int(re.search(rf"^File data lba: *\d+ , *(\d+) .* '{re.escape(name)}'$", self.report, re.MULTILINE)[1])

    def wrong_checksums(self) -> list[str]:
        """Files that are not as sha256sum.txt says; and those that it should name and does not."""
        named = {}
        for line in self.text("/sha256sum.txt").splitlines():
            digest, name = line.split("  .", 1)
            named[name] = digest
        wrong = [name for name, digest in named.items()
                 if not (self._small and name.startswith("/live/"))
                 and (name not in self.files or hashlib.sha256(self.read(name)).hexdigest() != digest)]
        # These two change with their place; the list cannot hold itself.
        exempt = {"/sha256sum.txt", "/sha256sum.README", "/isolinux/isolinux.bin", "/isolinux/boot.cat"}
        return wrong + sorted(self.files - set(named) - exempt)

    def boot_structure(self) -> list[str]:
        """All ways to boot, without the places and random identifiers."""
        kept = (r"El Torito boot img : +\d+ +\S+ +\S+ +\S+ +\S+ +\S+ +\S+", r"El Torito img (?:path|opts) .*", r"System area \w+:.*",
                r"MBR partition +: +\d+ +\S+ +\S+", r"MBR partition path.*", r"GPT type GUID.*", r"GPT partition (?:flags|path).*",
                r"APM partition (?:name|type|path).*", r"Partition offset.*", r"MBR (?:heads|secs) per.*")
        found = (re.match("|".join(kept), line) for line in self.report.splitlines())
        return [match[0] for match in found if match]

    def wrong_boot_pointers(self) -> list[str]:
        """Which of the boot records do not lead to the boot loaders."""
        catalog = int.from_bytes(self._bytes(17 * BLOCK + 71, 4), "little")
        loaders = {
            "El Torito's entry for BIOS": self._number(catalog * BLOCK + 40) * BLOCK,
            "the MBR's place of isolinux.bin": self._number(432) * SECTOR,
        }
        images = {
            "El Torito's entry for UEFI": self._number(catalog * BLOCK + 104) * BLOCK,
            "the MBR's partition for UEFI": self._number(470) * SECTOR,
        }
        efi = self.read("/boot/grub/efi.img")
        return [name for name, place in loaders.items() if not self._is_loader(place)] + \
            [name for name, place in images.items() if self._bytes(place, len(efi)) != efi]

    def _bytes(self, place: int, size: int) -> bytes:
        with self.path.open("rb") as image:
            image.seek(place)
            return image.read(size)

    def _number(self, place: int) -> int:
        return int.from_bytes(self._bytes(place, 4), "little")

    def _is_loader(self, place: int) -> bool:
        """True if isolinux.bin is there, and knows its own place and that of a primary volume descriptor."""
        loader = self.read("/isolinux/isolinux.bin")
        found = self._bytes(place, len(loader))
        return found[:8] + found[64:] == loader[:8] + loader[64:] and \
            int.from_bytes(found[12:16], "little") * BLOCK == place and \
            self._bytes(int.from_bytes(found[8:12], "little") * BLOCK, 6) == b"\1CD001"

    def boot_code(self) -> tuple[bytes, bytes]:
        """The MBR's code and isolinux.bin, without the places in them."""
        with self.path.open("rb") as image:
            code = image.read(SECTOR)[MBR_CODE]
        loader = bytearray(self.read("/isolinux/isolinux.bin"))
        loader[BOOT_INFO] = b""
        return code, bytes(loader)

    def root_files(self, layer: str) -> dict[str, str]:
        """What is in a squashfs of the medium: "MODE UID/GID" by path, "-> TARGET" added for links."""
        lines = run("unsquashfs", "-lln", self.folder / f"live/{layer}.squashfs").splitlines()
        matches = (re.match(r"(\S{10}) (\d+/\d+) .* squashfs-root/(.*)$", line) for line in lines)
        found = {}
        for match in filter(None, matches):
            path, _, target = match[3].partition(" -> ")
            found["/" + path] = f"{match[1]} {match[2]}" + (f" -> {target}" if target else "")
        return found

    def content(self, layer: str, path: str) -> bytes:
        """Of a file in a squashfs of the medium."""
        return subprocess.run(["unsquashfs", "-cat", self.folder / f"live/{layer}.squashfs", path], check=True,
                              capture_output=True).stdout
