# SPDX-License-Identifier: GPL-2.0-or-later
"""Shell scripts are free of what shellcheck finds, and stop at the first error."""

import re
import subprocess

import pytest

from lint import source_tree

SCRIPTS = source_tree.shell_scripts()


def identifier(path):
    return str(path)


@pytest.mark.parametrize("script", SCRIPTS, ids=identifier)
def test_shellcheck(script):
    # A sourced file has no interpreter line; ours are bash.
    dialect = [] if source_tree.first_line(script).startswith("#!") else ["--shell=bash"]
    result = subprocess.run(
        ["shellcheck", "--format=gcc", *dialect, script], cwd=source_tree.REPOSITORY, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    "script", [path for path in SCRIPTS if source_tree.first_line(path).startswith("#!")], ids=identifier
)
def test_stops_at_the_first_error(script):
    bash = "bash" in source_tree.first_line(script)
    wanted = r"^set -euo pipefail$" if bash else r"^set -eu?x?$"
    assert re.search(wanted, source_tree.text(script), re.MULTILINE), f"{script}: no line {wanted}"
