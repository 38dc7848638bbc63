# SPDX-License-Identifier: GPL-2.0-or-later
"""Serving nodes, real DHCP servers and PCs on a wire: who gets what, and who gets nothing."""

import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from clusterdisc_serve.admission import parse_request
from qemu.deadline import wait_until
from serve.chain_client import ChainClient
from serve.room import COMMAND, KEY, PXE_CLASS, ServingNode

SILENCE_SECONDS = 30
# That it takes 10 seconds at most is tested where time is a number (test_link_decision.py).
TAKEOVER_SECONDS = 30


def fetch(host, server, name):
    return subprocess.run(host.command("busybox", "wget", "-q", "-O", "-", f"http://{server}/{name}"), capture_output=True,
                          timeout=60, check=False).stdout


def fetch_by_tftp(host, server, name):
    with tempfile.NamedTemporaryFile() as file:
        host.run("busybox", "tftp", "-g", "-r", name, "-l", file.name, server)
        return Path(file.name).read_bytes()


def give_address(host, address):
    host.script("ip address flush dev eth0", f"ip address add {address}/24 dev eth0")


def test_without_another_server_a_pc_gets_all_it_needs_and_an_office_pc_nothing(room, tmp_path):
    node = ServingNode(room, 7)
    assert node.wait_for_mode("RANGE")["address"] == "10.78.8.1"
    office_pc = room.pc()
    heard = room.sniff(office_pc)
    assert room.dhcp(office_pc) == {}
    assert not [line for line in heard.output if line.startswith(f"{node.mac} 67")], heard.output
    # It would have been heard: the node asks the link itself.
    heard.wait_for(f"{node.mac} 68 67")
    pc = room.pc()
    given = room.dhcp(pc, PXE_CLASS)
    assert given["ip"].startswith("10.78.8.") and given["server"] == "10.78.8.1" and given["lease"] == "120"
    assert (given["router"], given["dns"], given["file"]) == ("", "", "lpxelinux.0")
    give_address(pc, given["ip"])
    assert fetch_by_tftp(pc, "10.78.8.1", "lpxelinux.0") == (room.medium / "clusterdisc/serve/lpxelinux.0").read_bytes()
    menu = fetch_by_tftp(pc, "10.78.8.1", "pxelinux.cfg/default").decode()
    assert "http://10.78.8.1/live/vmlinuz" in menu and "not-for-clients" not in menu
    assert b"10.78.8.1" in fetch_by_tftp(pc, "10.78.8.1", "grub-x64.efi")
    names = {line.split()[1]: int(line.split()[0]) for line in fetch(pc, "10.78.8.1", "files.txt").decode().splitlines()}
    assert {"live/filesystem.squashfs", "live/filesystem2.squashfs", "live/vmlinuz"} <= set(names)
    for name, size in names.items():
        assert len(fetch(pc, "10.78.8.1", name)) == size == (room.medium / name).stat().st_size
    for name in ("clusterdisc/cluster.key", "clusterdisc/key.cpio", "../settings/cluster.key", "%2e%2e/settings/cluster.key", "run/control"):
        assert fetch(pc, "10.78.8.1", name) == b""
    key = tmp_path / "key"
    pc.run(room.own / "clusterdisc-ask-key", "10.78.8.1", "52:54:00:00:00:09", key)
    assert key.read_bytes() == KEY and key.stat().st_mode & 0o777 == 0o600
    assert node.ask("status")["admitted"][0][:2] == ["52:54:00:00:00:09", given["ip"]]
    asked = node.link()["asked"]
    assert "has got" in next(iter(asked.values())), asked


def test_a_closed_window_is_opened_by_one_command(room, tmp_path):
    node = ServingNode(room, 7)
    node.wait_for_mode("RANGE")
    node.ask("close")
    pc = room.pc()
    give_address(pc, "10.78.8.77")
    key = tmp_path / "key"
    asking = room.process(pc, room.own / "clusterdisc-ask-key", "10.78.8.1", "52:54:00:00:00:09", key)
    asking.wait_for("waits to be admitted")
    wait_until(lambda: node.ask("status")["waiting"] == [["52:54:00:00:00:09", "10.78.8.77"]], 30, "the node shows who waits")
    assert not key.exists()
    node.ask("admit", minutes=1)
    asking.wait_for("has admitted this PC")
    wait_until(key.exists, 10, "the key is there")


