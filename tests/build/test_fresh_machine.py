# SPDX-License-Identifier: GPL-2.0-or-later
"""On a Debian 12 with nothing installed, the repository's own steps are enough: `./build.sh deps`, `make test-quick`."""

import os
import subprocess
from pathlib import Path

import pytest

from lint import source_tree

pytestmark = pytest.mark.slow

SUITE = "bookworm"
# Runs as the first process of its namespaces: mounts and processes end with it. "$1" is the root, the rest the command.
_IN_ROOT = """
set -e
root=$1; shift
mount --make-rprivate /
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev"
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for name in null zero full random urandom tty; do
  : >"$root/dev/$name"
  mount --bind "/dev/$name" "$root/dev/$name"
done
exec chroot "$root" "$@"
"""


def sources_of_this_machine() -> list[str]:
    """One-line apt sources of Debian 12 from the set-up of this machine."""
    form = "$(CODENAME) $(RELEASE) $(REPO_URI) $(COMPONENT)"
    output = subprocess.run(
        ["apt-get", "indextargets", "--format", form, "Created-By: Packages"], check=True, capture_output=True, text=True
    ).stdout
    found = set()
    for line in output.splitlines():
        *names, url, component = line.split()
        # The code name is empty before the first `apt-get update`; the release is what the sources file says.
        suite = next((name for name in names if name.startswith(SUITE)), None)
        if suite and component == "main":
            found.add(f"deb {url} {suite} main")
    return sorted(found)


@pytest.fixture(scope="module")
def fresh_root(tmp_path_factory) -> Path:
    """The smallest root file system that has apt."""
    if os.getuid() != 0:
        pytest.skip("making a root file system needs root")
    sources = sources_of_this_machine()
    assert sources, f"this machine's apt has no source for {SUITE}"
    root = tmp_path_factory.mktemp("fresh") / "root"
    result = subprocess.run(
        ["mmdebstrap", "--mode=root", "--variant=apt", "--architectures=amd64", SUITE, root, *sources],
        capture_output=True, text=True,
    )
    assert result.returncode == 0, result.stderr
    # How this machine reaches its mirror is part of the machine, not of the repository.
    for name in ("etc/resolv.conf", "etc/hosts"):
        (root / name).write_bytes(Path("/", name).read_bytes())
    for settings in Path("/etc/apt/apt.conf.d").glob("*proxy*"):
        (root / "etc/apt/apt.conf.d" / settings.name).write_bytes(settings.read_bytes())
    checkout = root / "home/user/clusterdisc"
    for path in source_tree.files():
        target = checkout / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((source_tree.REPOSITORY / path).read_bytes())
        target.chmod((source_tree.REPOSITORY / path).stat().st_mode & 0o777)
    return root


def run_in(root: Path, command: str, seconds: float) -> None:
    """Runs COMMAND in the checkout on the fresh machine; it must succeed."""
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    result = subprocess.run(
        ["unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child", "bash", "-c", _IN_ROOT, "fresh", root,
         "/bin/sh", "-c", f"cd /home/user/clusterdisc && {command}"],
        capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", **proxies},
    )
    output = (result.stdout + result.stderr)[-8000:]
    assert result.returncode == 0, f"{command} failed with status {result.returncode} on a fresh machine:\n{output}"


def test_deps_and_quick_tests_work_with_nothing_preinstalled(fresh_root):
    run_in(fresh_root, "./build.sh deps", seconds=1800)
    run_in(fresh_root, "make test-quick", seconds=1800)
