# SPDX-License-Identifier: GPL-2.0-or-later
"""The files that clients get: by HTTP the same ones on every link, by TFTP those with the server's address in them."""

import os
import re
import subprocess
from pathlib import Path

from . import boot_menus, cpio, dnsmasq
from .problems import Failure

# Where iso/medium.sh puts the loaders.
LOADERS_DIRECTORY = "clusterdisc/serve"
_BIOS_FILES = (dnsmasq.BIOS_LOADER, "ldlinux.c32")
_GRUB_IMAGES = (dnsmasq.UEFI_X64_LOADER, dnsmasq.UEFI_IA32_LOADER)
_LIVE_BOOT_NAME = "9995-clusterdisc-serve.sh"
_PROGRAM_DIRECTORY = "usr/lib/clusterdisc/serve"
# The initramfs has these already.
_BASE_LIBRARIES = re.compile(r"^(linux-(gate|vdso)|ld-linux|libc|libm)\b")
_READ_BYTES = 1 << 20
# What a node keeps free while it reads its medium into memory.
_FREE_BYTES = 64 << 20


class Medium:
    """The medium that this node was booted from, at DIRECTORY. Raises a Failure when PCs cannot be started from it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.layers = sorted(directory.glob("live/*.squashfs"))
        needed = [boot_menus.KERNEL, boot_menus.INITRAMFS, *(f"{LOADERS_DIRECTORY}/{name}" for name in (*_BIOS_FILES, *_GRUB_IMAGES))]
        missing = [name for name in needed if not (directory / name).is_file()]
        if missing or not self.layers:
            raise Failure(f"no PC can be started from {directory}: {', '.join(missing) or 'live/*.squashfs'} is not there; "
                          "boot this node from a whole disc or stick")

    def read(self, loader: str) -> bytes:
        """A file of the loaders' directory."""
        return (self.directory / LOADERS_DIRECTORY / loader).read_bytes()

    def files(self) -> list[str]:
        """The names of all files that a client may fetch by HTTP. The cluster key is not among them."""
        names = [boot_menus.KERNEL, boot_menus.INITRAMFS, *(f"live/{layer.name}" for layer in self.layers)]
        return names + [f"{LOADERS_DIRECTORY}/{name}" for name in (*_BIOS_FILES, *_GRUB_IMAGES)]

    def read_into_memory(self) -> None:
        """Reads what clients fetch once, so that it is in the page cache before the first one comes, if there is room."""
        for name in self.files():
            path = self.directory / name
            if path.stat().st_size + _FREE_BYTES > available_bytes():
                return
            with path.open("rb", buffering=0) as content:
                while content.read(_READ_BYTES):
                    pass


def available_bytes() -> int:
    """How much memory programs of this PC can still get."""
    match = re.search(r"^MemAvailable: *(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return int(match[1]) * 1024 if match else 0


def libraries_of(program: Path) -> list[tuple[str, Path]]:
    """The name and place of each shared library of PROGRAM that the initramfs lacks, as the dynamic linker finds them."""
    done = subprocess.run(["ldd", program], capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise Failure(f"the libraries of {program} cannot be found: {done.stderr.strip()}")
    found = re.findall(r"^\s*(\S+) => (/\S+) ", done.stdout, re.MULTILINE)
    return [(name, Path(path)) for name, path in found if not _BASE_LIBRARIES.match(name)]


def extra_initramfs(own: Path) -> bytes:
    """What a client's initramfs needs besides the disc's own one. OWN is the directory of the installed package."""
    program = own / "clusterdisc-ask-key"
    if not program.is_file():
        raise Failure(f"{program} is not there; install the package clusterdisc-serve anew")
    entries = [
        cpio.Entry(f"usr/lib/live/boot/{_LIVE_BOOT_NAME}", (own / "initramfs" / _LIVE_BOOT_NAME).read_bytes(), 0o644),
        cpio.Entry(f"{_PROGRAM_DIRECTORY}/udhcpc-script", (own / "initramfs/udhcpc-script").read_bytes(), 0o755),
        cpio.Entry(f"{_PROGRAM_DIRECTORY}/{program.name}", program.read_bytes(), 0o755),
    ]
    for name, path in libraries_of(program):
        # In the initramfs /lib is a link.
        entries.append(cpio.Entry(f"{'usr' if path.parts[1] == 'lib' else ''}{path.parent}/{name}".lstrip("/"), path.read_bytes(), 0o644))
    return cpio.archive(entries)


def make_http_root(root: Path, medium: Medium, own: Path) -> None:
    """Makes the directory that is served by HTTP: links to the medium, the list of files, the extra initramfs."""
    lines = []
    for name in medium.files():
        link = root / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(medium.directory / name)
        lines.append(f"{link.stat().st_size} {name}\n")
    (root / boot_menus.EXTRA_INITRAMFS).write_bytes(extra_initramfs(own))
    (root / "files.txt").write_text("".join(lines))


def make_tftp_root(root: Path, medium: Medium, server: str, words: str) -> None:
    """Makes the directory that is served by TFTP as SERVER. dnsmasq reads it as another user."""
    (root / "pxelinux.cfg").mkdir(parents=True, exist_ok=True)
    os.chmod(root, 0o755)
    for name in _BIOS_FILES:
        (root / name).write_bytes(medium.read(name))
    (root / "pxelinux.cfg/default").write_text(boot_menus.pxelinux(server, words))
    (root / "grub.cfg").write_text(boot_menus.grub(server, words))
    for name in _GRUB_IMAGES:
        (root / name).write_bytes(boot_menus.grub_image(medium.read(name), server))
