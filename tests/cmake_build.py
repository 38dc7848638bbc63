# SPDX-License-Identifier: GPL-2.0-or-later
"""The C++ rooms built by a preset of CMakePresets.json, for tests that run the programs."""

import pathlib
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parent.parent


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=1500, **options)


def run_checked(*command, **options):
    result = run(*command, **options)
    assert result.returncode == 0, f"{' '.join(map(str, command))}\n{result.stdout}\n{result.stderr}"
    return result


def build(preset):
    run_checked("cmake", "--preset", preset, cwd=SOURCE)
    run_checked("cmake", "--build", "--preset", preset, cwd=SOURCE)
    return SOURCE / "build" / preset
