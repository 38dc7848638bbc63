# SPDX-License-Identifier: GPL-2.0-or-later
"""What others get from omdiscd: files, hooks, the tools that print them, and complaints about bad settings."""

import json
import re
import signal
import stat
import subprocess

import pytest

from cluster.node import KEY, SOON, wait_for_one_cluster, wait_until_gone
from qemu.deadline import wait_until

HOOK = """#!/bin/sh
echo "$@" "$OPENMOSIX_EVENT" "$OPENMOSIX_NODE" "$OPENMOSIX_ADDRESS" "$OPENMOSIX_NAME" >> "$OPENMOSIX_RUN_DIR/events"
"""


def events(node, name="events"):
    """The lines that the hook has written, as lists of words."""
    return [line.split() for line in (node.text(name) or "").splitlines()]


def add_hook(node, name, text=HOOK, mode=0o755):
    (node.hooks / name).write_text(text)
    (node.hooks / name).chmod(mode)


def test_hooks_hear_of_everybody_who_comes_and_goes(testbed, wire):
    watcher = testbed.node(testbed.host(wire))
    add_hook(watcher, "10-write")
    watcher.start()
    other = testbed.start_nodes(1, wire)[0]
    wait_for_one_cluster([watcher, other])
    identifier, address = other.id(), watcher.map()[other.id()]
    other.stop()
    wait_until(lambda: ["leave"] in [line[:1] for line in events(watcher)], SOON, "the hook hears of the leave")
    wait_until(lambda: len(events(watcher)) >= 3, SOON, "the hook has heard of everything")
    lines = [line for line in events(watcher) if line[1] == str(identifier)]
    words = [str(identifier), address, other.name]
    assert lines == [["join", *words] * 2, ["leave", *words] * 2]
    own = [line for line in events(watcher) if line[1] != str(identifier)]
    assert [line[0] for line in own] == ["join"] and own[0][1] == str(watcher.id())


def test_hooks_run_in_order_and_only_those_that_are_trustworthy(testbed, wire):
    node = testbed.node(testbed.host(wire))
    for name in ("20-second", "10-first"):
        add_hook(node, name, f'#!/bin/sh\necho {name} >> "$OPENMOSIX_RUN_DIR/order"\n')
    add_hook(node, "not.a.hook", '#!/bin/sh\necho wrong >> "$OPENMOSIX_RUN_DIR/order"\n')
    add_hook(node, "writable", '#!/bin/sh\necho wrong >> "$OPENMOSIX_RUN_DIR/order"\n', mode=0o777)
    add_hook(node, "not-executable", '#!/bin/sh\necho wrong >> "$OPENMOSIX_RUN_DIR/order"\n', mode=0o644)
    node.start()
    wait_until(lambda: len(events(node, "order")) >= 2, SOON, "both hooks have run")
    assert [words[0] for words in events(node, "order")[:2]] == ["10-first", "20-second"]
    other = testbed.start_nodes(1, wire)
    wait_for_one_cluster([node, *other])
    wait_until(lambda: len(events(node, "order")) >= 4, SOON, "both hooks have run again")
    assert ["wrong"] not in events(node, "order")
    assert "writable" in node.log_text()


def test_a_hook_that_hangs_does_not_hold_up_the_agent(testbed, wire):
    node = testbed.node(testbed.host(wire))
    add_hook(node, "hang", "#!/bin/sh\nexec sleep 20\n")
    node.start()
    wait_for_one_cluster([node])
    nodes = [node, *testbed.start_nodes(2, wire)]
    wait_for_one_cluster(nodes)
    node.stop()
    wait_until_gone(node.id() or -1, nodes[1:], 3)


def test_hosts_and_machines_name_all_members(testbed, wire, tmp_path):
    base = tmp_path / "hosts"
    base.write_text("127.0.0.1\tlocalhost\n127.0.1.1\tpc1\n")
    first = testbed.node(testbed.host(wire), "--hosts-base", base).start()
    nodes = [first, *testbed.start_nodes(2, wire)]
    ids = wait_for_one_cluster(nodes)
    hosts = first.text("hosts")
    assert hosts.startswith(base.read_text())
    lines = [line.split() for line in hosts[len(base.read_text()):].splitlines() if line and not line.startswith("#")]
    for node in nodes:
        line = next(line for line in lines if f"node{node.id()}" in line)
        assert line[0] == first.map()[node.id()]
        assert line[2:] == [f"{node.name}.cluster"]
    assert [line for line in first.text("machines").splitlines() if not line.startswith("#")] == \
        [f"node{identifier}" for identifier in sorted(ids)]
    first.stop()
    assert first.text("hosts") == base.read_text()
    assert first.text("machines") is None


