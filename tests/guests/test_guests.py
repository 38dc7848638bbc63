# SPDX-License-Identifier: GPL-2.0-or-later
"""Every guest is right when it is never moved: what is wrong afterwards comes from moving."""

import subprocess

import pytest

from guests import build
from guests.running import NotHere, RunningGuest

STEPS = 20


@pytest.mark.parametrize("program", build.programs() + build.refused_programs(), ids=str)
def test_is_right_when_it_is_never_moved(program, tmp_path):
    with RunningGuest(program.build(), tmp_path, steps=STEPS) as guest:
        try:
            guest.wait_until_ready()
            guest.wait_for_end()
            assert guest.expect_right() == STEPS
        except NotHere as reason:
            pytest.skip(str(reason))
        assert guest.steps() == STEPS
    assert {path.name for path in tmp_path.iterdir()} == {"output", "progress", "stop"}, "it leaves files behind"


def test_ends_when_the_stop_file_appears(tmp_path):
    with RunningGuest(build.Program("cpu", "amd64").build(), tmp_path) as guest:
        guest.wait_until_ready().wait_for_steps(3)
        assert guest.expect_right() >= 3


def test_a_wrong_result_is_told(tmp_path):
    """A guest whose file is changed under its feet."""
    with RunningGuest(build.Program("files", "amd64").build(), tmp_path) as guest:
        guest.wait_until_ready().wait_for_steps(3)
        (tmp_path / "journal").write_bytes(b"")
        assert guest.wait_for_end() == 1
        assert "WRONG: " in guest.output() and ", expected " in guest.output()


@pytest.mark.parametrize("arguments", [[], ["--steps"], ["--walks", "3"]])
def test_explains_its_arguments(arguments):
    result = subprocess.run([build.Program("cpu", "amd64").build(), *arguments], capture_output=True, text=True, timeout=60)
    assert result.returncode == 2
    assert "usage:" in result.stderr


def test_every_refused_guest_has_its_words():
    assert {path.stem for path in (build.SOURCES / "refused").glob("*.c")} == set(build.REFUSED)


def test_lists_of_variants_name_guests_that_there_are():
    for name in {*build.STATIC, *build.STATIC_PIE, *build.NO_PIE, *build.TIME64, *build.ONE_ABI}:
        assert (build.SOURCES / f"{name}.c").is_file(), name
