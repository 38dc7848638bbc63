# SPDX-License-Identifier: GPL-2.0-or-later
"""A running virtual machine. It ends with its `with` block, with an exception, and with the test process.

The last holds even for a process that is killed: QEMU asks the kernel to be killed when its parent dies (setpriv).
"""

import atexit
import re
import signal
import socket
import subprocess
import time
import weakref
from pathlib import Path

from qemu.console import Console, ConsoleClosed, WaitTimeout
from qemu.deadline import Deadline, wait_until
from qemu.machine import CDROM_ID, Machine
from qemu.qmp import Qmp, QmpError
from qemu.shell import CommandResult, Shell

_QUIT_SECONDS = 10
# How the kernel begins its last words; nothing more would come.
_PANIC = r"Kernel panic - not syncing: [^\n]*\n"

_running: "weakref.WeakSet[Guest]" = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    for guest in list(_running):
        guest.stop()


class GuestDied(AssertionError):
    """QEMU ended although nobody asked it to, or the kernel in it gave up; the message has what was written last."""


class Guest:
    """A virtual machine from MACHINE whose logs, screenshots and firmware variables lie in FOLDER."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        self.machine = machine
        self.folder = Path(folder)
        self.console: Console
        self.shell: Shell
        self.qmp: Qmp
        self.started_at: float
        self._process: subprocess.Popen | None = None
        self._ports: list[socket.socket] = []

    def __enter__(self) -> "Guest":
        return self.start()

    def __exit__(self, *_) -> None:
        self.stop()

    def start(self) -> "Guest":
        """Turns the machine on."""
        self.folder.mkdir(parents=True, exist_ok=True)
        serial, serial_of_qemu = socket.socketpair()
        monitor, monitor_of_qemu = socket.socketpair()
        inherited = [serial_of_qemu, monitor_of_qemu]
        for nic in self.machine.nics:
            guests_end, port = nic.segment.attach(nic.mac)
            inherited.append(guests_end)
            self._ports.append(port)
        descriptors = [end.fileno() for end in inherited]
        command = self.machine.command_line(self.folder, descriptors[0], descriptors[1], descriptors[2:])
        (self.folder / "command.txt").write_text("\n".join(command) + "\n")
        with open(self._error_log, "wb") as errors:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *command],
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                pass_fds=descriptors,
                # ctrl-C at the terminal is for the test run, which then ends its guests in order.
                start_new_session=True,
            )
        self.started_at = time.monotonic()
        _running.add(self)
        for end in inherited:
            end.close()
        self.qmp = Qmp(monitor)
        self.console = Console(serial.detach(), self.folder / "serial.log", self.machine.accelerator.seconds)
        self.shell = Shell(self.console)
        return self

    @property
    def pid(self) -> int:
        """QEMU's process."""
        assert self._process is not None, "the guest was not started"
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether QEMU is still there."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_status(self) -> int | None:
        """That of QEMU when it has ended by itself, else None."""
        return self._process.poll() if self._process is not None else None

    def errors(self) -> str:
        """What QEMU has written."""
        return self._error_log.read_text(errors="replace").strip() or "(it wrote nothing)"

    @property
    def uptime(self) -> float:
        """Seconds since the machine was turned on."""
        return time.monotonic() - self.started_at

    def seconds(self, at_full_speed: float) -> float:
        """A deadline, stretched for this machine's accelerator."""
        return self.machine.accelerator.seconds(at_full_speed)

    def wait_for(self, pattern: str | re.Pattern, seconds: float = 60, what: str = "") -> re.Match:
        """Waits until the serial console shows PATTERN; see Console.wait_for."""
        try:
            return self.console.wait_for(pattern, seconds, what)
        except (ConsoleClosed, WaitTimeout) as error:
            self._explain(error)
            raise

    def send_line(self, line: str = "") -> None:
        """Types LINE and Enter on the serial console."""
        self.console.send_line(line)

    def press(self, *names: str) -> None:
        """Presses keys by name on the serial console."""
        self.console.press(*names)

    def press_on_keyboard(self, *names: str) -> None:
        """Presses keys of the PC's own keyboard together, by QEMU's key names (ret, down, f1)."""
        self.qmp.command("send-key", keys=[{"type": "qcode", "data": name} for name in names])

    def login(self, user: str = "user", seconds: float = 120) -> float:
        """Waits for the automatic login of USER and its shell; returns the seconds from power-on to the login."""
        pattern = re.compile(rf"login: {user} \(automatic login\)|{_PANIC}")
        match = self.wait_for(pattern, seconds, f"the automatic login of {user}")
        if "panic" in match[0]:
            raise GuestDied(f"{match[0]}; whole log: {self.folder / 'serial.log'}; last lines:\n{self.console.last_lines()}")
        reached = self.uptime
        self.shell.wait_until_ready(60)
        return reached

    def run(self, command: str, seconds: float = 60, check: bool = True) -> CommandResult:
        """Runs COMMAND in the shell on the serial console; see Shell.run."""
        try:
            return self.shell.run(command, seconds, check)
        except (ConsoleClosed, WaitTimeout) as error:
            self._explain(error)
            raise

    def screenshot(self, path: Path) -> Path:
        """Writes a picture (PNG) of the machine's screen to PATH."""
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(path.name + ".part")
        self.qmp.command("screendump", filename=str(unfinished.absolute()), format="png")
        unfinished.rename(path)
        return path

    def eject_cd(self) -> None:
        """Takes the CD out, even when the guest has locked the tray, and asks QEMU whether it is really out."""
        self.qmp.command("eject", id=CDROM_ID, force=True)
        wait_until(lambda: not self._cd_inserted(), self.seconds(5), "the CD is out of the drive")

    def press_power_button(self) -> None:
        """Presses the power button."""
        self.qmp.command("system_powerdown")

    def freeze(self) -> None:
        """Stops its processors; time does not pass in it until thaw()."""
        self.qmp.command("stop")

    def thaw(self) -> None:
        """Lets its processors run on."""
        self.qmp.command("cont")

    def press_reset_button(self) -> None:
        """Presses the reset button: the machine starts again, and nobody in it is told."""
        self.qmp.command("system_reset")

    def wait_for_exit(self, seconds: float = 60) -> int:
        """Waits until the machine is off; returns QEMU's exit status."""
        deadline = Deadline(self.seconds(seconds))
        assert self._process is not None, "the guest was not started"
        try:
            return self._process.wait(timeout=deadline.remaining)
        except subprocess.TimeoutExpired:
            raise WaitTimeout(
                f"the machine was not off after {deadline.seconds:.0f} s; last lines of its console:\n{self.console.last_lines()}"
            ) from None

    def stop(self) -> None:
        """Ends the machine, whatever state it is in; may be called again."""
        if self._process is None:
            return
        if self.running:
            try:
                self.qmp.command("quit")
                self._process.wait(timeout=_QUIT_SECONDS)
            except (QmpError, subprocess.TimeoutExpired):
                self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process = None
        _running.discard(self)
        self.console.close()
        self.qmp.close()
        for nic, port in zip(self.machine.nics, self._ports, strict=True):
            nic.segment.detach(port)
        self._ports.clear()

    @property
    def ports(self) -> list[socket.socket]:
        """The ports of the machine's network cards on their segments, in the order of machine.nics."""
        return self._ports

    @property
    def _error_log(self) -> Path:
        return self.folder / "qemu.log"

    def _cd_inserted(self) -> bool:
        drives = self.qmp.command("query-block")
        return any("inserted" in drive for drive in drives if drive.get("qdev", "").endswith(CDROM_ID))

    def _explain(self, problem: AssertionError) -> None:
        """Adds to PROBLEM what the machine itself can tell: why QEMU ended, or a picture of the screen."""
        assert self._process is not None, "the guest was not started"
        if isinstance(problem, WaitTimeout):
            try:
                picture = self.screenshot(self.folder / "timeout.png")
            except QmpError as error:
                problem.add_note(f"no picture of the screen: {error}")
            else:
                problem.add_note(f"picture of the screen at that moment: {picture}")
            return
        try:
            status = self._process.wait(timeout=_QUIT_SECONDS)
        except subprocess.TimeoutExpired:
            return
        raise GuestDied(
            f"QEMU ended with status {status}: {self.errors()}\n{problem}"
        ) from problem
