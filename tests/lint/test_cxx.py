# SPDX-License-Identifier: GPL-2.0-or-later
"""C and C++ of user space: formatted by clang-format, and free of what clang-tidy finds."""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import time
import warnings
from functools import cache

import pytest

from lint import source_tree

# The guests of the kernel tests follow the kernel's style and have no build description of CMake's.
ROOMS = ("autoconf", "common", "openmosix", "serve")

# For clang-tidy; a translation unit takes up to half a minute.
SECONDS = float(os.environ.get("CLUSTERDISC_TIDY_SECONDS", "40"))
CLANG_TIDY_VERSION = subprocess.run(["clang-tidy", "--version"], capture_output=True, text=True).stdout


def in_rooms(*suffixes):
    return [path for path in source_tree.with_suffix(*suffixes) if path.parts[0] in ROOMS]


@pytest.mark.parametrize("source", in_rooms(".cc", ".h"), ids=str)
def test_clang_format(source):
    result = subprocess.run(
        ["clang-format", "--dry-run", "--Werror", source], cwd=source_tree.REPOSITORY, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr


@cache
def digest(path):
    """Of the content of a file, of which many translation units ask."""
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def key_of(entry):
    """What the outcome of clang-tidy for one translation unit depends on: every file that it reads, and its rules."""
    words = shlex.split(entry["command"])
    words = words[:words.index("-o")] + words[words.index("-o") + 2:]
    rule = subprocess.run([*words, "-M", "-MT", "x"], cwd=entry["directory"], check=True, capture_output=True, text=True)
    # The folders of the build and of the checkout are others each time.
    command = " ".join(words).replace(entry["directory"], "").replace(str(source_tree.REPOSITORY), "")
    parts = [command, CLANG_TIDY_VERSION, digest(source_tree.REPOSITORY / ".clang-tidy")]
    parts += [digest(os.path.join(entry["directory"], name)) for name in rule.stdout.replace("\\\n", " ").split()[1:]]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def newest_first(sources):
    """By the last commit of each: what changed last is most likely to have something to find."""
    log = subprocess.run(["git", "log", "--format=", "--name-only"], cwd=source_tree.REPOSITORY, capture_output=True, text=True)
    age = {}
    for name in log.stdout.split():
        age.setdefault(name, len(age))
    return sorted(sources, key=lambda source: age.get(str(source.relative_to(source_tree.REPOSITORY)), 0))


@pytest.mark.slow
def test_clang_tidy(tmp_path, cache_folder):
    """Translation units that were free of findings, and of which nothing has changed, are not looked at again. With an empty
    cache all of them would take more than an hour: those that changed last come first, and each run goes on where the one
    before it ended. CLUSTERDISC_TIDY_SECONDS=86400 looks at all."""
    end = time.monotonic() + SECONDS
    generator = ["-G", "Ninja"] if shutil.which("ninja") else ["-G", "Unix Makefiles"]
    configured = subprocess.run(
        ["cmake", "-S", source_tree.REPOSITORY, "-B", tmp_path, *generator, "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
         "-DCMAKE_BUILD_TYPE=Debug"], capture_output=True, text=True,
    )
    assert configured.returncode == 0, configured.stdout + configured.stderr
    generated = subprocess.run(
        ["cmake", "--build", tmp_path, "--target", "generated_sources"], capture_output=True, text=True
    )
    assert generated.returncode == 0, generated.stdout + generated.stderr
    entries = {entry["file"]: entry for entry in json.loads((tmp_path / "compile_commands.json").read_text())}
    sources = [source_tree.REPOSITORY / path for path in in_rooms(".cc")]
    sources = [source for source in sources if str(source) in entries]
    assert sources, "CMake describes none of the sources"
    clean = cache_folder / "clang-tidy"
    clean.mkdir(parents=True, exist_ok=True)

    left = []

    def findings(source):
        mark = clean / key_of(entries[str(source)])
        if mark.exists():
            return ""
        if time.monotonic() > end:
            left.append(source)
            return ""
        result = subprocess.run(["clang-tidy", "--quiet", "-p", tmp_path, source], capture_output=True, text=True)
        if result.returncode == 0:
            mark.touch()
            return ""
        return result.stdout

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        problems = [text for text in pool.map(findings, newest_first(sources)) if text]
    assert not problems, "\n".join(problems)
    if left:
        warnings.warn(f"clang-tidy has not looked at {len(left)} of {len(sources)} translation units yet", stacklevel=1)
