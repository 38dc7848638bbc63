# SPDX-License-Identifier: GPL-2.0-or-later
"""Nine jobs in the virtual cluster: they spread by themselves, and none is lost with a PC that is switched off."""

from itertools import zip_longest

import pytest

from boot.job import Program
from boot.openmosix_files import OpenmosixFiles
from qemu.deadline import wait_for_value, wait_until

JOBS = 9
# As many again would take long to end on a 486; the two other nodes take them all.
LATER_JOBS = 4
# For each is heard of when it ends: with nine on three PCs, about a second.
STEPS_IN_A_ROUND = 20_000


@pytest.fixture(scope="module")
def nodes(virtual_cluster):
    """The three, once omd of each knows all of them. The last test ends, so nobody has them after it."""
    for node in virtual_cluster.nodes:
        node.wait_for_members(virtual_cluster.ids)
    yield virtual_cluster.nodes
    for node in virtual_cluster.nodes:
        node.guest.stop()


@pytest.fixture(scope="module")
def jobs(nodes) -> list[Program]:
    """Started on the 486, whose programs every node can take, by the user, who types nothing else."""
    return [Program(nodes[0], f"job{number}", steps=STEPS_IN_A_ROUND) for number in range(1, JOBS + 1)]


def places(jobs) -> dict[int, int]:
    """How many of JOBS, which have one home, run on which other node, by what home's mps says."""
    pids = {job.pid for job in jobs}
    shown = [each for each in jobs[0].home.processes("processes") if each["pid"] in pids and each["state"] == "away"]
    return {node: sum(each["node"] == node for each in shown) for node in {each["node"] for each in shown}}


def wait_until_spread(jobs, others, seconds: float) -> None:
    """Waits until some run on each of OTHERS."""
    wait_for_value(lambda: places(jobs), lambda there: set(others) <= set(there), jobs[0].home.guest.seconds(seconds),
                   f"each of the nodes {others} has some of {len(jobs)} jobs")


def wait_for_progress(jobs) -> None:
    """Waits until each has done a whole round more; asks for all at once, as their home has little time for commands."""
    guest = jobs[0].home.guest
    files = " ".join(f"{job.folder}/result" for job in jobs)
    pids = " ".join(str(job.pid) for job in jobs)

    def rounds() -> list[int]:
        lines = guest.run(f"kill -0 {pids} && wc -l {files}").lines
        return [int(line.split()[0]) for line in lines[:len(jobs)]]

    before = rounds()
    wait_until(lambda: all(now > then + 1 for now, then in zip(rounds(), before)), guest.seconds(120),
               f"all jobs go on after the rounds {before}")


def end(jobs) -> None:
    """Ends them; what they have computed is right, and the same as far as they have come."""
    jobs[0].home.guest.run("; ".join(f"echo >{job.folder}/stop" for job in jobs))
    results = [job.result() for job in jobs]
    longest = max(results, key=len)
    for job, result in zip(jobs, results):
        assert result == longest[:len(result)], \
            f"{job}: {next(pair for pair in zip_longest(result, longest) if pair[0] != pair[1])}"


def test_nine_jobs_spread_over_all_nodes(jobs, virtual_cluster):
    home = jobs[0].home
    wait_until_spread(jobs, virtual_cluster.ids[1:], 180)
    wait_for_progress(jobs)
    moved = wait_until(lambda: next((job for job in jobs if (job.shown_at_home() or {}).get("state") == "away"), None),
                       home.guest.seconds(60), "a job is away")
    assert "node" in home.guest.run(f"mosctl why {moved.pid}").output


def test_no_job_is_lost_when_a_node_is_switched_off(jobs, nodes, virtual_cluster):
    ids = virtual_cluster.ids
    leaving = nodes[2]
    wait_until_spread(jobs, ids[1:], 60)
    leaving.guest.press_power_button()
    for node in nodes[:2]:
        node.wait_for_map(ids[:2])
        members = {member["id"]: member["condition"] for member in node.cluster()["members"]}
        assert members[ids[2]] == "left"
        OpenmosixFiles(node).wait_until_down(ids[2])
    leaving.guest.wait_for_exit(120)
    wait_for_progress(jobs)
    assert ids[2] not in places(jobs)
    end(jobs)


def test_the_node_comes_back_and_gets_work(disc, nodes, virtual_cluster):
    ids = virtual_cluster.ids
    back = nodes[2]
    back.switch_on_again(disc)
    assert back.wait_for_id() == ids[2]
    for node in nodes:
        node.wait_for_map(ids)
        node.wait_for_members(ids)
    jobs = [Program(nodes[0], f"later{number}", steps=STEPS_IN_A_ROUND) for number in range(1, LATER_JOBS + 1)]
    wait_until_spread(jobs, ids[2:], 180)
    OpenmosixFiles(nodes[0]).wait_until_up(ids)
    end(jobs)
