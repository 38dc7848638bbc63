# SPDX-License-Identifier: GPL-2.0-or-later
"""The fuzzers of all rooms, for a moment each: they find at once what a change has made worse."""

from pathlib import Path

import pytest

from cmake_build import SOURCE, build, rooms, run

FUZZING_SECONDS = 2

pytestmark = pytest.mark.slow

# ROOM/fuzz/NAME_fuzz.cc, of the rooms that are built.
FUZZERS = sorted(fuzzer for room in rooms() for fuzzer in (SOURCE / room).glob("fuzz/*_fuzz.cc"))

# How many bytes each is given at most; the others 4096.
MAX_INPUT_LENGTHS = {
    "admission_reply": 200,
    "boot_parameters": 20000,
    "configuration": 4000,
    "envelope": 1400,
    "fetch_answer": 64,
    "file_list": 20000,
    "http_reply": 5000,
    "image_file": 8192,
    "key_ring": 4200,
    "load_gossip": 400,
    "message": 1400,
    "node_map": 20000,
    "nodes_json": 20000,
    "page_reader": 8192,
}


def name_of(fuzzer: Path) -> str:
    return fuzzer.name.removesuffix("_fuzz.cc")


@pytest.mark.parametrize("fuzzer", FUZZERS, ids=name_of)
def test_fuzzer_finds_nothing(fuzzer, tmp_path):
    tree = build("sanitize")
    folder = fuzzer.parent
    name = name_of(fuzzer)
    programs = list((tree / folder.parent.name).glob(f"**/{name}_fuzz"))
    assert len(programs) == 1, f"{fuzzer} is one program: found {programs}"
    # Seeds lie in a folder of the fuzzer's name.
    seeds = [path for path in (folder / "corpus" / name, folder / "corpus" / f"{name}_fuzz") if path.is_dir()]
    assert seeds, f"{fuzzer} has no seeds in {folder / 'corpus' / name}"
    dictionary = folder / f"{name}.dict"
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    result = run(
        programs[0], f"-max_total_time={FUZZING_SECONDS}", f"-max_len={MAX_INPUT_LENGTHS.get(name, 4096)}",
        *([f"-dict={dictionary}"] if dictionary.exists() else []),
        f"-artifact_prefix={tmp_path}/", "-print_final_stats=1", corpus, *seeds,
    )
    assert result.returncode == 0, result.stderr[-4000:]


def test_every_limit_is_of_a_fuzzer():
    assert set(MAX_INPUT_LENGTHS) <= {name_of(fuzzer) for fuzzer in FUZZERS}
