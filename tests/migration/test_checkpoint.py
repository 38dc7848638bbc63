# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes written to a file, and made again from it."""

import json
import os
import re
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest

from guests import build
from guests.running import PATIENCE, RIGHT
from migration.job import Job, LINES, STATUS, restarted
from migration.node import OTHER_USER
from qemu.deadline import wait_until

SOURCE = Path(__file__).parent / "checkpointed.c"
FLAGS = {"amd64": ["-m64"], "i386": ["-m32"], "amd64-static": ["-m64", "-static"], "i386-static": ["-m32", "-static"]}
# Guests that do not mind another process id, and leave nothing in files that only their memory knows of.
GUESTS = ("alarm_timer", "big_memory", "clocks_monotone", "cpu", "data_and_bss", "deep_stack", "dontneed",
          "fpu_avx", "fpu_sse", "fpu_x87", "heap_brk", "heap_mmap", "load_library", "nanosleep_time", "private_file_mapping",
          "setjmp_longjmp", "signals_altstack", "sparse_memory", "thousands_of_mappings",
          "tls_variables")


@pytest.fixture(scope="module", params=FLAGS)
def program(request, tmp_path_factory) -> Path:
    """The program that is written to files, compiled in one of the ways."""
    path = tmp_path_factory.mktemp("checkpointed") / "checkpointed"
    subprocess.run(["gcc", "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", *FLAGS[request.param], "-o", path, SOURCE],
                   check=True, timeout=PATIENCE)
    return path


@pytest.fixture(scope="module")
def undisturbed(program, tmp_path_factory) -> bytes:
    """What it writes when nobody interferes."""
    output = tmp_path_factory.mktemp("undisturbed") / "output"
    # It waits for nothing, as the last one is there.
    assert subprocess.run([program, output, str(LINES), program], check=False, timeout=PATIENCE).returncode == STATUS
    return output.read_bytes()


@pytest.fixture
def home(testbed):
    """A node alone: nothing moves to another."""
    return testbed.start(1)[0]


def test_a_restarted_process_ends_as_an_undisturbed_one(program, undisturbed, home):
    with Job(home, program) as job:
        result = job.checkpoint()
        assert result.returncode == 0, result.stderr
        job.expect_goes_on()
        job.kill()
        # As often as one likes.
        for _ in range(2):
            result = job.restart()
            assert result.returncode == STATUS, result.stderr
            assert job.output.read_bytes() == undisturbed
        assert job.files() == ["go", "image", "output", "program"]


def test_the_process_goes_on_undisturbed(program, undisturbed, home):
    with Job(home, program) as job:
        for _ in range(5):
            result = job.checkpoint()
            assert result.returncode == 0, result.stderr
        assert job.wait_for_end() == STATUS
        assert job.output.read_bytes() == undisturbed
    wait_until(lambda: home.supervisors() == [], PATIENCE, "no supervisor is left")


