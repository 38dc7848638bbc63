# SPDX-License-Identifier: GPL-2.0-or-later
"""Virtual machines for tests.

    from qemu import Guest, Machine

    with Guest(Machine(cdrom=iso, cpu="486"), folder) as guest:
        guest.login()
        assert guest.run("uname -r").output.endswith("-486")

A Machine says what the computer is, a Guest is one that runs. Everything the guest writes to its serial line is kept in
`folder/serial.log`. Leaving the `with` block ends the virtual machine; so does the end of the test process, however it
comes. Deadlines are given in seconds of hardware virtualisation and are stretched for a slower accelerator.
"""

from qemu.accelerator import Accelerator, probe_accelerator
from qemu.console import Console, ConsoleClosed, WaitTimeout
from qemu.guest import Guest, GuestDied
from qemu.machine import Machine
from qemu.network import Nic, Segment
from qemu.shell import CommandFailed, CommandResult, Shell

__all__ = [
    "Accelerator",
    "CommandFailed",
    "CommandResult",
    "Console",
    "ConsoleClosed",
    "Guest",
    "GuestDied",
    "Machine",
    "Nic",
    "Segment",
    "Shell",
    "WaitTimeout",
    "probe_accelerator",
]
