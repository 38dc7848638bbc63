# SPDX-License-Identifier: GPL-2.0-or-later
"""The C++ rooms built by a preset of CMakePresets.json, for tests that run the programs."""

import fcntl
import os
import pathlib
import re
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parent.parent


def rooms():
    """The rooms that the build at the root is made of."""
    return re.findall(r"^add_subdirectory\((\w+)\)", (SOURCE / "CMakeLists.txt").read_text(), re.MULTILINE)


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=1500, **options)


def run_checked(*command, **options):
    result = run(*command, **options)
    assert result.returncode == 0, f"{' '.join(map(str, command))}\n{result.stdout}\n{result.stderr}"
    return result


def cache_folder():
    """Where build.sh keeps its caches, too."""
    named = os.environ.get("CLUSTERDISC_CACHE")
    home = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    return pathlib.Path(named) if named else home / "clusterdisc"


def compiler_cache():
    """The environment in which CMake configures builds with ccache; objects of other checkouts count, too."""
    return {
        "CMAKE_CXX_COMPILER_LAUNCHER": "ccache",
        "CCACHE_DIR": str(cache_folder() / "ccache"),
        "CCACHE_BASEDIR": str(SOURCE),
        "CCACHE_NOHASHDIR": "1",
        "CCACHE_MAXSIZE": "2G",
    } | os.environ


def build(preset, *targets):
    """Builds everything, or these targets; returns the build folder.

    Of the processes of pytest-xdist, which share the folder, one builds and the others find everything up to date."""
    folder = SOURCE / "build"
    folder.mkdir(exist_ok=True)
    with (folder / f"{preset}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        environment = compiler_cache()
        run_checked("cmake", "--preset", preset, cwd=SOURCE, env=environment)
        run_checked("cmake", "--build", "--preset", preset, *(["--target", *targets] if targets else []), cwd=SOURCE,
                    env=environment)
    return folder / preset
