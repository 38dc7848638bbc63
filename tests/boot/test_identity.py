# SPDX-License-Identifier: GPL-2.0-or-later
"""No two nodes that boot from the same disc share an identity."""

import pytest

IDENTITIES = {
    "machine id": "cat /etc/machine-id",
    "D-Bus machine id": "cat /var/lib/dbus/machine-id",
    "boot id": "cat /proc/sys/kernel/random/boot_id",
    "host name": "uname -n",
    "name in /etc/hostname": "cat /etc/hostname",
    "name in /etc/hosts": "grep '^127.0.1.1' /etc/hosts",
    # The keys may be made at the first connection; asking for one is that.
    "ssh host key": "ssh-keyscan -T 120 -t ed25519 localhost 2>/dev/null",
}


@pytest.mark.parametrize("identity", IDENTITIES)
def test_is_not_shared(pair, identity):
    values = [node.run(IDENTITIES[identity], seconds=60).output for node in pair]
    assert all(values)
    assert values[0] != values[1]


def test_every_ssh_host_key_is_the_nodes_own(pair):
    keys = [set(node.run("cat /etc/ssh/ssh_host_*_key.pub | cut -d' ' -f2").lines) for node in pair]
    assert all(keys)
    assert not keys[0] & keys[1]


def test_there_are_no_keys_on_the_medium(pair):
    image = "/run/live/rootfs/filesystem.squashfs"
    assert pair[0].run(f"ls {image}/etc/ssh | grep ssh_host", check=False).output == ""
    assert pair[0].run(f"cat {image}/etc/machine-id").output == ""
