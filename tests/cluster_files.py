# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of a cluster, as omdiscd would write them, for tests of the programs that show them."""

import json


def nodes_json(*names):
    """The file that omdiscd writes on the first of these nodes; their ids are 1, 2, ..."""
    members = [
        {"id": number, "name": name, "address": f"10.77.0.{number}", "identity": f"{number:032x}", "condition": "alive",
         "stage": "member", "in_map": True, "found": "multicast", "path": None, "round_trip_us": None, "since": 1.5,
         "busy": False}
        for number, name in enumerate(names, start=1)
    ]
    self = {"identity": f"{1:032x}", "id": 1, "stage": "member", "name": names[0], "plain": False}
    return json.dumps({"version": 1, "cluster": "lab", "self": self, "members": members})


def replace(path, text):
    (path.parent / (path.name + ".new")).write_text(text)
    (path.parent / (path.name + ".new")).rename(path)
