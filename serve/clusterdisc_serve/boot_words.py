# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel command line of a client, made from the serving node's own."""

import re

# What clients get of the serving node's own boot parameters, with or without a value. Nothing else: clusterkey= is a
# secret, nodeid= and hostname= are one PC's, and the rest says how this PC was started.
_PASSED_ON = {
    "boot", "components", "console", "quiet", "cluster", "nomigrate", "sshkey", "keyboard-layouts", "keyboard-model",
    "keyboard-variants", "keyboard-options", "locales", "timezone", "utc", "username", "noautologin", "nottyautologin",
    "acpi", "noapic", "nolapic", "nosmp", "libata.dma", "nomodeset",
}
# A laboratory's own parameters have a dot in their name (lab.room=3); those of live-boot and live-config are not theirs.
_LABS_OWN = re.compile(r"^(?!live-boot\.|live-config\.|clusterdisc\.|systemd\.|rd\.)[a-z][\w-]*\.[\w.-]+$")
_WORD = re.compile(r'(?:[^\s"]|"[^"]*")+')
# Boot loaders read these in words, each in its own way.
_UNSAFE = set("\"'\\$`;{}|&<>")


def passed_on(command_line: str) -> list[str]:
    """The words of COMMAND_LINE that clients get."""
    words = []
    for word in _WORD.findall(command_line.partition(" -- ")[0]):
        name = word.partition("=")[0]
        if (name in _PASSED_ON or _LABS_OWN.match(name)) and not set(word) & _UNSAFE and word.isascii():
            words.append(word)
    return words


def for_drone(own: list[str], server: str) -> str:
    """A drone's command line: it has no live system, and asks SERVER for the key."""
    words = [word for word in own if not word.startswith(("boot=", "fetch=", "components="))]
    return " ".join([*words, f"clusterdisc.serve={server}"])


def for_client(own: list[str], server: str) -> str:
    """A client's command line: live-boot fetches from SERVER, which is named in it."""
    words = [word for word in own if not word.startswith(("boot=", "fetch="))]
    return " ".join(["boot=live", *words, f"fetch=http://{server}/live/filesystem.squashfs", f"clusterdisc.serve={server}"])
