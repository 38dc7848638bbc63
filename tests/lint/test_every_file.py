# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules that every file of the repository follows."""

import re

import pytest

from lint import source_tree

TEXTS = [path for path in source_tree.files() if source_tree.text(path) is not None]

# Texts that people read as they are, formats that have no comments, and data whose every byte counts.
WITHOUT_LICENCE_LINE = re.compile(
    r"^(LICENSE|VERSION)$|\.md$|\.txt$|/motd$|(^|/)\.[a-z]+$"
    r"|\.json$|\.dict$|/patches/series$|/excludes$|/corpus/|/debian/(source/format|changelog|control)$"
)
LICENCES = {"GPL-2.0-or-later", "GPL-2.0-only"}

# Folders of a developer's machine; of the system's own only those that differ between people.
PERSONAL_PATHS = re.compile(r"(?<![\w.$}/])/(?:work|home/(?!user\b)\w+|Users|mnt/\w+|root/\w)[/\w]*")
# Any Debian server, and addresses of networks; names of the reserved example domains and our own network are fine.
HOST_NAMES = re.compile(r"\b(?:[\w-]+\.)*(?:debian\.(?:org|net)|ubuntu\.com|kernel\.org)/(?:debian|pub|ubuntu)\b")

LONG_FILE = 400
# Tables are as long as what they list.
LONG_FOR_A_REASON = re.compile(r"\.(toml|table|config|patch|md)$|^LICENSE$")


@pytest.mark.parametrize("path", TEXTS, ids=str)
def test_names_its_licence_at_the_top(path):
    if WITHOUT_LICENCE_LINE.search(str(path)):
        return
    top = "\n".join(source_tree.text(path).split("\n")[:30 if path.suffix == ".patch" else 5])
    if path.suffix == ".patch":
        assert "From:" in top or "diff --git" in source_tree.text(path)
        return
    if path.name == "copyright":
        assert "GPL-2" in source_tree.text(path)
        return
    found = re.search(r"SPDX-License-Identifier: (\S+)", top)
    assert found, f"{path}: no SPDX-License-Identifier in its first lines"
    assert found[1] in LICENCES, f"{path}: {found[1]} is not one of {LICENCES}"


@pytest.mark.parametrize("path", TEXTS, ids=str)
def test_knows_nothing_of_the_machine_it_was_written_on(path):
    if path.name == "test_every_file.py" or path.name == "LICENSE":
        return
    for number, line in enumerate(source_tree.text(path).split("\n"), 1):
        assert not PERSONAL_PATHS.search(line), f"{path}:{number}: a path of one machine: {line.strip()}"
        assert not HOST_NAMES.search(line), f"{path}:{number}: a mirror's name; take it from apt's set-up: {line.strip()}"


@pytest.mark.parametrize("path", [path for path in TEXTS if path.suffix != ".patch"], ids=str)
def test_lines_end_cleanly(path):
    if "/corpus/" in str(path):
        return
    content = source_tree.text(path)
    assert "\r" not in content, f"{path}: carriage returns"
    assert not content or content.endswith("\n"), f"{path}: the last line does not end"
    for number, line in enumerate(content.split("\n"), 1):
        assert line == line.rstrip(), f"{path}:{number}: blanks at the end of the line"


def test_files_are_short():
    long = {path: source_tree.text(path).count("\n") for path in TEXTS if not LONG_FOR_A_REASON.search(str(path))}
    long = {path: lines for path, lines in long.items() if lines > LONG_FILE}
    assert not long, "one concept per file; these are long: " + ", ".join(f"{p} ({n})" for p, n in long.items())


def test_scripts_and_only_scripts_are_executable():
    for path in TEXTS:
        executable = bool((source_tree.REPOSITORY / path).stat().st_mode & 0o111)
        script = source_tree.first_line(path).startswith("#!")
        assert script or not executable, f"{path}: executable, but not a script"
