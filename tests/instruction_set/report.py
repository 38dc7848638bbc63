# SPDX-License-Identifier: GPL-2.0-or-later
"""What the lint says: for people on a terminal, and as JSON."""

import json
from collections import Counter
from itertools import groupby
from pathlib import Path

from .dispatched import Entry
from .disassembly import Examination, Finding


def _findings_by_function(findings: list[Finding]) -> list[tuple[Finding, list[Finding]]]:
    ordered = sorted(findings, key=lambda finding: (finding.section, finding.address))
    groups = (list(group) for _, group in groupby(ordered, key=lambda finding: (finding.section, finding.function)))
    return [(group[0], group) for group in groups]


def _counts(counter: Counter) -> str:
    return ", ".join(f"{count} {name}" for name, count in counter.most_common())


def describe_file(examination: Examination, findings: list[Finding], places: int) -> list[str]:
    """Lines about one file: a head with the counts, then the first place in each of the first functions."""
    counts = Counter(finding.group for finding in findings)
    where = " (runs in ring 0: nothing is emulated there)" if examination.code.privileged else ""
    lines = [f"{examination.code.name}: {_counts(counts)}{where}"]
    others = examination.code.places[1:]
    if others:
        lines.append(f"  also at {', '.join(map(str, others))}")
    functions = _findings_by_function(findings)
    for first, group in functions[:places]:
        if not first.section:
            lines.append(f"  {first.text}")
            continue
        more = f" and {len(group) - 1} more in this function" if len(group) > 1 else ""
        undecodable = any(finding.group == "undecodable" for finding in group)
        hint = "; has undecodable bytes, perhaps data" if undecodable else ""
        lines.append(
            f"  {first.function}+{first.offset:#x} ({first.section} {first.address:#x}): "
            f"{first.text} [{first.group}]{more}{hint}"
        )
    if len(functions) > places:
        lines.append(f"  ... and {len(functions) - places} more functions (--places to see more, --report for all)")
    return lines


def statistics(examinations: list[Examination]) -> dict:
    """Totals over all files."""
    emulated: Counter = Counter()
    files_with: Counter = Counter()
    foreign: Counter = Counter()
    for examination in examinations:
        emulated.update(examination.emulated)
        files_with.update(examination.emulated.keys())
        foreign.update(finding.group for finding in examination.findings)
    return {
        "files": len(examinations),
        "privileged_files": sum(examination.code.privileged for examination in examinations),
        "instructions": sum(examination.instructions for examination in examinations),
        "emulated": {name: {"instructions": count, "files": files_with[name]} for name, count in emulated.most_common()},
        "rep_bsf": sum(examination.rep_bsf for examination in examinations),
        "foreign": dict(foreign.most_common()),
    }


def describe_statistics(totals: dict) -> list[str]:
    """The totals as lines."""
    emulated = ", ".join(
        f"{name} {entry['instructions']} in {entry['files']} files" for name, entry in totals["emulated"].items()
    )
    foreign = ", ".join(f"{name} {count}" for name, count in totals["foreign"].items())
    return [
        f"{totals['files']} ELF files ({totals['privileged_files']} of them kernel or boot loader), "
        f"{totals['instructions']} instructions",
        f"emulated by the kernel: {emulated or 'none'}",
        f"neither i486 nor emulated: {foreign or 'none'}",
        f"bit scans written as rep bsf (harmless): {totals['rep_bsf']}",
    ]


def write_json(
    path: Path,
    examinations: list[Examination],
    bad: list[tuple[Examination, list[Finding]]],
    stale: list[str],
    entries: list[Entry],
) -> None:
    """The full report: every file with its counts, every finding that the list does not cover."""
    document = {
        "statistics": statistics(examinations),
        "violations": [
            {
                "places": [str(place) for place in examination.code.places],
                "privileged": examination.code.privileged,
                "findings": [vars(finding) for finding in findings],
            }
            for examination, findings in bad
        ],
        "stale": stale,
        "dispatched": [
            {"path": entry.path, "groups": entry.groups, "files": entry.files_matched, "reason": entry.reason}
            for entry in entries
        ],
        "files": [
            {
                "places": [str(place) for place in examination.code.places],
                "privileged": examination.code.privileged,
                "instructions": examination.instructions,
                "emulated": dict(examination.emulated),
                "foreign": dict(Counter(finding.group for finding in examination.findings)),
            }
            for examination in examinations
        ],
    }
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    temporary.replace(path)
