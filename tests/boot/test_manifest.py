# SPDX-License-Identifier: GPL-2.0-or-later
"""The manifest tells the truth, and keeps the secret."""

import base64
import hashlib
import json
import re
import stat

import pytest


@pytest.fixture(scope="module")
def manifest(manifest_path) -> dict:
    """The manifest beside the ISO."""
    return json.loads(manifest_path.read_text())


@pytest.fixture(scope="module")
def cluster_key(iso_path):
    """The file of the cluster key beside the ISO."""
    return iso_path.parent / "cluster.key"


def test_the_medium_has_the_same_manifest_but_for_the_account_of_the_build(disc, manifest):
    on_medium = json.loads(disc.read("/clusterdisc/manifest.json"))
    assert on_medium == {key: value for key, value in manifest.items() if key != "build"}


def test_fields_are_complete(manifest, version):
    assert manifest["version"] == version
    assert manifest["architecture"] == "i486"
    assert manifest["source_date_epoch"] > 0
    assert re.fullmatch(r"6\.1\..*-openmosix-486", manifest["kernel"]["release"])
    assert re.fullmatch(r"[0-9a-f]{64}", manifest["kernel"]["config_sha256"])
    assert {"bookworm"} <= {suite["suite"] for suite in manifest["suites"]}
    assert all(suite["mirror"] for suite in manifest["suites"])
    assert all(manifest["tools"].values()) and {"live-build", "squashfs-tools", "xorriso"} <= manifest["tools"].keys()
    for package in manifest["packages"]:
        assert all(package[field] for field in ("name", "version", "architecture", "source", "source_version")), package


def test_every_suite_is_used_or_its_absence_is_warned_of(manifest):
    suites = {suite["suite"] for suite in manifest["suites"]} | set(manifest["suites_left_out"])
    assert suites == {"bookworm", "bookworm-updates", "bookworm-security"}
    for suite in manifest["suites_left_out"]:
        assert any(suite in warning for warning in manifest["warnings"])


def test_sizes_times_and_checksum_are_those_of_the_iso(manifest, iso_path):
    build = manifest["build"]
    with open(iso_path, "rb") as iso:
        digest = hashlib.file_digest(iso, "sha256").hexdigest()
    assert build["iso"] == {"file": iso_path.name, "bytes": iso_path.stat().st_size, "sha256": digest}
    assert iso_path.with_name(iso_path.name + ".sha256").read_text().split() == [digest, iso_path.name]
    assert build["squashfs_bytes"] > 0 and build["initramfs_bytes"] > 0
    assert build["stages"] and all(stage["seconds"] >= 0 for stage in build["stages"])


def test_the_disc_is_small_enough(iso_path):
    assert iso_path.stat().st_size <= 170 << 20


def test_the_running_system_is_what_the_manifest_says(pair, manifest):
    node = pair[0]
    assert node.run("uname -r").output == manifest["kernel"]["release"]
    form = "${db:Status-Status} ${Package} ${Version} ${Architecture}\\n"
    running = {tuple(line.split()[1:]) for line in node.run(f"dpkg-query -W -f '{form}'").lines
               if line.startswith("installed ")}
    listed = {(package["name"], package["version"], package["architecture"]) for package in manifest["packages"]}
    assert running == listed
    kernel = f"linux-image-{manifest['kernel']['release']}"
    assert kernel in {package["name"] for package in manifest["packages"]}


def test_the_medium_has_the_cluster_key(disc, cluster_key):
    key = cluster_key.read_bytes()
    assert len(key) == 32
    assert stat.S_IMODE(cluster_key.stat().st_mode) == 0o600
    assert disc.read("/clusterdisc/cluster.key") == key


def test_the_iso_is_readable_by_no_more_people_than_the_key_in_it(iso_path, cluster_key):
    assert stat.S_IMODE(iso_path.stat().st_mode) == stat.S_IMODE(cluster_key.stat().st_mode)


def test_the_cluster_key_is_in_no_manifest_and_no_log(cluster_key, cache_folder):
    key = cluster_key.read_bytes()
    forms = [key, key.hex().encode(), key.hex().upper().encode(), base64.b64encode(key).rstrip(b"=")]
    texts = [path for path in [*cluster_key.parent.rglob("*"), *(cache_folder / "logs").rglob("*")]
             if path.is_file() and path != cluster_key and path.suffix not in (".iso", ".deb", ".png")]
    assert texts
    for path in texts:
        content = path.read_bytes()
        assert not any(form in content for form in forms), f"{path} contains the cluster key"
