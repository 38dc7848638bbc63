# SPDX-License-Identifier: GPL-2.0-or-later
"""The files that clients get: by HTTP the same ones on every link, by TFTP those with the server's address in them."""

import hashlib
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
# The list of what clients may fetch.
FILE_LIST = "files.txt"
_LIVE_BOOT_NAME = "9995-clusterdisc-serve.sh"
_PROGRAMS = ("clusterdisc-ask-key", "clusterdisc-fetch")
_PROGRAM_DIRECTORY = "usr/lib/clusterdisc/serve"
# The initramfs has these already.
_BASE_LIBRARIES = re.compile(r"^(linux-(gate|vdso)|ld-linux|libc|libm)\b")
_READ_BYTES = 1 << 20


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

    @property
    def has_drone(self) -> bool:
        """Whether PCs with too little memory can get the drone. One that was started over the network has none."""
        return (self.directory / boot_menus.DRONE).is_file()

    def read(self, loader: str) -> bytes:
        """A file of the loaders' directory."""
        return (self.directory / LOADERS_DIRECTORY / loader).read_bytes()

    def files(self) -> list[str]:
        """The names of all files that a client may fetch by HTTP, the layers first. The cluster key is not among them."""
        names = [*(f"live/{layer.name}" for layer in self.layers), boot_menus.KERNEL, boot_menus.INITRAMFS]
        return names + [f"{LOADERS_DIRECTORY}/{name}" for name in (*_BIOS_FILES, *_GRUB_IMAGES)]

    def size(self) -> int:
        """The size of all these files together."""
        return sum((self.directory / name).stat().st_size for name in self.files())

    def write_list(self, file: Path, hashes: dict[str, str]) -> None:
        """Writes FILE, a line "SIZE NAME SHA256" for each file, "-" where HASHES has none."""
        new = file.with_suffix(".new")
        new.write_text("".join(f"{(self.directory / name).stat().st_size} {name} {hashes.get(name, '-')}\n" for name in self.files()))
        os.replace(new, file)

    def read_into_memory(self, file: Path) -> None:
        """Reads what clients fetch once, so that it is in the page cache before the first one comes, if there is room.

        Writes the list FILE with the hash of each file as soon as that has been read: what the list has no hash of, clients
        take from nobody else.
        """
        hashes: dict[str, str] = {}
        for name in self.files():
            found = hashlib.sha256()
            with (self.directory / name).open("rb", buffering=0) as content:
                while block := content.read(_READ_BYTES):
                    found.update(block)
            hashes[name] = found.hexdigest()
            self.write_list(file, hashes)


def libraries_of(program: Path) -> list[tuple[str, Path]]:
    """The name and place of each shared library of PROGRAM that the initramfs lacks, as the dynamic linker finds them."""
    done = subprocess.run(["ldd", program], capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise Failure(f"the libraries of {program} cannot be found: {done.stderr.strip()}")
    found = re.findall(r"^\s*(\S+) => (/\S+) ", done.stdout, re.MULTILINE)
    return [(name, Path(path)) for name, path in found if not _BASE_LIBRARIES.match(name)]


def extra_initramfs(own: Path) -> bytes:
    """What a client's initramfs needs besides the disc's own one. OWN is the directory of the installed package."""
    entries = [
        cpio.Entry(f"usr/lib/live/boot/{_LIVE_BOOT_NAME}", (own / "initramfs" / _LIVE_BOOT_NAME).read_bytes(), 0o644),
        cpio.Entry(f"{_PROGRAM_DIRECTORY}/udhcpc-script", (own / "initramfs/udhcpc-script").read_bytes(), 0o755),
    ]
    libraries = {}
    for program in (own / name for name in _PROGRAMS):
        if not program.is_file():
            raise Failure(f"{program} is not there; install the package clusterdisc-serve anew")
        entries.append(cpio.Entry(f"{_PROGRAM_DIRECTORY}/{program.name}", program.read_bytes(), 0o755))
        libraries |= dict(libraries_of(program))
    for name, path in libraries.items():
        # In the initramfs /lib is a link.
        entries.append(cpio.Entry(f"{'usr' if path.parts[1] == 'lib' else ''}{path.parent}/{name}".lstrip("/"), path.read_bytes(), 0o644))
    return cpio.archive(entries)


def make_http_root(root: Path, medium: Medium, own: Path) -> None:
    """Makes the directory that is served by HTTP: links to the medium, the list of files, the extra initramfs."""
    for name in [*medium.files(), *([boot_menus.DRONE] if medium.has_drone else [])]:
        link = root / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(medium.directory / name)
    (root / boot_menus.EXTRA_INITRAMFS).write_bytes(extra_initramfs(own))
    medium.write_list(root / FILE_LIST, {})


def give_drone(root: Path, mac: str, server: str, words: str) -> None:
    """PXELINUX of the PC with that hardware address loads the drone from now on. ROOT is served by TFTP as SERVER."""
    (root / f"pxelinux.cfg/01-{mac.replace(':', '-')}").write_text(boot_menus.pxelinux_drone(server, words))


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
