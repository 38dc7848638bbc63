# SPDX-License-Identifier: GPL-2.0-or-later
"""What the verb status prints."""

from clusterdisc_vm.members import View


def _links(status: dict) -> list[str]:
    lines = [f"cut: node {numbers[0]} from " + (f"node {numbers[1]}" if len(numbers) > 1 else "all others")
             for numbers in status["cut"]]
    return lines + [f"slow: node {number}, {delay * 1000:g} ms each way, {loss * 100:g} % lost"
                    for number, delay, loss in status["slow"]]


def table(status: dict, views: dict[int, View | None]) -> str:
    """Lines for people: STATUS is what the cluster's process knows, VIEWS what the nodes do."""
    rows = [("node", "state", "members it sees", "ssh port")]
    problems = []
    seen = {number for view in views.values() if view for number in view.members}
    for node in status["nodes"]:
        view = views.get(node["number"])
        state = node["state"]
        is_drone = node["port"] is None
        if state == "running" and is_drone:
            # It is not asked: what the others see counts.
            state = "member" if node["number"] in seen else "alone"
        elif state == "running":
            state = view.stage if view else "no answer"
        rows.append((str(node["number"]), state, " ".join(map(str, view.members)) if view else "-",
                     "drone" if is_drone else str(node["port"])))
        if node["problem"]:
            problems.append(f"node {node['number']}: {node['problem']}")
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    return "\n".join(lines + _links(status) + problems)
