# SPDX-License-Identifier: GPL-2.0-or-later
"""PCs that fetch from each other: the real script of their initramfs, real web servers, a wire with slow ports."""

import random
import subprocess

import pytest

from clusterdisc_serve import fetch_report
from clusterdisc_serve.fetch_report import FetchState
from qemu.deadline import wait_for_value, wait_until
from serve.chain_client import ChainClient, shape_port
from serve.room import ServingNode

LAYER = "live/filesystem.squashfs"
LAYER_BYTES = 20 << 20
# At this speed a layer takes some seconds, so that there is a middle.
MEGABITS = 40
# At this one it takes longer than anything else.
SLOW_MEGABITS = 8
SERVER = "10.78.8.1"

# Says what a client that has everything says, as often as one.
_REPORTER = """
import socket, sys, time
reports = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    reports.sendto(bytes.fromhex(sys.argv[2]), (sys.argv[1], 5431))
    print("reported", flush=True)
    time.sleep(2)
"""


@pytest.fixture
def layer(room):
    """The content of the layer that is fetched."""
    content = random.Random(7).randbytes(LAYER_BYTES)
    (room.medium / LAYER).write_bytes(content)
    return content


@pytest.fixture
def node(room, layer):
    """The serving node, once it serves, has read its medium and admits nobody: whoever has everything stays."""
    serving = ServingNode(room, 7)
    serving.wait_for_mode("RANGE")
    serving.ask("close")
    shape_port(room, serving.host, MEGABITS)
    serving.wait_until_hashed()
    return serving


def clients_of(node):
    return {each["mac"]: each for each in node.link().get("clients", ())}


def wait_until_complete(node, clients):
    def are_complete(seen):
        states = {each["mac"]: each["state"] for each in seen[0]}
        return all(states.get(client.mac) == "COMPLETE" for client in clients)
    wait_for_value(lambda: (node.link().get("clients", ()), [client.process.output[-5:] for client in clients]), are_complete, 120,
                   "all are complete")


def fetch(host, address, name):
    return subprocess.run(host.command("busybox", "wget", "-q", "-O", "-", f"http://{address}:5433/{name}"), capture_output=True,
                          timeout=60, check=False).stdout


def test_six_pcs_fetch_from_each_other_and_boot(room, node, layer):
    clients = [ChainClient(room, SERVER, MEGABITS).start() for _ in range(6)]
    wait_until_complete(node, clients)
    known = clients_of(node)
    for client in clients:
        assert client.path(LAYER).read_bytes() == layer
        assert client.path("live/vmlinuz").read_bytes() == (room.medium / "live/vmlinuz").read_bytes()
    # Two fetch all from the serving node, the others little or nothing; of those two may have a source that is given up as
    # too slow. (Who gets which is tested by test_sources.py.)
    assert sum(each["from_server"] for each in known.values()) < 5 * LAYER_BYTES, known
    assert sum(each["from_server"] < LAYER_BYTES // 2 for each in known.values()) >= 2, known
    # Another PC gets layers and what belongs to booting, and nothing else.
    source = clients[0].address()
    assert fetch(clients[1].host, source, LAYER) == layer
    client_key = clients[0].path("clusterdisc/cluster.key")
    client_key.write_bytes(b"secret")
    client_key.chmod(0o644)
    for name in ("clusterdisc/cluster.key", "cluster.key", "../cluster.key", "live/../../cluster.key", "live/%2e%2e/clusterdisc/cluster.key",
                 "clusterdisc/serve/../cluster.key", "clusterdisc/../../cluster.key"):
        assert fetch(clients[1].host, source, name) == b"", name
    client_key.unlink()
    node.ask("admit", minutes=5)
    for client in clients:
        client.process.wait_for("it boots")
        assert client.address() == "" and not client.path("clusterdisc/given").exists()
    wait_until(lambda: (known := clients_of(node)) and all(each["state"] == "LEAVING" for each in known.values()), 30,
               "the node knows that all leave")


def test_a_source_that_loses_its_power_is_replaced(room, node, layer):
    clients = [ChainClient(room, SERVER, MEGABITS).start() for _ in range(6)]
    by_address = {}

    def source_in_the_middle():
        by_address.update({client.address(): client for client in clients})
        for each in clients_of(node).values():
            if each["source"] and (2 << 20) < each["have"] < LAYER_BYTES * 3 // 4:
                return by_address.get(each["source"])
        return None

    lost = wait_until(source_in_the_middle, 60, "somebody fetches from somebody", pause=0.05)
    lost.cut_power()
    left = [client for client in clients if client is not lost]
    wait_until_complete(node, left)
    assert all(client.path(LAYER).read_bytes() == layer for client in left)


def test_wrong_bytes_of_a_source_are_found_and_it_gives_to_nobody_any_more(room, node, layer):
    liar = room.pc()
    liar.add_address("10.78.8.251/24")
    wrong = room.directory / "wrong"
    (wrong / "live").mkdir(parents=True)
    (wrong / LAYER).write_bytes(layer[:LAYER_BYTES // 2] + b"\0" + layer[LAYER_BYTES // 2 + 1:])
    room.process(liar, "busybox", "httpd", "-f", "-p", "5433", "-h", wrong)
    total = sum((room.medium / name).stat().st_size for name in
                (line.split()[1] for line in liar.run("busybox", "wget", "-q", "-O", "-", f"http://{SERVER}/files.txt").splitlines()))
    mac = bytes.fromhex(liar.mac().replace(":", ""))
    datagram = b"CDFR\x01" + bytes([FetchState.COMPLETE]) + bytes(8) + mac + total.to_bytes(8, "big") + bytes(16)
    assert fetch_report.parse_report(datagram) is not None
    room.process(liar, "/usr/bin/python3", "-c", _REPORTER, SERVER, datagram.hex()).wait_for("reported")
    wait_until(lambda: clients_of(node), 10, "the liar is known")
    clients = [ChainClient(room, SERVER, MEGABITS).start() for _ in range(4)]
    wait_until_complete(node, clients)
    assert all(client.path(LAYER).read_bytes() == layer for client in clients)
    said = [line for client in clients for line in client.process.output if "is not what the serving node has" in line]
    assert any("10.78.8.251" in line for line in said), [client.process.output for client in clients]
    last = ChainClient(room, SERVER, MEGABITS).start()
    wait_until_complete(node, [last])
    assert not any("is not what the serving node has" in line for line in last.process.output)


def test_a_pc_whose_server_is_lost_starts_again(room, node):
    client = ChainClient(room, SERVER, SLOW_MEGABITS).start()
    wait_until(lambda: clients_of(node).get(client.mac, {}).get("have", 0) > 0, 60, "it fetches")
    node.host.unplug()
    client.process.wait_for("Nothing comes at ")
    client.process.wait_for("The image could not be fetched. This PC starts again.", 120)


def test_a_file_whose_hash_is_not_known_yet_comes_from_the_serving_node(room, node, layer):
    """As long as the serving node reads a slow disc."""
    node.forget_hashes()
    clients = [ChainClient(room, SERVER, MEGABITS).start() for _ in range(3)]
    wait_until_complete(node, clients)
    for client in clients:
        assert client.path(LAYER).read_bytes() == layer
        assert any("0 MiB of these from other PCs" in line for line in client.process.output)