@pytest.mark.parametrize("program", ["amd64"], indirect=True)
class TestUsers:
    """A file has all of the process's memory in it: it is its owner's, and has their rights."""

    @pytest.mark.parametrize("asking", [OTHER_USER, None], ids=["owner", "root"])
    def test_it_is_the_owners_alone(self, asking, program, undisturbed, home):
        with Job(home, program, user=OTHER_USER) as job:
            result = home.tool("migrate", str(job.process.pid), "file", job.image, user=asking)
            assert result.returncode == 0, result.stderr
            status = (job.outside / "image").stat()
            assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (OTHER_USER.pw_uid, 0o600)
            job.kill()
            result = job.restart()
            assert result.returncode == STATUS, result.stderr
            assert job.output.read_bytes() == undisturbed

    def test_another_user_neither_writes_nor_restarts_it(self, program, home):
        with Job(home, program) as job:
            open_to_all = home.make_folder("open", OTHER_USER)
            result = job.checkpoint(user=OTHER_USER, image=open_to_all / "image")
            assert result.returncode == 1 and "may not move it" in result.stderr
            assert list(home.outside(open_to_all).iterdir()) == []
            assert job.checkpoint().returncode == 0
            for command in ("restart", "image"):
                result = home.run(home.program("omd"), command, job.image, user=OTHER_USER)
                assert result.returncode == 1 and "Permission denied" in result.stderr
            (job.outside / "image").chmod(0o644)
            result = job.restart(user=OTHER_USER)
            assert result.returncode == 1 and "user 0's" in result.stderr
            job.expect_goes_on()

    def test_root_does_not_lend_its_rights(self, program, home):
        with Job(home, program, user=OTHER_USER) as job:
            assert job.checkpoint().returncode == 0
            result = home.run(home.program("omd"), "restart", job.image)
            assert result.returncode == 1 and f"user {OTHER_USER.pw_uid}" in result.stderr

    def test_memory_that_its_owner_may_not_see_is_roots(self, program, home):
        del program
        script = ("import ctypes, time\nassert ctypes.CDLL(None).prctl(4, 0, 0, 0, 0) == 0\n"
                  "open('ready', 'w').close()\nwhile True: time.sleep(0.01)")
        folder = home.make_folder("closed", OTHER_USER)
        outside = home.outside(folder)
        with subprocess.Popen(home.command("/usr/bin/python3", "-c", script, user=OTHER_USER, folder=folder),
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                wait_until((outside / "ready").exists, PATIENCE, "it is ready")
                result = home.tool("migrate", str(process.pid), "file", folder / "image", user=OTHER_USER)
                assert result.returncode == 1 and "only root may" in result.stderr
                assert [path.name for path in outside.iterdir()] == ["ready"]
                result = home.tool("migrate", str(process.pid), "file", folder / "image")
                assert result.returncode == 0, result.stderr
                assert (outside / "image").stat().st_uid == 0
            finally:
                process.kill()

    def test_nothing_is_written_where_the_user_may_not(self, program, home):
        with Job(home, program, user=OTHER_USER) as job:
            closed = home.make_folder("closed")
            (home.outside(closed) / "secret").write_text("root's")
            (job.outside / "link").symlink_to(closed / "secret")
            for image in (closed / "image", job.folder / "link", closed / "secret"):
                result = job.checkpoint(image=image)
                assert result.returncode == 1, result.stdout
            assert (home.outside(closed) / "secret").read_text() == "root's"
            assert sorted(path.name for path in home.outside(closed).iterdir()) == ["secret"]
            assert job.files() == ["link", "output", "program"]


@pytest.mark.parametrize("program", ["amd64", "i386"], indirect=True)
class TestFailures:
    """Nothing is left of a file that could not be written, and the process goes on."""

    def test_a_pipe_is_named(self, program, undisturbed, home):
        with Job(home, program, stdin=subprocess.PIPE) as job:
            result = job.checkpoint()
            assert result.returncode == 1 and "descriptor 0 is a pipe" in result.stderr, result.stderr
            assert job.files() == ["output", "program"]
            assert job.wait_for_end() == STATUS
            assert job.output.read_bytes() == undisturbed

    def test_a_full_disk_leaves_nothing(self, program, undisturbed, home):
        with Job(home, program) as job:
            full = home.make_folder("full")
            assert home.run("mount", "-t", "tmpfs", "-o", "size=64k", "full", full).returncode == 0
            result = job.checkpoint(image=full / "image")
            assert result.returncode == 1 and "No space left" in result.stderr, result.stderr
            assert list(home.outside(full).iterdir()) == []
            assert job.wait_for_end() == STATUS
            assert job.output.read_bytes() == undisturbed

    def test_a_file_that_is_there_stays_when_it_fails(self, program, home):
        with Job(home, program, stdin=subprocess.PIPE) as job:
            (job.outside / "image").write_text("an older one")
            assert job.checkpoint().returncode == 1
            assert (job.outside / "image").read_text() == "an older one"

    def test_a_damaged_image_is_refused(self, program, home):
        with Job(home, program) as job:
            assert job.checkpoint().returncode == 0
            job.kill()
            whole = (job.outside / "image").read_bytes()
            before = job.output.read_bytes()
            middle = len(whole) // 2
            for damaged in (b"", whole[:10], whole[:500], whole[:middle], whole[:-1], whole + b"\0",
                            whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1:]):
                (job.outside / "damaged").write_bytes(damaged)
                for command in ("restart", "image"):
                    result = home.run(home.program("omd"), command, job.folder / "damaged")
                    assert result.returncode == 1 and result.stderr.startswith(f"omd: {job.folder}/damaged: ")
                    assert re.search("is no image|only a part|is damaged|after its end", result.stderr), result.stderr
            assert job.output.read_bytes() == before, "a part of a damaged image ran"

    @pytest.mark.parametrize("change", ["missing", "shorter", "folder"])
    def test_a_file_that_has_changed_is_named(self, change, program, home):
        with Job(home, program) as job:
            assert job.checkpoint().returncode == 0
            job.kill()
            if change == "shorter":
                os.truncate(job.output, 1)
            else:
                job.output.unlink()
            if change == "folder":
                job.output.mkdir()
            result = job.restart()
            assert result.returncode == 1 and f"{job.folder}/output: " in result.stderr, result.stderr

    def test_a_program_that_has_changed_is_named(self, program, home):
        with Job(home, program) as job:
            assert job.checkpoint().returncode == 0
            job.kill()
            os.utime(job.outside / "program", (1, 1))
            result = job.restart()
            assert result.returncode == 1 and f"{job.folder}/program: " in result.stderr, result.stderr


