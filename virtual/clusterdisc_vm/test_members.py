# SPDX-License-Identifier: GPL-2.0-or-later
"""What nodes say of the cluster."""

import json

import pytest

from clusterdisc_vm.members import View, parse


def test_the_view_of_a_node():
    text = json.dumps({"self": {"stage": "member"}, "members": [
        {"id": 2, "in_map": True}, {"id": 1, "in_map": True}, {"id": 3, "in_map": False}]})
    assert parse(text) == View("member", (1, 2))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"self": {"stage": "member"}}', '{"self": 1, "members": []}',
                                  '{"self": {"stage": "member"}, "members": [1]}'])
def test_what_is_no_view_is_none(text):
    assert parse(text) is None
