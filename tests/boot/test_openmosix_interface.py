# SPDX-License-Identifier: GPL-2.0-or-later
"""The openMosix interface of the kernel (docs/openmosix-interface.md) in the virtual cluster, by its own clients."""

import pytest

from boot.job import Program
from boot.openmosix_files import OpenmosixFiles
from interface_clients.archive import CLIENTS
from qemu.deadline import wait_for_value

NOT_ALLOWED = ("EPERM", "EACCES")
# Of a processor's time; a hundredth of a second each.
ENOUGH_TICKS = 200
MICROSECONDS_IN_A_TICK = 10_000
# A round takes some tenths of a second of a PC that is emulated: what it tells of them goes over a serial line.
STEPS_OF_TRAVELLER = 10_000
# Without omd, nobody waits for an answer that would not come: at full speed.
AT_ONCE_SECONDS = 2


@pytest.fixture(scope="module")
def files(steered_nodes) -> list[OpenmosixFiles]:
    """The interface of each node."""
    return [OpenmosixFiles(node) for node in steered_nodes]


@pytest.fixture(scope="module")
def program(steered_nodes) -> Program:
    """A process of the 486."""
    return Program(steered_nodes[0], "traveller", steps=STEPS_OF_TRAVELLER)


@pytest.fixture
def traveller(program, files) -> Program:
    """That process, at home."""
    if files[0].process(program.pid)["where"] != 0:
        # A test has failed before it was home again.
        program.home.guest.run(f"migrate {program.pid} home", seconds=120)
        files[0].wait_for_where(program.pid, 0)
    return program


def test_a_node_knows_its_number_and_what_it_is_set_to(files, virtual_cluster):
    for at, number in zip(files, virtual_cluster.ids):
        wanted = {"mospe": number, "stay": 1, "omd": 1, "interface": 1,
                  **dict.fromkeys(("block", "bring", "expel", "lstay", "quiet"), 0),
                  "mosix_version": "2.4.27", "openmosix_version": "2.4.27"}
        settings = at.settings()
        assert {name: settings[name] for name in wanted} == wanted
        assert all(settings[name] == settings[name.replace("-", "")] for name in settings if name.endswith("-decay"))
        assert at.node.omd_status()["node"] == str(number)
        assert at.node.guest.run("mosctl whois").output == f"This is openMosix #{number}"


def test_each_node_lists_the_members_with_their_figures(files, virtual_cluster):
    pages = {}
    for at, number in zip(files, virtual_cluster.ids):
        pages[number] = int(at.node.guest.run("awk '/^MemTotal/ { print int($2 / 4) }' /proc/meminfo").output)
    for at in files:
        assert at.node.members() == set(virtual_cluster.ids)
        for number, node in at.wait_until_up(virtual_cluster.ids).items():
            assert (node["status"], node["cpus"]) == (3, 1), f"{at.node.name}: {node}"
            assert node["load"] >= 0 and node["speed"] > 0 and 0 <= node["util"] <= 100, f"{at.node.name}: {node}"
            assert abs(node["tmem"] - pages[number]) <= pages[number] // 20, f"of {pages[number]} pages: {node}"
            assert 0 < node["mem"] <= node["tmem"] and 0 < node["rmem"] <= node["tmem"], f"{at.node.name}: {node}"
        assert set(at.nodes("/proc/mosix")) == set(virtual_cluster.ids)


def test_goto_moves_a_process_and_0_brings_it_home(files, traveller, virtual_cluster):
    here, *others = files
    home_id = virtual_cluster.ids[0]
    migrations = here.process(traveller.pid)["nmigs"]
    for there, number, file in zip(others, virtual_cluster.ids[1:], ("goto", "migrate")):
        written = here.put(f"{traveller.pid}/{file}", number)
        assert written.outcome == "ok", f"{file} to node {number}: {written}"
        here.wait_for_where(traveller.pid, number)
        process = here.process(traveller.pid)
        assert process["nmigs"] > migrations and process["cantmove"] == "", process
        migrations = process["nmigs"]
        shown = traveller.shown_at_home()
        assert shown and (shown["state"], shown["node"]) == ("away", number), shown
        assert_is_guest(traveller, there, home_id)
        traveller.wait_for_progress()
    # Without waiting for omd's answer.
    assert here.put(f"{traveller.pid}/goto", 0, waits=False).outcome == "ok"
    here.wait_for_where(traveller.pid, 0)
    traveller.wait_until_home()
    for there in others:
        wait_for_value(there.guests, lambda guests: traveller.pid not in homes_of(guests), there.node.guest.seconds(30),
                       f"{traveller} has left {there.node.name}")
    assert here.process(traveller.pid)["nmigs"] >= migrations
    traveller.wait_for_progress()


