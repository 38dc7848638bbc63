# SPDX-License-Identifier: GPL-2.0-or-later
"""The order of the work: read the disc, make the layer, change menus, key, manifest and checksums, write the result."""

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from . import (booted_medium, checksums, image, instruction_lint, key_initramfs, manifest, menus, namespaces, packages,
               picture)
from .archive import Archive
from .command_line import Request
from .configuration import Configuration
from .disc import BASE_LAYER, KEY, KEY_INITRAMFS, MANIFEST, Disc
from .layer import Layer
from .problems import Failure, UsageProblem
from .programs import require
from .root_view import Image, RootView


def progress(text: str) -> None:
    """Tells the person what is done now."""
    print(f"clusterdisc-remaster: {text}", file=sys.stderr, flush=True)


def layer_file(name: str) -> str:
    """Where on the medium a layer lies: live-boot finds it there, and sorts it behind the base (9990-overlay.sh)."""
    return f"/live/{name}.squashfs"


class Remaster:
    """One run; SCRATCH is a directory for it."""

    def __init__(self, request: Request, scratch: Path) -> None:
        self._request = request
        self._scratch = scratch
        self._disc = Disc(request.disc or booted_medium.find())
        self._manifest = manifest.Manifest(self._disc.read(MANIFEST))
        self._changed: dict[str, Path] = {}
        self._removed: set[str] = set()
        self._done: dict = {}

    def run(self) -> None:
        """Does all of it."""
        if self._request.in_place:
            image.check_in_place(self._disc)
        self._remove_layers()
        if self._request.adds_layer:
            self._add_layer()
        if self._request.key:
            self._put(KEY, self._request.key)
            if KEY_INITRAMFS in self._disc.files:
                self._put(KEY_INITRAMFS, key_initramfs.make(self._request.key))
            self._done["key"] = "replaced"
        settings = self._change_menus()
        self._manifest.record(self._done)
        self._put(MANIFEST, self._manifest.encode(settings))
        self._put(checksums.NAME, checksums.change(self._disc.read(checksums.NAME).decode(), self._changed,
                                                   self._removed).encode())
        if self._request.in_place:
            self._write_in_place()
        else:
            self._write_new()

    def _put(self, name: str, content: bytes) -> None:
        local = self._scratch / f"file-{len(self._changed)}"
        local.write_bytes(content)
        self._changed[name] = local

    def _remove_layers(self) -> None:
        for name in self._request.removed:
            layer = self._manifest.layer(name)
            if not layer:
                have = ", ".join(layer["name"] for layer in self._manifest.layers) or "none"
                raise UsageProblem(f"--remove: the disc has no layer \"{name}\"; it has: {have}")
            above = [other["name"] for other in self._manifest.layers
                     if other["name"] > name and other.get("packages") and other["name"] not in self._request.removed]
            if layer.get("packages") and above:
                raise UsageProblem(f"--remove: the packages of {above[0]} were chosen beside those of {name}; "
                                   f"remove {above[0]} as well")
            self._manifest.layers.remove(layer)
            self._removed.add(layer_file(name))
        if self._request.removed:
            self._done["removed"] = self._request.removed

    def _add_layer(self) -> None:
        progress("reading the disc")
        names = [BASE_LAYER, *(layer_file(layer["name"]) for layer in self._manifest.layers)]
        root = RootView([Image(name, self._disc.path, self._disc.offset(name)) for name in names])
        layer = Layer(root, self._scratch)
        name = self._manifest.next_layer()
        unpacked = self._add_packages(layer, root)
        for addition in self._request.additions:
            progress(f"adding {addition.source} at {addition.target}")
            addition.put_into(layer, root)
        if layer.is_empty and not self._request.script:
            raise UsageProblem("--add: there is nothing in " + ", ".join(str(one.source) for one in self._request.additions))
        account = {"name": name, "time": manifest.when(), "by": manifest.who(),
                   "added": [f"{one.source.resolve().name}:{one.target}" for one in self._request.additions]}
        if unpacked:
            account["packages"] = [package.account() for package in unpacked]
        if self._request.script:
            account["script"] = self._request.script.name
        configuration = Configuration(name, unpacked, self._request.script)
        if configuration.is_needed:
            account["configured"] = self._configure(configuration, layer, root)
        squashfs = self._scratch / "new.squashfs"
        progress(f"making {name}")
        layer.squash(squashfs)
        if beyond := self._beyond_486(squashfs):
            account["beyond_486"] = beyond
        self._changed[layer_file(name)] = squashfs
        account |= {"bytes": squashfs.stat().st_size, "sha256": checksums.of_file(squashfs)}
        self._manifest.layers.append(account)
        self._done["layer"] = account

    def _add_packages(self, layer: Layer, root: RootView) -> list[packages.Package]:
        if not self._request.packages:
            return []
        require("apt-get", "dpkg-deb")
        archive = Archive(root, self._scratch, self._request.sources)
        progress("asking the archive")
        resolved = archive.resolve(self._request.packages)
        if not resolved:
            progress(f"on the disc already: {', '.join(self._request.packages)}")
            return []
        progress(f"packages: {', '.join(f'{package.name} {package.version}' for package in resolved)}")
        return packages.unpack(archive.download(resolved), layer, root)

    def _configure(self, configuration: Configuration, layer: Layer, root: RootView) -> str:
        """Says beforehand when it runs. Returns "now", "at boot", or which packages are left for the boot."""
        try:
            namespaces.check()
            progress(f"running now: {configuration.describe()}")
            left = configuration.run_now(layer, root, self._scratch)
        except namespaces.CannotRunHere as problem:
            progress(f"{problem}\nWill run when a node boots: {configuration.describe()}")
            configuration.leave_for_boot(layer)
            return "at boot"
        if not left:
            return "now"
        progress(f"will be finished when a node boots: {': '.join(left)}")
        configuration.leave_for_boot(layer)
        return f"at boot: {left[0]}"

    def _beyond_486(self, squashfs: Path) -> dict[str, list[str]]:
        """The files of the layer that a 486 cannot run, with the instruction sets that they need. Warns of them."""
        try:
            beyond = instruction_lint.look(squashfs, self._scratch)
        except instruction_lint.CannotLook as problem:
            progress(f"not checked whether a 486 can run what was added: {problem}")
            return {}
        for path, sets in beyond.items():
            progress(f"warning: {path} needs more than a 486 has, unless it asks the processor first: {', '.join(sets)}")
        return beyond

    def _change_menus(self) -> menus.MenuSettings:
        old, request = self._manifest.settings, self._request
        asked = {"title": request.title, "cluster": request.cluster, "parameters": request.parameters}
        if request.picture:
            asked["picture"] = request.picture.name
            self._put(picture.NAME, request.picture_content)
        asked = {name: value for name, value in asked.items() if value is not None}
        new = replace(old, **asked)
        if asked:
            self._put(menus.ISOLINUX, menus.change_isolinux(self._disc.read(menus.ISOLINUX).decode(), old, new).encode())
            self._put(menus.GRUB, menus.change_grub(self._disc.read(menus.GRUB).decode(), old, new).encode())
            self._done["settings"] = asked
        return new

    def _write_new(self) -> None:
        output = self._request.output
        progress(f"writing {output}")
        with image.appears_whole(output) as temporary:
            image.write_new(self._disc, self._changed, self._removed, temporary)
            digest = checksums.of_file(temporary)
        output.with_name(output.name + ".sha256").write_text(f"{digest}  {output.name}\n")
        progress(f"{output} ({output.stat().st_size >> 20} MiB) is ready")

    def _write_in_place(self) -> None:
        copy = self._scratch / "copy.iso"
        image.append_to_copy(self._disc, self._changed, self._removed, copy)
        progress(f"writing to {self._disc.path}")
        written = image.write_in_place(self._disc, copy)
        progress(f"{self._disc.path} is ready; {written} bytes were written")


