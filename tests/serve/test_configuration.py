# SPDX-License-Identifier: GPL-2.0-or-later
"""What is made for clients: dnsmasq's configuration, boot menus, kernel command lines, the extra initramfs."""

import hashlib
import ipaddress
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from clusterdisc_serve import boot_menus, boot_words, cpio, dnsmasq, known_nodes, links
from clusterdisc_serve.askers import Askers
from clusterdisc_serve.cluster_key import cluster_name, from_passphrase, read
from clusterdisc_serve.link_decision import Mode
from clusterdisc_serve.problems import Failure
from clusterdisc_serve.status_text import status_text

ADDRESS = ipaddress.IPv4Interface("10.78.4.1/24")


def lines(mode):
    return dnsmasq.configuration("eth0", ADDRESS, mode, Path("/run/x")).splitlines()


@pytest.mark.parametrize("mode", [Mode.PROXY, Mode.RANGE])
def test_dnsmasq_accepts_the_configuration(mode, tmp_path):
    if shutil.which("dnsmasq") is None:
        pytest.skip("dnsmasq is not installed (./build.sh deps)")
    file = tmp_path / "dnsmasq.conf"
    file.write_text(dnsmasq.configuration("lo", ADDRESS, mode, tmp_path))
    done = subprocess.run(["dnsmasq", "--test", f"--conf-file={file}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_range_has_no_router_and_no_name_server_and_short_leases():
    made = lines(Mode.RANGE)
    assert "dhcp-range=10.78.4.10,10.78.4.250,255.255.255.0,2m" in made
    assert {"dhcp-option=option:router", "dhcp-option=option:dns-server", "port=0"} <= set(made)
    assert not any(line.startswith("pxe-service") for line in made)


def test_beside_another_server_no_address_is_given():
    made = lines(Mode.PROXY)
    assert [line for line in made if line.startswith("dhcp-range")] == ["dhcp-range=10.78.4.0,proxy,255.255.255.0"]
    # One line for each architecture: with two, firmware shows a menu and waits.
    services = [line.split(",")[0] for line in made if line.startswith("pxe-service")]
    assert len(services) == len(set(services)) == 4


@pytest.mark.parametrize("mode", [Mode.PROXY, Mode.RANGE])
def test_who_does_not_start_from_the_network_is_ignored(mode):
    assert "dhcp-ignore=tag:!pxe,tag:!cd" in lines(mode)


@pytest.mark.parametrize("mode", [Mode.LISTENING, Mode.STANDBY])
def test_there_is_no_configuration_for_not_serving(mode):
    with pytest.raises(ValueError):
        lines(mode)


def test_clients_get_no_secret_and_nothing_that_is_one_pcs_own():
    own = ('BOOT_IMAGE=/live/vmlinuz initrd=/live/initrd.img boot=live components=user-setup,sudo quiet serve toram nodeid=3 '
           'hostname=desk clusterkey="three blind mice" clusterkey=00ff cluster=physics lab.room=3 nomigrate findiso=/x.iso '
           'console=ttyS0,115200 console=tty0 systemd.unit=rescue.target rd.break sshkey=AAAAC3 clusterdisc.serve=192.0.2.9 '
           'lab.words="a b" keyboard-layouts=de -- init')
    words = boot_words.passed_on(own)
    assert words == ["boot=live", "components=user-setup,sudo", "quiet", "cluster=physics", "lab.room=3", "nomigrate",
                     "console=ttyS0,115200", "console=tty0", "sshkey=AAAAC3", "keyboard-layouts=de"]
    line = boot_words.for_client(words, "10.78.4.1").split()
    assert line[0] == "boot=live" and line.count("boot=live") == 1
    assert line[-2:] == ["fetch=http://10.78.4.1/live/filesystem.squashfs", "clusterdisc.serve=10.78.4.1"]


def test_a_node_that_was_started_over_the_network_names_itself():
    line = boot_words.for_client(boot_words.passed_on("boot=live fetch=http://192.0.2.1/x clusterdisc.serve=192.0.2.1"), "10.78.4.1")
    assert "192.0.2.1" not in line


def test_a_drone_has_no_live_system():
    words = boot_words.passed_on("boot=live components=a,b quiet console=tty0 cluster=lab lab.room=3 clusterkey=secret")
    assert boot_words.for_drone(words, "10.78.4.1") == "quiet console=tty0 cluster=lab lab.room=3 clusterdisc.serve=10.78.4.1"


def test_every_file_names_its_server():
    for text in (boot_menus.pxelinux("10.78.4.1", "words"), boot_menus.grub("10.78.4.1", "words"),
                 boot_menus.pxelinux_drone("10.78.4.1", "words")):
        assert "10.78.4.1" in text and "words" in text
    image = b"start set server=255.255.255.254\nend"
    assert boot_menus.grub_image(image, "10.78.4.1") == b"start set server=10.78.4.1      \nend"
    with pytest.raises(Failure, match="another version"):
        boot_menus.grub_image(b"nothing", "10.78.4.1")


def test_the_archive_is_one_that_cpio_reads(tmp_path):
    made = cpio.archive([cpio.Entry("usr/lib/x", b"abcde", 0o755), cpio.Entry("usr/y", b"", 0o644)])
    subprocess.run(["cpio", "-i", "--quiet", "-m"], input=made, cwd=tmp_path, check=True)
    assert (tmp_path / "usr/lib/x").read_bytes() == b"abcde"
    assert (tmp_path / "usr/lib/x").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "usr/y").read_bytes() == b""


def entry(name, **more):
    return {"ifname": name, "flags": ["UP", "LOWER_UP"], "link_type": "ether", "address": "52:54:00:00:00:01", "addr_info": [
        {"family": "inet", "local": "169.254.3.4", "prefixlen": 16}, {"family": "inet6", "local": "fe80::1", "prefixlen": 64},
        {"family": "inet", "local": "192.0.2.5", "prefixlen": 24}]} | more


def test_wired_links_with_a_cable_are_served():
    listing = json.dumps([
        entry("eth0"), entry("lo", link_type="loopback"), entry("eth1", flags=["UP", "NO-CARRIER"]), entry("wlp3s0"),
        entry("om0", link_type="none"), entry("br0", linkinfo={"info_kind": "bridge"}), entry("eth2", master="br0")])
    assert [link.name for link in links.parse(listing, [])] == ["eth0"]
    assert [link.name for link in links.parse(listing, ["wl*", "br0"])] == ["wlp3s0", "br0"]


def test_the_leased_address_is_neither_link_local_nor_our_own():
    link = links.parse(json.dumps([entry("eth0")]), [])[0]
    assert str(link.leased_address) == "192.0.2.5/24"
    assert link.is_near("192.0.2.77") and link.is_near("169.254.9.9") and not link.is_near("198.51.100.1")
    own = links.parse(json.dumps([entry("eth0", addr_info=[{"family": "inet", "local": "10.78.4.1", "prefixlen": 24}])]), [])[0]
    assert own.leased_address is None


def test_nodes_have_networks_of_their_own():
    assert str(links.own_address(1)) == "10.78.2.1/24"
    assert len({links.own_address(node) for node in range(1, 255)}) == 254
    assert all(links.own_address(node) in links.OWN_NETWORK for node in (0, 254, 65534))


def test_who_asked_and_how_far_each_got():
    askers = Askers()
    for line in (
        "dnsmasq-dhcp: 123 PXE(eth0) 52:54:00:00:00:07 proxy",
        "dnsmasq-dhcp: 5 DHCPDISCOVER(eth0) 52:54:00:00:00:08",
        "dnsmasq-dhcp: 5 DHCPACK(eth0) 10.78.4.77 52:54:00:00:00:08",
        "dnsmasq-tftp: sent /run/x/tftp/lpxelinux.0 to 10.78.4.77",
        "dnsmasq-dhcp: 9 DHCPDISCOVER(eth0) 52:54:00:00:00:09 ignored",
    ):
        askers.read(line)
    assert askers.last == {"52:54:00:00:00:07": "has asked", "52:54:00:00:00:08": "has got lpxelinux.0"}


def test_macs_of_nodes_are_kept(tmp_path):
    known = known_nodes.KnownNodes(tmp_path / "a/nodes.json")
    members = [{"id": 3, "path": {"link": "eth0", "address": "fe80::1", "port": 1}}, {"id": None, "path": None},
               {"id": 4, "path": {"link": "eth0", "address": "192.0.2.7", "port": 1}}]
    known.learn({"members": members}, {"fe80::1": "52:54:00:00:00:03"})
    again = known_nodes.KnownNodes(tmp_path / "a/nodes.json")
    assert again.of("3") == again.of("all") == ["52:54:00:00:00:03"]
    with pytest.raises(Failure, match="node 4"):
        again.of("4")


def test_the_key_is_the_one_that_omdiscd_has(tmp_path):
    assert read(tmp_path) is None
    (tmp_path / "passphrase").write_text("correct horse battery staple\n")
    (tmp_path / "node.toml").write_text('cluster = "physics"\nnomigrate = true\n')
    assert cluster_name(tmp_path / "node.toml") == "physics"
    assert read(tmp_path) == from_passphrase(b"correct horse battery staple", "physics") != from_passphrase(
        b"correct horse battery staple", "clusterdisc")
    # What common/cluster_keys_test.cc says of this passphrase: the id that is derived from its key.
    key = from_passphrase(b"correct horse", "omcluster")
    assert hashlib.blake2b(b"clusterdisc key id 1\0omcluster", digest_size=32, key=key).digest()[:4].hex() == "fe0c63fc"
    (tmp_path / "cluster.key").write_text("# the new one first\n" + "ab" * 32 + "\n" + "cd" * 32 + "\n")
    assert read(tmp_path) == b"\xab" * 32
    (tmp_path / "cluster.key").write_text("xy\n")
    with pytest.raises(Failure, match="cluster key"):
        read(tmp_path)


def test_status_says_what_to_do():
    link = {"name": "eth0", "mode": "RANGE", "text": Mode.RANGE.value, "address": "10.78.4.1", "stranger": None,
            "waits_for_address": False, "rivals": [9], "asked": {}, "clients": [
                {"mac": "52:54:00:00:00:0a", "address": "10.78.4.21", "have": 45 << 20, "total": 91 << 20, "from_server": 2 << 20,
                 "source": "10.78.4.20", "state": "FETCHING", "silent_seconds": 1.5}]}
    said = status_text({"open_seconds": 0, "has_key": True, "admitted": [], "waiting": [["52:54:00:00:00:09", "10.78.4.20"]],
                        "links": [link]})
    assert "no PC has asked yet" in said and "52:54:00:00:00:09 at 10.78.4.20: sudo clusterdisc-serve admit" in said
    assert "other serving nodes: 9" in said
    assert "52:54:00:00:00:0a at 10.78.4.21: 45 of 91 MiB, 2 MiB of these from here; now from 10.78.4.20" in said
    assert "plug in a cable" in status_text({"open_seconds": 5, "has_key": True, "admitted": [], "waiting": [], "links": []})
