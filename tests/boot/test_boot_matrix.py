# SPDX-License-Identifier: GPL-2.0-or-later
"""The disc boots on every kind of PC, to the same state: logged in, nothing failed, no disk touched."""

import hashlib
import re
import shlex
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from boot import lab_disc, scratch_disk
from boot.disc import Disc
from boot.picture import different_lines
from qemu import Guest, Nic, Segment
from qemu.deadline import wait_until

# This one's boot menu and first screen are pictures of the manual.
PICTURED = "486-cd"
PARAMETERS = "cluster=lab nodeid=77 netif=en*,eth*"


@dataclass(frozen=True)
class Row:
    """One way to boot. ENTRY and PARAMETERS are typed into the boot menu over the serial line. REMASTERED: a disc that was
    remastered, and then again in place (docs/remastering.md)."""

    name: str
    medium: str = "cd"
    entry: str = "node"
    parameters: str = ""
    eject: bool = False
    remastered: bool = False
    card: str = "e1000"
    options: dict = field(default_factory=dict)


ROWS = [
    Row("486-cd", card="ne2k_pci", options={"cpu": "486", "memory_mib": 256}),
    Row("pentium3-usb", medium="usb", entry="stay", parameters=PARAMETERS, card="pcnet", remastered=True),
    Row("uefi-x64-cd", parameters=PARAMETERS, card="e1000e",
        options={"cpu": "qemu64", "machine": "q35", "firmware": "uefi-x64"}),
    Row("uefi-ia32-cd", entry="stay", card="rtl8139", remastered=True,
        options={"cpu": "qemu64", "machine": "q35", "firmware": "uefi-ia32"}),
    Row("ram-cd-ejected", entry="ram", eject=True, card="virtio-net-pci", options={"memory_mib": 768}),
]


@pytest.fixture(
    scope="module",
    # With pytest-xdist: all tests of a row run where its machine runs.
    params=[pytest.param(row, id=row.name, marks=pytest.mark.xdist_group(row.name)) for row in ROWS],
)
def row(request) -> Row:
    return request.param


@pytest.fixture(scope="module")
def scratch(row, tmp_path_factory) -> scratch_disk.ScratchDisk:
    return scratch_disk.make(tmp_path_factory.mktemp("scratch"))


@pytest.fixture(scope="session")
def lab(repository, iso_path) -> Iterator[lab_disc.LabDisc]:
    """The disc, remastered for a lab."""
    with tempfile.TemporaryDirectory(prefix="clusterdisc-lab-disc-") as folder:
        yield lab_disc.make(Path(folder), repository, iso_path)


@pytest.fixture(scope="module")
def node(row, request, scratch, pictures, tmp_path_factory):
    """One boot per row; the tests below all look at it."""
    disc = Disc(request.getfixturevalue("lab").path) if row.remastered else request.getfixturevalue("disc")
    with Segment() as segment:
        machine = disc.machine(
            row.medium, writable_disks=[scratch.path], nics=[Nic(segment, row.card)], **row.options
        )
        with Guest(machine, tmp_path_factory.mktemp(row.name)) as guest:
            disc.wait_for_menu(guest)
            if row.name == PICTURED:
                guest.screenshot(pictures / "boot-menu.png")
            disc.choose(guest, row.entry, row.parameters)
            disc.log_in(guest)
            if row.eject:
                guest.eject_cd()
            yield guest


def test_is_up_without_a_failed_unit(node):
    state = node.run("systemctl is-system-running --wait", check=False).output
    failed = node.run("systemctl --failed --no-legend --plain").output
    assert (state, failed) == ("running", "")


def test_runs_our_kernel(node):
    assert node.run("uname -r").output.endswith("-openmosix-486")


def test_runs_on_the_firmware_that_was_asked_for(node, row):
    firmware = node.run("cat /sys/firmware/efi/fw_platform_size 2>/dev/null || echo bios").output
    # A kernel of 32 bits cannot call firmware of 64 bits, and may therefore not show it.
    expected = {"uefi-x64": ("64", "bios"), "uefi-ia32": ("32",)}.get(row.options.get("firmware"), ("bios",))
    assert firmware in expected