def test_a_socket_is_named(home):
    script = "import os, socket; kept = socket.socket(); print(flush=True); os.read(0, 1)"
    folder = home.make_folder("sockets")
    with subprocess.Popen(home.command("/usr/bin/python3", "-c", script), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"\n"
        result = home.tool("migrate", str(process.pid), "file", folder / "image")
        assert result.returncode == 1
        for text in ("descriptor 0 is a pipe", "descriptor 1 is a pipe", "descriptor 3 is a socket"):
            assert text in result.stderr
        process.communicate(b"x", timeout=PATIENCE)
        assert process.returncode == 0


@pytest.mark.parametrize("program", ["amd64"], indirect=True)
def test_a_process_that_is_away_comes_home_for_it(program, undisturbed, two_nodes, testbed):
    home, away = two_nodes
    with Job(home, program) as job:
        home.move(job.process.pid, away)
        result = job.checkpoint()
        assert result.returncode == 0, result.stderr
        testbed.moves += 3
        home.wait_for_place(job.process.pid, away)
        assert job.wait_for_end() == STATUS
        assert job.output.read_bytes() == undisturbed
        result = job.restart()
        assert result.returncode == STATUS, result.stderr
        assert job.output.read_bytes() == undisturbed


@pytest.mark.parametrize("program", ["amd64", "i386"], indirect=True)
def test_an_image_is_shown(program, home):
    with Job(home, program) as job:
        assert job.checkpoint().returncode == 0
        result = home.run(home.program("omd"), "image", job.image)
        assert result.returncode == 0, result.stderr
        for text in (f"process             {job.process.pid} program\n", "Registers\n", "Signals\n", "Descriptors\n",
                     "Mappings\n", f"{job.folder}/output at ", "grows down", "pages of memory"):
            assert text in result.stdout


def _parts_that_stay(text):
    """Of what omd image says, all that is the same in a process that has been restarted at once."""
    parts = text.split("\n\n")
    threads = [line for line in text.splitlines() if line.startswith(("  clear tid", "  robust list", "  rseq", "umask"))]
    return threads + [part for part in parts if part.startswith(("Signals", "Mapped files"))]


@pytest.mark.parametrize("abi", build.ABIS)
def test_an_image_of_a_restarted_process_says_the_same(abi, home):
    guest = home.guest(build.Program("cpu", abi).build()).wait_until_ready()
    images = home.make_folder("images")
    assert home.tool("migrate", str(guest.pid), "file", images / "first").returncode == 0
    guest.kill()
    with restarted(home, images / "first") as process:
        pid = process.stderr.readline().split()[-1]
        result = home.tool("migrate", pid, "file", images / "second")
        assert result.returncode == 0, result.stderr
        first, second = (_parts_that_stay(home.run(home.program("omd"), "image", images / name).stdout)
                         for name in ("first", "second"))
        assert first == second and len(first) == 6
        assert any(line.startswith("  rseq") and "none" not in line for line in first)


@pytest.mark.parametrize("abi", build.ABIS)
@pytest.mark.parametrize("name", GUESTS)
def test_guests_go_on_right(name, abi, home):
    guest = home.guest(build.Program(name, abi).build()).wait_until_ready()
    guest.wait_for_steps(3)
    image = home.make_folder("images") / "image"
    result = home.tool("migrate", str(guest.pid), "file", image)
    assert result.returncode == 0, result.stderr
    guest.kill()
    with restarted(home, image) as process:
        steps = guest.steps()
        wait_until(lambda: guest.steps() > steps + 3 or process.poll() is not None, PATIENCE, "it goes on", pause=0.01)
        guest.stop()
        assert process.wait(timeout=PATIENCE) == 0, guest.output() + process.stderr.read()
    assert "WRONG" not in guest.output() and RIGHT.search(guest.output())


def test_a_restarted_process_is_as_nice_as_who_restarts_it(home):
    guest = home.guest(build.Program("cpu", "amd64").build()).wait_until_ready()
    image = home.make_folder("images") / "image"
    assert home.tool("migrate", str(guest.pid), "file", image).returncode == 0
    guest.kill()
    with restarted(home, image, "nice", "-n", "5") as process:
        pid = int(process.stderr.readline().split()[-1])
        assert os.getpriority(os.PRIO_PROCESS, pid) == os.getpriority(os.PRIO_PROCESS, 0) + 5


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGKILL])
def test_restart_ends_as_the_process(signal_number, home):
    guest = home.guest(build.Program("cpu", "amd64").build()).wait_until_ready()
    image = home.make_folder("images") / "image"
    assert home.tool("migrate", str(guest.pid), "file", image).returncode == 0
    guest.kill()
    with restarted(home, image) as process:
        line = process.stderr.readline()
        assert line.startswith(f"omd: process {guest.pid} goes on as process ")
        if signal_number == signal.SIGTERM:
            # omd passes it on.
            process.send_signal(signal_number)
        else:
            os.kill(int(line.split()[-1]), signal_number)
        assert process.wait(timeout=PATIENCE) == 128 + signal_number


