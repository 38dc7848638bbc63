#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the manifest: what a disc was made from, as JSON.

The manifest that lies on the medium holds only what follows from the inputs, so that two builds from the same inputs
give the same ISO. The copy beside the ISO has, in addition, a "build" section: times, sizes, checksums.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

TOOLS = ["live-build", "mmdebstrap", "squashfs-tools", "xorriso", "isolinux", "syslinux-common", "grub-efi-amd64-bin",
         "grub-efi-ia32-bin", "mtools", "dosfstools", "dpkg", "zstd"]


def packages_of_root(root: Path) -> list[dict[str, str]]:
    """Every installed package of a root file system, with version, architecture and source."""
    form = "${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n"
    output = subprocess.run(["dpkg-query", "--admindir", str(root / "var/lib/dpkg"), "--show", "--showformat", form],
                            check=True, capture_output=True, text=True).stdout
    packages = []
    for line in output.splitlines():
        status, name, version, architecture, source, source_version = line.split("\t")
        if status == "installed":
            packages.append({"name": name, "version": version, "architecture": architecture, "source": source,
                             "source_version": source_version})
    return sorted(packages, key=lambda package: (package["name"], package["architecture"]))


def tool_versions() -> dict[str, str]:
    """Versions of the tools of the build machine that shape the disc."""
    versions = {}
    for tool in TOOLS:
        result = subprocess.run(["dpkg-query", "--show", "--showformat", "${Version}", tool], check=False,
                                capture_output=True, text=True)
        if result.returncode == 0:
            versions[tool] = result.stdout
    return versions


def write_json(path: Path, value: object) -> None:
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    os.replace(temporary, path)


def make(arguments: argparse.Namespace) -> None:
    kernel = json.loads(arguments.kernel.read_text(encoding="utf-8"))
    write_json(arguments.output, {
        "name": "ClusterDisc",
        "version": arguments.version,
        "flavour": arguments.flavour,
        "architecture": "i486",
        "source_date_epoch": arguments.epoch,
        "source_commit": arguments.commit or None,
        "kernel": {key: kernel[key] for key in ("release", "version", "config_sha256", "source_version", "compiler",
                                                "patches", "installed_bytes")},
        "drone": json.loads(arguments.drone.read_text(encoding="utf-8")),
        "suites": [{"suite": suite, "mirror": mirror} for suite, mirror in (line.split(" ") for line in arguments.suite)],
        "suites_left_out": arguments.left_out,
        "warnings": arguments.warning,
        "tools": tool_versions(),
        "packages": packages_of_root(arguments.root),
    })


def add_build(arguments: argparse.Namespace) -> None:
    manifest = json.loads(arguments.manifest.read_text(encoding="utf-8"))
    manifest["build"] = {
        "iso": {"file": arguments.iso_name, "bytes": arguments.iso.stat().st_size, "sha256": arguments.sha256},
        "squashfs_bytes": (arguments.medium / "live/filesystem.squashfs").stat().st_size,
        "initramfs_bytes": (arguments.medium / "live/initrd.img").stat().st_size,
        "kernel_bytes": (arguments.medium / "live/vmlinuz").stat().st_size,
        "kernel_build_seconds": json.loads(arguments.kernel.read_text(encoding="utf-8"))["build_seconds"],
        "stages": [{"stage": stage, "seconds": int(seconds)}
                   for stage, seconds in (line.split("\t") for line in arguments.stage)],
    }
    write_json(arguments.output, manifest)


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    make_parser = commands.add_parser("make", help="the manifest for the medium")
    make_parser.add_argument("--root", type=Path, required=True, help="unpacked root file system")
    make_parser.add_argument("--kernel", type=Path, required=True, help="kernel.json of the kernel build")
    make_parser.add_argument("--drone", type=Path, required=True, help="drone.json of the drone")
    make_parser.add_argument("--version", required=True)
    make_parser.add_argument("--flavour", required=True)
    make_parser.add_argument("--epoch", type=int, required=True)
    make_parser.add_argument("--commit", default="")
    make_parser.add_argument("--suite", action="append", default=[], metavar="'SUITE URL'")
    make_parser.add_argument("--left-out", action="append", default=[], metavar="SUITE")
    make_parser.add_argument("--warning", action="append", default=[])
    make_parser.add_argument("--output", type=Path, required=True)
    make_parser.set_defaults(run=make)
    build_parser = commands.add_parser("add-build", help="the copy beside the ISO: adds times, sizes, checksums")
    build_parser.add_argument("--manifest", type=Path, required=True)
    build_parser.add_argument("--kernel", type=Path, required=True, help="kernel.json of the kernel build")
    build_parser.add_argument("--medium", type=Path, required=True)
    build_parser.add_argument("--iso", type=Path, required=True)
    build_parser.add_argument("--iso-name", required=True)
    build_parser.add_argument("--sha256", required=True)
    build_parser.add_argument("--stage", action="append", default=[], metavar="'TITLE<TAB>SECONDS'")
    build_parser.add_argument("--output", type=Path, required=True)
    build_parser.set_defaults(run=add_build)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    parsed = parse_arguments(sys.argv[1:])
    try:
        parsed.run(parsed)
    except (OSError, KeyError, ValueError, subprocess.CalledProcessError) as error:
        sys.exit(f"manifest: {error}")
