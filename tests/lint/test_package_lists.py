# SPDX-License-Identifier: GPL-2.0-or-later
"""The package lists are in live-build's grammar, and name nothing twice. (The build itself asks the archive for each name.)"""

import re
from collections import Counter

from lint import source_tree

LISTS = [path for path in source_tree.files() if path.parts[0] == "config" and ".list" in path.name]
NAME = re.compile(r"^[a-z0-9][a-z0-9+.-]+(/[a-z-]+)?$")


def names(path):
    for number, line in enumerate(source_tree.text(path).split("\n"), 1):
        if line.startswith(("#", "!")):
            continue
        for name in line.partition(" #")[0].split():
            yield number, name


def test_there_are_lists():
    assert LISTS


def test_every_name_can_be_a_package():
    for path in LISTS:
        for number, name in names(path):
            assert NAME.match(name), f"{path}:{number}: {name!r} cannot be the name of a package"


def test_no_name_stands_twice_in_what_one_flavour_uses():
    common = [path for path in LISTS if path.parts[1] == "package-lists"]
    flavours = {path.parts[2] for path in LISTS if path.parts[1] == "flavours"} or {""}
    for flavour in flavours:
        used = common + [path for path in LISTS if path.parts[1:3] == ("flavours", flavour)]
        counted = Counter(name for path in used for _, name in names(path))
        twice = [name for name, count in counted.items() if count > 1]
        assert not twice, f"named more than once: {', '.join(twice)}"