def test_a_host_name_that_two_members_have_is_nobodys(testbed, wire):
    nodes = [testbed.node(testbed.host(wire), "--name", "twin").start() for _ in range(2)]
    nodes += testbed.start_nodes(1, wire)
    wait_for_one_cluster(nodes)
    assert "twin" not in nodes[2].text("hosts")


def test_a_member_cannot_take_the_name_of_a_host_elsewhere(testbed, wire):
    names = ["www.example.org", "wpad"]
    nodes = [testbed.node(testbed.host(wire), "--name", name).start() for name in names]
    nodes += testbed.start_nodes(1, wire)
    wait_for_one_cluster(nodes)
    for node in nodes:
        words = node.text("hosts").split()
        assert not set(names) & set(words), words
        assert "wpad.cluster" in words and "www.example.org.cluster" not in words


def test_files_can_be_read_by_everybody_and_written_by_their_owner_only(testbed, wire):
    node = testbed.start_nodes(1, wire)[0]
    wait_for_one_cluster([node])
    assert stat.S_IMODE(node.run_folder.stat().st_mode) == 0o755
    for name in ("map", "nodes.json", "hosts", "machines"):
        assert stat.S_IMODE((node.run_folder / name).stat().st_mode) == 0o644


def test_readers_never_see_half_a_file(testbed, wire):
    """Each read while members come and go gives a whole file: one that ends a line, and JSON that parses."""
    nodes = testbed.start_nodes(2, wire)
    wait_for_one_cluster(nodes)
    reader = nodes[0]
    seen = set()

    def whole_files(goal):
        for name in ("map", "nodes.json", "hosts", "machines"):
            text = reader.text(name)
            assert text is not None and text.endswith("\n"), f"{name}: {text!r}"
            seen.add((name, text))
        json.loads(reader.text("nodes.json"))
        return goal()

    for _ in range(5):
        newcomer = testbed.start_nodes(1, wire)[0]
        wait_until(lambda: whole_files(lambda: len(reader.ids()) == 3), SOON, "the newcomer is in the map", pause=0)
        newcomer.send_signal(signal.SIGTERM)
        wait_until(lambda: whole_files(lambda: len(reader.ids()) == 2), SOON, "it has left the map", pause=0)
    assert len(seen) >= 20


def test_files_are_not_touched_while_nothing_happens(testbed, wire):
    """Whoever watches them by inotify is woken for a reason. The round trip may change, every ten seconds at most."""
    nodes = testbed.start_nodes(3, wire)
    wait_for_one_cluster(nodes)
    files = [node.run_folder / name for node in nodes for name in ("map", "hosts", "machines")]

    def state():
        return [file.stat().st_ino for file in files]

    before = state()
    with pytest.raises(AssertionError, match="in vain"):
        wait_until(lambda: state() != before, 6, "a file is replaced")


def tool(testbed, name, *arguments):
    return subprocess.run([testbed.programs / "autoconf/tools" / name, *map(str, arguments)], capture_output=True, text=True,
                          timeout=30)


def test_showmap_prints_the_map_as_openmosix_did(testbed, wire):
    nodes = testbed.start_nodes(3, wire)
    wait_for_one_cluster(nodes)
    result = tool(testbed, "showmap", "--run-dir", nodes[0].run_folder)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(f"My Node-Id: 0x{nodes[0].id():04x}\n")
    assert re.search(r"^Base Node-Id +Address +Count$", result.stdout, re.MULTILINE)
    for identifier, address in nodes[0].map().items():
        assert re.search(rf"^0x{identifier:04x} +{re.escape(address)} +1$", result.stdout, re.MULTILINE)


def test_omnodes_prints_all_members_and_marks_its_own(testbed, wire):
    nodes = testbed.start_nodes(3, wire)
    wait_for_one_cluster(nodes)
    result = tool(testbed, "omnodes", "--run-dir", nodes[0].run_folder)
    assert result.returncode == 0, result.stderr
    for node in nodes:
        line = next(line for line in result.stdout.splitlines() if node.name in line.split())
        assert str(node.id()) in re.findall(r"\d+", line)
        assert ("*" in line) == (node is nodes[0])
    status = json.loads(tool(testbed, "omnodes", "--json", "--run-dir", nodes[0].run_folder).stdout)
    assert {member["name"] for member in status["members"]} == {node.name for node in nodes}