def test_user_is_logged_in_on_the_serial_line_and_on_the_first_console(node):
    assert node.run("id -un").output == "user"
    # The login on the first console may come a moment after the one on the serial line.
    wait_until(lambda: node.run("pgrep -u user -t tty1", check=False).output, node.seconds(20), "a shell on tty1")


def test_user_may_become_root(node):
    assert node.run("sudo -n id -u").output == "0"


def test_first_screen_says_what_this_is_where_it_can_be_reached_and_what_next(node):
    screen = Disc.first_screen(node)
    addresses = re.findall(r"inet6? ([0-9a-f.:]+)/", node.run("ip -oneline address show up scope link").output)
    assert "ClusterDisc" in screen
    assert node.run("uname -n").output in screen
    assert any(address in screen for address in addresses), f"none of {addresses} is on the first screen:\n{screen}"
    assert re.search(r"\bssh\b", screen) and re.search(r"\bhelp\b|\bman\b", screen), screen


def test_pictures_for_the_manual(node, row, pictures):
    if row.name != PICTURED:
        pytest.skip("another row has the pictures")
    assert different_lines(pictures / "boot-menu.png") > 50
    Disc.first_screen(node)
    assert different_lines(node.screenshot(pictures / "first-screen.png")) > 50


def test_menu_entry_and_boot_parameters_took_effect(node, row):
    words = shlex.split(node.run("cat /proc/cmdline").output)
    entry_parameters = {"stay": ["nomigrate"], "ram": ["toram"]}.get(row.entry, [])
    assert set(row.parameters.split() + entry_parameters) <= set(words)
    settings = node.run("cat /run/clusterdisc/node.toml").output
    assert ('cluster = "lab"' in settings and "nodeid = 77" in settings) == bool(row.parameters), settings
    assert ("nomigrate = true" in settings) == (row.entry == "stay"), settings
    assert node.run("cat /run/clusterdisc/problems").output == ""


def test_the_additions_of_a_lab_are_there(node, row, request):
    if not row.remastered:
        pytest.skip("the disc is not remastered in this row")
    lab = request.getfixturevalue("lab")
    # The second layer lies over the first one.
    assert node.run("lab-tool").output == "second"
    assert node.run("stat -c '%U %a' ~/first.txt").output == "user 600"
    words = node.run("cat /proc/cmdline").output.split()
    assert {"cluster=physics", "lab.room=3"} <= set(words)
    if not row.parameters:
        assert 'cluster = "physics"' in node.run("cat /run/clusterdisc/node.toml").output
    digest = node.run("sudo sha256sum /run/live/medium/clusterdisc/cluster.key").output.split()[0]
    assert digest == hashlib.sha256(lab.key).hexdigest()
    # What a user without privileges could not do is finished at boot.
    state = node.run("dpkg-query -W -f '${db:Status-Abbrev}' lab-owner; stat -c %U /var/lib/lab-owner").output
    assert state.split() == ["ii", "daemon"]


def test_programs_start_without_the_disc(node, row):
    if not row.eject:
        pytest.skip("the disc stays in the drive in this row")
    assert node.run("sudo blkid /dev/sr0", check=False).exit_code != 0, "the disc is still in the drive"
    # Nothing may come from the page cache.
    node.run("sync; echo 3 | sudo tee /proc/sys/vm/drop_caches >/dev/null")
    node.run("cat /usr/bin/* /usr/sbin/* >/dev/null", seconds=120)
    assert "Debian" in node.run("perl -e 'use POSIX; print `cat /etc/os-release`'").output
    node.run("sudo apt-get check")
    node.run("sudo apt-get --yes remove nano", seconds=120)
    assert node.run("command -v nano", check=False).exit_code != 0


# The last one: it turns the machine off.
def test_the_power_button_ends_it_and_no_disk_was_touched(node, scratch):
    assert node.run("lsblk --noheadings --list --output MOUNTPOINTS /dev/sda").output.split() == []
    assert "/dev/sda" not in node.run("cat /proc/swaps").output
    node.press_power_button()
    assert node.wait_for_exit(60) == 0
    assert scratch.is_untouched(), "the disk of the PC was written"