def homes_of(guests: dict[int, dict]) -> list[int]:
    """The numbers that guests have at home."""
    return [guest["home_pid"] for guest in guests.values()]


def assert_is_guest(program: Program, there: OpenmosixFiles, home_id: int) -> None:
    """/proc/hpc/remote of the other node has it under the number that mps has there, and sees it compute."""
    shown = program.guest_on(there.node)
    assert shown, f"mps of {there.node.name} does not have {program}"
    guests = wait_for_value(there.guests, lambda guests: shown["pid"] in guests, there.node.guest.seconds(30),
                            f"process {shown['pid']} of {there.node.name} in /proc/hpc/remote")
    guest = guests[shown["pid"]]
    assert (guest["from"], guest["home_pid"]) == (home_id, program.pid), guest
    assert guest["size"] >= guest["resident"] > 0 and guest["vsize"] >= guest["rss"] * 4096 > 0, guest
    wait_for_value(lambda: there.guests()[shown["pid"]]["utime"], lambda ticks: ticks > guest["utime"],
                   there.node.guest.seconds(30), f"{program} uses processor time at {there.node.name}")


def test_a_process_goes_itself(files, virtual_cluster):
    number = virtual_cluster.ids[1]
    where = files[0].node.guest.run(f"{CLIENTS}/steering.sh itself {number}", seconds=120).lines
    assert where == [f"where {number}", "where 0"]


def test_goto_minus_1_finds_the_best_node(files, traveller, virtual_cluster):
    here = files[0]
    companion = Program(here.node, "companion")

    def go_to_the_best() -> int:
        written = here.put(f"{traveller.pid}/goto", -1)
        assert written.outcome == "ok", written
        return here.process(traveller.pid)["where"]
    # Two share a processor here; there are two idle ones.
    where = wait_for_value(go_to_the_best, lambda node: node != 0, here.node.guest.seconds(60),
                           f"{traveller} leaves {here.node.name}, which has {companion}, too")
    assert where in virtual_cluster.ids[1:]
    shown = traveller.shown_at_home()
    assert shown and shown["node"] == where, shown
    companion.tell_to_end()
    assert here.put(f"{traveller.pid}/goto", 0).outcome == "ok"
    here.wait_for_where(traveller.pid, 0)
    companion.result()


def test_others_read_but_do_not_write(files, traveller):
    here = files[0]
    seen = here.process(traveller.pid, user="nobody")
    for file, user in ((f"{traveller.pid}/goto", "nobody"), (f"{traveller.pid}/lock", "nobody"), ("1/goto", ""),
                       ("hpc/admin/block", "")):
        written = here.put(file, 1, user)
        assert written.outcome in NOT_ALLOWED, f"/proc/{file} as {user or 'user'}: {written}"
    assert here.process(traveller.pid) == seen
    assert here.settings()["block"] == 0


def test_where_a_process_cannot_go_it_is_refused(files, traveller, virtual_cluster):
    here, newer, _ = files
    goto = f"{traveller.pid}/goto"
    assert here.put(goto, "two").outcome == "EINVAL"
    assert here.put(goto, 2 ** 40).outcome == "ERANGE"
    # Nobody has that number.
    assert here.put(goto, 65001).outcome == "EHOSTUNREACH"
    # A 486 lacks instructions that a program of a newer PC may use.
    program = Program(newer.node, "too-new")
    assert newer.put(f"{program.pid}/goto", virtual_cluster.ids[0]).outcome == "ECONNREFUSED"
    assert newer.process(program.pid)["where"] == 0
    program.tell_to_end()
    program.result()
    assert here.process(traveller.pid)["where"] == 0


def test_children_inherit_a_lock(files):
    said = files[0].node.guest.run(f"{CLIENTS}/steering.sh lock").output
    assert said.split() == ["own", "1", "child", "1", "1", "own", "0", "child", "0", "0"]


def test_admin_and_mosctl_set_the_same(files):
    at = files[2]

    def switches() -> list[str]:
        return at.node.omd_status().get("switches", "").removesuffix("(mosctl)").split()
    for name, are_set in (("block", ["stay", "block"]), ("quiet", ["stay", "block", "quiet"])):
        written = at.put(f"hpc/admin/{name}", 1, user="root")
        assert written.outcome == "ok", f"{name}: {written}"
        at.wait_for_setting(name, 1)
        assert switches() == are_set
        if name == "block":
            status = at.node.guest.run("mosctl status").output
            assert "takes no guests" in status and "set: stay block" in status, status
    # It has nothing behind it here.
    assert at.put("hpc/admin/gateways", 2, user="root").outcome == "EOPNOTSUPP"
    at.node.guest.run("sudo mosctl noblock && sudo mosctl noquiet")
    at.wait_for_setting("block", 0)
    at.wait_for_setting("quiet", 0)
    at.node.guest.run("sudo mosctl block")
    at.wait_for_setting("block", 1)
    assert at.put("hpc/admin/block", 0, user="root").outcome == "ok"
    at.wait_for_setting("block", 0)
    assert switches() == ["stay"]


