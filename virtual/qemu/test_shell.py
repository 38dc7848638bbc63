# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands through an interactive shell: a bash and a dash of the build machine on a pseudo terminal."""

import os
import pty
import subprocess

import pytest

from qemu.console import Console, WaitTimeout
from qemu.shell import CommandFailed, Shell


@pytest.fixture(params=["bash --norc --noprofile -i", "dash -i"])
def shell(request, tmp_path):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", *request.param.split()], stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True, env={**os.environ, "PS1": "strange > <<begin-1>> prompt "},
    )
    os.close(theirs)
    console = Console(ours, tmp_path / "console.log")
    yield Shell(console)
    process.kill()
    process.wait()
    console.close()


def test_output_and_exit_status(shell):
    assert shell.run("echo hello; echo there").output == "hello\nthere"
    result = shell.run("echo no >&2; exit 3", check=False)
    assert (result.output, result.exit_code) == ("no", 3)


def test_output_without_a_final_newline(shell):
    assert shell.run("printf 'a b'").output == "a b"


def test_no_output(shell):
    assert shell.run("true").output == ""


def test_failure_shows_command_and_output(shell):
    with pytest.raises(CommandFailed, match="(?s)exit status 1 of: echo why; false.*why"):
        shell.run("echo why; false")


def test_a_command_that_reads_gets_nothing(shell):
    assert shell.run("cat; echo done").output == "done"


def test_a_command_of_many_lines(shell):
    assert shell.run("for word in a b; do\n  echo \"$word!\"\ndone\necho 'ü'").output == "a!\nb!\nü"


def test_a_long_command(shell):
    text = "x" * 5000
    assert shell.run(f"echo {text}").output == text


def test_a_command_that_does_not_end_is_named(shell):
    shell.run("true")
    with pytest.raises(WaitTimeout, match="(?s)while this command ran: .*sleep 1000"):
        shell.run("sleep 1000", seconds=0.3)
