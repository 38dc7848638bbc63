# SPDX-License-Identifier: GPL-2.0-or-later
"""A program that writes down what its kernel keeps for it: before the file "go" is there, and after.

Runs in its current folder with output and errors in one file, and ends with status 0."""

import fcntl
import json
import os
import signal
import sys
import time


def describe() -> dict:
    """All but the process id, and what goes on."""
    descriptors = {number: [fcntl.fcntl(number, fcntl.F_GETFL), fcntl.fcntl(number, fcntl.F_GETFD),
                            os.readlink(f"/proc/self/fd/{number}")] for number in (0, 1, 2, 20, 21, 22)}
    umask = os.umask(0)
    os.umask(umask)
    with open("/proc/self/cmdline", "rb") as cmdline, open("/proc/self/environ", "rb") as environ:
        command_line, environment = cmdline.read().hex(), environ.read().hex()
    with open("/proc/self/comm", encoding="ascii") as comm:
        name = comm.read()
    return {
        "descriptors": descriptors, "umask": umask, "folder": os.getcwd(), "program": os.readlink("/proc/self/exe"),
        "command line": command_line, "environment": environment, "name": name, "arguments": sys.argv,
        "blocked": sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, []))),
        "waiting": sorted(map(int, signal.sigpending())),
        "ignored": [number for number in range(1, 65) if signal.getsignal(number) == signal.SIG_IGN],
        "offsets": [os.lseek(number, 0, os.SEEK_CUR) for number in (20, 21, 22)],
        "interval": signal.getitimer(signal.ITIMER_REAL)[1],
    }


def write(name: str) -> None:
    """In one step, so that nobody reads a part."""
    state = {"kernel": describe(), "monotonic": time.monotonic(), "realtime": time.time(),
             "left": signal.getitimer(signal.ITIMER_REAL)[0]}
    with open(f"{name}.new", "w", encoding="ascii") as file:
        json.dump(state, file)
    os.rename(f"{name}.new", name)


os.umask(0o027)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
signal.signal(signal.SIGALRM, lambda *_: None)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGRTMIN])
signal.setitimer(signal.ITIMER_REAL, 3600, 1800)
journal = os.open("journal", os.O_RDWR | os.O_CREAT | os.O_APPEND)
os.write(journal, b"123456789")
os.lseek(journal, 4, os.SEEK_SET)
os.dup2(journal, 20, inheritable=True)
os.dup2(journal, 21, inheritable=False)
os.dup2(os.open("journal", os.O_RDONLY), 22)
os.closerange(3, 20)
os.kill(os.getpid(), signal.SIGUSR1)
write("before")
while not os.path.exists("go"):
    time.sleep(0.01)
write("after")
info = signal.sigtimedwait([signal.SIGUSR1], 0)
with open("signal", "w", encoding="ascii") as result:
    json.dump([info.si_signo, info.si_code, info.si_uid], result)
# Both descriptors of one open file have one offset.
os.lseek(20, 2, os.SEEK_SET)
sys.exit(0 if os.lseek(21, 0, os.SEEK_CUR) == 2 and os.lseek(22, 0, os.SEEK_CUR) == 0 else 1)