def test_without_omd_nothing_is_configured_and_with_it_all_is_back(files, traveller, virtual_cluster):
    here = files[0]
    guest = here.node.guest
    number = virtual_cluster.ids[1]
    assert here.put(f"{traveller.pid}/goto", number).outcome == "ok"
    assert here.put(f"{traveller.pid}/lock", 1).outcome == "ok"
    here.wait_for_where(traveller.pid, number)
    away = here.process(traveller.pid)

    guest.run("sudo systemctl stop omd")
    try:
        unconfigured = {"mospe": -1, "omd": 0, "slow-decay": 975, "fast-decay": 926,
                        **dict.fromkeys(("block", "bring", "expel", "stay", "lstay", "quiet", "nomfs"), 0)}
        settings = here.settings()
        assert {name: settings[name] for name in unconfigured} == unconfigured
        assert here.nodes() == {}
        assert here.guests() == {}
        assert here.process(traveller.pid) == {**away, "where": 0}
        for file, value, user in ((f"{traveller.pid}/goto", 0, ""), (f"{traveller.pid}/migrate", 0, ""),
                                  ("hpc/admin/block", 1, "root")):
            written = here.put(file, value, user)
            assert written.outcome == "ENOTCONN", f"/proc/{file}: {written}"
            assert written.milliseconds < guest.seconds(AT_ONCE_SECONDS) * 1000, f"/proc/{file}: {written}"
        assert here.put(f"{traveller.pid}/lock", 0).outcome == "ok"
        # It needs no omd.
        traveller.wait_for_progress()
    finally:
        guest.run("sudo systemctl start omd")

    here.wait_for_setting("mospe", virtual_cluster.ids[0])
    here.wait_for_setting("stay", 1)
    here.wait_for_where(traveller.pid, number)
    assert here.process(traveller.pid) == {**away, "lock": 0}
    here.wait_until_up(virtual_cluster.ids)
    assert here.put(f"{traveller.pid}/goto", 0).outcome == "ok"
    here.wait_for_where(traveller.pid, 0)


def test_omd_that_was_killed_is_started_again_while_a_process_is_away(files, traveller, virtual_cluster):
    here = files[0]
    number = virtual_cluster.ids[1]
    assert here.put(f"{traveller.pid}/goto", number).outcome == "ok"
    here.wait_for_where(traveller.pid, number)
    guest = here.node.guest
    before = guest.run("systemctl show --property MainPID --value omd").output.strip()
    guest.run(f"sudo kill -KILL {before}")
    wait_for_value(lambda: guest.run("systemctl show --property MainPID --value omd").output.strip(),
                   lambda pid: pid not in (before, "0"), guest.seconds(60), "systemd starts omd again")
    here.wait_for_setting("mospe", virtual_cluster.ids[0])
    here.wait_for_where(traveller.pid, number)
    traveller.wait_for_progress()
    here.wait_until_up(virtual_cluster.ids)
    assert here.put(f"{traveller.pid}/goto", 0).outcome == "ok"
    here.wait_for_where(traveller.pid, 0)


def test_processor_time_that_was_used_elsewhere_counts(files, virtual_cluster):
    here, there, _ = files
    program = Program(here.node, "spent", is_counted=True)
    assert here.put(f"{program.pid}/goto", virtual_cluster.ids[1]).outcome == "ok"
    shown = program.guest_on(there.node)
    assert shown, f"mps of {there.node.name} does not have {program}"
    # The kernel there hears of a guest a moment after it has come.
    elsewhere = wait_for_value(lambda: there.guests().get(shown["pid"], {}).get("utime", 0),
                               lambda ticks: ticks >= ENOUGH_TICKS, there.node.guest.seconds(60),
                               f"{program} uses processor time at {there.node.name}")

    def at_home() -> int:
        # Behind the name: utime is field 14 of all, stime the next one.
        fields = here.node.guest.run(f"cat /proc/{program.pid}/stat").output.rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])
    wait_for_value(at_home, lambda ticks: ticks >= elsewhere, here.node.guest.seconds(60),
                   f"/proc/PID/stat of {program} has the {elsewhere} ticks that it has used elsewhere")
    program.tell_to_end()
    program.result()
    spent = program.spent()
    assert spent["status"] == 0
    # One that computes on one processor at a time.
    assert elsewhere * MICROSECONDS_IN_A_TICK <= spent["user"] + spent["system"] <= spent["real"] * 1.05, \
        f"{spent}; elsewhere: {elsewhere} ticks"


def test_it_has_computed_right(traveller):
    traveller.tell_to_end()
    traveller.result()
