# SPDX-License-Identifier: GPL-2.0-or-later
"""Two builds from the same inputs give the same ISO, bit for bit."""

import hashlib
import json
import os
import subprocess

import pytest

from build.image_difference import compare_isos

# One group: a build that runs beside another would be seen as something left behind.
pytestmark = [pytest.mark.image, pytest.mark.slow, pytest.mark.xdist_group("build")]


def digest(path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_a_second_build_gives_the_same_iso(repository, iso_path, manifest_path, tmp_path):
    manifest = json.loads(manifest_path.read_text())
    if os.environ.get("CLUSTERDISC_ISO"):
        pytest.skip("CLUSTERDISC_ISO names a disc whose inputs may not be those of this checkout")
    output = tmp_path / "second"
    result = subprocess.run(
        [repository / "build.sh", "iso", "--output", output, "--no-stage-cache",
         "--cluster-key", iso_path.parent / "cluster.key", "--version", manifest["version"],
         "--flavour", manifest["flavour"], "--jobs", "1"],
        # The time is an input; another name for the temporary folder, locale and time zone must not be.
        env={**os.environ, "SOURCE_DATE_EPOCH": str(manifest["source_date_epoch"]), "TMPDIR": str(tmp_path),
             "LC_ALL": "C", "TZ": "Pacific/Chatham"},
        capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    second = output / iso_path.name
    if digest(iso_path) != digest(second):
        problems = compare_isos(iso_path, second, tmp_path / "unpacked")
        pytest.fail("the two builds differ in:\n  " + "\n  ".join(problems), pytrace=False)
