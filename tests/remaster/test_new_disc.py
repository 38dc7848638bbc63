# SPDX-License-Identifier: GPL-2.0-or-later
"""A disc of one's own, and another one made from that."""

import hashlib
import re
import stat

import pytest

KEY = bytes(range(32))


@pytest.fixture(scope="module")
def files(desk):
    """Files of a lab: below /usr by a directory that is a link on the disc, somebody's, private ones, a program."""
    top = desk.write({
        "lib/firmware/lab.bin": b"\0\1" * 3000,
        "home/user/.ssh/authorized_keys": "ssh-ed25519 AAAA lab\n",
        "opt/lab tools/run \"me\"": "#!/bin/sh\necho run\n",
        "srv/course/data.txt": "course\n",
        ".clusterdisc-modes": "# the course may be changed by its owner\n2750 user users srv/course\n- 0 adm srv/course/data.txt\n",
    }, "files")
    (top / "home/user/.ssh/authorized_keys").chmod(0o600)
    (top / "srv/course/data.txt").chmod(0o666)
    (top / "opt/lab tools/latest").symlink_to("run \"me\"")
    return top


@pytest.fixture(scope="module")
def once(desk, files, look_at):
    key = desk.folder / "lab.key"
    key.write_bytes(KEY)
    desk.give(key)
    desk.remaster(desk.original, "--add", files, "--key", key, "--title", "Physics lab (room 3)", "--cluster", "Physics",
                  "--boot-parameters", "keyboard-layouts=de  nomigrate", "-o", desk.folder / "once.iso",
                  SOURCE_DATE_EPOCH="1800000000")
    return look_at(desk.folder / "once.iso")


@pytest.fixture(scope="module")
def twice(desk, once, look_at):
    more = desk.write({"second.txt": "second\n"}, "more")
    desk.remaster(once.path, "--add", f"{more}:/srv/course", "--boot-parameters", "keyboard-layouts=fr", "--new-key",
                  "-o", desk.folder / "twice.iso")
    return look_at(desk.folder / "twice.iso")


@pytest.fixture(params=["once", "twice"])
def remastered(request):
    return request.getfixturevalue(request.param)


def test_boots_in_all_ways_of_the_original(remastered, original):
    assert len(original.boot_structure()) >= 15
    assert remastered.boot_structure() == original.boot_structure()
    assert remastered.boot_code() == original.boot_code()
    assert original.wrong_boot_pointers() == remastered.wrong_boot_pointers() == []


def test_checksums_on_the_medium_are_true(remastered, original):
    assert original.wrong_checksums() == remastered.wrong_checksums() == []


def test_nothing_else_on_the_medium_changes(remastered, original):
    changed = {"/isolinux/isolinux.cfg", "/boot/grub/grub.cfg", "/clusterdisc/cluster.key", "/clusterdisc/key.cpio",
               "/clusterdisc/manifest.json", "/sha256sum.txt", "/isolinux/isolinux.bin", "/isolinux/boot.cat"}
    assert {name for name in original.files if original.read(name) != remastered.read(name)} <= changed
    assert remastered.files - original.files <= {"/live/layer-01.squashfs", "/live/layer-02.squashfs"}
    assert all(remastered.mode(name) == original.mode(name) for name in original.files)


def test_files_are_in_a_layer_with_owners_and_modes_as_they_should_be(once):
    found = once.root_files("layer-01")
    assert found["/usr/lib/firmware/lab.bin"] == "-rw-r--r-- 0/0"
    # /lib is a link on the disc; a directory in its place would hide all of it.
    assert not any(path.startswith("/lib") for path in found)
    assert found["/home/user"] == "drwxr-xr-x 1000/1000"
    assert found["/home/user/.ssh/authorized_keys"] == "-rw------- 1000/1000"
    assert found['/opt/lab tools/run "me"'] == "-rwxr-xr-x 0/0"
    assert found["/opt/lab tools/latest"] == 'lrwxrwxrwx 0/0 -> run "me"'
    assert found["/srv/course"] == "drwxr-s--- 1000/100"
    assert found["/srv/course/data.txt"] == "-rw-r--r-- 0/4"
    assert "/.clusterdisc-modes" not in found
    assert once.content("layer-01", "usr/lib/firmware/lab.bin") == b"\0\1" * 3000


def test_directories_of_the_disc_keep_owner_and_mode(twice):
    assert twice.root_files("layer-02")["/srv/course"] == "drwxr-s--- 1000/100"


