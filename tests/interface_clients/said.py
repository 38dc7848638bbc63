# SPDX-License-Identifier: GPL-2.0-or-later
"""What the clients say, as Python has it."""

from dataclasses import dataclass

DOWN = -101
FIGURES = ("load", "speed", "cpus", "util", "mem", "rmem", "tmem")


def _value(text: str) -> int | str:
    return int(text) if text.lstrip("-").isdigit() else text


def _pairs(line: str) -> dict:
    words = line.split()
    assert len(words) % 2 == 0, f"not names with values: {line!r}"
    return {name: _value(value) for name, value in zip(words[::2], words[1::2])}


def nodes_of(output: str) -> dict[int, dict]:
    """By nodes.pl: the figures of each node by its number. AssertionError when its count does not agree."""
    first, *lines = output.splitlines()
    nodes = {pairs["node"]: pairs for pairs in map(_pairs, lines)}
    assert first == f"count {len(nodes)}", f"entries of the directory but two and nodes differ:\n{output}"
    return nodes


def settings_of(output: str) -> dict:
    """By `steering.sh admin` and `steering.sh process`: what each file has. What is empty has an empty text."""
    return {name: _value(value) for name, _, value in (line.partition(" ") for line in output.splitlines())}


def guests_of(output: str) -> list[dict]:
    """By `processes remote`: what each guest has."""
    return [_pairs(line) for line in output.splitlines()]


@dataclass(frozen=True)
class Put:
    """By `processes put`: "ok" or the name of the errno, the call that was the last one, and how long it took."""

    outcome: str
    call: str
    milliseconds: int


def put_of(output: str) -> Put:
    """What became of a write."""
    outcome, call, milliseconds = output.split()
    return Put(outcome, call, int(milliseconds))


def spent_of(output: str) -> dict:
    """By `processes spend`: microseconds and the wait status."""
    return _pairs(output)
