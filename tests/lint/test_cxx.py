# SPDX-License-Identifier: GPL-2.0-or-later
"""C and C++ of user space: formatted by clang-format, and free of what clang-tidy finds."""

import concurrent.futures
import json
import os
import shutil
import subprocess

import pytest

from lint import source_tree

# The guests of the kernel tests follow the kernel's style and have no build description of CMake's.
ROOMS = ("autoconf", "openmosix")


def in_rooms(*suffixes):
    return [path for path in source_tree.with_suffix(*suffixes) if path.parts[0] in ROOMS]


@pytest.mark.parametrize("source", in_rooms(".cc", ".h"), ids=str)
def test_clang_format(source):
    result = subprocess.run(
        ["clang-format", "--dry-run", "--Werror", source], cwd=source_tree.REPOSITORY, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr


def test_clang_tidy(tmp_path):
    generator = ["-G", "Ninja"] if shutil.which("ninja") else ["-G", "Unix Makefiles"]
    configured = subprocess.run(
        ["cmake", "-S", source_tree.REPOSITORY, "-B", tmp_path, *generator, "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
         "-DCMAKE_BUILD_TYPE=Debug"], capture_output=True, text=True,
    )
    assert configured.returncode == 0, configured.stdout + configured.stderr
    known = {entry["file"] for entry in json.loads((tmp_path / "compile_commands.json").read_text())}
    sources = [source_tree.REPOSITORY / path for path in in_rooms(".cc")]
    sources = [source for source in sources if str(source) in known]
    assert sources, "CMake describes none of the sources"

    def check(source):
        return subprocess.run(["clang-tidy", "--quiet", "-p", tmp_path, source], capture_output=True, text=True)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(check, sources))
    problems = [result.stdout for result in results if result.returncode != 0]
    assert not problems, "\n".join(problems)
