# SPDX-License-Identifier: GPL-2.0-or-later
"""What a guest's node may say to have the guest called home, and what home makes of it when that is malformed or too much."""

import pytest

from migration.hostile_peer import KINDS, Lie, Said, frame
from migration.test_hostile_peers import MAX_LENGTH, SECONDS, STEPS, Cluster
from qemu.deadline import wait_until

RECALL = frame(KINDS["recall"], b"")
MANY = 1000


@pytest.fixture(name="cluster")
def cluster_with_a_peer(testbed):
    """Both omds run and can move processes, through a peer that says nothing wrong until it is told to."""
    with Cluster(testbed) as opened:
        yield opened


@pytest.mark.parametrize("kind", ["ready", "call", "coming_home"])
def test_a_guest_may_be_sent_home_at_any_moment_and_more_than_once(cluster, kind):
    """Whoever has the process may end it anyway; home asks for it once."""
    guest = cluster.guest()
    cluster.peer.tell(Lie(KINDS[kind], lambda message: Said(message + RECALL * MANY), by_home=False))
    cluster.go_and_come(guest)
    wait_until(cluster.peer.has_lied.is_set, SECONDS, "it is sent home")
    cluster.expect_nothing_left()
    guest.wait_for_steps(STEPS)
    guest.expect_right()
    cluster.expect_as_before()


@pytest.mark.parametrize("recall", [frame(KINDS["recall"], b"\0"), frame(KINDS["recall"], b"", MAX_LENGTH)],
                         ids=["content", "length"])
def test_a_recall_that_is_malformed_ends_the_process_at_worst(cluster, recall):
    """As any other such message."""
    guest = cluster.guest()
    cluster.peer.tell(Lie(KINDS["call"], lambda message: Said(recall + message), by_home=False))
    cluster.home.move(guest.pid, cluster.away)
    cluster.expect_right_or_killed(guest, "a malformed recall")
    cluster.expect_as_before()


def test_home_does_not_send_itself_what_a_guest_says(cluster):
    """A recall is for the other direction."""
    guest = cluster.guest()
    cluster.peer.tell(Lie(KINDS["go"], lambda message: Said(message + RECALL), by_home=True))
    cluster.home.move(guest.pid, cluster.away)
    cluster.expect_right_or_killed(guest, "a recall from home")
    cluster.away.wait_for_log(f"unexpected message {KINDS['recall']} from home")
    cluster.expect_as_before()
