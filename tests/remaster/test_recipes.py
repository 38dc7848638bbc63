# SPDX-License-Identifier: GPL-2.0-or-later
"""The recipes of docs/remastering.md, with the commands that stand there."""

import re
import subprocess

import pytest

from remaster import repository as archives


@pytest.fixture(scope="module")
def kitchen(desk):
    """A directory with the disc, the things that the recipes add, and the program under its installed name."""
    top = desk.write({"simulate": "#!/bin/sh\n", "course/one.txt": "1\n",
                      "bin/clusterdisc-remaster": f"#!/bin/sh\nexec /usr/bin/python3 {desk.folder}/program/clusterdisc-remaster \"$@\"\n"},
                     "kitchen")
    (top / "disc.iso").symlink_to(desk.original)
    # Stand-ins, so that no network is needed.
    packages = top / "packages"
    packages.mkdir()
    archive = archives.make(packages, {name: {f"usr/share/{name}/file": name} for name in ("gnuplot-nox", "pari-gp")})
    (top / "sources").write_text(f"deb [trusted=yes] copy:{archive} ./\n")
    desk.give(top)
    return top


@pytest.fixture
def cook(desk, kitchen, repository, look_at):
    def follow(title: str, result: str, more: str = ""):
        """Runs the commands of the recipe TITLE, the last one with MORE behind it."""
        text = (repository / "docs/remastering.md").read_text()
        block = re.search(rf"^\*\*{title}\.\*\*.*\n\n((?:    .*\n)+)", text, re.MULTILINE)[1]
        subprocess.run(desk.lowered("sh", "-ec", block.rstrip() + more), cwd=kitchen, check=True, timeout=600,
                       env=desk.environment(PATH=f"{kitchen}/bin:{desk.environment()['PATH']}"))
        return look_at(kitchen / result)
    return follow


def test_own_software_and_data(cook):
    medium = cook("Own software and data", "lab.iso", " --sources sources")
    files = medium.root_files("layer-01")
    assert files["/usr/local/bin/simulate"] == "-rwxr-xr-x 0/0"
    assert files["/home/user/course/one.txt"] == "-rw-r--r-- 1000/1000"
    assert "/usr/share/pari-gp/file" in files


def test_own_key_and_name(cook, original):
    medium = cook("Own key and name", "physics.iso")
    assert medium.read("/clusterdisc/cluster.key") != original.read("/clusterdisc/cluster.key")
    assert len(re.findall(r"^  append initrd=.* cluster=physics$", medium.text("/isolinux/isolinux.cfg"), re.MULTILINE)) == 6


def test_own_menu_and_language(cook):
    medium = cook("Own menu and language", "lab.iso")
    assert "menu title Rechner der Physik\n" in medium.text("/isolinux/isolinux.cfg")
    (layer,) = medium.manifest["remaster"]["layers"]
    assert layer["configured"] == "now"
    assert "/usr/lib/locale/locale-archive" in medium.root_files("layer-01")
    assert medium.content("layer-01", "etc/default/locale") == b"LANG=de_DE.UTF-8\n"
