# SPDX-License-Identifier: GPL-2.0-or-later
"""A room in network namespaces: serving nodes with a medium of a few bytes, office PCs, PCs that start from the network."""

import contextlib
import json
import os
import signal
import subprocess
import threading
from pathlib import Path

from clusterdisc_serve import boot_menus, control
from cluster.namespaces import Host, Wire
from qemu.deadline import wait_until

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND = REPOSITORY / "serve/clusterdisc-serve"
KEY = bytes(range(32))
SECONDS = 60
PXE_CLASS = "PXEClient:Arch:00000:UNDI:002001"

# udhcpc calls it with what it was given.
_SHOW = """#!/bin/sh
[ "$1" = bound ] || exit 0
echo "ip=$ip" "router=${router:-}" "dns=${dns:-}" "file=${bootfile:-${boot_file:-}}" "server=${serverid:-}" "lease=${lease:-}"
"""


def make_medium(directory: Path) -> Path:
    """Files of the names that a medium has."""
    for name in ("live/vmlinuz", "live/initrd.img", "live/filesystem.squashfs", "live/filesystem2.squashfs",
                 "clusterdisc/serve/lpxelinux.0", "clusterdisc/serve/ldlinux.c32", "clusterdisc/drone"):
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(name.encode() * 100)
    for name in ("x64", "ia32"):
        (directory / f"clusterdisc/serve/grub-{name}.efi").write_bytes(b"grub " + boot_menus.PLACEHOLDER + b"\n")
    for name in ("cluster.key", "key.cpio"):
        (directory / "clusterdisc" / name).write_bytes(KEY)
    return directory


