# SPDX-License-Identifier: GPL-2.0-or-later
"""What `clusterdisc-serve status` shows."""

from typing import Any

_MAX_SHOWN = 40
# A client reports every other second.
_SILENT_SECONDS = 10


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
        lines += [_client(client) for client in link["clients"][-_MAX_SHOWN:]]
    if not status["links"]:
        lines.append("no wired link is up: plug in a cable")
    lines.append(_admission(status))
    lines += [f"  admitted {mac} at {address}, {int(seconds)} s ago" for mac, address, seconds in status["admitted"][-_MAX_SHOWN:]]
    lines += [f"  waits    {mac} at {address}: sudo clusterdisc-serve admit" for mac, address in status["waiting"][-_MAX_SHOWN:]]
    return "\n".join(lines)


def _client(client: dict[str, Any]) -> str:
    """How far a client is with fetching, and from whom it gets the rest."""
    line = f"  fetched  {client['mac']} at {client['address']}: {client['have'] >> 20} of {client['total'] >> 20} MiB"
    line += f", {client['from_server'] >> 20} MiB of these from here; "
    if client["state"] == "COMPLETE":
        return line + "it has what it needs"
    if client["state"] == "LEAVING":
        return line + "it starts"
    if client["silent_seconds"] > _SILENT_SECONDS:
        return line + f"not heard for {int(client['silent_seconds'])} s"
    return line + f"now from {client['source'] or 'here'}"


def _admission(status: dict[str, Any]) -> str:
    if not status["has_key"]:
        return "admission: impossible, as this node has no cluster key itself"
    if status["open_seconds"]:
        return f"admission: open for {status['open_seconds']} s more; {len(status['admitted'])} PCs were admitted"
    return f"admission: closed (sudo clusterdisc-serve admit); {len(status['admitted'])} PCs were admitted"
