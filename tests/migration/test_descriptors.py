# SPDX-License-Identifier: GPL-2.0-or-later
"""Coming home takes none of a process's own descriptors, and nothing in it that could be refused."""

import subprocess
from pathlib import Path

import pytest

from guests import build
from guests.running import PATIENCE
from migration.node import OTHER_USER
from qemu.deadline import wait_until

SOURCE = Path(__file__).parent / "descriptors.c"
USERS = pytest.mark.parametrize("user", [None, OTHER_USER], ids=["root", "user"])
ROUNDS = 20


@pytest.fixture(scope="module", params=build.ABIS)
def program(request, tmp_path_factory) -> Path:
    """descriptors.c, compiled for one of the ABIs."""
    path = tmp_path_factory.mktemp("descriptors") / "descriptors"
    subprocess.run(["gcc", *build.FLAGS, *build.ABIS[request.param], "-o", path, SOURCE], check=True, timeout=PATIENCE)
    return path


class Running:
    """The program, which runs at HOME; a context manager that kills it."""

    def __init__(self, home, program: Path, argument: str, user, prefix=()) -> None:
        folder = home.make_folder(f"descriptors-{argument}", user)
        self._outside = home.outside(folder)
        (self._outside / "program").write_bytes(program.read_bytes())
        (self._outside / "program").chmod(0o755)
        command = home.command(*prefix, folder / "program", argument, user=user, folder=folder)
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        self.wait_for("ready")

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.wait(timeout=PATIENCE)

    def tell(self, what: str) -> None:
        """Lets it go on."""
        (self._outside / what).touch()

    def has_said(self, what: str) -> bool:
        """Whether it has done this, or seen it."""
        return (self._outside / what).exists()

    def wait_for(self, what: str) -> None:
        """Until it has done this."""
        wait_until(lambda: self.has_said(what) or self.process.poll() is not None, PATIENCE, f"it is {what}", pause=0.01)
        assert self.process.returncode is None, f"it has ended with {self.process.returncode}"

    def expect_right(self) -> None:
        """Lets it check all that it has, and end."""
        self.tell("end")
        assert self.process.wait(timeout=PATIENCE) == 0


@USERS
@pytest.mark.parametrize("way", ["home", "fork"])
def test_a_process_with_a_full_table_comes_home(way, user, program, two_nodes, testbed):
    home, away = two_nodes
    with Running(home, program, way, user) as running:
        home.move(running.process.pid, away)
        running.tell("go")
        running.wait_for("full")
        testbed.moves += 2
        if way == "home":
            home.move(running.process.pid, "home")
        else:
            running.wait_for("forked")
            # To leave again takes a descriptor.
            home.wait_for_log("stays at home", PATIENCE)
            home.wait_for_log("Too many open files")
        assert home.place_of(running.process.pid) == home.number
        assert "does not run before" not in home.log_text(), home.log_text()
        running.expect_right()


def test_a_process_comes_home_that_may_have_no_more_processes(program, two_nodes, testbed):
    """Then nothing can handle its page faults: its memory is copied before it runs."""
    home, away = two_nodes
    with Running(home, program, "home", OTHER_USER, ["prlimit", "--nproc=1"]) as running:
        for _ in range(3):
            for place in (away, "home"):
                home.move(running.process.pid, place)
                testbed.moves += 1
        home.wait_for_log("does not run before all of its memory is here")
        running.tell("go")
        running.wait_for("full")
        running.expect_right()


def test_who_shares_the_table_sees_no_descriptor_of_ours(program, two_nodes, testbed):
    """It could copy it: /dev/userfaultfd is root's where users may not handle faults of the kernel."""
    home, away = two_nodes
    with Running(home, program, "shared", OTHER_USER) as running:
        for _ in range(ROUNDS):
            for place in (away, "home"):
                home.move(running.process.pid, place)
                testbed.moves += 1
        assert not running.has_said("seen")
        assert "does not run before" not in home.log_text(), home.log_text()
        running.tell("go")
        running.expect_right()
