# SPDX-License-Identifier: GPL-2.0-or-later
"""What `clusterdisc-serve status` shows."""

from typing import Any

_MAX_SHOWN = 40


def status_text(status: dict[str, Any]) -> str:
    """The serving process's STATUS for a person."""
    lines = []
    for link in status["links"]:
        line = f"{link['name']}: {link['text']}"
        if link["stranger"]:
            line += f" ({link['stranger']})"
        if link["address"]:
            line += f", as {link['address']}"
        if link["waits_for_address"]:
            line += ", once this PC itself has got an address from it"
        if link["rivals"]:
            line += f"; other serving nodes: {', '.join(str(node) for node in sorted(link['rivals']))}"
        lines.append(line)
        if link["mode"] in ("PROXY", "RANGE") and not link["asked"]:
            lines.append("  no PC has asked yet; is network boot switched on in its firmware? (docs/network-boot.md)")
        lines += [f"  {who} {what}" for who, what in list(link["asked"].items())[-_MAX_SHOWN:]]
    if not status["links"]:
        lines.append("no wired link is up: plug in a cable")
    lines.append(_admission(status))
    lines += [f"  admitted {mac} at {address}, {int(seconds)} s ago" for mac, address, seconds in status["admitted"][-_MAX_SHOWN:]]
    lines += [f"  waits    {mac} at {address}: sudo clusterdisc-serve admit" for mac, address in status["waiting"][-_MAX_SHOWN:]]
    return "\n".join(lines)


def _admission(status: dict[str, Any]) -> str:
    if not status["has_key"]:
        return "admission: impossible, as this node has no cluster key itself"
    if status["open_seconds"]:
        return f"admission: open for {status['open_seconds']} s more; {len(status['admitted'])} PCs were admitted"
    return f"admission: closed (sudo clusterdisc-serve admit); {len(status['admitted'])} PCs were admitted"