def test_both_menus_have_title_and_parameters_in_every_entry_that_starts_a_node(once, twice):
    for medium, words in ((once, "cluster=physics keyboard-layouts=de nomigrate"), (twice, "cluster=physics keyboard-layouts=fr")):
        isolinux, grub = medium.text("/isolinux/isolinux.cfg"), medium.text("/boot/grub/grub.cfg")
        entries = re.findall(r"^  append initrd=(.*)$", isolinux, re.MULTILINE)
        assert len(entries) == 6 and all(entry.endswith(f" {words}") for entry in entries), isolinux
        assert f' {words}"\n' in grub and grub.count("keyboard-layouts=") == 2
        assert "\nmenu title Physics lab (room 3)\n" in isolinux
        assert 'menuentry "Start a node of the cluster (Physics lab (room 3))" --hotkey' in grub


def test_the_key_is_replaced_readable_by_root_only_and_told_to_nobody(once, twice, original):
    assert once.read("/clusterdisc/cluster.key") == KEY
    assert len({medium.read("/clusterdisc/cluster.key") for medium in (original, once, twice)}) == 3
    assert once.mode("/clusterdisc/cluster.key") == once.mode("/clusterdisc/key.cpio") == "-rw------- 0 0"
    assert [KEY in medium.read("/clusterdisc/key.cpio") for medium in (original, once)] == [False, True]
    assert KEY.hex() not in once.text("/clusterdisc/manifest.json")
    assert stat.S_IMODE(once.path.stat().st_mode) == 0o600


def test_the_manifest_says_who_did_what_when(once, twice, original):
    account = once.manifest["remaster"]
    assert account["settings"] == {"title": "Physics lab (room 3)", "cluster": "physics",
                                   "parameters": "keyboard-layouts=de nomigrate"}
    (layer,) = account["layers"]
    squashfs = once.read("/live/layer-01.squashfs")
    assert layer == {"name": "layer-01", "time": 1800000000, "by": "Some Lab <lab@example.org>", "bytes": len(squashfs),
                     "sha256": hashlib.sha256(squashfs).hexdigest(), "added": ["files:/"]}
    (done,) = account["history"]
    assert done == {"time": 1800000000, "by": "Some Lab <lab@example.org>", "layer": layer, "key": "replaced",
                    "settings": account["settings"]}
    assert [layer["name"] for layer in twice.manifest["remaster"]["layers"]] == ["layer-01", "layer-02"]
    assert len(twice.manifest["remaster"]["history"]) == 2
    assert {key: value for key, value in twice.manifest.items() if key != "remaster"} == original.manifest


def test_a_checksum_lies_beside_the_new_disc(once):
    digest = hashlib.sha256(once.path.read_bytes()).hexdigest()
    assert once.path.with_name("once.iso.sha256").read_text() == f"{digest}  once.iso\n"


def test_layers_are_listed(desk, twice):
    said = desk.remaster(twice.path, "--list")
    assert re.search(r"^title +Physics lab \(room 3\)$", said, re.MULTILINE)
    assert re.search(r"^layer-01 .*by Some Lab", said, re.MULTILINE) and re.search(r"^layer-02 ", said, re.MULTILINE)


def test_a_layer_is_removed_and_the_next_one_sorts_behind_the_rest(desk, twice, look_at):
    more = desk.write({"third": "third\n"}, "third")
    desk.remaster(twice.path, "--remove", "layer-01", "--add", f"{more}:/srv", "--boot-parameters", "", "--cluster", "lab",
                  "-o", desk.folder / "removed.iso")
    medium = look_at(desk.folder / "removed.iso")
    assert {name for name in medium.files if "layer" in name} == {"/live/layer-02.squashfs", "/live/layer-03.squashfs"}
    assert medium.wrong_checksums() == []
    assert [layer["name"] for layer in medium.manifest["remaster"]["layers"]] == ["layer-02", "layer-03"]
    assert medium.manifest["remaster"]["history"][-1]["removed"] == ["layer-01"]
    assert re.findall(r"^  append initrd=.*(?<! cluster=lab)$", medium.text("/isolinux/isolinux.cfg"), re.MULTILINE) == []
    # What only the removed layer had is an ordinary directory again.
    assert medium.root_files("layer-03")["/srv"] == "drwxr-xr-x 0/0"
