# SPDX-License-Identifier: GPL-2.0-or-later
"""Wrong input is named, with a remedy, and changes nothing."""

import os
import signal
import subprocess

import pytest

from qemu.deadline import wait_until

MISSING = "/no/such/thing"


@pytest.fixture(scope="module")
def added(desk):
    return desk.write({"file": "content\n"}, "some-files")


@pytest.mark.parametrize(("arguments", "named"), [
    ([], "where shall the result go"),
    (["-o", "new.iso"], "nothing to do"),
    (["-o", "new.iso", "--no-such-option"], "--no-such-option"),
    (["-o", "new.iso", "--in-place", "original.iso", "--new-key"], "either -o or --in-place"),
    (["-o", "no/such/directory/new.iso", "--new-key"], "no/such/directory"),
    (["-o", ".", "--new-key"], "takes a new ISO file"),
    (["-o", "new.iso", "--key", MISSING], MISSING),
    (["-o", "new.iso", "--key", "program/README.md"], "32"),
    (["-o", "new.iso", "--key", "program/README.md", "--new-key"], "either --key or --new-key"),
    (["-o", "new.iso", "--add", MISSING], MISSING),
    (["-o", "new.iso", "--add", "program/README.md"], "is not a directory"),
    (["-o", "new.iso", "--add", "some-files:/srv/../etc"], ".."),
    (["-o", "new.iso", "--add", "some-files:/proc/x"], "/proc/x"),
    (["-o", "new.iso", "--cluster", "-physics"], '"-physics"'),
    (["-o", "new.iso", "--cluster=-physics"], '"-physics"'),
    (["-o", "new.iso", "--title", "a \"title\""], "--title"),
    (["-o", "new.iso", "--title", "Lab für Physik"], "--title"),
    (["-o", "new.iso", "--boot-parameters", "a='b c'"], "--boot-parameters"),
    (["-o", "new.iso", "--boot-parameters", "nomigrate -- x"], "lone --"),
    (["-o", "new.iso", "--boot-parameters", "clusterkey=12345678"], "--key"),
    (["-o", "new.iso", "--boot-parameters", "x" * 801], "801"),
    (["--list", "-o", "new.iso"], "--list"),
    (["-o", "new.iso", "--remove", "layer-77"], '"layer-77"'),
])
def test_wrong_usage_has_status_2(desk, added, arguments, named):
    # A name that begins with a hyphen is for argparse an option.
    if arguments[2:4] == ["--cluster", "-physics"]:
        named = "--cluster"
    result = desk.run("original.iso", *arguments)
    assert (result.returncode, result.stdout) == (2, ""), result.stderr
    assert result.stderr.splitlines()[-1].startswith("error: ") and named in result.stderr.splitlines()[-1], result.stderr
    assert not list(desk.folder.glob("*new.iso*"))


@pytest.mark.parametrize(("disc", "named"), [
    (MISSING, MISSING), ("program", "is a directory"), ("program/README.md", "no ISO 9660"), ("short.iso", "truncated"),
    ("other.iso", "not a ClusterDisc"),
])
def test_what_is_no_clusterdisc_is_refused(desk, added, disc, named):
    with (desk.folder / "short.iso").open("wb") as short, desk.original.open("rb") as whole:
        short.write(whole.read(1 << 20))
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-o", desk.folder / "other.iso", added], check=True,
                   capture_output=True)
    result = desk.run(disc, "--new-key", "-o", "new.iso")
    assert (result.returncode, result.stdout) == (2, "") and named in result.stderr, result.stderr


@pytest.mark.parametrize(("path", "named"), [
    ("etc/passwd/x", "/etc/passwd is a file"), ("etc", "/etc is a directory"), ("lib/modules", "is a directory"),
])
def test_what_would_hide_files_of_the_disc_is_refused(desk, path, named):
    top = desk.write({path: "x"}, "hides-" + path.replace("/", "-"))
    result = desk.run("original.iso", "--add", top, "-o", "new.iso")
    assert result.returncode == 2 and named in result.stderr, result.stderr


def test_what_is_no_file_is_refused(desk):
    top = desk.write({"a": "x"}, "with-a-pipe")
    os.mkfifo(top / "pipe")
    result = desk.run("original.iso", "--add", top, "-o", "new.iso")
    assert result.returncode == 2 and "pipe is a device, socket or pipe" in result.stderr, result.stderr


def test_missing_programs_are_named_with_their_package(desk):
    result = desk.run("original.iso", "--new-key", "-o", "new.iso", PATH=str(desk.folder))
    assert result.returncode == 1 and "apt install squashfs-tools xorriso" in result.stderr, result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-C", "SIGTERM"])
def test_an_interruption_leaves_nothing(desk, number):
    old = desk.folder / "interrupted.iso"
    old.write_text("what was there before")
    desk.give(old)
    process = subprocess.Popen(desk.command("original.iso", "--new-key", "-o", old), cwd=desk.folder, env=desk.environment(),
                               stderr=subprocess.PIPE, text=True)
    with process:
        wait_until(lambda: list(desk.folder.glob(".interrupted.iso.*")), 60, "the temporary file", pause=0.01)
        process.send_signal(number)
        errors = process.stderr.read()
    assert process.returncode == 130 and "interrupted" in errors and "Traceback" not in errors
    assert not list(desk.folder.glob(".interrupted.iso.*")) and not os.listdir(desk.folder / "tmp")
    assert old.read_text() == "what was there before"
