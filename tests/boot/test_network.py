# SPDX-License-Identifier: GPL-2.0-or-later
"""Two nodes on a wire without a DHCP server find each other by address and by name."""

import re

import pytest

from qemu.deadline import wait_until

ADDRESS = {
    "IPv4": re.compile(r"\binet (169\.254\.\d+\.\d+)/16 "),
    "IPv6": re.compile(r"\binet6 (fe80::[0-9a-f:]+)/64 "),
}


def link(node) -> str:
    """The node's wired interface on the cluster's network, which is the first of two."""
    return node.run("ip -oneline link show up | sed -n 's/^[0-9]*: \\(e[^:@]*\\).*/\\1/p' | head -n 1").output


def link_local_address(node, family: str) -> str:
    """The node's link-local address, waited for: IPv4 is probed for some seconds (RFC 3927)."""
    def find():
        addresses = node.run(f"ip -oneline address show dev {link(node)} scope link -tentative").output
        return ADDRESS[family].search(addresses)
    return wait_until(find, node.seconds(10), f"an {family} link-local address of {link(node)}", pause=0.5)[1]


@pytest.mark.parametrize("family", ADDRESS)
def test_they_reach_each_other_by_link_local_address(pair, family):
    for here, there in (pair, pair[::-1]):
        zone = f"%{link(here)}" if family == "IPv6" else ""
        here.run(f"ping -c 3 -w 60 {link_local_address(there, family)}{zone}", seconds=20)


def test_addresses_differ(pair):
    for family in ADDRESS:
        assert link_local_address(pair[0], family) != link_local_address(pair[1], family)


def test_they_resolve_each_others_name(pair):
    for here, there in (pair, pair[::-1]):
        name = there.run("uname -n").output
        addresses = {link_local_address(there, family) for family in ADDRESS}

        def resolve(node=here, wanted=name):
            return node.run(f"getent ahosts {wanted}.local", check=False).output.split()

        found = wait_until(resolve, here.seconds(15), f"{name}.local resolves", pause=0.5)
        assert {entry.partition("%")[0] for entry in found} & addresses


def test_password_login_by_ssh_is_off(pair):
    first, second = pair
    address = link_local_address(second, "IPv4")
    answer = first.run(
        "ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o PreferredAuthentications=none "
        f"-o ConnectTimeout=300 user@{address} true", seconds=60, check=False)
    assert answer.exit_code == 255
    assert "Permission denied" in answer.output
    assert "password" not in answer.output.partition("Permission denied")[2]


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_there_is_room_for_thousands_of_neighbours(pair, family):
    assert int(pair[0].run(f"cat /proc/sys/net/{family}/neigh/default/gc_thresh3").output) >= 16384