def test_a_pc_that_waits_notices_that_the_serving_node_is_lost(room, tmp_path):
    node = ServingNode(room, 7)
    node.wait_for_mode("RANGE")
    node.ask("close")
    pc = room.pc()
    give_address(pc, "10.78.8.77")
    asking = room.process(pc, room.own / "clusterdisc-ask-key", "10.78.8.1", "52:54:00:00:00:09", tmp_path / "key")
    asking.wait_for("waits to be admitted")
    node.process.kill()
    # Its initramfs starts the PC anew then, and finds whoever serves now.
    asking.wait_for("the serving node 10.78.8.1 is lost", 120)


def test_the_key_is_never_on_the_wire(room, tmp_path):
    """A listener has everything that passed. He finds neither the key nor what would open the seal."""
    node = ServingNode(room, 7)
    node.wait_for_mode("RANGE")
    pc = room.pc()
    give_address(pc, "10.78.8.77")
    capture = room.process(pc, "tcpdump", "-i", "eth0", "-w", tmp_path / "capture", "-U", "--immediate-mode", "udp port 5431")
    capture.wait_for("listening on")
    pc.run(room.own / "clusterdisc-ask-key", "10.78.8.1", "52:54:00:00:00:09", tmp_path / "key")
    content = wait_until(lambda: (text := (tmp_path / "capture").read_bytes()).count(b"CDKA") and text, 30, "the answer is captured")
    assert KEY not in content and KEY.hex().encode() not in content
    request = parse_request(content[content.index(b"CDKQ"):][:160])
    assert request is not None and request.mac == "52:54:00:00:00:09"


def test_beside_an_office_server_only_boot_information_is_added(room):
    office = room.office_server()
    node = ServingNode(room, 7)
    # As systemd-networkd does on the disc.
    given = room.dhcp(node.host)
    assert given["server"] == "192.0.2.1"
    node.host.add_address(f"{given['ip']}/24")
    link = node.wait_for_mode("PROXY")
    assert (link["stranger"], link["address"]) == ("192.0.2.1", given["ip"])
    office_pc = room.pc()
    heard = room.sniff(office_pc)
    for _ in range(3):
        assert room.dhcp(office_pc)["server"] == "192.0.2.1"
    assert not [line for line in heard.output if line.startswith(f"{node.mac} ") and line.split()[1] in ("67", "4011")], heard.output
    # It would have been heard: a PC that starts from the network gets its address there and is answered by the node, too.
    pc = room.pc()
    heard = room.sniff(pc)
    # (udhcpc itself cannot make anything of two answers.)
    room.dhcp(pc, PXE_CLASS)
    wait_until(lambda: any(line.startswith(f"{node.mac} 67") for line in heard.output), 10, "the node's boot information")
    # What they write comes later than what they send.
    wait_until(lambda: any("52:" in line or "PXE(" in line for line in node.process.output), 30, "the node says whom it answers")
    office.wait_for("DHCPACK")


def test_a_range_falls_silent_when_an_office_server_appears(room):
    node = ServingNode(room, 7)
    node.wait_for_mode("RANGE")
    pc = room.pc()
    assert room.dhcp(pc, PXE_CLASS)["server"] == "10.78.8.1"
    plugged_in = time.monotonic()
    room.office_server()
    wait_until(lambda: node.link().get("mode") == "PROXY", SILENCE_SECONDS, "the node has noticed the office's server")
    seconds = time.monotonic() - plugged_in
    assert seconds <= SILENCE_SECONDS
    for _ in range(2):
        assert room.dhcp(room.pc(), PXE_CLASS)["server"] == "192.0.2.1"
    # Who fetches from the old address goes on.
    give_address(pc, "10.78.8.77")
    assert fetch(pc, "10.78.8.1", "live/vmlinuz")


