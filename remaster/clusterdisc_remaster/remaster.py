# SPDX-License-Identifier: GPL-2.0-or-later
"""The order of the work: read the disc, make the layer, change menus, key, manifest and checksums, write the result."""

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from . import booted_medium, checksums, image, manifest, menus
from .command_line import Request
from .disc import BASE_LAYER, KEY, MANIFEST, Disc
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
        if self._request.additions:
            self._add_layer()
        if self._request.key:
            self._put(KEY, self._request.key)
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
            self._manifest.layers.remove(layer)
            self._removed.add(layer_file(name))
        if self._request.removed:
            self._done["removed"] = self._request.removed

    def _add_layer(self) -> None:
        progress("reading the disc")
        names = [BASE_LAYER, *(layer_file(layer["name"]) for layer in self._manifest.layers)]
        root = RootView([Image(name, self._disc.path, self._disc.offset(name)) for name in names])
        layer = Layer(root, self._scratch)
        for addition in self._request.additions:
            progress(f"adding {addition.source} at {addition.target}")
            addition.put_into(layer, root)
        if layer.is_empty:
            raise UsageProblem("--add: there is nothing in " + ", ".join(str(one.source) for one in self._request.additions))
        name = self._manifest.next_layer()
        squashfs = self._scratch / "new.squashfs"
        progress(f"making {name}")
        layer.squash(squashfs)
        self._changed[layer_file(name)] = squashfs
        account = {
            "name": name,
            "time": manifest.when(),
            "by": manifest.who(),
            "bytes": squashfs.stat().st_size,
            "sha256": checksums.of_file(squashfs),
            "added": [f"{one.source.resolve().name}:{one.target}" for one in self._request.additions],
        }
        self._manifest.layers.append(account)
        self._done["layer"] = account

    def _change_menus(self) -> menus.MenuSettings:
        old, request = self._manifest.settings, self._request
        asked = {"title": request.title, "cluster": request.cluster, "parameters": request.parameters}
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
             f"{'parameters':12} {account.settings.parameters or '(none added)'}"]
    for layer in account.layers:
        made = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(layer["time"]))
        lines.append(f"{layer['name']:12} {layer['bytes'] / (1 << 20):.1f} MiB, {made}, by {layer['by']}")
        lines += [f"{'':12} {text}" for text in layer["added"]]
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
