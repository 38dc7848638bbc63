# SPDX-License-Identifier: GPL-2.0-or-later
"""The disc under test: its boot menus on the serial line, and a booted node.

The entries are read from the menus on the medium, so that a test names an entry by its label and keeps working when its
text or place changes.
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from qemu import Guest, Machine
from qemu.deadline import wait_until

ISOLINUX_MENU = "/isolinux/isolinux.cfg"
GRUB_MENU = "/boot/grub/grub.cfg"


@dataclass(frozen=True)
class MenuEntry:
    """An entry of a boot menu: its name, its place counted from the top, and on which line of it the kernel stands."""

    name: str
    place: int
    kernel_line: int = 0


class Disc:
    """The ISO at PATH."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, name: str) -> bytes:
        """The content of the file NAME on the medium."""
        return subprocess.run(
            ["xorriso", "-indev", self.path, "-osirrox", "on", "-concat", "overwrite", "-", name],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        ).stdout

    def entries(self, firmware: str) -> dict[str, MenuEntry]:
        """The entries of the boot menu that FIRMWARE shows."""
        if firmware == "bios":
            names = re.findall(r"^label (\S+)", self.read(ISOLINUX_MENU).decode(), re.MULTILINE)
            return {name: MenuEntry(name, place) for place, name in enumerate(names)}
        pattern = re.compile(r"^menuentry [^\n]*--id (\S+) \{(.*?)^\}", re.MULTILINE | re.DOTALL)
        entries = pattern.findall(self.read(GRUB_MENU).decode())
        return {
            name: MenuEntry(name, place, body.partition("linux ")[0].count("\n"))
            for place, (name, body) in enumerate(entries)
        }

    def machine(self, medium: str = "cd", **options) -> Machine:
        """A PC with the disc in its CD drive, or written to a USB stick."""
        return Machine(**({"cdrom": self.path} if medium == "cd" else {"usb_stick": self.path}), **options)

    def wait_for_menu(self, guest: Guest) -> None:
        """Waits until the boot menu stands on the serial line; what is drawn last is the countdown below it."""
        if guest.machine.firmware == "bios":
            guest.wait_for("Start a node", 30, "the boot menu of isolinux")
            guest.wait_for(re.compile(r"Automatic boot in \d+"), 10, "the countdown of isolinux")
        else:
            guest.wait_for("Start a node", 60, "the boot menu of GRUB")
            guest.wait_for(re.compile(r"executed automatically in \d+s"), 10, "the countdown of GRUB")

    def choose(self, guest: Guest, name: str = "node", parameters: str = "") -> None:
        """Starts the entry NAME of the menu that is shown, with PARAMETERS appended to its kernel command line."""
        firmware = guest.machine.firmware
        entry = self.entries(firmware)[name]
        self._move_down(guest, entry.place)
        if not parameters:
            guest.press("enter")
        elif firmware == "bios":
            guest.press("tab")
            guest.wait_for("> ", 10, "the line of boot parameters")
            guest.console.send(f" {parameters}\r")
        else:
            guest.console.send("e")
            guest.wait_for("initrd /", 20, "the editor of GRUB")
            # The editor's first line, `setparams`, is its own. Ctrl-E goes to the end of the line.
            self._move_down(guest, 1 + entry.kernel_line)
            guest.console.send(f"\x05 {parameters}")
            guest.press("ctrl-x")

    def boot(self, guest: Guest, entry: str = "node", parameters: str = "", seconds: float = 120) -> float:
        """Boots GUEST through the menu to the login; returns the seconds from power-on to the login."""
        self.wait_for_menu(guest)
        self.choose(guest, entry, parameters)
        return self.log_in(guest, seconds)

    def log_in(self, guest: Guest, seconds: float = 120) -> float:
        """Waits for the login of a node that boots, and makes its console quiet; returns the seconds since power-on."""
        reached = guest.login(seconds=seconds)
        # What the kernel has to say would get into the output of commands.
        guest.run("sudo dmesg --console-off")
        return reached

    @staticmethod
    def first_screen(guest: Guest, seconds: float = 30) -> str:
        """The text on the first virtual console, once a prompt stands there; presses a key where that is asked for."""
        def screen() -> str:
            # The device has the characters of the screen without line ends.
            size = guest.run("stty --file /dev/tty1 size").output.split()
            text = guest.run("sudo cat /dev/vcs1 | tr -c '[:print:]' ' '").output
            columns = int(size[1])
            rows = [text[start:start + columns].rstrip() for start in range(0, len(text), columns)]
            if any(row.startswith("Press any key") for row in rows):
                guest.press_on_keyboard("spc")
            return "\n".join(rows) if any(row.startswith("user@") for row in rows) else ""
        return wait_until(screen, guest.seconds(seconds), "a prompt of the user on the first console", pause=0.5)

    @staticmethod
    def _move_down(guest: Guest, places: int) -> None:
        # Both loaders read an arrow key as a timed escape sequence; a byte that comes late turns it into something else.
        # Ctrl-N moves down in either and is one byte.
        for _ in range(places):
            guest.console.send("\x0e")