def show(disc: Disc) -> str:
    """The layers and settings of a disc, for people."""
    account = manifest.Manifest(disc.read(MANIFEST))
    lines = [f"{'title':12} {account.settings.title or '(as built)'}",
             f"{'cluster':12} {account.settings.cluster or '(as built)'}",
             f"{'parameters':12} {account.settings.parameters or '(none added)'}",
             f"{'picture':12} {account.settings.picture or '(none)'}"]
    for layer in account.layers:
        made = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(layer["time"]))
        lines.append(f"{layer['name']:12} {layer['bytes'] / (1 << 20):.1f} MiB, {made}, by {layer['by']}")
        lines += [f"{'':12} {text}" for text in layer["added"]]
        lines += [f"{'':12} {package['name']} {package['version']}" for package in layer.get("packages", [])]
        if "script" in layer:
            lines.append(f"{'':12} script {layer['script']}")
        if layer.get("configured", "now") != "now":
            lines.append(f"{'':12} configured {layer['configured']}")
    if not account.layers:
        lines.append(f"{'layers':12} (none added)")
    return "\n".join(lines)


def run(request: Request) -> None:
    """Does what the command line asks for."""
    require("xorriso", "mksquashfs", "unsquashfs")
    if request.list_layers:
        print(show(Disc(request.disc or booted_medium.find())))
        return
    try:
        with tempfile.TemporaryDirectory(prefix="clusterdisc-remaster-") as scratch:
            Remaster(request, Path(scratch)).run()
    except OSError as problem:
        where = f" {problem.filename}" if problem.filename else ""
        raise Failure(f"cannot write{where}: {problem.strerror}; TMPDIR moves the temporary files") from problem
