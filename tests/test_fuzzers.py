# SPDX-License-Identifier: GPL-2.0-or-later
"""The fuzzers, for a moment each: they find at once what a change has made worse."""

import pytest

from cmake_build import SOURCE, build, run

ROOM = SOURCE / "autoconf"
FUZZING_SECONDS = 10

# One group: all of them use the same build folder.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("fuzzers")]

# What each reads: the most bytes it takes.
FUZZERS = {
    "boot_parameters": 20000,
    "configuration": 4000,
    "envelope": 1400,
    "key_ring": 4200,
    "message": 1400,
    "node_map": 20000,
    "nodes_json": 20000,
}


@pytest.mark.parametrize("name", FUZZERS)
def test_fuzzer_finds_nothing(name, tmp_path):
    tree = build("fuzz")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    dictionary = ROOM / f"fuzz/{name}.dict"
    result = run(
        tree / f"autoconf/{name}_fuzz", f"-max_total_time={FUZZING_SECONDS}", f"-max_len={FUZZERS[name]}",
        *([f"-dict={dictionary}"] if dictionary.exists() else []),
        f"-artifact_prefix={tmp_path}/", "-print_final_stats=1", corpus, ROOM / f"fuzz/corpus/{name}",
    )
    assert result.returncode == 0, result.stderr[-4000:]


def test_every_fuzzer_is_run():
    assert {path.name.removesuffix("_fuzz.cc") for path in (ROOM / "fuzz").glob("*_fuzz.cc")} == set(FUZZERS)
