# SPDX-License-Identifier: GPL-2.0-or-later
"""Watching maps all the time, so that a member that was gone for a moment is noticed."""

import threading
import time
from collections.abc import Iterable

from cluster.node import Node

# The agent collects changes for 5 ms before it writes them, so hardly any map is replaced twice between two looks.
PAUSE_SECONDS = 0.005


class MapWatch:
    """Looks at the maps of NODES until the end of the with block; each must hold EXPECTED ids (default: those it holds
    at the beginning) at all times. More may come."""

    def __init__(self, nodes: Iterable[Node], expected: set[int] | None = None) -> None:
        self._nodes = list(nodes)
        self._expected = expected
        self._files: dict[str, tuple | None] = {}
        self._missing: dict[str, set[int]] = {}
        self._lock = threading.Lock()
        self._lost: list[str] = []
        self._removals = 0
        self._end = threading.Event()
        self._something_lost = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._watch, name="map watch", daemon=True)

    def __enter__(self) -> "MapWatch":
        if self._expected is None:
            self._expected = set.union(*(node.ids() for node in self._nodes))
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._end.set()
        self._thread.join()
        if self._error:
            raise self._error

    @property
    def removals(self) -> int:
        """How often an id went missing from a map."""
        return self._removals

    @property
    def lost(self) -> list[str]:
        """What went missing where, in words."""
        with self._lock:
            return list(self._lost)

    def stays_complete_for(self, seconds: float) -> bool:
        """Whether nothing goes missing within SECONDS; returns as soon as something does."""
        return not self._something_lost.wait(seconds)

    def _watch(self) -> None:
        began = time.monotonic()
        try:
            while not self._end.wait(PAUSE_SECONDS):
                for node in self._nodes:
                    self._look_at(node, time.monotonic() - began)
        except Exception as error:  # noqa: BLE001 - it is raised again where the test sees it
            self._error = error
            self._something_lost.set()

    def _look_at(self, node: Node, now: float) -> None:
        try:
            status = (node.run_folder / "map").stat()
            file = (status.st_ino, status.st_mtime_ns)
        except FileNotFoundError:
            file = None
        if node.name in self._files and self._files[node.name] == file:
            return
        self._files[node.name] = file
        missing = self._expected - node.ids()
        new = missing - self._missing.get(node.name, set())
        self._missing[node.name] = missing
        if new:
            with self._lock:
                self._removals += len(new)
                self._lost.append(f"after {now:.2f} s: {sorted(new)} went missing from the map of {node.name}")
            self._something_lost.set()
