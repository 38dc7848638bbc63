# SPDX-License-Identifier: GPL-2.0-or-later
"""What the manifest on the medium says about remastering: the layers and settings now, and what was done when by whom."""

import json
import os
import pwd
import re
import time
from dataclasses import asdict

from .menus import MenuSettings
from .problems import Failure

LAYER_NAME = re.compile(r"layer-(\d\d)")
# live-boot names all layers in one option of the mount, which has at most a page.
MAX_LAYERS = 40


def who() -> str:
    """As Debian's tools call the person; else the login name."""
    name, address = os.environ.get("DEBFULLNAME"), os.environ.get("DEBEMAIL")
    if name and address:
        return f"{name} <{address}>"
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def when() -> int:
    """Seconds since 1970: SOURCE_DATE_EPOCH, or now."""
    return int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())


class Manifest:
    """The manifest of a disc."""

    def __init__(self, content: bytes) -> None:
        try:
            self._document = json.loads(content)
            remaster = self._document.setdefault("remaster", {"settings": {}, "layers": [], "history": []})
            self.settings = MenuSettings(**remaster["settings"])
            self.layers: list[dict] = remaster["layers"]
            self._history: list[dict] = remaster["history"]
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise Failure(f"the disc's manifest is damaged ({problem}); begin with the original disc") from problem

    def layer(self, name: str) -> dict | None:
        """The account of the layer NAME."""
        return next((layer for layer in self.layers if layer["name"] == name), None)

    def next_layer(self) -> str:
        """A name that sorts behind all others: live-boot lays the layers over each other in the order of their names."""
        numbers = [int(LAYER_NAME.fullmatch(layer["name"])[1]) for layer in self.layers]
        if len(numbers) >= MAX_LAYERS or max(numbers, default=0) == 99:
            raise Failure(f"the disc has {len(numbers)} layers, the last one {self.layers[-1]['name']}; "
                          "remove some, or begin with the original disc")
        return f"layer-{max(numbers, default=0) + 1:02}"

    def record(self, done: dict) -> None:
        """Adds an entry to the history: who did what when."""
        self._history.append({"time": when(), "by": who(), **done})

    def encode(self, settings: MenuSettings) -> bytes:
        """The manifest of the remastered disc, whose menus have SETTINGS."""
        self._document["remaster"]["settings"] = {key: value for key, value in asdict(settings).items() if value}
        return (json.dumps(self._document, indent=2) + "\n").encode()