def test_one_of_two_nodes_serves_and_the_other_takes_over(room, tmp_path):
    first = ServingNode(room, 7)
    first.wait_for_mode("RANGE")
    second = ServingNode(room, 3, minutes=1)
    second.wait_for_mode("STANDBY")
    link = first.link()
    assert link.get("mode") == "RANGE" and link["rivals"] == [3], link
    # Who admits at one admits at both.
    second.ask("admit", minutes=60)
    wait_until(lambda: first.ask("status")["open_seconds"] > 45 * 60, 30, "the first node admits, too")
    first.process.kill()
    second.wait_for_mode("RANGE", TAKEOVER_SECONDS)
    pc = room.pc()
    given = room.dhcp(pc, PXE_CLASS)
    assert given["server"] == "10.78.4.1"
    give_address(pc, given["ip"])
    assert fetch(pc, "10.78.4.1", "live/vmlinuz") == (room.medium / "live/vmlinuz").read_bytes()


def test_a_pc_with_too_little_memory_gets_the_drone_when_it_starts_again(room):
    server = "10.78.8.1"
    ServingNode(room, 7).wait_for_mode("RANGE")
    client = ChainClient(room, server, memory_mib=60).start()
    client.process.wait_for("It becomes a drone")
    pc = room.pc()
    give_address(pc, "10.78.8.250")
    menu = fetch_by_tftp(pc, server, f"pxelinux.cfg/01-{client.mac.replace(':', '-')}").decode()
    assert f"kernel http://{server}/clusterdisc/drone\n" in menu and f"clusterdisc.serve={server}\n  ipappend 3\n" in menu
    assert "boot=live" not in menu
    assert fetch(pc, server, "clusterdisc/drone") == (room.medium / "clusterdisc/drone").read_bytes()
    # Nobody else gets it.
    assert "drone" not in fetch_by_tftp(pc, server, "pxelinux.cfg/default").decode()


def test_without_a_drone_a_pc_with_too_little_memory_is_told_what_it_needs(room):
    (room.medium / "clusterdisc/drone").unlink()
    ServingNode(room, 7).wait_for_mode("RANGE")
    client = ChainClient(room, "10.78.8.1", memory_mib=60).start()
    client.process.wait_for("MiB of memory, or start this PC from the disc itself")


def test_at_its_end_nothing_is_left(room):
    node = ServingNode(room, 7)
    node.wait_for_mode("RANGE")
    assert "10.78.8.1" in node.host.run("ip", "address")
    node.process.stop()
    assert "10.78." not in node.host.run("ip", "address")
    assert room.dhcp(room.pc(), PXE_CLASS, tries=2) == {}
    assert node.host.run("ss", "--listening", "--no-header", "--udp", "--tcp").strip() == ""


@pytest.mark.parametrize("missing", ["live/vmlinuz", "clusterdisc/serve/grub-x64.efi"])
def test_a_medium_from_which_nothing_can_start_is_named(room, missing):
    (room.medium / missing).unlink()
    node = ServingNode(room, 7)
    node.process.wait_for(f"error: no PC can be started from {room.medium}: {missing} is not there")


def test_a_former_node_is_woken_on_every_link(room):
    host = room.host()
    host.add_card(room.wire)
    pc = room.pc()
    listener = room.process(pc, "tcpdump", "-i", "eth0", "-l", "-c", 1, "-xx", "ether proto 0x0842")
    listener.wait_for("listening on")
    known = room.directory / "nodes.json"
    known.write_text('{"12": "52:54:00:00:00:09"}')
    program = ("from pathlib import Path; from clusterdisc_serve import known_nodes, links, wake; "
               f"wake.wake(known_nodes.KnownNodes(Path('{known}')).of('12'), links.look([]))")
    host.run("env", f"PYTHONPATH={COMMAND.parent}", "/usr/bin/python3", "-c", program)
    listener.wait_for("5254 0000 0009 5254 0000 0009")
