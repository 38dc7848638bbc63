# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the files of clusters lie."""

import os
import tempfile

import pytest

from clusterdisc_vm import processes, run_directory
from clusterdisc_vm.problems import Problem, UsageProblem


@pytest.fixture
def temporary(monkeypatch):
    """A directory for temporary files of its own, and no run directory of the user."""
    with tempfile.TemporaryDirectory(prefix="cdvm-") as path:
        monkeypatch.setattr(tempfile, "gettempdir", lambda: path)
        monkeypatch.setattr(os, "getuid", lambda value=os.getuid(): value)
        monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
        yield path


@pytest.fixture
def run(monkeypatch):
    with tempfile.TemporaryDirectory(prefix="cdvm-") as path:
        monkeypatch.setenv("XDG_RUNTIME_DIR", path)
        yield path


def test_it_is_made_for_the_user_alone_and_removed_without_a_trace(run):
    made = run_directory.make("room")
    assert str(made) == f"{run}/clusterdisc-vm/room"
    assert made.stat().st_mode & 0o777 == made.parent.stat().st_mode & 0o777 == 0o700
    assert run_directory.names() == ["room"] and run_directory.find("room") == made
    with pytest.raises(FileExistsError):
        run_directory.make("room")
    run_directory.remove(made)
    assert not os.listdir(run)


def test_a_directory_whose_cluster_is_being_started_is_not_taken_for_a_dead_one(run):
    made = run_directory.make("room")
    assert not processes.is_alive(made)
    with run_directory.being_started(made):
        assert processes.is_alive(made)
    assert not processes.is_alive(made)


def test_other_clusters_stay(run):
    first, _ = (run_directory.make(name) for name in ("first", "second"))
    run_directory.remove(first)
    assert run_directory.names() == ["second"]
    with pytest.raises(Problem, match="there is no cluster 'first'; there are: second"):
        run_directory.find("first")


@pytest.mark.parametrize("name", ["", "-x", "X", "a/b", "..", "a" * 33])
def test_a_name_is_a_plain_word(run, name):
    with pytest.raises(UsageProblem):
        run_directory.directory_of(name)


def test_a_path_that_no_socket_can_have_is_refused(run, monkeypatch):
    long = os.path.join(run, "d" * 80)
    os.mkdir(long)
    monkeypatch.setenv("XDG_RUNTIME_DIR", long)
    with pytest.raises(Problem, match="set XDG_RUNTIME_DIR to a shorter path"):
        run_directory.directory_of("room")


def test_a_run_directory_of_somebody_else_is_not_used(temporary, monkeypatch):
    # As after su: the variable is still the other user's. Root's directories stand for his.
    other = os.path.join(temporary, "theirs")
    os.mkdir(other)
    monkeypatch.setenv("XDG_RUNTIME_DIR", other)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    assert str(run_directory.directory_of("room")) == f"{temporary}/clusterdisc-vm-4000000/room"
    # Nor one that somebody else has made in the place of ours.
    os.mkdir(os.path.join(temporary, "clusterdisc-vm-4000000"))
    with pytest.raises(Problem, match="must be a directory of yours"):
        run_directory.make("room")


def test_a_link_in_the_place_of_the_directory_is_refused(run):
    target = os.path.join(run, "target")
    os.mkdir(target, 0o700)
    os.symlink(target, os.path.join(run, "clusterdisc-vm"))
    with pytest.raises(Problem, match="must be a directory of yours"):
        run_directory.make("room")
