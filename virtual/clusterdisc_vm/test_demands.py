# SPDX-License-Identifier: GPL-2.0-or-later
"""What is said when this machine is not enough."""

import pytest

from clusterdisc_vm import demands

MEMINFO = "MemTotal:  8000000 kB\nMemFree:  100000 kB\nMemAvailable:  {} kB\n"


@pytest.mark.parametrize(("available_mib", "wanted"), [
    (712, []),
    (711, ["take at most 1 nodes, or give them less"]),
    (300, ["has 300 MiB available: give them less"]),
])
def test_memory_counts_qemus_own(available_mib, wanted):
    problems = demands.check_memory(2, 256, 0, MEMINFO.format(available_mib * 1024))
    assert len(problems) == len(wanted)
    assert all(part in problem for part, problem in zip(wanted, problems))


def test_eight_small_nodes_fit_into_2_gib():
    assert demands.check_memory(8, 96, 0, MEMINFO.format(1700 * 1024)) == []


def test_drones_need_memory_too():
    meminfo = MEMINFO.format(1000 * 1024)
    assert demands.check_memory(1, 256, 3, meminfo) == []
    problem, = demands.check_memory(1, 256, 4, meminfo)
    assert "1 nodes of 256 MiB and 4 drones of 64 MiB need 1012 MiB" in problem and "give them less" in problem
    assert demands.check_memory(1, 64, 7, meminfo)[0].endswith("take fewer drones")


@pytest.mark.parametrize("cpu", ["486", "pentium3", "pentium3,+sse2", "qemu64", "host", "max"])
def test_cpus_that_qemu_has(cpu):
    assert demands.check_cpu(cpu) == []


@pytest.mark.parametrize("cpu", ["", "48", "pentium33", "[default]", ".*"])
def test_cpus_that_it_has_not(cpu):
    assert demands.check_cpu(cpu)


@pytest.mark.parametrize(("said", "is_enough"), [
    ("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)", True),
    ("QEMU emulator version 10.0.2", True),
    ("QEMU emulator version 5.2.0 (Debian 1:5.2+dfsg-11)", False),
    ("", False),
])
def test_versions_of_qemu(said, is_enough):
    assert bool(demands.check_qemu_version(said)) != is_enough


def test_room_for_files(tmp_path, monkeypatch):
    assert demands.check_space(tmp_path / "not" / "there") == []
    monkeypatch.setattr(demands, "_DIRECTORY_MIB", 1 << 40)
    assert "MiB free" in demands.check_space(tmp_path)[0]
