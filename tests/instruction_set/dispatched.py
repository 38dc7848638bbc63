# SPDX-License-Identifier: GPL-2.0-or-later
"""The list of files whose foreign instructions run only where the processor has them, and how it is applied."""

import fnmatch
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from .collection import CodeFile
from .disassembly import DAMAGED, HIDDEN_CODE, Examination, Finding
from .instruction_sets import GROUPS

DEFAULT_LIST = Path(__file__).with_name("dispatched.toml")
_MACHINE_GROUPS = {"x86-64", "aarch64", "arm", "mips", "ppc", "ppc64", "riscv", "s390"}
# In `groups`: whatever there is. For files with data between their functions, which disassembles to anything.
_ANY_GROUP = "any"
_KEYS = {"path", "tree", "groups", "functions", "sections", "reason", "checked", "breaks"}


class ListError(ValueError):
    """The list itself is wrong."""


@dataclass
class Entry:
    """One `[[file]]` of the list, and what it was good for in this run."""

    path: str
    groups: list[str]
    reason: str
    checked: str
    breaks: str = ""
    tree: str | None = None
    functions: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    source: str = ""
    files_matched: int = 0
    used: set[tuple[str, str]] = field(default_factory=set)

    def applies_to(self, code: CodeFile) -> bool:
        """Whether one of the places of the file is the entry's; `*` in a path also matches slashes."""
        return any(
            self.tree in (None, place.tree) and fnmatch.fnmatchcase(place.path, self.path) for place in code.places
        )

    def _first_match(self, kind: str, patterns: list[str], text: str) -> bool:
        """Whether text matches one of the patterns (none means all do); every pattern that does counts as used."""
        matching = [pattern for pattern in patterns if fnmatch.fnmatchcase(text, pattern)]
        self._candidates.extend((kind, pattern) for pattern in matching)
        return bool(matching) or not patterns

    def excuses(self, finding: Finding) -> bool:
        """Whether the entry covers the finding in a file that it applies to."""
        self._candidates: list[tuple[str, str]] = [("groups", finding.group), ("groups", _ANY_GROUP)]
        covered = (
            (finding.group in self.groups or self.groups == [_ANY_GROUP])
            and self._first_match("sections", self.sections, finding.section)
            and self._first_match("functions", self.functions, finding.function)
        )
        if covered:
            self.used.update(self._candidates)
        return covered

    def stale_parts(self) -> list[str]:
        """What the entry says that nothing on the image bears out."""
        if not self.files_matched:
            return [f"{self.source}: no file {self.path} with code"]
        parts = [("groups", name) for name in self.groups]
        parts += [("functions", name) for name in self.functions] + [("sections", name) for name in self.sections]
        return [
            f"{self.source}: {self.path}: {kind}: nothing matches {name!r}"
            for kind, name in parts
            if (kind, name) not in self.used
        ]


def _parse_entry(table: dict, source: str) -> Entry:
    unknown = set(table) - _KEYS
    if unknown:
        raise ListError(f"{source}: unknown key {', '.join(sorted(unknown))}")
    for key in ("path", "reason", "checked"):
        if not isinstance(table.get(key), str) or not table[key].strip():
            raise ListError(f"{source}: {key} is missing")
    for key in ("groups", "functions", "sections"):
        values = table.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise ListError(f"{source}: {key} must be a list of strings")
    if not table.get("groups"):
        raise ListError(f"{source}: groups is missing; name the instruction sets that are allowed")
    if _ANY_GROUP in table["groups"] and len(table["groups"]) > 1:
        raise ListError(f"{source}: groups: {_ANY_GROUP!r} stands alone")
    if not isinstance(table.get("breaks", ""), str):
        raise ListError(f"{source}: breaks must be a text")
    for group in table["groups"]:
        if group not in GROUPS | _MACHINE_GROUPS | {HIDDEN_CODE, _ANY_GROUP} or group in (DAMAGED, "unknown"):
            raise ListError(f"{source}: no such instruction set: {group}")
    return Entry(source=source, **table)


def read_list(path: Path) -> list[Entry]:
    """Reads a list; ListError names the file and the entry that is wrong."""
    try:
        with path.open("rb") as stream:
            document = tomllib.load(stream)
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise ListError(f"{path}: {problem}") from problem
    unknown = set(document) - {"file"}
    if unknown:
        raise ListError(f"{path}: unknown table {', '.join(sorted(unknown))}")
    return [_parse_entry(table, f"{path.name} entry {number}") for number, table in enumerate(document.get("file", []), 1)]


def unexcused(examinations: Iterable[Examination], entries: list[Entry]) -> list[tuple[Examination, list[Finding]]]:
    """The findings that no entry covers, per file; notes in the entries what they were good for."""
    result = []
    for examination in examinations:
        applicable = [entry for entry in entries if entry.applies_to(examination.code)]
        for entry in applicable:
            entry.files_matched += 1
        # Every entry is asked, not only the first that covers a finding: overlapping entries are not stale.
        left = [finding for finding in examination.findings if not any([entry.excuses(finding) for entry in applicable])]
        if left:
            result.append((examination, left))
    return result


def stale_entries(entries: Iterable[Entry]) -> list[str]:
    """One line for each part of the list that is not true any more."""
    return [line for entry in entries for line in entry.stale_parts()]
