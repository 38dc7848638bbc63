# SPDX-License-Identifier: GPL-2.0-or-later
"""A D-Bus system bus and an avahi-daemon for one host."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from cluster.namespaces import Host
from qemu.deadline import wait_until

BUS_CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow send_type="method_return"/>
    <allow send_type="error"/>
    <allow send_type="signal"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
"""
AVAHI_CONFIGURATION = """[server]
host-name={name}
use-ipv4=yes
use-ipv6=yes
enable-dbus=yes
[publish]
publish-workstation=no
publish-hinfo=no
"""


class Avahi:
    """The real daemons, in the host's network; a context manager."""

    def __init__(self, host: Host, name: str) -> None:
        self._host = host
        self._name = name
        # Not in pytest's folder: the path of a socket is 107 bytes at most.
        self._folder = Path(tempfile.mkdtemp(prefix="clusterdisc-bus-"))
        self._bus: subprocess.Popen | None = None
        self._daemon: subprocess.Popen | None = None
        socket = self._folder / "bus"
        self.environment = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={socket}"}
        (self._folder / "bus.conf").write_text(BUS_CONFIGURATION.format(socket=socket))
        (self._folder / "avahi.conf").write_text(AVAHI_CONFIGURATION.format(name=name))

    def __enter__(self) -> "Avahi":
        try:
            self.start_bus()
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def start_bus(self) -> None:
        """Starts D-Bus, and waits for its socket."""
        (self._folder / "bus").unlink(missing_ok=True)
        self._bus = self._popen("dbus-daemon", "--config-file", self._folder / "bus.conf", "--nofork", "--nopidfile")
        wait_until((self._folder / "bus").exists, 20, "dbus-daemon listens")

    def kill_bus(self) -> None:
        """Ends D-Bus at once."""
        self._end(self._bus)

    def start(self) -> None:
        """Starts avahi-daemon, and waits until it answers.

        It keeps its process id and a socket in /run/avahi-daemon, so each has a /run of its own.
        """
        self._daemon = self._popen(
            "unshare", "--mount", "sh", "-ec",
            "mount -t tmpfs tmpfs /run; mkdir /run/avahi-daemon; exec avahi-daemon --no-drop-root --no-chroot -f \"$1\"",
            "sh", self._folder / "avahi.conf")
        wait_until(self._answers, 20, f"avahi-daemon of {self._name} answers")

    def kill(self) -> None:
        """Ends avahi-daemon without a goodbye to the network."""
        self._end(self._daemon)

    def close(self) -> None:
        """Ends both."""
        self.kill()
        self.kill_bus()
        shutil.rmtree(self._folder)

    def _answers(self) -> bool:
        assert self._daemon.poll() is None, (self._folder / "log").read_text()
        # One that asks while the daemon takes its name may never be answered.
        question = ["dbus-send", "--system", "--print-reply", "--reply-timeout=1000", "--dest=org.freedesktop.Avahi", "/",
                    "org.freedesktop.Avahi.Server.GetVersionString"]
        return subprocess.run(question, env=os.environ | self.environment, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=20).returncode == 0

    def _popen(self, *words) -> subprocess.Popen:
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(self._host.command(*words), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                    env=os.environ | self.environment)

    @staticmethod
    def _end(process: subprocess.Popen | None) -> None:
        if process is not None and process.poll() is None:
            process.kill()
            process.wait(timeout=10)