@pytest.mark.parametrize("name", ["showmap", "omnodes"])
def test_the_tools_say_so_when_there_is_no_cluster(testbed, name, tmp_path):
    result = tool(testbed, name, "--run-dir", tmp_path / "nothing")
    assert result.returncode == 1 and result.stdout == "" and result.stderr


def omdiscd(testbed, folder, *arguments):
    """Runs omdiscd to its end, in a network of its own in case it does not refuse."""
    (folder / "key").write_text(KEY + "\n")
    command = testbed.host().command(testbed.programs / "autoconf/omdiscd/omdiscd", "--plain", "--no-avahi",
                                     "--run-dir", folder / "run", *arguments)
    return subprocess.run(command, capture_output=True, text=True, timeout=20)


def test_all_problems_of_a_configuration_file_are_told_with_file_and_line(testbed, tmp_path):
    file = tmp_path / "omdiscd.toml"
    file.write_text('# settings\ncluster = 5\nport = 0\n\nnonsense = true\npeers = ["a b"]\n')
    result = omdiscd(testbed, tmp_path, "--config", file, "--key-file", tmp_path / "key")
    assert result.returncode == 1
    for line in (2, 3, 5, 6):
        assert f"{file}:{line}:" in result.stderr, result.stderr
    assert not (tmp_path / "run/map").exists()


def test_a_configuration_file_that_is_not_toml_is_told_with_its_line(testbed, tmp_path):
    file = tmp_path / "omdiscd.toml"
    file.write_text('cluster = "lab"\nport = = 3\n')
    result = omdiscd(testbed, tmp_path, "--config", file, "--key-file", tmp_path / "key")
    assert result.returncode == 1 and f"{file}:2:" in result.stderr, result.stderr


def test_openmosix_config_names_the_node_and_the_links(testbed, wire):
    node = testbed.node(testbed.host(wire))
    (node.folder / "openmosix.config").write_text("AUTODISC=1\nAUTODISCIF=nothing0\nMYOMID=2780\nMFS=yes\n")
    node.start()
    # The command line counts more: it has the interfaces of the test.
    assert wait_for_one_cluster([node]) == {2780}
    assert "nothing here needs AUTODISC, MFS" in node.log_text()


def test_a_mistake_in_openmosix_config_is_told_with_its_line(testbed, tmp_path):
    (tmp_path / "omdiscd.toml").write_text("")
    (tmp_path / "openmosix.config").write_text("MYOMID=0\nAUTODISCIF=a/b\n")
    result = omdiscd(testbed, tmp_path, "--config", tmp_path / "omdiscd.toml", "--key-file", tmp_path / "key")
    assert result.returncode == 1 and f"{tmp_path}/openmosix.config:2:" in result.stderr, result.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--nonsense"], 2, "--help"),
        (["argument"], 2, "argument"),
        (["--node-id", "0"], 2, "65534"),
        (["--node-id", "65535"], 2, "65534"),
        (["--port", "ssh"], 2, "65535"),
        (["--multicast-ttl", "256"], 2, "255"),
        (["--cluster", "two words"], 2, "two words"),
        (["--peer", "[fe80::1"], 2, "[fe80::1"),
        (["--log-level", "loud"], 2, "loud"),
        (["--key-file", "/nonexistent/key"], 1, "/nonexistent/key"),
        (["--config", "/nonexistent/omdiscd.toml"], 1, "/nonexistent/omdiscd.toml"),
    ],
)
def test_omdiscd_explains_what_is_wrong(testbed, tmp_path, arguments, status, message):
    result = omdiscd(testbed, tmp_path, *arguments)
    assert result.returncode == status, result.stderr
    assert message in result.stderr


def test_a_check_tells_whether_settings_and_key_are_fine_without_joining(testbed, tmp_path):
    file = tmp_path / "omdiscd.toml"
    file.write_text('cluster = "lab"\n')
    arguments = ("--check", "--config", file, "--key-file", tmp_path / "key")
    assert omdiscd(testbed, tmp_path, *arguments).returncode == 0
    assert not (tmp_path / "run/map").exists()
    file.write_text('cluster = "two words"\n')
    result = omdiscd(testbed, tmp_path, *arguments)
    assert result.returncode == 1 and f"{file}:1:" in result.stderr


def test_a_second_daemon_on_the_same_port_says_so_and_leaves_the_first_alone(testbed, wire, tmp_path):
    first = testbed.start_nodes(1, wire)[0]
    wait_for_one_cluster([first])
    second = testbed.node(first.host).start()
    assert second.wait_for_exit() == 1
    assert "5428" in second.log_text()
    wait_for_one_cluster([first])
