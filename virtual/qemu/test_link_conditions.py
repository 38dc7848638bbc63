# SPDX-License-Identifier: GPL-2.0-or-later
"""What cut and slow cables do to frames."""

import pytest

from qemu.link_conditions import LinkConditions


def test_at_first_everything_arrives_at_once():
    assert LinkConditions().delay("a", "b") == 0


def test_a_port_that_is_cut_off_reaches_nobody_and_nobody_reaches_it():
    conditions = LinkConditions()
    conditions.cut("a")
    assert [conditions.delay(*ends) for ends in ("ab", "ba", "bc")] == [None, None, 0]


def test_a_pair_is_cut_in_both_directions():
    conditions = LinkConditions()
    conditions.cut("a", "b")
    assert [conditions.delay(*ends) for ends in ("ab", "ba", "ac", "bc")] == [None, None, 0, 0]


def test_delays_of_both_ends_add_up():
    conditions = LinkConditions()
    conditions.slow("a", 0.25)
    conditions.slow("b", 0.5)
    assert [conditions.delay(*ends) for ends in ("ab", "ba", "ac", "cb")] == [0.75, 0.75, 0.25, 0.5]


@pytest.mark.parametrize(("chance", "arrives"), [(0.19, False), (0.2, True)])
def test_the_share_that_is_lost(chance, arrives):
    conditions = LinkConditions(lambda: chance)
    conditions.slow("a", 0.5, 0.2)
    assert conditions.delay("a", "b") == (0.5 if arrives else None)
    assert conditions.delay("b", "a") == (0.5 if arrives else None)
    assert conditions.delay("b", "c") == 0


def test_a_port_is_as_slow_as_was_said_last():
    conditions = LinkConditions(lambda: 0)
    conditions.slow("a", 1, 1)
    conditions.slow("a", 0.5)
    assert conditions.delay("a", "b") == 0.5


def test_healed_cables_are_as_new():
    conditions = LinkConditions(lambda: 0)
    conditions.cut("a")
    conditions.cut("b", "c")
    conditions.slow("d", 1, 1)
    conditions.heal()
    assert [conditions.delay(*ends) for ends in ("ab", "bc", "de")] == [0, 0, 0]