class Process:
    """A program in a namespace, whose output is kept; it ends with the test."""

    def __init__(self, host: Host, *words) -> None:
        self._process = subprocess.Popen(host.command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
        self.output: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def _read(self) -> None:
        for line in self._process.stdout:
            self.output.append(line.rstrip("\n"))

    def wait_for(self, text: str, seconds: float = SECONDS) -> None:
        """Waits until a line with TEXT has come."""
        wait_until(lambda: any(text in line for line in self.output), seconds, f"{text!r} in the output {self.output[-20:]}")

    def kill(self) -> None:
        """Ends it as a power cut does: nothing is tidied up, and what it started ends with it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """Asks it to end, and waits for that."""
        self._process.terminate()
        self._process.wait(SECONDS)
        self._reader.join(SECONDS)


class ServingNode:
    """A PC that serves."""

    def __init__(self, room: "Room", node: int, minutes: int = 15) -> None:
        self.host = room.host()
        self.card = self.host.add_card(room.wire, address=f"169.254.7.{node}/16")
        self._directory = room.directory / f"node{node}"
        settings, cluster = self._directory / "settings", self._directory / "cluster"
        for directory in (settings, cluster):
            directory.mkdir(parents=True)
        (settings / "cluster.key").write_text(KEY.hex() + "\n")
        (cluster / "nodes.json").write_text(json.dumps({"self": {"id": node, "stage": "member"}, "members": []}))
        (self._directory / "cmdline").write_text("boot=live components=a serve clusterkey=not-for-clients quiet\n")
        own = room.own
        self.process = room.process(
            self.host, COMMAND, "run", "--medium", room.medium, "--boot-settings", settings, "--cluster", cluster,
            "--run-directory", self._directory / "run", "--known-nodes", self._directory / "known.json", "--own", own,
            "--command-line", self._directory / "cmdline", "--admit-minutes", minutes)

    @property
    def mac(self) -> str:
        """The address of its network card. (/sys shows the cards of another namespace.)"""
        return json.loads(self.host.run("ip", "-json", "link", "show", "eth0"))[0]["address"]

    def ask(self, verb: str, **more) -> dict:
        """What the serving process answers to the command."""
        return control.ask({"verb": verb} | more, self._directory / "run/control")

    def link(self) -> dict:
        """What it does on its link; nothing as long as it has not begun."""
        try:
            return next(iter(self.ask("status")["links"]), {})
        except control.Failure:
            return {}

    def wait_for_mode(self, mode: str, seconds: float = SECONDS) -> dict:
        """Waits until it serves in that way, with dnsmasq started; returns the link."""
        wait_until(lambda: self.link().get("mode") == mode, seconds, f"{mode}; its log: {self.process.output[-15:]}", pause=0.2)
        if mode in ("PROXY", "RANGE"):
            self.process.wait_for("DHCP, sockets bound exclusively" if mode == "RANGE" else "DHCP, proxy")
        return self.link()


    @property
    def _file_list(self) -> Path:
        return self._directory / "run/http/files.txt"

    def wait_until_hashed(self) -> None:
        """Waits until it has read its medium: before that nobody fetches from anybody else."""
        wait_until(lambda: " -\n" not in self._file_list.read_text(), SECONDS, "the hashes of all files are known")

    def forget_hashes(self) -> None:
        """As if it had not."""
        lines = self._file_list.read_text().splitlines()
        self._file_list.write_text("".join(f"{' '.join(line.split()[:2])} -\n" for line in lines))


class Room:
    """One wire and what is plugged into it; a context manager."""

    def __init__(self, directory: Path, programs: Path) -> None:
        self._stack = contextlib.ExitStack()
        directory.chmod(0o755)
        self.directory = directory
        self.wire = self._stack.enter_context(Wire())
        self.medium = make_medium(directory / "medium")
        self.own = directory / "own"
        self.own.mkdir()
        (self.own / "initramfs").symlink_to(REPOSITORY / "serve/initramfs")
        for program in ("clusterdisc-ask-key", "clusterdisc-fetch"):
            (self.own / program).symlink_to(programs / program)
        # Where it is in a client's initramfs.
        (self.own / "udhcpc-script").symlink_to("initramfs/udhcpc-script")
        self._show = directory / "show"
        self._show.write_text(_SHOW)
        self._show.chmod(0o755)

    def __enter__(self) -> "Room":
        return self

    def __exit__(self, *_) -> None:
        self._stack.close()

    def host(self) -> Host:
        """A PC without a cable."""
        return self._stack.enter_context(Host())

    def process(self, host: Host, *words) -> Process:
        """Starts a program on a PC."""
        process = Process(host, *words)
        self._stack.callback(process.kill)
        return process

    def pc(self) -> Host:
        """A PC without an address."""
        host = self.host()
        host.add_card(self.wire)
        return host

    def office_server(self) -> Process:
        """The DHCP server of an office, 192.0.2.1, which knows nothing of booting."""
        host = self.host()
        host.add_card(self.wire, address="192.0.2.1/24")
        leases = self.directory / "office-leases"
        leases.touch()
        leases.chmod(0o666)
        process = self.process(
            host, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--log-facility=-", "--log-dhcp",
            "--interface=eth0", "--except-interface=lo", "--bind-interfaces", "--no-ping", "--pid-file=", f"--dhcp-leasefile={leases}",
            "--dhcp-range=192.0.2.100,192.0.2.200,1h", "--dhcp-authoritative", "--user=root")
        process.wait_for("DHCP, sockets bound")
        return process

    def dhcp(self, host: Host, vendor_class: str = "", tries: int = 4) -> dict[str, str]:
        """What the PC is given when it asks for an address; nothing when nobody answers."""
        words = ["busybox", "udhcpc", "-f", "-n", "-q", "-i", "eth0", "-t", tries, "-T", 1, "-s", self._show, "-O", "bootfile"]
        # What a network boot ROM says: its class, its architecture (BIOS) and its interface.
        words += ["-V", vendor_class, "-x", "0x5d:0000"] if vendor_class else []
        done = subprocess.run(host.command(*words), capture_output=True, text=True, timeout=SECONDS, check=False)
        answer = next((line for line in done.stdout.splitlines() if line.startswith("ip=")), "")
        return dict(word.partition("=")[::2] for word in answer.split())

    def sniff(self, host: Host) -> Process:
        """Listens to a PC's card from now on."""
        process = self.process(host, REPOSITORY / "tests/serve/network_sniffer.py", "eth0")
        process.wait_for("ready")
        return process
