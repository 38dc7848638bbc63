# SPDX-License-Identifier: GPL-2.0-or-later
"""Finds everything on a disc that holds machine code in ELF form, once per content.

Sources are unpacked folders, ISO images, squashfs images, initial RAM disks, kernels, modules and single ELF files. The
boot loaders' raw images (isolinux.bin, memdisk) and EFI programs (PE format) are not ELF and are not looked at.
"""

import hashlib
import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from . import archives, compression, elf

ROOT = "root"
MEDIUM = "medium"
INITRAMFS = "initramfs"
SINGLE = "file"

_MODULE = re.compile(r"\.ko(\.(xz|zst|gz))?$")
_KERNEL = re.compile(r"(^|/)((vmlinuz|vmlinux|bzImage)[^/]*|drone)$")
_RAM_DISK = re.compile(r"(^|/)(initrd|initrd\.img[^/]*|initramfs[^/]*\.img)$")
_SYSTEM_MAP = re.compile(r"^System\.map-(.+)$")
_BANNER = re.compile(rb"Linux version (\S+) \(")
# Boot loader modules (GRUB's .mod, Syslinux's .c32) run without an operating system below them.
_BOOT_LOADER_MODULE = re.compile(r"\.(mod|c32)$")
_SQUASHFS_MAGIC = b"hsqs"
_ISO_MAGIC = b"CD001"


class CollectionError(RuntimeError):
    """A source that cannot be read or unpacked."""


@dataclass(frozen=True)
class Place:
    """Where a file is: the tree (root, medium, initramfs, file) and the path in it, with a leading slash."""

    tree: str
    path: str

    def __str__(self) -> str:
        return self.path if self.tree in (ROOT, SINGLE) else f"{self.tree}:{self.path}"


@dataclass
class CodeFile:
    """One ELF file, by content; it may be in several places."""

    file: Path
    places: list[Place]
    privileged: bool
    system_map: Path | None = None

    @property
    def name(self) -> str:
        return str(self.places[0])


@dataclass
class Collection:
    """All code files of some sources; unpacks into `scratch`, which belongs to the caller."""

    scratch: Path
    files: dict[bytes, CodeFile] = field(default_factory=dict)
    _system_maps: dict[str, Path] = field(default_factory=dict)

    def add(self, sources: Iterable[Path]) -> None:
        """Adds everything below each of the sources."""
        for source in sources:
            if source.is_dir():
                self._add_tree(source, MEDIUM if (source / "live").is_dir() and not (source / "usr").exists() else ROOT)
            elif source.is_file():
                self._add_source_file(source)
            else:
                raise CollectionError(f"{source}: no such file or folder")
        for code in self.files.values():
            if self._system_maps and any(_KERNEL.search(place.path) for place in code.places):
                banner = _BANNER.search(code.file.read_bytes())
                code.system_map = self._system_maps.get(banner[1].decode("ascii", "replace")) if banner else None

    def _scratch_path(self, name: str) -> Path:
        folder = self.scratch / f"{len(os.listdir(self.scratch)):05d}"
        folder.mkdir()
        return folder / re.sub(r"[^A-Za-z0-9._-]", "_", os.path.basename(name))

    def _add_source_file(self, source: Path) -> None:
        with source.open("rb") as stream:
            start = stream.read(0x8006)
        if start[0x8001:0x8006] == _ISO_MAGIC:
            self._add_tree(self._unpack_iso(source), MEDIUM)
        elif start.startswith(_SQUASHFS_MAGIC):
            self._add_tree(self._unpack_squashfs(source), ROOT)
        elif not self._add_file(source, Place(SINGLE, str(source))):
            raise CollectionError(f"{source}: neither an ISO, a squashfs, a kernel, an initial RAM disk nor an ELF file")

    def _run(self, command: list[str], what: str) -> None:
        try:
            result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        except FileNotFoundError as problem:
            raise CollectionError(f"{command[0]} is needed to unpack {what}; install it") from problem
        if result.returncode:
            raise CollectionError(f"cannot unpack {what}: {(result.stderr or result.stdout).strip()[-500:]}")

    def _unpack_iso(self, image: Path) -> Path:
        folder = self._scratch_path("medium")
        self._run(["xorriso", "-osirrox", "on", "-indev", str(image), "-extract", "/", str(folder)], str(image))
        self._run(["chmod", "-R", "u+rwX", str(folder)], str(image))
        return folder

    def _unpack_squashfs(self, image: Path) -> Path:
        folder = self._scratch_path("root")
        # Without root's privileges device nodes and owners cannot be made; neither matters here.
        self._run(["unsquashfs", "-no-progress", "-no-xattrs", "-no-exit-code", "-d", str(folder), str(image)], str(image))
        if not folder.is_dir():
            raise CollectionError(f"cannot unpack {image}: unsquashfs made no files")
        return folder

    def _add_tree(self, folder: Path, tree: str) -> None:
        for parent, folders, names in os.walk(folder):
            folders.sort()
            for name in sorted(names):
                path = Path(parent) / name
                if path.is_symlink() or not path.is_file():
                    continue
                place = Place(tree, "/" + str(path.relative_to(folder)))
                system_map = _SYSTEM_MAP.match(name)
                # Debian's own System.map is only a note that the real one is elsewhere.
                if system_map and path.stat().st_size > 4096:
                    self._system_maps[system_map[1]] = path
                if tree == MEDIUM and name.endswith(".squashfs"):
                    self._add_tree(self._unpack_squashfs(path), ROOT)
                else:
                    self._add_file(path, place)

    def _add_file(self, path: Path, place: Place) -> bool:
        """Adds the file at path if it holds code; tells whether it does."""
        try:
            with path.open("rb") as stream:
                start = stream.read(0x210)
        except PermissionError as problem:
            raise CollectionError(f"{path} is not readable; run as root") from problem
        try:
            if elf.is_elf(start):
                self._add_elf(path, path.read_bytes(), place)
            elif _MODULE.search(place.path) and compression.method_of(start):
                self._add_content(compression.decompress(path.read_bytes()), place)
            elif archives.is_kernel_image(start):
                kernel = archives.kernel_from_image(path.read_bytes())
                self._add_content(kernel, place)
                self._add_ram_disk(archives.built_in_ram_disk(kernel))
            elif _RAM_DISK.search(place.path) and start:
                self._add_ram_disk(path.read_bytes())
            else:
                return False
        except (archives.ArchiveError, compression.CompressionError) as problem:
            raise CollectionError(f"{place}: {problem}") from problem
        return True

    def _add_ram_disk(self, data: bytes) -> None:
        for name, content in archives.initial_ram_disk_files(data):
            if _MODULE.search(name) and compression.method_of(content):
                content = compression.decompress(content)
            if elf.is_elf(content):
                self._add_content(content, Place(INITRAMFS, "/" + name))

    def _add_content(self, content: bytes, place: Place) -> None:
        known = self.files.get(hashlib.sha256(content).digest())
        path = known.file if known else self._scratch_path(place.path)
        if not known:
            path.write_bytes(content)
        self._add_elf(path, content, place)

    def _add_elf(self, path: Path, content: bytes, place: Place) -> None:
        privileged = place.tree == MEDIUM or any(
            pattern.search(place.path) for pattern in (_MODULE, _KERNEL, _BOOT_LOADER_MODULE)
        )
        known = self.files.setdefault(hashlib.sha256(content).digest(), CodeFile(path, [], privileged))
        if place not in known.places:
            known.places.append(place)
        known.privileged |= privileged
