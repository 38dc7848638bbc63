# SPDX-License-Identifier: GPL-2.0-or-later
"""The drone as a file: its size, its place on the disc and in the manifests, and that a second build gives the same bytes."""

import hashlib
import json
import os
import subprocess

import pytest

GOAL = 7 << 20


def test_it_is_small_enough(drone_file):
    assert drone_file.stat().st_size <= GOAL


@pytest.mark.image
def test_the_disc_and_its_manifest_have_it(disc, manifest_path):
    on_disc = disc.read("/clusterdisc/drone")
    account = json.loads(manifest_path.read_text())["drone"]
    assert (account["bytes"], account["sha256"]) == (len(on_disc), hashlib.sha256(on_disc).hexdigest())
    assert account["kernel"]["release"].endswith("-openmosix-drone")
    assert {"libc6", "libstdc++6", "libsodium23"} <= account["packages"].keys()
    release = account["kernel"]["release"]
    assert b" start_kernel\n" in disc.read(f"/clusterdisc/System.map-{release}")


@pytest.mark.image
@pytest.mark.slow
@pytest.mark.xdist_group("build")
def test_a_second_build_gives_the_same_file(repository, drone_file, version, tmp_path):
    if os.environ.get("CLUSTERDISC_DRONE"):
        pytest.skip("CLUSTERDISC_DRONE names a drone whose inputs may not be those of this checkout")
    # The kernel's compiled tree comes from the cache; what goes into it and the link do not.
    result = subprocess.run(
        [repository / "build.sh", "drone", "--output", tmp_path / "second", "--no-stage-cache", "--jobs", "1"],
        env={**os.environ, "TMPDIR": str(tmp_path), "LC_ALL": "C", "TZ": "Pacific/Chatham"},
        capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert (tmp_path / "second" / drone_file.name).read_bytes() == drone_file.read_bytes()
