# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing on the finished disc would fault on a 486 with our kernel."""

import subprocess
import sys
from pathlib import Path

import pytest

_LINT = Path(__file__).with_name("lint.py")


@pytest.mark.image
def test_disc_runs_on_a_486(iso_path, tmp_path):
    report = tmp_path / "report.json"
    result = subprocess.run(
        [sys.executable, _LINT, "--report", report, iso_path], capture_output=True, text=True, check=False
    )
    print(result.stdout)
    assert result.returncode == 0, f"instruction-set lint failed:\n{result.stdout}{result.stderr}"