def test_what_the_kernel_keeps_is_kept(home):
    """Descriptors, signals, timers, names, clocks: all but the process id."""
    folder = home.make_folder("state")
    outside = home.outside(folder)
    (outside / "own_state.py").write_text((Path(__file__).parent / "own_state.py").read_text())
    with (outside / "output").open("ab") as output, subprocess.Popen(
            home.command("/usr/bin/python3", "own_state.py", "argument", folder=folder), stdin=subprocess.DEVNULL,
            stdout=output, stderr=output) as process:
        wait_until((outside / "before").exists, PATIENCE, "it is ready")
        result = home.tool("migrate", str(process.pid), "file", folder / "image")
        assert result.returncode == 0, result.stderr
        process.kill()
    (outside / "go").touch()
    result = home.run(home.program("omd"), "restart", folder / "image")
    assert result.returncode == 0, result.stderr + (outside / "output").read_text()
    before, after = (json.loads((outside / name).read_text()) for name in ("before", "after"))
    assert after["kernel"] == before["kernel"]
    assert before["left"] - PATIENCE < after["left"] <= before["left"]
    # Its clock stood still while it was not there.
    elapsed = after["monotonic"] - before["monotonic"]
    assert 0 < elapsed < after["realtime"] - before["realtime"]
    assert json.loads((outside / "signal").read_text()) == [signal.SIGUSR1, 0, 0]


# Seconds that are not over before the image is written, on a busy machine.
SLEEP = 10


def test_a_sleep_begins_again(home):
    folder = home.make_folder("sleeping")
    with subprocess.Popen(home.command("sleep", str(SLEEP)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        wait_until(lambda: "nanosleep" in Path(f"/proc/{process.pid}/wchan").read_text(), PATIENCE, "it sleeps")
        result = home.tool("migrate", str(process.pid), "file", folder / "image")
        assert result.returncode == 0, result.stderr
        # While it sleeps on itself.
        began = time.monotonic()
        result = home.run(home.program("omd"), "restart", folder / "image")
        assert result.returncode == 0, result.stderr
        assert SLEEP <= time.monotonic() - began, "it has not slept as long as the first one"
        assert process.wait(timeout=PATIENCE) == 0
