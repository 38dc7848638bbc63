# SPDX-License-Identifier: GPL-2.0-or-later
"""The library itself, with guests of one disk sector."""

import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from procfs import stat_field
from qemu import ConsoleClosed, Guest, GuestDied, Machine, Nic, Segment, WaitTimeout, boot_sector
from qemu.deadline import wait_until


def machine(folder: Path, code: bytes, **options) -> Machine:
    return Machine(memory_mib=16, disks=[boot_sector.write_disk(folder / "disk.img", code)], **options)


def process_runs(pid: int) -> bool:
    try:
        return stat_field(pid, 3) != "Z"
    except FileNotFoundError:
        return False


def test_waits_for_text_and_logs_it(tmp_path):
    with Guest(machine(tmp_path, boot_sector.say("one two three\n")), tmp_path) as guest:
        guest.wait_for("one", 30)
        assert guest.wait_for(re.compile(r"(t\w+)\n"), 30)[1] == "three"
    assert "one two three" in (tmp_path / "serial.log").read_text()


def test_a_match_is_not_found_twice(tmp_path):
    with Guest(machine(tmp_path, boot_sector.say("once\nend\n")), tmp_path) as guest:
        guest.wait_for("once", 30)
        with pytest.raises(WaitTimeout):
            guest.wait_for("once", 0.1)


def test_timeout_message_names_what_and_shows_the_last_lines(tmp_path):
    with Guest(machine(tmp_path, boot_sector.say("this is all there is\n")), tmp_path) as guest:
        guest.wait_for("is\n", 30)
        with pytest.raises(WaitTimeout) as caught:
            guest.wait_for("never", 0.1, "the impossible")
    for part in ("the impossible", "'never'", "| this is all there is", "serial.log"):
        assert part in str(caught.value)


def test_types_on_the_serial_console(tmp_path):
    with Guest(machine(tmp_path, boot_sector.echo()), tmp_path) as guest:
        wait_until(lambda: guest.console.send("?") or "?" in guest.console.text, guest.seconds(30), "an echo")
        guest.send_line("hello")
        guest.wait_for("hello", 30)


def test_an_exception_ends_the_machine(tmp_path):
    with pytest.raises(ZeroDivisionError):
        with Guest(machine(tmp_path, boot_sector.say("on\n")), tmp_path) as guest:
            pid = guest.pid
            guest.wait_for("on", 30)
            raise ZeroDivisionError
    assert not process_runs(pid)


@pytest.mark.parametrize("killed_by", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_killing_the_test_process_ends_the_machine(tmp_path, killed_by):
    disk = boot_sector.write_disk(tmp_path / "disk.img", boot_sector.say("on\n"))
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from qemu import Guest, Machine
        with Guest(Machine(cpu="486", memory_mib=16, disks=[Path(sys.argv[1])]), Path(sys.argv[2])) as guest:
            guest.wait_for("on", 30)
            print(guest.pid, flush=True)
            guest.wait_for("never", 600)
    """)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, "-c", program, str(disk), str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, env=environment,
    ) as process:
        pid = int(process.stdout.readline())
        assert process_runs(pid)
        process.send_signal(killed_by)
        process.wait(timeout=60)
    wait_until(lambda: not process_runs(pid), 30, "QEMU ends with its parent")


def test_the_power_button_turns_the_machine_off(tmp_path):
    with Guest(machine(tmp_path, boot_sector.power_off_on_button()), tmp_path) as guest:
        guest.wait_for("ready", 30)
        guest.press_power_button()
        assert guest.wait_for_exit(30) == 0


def test_a_machine_that_stays_on_is_reported(tmp_path):
    with Guest(machine(tmp_path, boot_sector.say("on\n")), tmp_path) as guest:
        guest.wait_for("on", 30)
        with pytest.raises(WaitTimeout, match="not off after"):
            guest.wait_for_exit(0.1)


def test_a_console_that_ends_is_reported_with_the_status_of_qemu(tmp_path):
    with Guest(machine(tmp_path, boot_sector.exit_with(3)), tmp_path) as guest:
        with pytest.raises(GuestDied, match=f"status {boot_sector.debug_exit_status(3)}"):
            guest.wait_for("never", 30)


def test_a_panic_of_the_kernel_ends_the_wait_for_a_login(tmp_path):
    words = "[    1.000000] Kernel panic - not syncing: No working init found.\n"
    with Guest(machine(tmp_path, boot_sector.say(words)), tmp_path) as guest:
        with pytest.raises(GuestDied, match="No working init found"):
            guest.login()


def test_a_wrong_command_line_is_reported_with_what_qemu_says(tmp_path):
    with Guest(machine(tmp_path, boot_sector.say(""), extra=["-device", "no-such-device"]), tmp_path) as guest:
        with pytest.raises((GuestDied, ConsoleClosed), match="no-such-device"):
            guest.wait_for("anything", 30)


def test_takes_a_picture_of_the_screen(tmp_path):
    with Guest(machine(tmp_path, boot_sector.say("on\n")), tmp_path) as guest:
        guest.wait_for("on", 30)
        picture = guest.screenshot(tmp_path / "pictures" / "screen.png")
    assert picture.read_bytes().startswith(b"\x89PNG\r\n")


def test_disks_are_not_written(tmp_path):
    # int 0x13, function 3: write the boot sector, with the text changed, back to its place.
    text = b"old"
    code = bytes.fromhex(
        "31 c0 8e d8 8e c0"  # xor ax, ax; mov ds, ax; mov es, ax
        "c6 06 50 7c 4e"  # mov byte [0x7c50], 'N'
        "b8 01 03"  # mov ax, 0x0301 (write one sector)
        "b9 01 00"  # mov cx, 1 (cylinder 0, sector 1)
        "b6 00"  # mov dh, 0 (head)
        "bb 00 7c"  # mov bx, 0x7c00
        "cd 13"  # int 0x13
    )
    code += boot_sector.exit_with(1)
    code = code.ljust(0x50, b"\x00") + text
    description = machine(tmp_path, code)
    before = description.disks[0].read_bytes()
    with Guest(description, tmp_path / "first") as guest:
        guest.wait_for_exit(30)
    assert description.disks[0].read_bytes() == before
    written = Machine(memory_mib=16, writable_disks=description.disks)
    with Guest(written, tmp_path / "second") as guest:
        guest.wait_for_exit(30)
    assert b"Nld" in description.disks[0].read_bytes()


@pytest.mark.parametrize("model", ["e1000", "ne2k_pci", "virtio-net-pci", "pcnet"])
def test_network_cards_attach_to_a_segment(tmp_path, model):
    with Segment() as segment:
        with Guest(machine(tmp_path, boot_sector.say("on\n"), nics=[Nic(segment, model)]), tmp_path) as guest:
            guest.wait_for("on", 30)
            assert len(guest.ports) == 1
        assert guest.ports == []


@pytest.mark.parametrize("firmware", ["uefi-x64", "uefi-ia32"])
def test_uefi_starts(tmp_path, firmware):
    with Guest(Machine(firmware=firmware, machine="q35", cpu="max", memory_mib=256), tmp_path) as guest:
        guest.wait_for(re.compile("UEFI|Shell|BdsDxe|Boot"), 60, "a sign of life of the firmware")
